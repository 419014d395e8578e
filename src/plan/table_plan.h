/*-------------------------------------------------------------------------
 *
 * table_plan.h
 *		  What the planner knows of a table, and can know of its conditions.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/table_plan.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_TABLE_PLAN_H
#define PINTEREST_TABLE_PLAN_H

#include "foreign/fdwapi.h"

#include "plan/bind.h"
#include "plan/quals.h"

/* RelOptInfo.fdw_private */
typedef struct TablePlan
{
	Table	   *table;
	Oid			umid;			/* of the user mapping; InvalidOid: none */
	WantedColumns *wanted;
	QueryTraits traits;			/* of all paths */
	List	   *implied;		/* Qual *: likewise, what joins imply of dates */
	List	   *tests;			/* PlannedTest *, those met so far */
	Bitmapset  *joined;			/* columns in join clauses that can be passed
								 * down */
	double	   *values;			/* of a table without statistics: how many a
								 * column has, by attribute number; 0: unknown */
	bool		joined_own;		/* other tables name what the parent lists
								 * only as far as it is the token's own, or
								 * lists besides what they name */
} TablePlan;

extern void table_plan_init(GetForeignRelSize_function callback);
extern bool is_of_wrapper(const RelOptInfo *rel);
extern bool is_dates_column(const Table *table, int attnum);
extern BoundQuery *bind_estimated(PlannerInfo *root, TablePlan *state, const List *quals);
extern List *estimated_plans(const BoundQuery *bound);

#endif							/* PINTEREST_TABLE_PLAN_H */
