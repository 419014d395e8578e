/*-------------------------------------------------------------------------
 *
 * analyze.c
 *		  ANALYZE of a foreign table.
 *
 * The whole table is read, an analytics table for the days it has by default,
 * a partition within its bound, and a random sample of its rows is kept.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/scan/analyze.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "commands/vacuum.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/sampling.h"

#include "plan/dates.h"
#include "plan/endpoint.h"
#include "plan/partition.h"
#include "plan/stream_plan.h"
#include "scan/fetch.h"
#include "scan/scan.h"
#include "util/compat.h"

/* A table that cannot be sampled in part has no pages; it must claim one. */
#define CLAIMED_PAGES 1

/* The columns of a table whose meaning is known. */
static List *
known_attnums(const Table *table)
{
	List	   *attnums = NIL;

	for (int attnum = 1; attnum <= table->natts; attnum++)
		if (table->columns[attnum].column != NULL)
			attnums = lappend_int(attnums, attnum);
	return attnums;
}

/* Where in the sample the next row goes; -1: nowhere (Vitter's algorithm). */
static int
sample_place(ReservoirStateData *reservoir, double *rows_to_skip,
			 double rows_seen, int targrows)
{
	if (rows_seen < targrows)
		return (int) rows_seen;
	if (*rows_to_skip < 0)
		*rows_to_skip = reservoir_get_next_S(reservoir, rows_seen, targrows);
	*rows_to_skip -= 1;
	if (*rows_to_skip >= 0)
		return -1;
	return (int) (targrows * sampler_random_fract(&reservoir->randstate));
}

/* Whether a row lies within the bound of its table, which is NULL for no partition. */
static bool
is_within(ExprState *bound, EState *estate, TupleTableSlot *row)
{
	ExprContext *context = GetPerTupleExprContext(estate);

	context->ecxt_scantuple = ExecStoreVirtualTuple(row);
	return ExecQualAndReset(bound, context);
}

/* AcquireSampleRowsFunc: fills rows with a sample, returns its size. */
static int
acquire_sample_rows(Relation relation, int elevel, HeapTuple *rows, int targrows,
					double *totalrows, double *totaldeadrows)
{
	TupleDesc	tupdesc = RelationGetDescr(relation);
	EState	   *estate = CreateExecutorState();
	ExprState  *bound = ExecPrepareQual(partition_clauses(relation, 1), estate);
	TupleTableSlot *row = MakeSingleTupleTableSlot(tupdesc, &TTSOpsVirtual);
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "pinterest_fdw analyze", ALLOCSET_DEFAULT_SIZES);
	MemoryContext tuple_context = AllocSetContextCreate(context,
														"pinterest_fdw analyze row", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	Table	   *table = describe_table(relation);
	Fetch	   *fetch = fetch_create(context, table, known_attnums(table), GetUserId());
	ReservoirStateData reservoir;
	double		rows_to_skip = -1;
	double		rows_seen = 0;

	reservoir_init_selection_state(&reservoir, targrows);
	fetch_start(fetch, list_make1(bind_whole_table(table, relation)));
	for (MemoryContextSwitchTo(tuple_context);
		 fetch_next(fetch, row->tts_values, row->tts_isnull);
		 MemoryContextReset(tuple_context), ExecClearTuple(row))
	{
		int			place = is_within(bound, estate, row) ?
			sample_place(&reservoir, &rows_to_skip, rows_seen++, targrows) : -1;

		if (place < 0)
			continue;
		if (rows_seen > targrows)
			heap_freetuple(rows[place]);
		MemoryContextSwitchTo(old);
		rows[place] = heap_form_tuple(tupdesc, row->tts_values, row->tts_isnull);
		MemoryContextSwitchTo(tuple_context);
	}
	MemoryContextSwitchTo(old);
	fetch_end(fetch);
	MemoryContextDelete(context);
	ExecDropSingleTupleTableSlot(row);
	FreeExecutorState(estate);

	*totalrows = rows_seen;
	*totaldeadrows = 0;
	ereport(elevel,
			(errmsg("\"%s\": the API returned %.0f rows, %d of them are in the sample",
					RelationGetRelationName(relation), rows_seen,
					(int) Min(rows_seen, targrows))));
	return (int) Min(rows_seen, targrows);
}

/*
 * AnalyzeForeignTable: every table can be sampled whose rows the API returns
 * without being given a value to look for.
 */
bool
pinterestAnalyzeForeignTable(Relation relation, AcquireSampleRowsFunc *func,
							 BlockNumber *totalpages)
{
	Table	   *table = describe_table(relation);
	BoundQuery *bound = bind_whole_table(table, relation);
	DatesServed served;
	ListCell   *cell;

	bound->wanted = want_columns(table, NIL);
	foreach(cell, plan_streams(bound, &served))
	{
		if (((StreamPlan *) lfirst(cell))->missing != NULL)
			return false;
	}
	*func = acquire_sample_rows;
	*totalpages = CLAIMED_PAGES;
	return true;
}
