/*-------------------------------------------------------------------------
 *
 * outer_rows.h
 *		  The rows of a bind join's outer side, by hash.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/scan/outer_rows.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_OUTER_ROWS_H
#define PINTEREST_OUTER_ROWS_H

#include "executor/tuptable.h"

/* A row, with its tuple after it. */
typedef struct OuterRow
{
	struct OuterRow *next;		/* with the same bucket */
	uint32		hash;
	bool		can_match;		/* false: it is in no bucket */
	bool		matched;
} OuterRow;

typedef struct OuterRows OuterRows;

extern OuterRows *outer_rows_create(Size memory, int spill_kb);
extern void outer_rows_add(OuterRows *rows, TupleTableSlot *slot, bool can_match, uint32 hash);
extern bool outer_rows_are_spilled(const OuterRows *rows);
extern bool outer_rows_next_part(OuterRows *rows, TupleTableSlot *slot,
								 bool (*hash_row) (void *arg, TupleTableSlot *slot, uint32 *hash),
								 void *arg);
extern int64 outer_rows_count(const OuterRows *rows);
extern OuterRow *outer_rows_get(const OuterRows *rows, int64 number);
extern OuterRow *outer_rows_find(OuterRows *rows, uint32 hash);
extern OuterRow *outer_rows_find_next(OuterRow *row);
extern MinimalTuple outer_row_tuple(OuterRow *row);
extern void outer_rows_reset(OuterRows *rows);

#endif							/* PINTEREST_OUTER_ROWS_H */
