/*-------------------------------------------------------------------------
 *
 * owner.c
 *		  Tables with a slot for each owner of quotas and statistics.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/quota/owner.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/timestamp.h"

#include "quota/owner.h"

static OwnerSlot *
slot_at(const OwnerTable *table, void *slots, int place)
{
	return (OwnerSlot *) ((char *) slots + place * table->slot_size);
}

static bool
is_of(const OwnerSlot *slot, const QuotaOwner *owner)
{
	return slot->dbid == MyDatabaseId && slot->umid == owner->umid &&
		slot->serverid == owner->serverid && slot->umuser == owner->umuser;
}

/*
 * The owner's slot; where there is none a free one, or else the one whose last
 * use is longest ago.
 */
static OwnerSlot *
slot_to_use(const OwnerTable *table, void *slots, const QuotaOwner *owner)
{
	OwnerSlot  *oldest = slot_at(table, slots, 0);

	for (int i = 0; i < MAX_OWNERS; i++)
	{
		OwnerSlot  *slot = slot_at(table, slots, i);

		if (!OidIsValid(slot->dbid) || is_of(slot, owner))
			return slot;
		if (slot->used_at < oldest->used_at)
			oldest = slot;
	}
	return oldest;
}

/*
 * Locks a table and returns the slot of an owner, which is given one if it has
 * none.  As after shared_lock(), nothing may raise an error or wait until
 * owner_unlock().
 */
void *
owner_lock_slot(OwnerTable *table, const QuotaOwner *owner, TimestampTz now)
{
	void	   *slots = shared_lock(&table->segment, LW_EXCLUSIVE);
	OwnerSlot  *slot = slot_to_use(table, slots, owner);

	if (!is_of(slot, owner))
	{
		*slot = (OwnerSlot)
		{
			.dbid = MyDatabaseId,
			.umid = owner->umid,
			.serverid = owner->serverid,
			.umuser = owner->umuser
		};
		table->begin(slot, now);
	}
	slot->used_at = now;
	return slot;
}

/* Ends what owner_lock_slot() began. */
void
owner_unlock(OwnerTable *table)
{
	shared_unlock(&table->segment);
}

/*
 * Copies of the slots of this database's owners, palloc'd, one after the other;
 * *count: how many.
 */
void *
owner_copy_slots(OwnerTable *table, int *count)
{
	void	   *copies = palloc(MAX_OWNERS * table->slot_size);
	void	   *slots = shared_lock(&table->segment, LW_SHARED);

	*count = 0;
	for (int i = 0; i < MAX_OWNERS; i++)
	{
		const OwnerSlot *slot = slot_at(table, slots, i);

		if (!OidIsValid(slot->dbid))
			break;
		if (slot->dbid == MyDatabaseId)
			memcpy(slot_at(table, copies, (*count)++), slot, table->slot_size);
	}
	shared_unlock(&table->segment);
	return copies;
}

/*
 * Begins anew what is kept of this database's owners: of all for a superuser,
 * for others of their own mappings.
 */
void
owner_reset_slots(OwnerTable *table)
{
	bool		all = superuser();
	Oid			userid = GetUserId();
	TimestampTz now = GetCurrentTimestamp();
	void	   *slots = shared_lock(&table->segment, LW_EXCLUSIVE);

	for (int i = 0; i < MAX_OWNERS; i++)
	{
		OwnerSlot  *slot = slot_at(table, slots, i);

		if (!OidIsValid(slot->dbid))
			break;
		if (slot->dbid == MyDatabaseId && (all || slot->umuser == userid))
			table->begin(slot, now);
	}
	shared_unlock(&table->segment);
}
