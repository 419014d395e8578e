/*-------------------------------------------------------------------------
 *
 * response.c
 *		  What a response means for the scan that asked.
 *
 * A complete one is followed by the next page; a failure is tried again,
 * waited for, done without, or the end of the scan, as api_error.c says.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request/response.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "common/pg_prng.h"
#include "utils/timestamp.h"

#include "api/api_error.h"
#include "auth/credentials.h"
#include "plan/bind.h"
#include "plan/endpoint.h"
#include "plan/stream_plan.h"
#include "plan/stream_request.h"
#include "quota/progress.h"
#include "request/budget.h"
#include "request/cache.h"
#include "request/fanout.h"
#include "request/lookup.h"
#include "request/object.h"
#include "request/pace.h"
#include "request/page.h"
#include "request/report.h"
#include "request/response.h"
#include "request/shared.h"
#include "streams/stream.h"
#include "util/strings.h"
#include "util/url_encode.h"

/* First and longest pause before another try, in milliseconds. */
#define FIRST_BACKOFF_MS 500
#define MAX_BACKOFF_MS 30000

/* Those of the credentials, and a report's token, plain and URL-encoded. */
#define MAX_SECRETS (AUTH_SECRETS + 2)

/* ---------- the next page ---------- */

/*
 * Queues the page after one whose response is complete.  A bookmark that the
 * chain has followed before would lead in a circle.
 */
static void
follow_bookmark(RequestScan *scan, ApiPage *page)
{
	PageChain  *chain = page->chain;
	const char *bookmark = json_reader_bookmark(page->reader);
	uint64		hash;

	if (bookmark == NULL || chain->plan->endpoint->paging == PAGING_NONE ||
		!json_reader_complete(page->reader))
		return;
	hash = hash_bytes_extended((const unsigned char *) bookmark,
							   (int) strlen(bookmark), 0);
	for (int i = 0; i < chain->nbookmarks; i++)
		if (chain->bookmarks[i] == hash)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_ERROR),
					 errmsg("could not read stream \"%s\": the API repeats itself",
							chain->plan->stream->name),
					 errdetail("Page %d carries the bookmark of an earlier page.",
							   page->number),
					 errhint("Run the query again.")));
	if (chain->nbookmarks % 64 == 0)
		chain->bookmarks = chain->bookmarks == NULL ?
			MemoryContextAlloc(chain->context, 64 * sizeof(uint64)) :
			repalloc(chain->bookmarks, (chain->nbookmarks + 64) * sizeof(uint64));
	chain->bookmarks[chain->nbookmarks++] = hash;
	dlist_push_head(&chain->state->pending,
					&add_page(scan, chain, page->number + 1, bookmark)->node);
	check_budget(scan, chain->state, false);
}

/* ---------- failures ---------- */

static void
try_again(RequestScan *scan, ApiPage *page, TimestampTz not_before)
{
	requeue_page(scan, page, not_before);
	note_retry(scan, page);
}

/*
 * Does without the endpoints of a plan that turned out to be closed: what waits
 * is asked for by the next endpoint, and so is what fails from now on.
 */
static void
leave_closed_endpoint(RequestScan *scan, StreamPlanState *state)
{
	dlist_mutable_iter iter;
	MemoryContext old;

	if (state->plan->closed_endpoints)
		return;
	scan->memory->closed_endpoints = true;
	old = MemoryContextSwitchTo(scan->context);
	state->plan = plan_without_closed_endpoints(state->plan);
	for (int i = 0; i < scan->nstates; i++)
		if (scan->states[i].child == state)
			prepare_parent(&scan->states[i]);
	MemoryContextSwitchTo(old);
	dlist_foreach_modify(iter, &state->pending)
	{
		ApiPage    *page = dlist_container(ApiPage, node, iter.cur);

		if (page->chain->plan == state->plan)
			continue;
		dlist_delete(&page->node);
		state->npending--;
		queue_requests(scan, state, repeat_request(state->plan, page->chain->request));
		forget_page(scan, page);
	}
}

/* Exponential, and spread at random so that scans do not return together. */
static TimestampTz
backoff_end(int attempts)
{
	double		pause = FIRST_BACKOFF_MS * (double) (1 << Min(attempts - 1, 16));

	pause = Min(pause, MAX_BACKOFF_MS);
	pause *= 0.5 + 0.5 * pg_prng_double(&pg_global_prng_state);
	return GetCurrentTimestamp() + (TimestampTz) (pause * 1000);
}

