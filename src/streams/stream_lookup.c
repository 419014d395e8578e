/*-------------------------------------------------------------------------
 *
 * stream_lookup.c
 *		  Look-ups in the descriptions of streams.
 *
 * What is returned here points into those descriptions: it lives as long as
 * the library and is never freed.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/streams/stream_lookup.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "streams/stream_columns.h"
#include "streams/stream_lookup.h"
#include "util/compat.h"
#include "util/strings.h"

/* Whether a list of names, which may be NULL, has one. */
static bool
is_among(const char *name, const char *const *names)
{
	foreach_string(known, names)
	{
		if (strcmp(*known, name) == 0)
			return true;
	}
	return false;
}

/* Finds a stream by its name or one of its aliases; NULL: there is none. */
const Stream *
find_stream(const char *name)
{
	foreach_stream(stream)
	{
		if (strcmp((*stream)->name, name) == 0 || is_among(name, (*stream)->aliases))
			return *stream;
	}
	return NULL;
}

/* How many sources a stream has, at least one. */
int
stream_source_count(const Stream *stream)
{
	int			further = 0;

	while (stream->further_sources && stream->further_sources[further].endpoints)
		further++;
	return 1 + further;
}

/*
 * The stream's nth source, counted from 0, complete with what it shares with
 * the first.
 */
Source
stream_source(const Stream *stream, int n)
{
	const Source *first = &stream->source;
	Source		source;

	if (n == 0)
		return *first;
	source = stream->further_sources[n - 1];
	if (source.parent == NULL)
	{
		source.parent = first->parent;
		source.parent_columns = first->parent_columns;
	}
	if (source.date_limits == NULL)
		source.date_limits = first->date_limits;
	if (source.metrics_param == NULL)
		source.metrics_param = first->metrics_param;
	if (source.granularity == NULL)
		source.granularity = first->granularity;
	if (source.typical.rows == 0)
		source.typical.rows = first->typical.rows;
	if (source.typical.row_bytes == 0)
		source.typical.row_bytes = first->typical.row_bytes;
	return source;
}

/*
 * How many days the stream's rows reach back, in granularities that have no
 * limit of their own, which are the longest; 0: there is no limit.
 */
int
longest_history(const Stream *stream)
{
	int			days = 0;

	for (int i = 0; i < stream_source_count(stream); i++)
	{
		const DateLimit *limit = stream_source(stream, i).date_limits;

		while (limit && *limit->granularity != '\0')
			limit++;
		days = Max(days, limit ? limit->history_days : 0);
	}
	return days;
}

/* ---------- filters ---------- */

/* Finds a setting by its name; NULL: there is none. */
const Setting *
find_setting(const Stream *stream, const char *name)
{
	foreach_setting(setting, stream->settings)
	{
		if (strcmp(setting->filter.column, name) == 0)
			return setting;
	}
	return NULL;
}

static const Filter *
find_endpoint_filter(const Endpoint *endpoints, const char *column)
{
	foreach_endpoint(endpoint, endpoints)
	{
		foreach_filter(filter, endpoint->filters)
		{
			if (strcmp(filter->column, column) == 0)
				return filter;
		}
	}
	return NULL;
}

/*
 * Finds the filter on a column, in any endpoint of any source or among the
 * settings; NULL: there is none.
 */
const Filter *
find_filter(const Stream *stream, const char *column)
{
	const Setting *setting = find_setting(stream, column);
	const Filter *filter = NULL;

	if (setting != NULL)
		return &setting->filter;
	for (int i = 0; filter == NULL && i < stream_source_count(stream); i++)
		filter = find_endpoint_filter(stream_source(stream, i).endpoints, column);
	return filter;
}

/* Likewise in any endpoint of one source, or among the settings. */
const Filter *
find_source_filter(const Stream *stream, const Source *source, const char *column)
{
	const Setting *setting = find_setting(stream, column);

	return setting ? &setting->filter : find_endpoint_filter(source->endpoints, column);
}

/*
 * The column by which the ad accounts of option ad_account_id restrict a stream's
 * rows; NULL: by none.  Where the account is a setting, the option only gives the
 * values that count without a condition.
 */
const char *
restricted_column(const Stream *stream)
{
	if (stream->account_column != NULL)
		return stream->account_column;
	return find_setting(stream, ACCOUNT_VARIABLE) == NULL &&
		find_filter(stream, ACCOUNT_VARIABLE) != NULL ? ACCOUNT_VARIABLE : NULL;
}

/* Whether a column of that name is part of what identifies a stream's rows. */
bool
is_key_column(const Stream *stream, const char *column)
{
	return is_among(column, stream->key);
}

/* The SQL types that columns are imported with. */
static const struct
{
	const char *name;
	Oid			oid;
}			sql_types[] = {
	[TYPE_TEXT] = {"text", TEXTOID},
	[TYPE_BIGINT] = {"bigint", INT8OID},
	[TYPE_DOUBLE] = {"double precision", FLOAT8OID},
	[TYPE_BOOLEAN] = {"boolean", BOOLOID},
	[TYPE_TIME] = {"timestamp with time zone", TIMESTAMPTZOID},
	[TYPE_DATE] = {"date", DATEOID},
	[TYPE_TEXT_ARRAY] = {"text[]", TEXTARRAYOID},
	[TYPE_JSONB] = {"jsonb", JSONBOID},
};

