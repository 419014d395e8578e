/*-------------------------------------------------------------------------
 *
 * request_text.c
 *		  An ask as a URL, and as the template that EXPLAIN shows.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request/request_text.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/json.h"

#include "plan/stream_request.h"
#include "request/request_text.h"
#include "util/iso_time.h"
#include "util/url_encode.h"

/* How many ids a template shows. */
#define TEMPLATE_VALUES 3

typedef struct UrlWriter
{
	StringInfoData out;
	bool		is_template;	/* readable: nothing encoded, lists cut */
	bool		has_params;
} UrlWriter;

/* ---------- text ---------- */

static void
write_encoded(UrlWriter *writer, const char *text)
{
	if (writer->is_template)
		appendStringInfoString(&writer->out, text);
	else
		append_url_encoded(&writer->out, text);
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

/* Writes the first and the last day, an open end not at all. */
static void
write_dates(UrlWriter *writer, const Filter *filter, const DateRange *dates)
{
	const char *last_param = filter->last_param;

	if (last_param == NULL && filter->param == NULL)
		last_param = "end_date";
	if (!DATE_NOT_FINITE(dates->first))
		write_param(writer, filter->param ? filter->param : "start_date",
					date_text(dates->first));
	if (last_param != NULL && !DATE_NOT_FINITE(dates->last))
		write_param(writer, last_param, date_text(dates->last));
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
			if (level->periods != NIL)
				write_dates(writer, filter, &ask->dates);
		}
		else if (filter->param != NULL && binding != NULL)
			write_list(writer, filter, binding->values);
	}
}

static bool
is_wanted(const Level *level, const char *name)
{
	ListCell   *cell;

	foreach(cell, level->columns)
		if (strcmp(((const Column *) lfirst(cell))->name, name) == 0)
			return true;
	return false;
}

/*
 * Whether a request of an ask says what a setting is.  The API's own default
 * is only sent where the query reads it: then what a row shows is what was
 * asked for, whatever the default may be one day.
 */
static bool
setting_is_sent(const Level *level, const Setting *setting, const Ask *ask)
{
	const Binding *binding = find_binding(ask->variables, setting->filter.column);

	return setting->filter.param != NULL && binding != NULL &&
		(!binding->implied || is_wanted(level, setting->filter.column));
}

