/*-------------------------------------------------------------------------
 *
 * key_stats.h
 *		  How many values the columns of a key have, without ANALYZE.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/key_stats.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_KEY_STATS_H
#define PINTEREST_KEY_STATS_H

#include "access/htup.h"
#include "nodes/pg_list.h"

#include "option/table.h"

extern double count_values(const Table *table, const List *plans, int attnum);
extern bool is_id_column(const Table *table, int attnum);
extern HeapTuple distinct_statistics(Oid relid, int attnum, double count);

#endif							/* PINTEREST_KEY_STATS_H */
