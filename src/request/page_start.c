/*-------------------------------------------------------------------------
 *
 * page_start.c
 *		  Which page starts next, and its request.
 *
 * Pages run side by side, the table's own before those of its parents (but see
 * goes_first()), as far as places, quotas and the budget allow.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request/page_start.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "plan/endpoint.h"
#include "request/budget.h"
#include "request/cache.h"
#include "request/notice.h"
#include "request/pace.h"
#include "request/page_start.h"
#include "request/query_scans.h"
#include "request/report.h"
#include "request/request_text.h"
#include "request/response.h"
#include "request/shared.h"

/*
 * What a page may hold before its rows are handed on: as much as any ordinary
 * response has, or its share of what all pages together may hold.
 */
#define STREAM_BYTES (512 * 1024)
#define BUFFER_BYTES (4 * 1024 * 1024)

/* Parents stop listing while this many pages per connection wait below. */
#define WAITING_PER_CONNECTION 4

/* Of one chain: the page that is read, and the one after it. */
#define MAX_OPEN_PAGES 2

/* Servers take some ten kB of a URL, libcurl eight million bytes. */
#define MAX_URL_BYTES (1024 * 1024)

/*
 * Whether one more page may be alive.  What other scans of the query have under way
 * counts, too, but what they hold and nobody reads does not: that would wait for
 * this scan's end.
 */
static bool
has_place(const RequestScan *scan)
{
	return scan->nalive + count_others(scan) < scan->options->max_connections;
}

/* ---------- starting and ending pages ---------- */

/*
 * Takes bytes of a response; called from within libcurl.  Holds the transfer
 * while there are rows to read and enough bytes.
 */
static HttpTake
receive(void *arg, const char *data, size_t len)
{
	ApiPage    *page = arg;

	if (page->held)
	{
		page->paused = true;
		return HTTP_PAUSE;
	}
	if (len > page->room)
	{
		page->too_large = true;
		return HTTP_ABORT;
	}
	if (json_reader_buffered(page->reader) >= page->stream_bytes &&
		json_reader_rows_waiting(page->reader) > 0 && !shared_is_wanted(page))
	{
		page->paused = true;
		return HTTP_PAUSE;
	}
	shared_append(page, data, len);
	cache_append(page, data, len);
	if (!json_reader_append(page->reader, data, len) ||
		json_reader_error(page->reader)->problem != NULL)
		return HTTP_ABORT;
	page->room -= len;
	return json_reader_may_end(page->reader) ? HTTP_TAKEN_LAST : HTTP_TAKEN;
}

/*
 * The URL of a page's next request, palloc'd.  Raises 54000 where it is longer
 * than any server takes.
 */
static char *
checked_url(RequestScan *scan, const ApiPage *page)
{
	char	   *url = page_url(page);
	size_t		len = strlen(url);

	if (len <= MAX_URL_BYTES)
		return url;
	note_problem(scan, page->chain->state, "the URL of a request is too long");
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("could not read stream \"%s\": the URL of a request is too long",
					page->chain->plan->stream->name),
			 page->bookmark ?
			 errdetail("It has %zu bytes, as the bookmark of page %d has %zu.",
					   len, page->number - 1, strlen(page->bookmark)) :
			 errdetail("It has %zu bytes.", len),
			 page->bookmark ? errhint("Run the query again.") :
			 errhint("Name fewer or shorter values in WHERE.")));
}

static void
start_page(RequestScan *scan, ApiPage *page)
{
	StreamPlanState *state = page->chain->state;
	Meter		meter = page_meter(scan, page);
	HttpRequest request;

	check_budget(scan, state, true);

	/* this may wait for a new token, or fail */
	if (scan->memory->counters.requests == 0)
		show_progress(scan, PROGRESS_TOKEN);
	page->token = auth_token(scan->credentials);
	dlist_delete(&page->node);
	state->npending--;
	dlist_push_tail(&scan->alive, &page->node);
	scan->nalive++;

	page->reader = json_reader_create(page->phase == PHASE_ROWS ?
									  page->chain->plan->endpoint->rows : "");
	if (page->reader == NULL ||
		!json_reader_expect(page->reader, page->phase == PHASE_ROWS ? state->response_bytes : 0))
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	page->attempts++;
	page->stream_bytes = Min(STREAM_BYTES, BUFFER_BYTES / scan->options->max_connections);
	page->room = (size_t) scan->options->max_response_kb * 1024;
	state->trying = page->chain->plan->endpoint->may_be_closed && !state->is_open;
	scan->memory->counters.requests++;
	session_requests++;
	request = (HttpRequest)
	{
		.url = checked_url(scan, page), .bearer_token = page->token,
		.fresh_connection = page->misdirected
	};
	if (page->report != NULL)
		complete_report_request(page, &request);
	meter_request(&request, &meter);
	shared_begin(scan, page);
	cache_begin(scan, page);
	page->transfer = http_start(scan->client, &request, receive, page);
}

/* Whether a page is a report that has been ordered: it waits for its rows. */
static bool
is_ordered(const ApiPage *page)
{
	return page->report != NULL && page->phase != PHASE_ORDER;
}

