/*-------------------------------------------------------------------------
 *
 * pace.c
 *		  The quotas that a scan's requests take, and what is told of it.
 *
 * A request takes its quota before it is sent; where there is none left, the
 * pages of that plan wait for it.  Responses correct the quotas.  What was done
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
category_of(const StreamPlanState *state)
{
	return state->plan->stream->category;
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
find_quota_owner(RequestScan *scan)
{
	const Mapping *mapping = auth_mapping(scan->credentials);

	scan->owner.serverid = mapping->serverid;
	scan->owner.umid = mapping->umid;
	scan->owner.umuser = mapping->umuser;
	scan->owner.tier = scan->options->access_tier;
}

static _Noreturn void
raise_used_up(RequestScan *scan, const StreamPlanState *state, TimestampTz now, TimestampTz until)
{
	Quota		quota = {0};
	bool		is_held;

	(void) quota_get(&scan->owner, category_of(state), &quota);
	is_held = until > now + (TimestampTz) quota.window_s * USECS_PER_SEC;
	note_problem(scan, state, "the API's quota is used up");
	ereport(ERROR,
			(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
			 errmsg("could not read stream \"%s\": the API's quota is used up",
					state->plan->stream->name),
			 is_held ?
			 errdetail("The API has asked to wait until %s.", timestamptz_to_str(until)) :
			 errdetail("The quota is of %d requests in %d seconds, and there is none left before %s.",
					   quota.limit, quota.window_s, timestamptz_to_str(until)),
			 scan->owner.tier == TIER_TRIAL ?
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
	StreamPlanState *state = page->chain->state;
	TimestampTz until;

	if (!is_api_request(page))
		return true;
	until = quota_take(&scan->owner, category_of(state), now);
	if (until == 0)
		return true;
	if (until - now > (TimestampTz) MAX_WAIT_SECONDS * USECS_PER_SEC)
		raise_used_up(scan, state, now, until);
	state->held_until = until;
	return false;
}

/* Lets nobody send a request of the page's category before a time. */
void
hold_quota(RequestScan *scan, const ApiPage *page, TimestampTz until)
{
	quota_hold(&scan->owner, category_of(page->chain->state), until);
}

/* A plan that waits for its quota, or that the API asked to wait; NULL: none. */
const StreamPlanState *
held_state(const RequestScan *scan, TimestampTz now)
{
	for (int i = 0; i < scan->nstates; i++)
	{
		const StreamPlanState *state = &scan->states[i];

		if (state->npending > 0 && Max(state->held_until, scan->hold_until) > now)
			return state;
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
		quota_charge(&scan->owner, category_of(page->chain->state), resends,
					 GetCurrentTimestamp());
}

/*
 * Learns from a response of whatever kind what is left, and counts the request.
 */
void
note_response(RequestScan *scan, const ApiPage *page)
{
	const HttpTransfer *transfer = page->transfer;
	const char *category = category_of(page->chain->state);
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
		quota_learn(&scan->owner, category, page->sent_at, GetCurrentTimestamp(),
					http_header(transfer, "x-ratelimit-limit"),
					http_header(transfer, "x-ratelimit-remaining"),
					http_header(transfer, "x-ratelimit-reset"));
		delta.rate_limited = http_status(transfer) == 429;
	}
	stat_add(&scan->owner, category, &delta);
}

/* Counts the rows that were read of a page. */
void
note_rows(RequestScan *scan, const ApiPage *page)
{
	StatDelta	delta = {.rows = page->rows_read};

	if (delta.rows > 0)
		stat_add(&scan->owner, category_of(page->chain->state), &delta);
}

void
note_retry(RequestScan *scan, const ApiPage *page)
{
	StatDelta	delta = {.retries = 1};

	stat_add(&scan->owner, category_of(page->chain->state), &delta);
}

/* Counts a wait for the quota of a plan. */
void
note_wait(RequestScan *scan, const StreamPlanState *state, int64 waited_ms)
{
	StatDelta	delta = {.waited_ms = waited_ms};

	scan->memory->counters.rate_limit_wait_ms += waited_ms;
	scan->memory->state.waited_ms += waited_ms;
	stat_add(&scan->owner, category_of(state), &delta);
}

/* Keeps what is about to be raised, in the words of its primary message. */
void
note_problem(RequestScan *scan, const StreamPlanState *state, const char *problem)
{
	stat_error(&scan->owner, category_of(state), problem, GetCurrentTimestamp());
}

/* ---------- progress ---------- */

/*
 * Shows the scan to pinterest_fdw.progress, its rescans as one; context is that
 * of all of them.
 */
void
begin_progress(RequestScan *scan, MemoryContext context, const BoundQuery *bound,
			   const List *plans)
{
	RequestMemory *memory = scan->memory;
	double		rows;
	double		requests;

	estimate_plans(plans, &requests, &rows);
	memory->state.expected = memory->counters.requests + (int64) Min(requests, 1e12);
	if (memory->progress == NULL)
		memory->progress = progress_begin(context, scan->owner.serverid,
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
	for (int i = 0; waits_for_report && i < scan->nstates; i++)
	{
		dlist_iter	iter;

		dlist_foreach(iter, &scan->states[i].pending)
		{
			if (dlist_container(ApiPage, node, iter.cur)->phase == PHASE_STATUS)
				return PROGRESS_REPORT;
		}
	}
	return PROGRESS_REQUESTING;
}

/* Tells how far the scan is. */
void
show_progress(RequestScan *scan, ProgressPhase phase)
{
	ProgressState *state = &scan->memory->state;
	int64		pending = 0;

	for (int i = 0; i < scan->nstates; i++)
		pending += scan->states[i].npending;
	state->requests = scan->memory->counters.requests;
	state->expected = Max(state->expected, state->requests + pending);
	state->phase = phase;
	progress_update(scan->memory->progress, state);
}
