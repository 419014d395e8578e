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
 * src/budget.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "request_private.h"

/* Of a scan, where the server does not say; 0: no limit. */
int			max_requests = 10000;

static const char *
date_column(const Level *level)
{
	for (const Filter *filter = level->route->filters; filter && filter->column; filter++)
		if (filter->kind == FILTER_DATES)
			return filter->column;
	return NULL;
}

/* Ranges of days that each set of ids is asked for. */
static int
count_ranges(const Level *level)
{
	int			ranges = 0;
	ListCell   *cell;

	foreach(cell, level->periods)
		ranges += list_length(((Period *) lfirst(cell))->ranges);
	return Max(ranges, 1);
}

/* The column of the query with the most values; NULL: none has several. */
static const char *
longest_list(const Level *level)
{
	const char *column = NULL;
	int			most = 1;
	ListCell   *cell;

	foreach(cell, level->bindings)
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
 * level is the table's own.
 */
static char *
cheaper(const Level *level, int64 needed)
{
	int			ranges = count_ranges(level);
	List	   *listed = level->parent ? needed_variables(level) : NIL;
	const char *column = longest_list(level);

	if (date_column(level) != NULL && ranges > 1 && needed / ranges <= ranges)
		return psprintf("Ask for fewer days in column \"%s\"", date_column(level));
	if (listed != NIL)
		return psprintf("Name values of column \"%s\" in WHERE", (char *) linitial(listed));
	if (column != NULL)
		return psprintf("Name fewer values of column \"%s\"", column);
	if (date_column(level) != NULL && ranges > 1)
		return psprintf("Ask for fewer days in column \"%s\"", date_column(level));
	return pstrdup("Narrow the query by a condition that becomes a parameter");
}

/*
 * Raises 53400 where a scan needs more requests than it may send; run is the
 * one that has grown.  To be called before any of the new requests is sent.
 */
void
check_budget(const RequestScan *scan, const LevelRun *run)
{
	const RequestCounters *counters = &scan->memory->counters;
	int			allowed = scan->options->max_requests >= 0 ?
		scan->options->max_requests : max_requests;
	int64		needed = counters->requests - counters->retries;

	for (int i = 0; i < scan->nruns; i++)
		needed += scan->runs[i].npending;
	while (run->child != NULL)
		run = run->child;
	if (allowed == 0 || needed <= allowed)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
			 errmsg("could not read stream \"%s\": it takes more than %d requests",
					scan->options->stream->name, allowed),
			 errdetail("At least " INT64_FORMAT " are needed, of which " INT64_FORMAT " were sent.",
					   needed, counters->requests),
			 errhint("%s, or raise %s.", cheaper(run->level, needed),
					 scan->options->max_requests >= 0 ? "server option \"max_requests\"" :
					 "\"pinterest_fdw.max_requests\"")));
}
