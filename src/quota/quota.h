/*-------------------------------------------------------------------------
 *
 * quota.h
 *		  The API's quotas, and what has been asked of it so far.
 *
 * Quotas and statistics are kept for each account, that is for each user
 * mapping, in memory that the sessions of the server share where they can
 * (see shared.h).
 *
 * A request's way: quota_take() until it says yes, with the time that is
 * then the request's sent_at; quota_learn() when its response has come, of
 * whatever status; quota_hold() where that is a refusal; stat_add() and
 * stat_error() for what came of it.  None of these raises an error, but the
 * first call in a session may, where the shared memory cannot be had.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/quota/quota.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_QUOTA_H
#define PINTEREST_QUOTA_H

#include "datatype/timestamp.h"

struct OwnerSlot;
struct SharedState;

/* Which quotas count. */
typedef enum AccessTier
{
	TIER_STANDARD,				/* those of the categories, and one of all
								 * requests in a second */
	TIER_TRIAL,					/* one of all requests in a day, and the
								 * latter */
	TIER_UNLIMITED				/* as TIER_STANDARD, counted but never held */
} AccessTier;

/* A user mapping of the current database. */
typedef struct QuotaOwner
{
	Oid			serverid;
	Oid			umid;
	Oid			umuser;			/* InvalidOid: PUBLIC */
	AccessTier	tier;
} QuotaOwner;

typedef struct Quota
{
	int			limit;
	int			left;			/* 0 to limit */
	int			window_s;
	TimestampTz resets_at;		/* 0: unused so far */
} Quota;

typedef struct StatDelta
{
	int64		requests;
	int64		rows;
	int64		bytes;
	int64		retries;
	int64		rate_limited;	/* responses with HTTP status 429 */
	int64		waited_ms;		/* for the rate limit */
} StatDelta;

extern int	quota_category_number(const char *category);
extern const char *quota_category_name(int number);

extern TimestampTz quota_take(const QuotaOwner *owner, const char *category,
							  TimestampTz now);
extern void quota_charge(const QuotaOwner *owner, const char *category,
						 int requests, TimestampTz now);
extern void quota_learn(const QuotaOwner *owner, const char *category,
						TimestampTz sent_at, TimestampTz now, const char *limit,
						const char *remaining, const char *reset);
extern void quota_hold(const QuotaOwner *owner, const char *category,
					   TimestampTz until);
extern bool quota_get(const QuotaOwner *owner, const char *category,
					  Quota *quota);

/* For stat.c; see shared.h. */
extern void quota_forget(struct OwnerSlot *slot, TimestampTz now);
extern struct OwnerSlot *quota_owner_slot(struct SharedState *state,
										  const QuotaOwner *owner, TimestampTz now);

/* stat.c */
extern void stat_add(const QuotaOwner *owner, const char *category,
					 const StatDelta *delta);
extern void stat_error(const QuotaOwner *owner, const char *category,
					   const char *message, TimestampTz at);

#endif							/* PINTEREST_QUOTA_H */
