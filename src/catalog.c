/*-------------------------------------------------------------------------
 *
 * catalog.c
 *		  The list of streams, and lookups in their descriptions.
 *
 * The streams themselves are data, in streams/.  What is returned here points
 * into that data: it lives as long as the library and is never freed.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/catalog.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog.h"
#include "streams/streams.h"

const Stream *const streams[] = {
	&user_account_stream,
	&ad_accounts_stream,
	&campaigns_stream,
	&ad_groups_stream,
	&ads_stream,
	&boards_stream,
	&pins_stream,
	&user_account_analytics_stream,
	&ad_account_analytics_stream,
	&campaigns_analytics_stream,
	&ad_groups_analytics_stream,
	&ads_analytics_stream,
	&pins_analytics_stream,
	NULL
};

static bool
has_alias(const Stream *stream, const char *name)
{
	for (const char *const *alias = stream->aliases; alias && *alias; alias++)
		if (strcmp(*alias, name) == 0)
			return true;
	return false;
}

/* Finds a stream by its name or one of its aliases; NULL: there is none. */
const Stream *
find_stream(const char *name)
{
	for (const Stream *const *stream = streams; *stream; stream++)
		if (strcmp((*stream)->name, name) == 0 || has_alias(*stream, name))
			return *stream;
	return NULL;
}

static const Column *
find_in(const Column *columns, const char *name)
{
	for (const Column *column = columns; column && column->name; column++)
		if (strcmp(column->name, name) == 0)
			return column;
	return NULL;
}

/* A metric that a column of the stream's own hides. */
static bool
is_shadowed(const Stream *stream, const Column *metric)
{
	return find_in(stream->columns, metric->name) != NULL;
}

/* Finds a column, or else a metric, by its SQL name; NULL: there is none. */
const Column *
find_column(const Stream *stream, const char *name)
{
	const Column *column = find_in(stream->columns, name);

	return column ? column : find_in(stream->metrics, name);
}

static const Column *
find_field_in(const Column *columns, const char *field)
{
	for (const Column *column = columns; column && column->name; column++)
		if (strcmp(column->field ? column->field : column->name, field) == 0)
			return column;
	return NULL;
}

/*
 * Finds a column by its JSON field, or a metric by the API's name, or a column
 * that is no field of the item by its own name; NULL: there is none.
 */
const Column *
find_field(const Stream *stream, const char *field)
{
	const Column *column = find_field_in(stream->columns, field);

	if (column == NULL)
	{
		column = find_field_in(stream->metrics, field);
		if (column && is_shadowed(stream, column))
			column = NULL;
	}
	return column;
}

/* The number of columns a table with all of the stream's columns has. */
int
stream_column_count(const Stream *stream)
{
	int			count = 0;

	for (const Column *column = stream->columns; column->name; column++)
		count++;
	for (const Column *metric = stream->metrics; metric && metric->name; metric++)
		if (!is_shadowed(stream, metric))
			count++;
	return count;
}

/*
 * The stream's nth column, counted from 0: its own columns, then the metrics
 * that these do not hide.  NULL: there are no more.
 */
const Column *
stream_column(const Stream *stream, int n)
{
	for (const Column *column = stream->columns; column->name; column++)
		if (n-- == 0)
			return column;
	for (const Column *metric = stream->metrics; metric && metric->name; metric++)
		if (!is_shadowed(stream, metric) && n-- == 0)
			return metric;
	return NULL;
}

/* Finds the filter on a column in any of the routes; NULL: there is none. */
const Filter *
find_filter(const Stream *stream, const char *column)
{
	for (const Route *route = stream->routes; route->path; route++)
		for (const Filter *filter = route->filters; filter && filter->column; filter++)
			if (strcmp(filter->column, column) == 0)
				return filter;
	return NULL;
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
