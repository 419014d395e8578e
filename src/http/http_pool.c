/*-------------------------------------------------------------------------
 *
 * http_pool.c
 *		  HTTP clients as servers want them, and their connections' reuse.
 *
 * A scan borrows a client and returns it at its end, so that the next one of
 * the session finds connections that are open.  A client serves one scan at a
 * time, and one user mapping: a connection that was used with a token is never
 * used with another user's.  It is closed where the scan ends in an error, and
 * where server or mapping have changed since.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/http/http_pool.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/ilist.h"
#include "storage/fd.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "http/http_pool.h"
#include "util/strings.h"

#define USER_AGENT "pinterest_fdw/1.0"

/* Clients that wait for their next scan at most. */
#define MAX_IDLE_CLIENTS 4

typedef struct LentClient
{
	dlist_node	node;			/* in clients */
	MemoryContext context;		/* holds all of it; of TopMemoryContext */
	HttpClient *client;
	HttpOptions options;
	Oid			umid;
	uint32		server_hash;	/* of the catalog entries it depends on */
	uint32		mapping_hash;
	struct Loan *loan;			/* NULL: nobody uses it */
	bool		is_stale;		/* they have changed */
} LentClient;

/* In the borrower's context. */
typedef struct Loan
{
	MemoryContextCallback callback;
	LentClient *lent;			/* NULL: it was returned */
} Loan;

static dlist_head clients = DLIST_STATIC_INIT(clients);	/* last returned first */

/* ---------- clients ---------- */

static HttpOptions
http_options(const TableOptions *options, int total_timeout_ms)
{
	return (HttpOptions)
	{
		.proxy = options->proxy,
		.ca_file = options->ca_file,
		.connect_timeout_ms = options->connect_timeout_ms,
		.idle_timeout_ms = options->request_timeout_ms,
		.total_timeout_ms = total_timeout_ms,
		.max_connections = options->max_connections,
		.user_agent = USER_AGENT,
	};
}

/*
 * A client as a server's options (with all they point to) want it, whose
 * requests end after total_timeout_ms (0: never); see http_client_create().
 */
HttpClient *
client_create(MemoryContext context, const TableOptions *options,
			  int total_timeout_ms)
{
	HttpOptions http = http_options(options, total_timeout_ms);

	return http_client_create(context, &http);
}

/* ---------- lending ---------- */

static void
close_client(LentClient *lent)
{
	dlist_delete(&lent->node);
	MemoryContextDelete(lent->context);
}

/* The borrower's context is gone: by an error, if it has not returned the client. */
static void
borrower_ended(void *arg)
{
	const Loan *loan = arg;

	if (loan->lent != NULL)
		close_client(loan->lent);
}

/* Server or mapping have changed: who uses the client may end, nobody begins. */
static void
catalog_changed(Datum arg, int cacheid, uint32 hash)
{
	dlist_iter	iter;

	dlist_foreach(iter, &clients)
	{
		LentClient *lent = dlist_container(LentClient, node, iter.cur);

		if (hash == 0 ||
			hash == (cacheid == FOREIGNSERVEROID ? lent->server_hash : lent->mapping_hash))
			lent->is_stale = true;
	}
}

/* Whether a client, which nobody uses, fits. */
static bool
fits(const LentClient *lent, const HttpOptions *options, Oid umid)
{
	const HttpOptions *has = &lent->options;

	return lent->loan == NULL && !lent->is_stale && lent->umid == umid &&
		same_string(has->proxy, options->proxy) && same_string(has->ca_file, options->ca_file) &&
		has->connect_timeout_ms == options->connect_timeout_ms &&
		has->idle_timeout_ms == options->idle_timeout_ms &&
		has->max_connections == options->max_connections;
}

