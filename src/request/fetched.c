/*-------------------------------------------------------------------------
 *
 * fetched.c
 *		  What scans of a foreign table have asked for and read to its end.
 *
 * A history may take a row for missing only where the API was asked for it and
 * the answer came in full.  Nobody has asked for an ad account that is not
 * listed any more, or for a day that the API has dropped.  So a history watches
 * its foreign table while it is fetched.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request/fetched.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "request/fetched.h"
#include "streams/stream.h"

/* Room for the id of an ad account and its NUL; longer ones are cut. */
#define ACCOUNT_BYTES NAMEDATALEN

struct FetchedScan
{
	uint64		watch;			/* the one that it belongs to */
	HTAB	   *accounts;		/* of ids: those that were asked for */
	bool		all_accounts;	/* the requests for rows name none */
	HTAB	   *left_out;		/* of ids: those of which rows are left out */
	bool		is_whole;		/* no rows are left out */
	bool		is_known;		/* and if any are, it is known of which ad
								 * accounts */
	DateRange	days;
};

/* What is watched now. */
static MemoryContext watch_context = NULL;	/* of its scans; NULL: nothing is */
static MemoryContextCallback watch_callback;
static uint64 watch = 0;		/* counts them */
static Oid	watched_relid;
static List *completed;			/* FetchedScan *, in watch_context */

static void
end_watch(void *arg)
{
	watch_context = NULL;
	completed = NIL;
}

/*
 * From now on until the transaction ends, notes what scans of a foreign table
 * fetch, and forgets those of before; InvalidOid: watches none.
 */
void
fetched_watch(Oid relid)
{
	if (watch_context != NULL)
		MemoryContextDelete(watch_context);
	if (!OidIsValid(relid))
		return;
	watch_context = AllocSetContextCreate(TopTransactionContext, "pinterest_fdw fetched",
										  ALLOCSET_SMALL_SIZES);
	watch_callback.func = end_watch;
	MemoryContextRegisterResetCallback(watch_context, &watch_callback);
	watched_relid = relid;
	watch++;
}

/* Whether a history is being refreshed. */
bool
fetched_is_watched(void)
{
	return watch_context != NULL;
}

/* An empty set of ids of ad accounts, in the current context. */
static HTAB *
create_accounts(void)
{
	HASHCTL		control = {.keysize = ACCOUNT_BYTES, .entrysize = ACCOUNT_BYTES};

	control.hcxt = CurrentMemoryContext;
	return hash_create("pinterest_fdw accounts", 16, &control,
					   HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
}

/*
 * Notes that a scan of a foreign table begins which reads some days; NULL: it
 * has none.  Palloc'd in the current context; NULL where nobody watches.
 */
FetchedScan *
fetched_begin(Oid relid, const DateRange *days)
{
	FetchedScan *scan;

	if (watch_context == NULL || relid != watched_relid)
		return NULL;
	scan = palloc0(sizeof(FetchedScan));
	scan->watch = watch;
	scan->accounts = create_accounts();
	scan->left_out = create_accounts();
	scan->is_whole = true;
	scan->is_known = true;
	scan->days.first = days ? days->first : DATEVAL_NOBEGIN;
	scan->days.last = days ? days->last : DATEVAL_NOEND;
	return scan;
}

/*
 * Notes that a scan (NULL: nobody watches) sends a request with these variables
 * (Binding *); is_own: for the table's own rows, not for those of a parent.
 */
void
fetched_add(FetchedScan *scan, const List *variables, bool is_own)
{
	const Binding *account;
	ListCell   *cell;

	if (scan == NULL)
		return;
	account = find_binding(variables, ACCOUNT_VARIABLE);
	if (account == NULL)
	{
		scan->all_accounts |= is_own;
		return;
	}
	foreach(cell, account->values)
	{
		hash_search(scan->accounts, lfirst(cell), HASH_ENTER, NULL);
	}
}

/*
 * Notes that a scan (NULL: nobody watches) goes without the rows of a request
 * with these variables (Binding *), which the API refuses.
 */
void
fetched_leave_out(FetchedScan *scan, const List *variables)
{
	const Binding *account;
	ListCell   *cell;

	if (scan == NULL)
		return;
	account = find_binding(variables, ACCOUNT_VARIABLE);
	scan->is_whole = false;
	if (account == NULL)
	{
		scan->is_known = false;
		return;
	}
	foreach(cell, account->values)
	{
		hash_search(scan->left_out, lfirst(cell), HASH_ENTER, NULL);
	}
}

/* Notes that all rows of a scan (NULL: nobody watches) have been read. */
void
fetched_complete(const FetchedScan *scan)
{
	MemoryContext old;
	FetchedScan *kept;
	HASH_SEQ_STATUS status;
	const char *account;

	if (scan == NULL || watch_context == NULL || scan->watch != watch || !scan->is_known)
		return;
	old = MemoryContextSwitchTo(watch_context);
	kept = palloc(sizeof(FetchedScan));
	*kept = *scan;
	kept->accounts = create_accounts();
	hash_seq_init(&status, scan->accounts);
	while ((account = hash_seq_search(&status)) != NULL)
		if (hash_search(scan->left_out, account, HASH_FIND, NULL) == NULL)
			hash_search(kept->accounts, account, HASH_ENTER, NULL);
	completed = lappend(completed, kept);
	MemoryContextSwitchTo(old);
}

/*
 * Whether scans since fetched_watch() have fetched all rows of an ad account and
 * a day.  An account that is NULL stands for rows that belong to none, a day
 * that is not finite for rows that have none.
 */
bool
was_fetched(const char *account, DateADT day)
{
	ListCell   *cell;

	foreach(cell, completed)
	{
		const FetchedScan *scan = lfirst(cell);
		bool		has_account = scan->is_whole && (account == NULL || scan->all_accounts);

		if (!has_account && account != NULL)
			has_account = hash_search(scan->accounts, account, HASH_FIND, NULL) != NULL;
		if (has_account &&
			(DATE_NOT_FINITE(day) || (day >= scan->days.first && day <= scan->days.last)))
			return true;
	}
	return false;
}
