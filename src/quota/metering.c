/*-------------------------------------------------------------------------
 *
 * metering.c
 *		  What a request of the API counts for, in quotas and statistics.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/quota/metering.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "quota/metering.h"
#include "quota/quota.h"
#include "quota/stat.h"

/*
 * Whether the API has counted a request of its own: it does not where it
 * refuses the token, since it cannot tell whose the call is.  The headers of
 * such a response say nothing about the owner's quota, and the API's window may
 * begin only with the next request.
 */
static bool
is_counted(const HttpTransfer *transfer)
{
	return http_outcome(transfer) == HTTP_ANSWERED && http_status(transfer) != 401;
}

/* What is counted of a request that goes elsewhere: it takes no quota. */
static StatDelta
download_delta(const HttpTransfer *transfer)
{
	return (StatDelta)
	{
		.retries = Max(http_sends(transfer) - 1, 0),
		.bytes = (int64) http_bytes(transfer)
	};
}

/* What is counted of a request to the API, whose quota is corrected. */
static StatDelta
request_delta(const Meter *meter, const HttpTransfer *transfer)
{
	TimestampTz now = GetCurrentTimestamp();
	StatDelta	delta = download_delta(transfer);

	delta.requests = http_sends(transfer);
	if (delta.requests != 1)
		quota_settle(&meter->owner, meter->category, meter->taken_at,
					 http_sends(transfer), now);
	if (is_counted(transfer))
	{
		quota_learn(&meter->owner, meter->category, meter->taken_at, now,
					http_header(transfer, "x-ratelimit-limit"),
					http_header(transfer, "x-ratelimit-remaining"),
					http_header(transfer, "x-ratelimit-reset"),
					http_server_time(transfer));
		delta.rate_limited = http_status(transfer) == 429;
	}
	return delta;
}

/* The HttpAccountant of a Meter: counts what was not counted before. */
static void
settle(const HttpTransfer *transfer, void *account)
{
	Meter	   *meter = account;
	StatDelta	delta;

	if (meter->is_settled)
		return;
	meter->is_settled = true;
	delta = meter->is_download ? download_delta(transfer) : request_delta(meter, transfer);
	stat_add(&meter->owner, meter->category, &delta);
}

/*
 * Has a request counted, whatever becomes of it; meter, zeroed but for what
 * metering.h says, has to live until http_start().
 */
void
meter_request(HttpRequest *request, const Meter *meter)
{
	static const StatDelta nothing = {0};

	/* has the memory at hand: an abort must not have to ask for it */
	stat_add(&meter->owner, meter->category, &nothing);
	request->accountant = settle;
	request->account = meter;
	request->account_size = sizeof(Meter);
}

/*
 * Counts a request that has ended, before it is released, and learns from a
 * response what is left of the quota.
 */
void
meter_response(const HttpTransfer *transfer)
{
	settle(transfer, http_account(transfer));
}

/* Counts that a request is sent once more. */
void
meter_retry(const QuotaOwner *owner, const char *category)
{
	StatDelta	delta = {.retries = 1};

	stat_add(owner, category, &delta);
}

/*
 * Lets nobody send a request of the category for as long as the API asks to
 * wait, if it does.
 */
void
meter_failure(const QuotaOwner *owner, const char *category, const ApiFailure *failure)
{
	if (api_failure_action(failure) == API_WAIT)
		quota_hold(owner, category, GetCurrentTimestamp() +
				   (TimestampTz) api_failure_wait(failure) * USECS_PER_SEC);
}