/* When the wait is over that the API asks for. */
static TimestampTz
wait_end(const ApiFailure *failure)
{
	return GetCurrentTimestamp() + (TimestampTz) api_failure_wait(failure) * USECS_PER_SEC;
}

/* Takes a failure for the answer that there are no rows, or no more of them. */
static bool
take_no_rows(RequestScan *scan, ApiPage *page)
{
	page->phase = PHASE_ROWS;
	page->answered = true;
	page->no_rows = true;
	scan->memory->counters.pages++;
	return true;
}

static bool
ask_next_endpoint(RequestScan *scan, ApiPage *page)
{
	StreamPlanState *state = page->chain->state;

	if (!page->chain->plan->endpoint->may_be_closed)
		return false;
	leave_closed_endpoint(scan, state);
	queue_requests(scan, state, repeat_request(state->plan, page->chain->request));
	finish_page(scan, page);
	return true;
}

static bool
renew_token(RequestScan *scan, ApiPage *page)
{
	if (!is_api_request(page) || page->rows_read > 0)
		return false;
	show_progress(scan, PROGRESS_TOKEN);
	if (!auth_token_refused(scan->credentials, page->token))
		return false;
	try_again(scan, page, 0);
	return true;
}

static bool
reconnect(RequestScan *scan, ApiPage *page)
{
	if (page->rows_read > 0 || page->misdirected)
		return false;
	page->misdirected = true;
	try_again(scan, page, 0);
	return true;
}

/* Rows that were handed on would come twice. */
static bool
may_retry(const RequestScan *scan, const ApiPage *page)
{
	return page->rows_read == 0 && page->attempts <= scan->options->retries;
}

/*
 * A wait that the API asks for holds all that the scan sends there: the rest
 * would only be refused, too.
 */
static bool
retry_after(RequestScan *scan, ApiPage *page, const ApiFailure *failure, TimestampTz earliest)
{
	TimestampTz until = Max(earliest, wait_end(failure));

	if (!may_retry(scan, page) || api_failure_wait(failure) > MAX_WAIT_SECONDS)
		return false;
	if (is_api_request(page) && api_failure_wait(failure) > 0)
		scan->hold_until = Max(scan->hold_until, until);
	try_again(scan, page, until);
	return true;
}

static bool
back_off(RequestScan *scan, ApiPage *page, const ApiFailure *failure)
{
	return retry_after(scan, page, failure, backoff_end(page->attempts));
}

static bool
wait_as_told(RequestScan *scan, ApiPage *page, const ApiFailure *failure)
{
	note_failure(scan, page, failure);
	return retry_after(scan, page, failure, 0);
}

/* Where a report's link does not serve, another one may. */
static bool
ask_for_link(RequestScan *scan, ApiPage *page, const ApiFailure *failure)
{
	int			wait_s = Max(api_failure_wait(failure), 0);

	return page->rows_read == 0 && wait_s <= MAX_WAIT_SECONDS &&
		renew_report_link(scan, page, wait_s * 1000L);
}

/*
 * Takes a failure that is an answer, too: there is nothing, or not here.  Of a
 * report that was ordered it is none, since that has rows.
 */
static bool
settle(RequestScan *scan, ApiPage *page, ApiFailure *failure)
{
	if (page->report != NULL && page->phase != PHASE_ORDER)
		return false;
	switch (api_failure_action(failure))
	{
		case API_NO_ROWS:
			return take_no_rows(scan, page);
		case API_GONE:
			return ask_for_halves(scan, page) ||
				(is_gone(scan, page) && take_no_rows(scan, page));
		case API_DENIED:
			return ask_for_halves(scan, page) ||
				(leave_out_object(scan, page, failure) && take_no_rows(scan, page));
		case API_CLOSED:
			return ask_next_endpoint(scan, page);
		default:
			return false;
	}
}

/* Goes the long way where ids were asked for that may not be the ad account's. */
static bool
look_up_refused(RequestScan *scan, ApiPage *page, const ApiFailure *failure)
{
	if (!is_refused_at_once(page, failure))
		return false;
	note_retry(scan, page);
	look_up_all_ids(scan, page->chain);
	finish_page(scan, page);
	return true;
}

