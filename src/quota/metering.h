/*-------------------------------------------------------------------------
 *
 * metering.h
 *		  What a request of the API counts for, in quotas and statistics.
 *
 * The one way in which scans and the diagnosis account for what they send:
 * quota_take() before a request, meter_request() where it is made, and where it
 * has failed meter_failure().  It is counted when its transfer is released, or
 * dropped by a cancel or an error: so often as it was sent, which may be not at
 * all.  meter_response() does that as soon as there is a response.  A request
 * that is sent again takes another quota and is counted with meter_retry().
 * stat_error() is for what becomes of all tries together.
 *
 * owner and category (NULL: none) are those that the quota was taken of; none
 * of these functions raises an error but for quota.h's reason.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/quota/metering.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_METERING_H
#define PINTEREST_METERING_H

#include "api/api_error.h"
#include "http/http.h"
#include "quota/owner.h"

/* Whose request it is, and for what. */
typedef struct Meter
{
	QuotaOwner	owner;
	const char *category;		/* lives as long as the process */
	TimestampTz taken_at;		/* what quota_take() was given */
	bool		is_download;	/* from another host, as of a report: it takes
								 * no quota and is no request to the API, but
								 * its bytes and retries count */
	bool		is_settled;		/* metering's own */
} Meter;

extern void meter_request(HttpRequest *request, const Meter *meter);
extern void meter_response(const HttpTransfer *transfer);
extern void meter_retry(const QuotaOwner *owner, const char *category);
extern void meter_failure(const QuotaOwner *owner, const char *category,
						  const ApiFailure *failure);

#endif							/* PINTEREST_METERING_H */
