/*-------------------------------------------------------------------------
 *
 * api_wait.c
 *		  How long a response asks to wait.
 *
 * Servers, and what stands between them and us, tell it in the message, or in
 * Retry-After (RFC 9110: seconds, or a date).  x-ratelimit-reset, which comes
 * with all responses, tells when a quota is there again: in seconds, and with
 * some servers as a time.  Times are compared with the response's own Date, so
 * that our clock does not matter.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/api/api_wait.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "datatype/timestamp.h"

#include "api/api_wait.h"
#include "util/strings.h"
#include "value/value.h"

/*
 * Longer waits are not believed: for a quota, whose longest window is the day of
 * trial access, and for anything else.
 */
#define MAX_RESET_SECONDS SECS_PER_DAY
#define MAX_RETRY_SECONDS (31 * SECS_PER_DAY)

/* A time that is over for no longer than this may have been ahead when it was told. */
#define PAST_SECONDS 60

/* The seconds from now until a time; WAIT_NOT_TOLD: it is none that is near. */
static int
seconds_until(int64 time, int64 now, int most)
{
	int64		left = time - now;

	return left < -PAST_SECONDS || left > most ? WAIT_NOT_TOLD : (int) Max(left, 0);
}

/* What a number says: so many seconds, or a time since 1970. */
static int
seconds_of(int64 number, int64 now, int most)
{
	if (number <= most)
		return number < 0 ? WAIT_NOT_TOLD : (int) number;
	return seconds_until(number >= FIRST_MILLISECONDS ? number / 1000 : number, now, most);
}

/*
 * Seconds until the reset that a header's value (NULL: there is none) tells;
 * WAIT_NOT_TOLD where it tells none that can be.  server_time is the server's
 * now, in seconds since 1970.
 */
int
reset_seconds(const char *reset, int64 server_time)
{
	return reset == NULL ? WAIT_NOT_TOLD :
		seconds_of(leading_number(reset, NULL), server_time, MAX_RESET_SECONDS);
}

static int
retry_after_seconds(const HttpTransfer *transfer)
{
	static const char name[] = "retry-after";
	const char *value = http_header(transfer, name);
	int64		now = http_server_time(transfer);
	int64		number;

	if (value == NULL)
		return WAIT_NOT_TOLD;
	number = leading_number(value, NULL);
	return number >= 0 ? seconds_of(number, now, MAX_RETRY_SECONDS) :
		seconds_until(http_header_date(transfer, name), now, MAX_RETRY_SECONDS);
}

/*
 * How many seconds the API asks to wait before the request is sent again:
 * "Retry after N seconds" in its message, else its header.  WAIT_NOT_TOLD
 * where it does not, or names what cannot be.
 */
int
told_wait(const HttpTransfer *transfer, const char *message)
{
	static const char words[] = "Retry after ";
	const char *phrase = strstr(message, words);
	int			told = WAIT_NOT_TOLD;

	if (phrase != NULL)
		told = seconds_of(leading_number(phrase + strlen(words), NULL),
						  http_server_time(transfer), MAX_RETRY_SECONDS);
	return told == WAIT_NOT_TOLD ? retry_after_seconds(transfer) : told;
}
