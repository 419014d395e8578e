/*-------------------------------------------------------------------------
 *
 * check_request.c
 *		  Requests of the diagnosis, and what became of them.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/diagnosis/check_request.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "diagnosis/check_private.h"
#include "http/http_call.h"
#include "quota/metering.h"
#include "quota/stat.h"

/* A time in whole seconds, palloc'd. */
char *
check_time_text(TimestampTz time)
{
	return pstrdup(timestamptz_to_str(time - time % USECS_PER_SEC));
}

/* The time of day of a time, palloc'd. */
char *
check_clock_text(TimestampTz time)
{
	struct pg_tm tm;
	fsec_t		fraction;
	int			zone;

	if (timestamp2tm(time, &zone, &tm, &fraction, NULL, NULL) != 0)
		return check_time_text(time);
	return psprintf("%02d:%02d:%02d", tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* What a response must not show. */
static Secrets
check_secrets(const Check *check)
{
	return (Secrets)
	{
		.words = check->credentials ? auth_secrets(check->credentials) : NULL
	};
}

/* Text of the API fit for a row, palloc'd. */
char *
check_shown(const Check *check, const char *text, size_t len)
{
	Secrets		secrets = check_secrets(check);

	return presentable_text(text, len, len, &secrets);
}

/* Step: gets another token in place of a refused one. */
static void
replace_token(Check *check)
{
	check->has_other_token = auth_token_refused(check->credentials, check->token);
	if (check->has_other_token)
		check->token = auth_token(check->credentials);
}

/*
 * Sends a stream's request unless its quota is used up; what came of it is the
 * check's response, until the next call.
 */
static void
ask_once(Check *check, const Stream *stream, const char *url)
{
	HttpRequest request = {.url = url, .bearer_token = check->token};
	CheckResponse *response = &check->response;
	Meter		meter = {.owner = check->owner, .category = stream->category};
	Secrets		secrets = check_secrets(check);
	MemoryContext context;

	if (response->transfer != NULL)
		http_release(response->transfer);
	memset(response, 0, sizeof(CheckResponse));
	MemoryContextReset(check->scratch);
	response->sent_at = GetCurrentTimestamp();
	response->held_until = quota_take(&check->owner, stream->category, response->sent_at);
	if (response->held_until != 0)
		return;
	meter.taken_at = response->sent_at;
	meter_request(&request, &meter);
	context = MemoryContextSwitchTo(check->scratch);
	response->transfer = call_api(check->client, &request, &response->body, &response->len);
	response->answered_at = GetCurrentTimestamp();
	meter_response(response->transfer);
	response->failure = api_failure(response->transfer, &secrets);
	MemoryContextSwitchTo(context);
	if (response->failure != NULL)
		meter_failure(&check->owner, stream->category, response->failure);
}

/* Whether the API has refused the token, and another may do. */
static bool
is_token_refused(const Check *check)
{
	return check->token != NULL && check->response.failure != NULL &&
		api_failure_action(check->response.failure) == API_RENEW;
}

/*
 * Like ask_once(), but asks once more with another token where the API has
 * refused this one.  As in scans, only a failure that remains in the end is kept
 * as the last error of the statistics.
 */
void
check_ask(Check *check, const Stream *stream, const char *url)
{
	const CheckResponse *response = &check->response;

	ask_once(check, stream, url);
	if (is_token_refused(check))
	{
		check->no_token = check_attempt(check, replace_token);
		if (check->no_token != NULL)
			return;
		if (check->has_other_token)
		{
			meter_retry(&check->owner, stream->category);
			ask_once(check, stream, url);
		}
	}
	if (response->failure != NULL)
		stat_error(&check->owner, stream->category, api_failure_problem(response->failure),
				   response->answered_at);
}

/* What became of a request that brought nothing, palloc'd. */
char *
check_failure_text(const Check *check, const char *url)
{
	const CheckResponse *response = &check->response;

	if (response->held_until != 0)
		return psprintf("Nothing was asked: the API's quota is used up until %s.",
						check_clock_text(response->held_until));
	return psprintf("%s: %s", api_failure_problem(response->failure),
					api_failure_detail(response->failure, "GET", url, 1));
}

/* Whether the last request brought a response of whatever kind. */
bool
check_is_answered(const Check *check)
{
	return check->response.transfer != NULL &&
		http_outcome(check->response.transfer) == HTTP_ANSWERED;
}

/* Whether, after the last response, there is any use in another request. */
bool
check_may_ask_more(const Check *check)
{
	const ApiFailure *failure = check->response.failure;

	return check->token != NULL && check->no_token == NULL &&
		(check->response.held_until != 0 || check_is_answered(check)) &&
		(failure == NULL || api_failure_action(failure) != API_RENEW);
}
