/*-------------------------------------------------------------------------
 *
 * partition.h
 *		  What a foreign table that is a partition may hold.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/partition.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_PARTITION_H
#define PINTEREST_PARTITION_H

#include "nodes/pathnodes.h"

#include "plan/bind.h"

extern List *partition_clauses(Relation relation, Index varno);
extern void restrict_to_partition(PlannerInfo *root, RelOptInfo *baserel,
								  Relation relation);
extern BoundQuery *bind_whole_table(const Table *table, Relation relation);

#endif							/* PINTEREST_PARTITION_H */
