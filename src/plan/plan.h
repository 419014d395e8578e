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

#include "plan/quals.h"

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

extern List *find_join_quals(PlannerInfo *root, RelOptInfo *baserel, List *rinfos);
extern const TableColumn *join_qual_column(const RelOptInfo *baserel, const Qual *qual);
extern ForeignPath *create_keyed_path(PlannerInfo *root, RelOptInfo *baserel, List *keys,
									  int account, double groups, bool after_others);

#endif							/* PINTEREST_PLAN_H */
