/*-------------------------------------------------------------------------
 *
 * scan_private.h
 *		  The state of a foreign scan.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/scan/scan_private.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_SCAN_PRIVATE_H
#define PINTEREST_SCAN_PRIVATE_H

#include "nodes/execnodes.h"

#include "plan/bind.h"
#include "plan/estimate.h"
#include "plan/fdw_private.h"
#include "scan/fetch.h"

/* Rows of a scan, wanted or not, before others of an Append have their turn. */
#define ROWS_PER_TURN 256

typedef struct TableScan
{
	MemoryContext context;		/* of the whole scan */
	MemoryContext bind_context; /* of what is bound, until the next rescan */
	Table	   *table;
	Oid			umid;			/* as in BoundQuery */
	List	   *attnums;
	int64		limit;
	int			order;
	QueryTraits traits;
	int			nconditions;	/* besides keys */
	Condition  *conditions;		/* those of keys come last */
	ScanKeys	keys;
	List	   *key_groups;		/* ConditionValue *: what a join has found out
								 * of the keys; NIL: they do not count */
	List	   *expressions;	/* ExprState *, in the same order */
	DayTest    *tests;			/* likewise, of the conditions that are such */
	List	   *days_attnums;	/* int: where sums alone are wanted, columns
								 * that hold a day */
	DateRange	days;			/* that the conditions leave of them */
	Fetch	   *fetch;			/* NULL: EXPLAIN only */

	/* while an Append runs its scans side by side, see append.c */
	bool		is_asked;		/* it asks for a row, but does not wait */
	int			rows_of_turn;	/* read since others last had theirs */
	bool		is_pending;		/* there was no row yet */
} TableScan;

extern BoundQuery *bind_expected(ForeignScanState *node, const TableScan *state);
extern Estimate estimate_expected(const TableScan *state, const List *plans);
extern bool is_sure_to_run(const ForeignScanState *node, int eflags);
extern bool find_plan_ancestors(const PlannedStmt *statement, const Plan *plan,
								List **ancestors);

#endif							/* PINTEREST_SCAN_PRIVATE_H */
