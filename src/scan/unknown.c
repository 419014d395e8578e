/*-------------------------------------------------------------------------
 *
 * unknown.c
 *		  What responses have that the catalog does not know.
 *
 * The API gets new fields, and new words in fields that have but a few, before
 * the catalog does.  Neither is an error, and attrs has them; that somebody may
 * report them, a session remembers the names of those that it has come across:
 * the fields of the first row of each response, and the words of the columns
 * that it reads.  No other values, and not more than MAX_UNKNOWN names.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/scan/unknown.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "json/json_document.h"
#include "scan/unknown.h"
#include "streams/stream_columns.h"
#include "streams/stream_lookup.h"
#include "util/strings.h"

#define MAX_UNKNOWN 100

/* Further fields of rows of ads analytics, besides those that columns have. */
#define IS_PERIOD(name) (strcmp(name, "DATE") == 0 || strcmp(name, "HOUR") == 0)

static UnknownName unknown[MAX_UNKNOWN];
static int	nunknown = 0;

/* Counts a name, if there is room for it. */
static void
count_name(const Stream *stream, const char *name)
{
	if (strlen(name) >= sizeof(unknown->name))
		return;
	for (int i = 0; i < nunknown; i++)
	{
		if (unknown[i].stream == stream->name && strcmp(unknown[i].name, name) == 0)
		{
			unknown[i].times++;
			return;
		}
	}
	if (nunknown == MAX_UNKNOWN)
		return;
	unknown[nunknown].stream = stream->name;
	strlcpy(unknown[nunknown].name, name, sizeof(unknown->name));
	unknown[nunknown++].times = 1;
}

/* Whether a text has the form of a name, which begins with a letter, rather than being data. */
static bool
is_name(const char *text, size_t len)
{
	if (len == 0 || len >= NAMEDATALEN || !isalpha((unsigned char) text[0]))
		return false;
	for (size_t i = 0; i < len; i++)
	{
		if (!isalnum((unsigned char) text[i]) && text[i] != '_')
			return false;
	}
	return true;
}

/* Whether a path such as "a.b" begins with a field. */
static bool
leads_into(const char *path, const char *field)
{
	size_t		len = strlen(field);

	return path != NULL && strncmp(path, field, len) == 0 && (path[len] == '\0' || path[len] == '.');
}

/* Whether the columns of a stream are made of a field of its items, by one source or all. */
static bool
catalog_has_field(const Table *table, const Source *source, const char *field)
{
	const Stream *stream = table->options->stream;

	foreach_stream_column(column, stream)
	{
		/* what the request tells may be a field as well */
		if (leads_into((*column)->field, field) || strcmp((*column)->name, field) == 0)
			return true;
	}
	foreach_string(elements, stream->elements)
	{
		if (leads_into(*elements, field))
			return true;
	}
	foreach_column(column, source->columns)
	{
		if (leads_into(column->field, field))
			return true;
	}
	foreach_endpoint(endpoint, source->endpoints)
	{
		if (leads_into(endpoint->own_field, field))
			return true;
	}
	foreach_string(secret, stream->secret_fields)
	{
		if (leads_into(*secret, field))
			return true;
	}
	return source->metrics_param != NULL &&
		(IS_PERIOD(field) || leads_into(source->metrics_param->prefix, field) ||
		 leads_into(source->metrics_param->second_prefix, field));
}

/* Whether a column of the table shows a field that the catalog lacks. */
static bool
table_has_field(const Table *table, const char *field)
{
	for (int attnum = 1; attnum <= table->natts; attnum++)
	{
		const Column *column = table->columns[attnum].column;

		if (column != NULL && leads_into(column->field, field))
			return true;
	}
	return false;
}

/* Whether the columns show items as a whole, rather than only what is in some of their fields. */
static bool
shows_items(const Stream *stream)
{
	if (stream->elements == NULL)
		return true;
	foreach_string(elements, stream->elements)
	{
		if (strcmp(*elements, ITEM_ITSELF) == 0)
			return true;
	}
	return false;
}

/*
 * Remembers the fields of a row, an item of the stream, that neither the catalog
 * nor the table knows.  One that is no object has none.
 */
void
note_fields(const Table *table, const Source *source, const JsonRow *row)
{
	JsonReader *reader;
	JsonRow		member;

	if (!shows_items(table->options->stream) || row->len == 0 || row->data[0] != '{')
		return;
	reader = json_reader_create("@");
	if (reader == NULL)
		return;
	if (json_reader_append(reader, row->data, row->len))
	{
		json_reader_finish(reader);
		while (json_reader_next(reader, &member) == JSON_GOT_ROW)
		{
			if (member.key != NULL && is_name(member.key, strlen(member.key)) &&
				!catalog_has_field(table, source, member.key) && !table_has_field(table, member.key))
				count_name(table->options->stream, member.key);
		}
	}
	json_reader_free(reader);
}

/* Remembers the word in a column whose words the catalog lists, if it is not among them. */
void
note_word(const Stream *stream, const Column *column, const JsonValue *value)
{
	char	   *word;

	if (value->kind != JV_STRING || !is_name(value->data, value->len))
		return;
	word = pnstrdup(value->data, value->len);
	if (!stream_knows_word(stream, column->name, word))
		count_name(stream, psprintf("%s = %s", column->name, word));
	pfree(word);
}

/* What was remembered (UnknownName *), in the order of first sight. */
List *
unknown_names(void)
{
	List	   *names = NIL;

	for (int i = 0; i < nunknown; i++)
		names = lappend(names, &unknown[i]);
	return names;
}
