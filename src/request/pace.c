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
#include "quota/stat.h"
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
	scan->owner = mapping_quota_owner(auth_mapping(scan->credentials),
									  scan->options->access_tier);
}

static _Noreturn void
raise_used_up(RequestScan *scan, const StreamPlanState *state, TimestampTz now, TimestampTz until)
{
	Quota		quota = {0};
	bool		is_held;

	(void) quota_get(&scan->owner, category_of(state), &quota);
	is_held = until > now + (TimestampTz) quota.policy.window_s * USECS_PER_SEC;
	note_problem(scan, state, "the API's quota is used up");
	ereport(ERROR,
			(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
			 errmsg("could not read stream \"%s\": the API's quota is used up",
					state->plan->stream->name),
			 is_held ?
			 errdetail("The API has asked to wait until %s.", timestamptz_to_str(until)) :
			 errdetail("The quota is of %d requests in %d seconds, and there is none left before %s.",
					   quota.policy.quota, quota.policy.window_s, timestamptz_to_str(until)),
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

/* Keeps everybody from sending what the API has asked to wait with. */
void
note_failure(RequestScan *scan, const ApiPage *page, const ApiFailure *failure)
{
	if (is_api_request(page))
		meter_failure(&scan->owner, category_of(page->chain->state), failure);
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

/* For whom and what the next request of a page is counted. */
Meter
page_meter(const RequestScan *scan, const ApiPage *page)
{
	return (Meter)
	{
		.owner = scan->owner,
		.category = category_of(page->chain->state),
		.taken_at = page->sent_at,
		.is_download = !is_api_request(page)
	};
}

/*
 * Counts a request that has ended, and what libcurl has sent once more by
 * itself.
 */
void
note_response(RequestScan *scan, const ApiPage *page)
{
	int			resends = Max(http_sends(page->transfer) - 1, 0);

	scan->memory->counters.bytes += http_bytes(page->transfer);
	scan->memory->counters.requests += resends;
	scan->memory->counters.retries += resends;
	session_requests += resends;
	meter_response(page->transfer);
}

/* Counts the rows that were read of a page, whose chain may be gone. */
void
note_rows(RequestScan *scan, const ApiPage *page)
{
	StatDelta	delta = {.rows = page->rows_read};

	if (delta.rows > 0 && page->transfer != NULL)	/* else it was received
													 * before */
		stat_add(&scan->owner, page->category, &delta);
}

/* Counts that a page is asked for once more. */
void
note_retry(RequestScan *scan, const ApiPage *page)
{
	scan->memory->counters.retries++;
	meter_retry(&scan->owner, category_of(page->chain->state));
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
	double		requests = estimate_plans(plans).requests;

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
