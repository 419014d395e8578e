/*-------------------------------------------------------------------------
 *
 * url.c
 *		  An ask as a URL, and as the template that EXPLAIN shows.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/url.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/datetime.h"

#include "level.h"

/* How many ids a template shows. */
#define TEMPLATE_VALUES 3

typedef struct UrlWriter
{
	StringInfoData out;
	bool		is_template;	/* readable: nothing encoded, lists cut */
	bool		has_params;
} UrlWriter;

/* ---------- text ---------- */

/* Percent-encodes all but what RFC 3986 calls unreserved. */
static void
write_encoded(UrlWriter *writer, const char *text)
{
	static const char hex[] = "0123456789ABCDEF";

	if (writer->is_template)
	{
		appendStringInfoString(&writer->out, text);
		return;
	}
	for (; *text; text++)
	{
		unsigned char c = (unsigned char) *text;

		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
			(c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_' || c == '~')
			appendStringInfoChar(&writer->out, (char) c);
		else
		{
			appendStringInfoChar(&writer->out, '%');
			appendStringInfoChar(&writer->out, hex[c >> 4]);
			appendStringInfoChar(&writer->out, hex[c & 15]);
		}
	}
}

static void
write_name(UrlWriter *writer, const char *name)
{
	appendStringInfo(&writer->out, "%c%s=", writer->has_params ? '&' : '?', name);
	writer->has_params = true;
}

static void
write_param(UrlWriter *writer, const char *name, const char *value)
{
	write_name(writer, name);
	write_encoded(writer, value);
}

/* Writes parameters that the catalog gives as "a=b&c=d". */
static void
write_constants(UrlWriter *writer, const char *params)
{
	if (params == NULL)
		return;
	appendStringInfo(&writer->out, "%c%s", writer->has_params ? '&' : '?', params);
	writer->has_params = true;
}

static void
write_date(UrlWriter *writer, const char *name, DateADT date)
{
	int			year;
	int			month;
	int			day;
	char		text[16];

	j2date(date + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	snprintf(text, sizeof(text), "%04d-%02d-%02d", year, month, day);
	write_param(writer, name, text);
}

static void
write_list(UrlWriter *writer, const Filter *filter, const List *values)
{
	ListCell   *cell;
	int			count = 0;

	foreach(cell, values)
	{
		if (writer->is_template && filter->values == NULL && count == TEMPLATE_VALUES)
		{
			appendStringInfo(&writer->out, ",... (%d)", list_length(values));
			break;
		}
		if (count++ == 0 || filter->style == LIST_REPEATED)
			write_name(writer, filter->param);
		else
			appendStringInfoChar(&writer->out, ',');
		write_encoded(writer, lfirst(cell));
	}
}

/* ---------- the parts of a request ---------- */

static void
write_path(UrlWriter *writer, const Level *level, const Ask *ask)
{
	for (const char *c = level->route->path; *c; c++)
	{
		const char *end;
		const Binding *binding;

		if (*c != '{')
		{
			appendStringInfoChar(&writer->out, *c);
			continue;
		}
		end = strchr(c, '}');
		binding = find_binding(ask->variables, pnstrdup(c + 1, end - c - 1));
		write_encoded(writer, linitial(binding->values));
		c = end;
	}
}

static void
write_filters(UrlWriter *writer, const Level *level, const Ask *ask)
{
	for (const Filter *filter = level->route->filters; filter && filter->column; filter++)
	{
		const Binding *binding = find_binding(ask->variables, filter->column);

		if (filter->kind == FILTER_DATES)
		{
			write_date(writer, "start_date", ask->dates.first);
			write_date(writer, "end_date", ask->dates.last);
		}
		else if (filter->param != NULL && binding != NULL)
			write_list(writer, filter, binding->values);
	}
}

static void
write_settings(UrlWriter *writer, const Level *level)
{
	for (const Setting *setting = level->stream->settings;
		 setting != NULL && setting->name != NULL; setting++)
	{
		const char *value = table_setting(level->options, setting);

		if (value != NULL)
			write_param(writer, setting->name, value);
	}
}

/*
 * Whether a metric may be asked for with the variables of an ask; a template
 * stands for all asks.
 */
static bool
metric_applies(const Column *metric, const Ask *ask, bool is_template)
{
	const Binding *binding;

	if (metric->when_variable == NULL)
		return true;
	binding = find_binding(ask->variables, metric->when_variable);
	return is_template ||
		(binding != NULL && strcmp(linitial(binding->values), metric->when_value) == 0);
}

static void
write_metrics(UrlWriter *writer, const Level *level, const Ask *ask)
{
	const MetricsParam *param = level->stream->metrics_param;
	ListCell   *cell;
	bool		any = false;

	if (param == NULL)
		return;
	write_name(writer, param->param);
	foreach(cell, wanted_metrics(level))
	{
		const Column *metric = lfirst(cell);

		if (!metric_applies(metric, ask, writer->is_template))
			continue;
		if (any)
			appendStringInfoChar(&writer->out, ',');
		write_encoded(writer, metric->field);
		any = true;
	}
	if (!any)
		write_encoded(writer, param->fallback);
}

static void
write_column_params(UrlWriter *writer, const Level *level)
{
	ListCell   *cell;

	foreach(cell, level->columns)
		write_constants(writer, ((const Column *) lfirst(cell))->param);
}

static void
write_paging(UrlWriter *writer, const Level *level, const char *bookmark)
{
	if (level->route->paging == PAGING_NONE)
		return;
	write_param(writer, "page_size", psprintf("%d", level->page_size));
	if (level->order != 0)
		write_param(writer, "order", level->order > 0 ? "ASCENDING" : "DESCENDING");
	if (bookmark != NULL)
		write_param(writer, "bookmark", bookmark);
}

static void
write_request(UrlWriter *writer, const Level *level, const Ask *ask,
			  const char *bookmark)
{
	write_path(writer, level, ask);
	write_filters(writer, level, ask);
	write_settings(writer, level);
	write_metrics(writer, level, ask);
	write_constants(writer, level->route->params);
	write_column_params(writer, level);
	write_paging(writer, level, bookmark);
}

/*
 * The URL of an ask's page, palloc'd.  bookmark is NULL for the first one.
 */
char *
ask_url(const Level *level, const Ask *ask, const char *bookmark)
{
	UrlWriter	writer = {0};

	initStringInfo(&writer.out);
	appendStringInfoString(&writer.out, level->options->base_url);
	write_request(&writer, level, ask, bookmark);
	return writer.out.data;
}

/*
 * A level's first request without the base URL, as a person reads it: what
 * the parent lists stands as {name}.  Palloc'd.
 */
char *
level_template(const Level *level)
{
	UrlWriter	writer = {.is_template = true};
	List	   *given = NIL;
	ListCell   *cell;

	foreach(cell, needed_variables(level))
	{
		Binding    *binding = palloc0(sizeof(Binding));

		if (level->parent == NULL)
			break;
		binding->variable = lfirst(cell);
		binding->values = list_make1(psprintf("{%s}", binding->variable));
		given = lappend(given, binding);
	}
	initStringInfo(&writer.out);
	write_request(&writer, level, linitial(level_asks(level, given)), NULL);
	return writer.out.data;
}
