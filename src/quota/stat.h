/*-------------------------------------------------------------------------
 *
 * stat.h
 *		  What each owner has asked of the API, and what came of it.
 *
 * Counted by category, for view pinterest_fdw.stat.  None of these functions
 * raises an error, but the first call in a session may, where the shared memory
 * cannot be had.  A category that is NULL or unknown is not counted.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/quota/stat.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_STAT_H
#define PINTEREST_STAT_H

#include "quota/owner.h"

/* What is added to the counts of an owner's category. */
typedef struct StatDelta
{
	int64		requests;
	int64		rows;
	int64		bytes;
	int64		retries;
	int64		rate_limited;	/* responses with HTTP status 429 */
	int64		waited_ms;		/* for the rate limit */
} StatDelta;

extern void stat_init(void);
extern void stat_add(const QuotaOwner *owner, const char *category,
					 const StatDelta *delta);
extern void stat_error(const QuotaOwner *owner, const char *category,
					   const char *message, TimestampTz at);

#endif							/* PINTEREST_STAT_H */
