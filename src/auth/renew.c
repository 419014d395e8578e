/*-------------------------------------------------------------------------
 *
 * renew.c
 *		  New access tokens for the sessions that need them.
 *
 * With an access token Pinterest gives a new refresh token, and the old one
 * may die.  So the new one has to be kept whatever becomes of the query's
 * transaction: a background worker asks for the tokens and stores them in a
 * transaction of its own.  A session that needs the renewal takes a lock
 * first, so that others wait for the worker that is under way and then find
 * its result in the mapping.
 *
 * Where no worker can store anything (on a standby, or with no slot left for
 * it) the session asks by itself and keeps the tokens in its memory, until a
 * worker can be had after all: renew_memory.c.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/auth/renew.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xlog.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_user_mapping.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "postmaster/bgworker.h"
#include "storage/lmgr.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "auth/oauth.h"
#include "auth/renew.h"
#include "option/option.h"
#include "util/compat.h"
#include "util/worker.h"

/* Advisory locks of SQL have 1 and 2 here: nobody else's can be in the way. */
#define LOCK_OF_SESSIONS 0x7046
#define LOCK_OF_WORKERS 0x7057

StaticAssertDecl(sizeof(RenewOrder) <= BGW_EXTRALEN, "a RenewOrder must fit into bgw_extra");

static const char mapping_gone[] = "the user mapping was dropped meanwhile";

/* ---------- what the two sides agree on ---------- */

/*
 * Sets *tag to the lock of those who renew a mapping of this database: that of
 * the workers or that of the sessions, which is taken first.
 */
void
renew_lock_tag(LOCKTAG *tag, Oid umid, bool is_worker)
{
	SET_LOCKTAG_ADVISORY(*tag, MyDatabaseId, UserMappingRelationId, umid,
						 is_worker ? LOCK_OF_WORKERS : LOCK_OF_SESSIONS);
}

/* ---------- by this session ---------- */

/*
 * Reads a mapping again, as it is committed now, palloc'd; NULL where it is
 * gone.
 */
Mapping *
renew_read_again(const Mapping *mapping)
{
	Mapping    *again;

	AcceptInvalidationMessages();
	again = mapping_by_id(mapping->umid);
	return again ? renew_latest(again) : NULL;
}

/*
 * Renews the tokens in this session, for this session.  What somebody else has
 * stored meanwhile counts more.
 */
static Renewal
renew_in_memory(const Mapping *mapping, const char *why)
{
	Mapping    *stored = mapping_by_id(mapping->umid);
	uint64		basis = stored ? mapping_token_hash(stored) : 0;
	Renewal		renewal = {0};
	TokenResponse *response;

	response = oauth_renew(get_server_options(mapping->serverid), mapping);
	AcceptInvalidationMessages();
	stored = mapping_by_id(mapping->umid);
	if (stored == NULL)
	{
		renewal.problem = mapping_gone;
		return renewal;
	}
	if (mapping_token_hash(stored) != basis)
	{
		renewal.mapping = stored;
		return renewal;
	}
	renew_remember(stored, response);
	if (response->access_token == NULL)
	{
		renewal.problem = response->problem;
		renewal.detail = response->detail;
		return renewal;
	}
	renewal.mapping = renew_latest(stored);
	ereport(WARNING,
			(errcode(ERRCODE_WARNING),
			 errmsg("the new access token for server \"%s\" serves this session alone",
					GetForeignServer(mapping->serverid)->servername),
			 errdetail_internal("%s", why),
			 errhint("It is stored as soon as this session finds a way to.")));
	return renewal;
}

/* ---------- the worker ---------- */

/*
 * As whom the mapping is changed: its user, or the server's owner, who may
 * change PUBLIC's and those of users without USAGE on the server.
 */
static Oid
choose_actor(const Mapping *mapping)
{
	if (OidIsValid(mapping->umuser) &&
		compat_server_aclcheck(mapping->serverid, mapping->umuser, ACL_USAGE) == ACLCHECK_OK)
		return mapping->umuser;
	return GetForeignServer(mapping->serverid)->owner;
}

static bool
may_log_in(Oid roleid)
{
	HeapTuple	tuple = SearchSysCache1(AUTHOID, ObjectIdGetDatum(roleid));
	bool		may = HeapTupleIsValid(tuple) && ((Form_pg_authid) GETSTRUCT(tuple))->rolcanlogin;

	if (HeapTupleIsValid(tuple))
		ReleaseSysCache(tuple);
	return may;
}

/*
 * As whom a worker can connect that acts for a role: as the role, or where that
 * could not connect as the bootstrap superuser, InvalidOid.
 */
static Oid
choose_login(Oid actor)
{
	if ((COMPAT_WORKER_NEEDS_LOGIN && !may_log_in(actor)) ||
		compat_database_aclcheck(MyDatabaseId, actor, ACL_CONNECT) != ACLCHECK_OK)
		return InvalidOid;
	return actor;
}

/*
 * Lets a worker renew the tokens whose hash is stale, or store those that it is
 * handed over, and waits until it has ended; a cancel ends the wait, but not
 * the worker.  Returns false where none could be started.
 */
