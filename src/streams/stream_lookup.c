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

#include "streams/stream_columns.h"
#include "streams/stream_lookup.h"
#include "util/compat.h"
#include "util/strings.h"

static bool
has_alias(const Stream *stream, const char *name)
{
	foreach_string(alias, stream->aliases)
	{
		if (strcmp(*alias, name) == 0)
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
		if (strcmp((*stream)->name, name) == 0 || has_alias(*stream, name))
			return *stream;
	}
	return NULL;
}

/* How many sources a stream has, at least one. */
int
stream_source_count(const Stream *stream)
{
	int			count = 0;

	while (stream->sources && stream->sources[count])
		count++;
	return Max(count, 1);
}

/* The stream's nth source, counted from 0. */
const Stream *
stream_source(const Stream *stream, int n)
{
	return stream->sources ? stream->sources[n] : stream;
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
find_endpoint_filter(const Stream *stream, const char *column)
{
	foreach_endpoint(endpoint, stream->endpoints)
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
		filter = find_endpoint_filter(stream_source(stream, i), column);
	return filter;
}

/* The SQL type that a column is imported with. */
const char *
column_type_name(ColumnType type)
{
	static const char *const names[] = {
		[TYPE_TEXT] = "text",
		[TYPE_BIGINT] = "bigint",
		[TYPE_DOUBLE] = "double precision",
		[TYPE_BOOLEAN] = "boolean",
		[TYPE_TIME] = "timestamp with time zone",
		[TYPE_DATE] = "date",
		[TYPE_TEXT_ARRAY] = "text[]",
		[TYPE_JSONB] = "jsonb",
	};

	return names[type];
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

/* The source's word for a column of the stream; NULL: it has no such column. */
const Column *
source_column(const Stream *stream, const Stream *source, const Column *column)
{
	const Column *known = find_column(stream, column->name);

	return source == stream || known != column ? column :
		find_column(source, column->name);
}

/* Whether a source can tell a metric of the stream. */
bool
source_has_metric(const Stream *stream, const Stream *source, const Column *metric)
{
	const Column *own = source_column(stream, source, metric);

	return own != NULL &&
		(source->endpoints[0].transport == TRANSPORT_REPORT || !is_report_metric(source, own));
}

/* Whether a value is among those that a filter lists. */
bool
filter_knows(const Filter *filter, const char *value)
{
	foreach_string(known, filter->values)
	{
		if (strcmp(*known, value) == 0)
			return true;
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
