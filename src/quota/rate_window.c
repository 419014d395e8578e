/*-------------------------------------------------------------------------
 *
 * rate_window.c
 *		  How many requests a fixed window of time still takes.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/quota/rate_window.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "api/api_wait.h"
#include "quota/rate_window.h"
#include "util/strings.h"

/* A clock that goes back by more than this was set, not read out of turn. */
#define CLOCK_SLACK (60 * USECS_PER_SEC)

/*
 * Seconds until a reset are rounded up, and are on their way for a while: an
 * end that seems to be later by no more than this is the same.
 */
#define RESET_SLACK (3 * USECS_PER_SEC / 2)

static TimestampTz
window_length(const RateWindow *window)
{
	return window->policy.window_s * USECS_PER_SEC;
}

static void
open_window(RateWindow *window, TimestampTz now)
{
	window->used = 0;
	window->opened = now;
	window->start = now;
	window->confirmed = false;
}

/* Forgets a window that is over, or that a clock set back has put ahead. */
static void
forget_past(RateWindow *window, TimestampTz now)
{
	if (window->opened == 0 ||
		(now < rate_window_end(window) && now >= window->opened - CLOCK_SLACK))
		return;
	window->used = 0;
	window->opened = 0;
}

/* When the current window is over; 0: there is none. */
TimestampTz
rate_window_end(const RateWindow *window)
{
	return window->opened == 0 ? 0 : window->start + window_length(window);
}

/* How many requests the current window still takes, a hold aside: 0 or more. */
int
rate_window_remaining(const RateWindow *window)
{
	return Max(window->policy.quota - window->used, 0);
}

/*
 * 0 if a request may be sent now; else when to ask again, which is later than
 * now.  Charges nothing.
 */
TimestampTz
rate_window_free_at(RateWindow *window, TimestampTz now)
{
	if (window->hold_until <= now ||
		window->hold_until > now + MAX_WINDOW_SECONDS * USECS_PER_SEC)
		window->hold_until = 0;
	forget_past(window, now);
	return rate_window_remaining(window) > 0 ? window->hold_until :
		Max(window->hold_until, rate_window_end(window));
}

/* Counts a request that is sent now; the caller has asked rate_window_free_at(). */
void
rate_window_charge(RateWindow *window, TimestampTz now)
{
	if (window->opened == 0)
		open_window(window, now);
	/* another process may have read its clock later and have come first */
	window->opened = Min(window->opened, now);
	window->used++;
}

/* Takes back what was charged at a time, unless that was to an earlier window. */
void
rate_window_give_back(RateWindow *window, TimestampTz charged_at)
{
	if (window->opened != 0 && charged_at >= window->opened && window->used > 0)
		window->used--;
}

/*
 * Lets nothing pass before a time, or before the one of an earlier call if that
 * is later; a hold beyond MAX_WINDOW_SECONDS is none.
 */
void
rate_window_hold(RateWindow *window, TimestampTz until)
{
	window->hold_until = Max(window->hold_until, until);
}

/*
 * Takes note that the request charged at sent_at was answered now.
 *
 * The server's window begins with the first request that it gets, which is
 * before the first response is here: by then the start is known well enough.
 * A response to a request that was sent before the window (or when the last
 * one is over) may have been counted in the server's next window already, and
 * is charged again.
 */
void
rate_window_confirm(RateWindow *window, TimestampTz sent_at, TimestampTz now)
{
	forget_past(window, now);
	if (window->opened == 0)
		open_window(window, now);
	else if (sent_at >= window->opened)
	{
		if (!window->confirmed)
			window->start = now;
		window->confirmed = true;
		return;
	}
	window->used++;
}

/*
 * Corrects the window that a response's headers are about, after
 * rate_window_confirm().  Headers of a request that was sent before the current
 * window say nothing about it.
 */
