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
#include "request/pace.h"
#include "request/page.h"

/* Gives up the transfer and what it brought. */
void
drop_answer(ApiPage *page)
{
	if (page->transfer != NULL)
		http_release(page->transfer);
	page->transfer = NULL;
	json_reader_free(page->reader);
	page->reader = NULL;
	page->paused = false;
}

ApiPage *
add_page(RequestScan *scan, Chain *chain, int number, const char *bookmark)
{
	ApiPage	   *page = MemoryContextAllocZero(scan->context, sizeof(ApiPage));

	page->chain = chain;
	page->number = number;
	if (chain->level->route->transport == TRANSPORT_REPORT)
	{
		page->report = MemoryContextAllocZero(chain->context, sizeof(PageReport));
		page->phase = PHASE_ORDER;
	}
	if (bookmark != NULL)
		page->bookmark = MemoryContextStrdup(scan->context, bookmark);
	chain->open_pages++;
	chain->run->npending++;
	return page;
}

/* Queues asks of a run's level (Ask *), which are copied. */
void
queue_asks(RequestScan *scan, LevelRun *run, const List *asks)
{
	ListCell   *cell;

	foreach(cell, asks)
	{
		Ask		   *ask = lfirst(cell);
		MemoryContext context = AllocSetContextCreate(scan->context, "pinterest_fdw chain",
													  ALLOCSET_SMALL_SIZES);
		MemoryContext old = MemoryContextSwitchTo(context);
		Chain	   *chain = palloc0(sizeof(Chain));

		chain->run = run;
		chain->level = run->level;
		chain->context = context;
		chain->ask = palloc(sizeof(Ask));
		*chain->ask = *ask;
		chain->ask->variables = copy_bindings(ask->variables);
		MemoryContextSwitchTo(old);
		dlist_push_tail(&run->pending, &add_page(scan, chain, 1, NULL)->node);
	}
}

/* Queues the asks of a level; given is what its parent listed. */
void
add_chains(RequestScan *scan, LevelRun *run, const List *given)
{
	queue_asks(scan, run, level_asks(run->level, given));
}

/* Puts a page back to be asked for after a pause. */
void
ask_again_later(RequestScan *scan, ApiPage *page, TimestampTz not_before)
{
	drop_answer(page);
	dlist_delete(&page->node);
	scan->nalive--;
	page->not_before = not_before;
	dlist_push_head(&page->chain->run->pending, &page->node);
	page->chain->run->npending++;
}

/* Raises the error for a page that is not the expected JSON; row 0: no row. */
_Noreturn void
report_bad_answer(RequestScan *scan, const ApiPage *page, int row_number,
				  const JsonError *error)
{
	const char *near = "";
	size_t		len = 0;

	for (const char *const *secret = auth_secrets(scan->credentials); *secret; secret++)
		json_reader_blot_out(page->reader, *secret);
	note_problem(scan, page->chain->run, "the answer is not the expected JSON");
	if (page->phase == PHASE_ROWS)	/* others hold a report's token or link */
		len = json_reader_near(page->reader, error->offset, &near);
	report_bad_json(page->chain->level->stream->name, page->number,
					row_number, error, near, len);
}
