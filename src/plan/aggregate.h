/*-------------------------------------------------------------------------
 *
 * aggregate.h
 *		  Sums over days that one row of their total answers as well.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/aggregate.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_AGGREGATE_H
#define PINTEREST_AGGREGATE_H

#include "nodes/pathnodes.h"

#include "option/table.h"

/* pinterest_fdw.aggregate_pushdown */
extern bool aggregate_pushdown;

extern bool wants_sums_alone(PlannerInfo *root, RelOptInfo *baserel,
							 const Table *table, const List *quals);

#endif							/* PINTEREST_AGGREGATE_H */
