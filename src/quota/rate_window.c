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

#include "quota/rate_window.h"

/* A clock that goes back by more than this was set, not read out of turn. */
#define CLOCK_SLACK (60 * USECS_PER_SEC)

/*
 * Seconds until a reset are rounded up, and are on their way for a while: an
 * end that seems to be later by no more than this is the same.
 */
#define RESET_SLACK (3 * USECS_PER_SEC / 2)

static TimestampTz
window_length(const Bucket *bucket)
{
	return bucket->policy.window_s * USECS_PER_SEC;
}

static void
open_window(Bucket *bucket, TimestampTz now)
{
	bucket->used = 0;
	bucket->opened = now;
	bucket->start = now;
	bucket->confirmed = false;
}

/* Forgets a window that is over, or that a clock set back has put ahead. */
static void
forget_past(Bucket *bucket, TimestampTz now)
{
	if (bucket->opened == 0 ||
		(now < bucket_end(bucket) && now >= bucket->opened - CLOCK_SLACK))
		return;
	bucket->used = 0;
	bucket->opened = 0;
}

/* When the current window is over; 0: there is none. */
TimestampTz
bucket_end(const Bucket *bucket)
{
	return bucket->opened == 0 ? 0 : bucket->start + window_length(bucket);
}

/* How many requests the current window still takes, a hold aside. */
int
bucket_left(const Bucket *bucket)
{
	return Max(bucket->policy.limit - bucket->used, 0);
}

/*
 * 0 if a request may be sent now; else when to ask again, which is later than
 * now.  Charges nothing.
 */
TimestampTz
bucket_free_at(Bucket *bucket, TimestampTz now)
{
	if (bucket->hold_until <= now ||
		bucket->hold_until > now + MAX_WINDOW_SECONDS * USECS_PER_SEC)
		bucket->hold_until = 0;
	forget_past(bucket, now);
	return bucket_left(bucket) > 0 ? bucket->hold_until :
		Max(bucket->hold_until, bucket_end(bucket));
}

/* Counts a request that is sent now; the caller has asked bucket_free_at(). */
void
bucket_charge(Bucket *bucket, TimestampTz now)
{
	if (bucket->opened == 0)
		open_window(bucket, now);
	/* another process may have read its clock later and have come first */
	bucket->opened = Min(bucket->opened, now);
	bucket->used++;
}

/* Lets nothing pass before a time; a hold beyond MAX_WINDOW_SECONDS is none. */
void
bucket_hold(Bucket *bucket, TimestampTz until)
{
	bucket->hold_until = Max(bucket->hold_until, until);
}

/*
 * Takes note that the request charged at sent_at was answered now.
 *
 * The server's window begins with the first request that it gets, which is
 * before the first answer is here: by then the start is known well enough.
 * An answer to a request that was sent before the window (or when the last
 * one is over) may have been counted in the server's next window already, and
 * is charged again.
 */
void
bucket_answered(Bucket *bucket, TimestampTz sent_at, TimestampTz now)
{
	forget_past(bucket, now);
	if (bucket->opened == 0)
		open_window(bucket, now);
	else if (sent_at >= bucket->opened)
	{
		if (!bucket->confirmed)
			bucket->start = now;
		bucket->confirmed = true;
		return;
	}
	bucket->used++;
}

/*
 * Corrects the bucket that an answer's headers are about, after
 * bucket_answered().  Headers of a request that was sent before the current
 * window say nothing about it.
 */
void
bucket_correct(Bucket *bucket, TimestampTz sent_at, TimestampTz now,
			   const BucketNews *news)
{
	TimestampTz later;
	int			used;

	if (bucket->opened == 0 || sent_at < bucket->opened)
		return;
	used = news->remaining < 0 ? 0 : Max(bucket->policy.limit - news->remaining, 0);
	if (news->reset_s >= 0)
	{
		/* 0 is less than a second: a server that rounds down must not win */
		later = now + Max(news->reset_s, 1) * USECS_PER_SEC - bucket_end(bucket);
		if (later < 0 || later > RESET_SLACK)
			bucket->start += later;

		/*
		 * The server has begun another window, and what is under way will be
		 * charged to it with the answer.
		 */
		if (later > Max(window_length(bucket) / 2, RESET_SLACK) && news->remaining >= 0)
		{
			bucket->opened = now;
			bucket->used = used;
		}
	}
	bucket->used = Max(bucket->used, used);
}

/* ---------- headers ---------- */

/* The number that a text begins with; -1: none, or one that is too large. */
static int
leading_number(const char *text, const char **end)
{
	int64		number = 0;
	const char *at = text;

	while (*at >= '0' && *at <= '9' && number <= PG_INT32_MAX)
		number = number * 10 + (*at++ - '0');
	if (end != NULL)
		*end = at;
	return at == text || number > PG_INT32_MAX ? -1 : (int) number;
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
	return value == NULL ? -1 : leading_number(skip_blanks(value), NULL);
}

/*
 * The values of x-ratelimit-limit, -remaining and -reset.  Each may be NULL or
 * nonsense.
 */
BucketNews
bucket_news(const char *limit, const char *remaining, const char *reset)
{
	BucketNews	news = {
		.limit = header_number(limit),
		.remaining = header_number(remaining),
		.reset_s = header_number(reset)
	};

	if (news.reset_s > MAX_WINDOW_SECONDS)
		news.reset_s = -1;
	return news;
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
read_policy(const char *text, const char *name, BucketPolicy *policy)
{
	const char *at;
	bool		named = false;

	policy->limit = leading_number(skip_blanks(text), &at);
	policy->window_s = -1;
	for (at = next_separator(at, ",;"); *at == ';'; at = next_separator(at, ",;"))
	{
		at = skip_blanks(at + 1);
		if (strncmp(at, "w=", 2) == 0)
			policy->window_s = leading_number(at + 2, NULL);
		else if (strncmp(at, "name=", 5) == 0)
			named = is_named(at + 5, name);
	}
	return named && policy->limit >= 1 &&
		policy->window_s >= 1 && policy->window_s <= MAX_WINDOW_SECONDS;
}

/*
 * The policy of that name, or whose name begins with that word, in the value
 * of x-ratelimit-limit (which may be NULL or nonsense): a number, and then
 * policies, separated by commas.  False: there is none.
 */
bool
bucket_policy(const char *limit, const char *name, BucketPolicy *policy)
{
	const char *at = limit == NULL ? "" : next_separator(limit, ",");

	for (; *at == ','; at = next_separator(at + 1, ","))
	{
		BucketPolicy read;

		if (!read_policy(at + 1, name, &read))
			continue;
		*policy = read;
		return true;
	}
	return false;
}
