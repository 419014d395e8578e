/*-------------------------------------------------------------------------
 *
 * plan.h
 *		  What the planner hands to the executor.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/plan.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_PLAN_H
#define PINTEREST_PLAN_H

#include "nodes/pathnodes.h"
#include "nodes/plannodes.h"

#include "plan/bind.h"

/*
 * Elements of ForeignScan.fdw_private.  The expressions of the conditions
 * stand in fdw_exprs, in the same order.
 */
enum PlanPrivate
{
	PLAN_CONDITIONS,			/* list of lists of int, see plan_condition() */
	PLAN_ATTNUMS,				/* list of int: the wanted columns */
	PLAN_LIMIT,					/* Integer */
	PLAN_ORDER,					/* Integer: 1, 0 or -1 */
	PLAN_FLAGS					/* Integer: BoundQuery.flags */
};

extern void pinterestGetForeignRelSize(PlannerInfo *root, RelOptInfo *baserel,
									   Oid foreigntableid);
extern void pinterestGetForeignPaths(PlannerInfo *root, RelOptInfo *baserel,
									 Oid foreigntableid);
extern ForeignScan *pinterestGetForeignPlan(PlannerInfo *root,
											RelOptInfo *baserel,
											Oid foreigntableid,
											ForeignPath *best_path,
											List *tlist, List *scan_clauses,
											Plan *outer_plan);
extern Condition plan_condition(const List *integers);

#endif							/* PINTEREST_PLAN_H */
