/*-------------------------------------------------------------------------
 *
 * pace.c
 *		  The quotas that a scan's requests take, and what is told of it.
 *
 * A request takes its quota before it is sent; where there is none left, the
 * pages of that level wait for it.  Answers correct the quotas.  What was done
 * is counted for pinterest_fdw.stat, and shown by pinterest_fdw.progress.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request/pace.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/timestamp.h"

#include "auth/credentials.h"
#include "auth/user_mapping.h"
#include "http/http.h"
#include "plan/bind.h"
#include "plan/estimate.h"
#include "quota/progress.h"
#include "quota/quota.h"
#include "request/pace.h"
#include "request/page.h"

/* Requests of all scans of this session, retries included. */
int64		session_requests = 0;

static const char *
category_of(const LevelRun *run)
{
	return run->level->stream->category;
}

/* Whether a page's request goes to the API; a report's download does not. */
bool
is_api_request(const ApiPage *page)
{
	return page->report == NULL || page->phase != PHASE_ROWS;
}

/* ---------- quotas ---------- */

/* Finds out whose quotas the scan's requests take. */
void
open_account(RequestScan *scan)
{
	const Mapping *mapping = auth_mapping(scan->credentials);

	scan->account.serverid = mapping->serverid;
	scan->account.umid = mapping->umid;
	scan->account.umuser = mapping->umuser;
	scan->account.tier = scan->options->access_tier;
}

static _Noreturn void
report_used_up(RequestScan *scan, const LevelRun *run, TimestampTz now, TimestampTz until)
{
	Quota		quota = {0};
	bool		is_held;

	(void) limit_quota(&scan->account, category_of(run), &quota);
	is_held = until > now + (TimestampTz) quota.window_s * USECS_PER_SEC;
	note_problem(scan, run, "the API's quota is used up");
	ereport(ERROR,
			(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
			 errmsg("could not read stream \"%s\": the API's quota is used up",
					run->level->stream->name),
			 is_held ?
			 errdetail("The API has asked to wait until %s.", timestamptz_to_str(until)) :
			 errdetail("The quota is of %d requests in %d seconds, and there is none left before %s.",
					   quota.limit, quota.window_s, timestamptz_to_str(until)),
			 scan->account.tier == TIER_TRIAL ?
			 errhint("Apps with trial access have few requests a day; ask Pinterest for standard access, and set server option \"access_tier\".") :
			 errhint("Try again later; pinterest_fdw.limit_reset() forgets what is known of quotas.")));
}

/*
 * Takes the quota that a page's next request needs.  Where there is none,
 * notes until when and returns false.  Raises 53400 where that is too far away
 * to wait.
 */
bool
take_quota(RequestScan *scan, ApiPage *page, TimestampTz now)
{
	LevelRun   *run = page->chain->run;
	TimestampTz until;

	if (!is_api_request(page))
		return true;
	until = limit_take(&scan->account, category_of(run), now);
	if (until == 0)
		return true;
	if (until - now > (TimestampTz) MAX_WAIT_SECONDS * USECS_PER_SEC)
		report_used_up(scan, run, now, until);
	run->held_until = until;
	return false;
}

/* Lets nobody send a request of the page's category before a time. */
void
hold_quota(RequestScan *scan, const ApiPage *page, TimestampTz until)
{
	limit_hold(&scan->account, category_of(page->chain->run), until);
}

/* A level that waits for its quota, or that the API asked to wait; NULL: none. */
const LevelRun *
held_run(const RequestScan *scan, TimestampTz now)
{
	for (int i = 0; i < scan->nruns; i++)
	{
		const LevelRun *run = &scan->runs[i];

		if (run->npending > 0 && Max(run->held_until, scan->hold_until) > now)
			return run;
	}
	return NULL;
}

/* ---------- statistics ---------- */

/* Counts what libcurl has sent once more by itself. */
static void
note_resends(RequestScan *scan, const ApiPage *page)
{
	int			resends = http_resends(page->transfer);

	scan->memory->counters.requests += resends;
	scan->memory->counters.retries += resends;
	session_requests += resends;
	if (resends > 0 && is_api_request(page))
		limit_charge(&scan->account, category_of(page->chain->run), resends,
					 GetCurrentTimestamp());
}

