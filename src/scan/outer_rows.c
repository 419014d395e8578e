/*-------------------------------------------------------------------------
 *
 * outer_rows.c
 *		  The rows of a bind join's outer side, by hash.
 *
 * As many as fit are in memory, the others wait in a tuplestore, which goes to disk
 * if it has to: they come into memory part by part.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/scan/outer_rows.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "scan/outer_rows.h"

struct OuterRows
{
	MemoryContext parent;		/* of the tuplestore */
	MemoryContext context;		/* of the rows in memory */
	Size		memory;			/* bytes that these may take */
	int			spill_kb;		/* that the tuplestore may take, of memory */
	OuterRow  **rows;
	int64		count;
	int64		room;			/* in rows */
	OuterRow  **buckets;		/* NULL: not built yet */
	uint32		mask;			/* number of buckets - 1 */
	Tuplestorestate *spilled;	/* NULL: all rows are in memory */
};

/*
 * No rows, in the current context.  Of those that come, as many are held in memory as
 * take so many bytes, but one at least.
 */
OuterRows *
outer_rows_create(Size memory, int spill_kb)
{
	OuterRows  *rows = palloc0(sizeof(OuterRows));

	rows->parent = CurrentMemoryContext;
	rows->context = AllocSetContextCreate(CurrentMemoryContext, "pinterest_fdw outer rows",
										  ALLOCSET_DEFAULT_SIZES);
	rows->memory = memory;
	rows->spill_kb = spill_kb;
	return rows;
}

MinimalTuple
outer_row_tuple(OuterRow *row)
{
	return (MinimalTuple) ((char *) row + MAXALIGN(sizeof(OuterRow)));
}

/* Whether one more row may be held: more memory than there is takes only the last one. */
static bool
has_room(const OuterRows *rows)
{
	return rows->count == 0 || MemoryContextMemAllocated(rows->context, true) < rows->memory;
}

/* Copies a slot's row into memory. */
static void
hold_row(OuterRows *rows, TupleTableSlot *slot, bool can_match, uint32 hash)
{
	bool		should_free;
	MinimalTuple tuple = ExecFetchSlotMinimalTuple(slot, &should_free);
	MemoryContext old = MemoryContextSwitchTo(rows->context);
	OuterRow   *row = palloc(MAXALIGN(sizeof(OuterRow)) + tuple->t_len);

	*row = (OuterRow)
	{
		.hash = hash, .can_match = can_match
	};
	memcpy(outer_row_tuple(row), tuple, tuple->t_len);
	if (rows->count == rows->room)
	{
		rows->room = Max(64, rows->room * 2);
		rows->rows = rows->rows == NULL ? palloc(rows->room * sizeof(OuterRow *)) :
			repalloc_huge(rows->rows, rows->room * sizeof(OuterRow *));
	}
	rows->rows[rows->count++] = row;
	MemoryContextSwitchTo(old);
	if (should_free)
		pfree(tuple);
}

/* Adds a slot's row; hash counts where it can match a row of the scan. */
void
outer_rows_add(OuterRows *rows, TupleTableSlot *slot, bool can_match, uint32 hash)
{
	MemoryContext old;

	if (rows->spilled == NULL && has_room(rows))
	{
		hold_row(rows, slot, can_match, hash);
		return;
	}
	old = MemoryContextSwitchTo(rows->parent);
	if (rows->spilled == NULL)
		rows->spilled = tuplestore_begin_heap(false, false, rows->spill_kb);
	MemoryContextSwitchTo(old);
	tuplestore_puttupleslot(rows->spilled, slot);
}

/* Whether there are rows that are not in memory, and were not. */
bool
outer_rows_are_spilled(const OuterRows *rows)
{
	return rows->spilled != NULL;
}

static void
forget_rows_in_memory(OuterRows *rows)
{
	MemoryContextReset(rows->context);
	rows->rows = NULL;
	rows->buckets = NULL;
	rows->count = rows->room = 0;
}

/*
 * Replaces the rows in memory by others, of those that were spilled; false: there are
 * none.  hash_row tells by the slot, where it can match, what its hash is.
 */
bool
outer_rows_next_part(OuterRows *rows, TupleTableSlot *slot,
					 bool (*hash_row) (void *arg, TupleTableSlot *slot, uint32 *hash), void *arg)
{
	forget_rows_in_memory(rows);
	if (rows->spilled == NULL)
		return false;
	while (has_room(rows))
	{
		uint32		hash = 0;
		bool		can_match;

		CHECK_FOR_INTERRUPTS();
		if (!tuplestore_gettupleslot(rows->spilled, true, false, slot))
		{
			tuplestore_end(rows->spilled);
			rows->spilled = NULL;
			break;
		}
		can_match = hash_row(arg, slot, &hash);
		hold_row(rows, slot, can_match, hash);
	}
	ExecClearTuple(slot);
	return rows->count > 0;
}

/* How many rows are in memory. */
int64
outer_rows_count(const OuterRows *rows)
{
	return rows->count;
}

/* A row in memory, from 0. */
OuterRow *
outer_rows_get(const OuterRows *rows, int64 number)
{
	return rows->rows[number];
}

static void
build_buckets(OuterRows *rows)
{
	uint32		nbuckets = pg_nextpower2_32((uint32) Min(Max(rows->count, 16), PG_INT32_MAX / 16));

	rows->buckets = MemoryContextAllocExtended(rows->context, nbuckets * sizeof(OuterRow *),
											   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	rows->mask = nbuckets - 1;
	for (int64 i = 0; i < rows->count; i++)
	{
		OuterRow   *row = rows->rows[i];

		if (!row->can_match)
			continue;
		row->next = rows->buckets[row->hash & rows->mask];
		rows->buckets[row->hash & rows->mask] = row;
	}
}

/* The first row in memory with a hash; NULL: there is none.  No row may be added from now on. */
OuterRow *
outer_rows_find(OuterRows *rows, uint32 hash)
{
	OuterRow   *row;

	if (rows->buckets == NULL)
		build_buckets(rows);
	row = rows->buckets[hash & rows->mask];
	while (row != NULL && row->hash != hash)
		row = row->next;
	return row;
}

/* The next one with the same hash. */
OuterRow *
outer_rows_find_next(OuterRow *row)
{
	uint32		hash = row->hash;

	do
		row = row->next;
	while (row != NULL && row->hash != hash);
	return row;
}

/* Forgets all rows. */
void
outer_rows_reset(OuterRows *rows)
{
	forget_rows_in_memory(rows);
	if (rows->spilled != NULL)
		tuplestore_end(rows->spilled);
	rows->spilled = NULL;
}
