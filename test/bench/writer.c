/*-------------------------------------------------------------------------
 *
 * writer.c
 *		  Values as JSON or CSV.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * test/bench/writer.c
 *-------------------------------------------------------------------------
 */
#define _GNU_SOURCE

#include "writer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
reserve(Writer *out, size_t more)
{
	if (out->size - out->len > more)
		return;
	out->size = (out->size + more) * 2;
	out->data = realloc(out->data, out->size);
	if (out->data == NULL)
		abort();
}

/* Appends formatted text of any length. */
void
write_text(Writer *out, const char *format,...)
{
	va_list		args;
	int			len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	reserve(out, len + 1);
	va_start(args, format);
	vsnprintf(out->data + out->len, len + 1, format, args);
	va_end(args);
	out->len += len;
}

/* Appends text with a character put before each of those that must not stand alone. */
static void
write_escaped(Writer *out, const char *text, const char *special, char escape)
{
	reserve(out, 2 * strlen(text));
	for (; *text; text++)
	{
		if (strchr(special, *text) != NULL)
			out->data[out->len++] = escape;
		out->data[out->len++] = *text;
	}
}

/* What stands before a value. */
void
begin_value(Writer *out, const char *field)
{
	if (out->begun)
		write_text(out, ",");
	out->begun = true;
	if (!out->csv)
		write_text(out, "\"%s\":", field);
}

/* NULL is null: no value at all in CSV. */
void
put_text(Writer *out, const char *field, const char *text)
{
	begin_value(out, field);
	if (text == NULL)
	{
		write_text(out, "%s", out->csv ? "" : "null");
		return;
	}
	write_text(out, "\"");
	if (out->csv)
		write_escaped(out, text, "\"", '"');
	else
		write_escaped(out, text, "\"\\", '\\');
	write_text(out, "\"");
}

void
put_number(Writer *out, const char *field, int64_t number)
{
	begin_value(out, field);
	write_text(out, "%lld", (long long) number);
}

void
put_id(Writer *out, const char *field, int64_t id)
{
	char		text[ID_SIZE];

	snprintf(text, sizeof(text), "%lld", (long long) id);
	put_text(out, field, text);
}

void
put_boolean(Writer *out, const char *field, bool value)
{
	begin_value(out, field);
	write_text(out, "%s", value ? "true" : "false");
}

/* Seconds since 1970; CSV has what timestamptz reads. */
void
put_time(Writer *out, const char *field, time_t time)
{
	char		text[32];
	struct tm	parts;

	if (!out->csv)
	{
		put_number(out, field, time);
		return;
	}
	gmtime_r(&time, &parts);
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%SZ", &parts);
	put_text(out, field, text);
}

/* JSON as it stands; NULL: null. */
void
put_json(Writer *out, const char *field, const char *json)
{
	if (out->csv || json == NULL)
	{
		put_text(out, field, json);
		return;
	}
	begin_value(out, field);
	write_text(out, "%s", json);
}

/* A list of texts, whose elements stand in quotes between the brackets. */
void
put_list(Writer *out, const char *field, const char *elements)
{
	char		text[512];

	snprintf(text, sizeof(text), out->csv ? "{%s}" : "[%s]", elements ? elements : "");
	put_json(out, field, elements ? text : NULL);
}