static bool
run_renewal(const Mapping *mapping, uint64 stale, dsm_handle handed_over)
{
	Oid			actor = choose_actor(mapping);
	RenewOrder	order = {
		.dbid = MyDatabaseId,
		.umid = mapping->umid,
		.actor = actor,
		.login = choose_login(actor),
		.stale = stale,
		.handed_over = handed_over,
	};

	return run_worker("pinterest_fdw_renew_main", "pinterest_fdw token renewal", &order, sizeof(order));
}

/* Whether something happened since a time, by a clock that was not set. */
static bool
is_since(TimestampTz at, TimestampTz asked_at)
{
	return at >= asked_at && at <= GetCurrentTimestamp();
}

/* What the mapping says of a renewal that was asked for at that time. */
static Renewal
read_result(const Mapping *stale, TimestampTz asked_at, bool *has_result)
{
	Mapping    *mapping = renew_read_again(stale);
	Renewal		renewal = {0};

	*has_result = true;
	if (mapping == NULL)
		renewal.problem = mapping_gone;
	else if (mapping->access_token != NULL &&
			 (is_since(mapping->renewed_at, asked_at) ||
			  mapping_token_hash(mapping) != mapping_token_hash(stale)))
		renewal.mapping = mapping;
	else if (is_since(mapping->renewal_failed_at, asked_at))
		renewal.problem = mapping->renewal_error;
	else
		*has_result = false;
	return renewal;
}

static Renewal
renew_by_worker(const Mapping *stale, TimestampTz asked_at)
{
	TokenResponse none = {.problem = "the background worker that stores it ended before"};
	Renewal		renewal;
	bool		has_result;

	if (!run_renewal(stale, mapping_token_hash(stale), DSM_HANDLE_INVALID))
		return renew_in_memory(stale, "No background worker could be started to store it; raise max_worker_processes.");
	renewal = read_result(stale, asked_at, &has_result);
	if (has_result)
		return renewal;
	renewal.problem = none.problem;
	renew_remember(stale, &none);
	renewal.detail = "An open transaction that has changed the user mapping is the usual cause.";
	renewal.hint = "See the server log.";
	return renewal;
}

/* ---------- entry ---------- */

/*
 * Waits until no other session renews a mapping's tokens, nor a worker that a
 * cancelled session has left behind.
 */
static void
lock_renewal(Oid umid, LOCKTAG *sessions, LOCKTAG *workers)
{
	renew_lock_tag(sessions, umid, false);
	renew_lock_tag(workers, umid, true);
	(void) LockAcquire(sessions, ExclusiveLock, false, false);
	(void) LockAcquire(workers, ExclusiveLock, false, false);
}

/*
 * Lets a worker store the tokens that this session alone has, if there are
 * any, and if it can.  Returns the mapping as it is then, palloc'd or the one
 * that was given; NULL where it is gone.  Waits as renew_mapping() does.
 */
Mapping *
renew_hand_over(Mapping *mapping)
{
	uint64		stale;
	dsm_segment *segment;
	LOCKTAG		sessions;
	LOCKTAG		workers;

	if (mapping->is_own_change || RecoveryInProgress() ||
		!renew_has_tokens(mapping->umid, &stale))
		return mapping;
	lock_renewal(mapping->umid, &sessions, &workers);
	LockRelease(&workers, ExclusiveLock, false);
	segment = renew_pack_tokens(mapping->umid);
	if (run_renewal(mapping, stale, dsm_segment_handle(segment)))
		mapping = renew_read_again(mapping);
	dsm_detach(segment);
	LockRelease(&sessions, ExclusiveLock, false);
	return mapping;
}

/*
 * Gets another access token for a mapping, which must be renewable and is as
 * this session last read it.  Waits for other sessions that do so, and for the
 * API.  What is returned is palloc'd in the current context; a renewal that
 * fails is told there and not raised.
 */
Renewal
renew_mapping(const Mapping *stale)
{
	static const Renewal own_change = {
		.sqlstate = ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
		.problem = "the current transaction has changed the user mapping",
		.detail = "The new tokens are stored in a transaction of their own.",
		.hint = "Commit, and run the query again."
	};
	TimestampTz asked_at = GetCurrentTimestamp();
	bool		has_result;
	Renewal		renewal;
	LOCKTAG		sessions;
	LOCKTAG		workers;

	if (stale->is_own_change)
		return own_change;
	lock_renewal(stale->umid, &sessions, &workers);
	renewal = read_result(stale, asked_at, &has_result);
	LockRelease(&workers, ExclusiveLock, false);
	if (!has_result)
		renewal = RecoveryInProgress() ?
			renew_in_memory(stale, "This is a standby, where nothing can be stored.") :
			renew_by_worker(stale, asked_at);
	LockRelease(&sessions, ExclusiveLock, false);
	return renewal;
}

/* Raises the error for a renewal that failed, 28000 unless it says otherwise. */
void
raise_renewal_failure(const Mapping *mapping, const Renewal *renewal)
{
	ereport(ERROR,
			(errcode(renewal->sqlstate ? renewal->sqlstate :
					 ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
			 errmsg("could not renew the access token for server \"%s\"",
					GetForeignServer(mapping->serverid)->servername),
			 errdetail("Reason: %s%s%s", renewal->problem, renewal->detail ? ": " : "",
					   renewal->detail ? renewal->detail : ""),
			 errhint("%s", renewal->hint ? renewal->hint :
					 "Check the app's id and secret, or connect anew with pinterest_fdw.connect().")));
}
