/*-------------------------------------------------------------------------
 *
 * estimate.c
 *		  How many requests a scan takes, how many of them follow each other, and
 *		  how many rows they return.
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
#include "plan/learned.h"
#include "plan/list_size.h"
#include "streams/stream_lookup.h"
#include "util/strings.h"

/* What share of the rows a filter that is no id is taken to leave. */
#define FILTER_SELECTIVITY 0.2

/* A report is ordered, asked for at least once, and downloaded. */
#define REQUESTS_PER_REPORT 3

/*
 * What takes time is to wait for an answer, some hundred milliseconds, so requests
 * side by side cost little more than one; but each counts against the quota of a
 * minute.  In units of seq_page_cost, and not so much that a few of them would
 * seem worth compiling the query (jit_above_cost).
 */
#define ROUND_TRIP_COST 700.0
#define REQUEST_COST 300.0

/* Requests that stand for one that cannot be made. */
#define IMPOSSIBLE_REQUESTS 1e9

static double estimate_plan(const StreamPlan *plan, Estimate *estimate);

/* Values that the query gives for a variable, 0 where it gives none. */
static double
bound_count(const StreamPlan *plan, const char *variable)
{
	const Binding *binding = find_binding(plan->bindings, variable);

	if (binding == NULL)
		return 0;
	return binding->expected > 0 ? binding->expected : list_length(binding->values);
}

/* Values that a filter sends without the parent's help. */
static double
sent_count(const StreamPlan *plan, const Filter *filter)
{
	double		count = bound_count(plan, filter->column);

	if (count > 0 || !filter->send_all)
		return count;
	foreach_string(value, filter->values)
	{
		count++;
	}
	return count;
}

static bool
is_sent(const StreamPlan *plan, const Filter *filter)
{
	return filter->param != NULL || path_has_variable(plan->endpoint, filter->column);
}

/*
 * Rows of a request (or id of it) that the plan's filters leave of those that a list
 * has; *most is how many rows all requests can have together: an id has but one.  The
 * ids that split a list share its rows, so that one may have less than a row, and
 * so may lists that are known.
 */
static double
rows_per_chain(const StreamPlan *plan, double *most)
{
	const Endpoint *endpoint = plan->endpoint;
	bool		known;
	double		rows = list_rows(plan, &known);

	*most = HUGE_VAL;
	foreach_filter(filter, endpoint->filters)
	{
		if (!is_narrowing(plan, filter))
			continue;
		if (strcmp(filter->column, "id") == 0)
			*most = bound_count(plan, filter->column);
		else
			rows *= Min(1, bound_count(plan, filter->column) * FILTER_SELECTIVITY);
	}
	if (known || endpoint->splits)
		return rows;
	return endpoint->rows[0] == '\0' ? 1 : Max(1, rows);
}

/* Whether a filter's values go into requests and come from the parent. */
static bool
is_listed(const StreamPlan *plan, const Filter *filter)
{
	return plan->parent != NULL && plan_lists(plan, filter->column) &&
		is_sent(plan, filter);
}

/*
 * Requests of a plan for one range of days, and the ids in them.  Ids that the
 * parent lists fill batches per request of the parent; for other variables that
 * it lists, each of its rows makes one request.
 */
static void
count_chains(const StreamPlan *plan, double parent_chains, double parent_rows,
			 double *chains, double *ids)
{
	double		listed_chains = 1;

	*chains = 1;
	*ids = 1;
	foreach_filter(filter, plan->endpoint->filters)
	{
		double		batch = filter->style == LIST_SINGLE ? 1 :
			filter->required ? Min(filter->batch, plan->batch) : filter->batch;
		double		count = sent_count(plan, filter);

		if (filter->kind == FILTER_DATES)
			continue;
		if (is_listed(plan, filter) && filter->style != LIST_SINGLE)
		{
			*ids = parent_rows;
			listed_chains = Min(parent_rows,
								parent_chains * ceil(parent_rows / parent_chains / batch));
		}
		else if (is_listed(plan, filter) && *ids == 1)
			listed_chains = parent_rows;
		else if (count > 0 && is_sent(plan, filter))
		{
			*chains *= ceil(count / batch);
			if (filter->style != LIST_SINGLE && filter->required)
				*ids = count;
		}
	}
	foreach_setting(setting, plan->parent != NULL ? plan->settings : NULL)
	{
		if (is_setting_passed_on(plan, setting) && listed_chains == 1)
			listed_chains = parent_rows + (parent_lists_setting(plan) ? 1 : 0);
	}
	*chains *= Max(1, listed_chains);
}

