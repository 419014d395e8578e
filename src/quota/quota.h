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

#include "quota/owner.h"

/* How many categories there are; their numbers are 0 to this - 1. */
#define MAX_CATEGORIES 6

typedef struct Quota
{
	int			limit;
	int			left;			/* 0 to limit */
	int			window_s;
	TimestampTz resets_at;		/* 0: unused so far */
} Quota;

extern void quota_init(void);
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

#endif							/* PINTEREST_QUOTA_H */
