/*-------------------------------------------------------------------------
 *
 * report.c
 *		  Reports: what is ordered, and what the API says of the order.
 *
 * A report is ordered by POST with a JSON body, which is answered with a
 * token; GET with the token tells whether the report is ready, and then where
 * it can be downloaded for five minutes.  Orders and statuses: OpenAPI
 * description and recorded answers.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request/report.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/json.h"

#include "json/json_document.h"
#include "request/report.h"
#include "util/iso_time.h"
#include "util/url_encode.h"

/* How many ids a template shows. */
#define TEMPLATE_VALUES 3

/* ---------- the order ---------- */

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
write_filter(StringInfo body, const Filter *filter, const List *values, bool is_template)
{
	write_member(body, filter->param);
	if (filter->style == LIST_SINGLE)
		write_scalar(body, linitial(values));
	else
		write_array(body, values, is_template && filter->values == NULL);
}

/* Members that the catalog gives as "a=b&c=d". */
static void
write_constants(StringInfo body, const char *params)
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
	write_constants(&body, level->route->params);
	for (const Setting *setting = level->settings; setting && setting->filter.column; setting++)
		if (setting_is_sent(level, setting, ask))
			write_filter(&body, &setting->filter,
						 find_binding(ask->variables, setting->filter.column)->values, false);
	for (const Filter *filter = level->route->filters; filter && filter->column; filter++)
	{
		const Binding *binding = find_binding(ask->variables, filter->column);

		if (filter->kind == FILTER_VALUES && filter->param && binding)
			write_filter(&body, filter, binding->values, is_template);
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

/* ---------- the answers ---------- */

/*
 * What the API says of a report, in the answer to the order as in those to
 * later questions; its strings are palloc'd.
 */
ReportAnswer
report_read_answer(const char *data, size_t len)
{
	ReportAnswer answer = {.status = REPORT_LOST};
	const char *word = json_document_string(data, len, "report_status");

	/* a word of the API's is shown, and nothing else */
	answer.word = word && strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == strlen(word) ?
		word : "of no known status";
	answer.token = json_document_string(data, len, "token");
	answer.url = json_document_string(data, len, "url");
	if (strcmp(answer.word, "FINISHED") == 0)
		answer.status = REPORT_FINISHED;
	else if (strcmp(answer.word, "IN_PROGRESS") == 0)
		answer.status = REPORT_IN_PROGRESS;
	return answer;
}

/* How long to wait before the API is asked for the nth time, from 1. */
long
report_pause_ms(int polls)
{
	static const long pauses[] = {500, 1000, 2000, 4000, 8000, 10000};

	return pauses[Min(Max(polls, 1), (int) lengthof(pauses)) - 1];
}
