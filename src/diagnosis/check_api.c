/*-------------------------------------------------------------------------
 *
 * check_api.c
 *		  pinterest_fdw.check(): what the API says to a user's token.
 *
 * GET /user_account and GET /ad_accounts are asked for once, within the quota;
 * their responses tell the rest: the clock, and what is left of the quotas.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/diagnosis/check_api.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_foreign_table.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "auth/renew.h"
#include "diagnosis/check_private.h"
#include "json/json_document.h"
#include "streams/stream_lookup.h"

/* A refresh token that ends within this time needs a person soon. */
#define REFRESH_TOKEN_SOON (7 * USECS_PER_DAY)

/* Clocks further apart than this, in seconds. */
#define SKEW_WARNING 30
#define SKEW_ERROR 300

/* Step: gets the token, renewed where that is due. */
static void
open_credentials(Check *check)
{
	check->credentials = auth_open(GetUserId(), check->server->serverid);
	check->token = auth_token(check->credentials);
}

/* ---------- the API and the token ---------- */

/* After GET /user_account. */
static void
put_host(const Check *check, const char *url)
{
	const CheckResponse *response = &check->response;
	const char *host = strstr(url, "://") + strlen("://");

	host = pnstrdup(host, strcspn(host, "/"));
	if (response->transfer == NULL)
		check_put(check, "host", CHECK_UNKNOWN, check_failure_text(check, url), "Try again then.");
	else if (!check_is_answered(check))
		check_put(check, "host", CHECK_ERROR,
				  psprintf("%s: %s", host, check_failure_text(check, url)),
				  "Check the network, and server options \"base_url\", \"proxy\", \"ca_file\" and \"connect_timeout\".");
	else
		check_put(check, "host", CHECK_OK,
				  psprintf("%s answered in %ld ms.", host,
						   (long) ((response->answered_at - response->sent_at) / 1000)), NULL);
}

/* How each TokenKind gets another token. */
static const char *const token_hints[] = {
	[TOKEN_GIVEN] = "Set a new one with ALTER USER MAPPING ... OPTIONS (SET access_token '...').",
	[TOKEN_FILE] = "Have the program that writes option \"access_token_file\" renew it.",
	[TOKEN_ENVIRONMENT] = "Restart the server with a new one in the variable of option \"token_env\".",
	[TOKEN_REFRESHED] = "Connect anew with pinterest_fdw.connect() or script/connect.",
	[TOKEN_CLIENT] = "Check the app's id and secret in the user mapping.",
};

/* A token that works: until when, and whose it is. */
static void
put_valid_token(const Check *check)
{
	const Mapping *mapping = check->mapping;
	TimestampTz ends = mapping->access_token_expires_at;
	const char *user = json_document_string(check->response.body, check->response.len, "username");
	const char *until = ends ? psprintf("until %s", check_time_text(ends)) : "until an unknown time";

	if (user == NULL)
		check_put(check, "access token", CHECK_UNKNOWN,
				  "GET /user_account was answered with something else than a user account.",
				  "Check server options \"base_url\" and \"proxy\".");
	else if (mapping->renewal_failed_at != 0)
		check_put(check, "access token", CHECK_WARNING,
				  psprintf("Valid %s, of user \"%s\". Its last renewal failed at %s: %s", until,
						   check_shown(check, user, strlen(user)), check_time_text(mapping->renewal_failed_at),
						   mapping->renewal_error ? mapping->renewal_error : "for an unknown reason"),
				  token_hints[mapping->kind]);
	else
		check_put(check, "access token", CHECK_OK,
				  psprintf("Valid %s, of user \"%s\".", until, check_shown(check, user, strlen(user))), NULL);
}

/* After GET /user_account. */
static void
put_token(const Check *check, const char *url)
{
	const ApiFailure *failure = check->response.failure;
	long		status = check_is_answered(check) ? http_status(check->response.transfer) : 0;

	if (check->no_token != NULL)
		check_put_error(check, "access token", CHECK_ERROR, check->no_token);
	else if (check->response.transfer == NULL || status == 0)
		check_put(check, "access token", CHECK_UNKNOWN, check_failure_text(check, url), NULL);
	else if (failure == NULL)
		put_valid_token(check);
	else if (api_failure_action(failure) == API_RENEW)
		check_put(check, "access token", CHECK_ERROR, check_failure_text(check, url),
				  token_hints[check->mapping->kind]);
	else if (status == 401 || status == 403)
		check_put(check, "access token", CHECK_WARNING,
				  psprintf("It does not tell whose it is: %s", check_failure_text(check, url)),
				  "Check the scopes of the token, and the access of the app.");
	else
		check_put(check, "access token", CHECK_UNKNOWN, check_failure_text(check, url), "Try again later.");
}

