/*-------------------------------------------------------------------------
 *
 * budget.c
 *		  How many requests a scan may send.
 *
 * What a scan is known to need is what it has sent and what waits to be sent:
 * where the query gives ids, days and accounts that is all of it, before the
 * first request; where they are listed or paged through it grows.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request/budget.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "plan/bind.h"
#include "plan/endpoint.h"
#include "plan/stream_request.h"
#include "request/budget.h"
#include "request/pace.h"
#include "request/page.h"
#include "streams/stream.h"

/* A longer list costs more than what the query leaves open to be listed. */
#define LONG_LIST 100

/* Of a scan, where the server does not say; 0: no limit. */
int			max_requests = 10000;

static const char *
date_column(const StreamPlan *plan)
{
	foreach_filter(filter, plan->endpoint->filters)
	{
		if (filter->kind == FILTER_DATES)
			return filter->column;
	}
	return NULL;
}

/* A column that parents list, as the query names no value; NULL: none. */
static const char *
listed_column(const StreamPlan *plan)
{
	ListCell   *cell;

	if (plan->parent == NULL)
		return NULL;
	foreach(cell, needed_variables(plan))
	{
		const char *variable = lfirst(cell);

		if (find_binding(plan->bindings, variable) == NULL)
			return variable;
	}
	return NULL;
}

/* Ranges of days that each set of ids is asked for, by all sources together. */
static int
count_ranges(const RequestScan *scan)
{
	int			ranges = 0;
	ListCell   *cell;

	for (int i = 0; i < scan->nstates; i++)
	{
		if (scan->states[i].child != NULL)
			continue;
		foreach(cell, scan->states[i].plan->periods)
		{
			ranges += list_length(((Period *) lfirst(cell))->ranges);
		}
	}
	return ranges;
}

/* The column of the query with the most values; NULL: none has that many. */
static const char *
longest_list(const StreamPlan *plan, int most)
{
	const char *column = NULL;
	ListCell   *cell;

	foreach(cell, plan->bindings)
	{
		const Binding *binding = lfirst(cell);

		if (list_length(binding->values) <= most)
			continue;
		column = binding->variable;
		most = list_length(binding->values);
	}
	return column;
}

/*
 * Which filter of the query would lower the number of requests most, palloc'd;
 * plan is the table's own.
 */
static char *
cheaper(const RequestScan *scan, const StreamPlan *plan, int64 needed)
{
	int			ranges = count_ranges(scan);
	const char *days = ranges > 1 ? date_column(plan) : NULL;
	const char *listed = listed_column(plan);
	const char *ids = longest_list(plan, listed ? LONG_LIST : 1);

	if (days != NULL && needed / ranges <= ranges)
		return psprintf("Ask for fewer days in column \"%s\"", days);
	if (ids != NULL)
		return psprintf("Name fewer values of column \"%s\"", ids);
	if (listed != NULL)
		return psprintf("Name values of column \"%s\" in WHERE", listed);
	if (days != NULL)
		return psprintf("Ask for fewer days in column \"%s\"", days);
	return pstrdup("Narrow the query by a condition that becomes a parameter");
}

static int
allowed_requests(const RequestScan *scan)
{
	return scan->options->max_requests >= 0 ? scan->options->max_requests : max_requests;
}

/* Whether one more request may be sent. */
bool
budget_has_room(const RequestScan *scan)
{
	const RequestCounters *counters = &scan->memory->counters;
	int			allowed = allowed_requests(scan);

	return allowed == 0 || counters->requests - counters->retries < allowed;
}

/*
 * Whether ids that a plan would ask for at once are to be looked up first, as
 * there is no room for asking in vain, looking up and asking again.
 */
bool
budget_is_tight(const RequestScan *scan, const StreamPlan *plan)
{
	const RequestCounters *counters = &scan->memory->counters;
	int			allowed = allowed_requests(scan);

	return allowed > 0 &&
		counters->requests - counters->retries + 3 * list_length(plan_requests(plan, NIL)) > allowed;
}

/*
 * Raises 53400 where a scan needs more requests than it may send.  To be
 * called when requests have been queued, state being the one that has grown, and
 * when one is about to be sent.  What a LIMIT leaves of those that wait is not
 * known, so that with one only the latter counts.
 */
void
check_budget(RequestScan *scan, const StreamPlanState *state, bool sending)
{
	const RequestCounters *counters = &scan->memory->counters;
	int			allowed = allowed_requests(scan);
	int64		sent = counters->requests - counters->retries;
	int64		needed = sent;

	while (state->child != NULL)
		state = state->child;
	if (scan->limit > 0)
		needed += sending;
	else
		for (int i = 0; i < scan->nstates; i++)
			needed += scan->states[i].npending;
	if (allowed == 0 || needed <= allowed)
		return;
	note_problem(scan, state, "the scan takes more requests than are allowed");
	ereport(ERROR,
			(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
			 errmsg_plural("could not read stream \"%s\": it takes more than %d request",
						   "could not read stream \"%s\": it takes more than %d requests",
						   allowed, scan->options->stream->name, allowed),
			 errdetail_plural("At least " INT64_FORMAT " are needed, of which " INT64_FORMAT " was sent.",
							  "At least " INT64_FORMAT " are needed, of which " INT64_FORMAT " were sent.",
							  (unsigned long) sent, needed, sent),
			 errhint("%s, or raise %s.", cheaper(scan, state->plan, needed),
					 scan->options->max_requests >= 0 ? "server option \"max_requests\"" :
					 "\"pinterest_fdw.max_requests\"")));
}
