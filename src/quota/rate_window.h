/*-------------------------------------------------------------------------
 *
 * rate_window.h
 *		  How many requests a fixed window of time still takes.
 *
 * The words are those of the IETF's RateLimit header fields
 * (draft-ietf-httpapi-ratelimit-headers): by its quota policy, a server takes a
 * quota of requests in a time window, of which some remain until its reset.
 * Pinterest's x-ratelimit-limit, -remaining and -reset are those fields as the
 * early drafts have them.
 *
 * A RateWindow follows a window that a server keeps and that nobody here sees:
 * it begins when the server gets the first request, takes so many, and is over
 * a fixed time later.  A RateWindow errs on the late side: it does not end
 * before the server's, or requests would be refused.
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

/* What a window takes: so many requests in so many seconds. */
typedef struct QuotaPolicy
{
	int			quota;			/* requests: 1 or more */
	int			window_s;		/* 1 to MAX_WINDOW_SECONDS */
} QuotaPolicy;

#define MAX_WINDOW_SECONDS (31 * 24 * 60 * 60)

typedef struct RateWindow
{
	QuotaPolicy policy;
	int			used;			/* in the current window */
	bool		confirmed;		/* start is no earlier than the server's */
	TimestampTz opened;			/* when its first request was sent; 0: there
								 * is no window */
	TimestampTz start;			/* opened until confirmed; the window ends
								 * policy.window_s after it */
	TimestampTz hold_until;		/* no request before; 0: not held */
} RateWindow;

/* What the headers of a response say; -1 in place of what they do not. */
typedef struct RateLimitHeaders
{
	int			limit;			/* the quota of the policy that is closest to
								 * being used up */
	int			remaining;		/* of that quota, in requests */
	int			reset_s;		/* seconds until its window is over */
} RateLimitHeaders;

extern TimestampTz rate_window_free_at(RateWindow *window, TimestampTz now);
extern void rate_window_charge(RateWindow *window, TimestampTz now);
extern void rate_window_give_back(RateWindow *window, TimestampTz charged_at);
extern void rate_window_hold(RateWindow *window, TimestampTz until);
extern TimestampTz rate_window_end(const RateWindow *window);
extern int	rate_window_remaining(const RateWindow *window);
extern void rate_window_confirm(RateWindow *window, TimestampTz sent_at, TimestampTz now);
extern void rate_window_correct(RateWindow *window, TimestampTz sent_at, TimestampTz now,
								const RateLimitHeaders *news);

extern RateLimitHeaders rate_limit_headers(const char *limit, const char *remaining,
										   const char *reset, int64 server_time);
extern bool quota_policy(const char *limit, const char *name, QuotaPolicy *policy);

#endif							/* PINTEREST_RATE_WINDOW_H */
