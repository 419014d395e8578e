/*-------------------------------------------------------------------------
 *
 * plan.h
 *		  Size, paths and plan of a scan.
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

extern void plan_init(void);
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

#endif							/* PINTEREST_PLAN_H */
