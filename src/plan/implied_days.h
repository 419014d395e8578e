/*-------------------------------------------------------------------------
 *
 * implied_days.h
 *		  The days that joins leave of a table's date.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/implied_days.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_IMPLIED_DAYS_H
#define PINTEREST_IMPLIED_DAYS_H

#include "nodes/pathnodes.h"

#include "option/table.h"

extern List *find_implied_quals(PlannerInfo *root, RelOptInfo *rel, const Table *table,
								const List *join_clauses);

#endif							/* PINTEREST_IMPLIED_DAYS_H */
