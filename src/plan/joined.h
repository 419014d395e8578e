/*-------------------------------------------------------------------------
 *
 * joined.h
 *		  What joins read of a table.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/joined.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_JOINED_H
#define PINTEREST_JOINED_H

#include "plan/table_plan.h"

extern void joined_init(void);
extern Bitmapset *unmatched_columns(const RelOptInfo *baserel, const List *clauses, const List *quals);
extern void find_joined_columns(PlannerInfo *root, RelOptInfo *baserel, TablePlan *state);
extern void find_compared_settings(PlannerInfo *root, TablePlan *state);
extern double *count_key_values(PlannerInfo *root, RelOptInfo *baserel, TablePlan *state,
								const List *plans);
extern List *binding_join_clauses(PlannerInfo *root, RelOptInfo *baserel, const Table *table);

#endif							/* PINTEREST_JOINED_H */