static void
put_refresh_token(const Check *check)
{
	static const char renewal[] = "Renew it with pinterest_fdw.renew_token(), or connect anew with pinterest_fdw.connect().";
	TimestampTz ends = check->mapping->refresh_token_expires_at;
	TimestampTz now = GetCurrentTimestamp();

	if (check->mapping->kind != TOKEN_REFRESHED || check->mapping->refresh_token == NULL)
		return;
	if (ends == 0)
		check_put(check, "refresh token", CHECK_UNKNOWN, "Its end is not known.", NULL);
	else if (ends <= now)
		check_put(check, "refresh token", CHECK_ERROR, psprintf("It has ended at %s.", check_time_text(ends)),
				  token_hints[TOKEN_REFRESHED]);
	else
		check_put(check, "refresh token", ends - now < REFRESH_TOKEN_SOON ? CHECK_WARNING : CHECK_OK,
				  psprintf("Valid until %s.", check_time_text(ends)),
				  ends - now < REFRESH_TOKEN_SOON ? renewal : NULL);
}

/* ---------- clocks ---------- */

/* After GET /user_account. */
static void
put_clock(const Check *check)
{
	const CheckResponse *response = &check->response;
	int64		date = check_is_answered(check) ? http_header_date(response->transfer, "date") : -1;
	TimestampTz theirs;
	int64		skew = 0;		/* seconds that they are ahead */
	int64		distance;

	if (date < 0)
	{
		check_put(check, "clock", CHECK_UNKNOWN, "The API has not told its time.", NULL);
		return;
	}
	/* the header has no fractions, and was written while we waited */
	theirs = time_t_to_timestamptz((pg_time_t) date);
	if (theirs > response->answered_at)
		skew = (theirs - response->answered_at) / USECS_PER_SEC;
	else if (theirs + USECS_PER_SEC < response->sent_at)
		skew = (theirs + USECS_PER_SEC - response->sent_at) / USECS_PER_SEC;
	distance = Max(skew, -skew);
	check_put(check, "clock",
			  distance > SKEW_ERROR ? CHECK_ERROR :
			  distance > SKEW_WARNING ? CHECK_WARNING : CHECK_OK,
			  distance == 0 ? "The API's clock agrees with this server's." :
			  psprintf("The API's clock is " INT64_FORMAT " seconds %s this server's.",
					   distance, skew > 0 ? "ahead of" : "behind"),
			  distance > SKEW_WARNING ? "Have this server's clock set by NTP: dates and the ends of tokens depend on it." : NULL);
}

/* ---------- quotas ---------- */

static void
put_quota(const Check *check, const char *name, const char *category)
{
	Quota		quota;

	if (!quota_get(&check->owner, category, &quota))
		return;
	if (quota.resets_at == 0)
		check_put(check, name, CHECK_OK, "unused so far", NULL);
	else
		check_put(check, name, quota.remaining > 0 ? CHECK_OK : CHECK_WARNING,
				  psprintf("%d of %d left until %s", quota.remaining, quota.policy.quota, check_clock_text(quota.resets_at)),
				  quota.remaining > 0 ? NULL : "Queries wait until then.");
}

/* Trial access has one quota for all categories. */
static void
put_quotas(const Check *check)
{
	const char *category;

	if (check->owner.tier == TIER_TRIAL)
	{
		put_quota(check, "quota of the day", quota_category_name(0));
		return;
	}
	for (int i = 0; (category = quota_category_name(i)) != NULL; i++)
		put_quota(check, psprintf("quota %s", category), category);
}

/* ---------- all of it ---------- */

/*
 * Asks the API, and puts the rows for what it says: host, tokens, scopes,
 * clock, ad accounts and quotas.  Takes the check as check.c has filled it.
 */
void
check_api(Check *check)
{
	const char *url = psprintf("%s/user_account", check->options->base_url);
	const Mapping *again;

	check->no_token = check_attempt(check, open_credentials);
	check_ask(check, find_stream("user_account"), url);

	/* a renewal may have changed it, successful or not */
	again = renew_read_again(check->mapping);
	if (again != NULL)
		check->mapping = again;
	put_host(check, url);
	put_token(check, url);
	put_refresh_token(check);
	put_scopes(check);
	put_clock(check);
	put_accounts(check);
	put_quotas(check);
}