static void
write_settings(UrlWriter *writer, const Level *level, const Ask *ask)
{
	for (const Setting *setting = level->settings; setting && setting->filter.column; setting++)
		if (setting_is_sent(level, setting, ask))
			write_param(writer, setting->filter.param,
						linitial(find_binding(ask->variables, setting->filter.column)->values));
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

/* The metrics (const char *, the API's names) that an ask names, at least one. */
static List *
asked_metrics(const Level *level, const Ask *ask, bool is_template)
{
	List	   *names = NIL;
	ListCell   *cell;

	foreach(cell, wanted_metrics(level))
	{
		const Column *metric = lfirst(cell);

		if (metric_applies(metric, ask, is_template))
			names = lappend(names, unconstify(char *, metric->field));
	}
	if (names == NIL)
		names = list_make1(unconstify(char *, level->stream->metrics_param->fallback));
	return names;
}

static void
write_metrics(UrlWriter *writer, const Level *level, const Ask *ask)
{
	ListCell   *cell;
	bool		any = false;

	if (level->stream->metrics_param == NULL)
		return;
	write_name(writer, level->stream->metrics_param->param);
	foreach(cell, asked_metrics(level, ask, writer->is_template))
	{
		if (any)
			appendStringInfoChar(&writer->out, ',');
		write_encoded(writer, lfirst(cell));
		any = true;
	}
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
	if (level->route->paging == PAGING_BOOKMARK)
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
	write_settings(writer, level, ask);
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

/* The URL of an ask's path alone, without parameters, palloc'd. */
char *
ask_path_url(const Level *level, const Ask *ask)
{
	UrlWriter	writer = {0};

	initStringInfo(&writer.out);
	appendStringInfoString(&writer.out, level->options->base_url);
	write_path(&writer, level, ask);
	return writer.out.data;
}

/* ---------- the order of a report ---------- */

static void
write_member(StringInfo body, const char *name)
{
	appendStringInfoString(body, body->len > 1 ? ", " : "");
	escape_json(body, name);
	appendStringInfoString(body, ": ");
}

/* A single value: what consists of digits is a number. */
static void
write_scalar(StringInfo body, const char *value)
{
	if (*value != '\0' && strspn(value, "0123456789") == strlen(value))
		appendStringInfoString(body, value);
	else
		escape_json(body, value);
}

/* An array of strings, in a template cut after the first few. */
static void
write_array(StringInfo body, const List *values, bool is_template)
{
	ListCell   *cell;
	int			count = 0;

	appendStringInfoChar(body, '[');
	foreach(cell, values)
	{
		if (is_template && count == TEMPLATE_VALUES)
		{
			appendStringInfo(body, ", ... (%d)", list_length(values));
			break;
		}
		appendStringInfoString(body, count++ > 0 ? ", " : "");
		escape_json(body, lfirst(cell));
	}
	appendStringInfoChar(body, ']');
}

static void
write_member_of(StringInfo body, const Filter *filter, const List *values, bool is_template)
{
	write_member(body, filter->param);
	if (filter->style == LIST_SINGLE)
		write_scalar(body, linitial(values));
	else
		write_array(body, values, is_template && filter->values == NULL);
}

/* Members that the catalog gives as "a=b&c=d". */
static void
write_constant_members(StringInfo body, const char *params)
{
	char	   *copy = pstrdup(params ? params : "");
	char	   *rest = NULL;

	for (char *pair = strtok_r(copy, "&", &rest); pair; pair = strtok_r(NULL, "&", &rest))
	{
		char	   *value = strchr(pair, '=');

		*value++ = '\0';
		write_member(body, pair);
		write_scalar(body, value);
	}
}

/*
 * The body that orders the report of an ask, palloc'd; a template is for
 * people and has long lists cut.
 */
char *
report_order(const Level *level, const Ask *ask, bool is_template)
{
	StringInfoData body;

	initStringInfo(&body);
	appendStringInfoChar(&body, '{');
	write_member(&body, "start_date");
	escape_json(&body, date_text(ask->dates.first));
	write_member(&body, "end_date");
	escape_json(&body, date_text(ask->dates.last));
	write_constant_members(&body, level->route->params);
	for (const Setting *setting = level->settings; setting && setting->filter.column; setting++)
		if (setting_is_sent(level, setting, ask))
			write_member_of(&body, &setting->filter,
						 find_binding(ask->variables, setting->filter.column)->values, false);
	for (const Filter *filter = level->route->filters; filter && filter->column; filter++)
	{
		const Binding *binding = find_binding(ask->variables, filter->column);

		if (filter->kind == FILTER_VALUES && filter->param && binding)
			write_member_of(&body, filter, binding->values, is_template);
	}
	write_member(&body, level->stream->metrics_param->param);
	write_array(&body, asked_metrics(level, ask, is_template), false);
	write_member(&body, "report_format");
	escape_json(&body, "JSON");
	appendStringInfoChar(&body, '}');
	return body.data;
}

/* The URL that tells how far a report is, palloc'd. */
char *
report_status_url(const Level *level, const Ask *ask, const char *token)
{
	return psprintf("%s?token=%s", ask_path_url(level, ask), url_encoded(token));
}

/* ---------- templates ---------- */

/* The first of a level's asks, where what the parent lists stands as {name}. */
static const Ask *
template_ask(const Level *level)
{
	List	   *given = NIL;
	ListCell   *cell;

	foreach(cell, needed_variables(level))
	{
		Binding    *binding = palloc0(sizeof(Binding));

		if (level->parent == NULL || !level_lists(level, lfirst(cell)))
			continue;
		binding->variable = lfirst(cell);
		binding->values = list_make1(psprintf("{%s}", binding->variable));
		given = lappend(given, binding);
	}
	return linitial(level_asks(level, given));
}

/*
 * A level's first request without the base URL, as a person reads it: method,
 * path and parameters, for a report its order with the body.  Palloc'd.
 */
char *
level_template(const Level *level)
{
	UrlWriter	writer = {.is_template = true};
	const Ask  *ask = template_ask(level);

	initStringInfo(&writer.out);
	if (level->route->transport == TRANSPORT_REPORT)
	{
		appendStringInfoString(&writer.out, "POST ");
		write_path(&writer, level, ask);
		appendStringInfo(&writer.out, " %s", report_order(level, ask, true));
		return writer.out.data;
	}
	appendStringInfoString(&writer.out, "GET ");
	write_request(&writer, level, ask, NULL);
	return writer.out.data;
}
