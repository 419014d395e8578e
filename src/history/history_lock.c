/*-------------------------------------------------------------------------
 *
 * history_lock.c
 *		  Keeps two refreshes of one history apart.
 *
 * A refresh commits after each unit, so that no lock of a transaction lasts for
 * all of it.  One of the session does, which an error would leave behind: so it
 * is given back when a transaction aborts.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/history/history_lock.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(pinterest_fdw_lock_history);
PG_FUNCTION_INFO_V1(pinterest_fdw_unlock_history);

/* The kind of advisory lock: those of SQL are 1 and 2, so that no role can take ours. */
#define LOCK_CLASS 0x7066

static LOCKTAG locked;
static bool is_locked = false;

static void
unlock(void)
{
	if (is_locked)
		LockRelease(&locked, ExclusiveLock, true);
	is_locked = false;
}

static void
unlock_at_abort(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_ABORT)
		unlock();
}

static bool
is_own_relation(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	bool		is_own;

	if (!HeapTupleIsValid(tuple))
		return false;
	is_own = ((Form_pg_class) GETSTRUCT(tuple))->relowner == GetUserId();
	ReleaseSysCache(tuple);
	return is_own;
}

/*
 * Locks a relation of the current role for the session, in place of one that the
 * session has locked before; false: another session has it and is not to be
 * waited for.  An error gives it back.
 */
Datum
pinterest_fdw_lock_history(PG_FUNCTION_ARGS)
{
	static bool is_registered = false;
	Oid			relid = PG_GETARG_OID(0);
	bool		wait = PG_GETARG_BOOL(1);
	LOCKTAG		tag;

	if (!is_own_relation(relid))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("only the owner of a history can lock it")));
	if (!is_registered)
		RegisterXactCallback(unlock_at_abort, NULL);
	is_registered = true;
	unlock();
	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, relid, 0, LOCK_CLASS);
	if (LockAcquire(&tag, ExclusiveLock, true, !wait) == LOCKACQUIRE_NOT_AVAIL)
		PG_RETURN_BOOL(false);
	locked = tag;
	is_locked = true;
	PG_RETURN_BOOL(true);
}

/* Gives back what the session has locked, if it has. */
Datum
pinterest_fdw_unlock_history(PG_FUNCTION_ARGS)
{
	unlock();
	PG_RETURN_VOID();
}