static int
count_ordered(RequestScan *scan)
{
	int			count = 0;

	for (int i = 0; i < scan->nstates; i++)
	{
		dlist_iter	iter;

		dlist_foreach(iter, &scan->states[i].pending)
		{
			count += is_ordered(dlist_container(ApiPage, node, iter.cur));
		}
	}
	return count;
}

/*
 * Whether pages that are alive, and reports that were ordered, may have all the
 * rows that a LIMIT wants.  Each page that had few makes it twice as many pages
 * that are asked for at once.
 */
static bool
may_be_enough(RequestScan *scan)
{
	int			pages;

	if (scan->limit == 0)
		return false;
	pages = scan->nalive + count_ordered(scan);
	return pages > 0 &&
		(int64) pages * scan->page_size >= (scan->limit - scan->rows) * scan->doubt;
}

/* Whether reports bring the rows that a state's requests lead to. */
static bool
leads_to_reports(const StreamPlanState *state)
{
	while (state->child != NULL)
		state = state->child;
	return state->plan->endpoint->transport == TRANSPORT_REPORT;
}

/*
 * Whether a state may start pages: where a LIMIT leaves rows out, no report is
 * ordered before all else has brought too few.
 */
static bool
is_in_turn(RequestScan *scan, const StreamPlanState *state)
{
	dlist_iter	iter;

	if (scan->limit == 0 || !leads_to_reports(state))
		return true;
	for (int i = 0; i < scan->nstates; i++)
		if (scan->states[i].npending > 0 && !leads_to_reports(&scan->states[i]))
			return false;
	dlist_foreach(iter, &scan->alive)
	{
		if (!leads_to_reports(dlist_container(ApiPage, node, iter.cur)->chain->state))
			return false;
	}
	return true;
}

/* Takes for a page what this query or this session has received; false: nothing. */
static bool
start_without_request(RequestScan *scan, ApiPage *page, SharedState shared)
{
	const KeptBytes *bytes = NULL;

	if (shared == SHARED_COMPLETE)
	{
		bytes = shared_bytes(page);
		scan->memory->counters.shared++;
	}
	else if (shared == SHARED_ABSENT)
	{
		bytes = cache_find(scan, page);
		scan->memory->counters.cached += bytes != NULL;
	}
	if (bytes == NULL)
		return false;
	take_kept(scan, page, bytes);
	return true;
}

/*
 * Starts the next page of a plan, or only goes on with a report that was ordered;
 * false where none may start now.
 */
static bool
start_page_of(RequestScan *scan, StreamPlanState *state, TimestampTz now, bool ordered_alone)
{
	dlist_iter	iter;

	if (state->npending == 0 || !is_in_turn(scan, state) ||
		(state->child != NULL &&
		 state->child->npending > scan->options->max_connections * WAITING_PER_CONNECTION))
		return false;
	dlist_foreach(iter, &state->pending)
	{
		ApiPage    *page = dlist_container(ApiPage, node, iter.cur);
		SharedState shared = shared_state(scan, page);

		if (page->chain->open_pages <= MAX_OPEN_PAGES && start_without_request(scan, page, shared))
			return true;
		if (shared == SHARED_ABSENT && page->not_before <= now &&
			(!ordered_alone || is_ordered(page)) &&
			(state->held_until <= now || !is_api_request(page)) &&
			page->chain->open_pages <= MAX_OPEN_PAGES &&
			!(state->trying && page->chain->plan->endpoint->may_be_closed))
		{
			if (!take_quota(scan, page, now))
				break;
			page->sent_at = now;
			start_page(scan, page);
			return true;
		}
	}
	return false;
}

/*
 * Whether a parent's pages go before those below.  Batches that split a list
 * have many pages each: where they all came first, the parent would be asked
 * for more of them only when connections are idle.
 */
static bool
goes_first(const RequestScan *scan, const StreamPlanState *state)
{
	return state->child != NULL && state->child->plan->endpoint->splits &&
		state->child->npending < scan->options->max_connections;
}

/* Starts the page that is next in turn; false where none may start now. */
static bool
start_next_page(RequestScan *scan)
{
	TimestampTz now = GetCurrentTimestamp();
	bool		enough;

	if (!has_place(scan) || scan->hold_until > now ||
		(scan->nalive > 0 && !budget_has_room(scan)))
		return false;
	enough = may_be_enough(scan);
	for (int i = 0; i < scan->nstates; i++)
		if (goes_first(scan, &scan->states[i]) && start_page_of(scan, &scan->states[i], now, enough))
			return true;
	for (int i = 0; i < scan->nstates; i++)
		if (start_page_of(scan, &scan->states[i], now, enough))
			return true;
	return false;
}

/*
 * Starts all pages that may start now, and sends their requests; false where there
 * was none.
 */
bool
start_pages(RequestScan *scan)
{
	bool		started = false;

	while (start_next_page(scan))
		started = true;
	if (started)
		http_pump(scan->client);
	return started;
}
