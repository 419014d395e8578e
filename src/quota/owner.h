/*-------------------------------------------------------------------------
 *
 * owner.h
 *		  Whose quotas and statistics are kept, and tables with a slot for each.
 *
 * An owner is what Pinterest counts calls by, an app and its user, as far as
 * that can be known here: a user mapping.
 *
 * Quotas and statistics are tables of their own, each of the MAX_OWNERS
 * mappings that used it last.  They do not refer to each other: a slot that
 * goes to another owner begins anew as a whole, and a mapping whose slot is
 * gone in one table begins anew in that one.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/quota/owner.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_OWNER_H
#define PINTEREST_OWNER_H

#include "datatype/timestamp.h"

#include "quota/shared.h"

#define MAX_OWNERS 256

/* Which quotas count. */
typedef enum AccessTier
{
	TIER_STANDARD,				/* those of the categories, and one of all
								 * requests in a second */
	TIER_TRIAL,					/* one of all requests in a day, and the
								 * latter */
	TIER_UNLIMITED				/* as TIER_STANDARD, counted but never held */
} AccessTier;

/* A user mapping of the current database. */
typedef struct QuotaOwner
{
	Oid			serverid;
	Oid			umid;
	Oid			umuser;			/* InvalidOid: PUBLIC */
	AccessTier	tier;
} QuotaOwner;

/*
 * What a slot begins with.  Slots are taken in their order and never given
 * back, only to another owner.
 */
typedef struct OwnerSlot
{
	Oid			dbid;			/* InvalidOid: this slot and those after it
								 * are free */
	Oid			umid;
	Oid			serverid;
	Oid			umuser;
	TimestampTz used_at;
} OwnerSlot;

/* MAX_OWNERS slots in shared memory. */
typedef struct OwnerTable
{
	SharedSegment segment;
	Size		slot_size;		/* of a struct that begins with an OwnerSlot */
	void		(*begin) (void *slot, TimestampTz now); /* sets all after the
														 * OwnerSlot to what it
														 * is at first */
} OwnerTable;

/* An OwnerTable of slots of a type, as the initializer of a static variable. */
#define OWNER_TABLE(segment_name, contents_version, slot_type, begin_slot) \
{ \
	.segment = { \
		.name = (segment_name), \
		.version = (contents_version), \
		.size = MAX_OWNERS * sizeof(slot_type) \
	}, \
	.slot_size = sizeof(slot_type), \
	.begin = (begin_slot) \
}

extern void *owner_lock_slot(OwnerTable *table, const QuotaOwner *owner,
							 TimestampTz now);
extern void owner_unlock(OwnerTable *table);
extern void *owner_copy_slots(OwnerTable *table, int *count);
extern void owner_reset_slots(OwnerTable *table);

#endif							/* PINTEREST_OWNER_H */
