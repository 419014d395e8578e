/*-------------------------------------------------------------------------
 *
 * metering.h
 *		  What a request of the API counts for, in quotas and statistics.
 *
 * The one way in which scans and the diagnosis account for what they send:
 * quota_take() before a request, meter_response() after it, and where it has
 * failed meter_failure().  A request that is sent again takes another quota
 * and is counted with meter_retry().  stat_error() is for what becomes of all
 * tries together.
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

extern void meter_response(const QuotaOwner *owner, const char *category,
						   const HttpTransfer *transfer, TimestampTz sent_at);
extern void meter_download(const QuotaOwner *owner, const char *category,
						   const HttpTransfer *transfer);
extern void meter_retry(const QuotaOwner *owner, const char *category);
extern void meter_failure(const QuotaOwner *owner, const char *category,
						  const ApiFailure *failure);

#endif							/* PINTEREST_METERING_H */
