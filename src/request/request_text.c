/*-------------------------------------------------------------------------
 *
 * request_text.c
 *		  A request as a URL, and as the template that EXPLAIN shows.
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
#include "streams/stream_columns.h"
#include "streams/stream_lookup.h"
#include "util/iso_time.h"
#include "util/strings.h"
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
write_path(UrlWriter *writer, const StreamPlan *plan, const StreamRequest *request)
{
	for (const char *c = plan->endpoint->path; *c; c++)
	{
		const char *end;
		const Binding *binding;

		if (*c != '{')
		{
			appendStringInfoChar(&writer->out, *c);
			continue;
		}
		end = strchr(c, '}');
		binding = find_binding(request->variables, pnstrdup(c + 1, end - c - 1));
		write_encoded(writer, linitial(binding->values));
		c = end;
	}
}

static void
write_filters(UrlWriter *writer, const StreamPlan *plan, const StreamRequest *request)
{
	foreach_filter(filter, plan->endpoint->filters)
	{
		const Binding *binding = find_binding(request->variables, filter->column);

		if (filter->kind == FILTER_DATES)
		{
			if (plan->periods != NIL)
				write_dates(writer, filter, &request->dates);
		}
		else if (filter->param != NULL && binding != NULL)
			write_list(writer, filter, binding->values);
	}
}

static bool
is_wanted(const StreamPlan *plan, const char *name)
{
	ListCell   *cell;

	foreach(cell, plan->columns)
	{
		if (strcmp(((const Column *) lfirst(cell))->name, name) == 0)
			return true;
	}
	return false;
}

/*
 * Whether the URL or body of a request says what a setting is.  The API's own default
 * is only sent where the query reads it: then what a row shows is what was
 * asked for, whatever the default may be one day.  One that not every app may name
 * goes without saying.
 */
static bool
setting_is_sent(const StreamPlan *plan, const Setting *setting, const StreamRequest *request)
{
	const Binding *binding = find_binding(request->variables, setting->filter.column);

	return setting->filter.param != NULL && binding != NULL &&
		*(const char *) linitial(binding->values) != '\0' &&
		(!binding->implied || (!setting->beta && is_wanted(plan, setting->filter.column)));
}

static void
write_settings(UrlWriter *writer, const StreamPlan *plan, const StreamRequest *request)
{
	foreach_setting(setting, plan->settings)
	{
		if (setting_is_sent(plan, setting, request))
			write_param(writer, setting->filter.param,
						linitial(find_binding(request->variables, setting->filter.column)->values));
	}
}

/*
 * Whether a metric may be asked for with the variables of a request; a template
 * stands for all requests.
 */
static bool
metric_applies(const Column *metric, const StreamRequest *request, bool is_template)
{
	const Binding *binding;

	if (metric->when_variable == NULL)
		return true;
	binding = find_binding(request->variables, metric->when_variable);
	return is_template ||
		(binding != NULL && strcmp(linitial(binding->values), metric->when_value) == 0);
}

/* Adds the metrics that tell whose a row is. */
static void
add_owner_metrics(const StreamPlan *plan, List **names)
{
	const Column *id = find_column(plan->stream, batched_ids(plan)->column);

	id = source_column(plan->stream, &plan->source, id);
	if (id->origin == FROM_METRIC && !has_string(*names, id->field))
		*names = lappend(*names, unconstify(char *, id->field));
	if (!has_string(*names, plan->source.metrics_param->account))
		*names = lappend(*names, unconstify(char *, plan->source.metrics_param->account));
}

/* The metrics (const char *, the API's names) that a request names, at least one. */
static List *
requested_metrics(const StreamPlan *plan, const StreamRequest *request, bool is_template)
{
	List	   *names = NIL;
	ListCell   *cell;

	foreach(cell, plan->metrics)
	{
		const Column *metric = lfirst(cell);

		if (metric_applies(metric, request, is_template))
			names = lappend(names, unconstify(char *, metric->field));
	}
	if (names == NIL)
		names = list_make1(unconstify(char *, plan->source.metrics_param->fallback));
	if (request->at_once)
		add_owner_metrics(plan, &names);
	return names;
}

static void
write_metrics(UrlWriter *writer, const StreamPlan *plan, const StreamRequest *request)
{
	ListCell   *cell;
	bool		any = false;

	if (plan->source.metrics_param == NULL)
		return;
	write_name(writer, plan->source.metrics_param->param);
	foreach(cell, requested_metrics(plan, request, writer->is_template))
	{
		if (any)
			appendStringInfoChar(&writer->out, ',');
		write_encoded(writer, lfirst(cell));
		any = true;
	}
}

static void
write_column_params(UrlWriter *writer, const StreamPlan *plan)
{
	ListCell   *cell;

	foreach(cell, plan->columns)
	{
		write_constants(writer, ((const Column *) lfirst(cell))->param);
	}
}

