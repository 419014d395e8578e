/*-------------------------------------------------------------------------
 *
 * renew_worker.c
 *		  The background worker that renews tokens and stores them.
 *
 * It lives for one renewal.  The mapping is locked and proved to be writable
 * before the API is asked: from then on only a crash could lose the response.
 * No statement is run, so that none can be logged or counted.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/auth/renew_worker.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/lmgr.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "auth/oauth.h"
#include "auth/renew.h"
#include "option/option.h"
#include "util/compat.h"

/* How long an open transaction that changes the mapping is waited for. */
#define MAPPING_LOCK_TIMEOUT "3s"

PGDLLEXPORT void pinterest_fdw_renew_main(Datum argument);

/* The mapping, if it still holds the tokens that are to be replaced; else NULL. */
static Mapping *
read_stale(const RenewOrder *order)
{
	Mapping    *mapping = mapping_by_id(order->umid);

	if (mapping == NULL || !mapping_is_renewable(mapping) ||
		mapping_token_hash(mapping) != order->stale)
		return NULL;
	return mapping;
}

/*
 * Asks for tokens, unless they are handed over, and stores what came of it; the
 * mapping is locked.  A shutdown waits until that is done: a refresh token that
 * was given and not stored might be the only one that works.
 */
static void
renew_and_store(const Mapping *mapping, dsm_handle handed_over)
{
	TokenResponse *response;

	HOLD_INTERRUPTS();
	if (handed_over != DSM_HANDLE_INVALID)
		response = renew_unpack_tokens(handed_over);
	else
		response = oauth_renew(get_server_options(mapping->serverid), mapping);
	if (response == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the session that handed over its tokens is gone")));
	mapping_change(mapping, response->access_token != NULL ?
				   oauth_changes(mapping, response) : oauth_failure_changes(response));
	PopActiveSnapshot();
	CommitTransactionCommand();
	RESUME_INTERRUPTS();
	if (response->access_token == NULL)
		ereport(LOG,
				(errmsg("could not renew an access token: %s", response->problem),
				 errdetail_internal("%s", response->detail)));
}

/*
 * The worker's main function; what to do stands in bgw_extra.  Does nothing
 * where another worker has renewed the tokens meanwhile.
 */
void
pinterest_fdw_renew_main(Datum argument)
{
	RenewOrder	order;
	Mapping    *mapping;
	LOCKTAG		tag;

	memcpy(&order, MyBgworkerEntry->bgw_extra, sizeof(order));
	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnectionByOid(order.dbid, order.login, COMPAT_WORKER_FLAGS);

	/*
	 * what is allocated here outlives the transaction, and goes with the
	 * process
	 */
	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());	/* long options are
													 * toasted */
	MemoryContextSwitchTo(TopMemoryContext);
	SetUserIdAndSecContext(order.actor, SECURITY_LOCAL_USERID_CHANGE);
	renew_lock_tag(&tag, order.umid, true);
	(void) LockAcquire(&tag, ExclusiveLock, false, false);
	AcceptInvalidationMessages();
	SetConfigOption("lock_timeout", MAPPING_LOCK_TIMEOUT, PGC_USERSET, PGC_S_SESSION);

	/* what is read before the lock may have changed when it is had */
	mapping = read_stale(&order);
	if (mapping != NULL)
	{
		mapping_lock(mapping);
		mapping = read_stale(&order);
	}
	if (mapping != NULL)
		renew_and_store(mapping, order.handed_over);
	else
	{
		PopActiveSnapshot();
		CommitTransactionCommand();
	}
}
