/*-------------------------------------------------------------------------
 *
 * cache.c
 *		  Responses that a session keeps for a while.
 *
 * With server option cache_ttl, a response is kept for so long, and a request that
 * is the same is answered by it: same user mapping, same access token, same URL (and
 * same body, of a report).  The token makes sure that nobody sees what another's
 * token brought, and that a token that is taken away takes its responses with it.
 * Option cache says whether all responses serve, or only lists that tables hang on.
 * What is kept for a server takes no more memory than its option cache_size; what
 * has not been used for longest goes first.
 *
 * Nothing is kept or served while a history is refreshed: its rows would be as old,
 * and it would take what is missing in them for removed.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request/cache.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "fmgr.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "request/cache.h"
#include "request/request_text.h"

PG_FUNCTION_INFO_V1(pinterest_fdw_cache_reset);

typedef struct CachedResponse
{
	dlist_node	node;			/* in responses */
	MemoryContext context;		/* holds it; of TopMemoryContext */
	Oid			serverid;
	Oid			umid;
	uint64		token_hash;
	uint64		hash;			/* of what was asked */
	char	   *asked;			/* the URL, and what a POST has */
	KeptBytes	bytes;
	TimestampTz received_at;
	uint32		server_hash;	/* of the catalog entries it depends on */
	uint32		mapping_hash;
	bool		is_stale;		/* they have changed */
} CachedResponse;

static dlist_head responses = DLIST_STATIC_INIT(responses); /* last used first */

/* ---------- responses that go ---------- */

static void
drop_cached(CachedResponse *cached)
{
	dlist_delete(&cached->node);
	kept_bytes_free(&cached->bytes);
	MemoryContextDelete(cached->context);
}

/* Server or mapping have changed. */
static void
catalog_changed(Datum arg, int cacheid, uint32 hash)
{
	dlist_iter	iter;

	dlist_foreach(iter, &responses)
	{
		CachedResponse *cached = dlist_container(CachedResponse, node, iter.cur);

		if (hash == 0 ||
			hash == (cacheid == FOREIGNSERVEROID ? cached->server_hash : cached->mapping_hash))
			cached->is_stale = true;
	}
}

/* Drops all responses of this session. */
Datum
pinterest_fdw_cache_reset(PG_FUNCTION_ARGS)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &responses)
	{
		drop_cached(dlist_container(CachedResponse, node, iter.cur));
	}
	PG_RETURN_VOID();
}

static size_t
cached_bytes(const CachedResponse *cached)
{
	return MemoryContextMemAllocated(cached->context, true) + cached->bytes.size;
}

/* How many bytes a server's responses may take. */
static size_t
room_of(const RequestScan *scan)
{
	return (size_t) scan->options->cache_kb * 1024;
}

static bool
is_over(const CachedResponse *cached, const RequestScan *scan)
{
	return cached->is_stale ||
		cached->received_at <= GetCurrentTimestamp() - scan->options->cache_ttl_s * USECS_PER_SEC;
}

/* Drops what of a scan's server is over, and what exceeds the room there is. */
static void
make_room(const RequestScan *scan)
{
	size_t		bytes = 0;
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &responses)
	{
		CachedResponse *cached = dlist_container(CachedResponse, node, iter.cur);

		if (cached->serverid != scan->options->serverid && !cached->is_stale)
			continue;
		if (is_over(cached, scan))
			drop_cached(cached);
		else if ((bytes += cached_bytes(cached)) > room_of(scan))
		{
			bytes -= cached_bytes(cached);
			drop_cached(cached);
		}
	}
}

/* ---------- responses that are kept ---------- */

/* What a page asks, palloc'd: its URL, of a report with what the order's body has. */
static char *
asked_by(const ApiPage *page)
{
	const PageChain *chain = page->chain;

	if (page->report == NULL)
		return request_url(chain->plan, chain->request, page->bookmark);
	return psprintf("%s %s", request_path_url(chain->plan, chain->request),
					report_order(chain->plan, chain->request, false));
}

static uint64
hash_text(const char *text)
{
	return hash_bytes_extended((const unsigned char *) text, (int) strlen(text), 0);
}