static void
write_paging(UrlWriter *writer, const StreamPlan *plan, const char *bookmark)
{
	if (plan->endpoint->paging == PAGING_NONE)
		return;
	if (plan->endpoint->paging == PAGING_BOOKMARK)
		write_param(writer, "page_size", psprintf("%d", plan->page_size));
	if (plan->order != 0)
		write_param(writer, "order", plan->order > 0 ? "ASCENDING" : "DESCENDING");
	if (bookmark != NULL)
		write_param(writer, "bookmark", bookmark);
}

static void
write_request(UrlWriter *writer, const StreamPlan *plan, const StreamRequest *request,
			  const char *bookmark)
{
	write_path(writer, plan, request);
	write_filters(writer, plan, request);
	write_settings(writer, plan, request);
	write_metrics(writer, plan, request);
	write_constants(writer, plan->endpoint->params);
	write_column_params(writer, plan);
	write_paging(writer, plan, bookmark);
}

/*
 * The URL of a request's page, palloc'd.  bookmark is NULL for the first one.
 */
char *
request_url(const StreamPlan *plan, const StreamRequest *request, const char *bookmark)
{
	UrlWriter	writer = {0};

	initStringInfo(&writer.out);
	appendStringInfoString(&writer.out, plan->options->base_url);
	write_request(&writer, plan, request, bookmark);
	return writer.out.data;
}

/* The URL of a request's path alone, without parameters, palloc'd. */
char *
request_path_url(const StreamPlan *plan, const StreamRequest *request)
{
	UrlWriter	writer = {0};

	initStringInfo(&writer.out);
	appendStringInfoString(&writer.out, plan->options->base_url);
	write_path(&writer, plan, request);
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
	if (is_digits(value))
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
	List	   *joined = joined_values(filter, linitial(values));

	if (joined != NIL)
	{
		write_member(body, filter->joining);
		appendStringInfoString(body, "true");
		values = joined;
	}
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
 * The body that orders the report of a request, palloc'd; a template is for
 * people and has long lists cut.
 */
char *
report_order(const StreamPlan *plan, const StreamRequest *request, bool is_template)
{
	StringInfoData body;

	initStringInfo(&body);
	appendStringInfoChar(&body, '{');
	write_member(&body, "start_date");
	escape_json(&body, date_text(request->dates.first));
	write_member(&body, "end_date");
	escape_json(&body, date_text(request->dates.last));
	write_constant_members(&body, plan->endpoint->params);
	foreach_setting(setting, plan->settings)
	{
		if (setting_is_sent(plan, setting, request))
			write_member_of(&body, &setting->filter,
							find_binding(request->variables, setting->filter.column)->values, false);
	}
	foreach_filter(filter, plan->endpoint->filters)
	{
		const Binding *binding = find_binding(request->variables, filter->column);

		if (filter->kind == FILTER_VALUES && filter->param && binding)
			write_member_of(&body, filter, binding->values, is_template);
	}
	write_member(&body, plan->source.metrics_param->param);
	write_array(&body, requested_metrics(plan, request, is_template), false);
	write_member(&body, "report_format");
	escape_json(&body, "JSON");
	appendStringInfoChar(&body, '}');
	return body.data;
}

/* The URL that tells how far a report is, palloc'd. */
char *
report_status_url(const StreamPlan *plan, const StreamRequest *request, const char *token)
{
	return psprintf("%s?token=%s", request_path_url(plan, request), url_encoded(token));
}

/* ---------- templates ---------- */

/* The first of a plan's requests, where what the parent lists stands as {name}. */
static const StreamRequest *
template_request(const StreamPlan *plan)
{
	List	   *given = NIL;
	ListCell   *cell;

	foreach(cell, needed_variables(plan))
	{
		Binding    *binding = palloc0(sizeof(Binding));

		if (plan->parent == NULL || !plan_lists(plan, lfirst(cell)))
			continue;
		binding->variable = lfirst(cell);
		binding->values = list_make1(psprintf("{%s}", binding->variable));
		given = lappend(given, binding);
	}
	return linitial(plan_requests(plan, given));
}

/*
 * A plan's first request without the base URL, as a person reads it: method,
 * path and parameters, for a report its order with the body.  Palloc'd.
 */
char *
plan_template(const StreamPlan *plan)
{
	UrlWriter	writer = {.is_template = true};
	const StreamRequest *request = template_request(plan);

	initStringInfo(&writer.out);
	if (plan->endpoint->transport == TRANSPORT_REPORT)
	{
		appendStringInfoString(&writer.out, "POST ");
		write_path(&writer, plan, request);
		appendStringInfo(&writer.out, " %s", report_order(plan, request, true));
		return writer.out.data;
	}
	appendStringInfoString(&writer.out, "GET ");
	write_request(&writer, plan, request, NULL);
	return writer.out.data;
}