void
rate_window_correct(RateWindow *window, TimestampTz sent_at, TimestampTz now,
					const RateLimitHeaders *news)
{
	TimestampTz later;
	int			used;

	if (window->opened == 0 || sent_at < window->opened)
		return;
	used = news->remaining < 0 ? 0 : Max(window->policy.quota - news->remaining, 0);
	if (news->reset_s >= 0)
	{
		/* 0 is less than a second: a server that rounds down must not win */
		later = now + Max(news->reset_s, 1) * USECS_PER_SEC - rate_window_end(window);
		if (later < 0 || later > RESET_SLACK)
			window->start += later;

		/*
		 * The server has begun another window, and what is under way will be
		 * charged to it with the response.
		 */
		if (later > Max(window_length(window) / 2, RESET_SLACK) && news->remaining >= 0)
		{
			window->opened = now;
			window->used = used;
		}
	}
	window->used = Max(window->used, used);
}

/* ---------- headers ---------- */

/* The count that a text begins with; -1: none, or one that is too large. */
static int
leading_count(const char *text, const char **end)
{
	int64		number = leading_number(text, end);

	return number > PG_INT32_MAX ? -1 : (int) number;
}

static const char *
skip_blanks(const char *text)
{
	while (*text == ' ' || *text == '\t')
		text++;
	return text;
}

static int
header_number(const char *value)
{
	return value == NULL ? -1 : leading_count(skip_blanks(value), NULL);
}

/*
 * What the values of x-ratelimit-limit, -remaining and -reset say, at a time of
 * the server's clock (seconds since 1970).  Each may be NULL or nonsense.
 */
RateLimitHeaders
rate_limit_headers(const char *limit, const char *remaining, const char *reset,
				   int64 server_time)
{
	return (RateLimitHeaders)
	{
		.limit = header_number(limit),
		.remaining = header_number(remaining),
		.reset_s = reset_seconds(reset, server_time)
	};
}

/* The next of the separators that is not quoted, or the end of the text. */
static const char *
next_separator(const char *text, const char *separators)
{
	bool		quoted = false;

	for (; *text != '\0'; text++)
	{
		if (*text == '"')
			quoted = !quoted;
		else if (!quoted && strchr(separators, *text) != NULL)
			break;
	}
	return text;
}

/* Whether a quoted name begins with a word, the words being joined by "_". */
static bool
is_named(const char *quoted, const char *word)
{
	size_t		len = strlen(word);

	return *quoted == '"' && strncmp(quoted + 1, word, len) == 0 &&
		(quoted[len + 1] == '_' || quoted[len + 1] == '"');
}

/*
 * Reads the first policy in text, N;w=SECONDS;name="NAME".  True if it is the
 * one of that name, and makes sense.
 */
static bool
read_policy(const char *text, const char *name, QuotaPolicy *policy)
{
	const char *at;
	bool		named = false;

	policy->quota = leading_count(skip_blanks(text), &at);
	policy->window_s = -1;
	for (at = next_separator(at, ",;"); *at == ';'; at = next_separator(at, ",;"))
	{
		at = skip_blanks(at + 1);
		if (strncmp(at, "w=", 2) == 0)
			policy->window_s = leading_count(at + 2, NULL);
		else if (strncmp(at, "name=", 5) == 0)
			named = is_named(at + 5, name);
	}
	return named && policy->quota >= 1 &&
		policy->window_s >= 1 && policy->window_s <= MAX_WINDOW_SECONDS;
}

/*
 * The policy of that name, or whose name begins with that word, in the value
 * of x-ratelimit-limit (which may be NULL or nonsense): a number, and then
 * policies, separated by commas.  False: there is none, and *policy stays.
 */
bool
quota_policy(const char *limit, const char *name, QuotaPolicy *policy)
{
	const char *at = limit == NULL ? "" : next_separator(limit, ",");

	for (; *at == ','; at = next_separator(at + 1, ","))
	{
		QuotaPolicy read;

		if (!read_policy(at + 1, name, &read))
			continue;
		*policy = read;
		return true;
	}
	return false;
}
