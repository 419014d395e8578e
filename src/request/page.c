/*-------------------------------------------------------------------------
 *
 * page.c
 *		  Pages, and the queues in which they wait to be asked for.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request/page.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "api/api_error.h"
#include "plan/stream_request.h"
#include "request/cache.h"
#include "request/pace.h"
#include "request/page.h"
#include "request/shared.h"
#include "util/strings.h"

/* Gives up the transfer and what it brought. */
void
drop_response(ApiPage *page)
{
	shared_end(page, false);
	cache_give_up(page);
	if (page->transfer != NULL)
		http_release(page->transfer);
	page->transfer = NULL;
	json_reader_free(page->reader);
	page->reader = NULL;
	page->paused = false;
}

ApiPage *
add_page(RequestScan *scan, PageChain *chain, int number, const char *bookmark)
{
	ApiPage    *page = MemoryContextAllocZero(scan->context, sizeof(ApiPage));

	page->chain = chain;
	page->category = chain->plan->stream->category;
	page->number = number;
	if (chain->plan->endpoint->transport == TRANSPORT_REPORT)
	{
		page->report = MemoryContextAllocZero(chain->context, sizeof(PageReport));
		page->phase = PHASE_ORDER;
	}
	if (bookmark != NULL)
		page->bookmark = MemoryContextStrdup(scan->context, bookmark);
	chain->open_pages++;
	chain->state->npending++;
	return page;
}

/*
 * Queues requests of a state's plan (StreamRequest *), which are copied, as parts
 * of a lookup of ids; NULL: of none.
 */
void
queue_lookups(RequestScan *scan, StreamPlanState *state, const List *requests,
			  IdLookup *lookup)
{
	ListCell   *cell;

	foreach(cell, requests)
	{
		StreamRequest *request = lfirst(cell);
		MemoryContext context = AllocSetContextCreate(scan->context, "pinterest_fdw chain",
													  ALLOCSET_SMALL_SIZES);
		MemoryContext old = MemoryContextSwitchTo(context);
		PageChain  *chain = palloc0(sizeof(PageChain));

		chain->state = state;
		chain->plan = state->plan;
		chain->context = context;
		chain->lookup = lookup;
		chain->request = palloc(sizeof(StreamRequest));
		*chain->request = *request;
		chain->request->variables = copy_bindings(request->variables);
		MemoryContextSwitchTo(old);
		state->open_chains++;
		fetched_add(scan->fetched, chain->request->variables, state->child == NULL);
		dlist_push_tail(&state->pending, &add_page(scan, chain, 1, NULL)->node);
	}
}

/* Likewise, requests that are no lookup. */
void
queue_requests(RequestScan *scan, StreamPlanState *state, const List *requests)
{
	queue_lookups(scan, state, requests, NULL);
}

/* Queues the requests of a plan; given is what its parent listed. */
void
add_page_chains(RequestScan *scan, StreamPlanState *state, const List *given)
{
	queue_requests(scan, state, plan_requests(state->plan, given));
}

/* Puts a page back to be asked for after a pause. */
void
requeue_page(RequestScan *scan, ApiPage *page, TimestampTz not_before)
{
	drop_response(page);
	dlist_delete(&page->node);
	scan->nalive--;
	page->not_before = not_before;
	dlist_push_head(&page->chain->state->pending, &page->node);
	page->chain->state->npending++;
}

/* Raises the error for a page that is not the expected JSON; row 0: no row. */
_Noreturn void
raise_bad_response(RequestScan *scan, const ApiPage *page, int row_number,
				   const JsonError *error)
{
	const char *near = "";
	size_t		len = 0;

	foreach_string(secret, auth_secrets(scan->credentials))
	{
		json_reader_blot_out(page->reader, *secret);
	}
	note_problem(scan, page->chain->state, "the answer is not the expected JSON");
	if (page->phase == PHASE_ROWS)	/* others hold a report's token or link */
		len = json_reader_near(page->reader, error->offset, &near);
	raise_bad_json(page->chain->plan->stream->name, page->number,
				   row_number, error, near, len,
				   page->transfer ? http_unknown_coding(page->transfer) : NULL);
}
