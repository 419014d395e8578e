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

/* What an answer must not show. */
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
	Secrets	secrets = check_secrets(check);

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

/* Learns from the answer what is left, and counts it. */
static void
note_answer(const Check *check, const char *category)
{
	const Answer *answer = &check->answer;
	const HttpTransfer *transfer = answer->transfer;
	int			resends = http_resends(transfer);
	StatDelta	delta = {
		.requests = 1 + resends, .retries = resends, .bytes = (int64) http_bytes(transfer)
	};

	if (resends > 0)
		limit_charge(&check->account, category, resends, answer->answered_at);
	if (http_outcome(transfer) == HTTP_ANSWERED)
	{
		limit_learn(&check->account, category, answer->sent_at, answer->answered_at,
					http_header(transfer, "x-ratelimit-limit"),
					http_header(transfer, "x-ratelimit-remaining"),
					http_header(transfer, "x-ratelimit-reset"));
		delta.rate_limited = http_status(transfer) == 429;
	}
	stat_add(&check->account, category, &delta);
	if (answer->failure == NULL)
		return;
	stat_error(&check->account, category, api_failure_problem(answer->failure),
			   answer->answered_at);
	if (api_failure_action(answer->failure) == API_WAIT)
		limit_hold(&check->account, category, answer->answered_at +
				   (TimestampTz) api_failure_wait(answer->failure) * USECS_PER_SEC);
}

/*
 * Sends a stream's request unless its quota is used up; what came of it is the
 * check's answer, until the next call.
 */
static void
ask_once(Check *check, const Stream *stream, const char *url)
{
	HttpRequest request = {.url = url, .bearer_token = check->token};
	Answer	   *answer = &check->answer;
	Secrets	secrets = check_secrets(check);
	MemoryContext context;

	if (answer->transfer != NULL)
		http_release(answer->transfer);
	memset(answer, 0, sizeof(Answer));
	MemoryContextReset(check->scratch);
	answer->sent_at = GetCurrentTimestamp();
	answer->held_until = limit_take(&check->account, stream->category, answer->sent_at);
	if (answer->held_until != 0)
		return;
	context = MemoryContextSwitchTo(check->scratch);
	answer->transfer = call_api(check->client, &request, &answer->body, &answer->len);
	answer->answered_at = GetCurrentTimestamp();
	answer->failure = api_failure(answer->transfer, &secrets);
	MemoryContextSwitchTo(context);
	note_answer(check, stream->category);
}

/* The same, once more with another token where the API has refused this one. */
void
check_ask(Check *check, const Stream *stream, const char *url)
{
	ask_once(check, stream, url);
	if (check->token == NULL || check->answer.failure == NULL ||
		api_failure_action(check->answer.failure) != API_RENEW)
		return;
	check->no_token = check_attempt(check, replace_token);
	if (check->no_token == NULL && check->has_other_token)
		ask_once(check, stream, url);
}

/* What became of a request that brought nothing, palloc'd. */
char *
check_failure_text(const Check *check, const char *url)
{
	const Answer *answer = &check->answer;

	if (answer->held_until != 0)
		return psprintf("Nothing was asked: the API's quota is used up until %s.",
						check_clock_text(answer->held_until));
	return psprintf("%s: %s", api_failure_problem(answer->failure),
					api_failure_detail(answer->failure, "GET", url, 1));
}

/* Whether the last request brought an answer of whatever kind. */
bool
check_is_answered(const Check *check)
{
	return check->answer.transfer != NULL &&
		http_outcome(check->answer.transfer) == HTTP_ANSWERED;
}

/* Whether, after the last answer, there is any use in another request. */
bool
check_may_ask_more(const Check *check)
{
	const ApiFailure *failure = check->answer.failure;

	return check->token != NULL && check->no_token == NULL &&
		(check->answer.held_until != 0 || check_is_answered(check)) &&
		(failure == NULL || api_failure_action(failure) != API_RENEW);
}
