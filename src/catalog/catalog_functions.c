/*-------------------------------------------------------------------------
 *
 * catalog_functions.c
 *		  The catalog of streams as SQL functions show it.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/catalog/catalog_functions.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "option/setting.h"
#include "streams/stream.h"
#include "streams/stream_columns.h"
#include "streams/stream_lookup.h"
#include "util/compat.h"
#include "util/result_row.h"
#include "util/strings.h"

/* Adds a text to an array; NULL begins one. */
static ArrayBuildState *
append_text(ArrayBuildState *array, const char *text)
{
	return accumArrayResult(array, CStringGetTextDatum(text), false, TEXTOID,
							CurrentMemoryContext);
}

/* The endpoints' methods, paths, and parameters that are always sent. */
static void
add_endpoints(ResultRow *row, const Stream *stream)
{
	ArrayBuildState *array = NULL;

	for (int i = 0; i < stream_source_count(stream); i++)
		foreach_endpoint(endpoint, stream_source(stream, i).endpoints)
	{
		bool		report = endpoint->transport == TRANSPORT_REPORT;

		if (endpoint->splits)	/* the last one's endpoint */
			continue;
		array = append_text(array, psprintf(report ? "POST %s %s" : endpoint->params ? "%s?%s" : "%s",
											endpoint->path, endpoint->params));
	}
	add_datum(row, makeArrayResult(array, CurrentMemoryContext), false);
}

/* The columns that identify a row: the stream's key, and its settings. */
static void
add_key(ResultRow *row, const Stream *stream)
{
	ArrayBuildState *array = NULL;

	foreach_string(name, stream->key)
	{
		array = append_text(array, *name);
	}
	foreach_setting(setting, array ? stream->settings : NULL)
	{
		array = append_text(array, setting->filter.column);
	}
	if (array == NULL)
		add_null(row);
	else
		add_datum(row, makeArrayResult(array, CurrentMemoryContext), false);
}

PG_FUNCTION_INFO_V1(pinterest_fdw_streams);

/* One row for each stream. */
Datum
pinterest_fdw_streams(PG_FUNCTION_ARGS)
{
	ResultRow	row = {.result = (ReturnSetInfo *) fcinfo->resultinfo};

	InitMaterializedSRF(fcinfo, 0);
	foreach_stream(next)
	{
		const Stream *stream = *next;

		add_text(&row, stream->name);
		add_texts(&row, stream->aliases);
		add_endpoints(&row, stream);
		add_key(&row, stream);
		add_text(&row, stream->source.parent ? stream->source.parent->name : NULL);
		add_texts(&row, stream->scopes);
		add_text(&row, stream->category);
		add_integer(&row, longest_history(stream));
		add_text(&row, stream->comment);
		finish_row(&row);
	}
	return (Datum) 0;
}

/* What has to be sent for the API to fill a column; NULL: nothing. */
static const char *
column_parameter(const Stream *stream, const Column *column)
{
	if (column->origin == FROM_METRIC)
		return stream->source.metrics_param->param;
	return column->param;
}

PG_FUNCTION_INFO_V1(pinterest_fdw_columns);

/* One row for each column of each stream. */
Datum
pinterest_fdw_columns(PG_FUNCTION_ARGS)
{
	ResultRow	row = {.result = (ReturnSetInfo *) fcinfo->resultinfo};

	InitMaterializedSRF(fcinfo, 0);
	foreach_stream(stream)
	{
		int			position = 0;

		foreach_stream_column(next, *stream)
		{
			const Column *column = *next;

			add_text(&row, (*stream)->name);
			add_integer(&row, ++position);
			add_text(&row, column->name);
			add_text(&row, column->field);
			add_text(&row, column_type_name(column->type));
			add_boolean(&row, column->origin == FROM_METRIC);
			add_boolean(&row, column->origin != FROM_METRIC || column->standard);
			add_boolean(&row, is_report_metric(*stream, column));
			if (column->origin == FROM_METRIC)
				add_boolean(&row, column->additive);
			else
				add_null(&row);
			add_text(&row, column_parameter(*stream, column));
			add_text(&row, column->comment);
			finish_row(&row);
		}
	}
	return (Datum) 0;
}

/*
 * The parameter or {variable} that a filter fills; NULL: it only chooses what
 * the parent lists.
 */
static const char *
filter_parameter(const Endpoint *endpoint, const Filter *filter)
{
	char	   *variable = psprintf("{%s}", filter->column);

	if (filter->kind == FILTER_DATES)
		return filter->param == NULL ? "start_date, end_date" :
			filter->last_param == NULL ? filter->param :
			psprintf("%s, %s", filter->param, filter->last_param);
	if (filter->param)
		return filter->param;
	return strstr(endpoint->path, variable) ? variable : NULL;
}

/* Names as a list; NIL where there are none. */
static List *
name_list(const char *const *names)
{
	List	   *list = NIL;

	foreach_string(name, names)
	{
		list = lappend(list, unconstify(char *, *name));
	}
	return list;
}

static void
add_filter(ResultRow *row, const Stream *stream, const Endpoint *endpoint, const Filter *filter)
{
	bool		dates = filter->kind == FILTER_DATES;
	const char *parameter = filter_parameter(endpoint, filter);

	add_text(row, stream->name);
	add_text(row, filter->column);
	add_text(row, dates ? "=, <, <=, >, >=, IN" : "=, IN");
	add_text(row, parameter);
	add_integer(row, dates || !parameter ? 0 : Max(filter->batch, 1));
	add_text_list(row, list_concat(name_list(filter->values), name_list(filter->asked_values)));
	add_text(row, endpoint->path);
	finish_row(row);
}

PG_FUNCTION_INFO_V1(pinterest_fdw_filters);

/*
 * One row for each filter of each endpoint of each stream, but for endpoints that
 * split: the last one has their filters.
 */
Datum
pinterest_fdw_filters(PG_FUNCTION_ARGS)
{
	ResultRow	row = {.result = (ReturnSetInfo *) fcinfo->resultinfo};

	InitMaterializedSRF(fcinfo, 0);
	foreach_stream(stream)
	{
		for (int i = 0; i < stream_source_count(*stream); i++)
			foreach_endpoint(endpoint, stream_source(*stream, i).endpoints)
		{
			foreach_filter(filter, endpoint->splits ? NULL : endpoint->filters)
			{
				add_filter(&row, *stream, endpoint, filter);
			}
		}
	}
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(pinterest_fdw_settings);

/* One row for each setting of each stream. */
Datum
pinterest_fdw_settings(PG_FUNCTION_ARGS)
{
	ResultRow	row = {.result = (ReturnSetInfo *) fcinfo->resultinfo};

	InitMaterializedSRF(fcinfo, 0);
	foreach_stream(stream)
	{
		foreach_setting(setting, (*stream)->settings)
		{
			add_text(&row, (*stream)->name);
			add_text(&row, setting->filter.column);
			add_text(&row, setting->filter.param);
			add_texts(&row, setting->filter.values);
			add_text(&row, setting_default(setting));
			finish_row(&row);
		}
	}
	return (Datum) 0;
}