/* Closes the clients that nobody uses and nobody should, and those too many. */
static void
close_idle_clients(void)
{
	dlist_mutable_iter iter;
	int			idle = 0;

	dlist_foreach_modify(iter, &clients)
	{
		LentClient *lent = dlist_container(LentClient, node, iter.cur);

		if (lent->loan == NULL && (lent->is_stale || ++idle > MAX_IDLE_CLIENTS))
			close_client(lent);
	}
}

/* Whether a process may open so many descriptors more. */
static bool
has_descriptors(int wanted)
{
	int			got = 0;

	while (got < wanted && AcquireExternalFD())
		got++;
	for (int i = 0; i < got; i++)
		ReleaseExternalFD();
	return got == wanted;
}

/* Closes all clients that nobody uses but one (NULL: all). */
static void
close_others(const LentClient *kept)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &clients)
	{
		LentClient *lent = dlist_container(LentClient, node, iter.cur);

		if (lent->loan == NULL && lent != kept)
			close_client(lent);
	}
}

static LentClient *
find_client(const HttpOptions *options, Oid umid)
{
	dlist_iter	iter;

	dlist_foreach(iter, &clients)
	{
		LentClient *lent = dlist_container(LentClient, node, iter.cur);

		if (fits(lent, options, umid))
			return lent;
	}
	return NULL;
}

static LentClient *
add_client(const HttpOptions *options, Oid serverid, Oid umid)
{
	static bool is_registered = false;
	MemoryContext context = AllocSetContextCreate(TopMemoryContext, "pinterest_fdw client",
												  ALLOCSET_SMALL_SIZES);
	LentClient *lent = MemoryContextAllocZero(context, sizeof(LentClient));

	if (!is_registered)
	{
		CacheRegisterSyscacheCallback(FOREIGNSERVEROID, catalog_changed, (Datum) 0);
		CacheRegisterSyscacheCallback(USERMAPPINGOID, catalog_changed, (Datum) 0);
		is_registered = true;
	}
	lent->context = context;
	lent->options = *options;
	if (options->proxy != NULL)
		lent->options.proxy = MemoryContextStrdup(context, options->proxy);
	if (options->ca_file != NULL)
		lent->options.ca_file = MemoryContextStrdup(context, options->ca_file);
	lent->umid = umid;
	lent->server_hash = GetSysCacheHashValue1(FOREIGNSERVEROID, ObjectIdGetDatum(serverid));
	lent->mapping_hash = GetSysCacheHashValue1(USERMAPPINGOID, ObjectIdGetDatum(umid));
	dlist_push_head(&clients, &lent->node);
	return lent;
}

/*
 * A client for a scan, perhaps with connections that an earlier one has left
 * open.  The scan gives it back with client_return(), without transfers; else
 * it is closed at the end of context.
 */
HttpClient *
client_borrow(MemoryContext context, const TableOptions *options, Oid umid)
{
	HttpOptions http = http_options(options, 0);
	Loan	   *loan = MemoryContextAllocZero(context, sizeof(Loan));
	LentClient *lent;

	close_idle_clients();
	lent = find_client(&http, umid);
	if (!has_descriptors(http.max_connections + 1))
		close_others(lent);
	if (lent == NULL)
		lent = add_client(&http, options->serverid, umid);
	lent->loan = loan;
	loan->lent = lent;
	loan->callback.func = borrower_ended;
	loan->callback.arg = loan;
	MemoryContextRegisterResetCallback(context, &loan->callback);
	if (lent->client == NULL)
		lent->client = http_client_create(lent->context, &lent->options);
	return lent->client;
}

/* Gives a client back, of which all transfers have been released. */
void
client_return(HttpClient *client)
{
	dlist_iter	iter;

	dlist_foreach(iter, &clients)
	{
		LentClient *lent = dlist_container(LentClient, node, iter.cur);

		if (lent->client != client)
			continue;
		lent->loan->lent = NULL;
		lent->loan = NULL;
		dlist_move_head(&clients, &lent->node);
		break;
	}
	close_idle_clients();
}