/* Has the request sent again, where a failure calls for that. */
static bool
recover(RequestScan *scan, ApiPage *page, const ApiFailure *failure)
{
	switch (api_failure_action(failure))
	{
		case API_RENEW:
			return renew_token(scan, page);
		case API_RECONNECT:
			return reconnect(scan, page);
		case API_RETRY:
			return back_off(scan, page, failure);
		case API_WAIT:
			return wait_as_told(scan, page, failure);
		default:
			return false;
	}
}

static void
handle_failure(RequestScan *scan, ApiPage *page, ApiFailure *failure)
{
	const char *stream = page->chain->plan->stream->name;

	if (look_up_refused(scan, page, failure) ||
		settle(scan, page, failure) ||
		ask_for_link(scan, page, failure) ||
		recover(scan, page, failure))
		return;
	note_problem(scan, page->chain->state, api_failure_problem(failure));
	if (page->report != NULL && page->phase == PHASE_ROWS)
		raise_download_failure(failure, stream);
	raise_api_failure(failure, stream, page_method(page), page_url(page), page->attempts);
}

/* ---------- responses ---------- */

/* The secrets that a response might send back, up to a NULL. */
static void
list_secrets(const RequestScan *scan, const ApiPage *page, const char **secrets)
{
	int			n = 0;

	foreach_string(secret, auth_secrets(scan->credentials))
	{
		secrets[n++] = *secret;
	}
	if (page->report != NULL && page->report->token != NULL)
	{
		secrets[n++] = page->report->token;
		secrets[n++] = url_encoded(page->report->token);
	}
	secrets[n] = NULL;
}

static void
raise_too_large(RequestScan *scan, const ApiPage *page)
{
	note_problem(scan, page->chain->state, "an answer is too large");
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("could not read stream \"%s\": an answer is larger than %d kB",
					page->chain->plan->stream->name, scan->options->max_response_kb),
			 errhint("Ask for fewer days, ids or columns at a time, or raise server option \"max_response_size\".")));
}

/* Hands a complete response on, and has the next page asked for. */
static void
take_rows(RequestScan *scan, ApiPage *page)
{
	StreamPlanState *state = page->chain->state;

	page->answered = true;
	if (page->rows_read == 0)	/* it is held whole */
		state->response_bytes = Max(state->response_bytes, json_reader_buffered(page->reader));
	follow_bookmark(scan, page);
}

/* Takes for a page what was received for another one. */
void
take_kept(RequestScan *scan, ApiPage *page, const KeptBytes *bytes)
{
	page->phase = PHASE_ROWS;
	page->reader = json_reader_create(page->chain->plan->endpoint->rows);
	if (page->reader == NULL || !json_reader_append(page->reader, bytes->data, bytes->len))
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	json_reader_finish(page->reader);
	dlist_delete(&page->node);
	page->chain->state->npending--;
	dlist_push_tail(&scan->alive, &page->node);
	scan->nalive++;
	take_rows(scan, page);
}

static void
handle_finished(RequestScan *scan, HttpTransfer *transfer)
{
	ApiPage    *page = http_arg(transfer);
	const char *words[MAX_SECRETS + 1];
	const Secrets secrets = {.words = words};
	ApiFailure *failure;

	note_response(scan, page);
	if (page->too_large || http_outcome(transfer) == HTTP_TOO_LARGE)
		raise_too_large(scan, page);
	list_secrets(scan, page, words);
	failure = api_failure(transfer, &secrets);
	page->chain->state->trying = false;
	page->chain->state->is_open |= failure == NULL;
	page->misdirected &= failure != NULL;

	/* A text that is no JSON was given up by receive(). */
	if (failure == NULL || json_reader_error(page->reader)->problem != NULL)
	{
		json_reader_finish(page->reader);
		if (page->phase != PHASE_ROWS)
		{
			read_report_response(scan, page);
			return;
		}
		if (json_reader_complete(page->reader) && json_reader_error(page->reader)->problem == NULL)
		{
			shared_end(page, true);
			cache_end(scan, page);
		}
		scan->memory->counters.pages++;
		take_rows(scan, page);
	}
	else
		handle_failure(scan, page, failure);
}

/*
 * Handles all transfers that have ended since the last call.  Raises an error
 * for a failure that neither another try nor an option helps.
 */
void
handle_all_finished(RequestScan *scan)
{
	HttpTransfer *transfer;

	while ((transfer = http_next_finished(scan->client)) != NULL)
		handle_finished(scan, transfer);
}