/*
 * Learns from an answer of whatever kind what is left, and counts the request.
 */
void
note_answer(RequestScan *scan, const ApiPage *page)
{
	const HttpTransfer *transfer = page->transfer;
	const char *category = category_of(page->chain->run);
	StatDelta	delta = {
		.requests = 1 + http_resends(transfer),
		.retries = http_resends(transfer),
		.bytes = (int64) http_bytes(transfer)
	};

	note_resends(scan, page);
	if (!is_api_request(page))
		delta.requests = 0;
	else if (http_outcome(transfer) == HTTP_ANSWERED && http_status(transfer) != 401)
	{
		/* the API does not count a call whose token it refuses */
		limit_learn(&scan->account, category, page->sent_at, GetCurrentTimestamp(),
					http_header(transfer, "x-ratelimit-limit"),
					http_header(transfer, "x-ratelimit-remaining"),
					http_header(transfer, "x-ratelimit-reset"));
		delta.rate_limited = http_status(transfer) == 429;
	}
	stat_add(&scan->account, category, &delta);
}

/* Counts the rows that were read of a page. */
void
note_rows(RequestScan *scan, const ApiPage *page)
{
	StatDelta	delta = {.rows = page->rows_read};

	if (delta.rows > 0)
		stat_add(&scan->account, category_of(page->chain->run), &delta);
}

void
note_retry(RequestScan *scan, const ApiPage *page)
{
	StatDelta	delta = {.retries = 1};

	stat_add(&scan->account, category_of(page->chain->run), &delta);
}

/* Counts a wait for the quota of a level. */
void
note_wait(RequestScan *scan, const LevelRun *run, int64 waited_ms)
{
	StatDelta	delta = {.waited_ms = waited_ms};

	scan->memory->counters.rate_limit_wait_ms += waited_ms;
	scan->memory->state.waited_ms += waited_ms;
	stat_add(&scan->account, category_of(run), &delta);
}

/* Keeps what is about to be raised, in the words of its primary message. */
void
note_problem(RequestScan *scan, const LevelRun *run, const char *problem)
{
	stat_error(&scan->account, category_of(run), problem, GetCurrentTimestamp());
}

/* ---------- progress ---------- */

/*
 * Shows the scan to pinterest_fdw.progress, its rescans as one; context is that
 * of all of them.
 */
void
begin_progress(RequestScan *scan, MemoryContext context, const BoundScan *bound,
			   const List *levels)
{
	RequestMemory *memory = scan->memory;
	double		rows;
	double		requests;

	estimate_levels(levels, &requests, &rows);
	memory->state.expected = memory->counters.requests + (int64) Min(requests, 1e12);
	if (memory->progress == NULL)
		memory->progress = progress_begin(context, scan->account.serverid,
										  bound->options->relid, GetUserId(),
										  bound->options->stream->name,
										  memory->state.expected);
}

/* What a scan does while it waits; held: for a quota. */
ProgressPhase
phase_of_wait(const RequestScan *scan, bool held)
{
	bool		waits_for_report = scan->nalive == 0;

	if (held)
		return PROGRESS_RATE_LIMIT;
	for (int i = 0; waits_for_report && i < scan->nruns; i++)
	{
		dlist_iter	iter;

		dlist_foreach(iter, &scan->runs[i].pending)
			if (dlist_container(ApiPage, node, iter.cur)->phase == PHASE_STATUS)
				return PROGRESS_REPORT;
	}
	return PROGRESS_REQUESTING;
}

/* Tells how far the scan is. */
void
show_progress(RequestScan *scan, ProgressPhase phase)
{
	ProgressState *state = &scan->memory->state;
	int64		pending = 0;

	for (int i = 0; i < scan->nruns; i++)
		pending += scan->runs[i].npending;
	state->requests = scan->memory->counters.requests;
	state->expected = Max(state->expected, state->requests + pending);
	state->phase = phase;
	progress_update(scan->memory->progress, state);
}
