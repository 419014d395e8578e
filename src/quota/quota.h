/*-------------------------------------------------------------------------
 *
 * quota.h
 *		  The API's quotas of each owner, and what remains of them.
 *
 * An owner (owner.h) has a quota for each category of streams, as the API puts
 * it in streams and headers, and one for all requests in a second; or, with
 * trial access, one of all requests in a day.
 *
 * A request's way: quota_take() until it says yes, with the time that is then
 * the request's sent_at; quota_settle() where that was another number of
 * requests; quota_learn() when it was answered with anything but a refusal of
 * the token; quota_hold() where the API asks to wait.  metering.h does the
 * latter three.
 *
 * To users it is a "rate limit" that a query waits for, in EXPLAIN and views,
 * and a "limit" what limit_reset() forgets.
 *
 * None of these functions raises an error, but the first call in a session
 * may, where the shared memory cannot be had.  A category that is NULL or
 * unknown has no quota of its own.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/quota/quota.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_QUOTA_H
#define PINTEREST_QUOTA_H

#include "quota/owner.h"
#include "quota/rate_window.h"

/* How many categories there are; their numbers are 0 to this - 1. */
#define MAX_CATEGORIES 6

typedef struct Quota
{
	QuotaPolicy policy;
	int			remaining;		/* requests: 0 to policy.quota */
	TimestampTz resets_at;		/* 0: unused so far */
} Quota;

extern void quota_init(void);
extern int	quota_category_number(const char *category);
extern const char *quota_category_name(int number);

extern TimestampTz quota_take(const QuotaOwner *owner, const char *category,
							  TimestampTz now);
extern void quota_settle(const QuotaOwner *owner, const char *category,
						 TimestampTz taken_at, int sends, TimestampTz now);
extern void quota_learn(const QuotaOwner *owner, const char *category,
						TimestampTz sent_at, TimestampTz now, const char *limit,
						const char *remaining, const char *reset,
						int64 server_time);
extern void quota_hold(const QuotaOwner *owner, const char *category,
					   TimestampTz until);
extern bool quota_get(const QuotaOwner *owner, const char *category,
					  Quota *quota);

#endif							/* PINTEREST_QUOTA_H */
