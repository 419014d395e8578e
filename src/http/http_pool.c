/*-------------------------------------------------------------------------
 *
 * http_pool.c
 *		  HTTP clients as servers want them, and their connections' reuse.
 *
 * A scan gets a client and releases it at its end, so that the next one of
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

#define USER_AGENT "pinterest_fdw/" PINTEREST_FDW_VERSION

/* Clients that wait for their next scan at most. */
#define MAX_IDLE_CLIENTS 4

typedef struct PooledClient
{
	dlist_node	node;			/* in clients */
	MemoryContext context;		/* holds all of it; of TopMemoryContext */
	HttpClient *client;
	HttpOptions options;
	Oid			umid;
	uint32		server_hash;	/* of the catalog entries it depends on */
	uint32		mapping_hash;
	struct ClientUse *use;		/* NULL: nobody uses it */
	bool		is_stale;		/* they have changed */
} PooledClient;

/* In the context of whoever uses it. */
typedef struct ClientUse
{
	MemoryContextCallback callback;
	PooledClient *pooled;		/* NULL: it was released */
} ClientUse;

static dlist_head clients = DLIST_STATIC_INIT(clients); /* last released first */

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
		.max_bytes = (uint64) options->max_response_kb * 1024,
		.max_connections = options->max_connections,
		.user_agent = USER_AGENT,
	};
}

/*
 * A client with a foreign server's options, but with a total timeout of its own
 * (0: none).  It lives until context is reset, and so must the strings among the
 * options; see http_client_create().
 */
HttpClient *
http_client_for(MemoryContext context, const TableOptions *options,
				int total_timeout_ms)
{
	HttpOptions http = http_options(options, total_timeout_ms);

	return http_client_create(context, &http);
}

/* ---------- getting and releasing ---------- */

static void
close_client(PooledClient *pooled)
{
	dlist_delete(&pooled->node);
	MemoryContextDelete(pooled->context);
}

/* The user's context is gone: by an error, if it has not released the client. */
static void
user_ended(void *arg)
{
	const ClientUse *use = arg;

	if (use->pooled != NULL)
		close_client(use->pooled);
}

/* Server or mapping have changed: who uses the client may end, nobody begins. */
static void
catalog_changed(Datum arg, int cacheid, uint32 hash)
{
	dlist_iter	iter;

	dlist_foreach(iter, &clients)
	{
		PooledClient *pooled = dlist_container(PooledClient, node, iter.cur);

		if (hash == 0 ||
			hash == (cacheid == FOREIGNSERVEROID ? pooled->server_hash : pooled->mapping_hash))
			pooled->is_stale = true;
	}
}

/* Whether a client, which nobody uses, fits. */
static bool
fits(const PooledClient *pooled, const HttpOptions *options, Oid umid)
{
	const HttpOptions *has = &pooled->options;

	return pooled->use == NULL && !pooled->is_stale && pooled->umid == umid &&
		same_string(has->proxy, options->proxy) && same_string(has->ca_file, options->ca_file) &&
		has->connect_timeout_ms == options->connect_timeout_ms &&
		has->idle_timeout_ms == options->idle_timeout_ms &&
		has->total_timeout_ms == options->total_timeout_ms &&
		has->max_bytes == options->max_bytes &&
		has->max_connections == options->max_connections;
}

/* Closes idle clients that are stale, and those beyond MAX_IDLE_CLIENTS. */
static void
close_idle_clients(void)
{
	dlist_mutable_iter iter;
	int			idle = 0;

	dlist_foreach_modify(iter, &clients)
	{
		PooledClient *pooled = dlist_container(PooledClient, node, iter.cur);

		if (pooled->use == NULL && (pooled->is_stale || ++idle > MAX_IDLE_CLIENTS))
			close_client(pooled);
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
close_others(const PooledClient *kept)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &clients)
	{
		PooledClient *pooled = dlist_container(PooledClient, node, iter.cur);

		if (pooled->use == NULL && pooled != kept)
			close_client(pooled);
	}
}

static PooledClient *
find_client(const HttpOptions *options, Oid umid)
{
	dlist_iter	iter;

	dlist_foreach(iter, &clients)
	{
		PooledClient *pooled = dlist_container(PooledClient, node, iter.cur);

		if (fits(pooled, options, umid))
			return pooled;
	}
	return NULL;
}

static PooledClient *
add_client(const HttpOptions *options, Oid serverid, Oid umid)
{
	static bool is_registered = false;
	MemoryContext context = AllocSetContextCreate(TopMemoryContext, "pinterest_fdw client",
												  ALLOCSET_SMALL_SIZES);
	PooledClient *pooled = MemoryContextAllocZero(context, sizeof(PooledClient));

	if (!is_registered)
	{
		CacheRegisterSyscacheCallback(FOREIGNSERVEROID, catalog_changed, (Datum) 0);
		CacheRegisterSyscacheCallback(USERMAPPINGOID, catalog_changed, (Datum) 0);
		is_registered = true;
	}
	pooled->context = context;
	pooled->options = *options;
	if (options->proxy != NULL)
		pooled->options.proxy = MemoryContextStrdup(context, options->proxy);
	if (options->ca_file != NULL)
		pooled->options.ca_file = MemoryContextStrdup(context, options->ca_file);
	pooled->umid = umid;
	pooled->server_hash = GetSysCacheHashValue1(FOREIGNSERVEROID, ObjectIdGetDatum(serverid));
	pooled->mapping_hash = GetSysCacheHashValue1(USERMAPPINGOID, ObjectIdGetDatum(umid));
	dlist_push_head(&clients, &pooled->node);
	return pooled;
}

/*
 * A client for a scan, perhaps with connections that an earlier one has left
 * open.  The scan gives it back with http_pool_release(), without transfers; else
 * it is closed at the end of context.
 */
HttpClient *
http_pool_get(MemoryContext context, const TableOptions *options, Oid umid)
{
	HttpOptions http = http_options(options, options->total_timeout_ms);
	ClientUse  *use = MemoryContextAllocZero(context, sizeof(ClientUse));
	PooledClient *pooled;

	close_idle_clients();
	pooled = find_client(&http, umid);
	if (!has_descriptors(http.max_connections + 1))
		close_others(pooled);
	if (pooled == NULL)
		pooled = add_client(&http, options->serverid, umid);
	pooled->use = use;
	use->pooled = pooled;
	use->callback.func = user_ended;
	use->callback.arg = use;
	MemoryContextRegisterResetCallback(context, &use->callback);
	if (pooled->client == NULL)
		pooled->client = http_client_create(pooled->context, &pooled->options);
	return pooled->client;
}

/*
 * Gives a client back, of which all transfers have been released.  One that was
 * never used has no connection to keep, and would take the place of one that has.
 */
void
http_pool_release(HttpClient *client)
{
	dlist_iter	iter;

	http_leave_descriptor(client);
	dlist_foreach(iter, &clients)
	{
		PooledClient *pooled = dlist_container(PooledClient, node, iter.cur);

		if (pooled->client != client)
			continue;
		pooled->use->pooled = NULL;
		pooled->use = NULL;
		if (http_is_unused(client))
			close_client(pooled);
		else
			dlist_move_head(&clients, &pooled->node);
		break;
	}
	close_idle_clients();
}
