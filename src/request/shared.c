/*-------------------------------------------------------------------------
 *
 * shared.c
 *		  Pages of lists that the scans of one query share.
 *
 * Several tables of a query often hang on the same list, of ad accounts for
 * instance, or one of them is the list.  So what a scan receives for a page of a
 * list is kept until the query ends, for other scans of it that use the same user
 * mapping and ask for the same URL.  Where a query has but one scan, nothing is
 * kept.
 *
 * A page that another scan has under way is waited for, by letting that scan's
 * transfers go on, where nobody looks at what they bring meanwhile.  A scan owns a
 * page only while it is under way there: whoever waits asks by itself once that
 * is no longer so, whether the owner tries again or ends.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request/shared.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "request/request_text.h"
#include "request/shared.h"

/* Of one user mapping in a query. */
struct SharedPages
{
	dlist_node	node;			/* in all_shared */
	MemoryContext query;
	Oid			umid;
	int			scans;			/* that share them, or are to */
	HTAB	   *by_hash;		/* PageOfHash */
	dlist_head	pages;			/* SharedPage * */
	size_t		bytes;			/* of all that is kept, their URLs included */
	MemoryContextCallback callback;
};

typedef struct PageOfHash
{
	uint64		hash;			/* of the page's URL; the key */
	SharedPage *page;
} PageOfHash;

struct SharedPage
{
	dlist_node	node;			/* in SharedPages.pages */
	SharedPages *shared;
	char	   *url;
	bool		is_complete;
	bool		is_too_large;	/* to be kept */
	bool		is_wanted;		/* another scan waits for it */
	RequestScan *scan;			/* that has it under way; NULL: none */
	ApiPage    *owner;			/* its page */
	KeptBytes	bytes;
};

static dlist_head all_shared = DLIST_STATIC_INIT(all_shared);

/* ---------- the pages of a query ---------- */

static void
free_data(SharedPage *kept)
{
	kept->shared->bytes -= kept->bytes.size;
	kept_bytes_free(&kept->bytes);
}

/* The query ends, and by_hash has gone already, as its context is a child. */
static void
free_shared(void *arg)
{
	SharedPages *shared = arg;
	dlist_iter	iter;

	dlist_delete(&shared->node);
	dlist_foreach(iter, &shared->pages)
	{
		free_data(dlist_container(SharedPage, node, iter.cur));
	}
}

