/*-------------------------------------------------------------------------
 *
 * endpoint.c
 *		  The endpoint that serves a stream, and the variables its requests need.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/endpoint.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "plan/endpoint.h"
#include "streams/stream_lookup.h"
#include "util/strings.h"

/* Whether a filter takes ids, several in a request. */
bool
takes_ids(const Filter *filter)
{
	return filter->style != LIST_SINGLE && filter->values == NULL;
}

/*
 * Whether a route that splits the stream is to be taken: not where the query
 * names ids, which are few or go in batches anyway.
 */
static bool
is_split_wanted(const Stream *stream, const Route *route, const TableOptions *options,
				const List *bindings, int flags)
{
	ListCell   *cell;

	if (route->parent != options->split_by || (flags & BIND_UNSPLIT) != 0)
		return false;
	foreach(cell, bindings)
	{
		const Filter *filter = find_filter(stream, ((Binding *) lfirst(cell))->variable);

		if (filter != NULL && takes_ids(filter))
			return false;
	}
	return true;
}

/* The first route that options and the query's values are for, else the last. */
const Route *
choose_route(const Stream *stream, const TableOptions *options, const List *bindings,
			 int flags)
{
	const Route *route = stream->routes;

	for (; route[1].path != NULL; route++)
	{
		const Binding *binding;

		if (route->may_be_closed && (flags & BIND_CLOSED_ROUTES) != 0)
			continue;
		if (route->splits && !is_split_wanted(stream, route, options, bindings, flags))
			continue;
		if (route->when == NULL)
			break;
		binding = find_binding(bindings, route->when);
		if (binding != NULL &&
			(route->when_limit == 0 || list_length(binding->values) <= route->when_limit))
			break;
	}
	return route;
}

/* The stream that lists a level's unbound variables; NULL: none. */
const Stream *
level_parent_stream(const Level *level)
{
	return level->route->parent ? level->route->parent : level->stream->parent;
}

const ParentColumn *
level_parent_columns(const Level *level)
{
	return level->route->parent ? level->route->parent_columns : level->stream->parent_columns;
}

bool
level_takes_dates(const Level *level)
{
	for (const Filter *filter = level->route->filters; filter && filter->column; filter++)
		if (filter->kind == FILTER_DATES)
			return true;
	return false;
}

/* Whether a column is the object that holds all metrics. */
static bool
holds_metrics(const Stream *stream, const Column *column)
{
	const char *prefix;
	size_t		len;

	if (stream->metrics_param == NULL || column->field == NULL ||
		column->source != FROM_ITEM)
		return false;
	prefix = stream->metrics_param->prefix;
	len = strlen(column->field);
	return strncmp(prefix, column->field, len) == 0 && strcmp(prefix + len, ".") == 0;
}

/*
 * The metrics wanted: those among the columns, or all that need no report
 * where the object that holds them is wanted (const Column *, each once).
 */
List *
wanted_metrics(const Level *level)
{
	const Stream *stream = level->stream;
	const Column *column;
	List	   *metrics = NIL;
	ListCell   *cell;
	bool		all = false;

	foreach(cell, level->columns)
	{
		column = lfirst(cell);
		all = all || holds_metrics(stream, column);
		if (column->source == FROM_METRIC)
			metrics = list_append_unique_ptr(metrics, unconstify(Column *, column));
	}
	for (int i = 0; all && (column = stream_column(stream, i)) != NULL; i++)
		if (column->source == FROM_METRIC && !is_report_metric(stream, column))
			metrics = list_append_unique_ptr(metrics, unconstify(Column *, column));
	return metrics;
}

/* The filter of a level's route on a variable; NULL: there is none. */
const Filter *
route_filter(const Level *level, const char *variable)
{
	for (const Filter *filter = level->route->filters; filter && filter->column; filter++)
		if (strcmp(filter->column, variable) == 0)
			return filter;
	return NULL;
}

/* Whether the endpoint takes no request without a variable. */
bool
level_requires(const Level *level, const char *variable)
{
	const Filter *filter = route_filter(level, variable);

	return filter != NULL && (filter->required || route_names(level->route, variable));
}

/* Whether a level's parent lists a variable. */
bool
level_lists(const Level *level, const char *variable)
{
	for (const ParentColumn *link = level_parent_columns(level);
		 link != NULL && link->column != NULL; link++)
		if (link->variable != NULL && strcmp(link->variable, variable) == 0)
			return true;
	return false;
}

/* Whether requests have a value for a variable without a parent. */
bool
is_given(const Level *level, const char *variable)
{
	const Filter *filter = route_filter(level, variable);

	return find_binding(level->bindings, variable) != NULL ||
		(filter != NULL && filter->send_all);
}

static List *
add_needed(List *needed, const char *variable)
{
	return has_string(needed, variable) ? needed :
		lappend(needed, unconstify(char *, variable));
}

/*
 * The variables (const char *) without which a level's requests cannot be
 * written or its rows not be filled.
 */
List *
needed_variables(const Level *level)
{
	List	   *needed = NIL;
	ListCell   *cell;

	for (const Filter *filter = level->route->filters; filter && filter->column; filter++)
		if (filter->kind == FILTER_VALUES && level_requires(level, filter->column))
			needed = add_needed(needed, filter->column);
	foreach(cell, level->columns)
	{
		const Column *column = lfirst(cell);

		if (column->source == FROM_REQUEST && level_lists(level, column->name))
			needed = add_needed(needed, column->name);
	}
	if (level->route->own_variable != NULL && level_lists(level, level->route->own_variable))
		needed = add_needed(needed, level->route->own_variable);
	foreach(cell, wanted_metrics(level))
	{
		const Column *column = lfirst(cell);

		if (column->when_variable)
			needed = add_needed(needed, column->when_variable);
	}
	return needed;
}

static bool
has_values(const Level *level, const Filter *filter, const List *given)
{
	const Binding *binding = find_binding(given, filter->column);

	if (binding == NULL)
		binding = find_binding(level->bindings, filter->column);
	return binding ? binding->values != NIL : filter->send_all;
}

/*
 * Whether another filter of its group, which comes first, is in use; given
 * (Binding *) is what the parent lists.
 */
bool
is_filter_excluded(const Level *level, const Filter *filter, const List *given)
{
	if (filter->exclusive == 0)
		return false;
	for (const Filter *other = level->route->filters; other < filter; other++)
		if (other->exclusive == filter->exclusive && has_values(level, other, given))
			return true;
	return false;
}
