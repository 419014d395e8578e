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

/*
 * Counts a request to the API that has ended, however it did, and those that
 * libcurl has sent once more by itself; learns from a response what is left.
 * sent_at is the time that quota_take() was given.
 */
void
meter_response(const QuotaOwner *owner, const char *category,
			   const HttpTransfer *transfer, TimestampTz sent_at)
{
	TimestampTz now = GetCurrentTimestamp();
	int			resends = http_resends(transfer);
	StatDelta	delta = {
		.requests = 1 + resends,
		.retries = resends,
		.bytes = (int64) http_bytes(transfer)
	};

	if (resends > 0)
		quota_charge(owner, category, resends, now);
	if (is_counted(transfer))
	{
		quota_learn(owner, category, sent_at, now,
					http_header(transfer, "x-ratelimit-limit"),
					http_header(transfer, "x-ratelimit-remaining"),
					http_header(transfer, "x-ratelimit-reset"));
		delta.rate_limited = http_status(transfer) == 429;
	}
	stat_add(owner, category, &delta);
}

/*
 * Counts a download from another host, as of a report: it takes no quota and
 * is no request to the API, but its bytes and retries count.
 */
void
meter_download(const QuotaOwner *owner, const char *category,
			   const HttpTransfer *transfer)
{
	StatDelta	delta = {
		.retries = http_resends(transfer),
		.bytes = (int64) http_bytes(transfer)
	};

	stat_add(owner, category, &delta);
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