/* The name of the SQL type that a column is imported with, */
const char *
column_type_name(ColumnType type)
{
	return sql_types[type].name;
}

/* and its OID. */
Oid
column_type_oid(ColumnType type)
{
	return sql_types[type].oid;
}

/* Whether an endpoint's path has a {variable}. */
bool
path_has_variable(const Endpoint *endpoint, const char *variable)
{
	const char *brace = endpoint->path;
	size_t		len = strlen(variable);

	while ((brace = strchr(brace, '{')) != NULL)
		if (strncmp(++brace, variable, len) == 0 && brace[len] == '}')
			return true;
	return false;
}

/* Whether any endpoint of a stream has a variable in its path. */
bool
is_in_a_path(const Stream *stream, const char *variable)
{
	for (int i = 0; i < stream_source_count(stream); i++)
		foreach_endpoint(endpoint, stream_source(stream, i).endpoints)
	{
		if (path_has_variable(endpoint, variable))
			return true;
	}
	return false;
}

/* Whether the rows of a source come in reports. */
bool
source_has_reports(const Source *source)
{
	return source->endpoints[0].transport == TRANSPORT_REPORT;
}

/* A source names few columns, if any. */
static const Column *
find_own(const Source *source, const char *name)
{
	foreach_column(column, source->columns)
	{
		if (strcmp(column->name, name) == 0)
			return column;
	}
	return NULL;
}

/*
 * The source's word for a column of the stream; NULL: it has no such column.
 * One that only an option describes is the same in all sources.
 */
const Column *
source_column(const Stream *stream, const Source *source, const Column *column)
{
	const Column *own = find_own(source, column->name);
	bool		lacks = column->field && is_among(column->field, source->without_fields);

	if ((own == NULL && !lacks) || column_number(stream, column) < 0)
		return column;
	return own;
}

/* Whether a source can tell a metric of the stream. */
bool
source_has_metric(const Stream *stream, const Source *source, const Column *metric)
{
	return source_column(stream, source, metric) != NULL &&
		(source_has_reports(source) || !is_report_metric(stream, metric));
}

/* What joins values that are to be told together. */
#define JOINT "_AND_"

/* The longest of a filter's values that a text begins with, before JOINT or its end; NULL: none. */
static const char *
first_joined(const Filter *filter, const char *text)
{
	const char *longest = NULL;

	foreach_string(value, filter->values)
	{
		size_t		len = strlen(*value);

		if (strncmp(text, *value, len) == 0 &&
			(text[len] == '\0' || strncmp(text + len, JOINT, strlen(JOINT)) == 0) &&
			(longest == NULL || len > strlen(longest)))
			longest = *value;
	}
	return longest;
}

/*
 * The values (const char *) that a filter can be asked for together and that a
 * text joins, palloc'd: GENDER and COUNTRY of GENDER_AND_COUNTRY.  NIL where it is no such
 * text, or has a value twice, or more than a request takes.
 */
List *
joined_values(const Filter *filter, const char *text)
{
	List	   *values = NIL;

	if (filter->joining == NULL || is_among(text, filter->values))
		return NIL;
	for (;;)
	{
		const char *value = first_joined(filter, text);

		if (value == NULL || list_member_ptr(values, value) || list_length(values) == filter->batch)
			return NIL;
		values = lappend(values, unconstify(char *, value));
		if (text[strlen(value)] == '\0')
			return list_length(values) > 1 ? values : NIL;
		text += strlen(value) + strlen(JOINT);
	}
}

/* Whether a value is among those that a filter lists, or joins some of them. */
bool
filter_knows(const Filter *filter, const char *value)
{
	return is_among(value, filter->values) || is_among(value, filter->asked_values) ||
		joined_values(filter, value) != NIL;
}

/* Whether any endpoint of a stream can be asked for a column's word. */
bool
stream_knows_word(const Stream *stream, const char *column, const char *word)
{
	for (int i = 0; i < stream_source_count(stream); i++)
	{
		Source		source = stream_source(stream, i);

		foreach_endpoint(endpoint, source.endpoints)
		{
			foreach_filter(filter, endpoint->filters)
			{
				if (strcmp(filter->column, column) == 0 && filter_knows(filter, word))
					return true;
			}
		}
	}
	return false;
}

/*
 * What to tell someone who gave name where a stream's name was expected,
 * palloc'd.
 */
char *
stream_hint(const char *name)
{
	ClosestMatchState match;
	const char *closest;

	initClosestMatch(&match, name, MAX_TYPOS);
	foreach_stream(stream)
	{
		updateClosestMatch(&match, (*stream)->name);
		foreach_string(alias, (*stream)->aliases)
		{
			updateClosestMatch(&match, *alias);
		}
	}
	closest = getClosestMatch(&match);
	if (closest == NULL)
		return pstrdup("The streams are listed by pinterest_fdw.streams().");
	return psprintf("Perhaps you meant the stream \"%s\".", find_stream(closest)->name);
}