/*
 * Combinations of the settings besides granularity, which the periods count, and
 * those that come with the parent's rows.
 */
static double
setting_passes(const StreamPlan *plan)
{
	double		passes = 1;

	foreach_setting(setting, plan->settings)
	{
		if (strcmp(setting->filter.column, "granularity") != 0 &&
			!(plan->parent != NULL && is_setting_passed_on(plan, setting)))
			passes *= Max(1, bound_count(plan, setting->filter.column));
	}
	return passes;
}

/*
 * The estimate of a plan, without its parents, whose requests, ids and days are
 * known.  Pages of a chain follow each other, chains run side by side.
 */
static void
multiply(const StreamPlan *plan, double chains, double ids, Estimate *estimate)
{
	double		passes = setting_passes(plan);
	double		pages;
	double		calls = 0;
	double		days = 0;
	double		most;
	double		all_chains;
	ListCell   *cell;

	foreach(cell, plan->periods)
	{
		calls += list_length(((Period *) lfirst(cell))->ranges);
		days += plan->source.date_limits ? period_rows(lfirst(cell)) : FILTER_SELECTIVITY;
	}
	if (plan->periods == NIL)
		calls = days = 1;
	estimate->rows = rows_per_chain(plan, &most) * Max(chains, ids) * days * passes;
	estimate->rows = Max(1, Min(estimate->rows, most));
	pages = list_pages(plan, estimate->rows / chains);
	if (plan->endpoint->transport == TRANSPORT_REPORT)
		pages *= REQUESTS_PER_REPORT;
	all_chains = chains * calls * passes;
	estimate->requests = all_chains * pages;
	estimate->round_trips = ceil(all_chains / plan->options->max_connections) * pages;
	if (plan->limit > 0)
		estimate->requests = Min(estimate->requests,
								 Max(1, ceil(plan->limit * estimate->requests / estimate->rows)));
	estimate->round_trips = Min(estimate->round_trips, estimate->requests);
}

/*
 * Estimates what a plan and its parents take, whose round trips come before its
 * own, and how many rows its own return.  Returns the number of the plan's requests
 * without further pages.
 */
static double
estimate_plan(const StreamPlan *plan, Estimate *estimate)
{
	Estimate	parent = {.rows = 1};
	double		parent_chains = 1;
	double		chains;
	double		ids;

	if (plan->parent != NULL)
		parent_chains = estimate_plan(plan->parent, &parent);
	count_chains(plan, parent_chains, parent.rows, &chains, &ids);
	multiply(plan, chains, ids, estimate);
	estimate->requests += parent.requests;
	estimate->round_trips += parent.round_trips;
	if (plan->missing != NULL)
		estimate->requests += IMPOSSIBLE_REQUESTS;
	return chains;
}

/*
 * Estimates what the plans of a scan (StreamPlan *), which run side by side, take
 * together, parents included.
 */
Estimate
estimate_plans(const List *plans)
{
	Estimate	sum = {0};
	ListCell   *cell;

	foreach(cell, plans)
	{
		Estimate	own = {0};

		sum.chains += estimate_plan(lfirst(cell), &own);
		sum.requests += own.requests;
		sum.round_trips = Max(sum.round_trips, own.round_trips);
		sum.rows += own.rows;
	}
	return sum;
}

/* What a scan takes whose keys are some groups of the same size, side by side. */
Estimate
estimate_groups(const Estimate *group, double groups, int max_connections)
{
	Estimate	all = *group;

	all.chains *= groups;
	all.requests *= groups;
	all.rows *= groups;
	all.round_trips = Max(all.round_trips, ceil(all.requests / max_connections));
	return all;
}

/* What the requests of an estimate cost the planner. */
double
requests_cost(const Estimate *estimate)
{
	return estimate->round_trips * ROUND_TRIP_COST + estimate->requests * REQUEST_COST;
}