static SharedPages *
create_shared(MemoryContext query, Oid umid)
{
	SharedPages *shared = MemoryContextAllocZero(query, sizeof(SharedPages));
	HASHCTL		control = {.keysize = sizeof(uint64), .entrysize = sizeof(PageOfHash), .hcxt = query};

	shared->query = query;
	shared->umid = umid;
	shared->by_hash = hash_create("pinterest_fdw shared pages", 64, &control,
								  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	dlist_init(&shared->pages);
	dlist_push_head(&all_shared, &shared->node);
	shared->callback.func = free_shared;
	shared->callback.arg = shared;
	MemoryContextRegisterResetCallback(query, &shared->callback);
	return shared;
}

/*
 * What a scan shares with the others of its query that use the same user
 * mapping; query is the context that ends with the query, and frees it.  more:
 * others may follow, so that what this one receives is to be kept.
 */
SharedPages *
shared_pages_join(MemoryContext query, Oid umid, bool more)
{
	SharedPages *shared = NULL;
	dlist_iter	iter;

	dlist_foreach(iter, &all_shared)
	{
		shared = dlist_container(SharedPages, node, iter.cur);
		if (shared->query == query && shared->umid == umid)
			break;
		shared = NULL;
	}
	if (shared == NULL)
		shared = create_shared(query, umid);
	shared->scans += more ? 2 : 1;
	return shared;
}

/* ---------- single pages ---------- */

/*
 * How many bytes may be kept.  Lists of parents may need all of them, so that a
 * table's own rows have but half.
 */
static size_t
room_for(const ApiPage *page)
{
	size_t		room = (size_t) work_mem * 1024;

	return page->chain->state->child != NULL ? room : room / 2;
}

/* Whether a page is one of a list, which several scans may need. */
static bool
may_be_shared(const RequestScan *scan, const ApiPage *page)
{
	const SharedPages *shared = scan->memory->shared;

	return shared != NULL && shared->scans > 1 && page->report == NULL &&
		page->chain->plan->endpoint->paging != PAGING_NONE;
}

/*
 * What is known of a page's URL; NULL where another has the same hash, or there is
 * no room for more.
 */
static SharedPage *
find_page(SharedPages *shared, const ApiPage *page)
{
	char	   *url = request_url(page->chain->plan, page->chain->request, page->bookmark);
	uint64		hash = hash_bytes_extended((const unsigned char *) url, (int) strlen(url), 0);
	PageOfHash *known = hash_search(shared->by_hash, &hash, HASH_FIND, NULL);
	SharedPage *kept;

	if (known != NULL)
		return strcmp(known->page->url, url) == 0 ? known->page : NULL;
	if (shared->bytes + sizeof(SharedPage) + strlen(url) > room_for(page))
		return NULL;
	shared->bytes += sizeof(SharedPage) + strlen(url);
	kept = MemoryContextAllocZero(shared->query, sizeof(SharedPage));
	kept->shared = shared;
	kept->url = MemoryContextStrdup(shared->query, url);
	known = hash_search(shared->by_hash, &hash, HASH_ENTER, NULL);
	known->page = kept;
	dlist_push_tail(&shared->pages, &kept->node);
	return kept;
}

/*
 * Whether nobody looks at what the transfers of a scan bring: the row that was
 * read last is in memory that they might move.
 */
static bool
may_go_on(const RequestScan *scan)
{
	return scan->current == NULL || scan->current->answered;
}

/*
 * Lets a page come in whole, whose scan may not read it before another one has it.
 */
static void
let_come_in(SharedPage *kept)
{
	kept->is_wanted = true;
	if (!kept->owner->paused)
		return;
	kept->owner->paused = false;
	http_resume(kept->owner->transfer);
}

/* Where the rows of a page that waits to be asked for are to come from. */
SharedState
shared_state(RequestScan *scan, ApiPage *page)
{
	SharedPage *kept;

	if (!page->is_shared && may_be_shared(scan, page))
	{
		page->shared = find_page(scan->memory->shared, page);
		page->is_shared = true;
	}
	kept = page->shared;
	if (kept == NULL)
		return SHARED_ABSENT;
	if (kept->is_complete)
		return SHARED_COMPLETE;
	if (kept->scan == NULL || kept->scan == scan || !may_go_on(kept->scan))
		return SHARED_ABSENT;
	let_come_in(kept);
	return SHARED_UNDER_WAY;
}

/* A scan that a page of this one waits for; NULL: there is none. */
RequestScan *
shared_owner(const RequestScan *scan)
{
	for (int i = 0; i < scan->nstates; i++)
	{
		dlist_iter	iter;

		dlist_foreach(iter, &unconstify(RequestScan *, scan)->states[i].pending)
		{
			const SharedPage *kept = dlist_container(ApiPage, node, iter.cur)->shared;

			if (kept != NULL && !kept->is_complete && kept->scan != NULL &&
				kept->scan != scan && may_go_on(kept->scan))
				return kept->scan;
		}
	}
	return NULL;
}

/* Notes that a page is asked for, whose response others may share. */
void
shared_begin(RequestScan *scan, ApiPage *page)
{
	SharedPage *kept = page->shared;

	if (kept == NULL || kept->scan != NULL || kept->is_complete || kept->is_too_large)
		return;
	kept->scan = scan;
	kept->owner = page;
	kept->is_wanted = false;
}

static bool
is_owner(const ApiPage *page)
{
	return page->shared != NULL && page->shared->owner == page;
}

/* Whether another scan waits for a page that is under way here. */
bool
shared_is_wanted(const ApiPage *page)
{
	return is_owner(page) && page->shared->is_wanted;
}

/*
 * Keeps bytes of a page's response, where others may share it.  Called from within
 * libcurl.
 */
void
shared_append(ApiPage *page, const char *data, size_t len)
{
	SharedPage *kept = page->shared;
	size_t		others;

	if (!is_owner(page) || kept->is_too_large)
		return;
	others = kept->shared->bytes - kept->bytes.size;
	kept->is_too_large = others > room_for(page) ||
		!kept_bytes_append(&kept->bytes, data, len, room_for(page) - others);
	if (kept->is_too_large)
		kept_bytes_free(&kept->bytes);
	kept->shared->bytes = others + kept->bytes.size;
}

/* A page is no longer under way; complete: all of the response has been received. */
void
shared_end(ApiPage *page, bool complete)
{
	SharedPage *kept = page->shared;

	if (!is_owner(page))
		return;
	kept->scan = NULL;
	kept->owner = NULL;
	kept->is_complete = complete && !kept->is_too_large;
	if (!kept->is_complete)
		free_data(kept);
}

/* What is kept of a page that is complete. */
const KeptBytes *
shared_bytes(const ApiPage *page)
{
	return &page->shared->bytes;
}