/* Whether the responses to a scan are kept. */
static bool
is_cached(const RequestScan *scan)
{
	return scan->options->cache_ttl_s > 0 && room_of(scan) > 0 && !fetched_is_watched();
}

static CachedResponse *
find_cached(const RequestScan *scan, const char *token, const char *asked)
{
	Oid			umid = auth_mapping(scan->credentials)->umid;
	uint64		token_hash = hash_text(token);
	uint64		hash = hash_text(asked);
	dlist_iter	iter;

	dlist_foreach(iter, &responses)
	{
		CachedResponse *cached = dlist_container(CachedResponse, node, iter.cur);

		if (cached->hash == hash && cached->umid == umid && cached->token_hash == token_hash &&
			strcmp(cached->asked, asked) == 0)
			return cached;
	}
	return NULL;
}

/*
 * The response to a page that is to be asked for, valid until the next call of any
 * of these functions; NULL: there is none.
 */
const KeptBytes *
cache_find(RequestScan *scan, ApiPage *page)
{
	CachedResponse *cached;

	if (page->is_cache_asked || !is_cached(scan) || dlist_is_empty(&responses) ||
		(page->report != NULL && page->phase != PHASE_ORDER) ||
		(scan->options->cache == CACHE_LISTS && page->chain->state->child == NULL))
		return NULL;
	page->is_cache_asked = true;
	cached = find_cached(scan, auth_token(scan->credentials), asked_by(page));
	if (cached == NULL || is_over(cached, scan))
		return NULL;
	dlist_move_head(&responses, &cached->node);
	return &cached->bytes;
}

/* Notes that a page is asked for, the response to which is to be kept. */
void
cache_begin(RequestScan *scan, ApiPage *page)
{
	cache_give_up(page);
	page->is_copied = page->phase == PHASE_ROWS && is_cached(scan) &&
		(scan->options->cache == CACHE_ALL || page->chain->state->child != NULL);
	page->copy_room = room_of(scan);
}

/* Keeps bytes of a page's response.  Called from within libcurl. */
void
cache_append(ApiPage *page, const char *data, size_t len)
{
	if (page->is_copied)
		page->is_copied = kept_bytes_append(&page->copy, data, len, page->copy_room);
}

/* Forgets what was kept of a page's response. */
void
cache_give_up(ApiPage *page)
{
	page->is_copied = false;
	kept_bytes_free(&page->copy);
}

/* The response to a page is complete. */
void
cache_end(RequestScan *scan, ApiPage *page)
{
	static bool is_registered = false;
	const char *asked;
	CachedResponse *cached;
	MemoryContext context;

	if (!page->is_copied)
		return;
	if (!is_registered)
	{
		CacheRegisterSyscacheCallback(FOREIGNSERVEROID, catalog_changed, (Datum) 0);
		CacheRegisterSyscacheCallback(USERMAPPINGOID, catalog_changed, (Datum) 0);
		is_registered = true;
	}
	asked = asked_by(page);
	cached = find_cached(scan, page->token, asked);
	if (cached != NULL)
		drop_cached(cached);
	context = AllocSetContextCreate(TopMemoryContext, "pinterest_fdw cached response",
									ALLOCSET_SMALL_SIZES);
	cached = MemoryContextAllocZero(context, sizeof(CachedResponse));
	cached->context = context;
	cached->asked = MemoryContextStrdup(context, asked);
	cached->hash = hash_text(asked);
	cached->serverid = scan->options->serverid;
	cached->umid = auth_mapping(scan->credentials)->umid;
	cached->token_hash = hash_text(page->token);
	cached->server_hash = GetSysCacheHashValue1(FOREIGNSERVEROID, ObjectIdGetDatum(cached->serverid));
	cached->mapping_hash = GetSysCacheHashValue1(USERMAPPINGOID, ObjectIdGetDatum(cached->umid));
	cached->received_at = GetCurrentTimestamp();
	kept_bytes_trim(&page->copy);
	cached->bytes = page->copy;
	memset(&page->copy, 0, sizeof(page->copy));
	page->is_copied = false;
	dlist_push_head(&responses, &cached->node);
	make_room(scan);
}
