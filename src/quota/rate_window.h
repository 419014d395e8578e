/*-------------------------------------------------------------------------
 *
 * rate_window.h
 *		  How many requests a fixed window of time still takes.
 *
 * A bucket follows a window that a server keeps and that nobody here sees:
 * the server's window begins when it gets the first request, takes so many,
 * and is over a fixed time later.  A bucket errs on the late side: its window
 * does not end before the server's, or requests would be refused.
 *
 * All of this is arithmetic: the caller says what time it is, and nothing
 * here allocates, locks or raises an error.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/quota/rate_window.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_RATE_WINDOW_H
#define PINTEREST_RATE_WINDOW_H

#include "datatype/timestamp.h"

/* What a bucket takes: limit requests in window_s seconds. */
typedef struct BucketPolicy
{
	int			limit;			/* 1 or more */
	int			window_s;		/* 1 to MAX_WINDOW_SECONDS */
} BucketPolicy;

#define MAX_WINDOW_SECONDS (31 * 24 * 60 * 60)

typedef struct Bucket
{
	BucketPolicy policy;
	int			used;			/* in the current window */
	bool		confirmed;		/* start is no earlier than the server's */
	TimestampTz opened;			/* when its first request was sent; 0: there is
								 * no window */
	TimestampTz start;			/* opened until confirmed; the window ends
								 * policy.window_s after it */
	TimestampTz hold_until;		/* no request before; 0: not held */
} Bucket;

/* What the headers of an answer say; -1 in place of what they do not. */
typedef struct BucketNews
{
	int			limit;			/* of the bucket closest to exhaustion */
	int			remaining;		/* in that bucket */
	int			reset_s;		/* seconds until that bucket's window is over */
} BucketNews;

extern TimestampTz bucket_free_at(Bucket *bucket, TimestampTz now);
extern void bucket_charge(Bucket *bucket, TimestampTz now);
extern void bucket_hold(Bucket *bucket, TimestampTz until);
extern TimestampTz bucket_end(const Bucket *bucket);
extern int	bucket_left(const Bucket *bucket);
extern void bucket_answered(Bucket *bucket, TimestampTz sent_at, TimestampTz now);
extern void bucket_correct(Bucket *bucket, TimestampTz sent_at, TimestampTz now,
						   const BucketNews *news);

extern BucketNews bucket_news(const char *limit, const char *remaining,
							  const char *reset);
extern bool bucket_policy(const char *limit, const char *name, BucketPolicy *policy);

#endif							/* PINTEREST_RATE_WINDOW_H */
