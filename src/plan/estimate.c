/*-------------------------------------------------------------------------
 *
 * estimate.c
 *		  How many requests a scan takes, and how many rows they return.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/estimate.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "plan/dates.h"
#include "plan/endpoint.h"
#include "plan/estimate.h"
#include "streams/stream_lookup.h"

/* What share of the rows a filter that is no id is taken to leave. */
#define FILTER_SELECTIVITY 0.2

/* A report is ordered, asked for at least once, and downloaded. */
#define REQUESTS_PER_REPORT 3

/* Requests that stand for one that cannot be made. */
#define IMPOSSIBLE_REQUESTS 1e9

static double estimate_level(const Level *level, double *requests, double *rows);

/* Values that the query gives for a variable, 0 where it gives none. */
static double
bound_count(const Level *level, const char *variable)
{
	const Binding *binding = find_binding(level->bindings, variable);

	return binding ? list_length(binding->values) : 0;
}

/* Values that a filter sends without the parent's help. */
static double
sent_count(const Level *level, const Filter *filter)
{
	double		count = bound_count(level, filter->column);

	for (const char *const *value = filter->values;
		 count == 0 && filter->send_all && *value; value++)
		if (value[1] == NULL)
			return value - filter->values + 1;
	return count;
}

static bool
is_sent(const Level *level, const Filter *filter)
{
	return filter->param != NULL || route_names(level->route, filter->column);
}

/*
 * Rows of an ask (or id of it) that the level's filters leave of the typical;
 * *most is how many rows all asks can have together: an id has but one.  The
 * ids that split a list share its rows, so that one may have less than a row.
 */
static double
rows_per_ask(const Level *level, double *most)
{
	const Route *route = level->route;
	double		rows = level->stream->typical.rows;

	*most = HUGE_VAL;
	if (route->splits)
		rows /= route->parent->typical.rows;
	for (const Filter *filter = route->filters; filter && filter->column; filter++)
	{
		double		count = bound_count(level, filter->column);

		if (count == 0 || route_names(route, filter->column) ||
			filter->kind == FILTER_DATES || filter->required)
			continue;
		if (strcmp(filter->column, "id") == 0)
			*most = count;
		else
			rows *= Min(1, count * FILTER_SELECTIVITY);
	}
	if (route->splits)
		return rows;
	return route->rows[0] == '\0' ? 1 : Max(1, rows);
}

/* Whether a filter's values go into requests and come from the parent. */
static bool
is_listed(const Level *level, const Filter *filter)
{
	return level->parent != NULL && level_lists(level, filter->column) &&
		is_sent(level, filter);
}

/*
 * Asks of a level for one range of days, and the ids in them.  Ids that the
 * parent lists fill batches per ask of the parent; other variables that it
 * lists make an ask a row.
 */
static void
count_asks(const Level *level, double parent_asks, double parent_rows,
		   double *asks, double *ids)
{
	double		listed_asks = 1;

	*asks = 1;
	*ids = 1;
	for (const Filter *filter = level->route->filters; filter && filter->column; filter++)
	{
		double		batch = filter->style == LIST_SINGLE ? 1 :
			filter->required ? Min(filter->batch, level->batch) : filter->batch;
		double		count = sent_count(level, filter);

		if (filter->kind == FILTER_DATES)
			continue;
		if (is_listed(level, filter) && filter->style != LIST_SINGLE)
		{
			*ids = parent_rows;
			listed_asks = Min(parent_rows,
							  parent_asks * ceil(parent_rows / parent_asks / batch));
		}
		else if (is_listed(level, filter) && *ids == 1)
			listed_asks = parent_rows;
		else if (count > 0 && is_sent(level, filter))
		{
			*asks *= ceil(count / batch);
			if (filter->style != LIST_SINGLE && filter->required)
				*ids = count;
		}
	}
	*asks *= Max(1, listed_asks);
}

/* Combinations of the settings besides granularity, which the periods count. */
static double
setting_passes(const Level *level)
{
	double		passes = 1;

	for (const Setting *setting = level->settings; setting && setting->filter.column; setting++)
		if (strcmp(setting->filter.column, "granularity") != 0)
			passes *= Max(1, bound_count(level, setting->filter.column));
	return passes;
}

/*
 * Requests and rows of a level whose asks, ids and days are known.
 */
static void
multiply(const Level *level, double asks, double ids, double *requests, double *rows)
{
	double		passes = setting_passes(level);
	double		pages = 1;
	double		calls = 0;
	double		days = 0;
	double		most;
	ListCell   *cell;

	foreach(cell, level->periods)
	{
		calls += list_length(((Period *) lfirst(cell))->ranges);
		days += level->stream->date_limits ? period_rows(lfirst(cell)) : FILTER_SELECTIVITY;
	}
	if (level->periods == NIL)
		calls = days = 1;
	*rows = rows_per_ask(level, &most) * Max(asks, ids) * days * passes;
	*rows = Max(1, Min(*rows, most));
	if (level->route->paging != PAGING_NONE)
		pages = Max(1, ceil(*rows / asks / level->page_size));
	*requests = asks * pages * calls * passes;
	if (level->route->transport == TRANSPORT_REPORT)
		*requests *= REQUESTS_PER_REPORT;
	if (level->limit > 0)
		*requests = Min(*requests, Max(1, ceil(level->limit * *requests / *rows)));
}

/*
 * Estimates how many requests a level and its parents take, and how many rows
 * its own return.  Returns the number of the level's asks.
 */
static double
estimate_level(const Level *level, double *requests, double *rows)
{
	double		parent_requests = 0;
	double		parent_rows = 1;
	double		parent_asks = 1;
	double		asks;
	double		ids;

	if (level->parent != NULL)
		parent_asks = estimate_level(level->parent, &parent_requests, &parent_rows);
	count_asks(level, parent_asks, parent_rows, &asks, &ids);
	multiply(level, asks, ids, requests, rows);
	*requests += parent_requests;
	if (level->missing != NULL)
		*requests += IMPOSSIBLE_REQUESTS;
	return asks;
}

/*
 * Estimates how many requests the levels of a scan take, parents included, and
 * how many rows they return.
 */
void
estimate_levels(const List *levels, double *requests, double *rows)
{
	ListCell   *cell;

	*requests = 0;
	*rows = 0;
	foreach(cell, levels)
	{
		double		own_requests;
		double		own_rows;

		(void) estimate_level(lfirst(cell), &own_requests, &own_rows);
		*requests += own_requests;
		*rows += own_rows;
	}
}
