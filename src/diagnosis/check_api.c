/*-------------------------------------------------------------------------
 *
 * check_api.c
 *		  pinterest_fdw.check(): what the API says to a user's token.
 *
 * GET /user_account and GET /ad_accounts are asked for once, within the quota;
 * their answers tell the rest: the clock, and what is left of the quotas.
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
#include "http/http_call.h"
#include "json/json_document.h"
#include "streams/stream_lookup.h"
#include "util/strings.h"
#include "util/url_encode.h"

/* What is shown at most: of accounts, and of the tables that need a scope. */
#define MAX_ACCOUNT_ROWS 100
#define MAX_TABLES_SHOWN 3

/* A refresh token that ends within this time needs a person soon. */
#define REFRESH_TOKEN_SOON (7 * USECS_PER_DAY)

/* Clocks further apart than this, in seconds. */
#define SKEW_WARNING 30
#define SKEW_ERROR 300

/* One ad account that the token sees. */
typedef struct AccountLine
{
	char	   *id;
	char	   *name;
	char	   *roles;
	char	   *currency;
} AccountLine;

/* A scope, and which tables need it. */
typedef struct ScopeNeed
{
	const char *scope;
	StringInfoData tables;
	int			count;
} ScopeNeed;

/* ---------- texts ---------- */

/* A time in whole seconds, palloc'd. */
static char *
time_text(TimestampTz time)
{
	return pstrdup(timestamptz_to_str(time - time % USECS_PER_SEC));
}

/* The time of day of a time, palloc'd. */
static char *
clock_text(TimestampTz time)
{
	struct pg_tm tm;
	fsec_t		fraction;
	int			zone;

	if (timestamp2tm(time, &zone, &tm, &fraction, NULL, NULL) != 0)
		return time_text(time);
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
static char *
shown(const Check *check, const char *text, size_t len)
{
	Secrets	secrets = check_secrets(check);

	return presentable_text(text, len, len, &secrets);
}

/* ---------- the token ---------- */

/* Step: gets the token, renewed where that is due. */
static void
open_credentials(Check *check)
{
	check->credentials = auth_open(GetUserId(), check->server->serverid);
	check->token = auth_token(check->credentials);
}

/* Step: gets another token in place of a refused one. */
static void
replace_token(Check *check)
{
	check->has_other_token = auth_token_refused(check->credentials, check->token);
	if (check->has_other_token)
		check->token = auth_token(check->credentials);
}

/* ---------- requests ---------- */

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
static void
ask(Check *check, const Stream *stream, const char *url)
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
static char *
failure_text(const Check *check, const char *url)
{
	const Answer *answer = &check->answer;

	if (answer->held_until != 0)
		return psprintf("Nothing was asked: the API's quota is used up until %s.",
						clock_text(answer->held_until));
	return psprintf("%s: %s", api_failure_problem(answer->failure),
					api_failure_detail(answer->failure, "GET", url, 1));
}

/* Whether the last request brought an answer of whatever kind. */
static bool
is_answered(const Check *check)
{
	return check->answer.transfer != NULL &&
		http_outcome(check->answer.transfer) == HTTP_ANSWERED;
}

/* Whether, after the last answer, there is any use in another request. */
static bool
may_ask_more(const Check *check)
{
	const ApiFailure *failure = check->answer.failure;

	return check->token != NULL && check->no_token == NULL &&
		(check->answer.held_until != 0 || is_answered(check)) &&
		(failure == NULL || api_failure_action(failure) != API_RENEW);
}

/* ---------- the API and the token ---------- */

/* After GET /user_account. */
static void
put_host(const Check *check, const char *url)
{
	const Answer *answer = &check->answer;
	const char *host = strstr(url, "://") + strlen("://");

	host = pnstrdup(host, strcspn(host, "/"));
	if (answer->transfer == NULL)
		check_put(check, "host", CHECK_UNKNOWN, failure_text(check, url), "Try again then.");
	else if (!is_answered(check))
		check_put(check, "host", CHECK_ERROR,
				  psprintf("%s: %s", host, failure_text(check, url)),
				  "Check the network, and server options \"base_url\", \"proxy\", \"ca_file\" and \"connect_timeout\".");
	else
		check_put(check, "host", CHECK_OK,
				  psprintf("%s answered in %ld ms.", host,
						   (long) ((answer->answered_at - answer->sent_at) / 1000)), NULL);
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
	const char *user = json_document_string(check->answer.body, check->answer.len, "username");
	const char *until = ends ? psprintf("until %s", time_text(ends)) : "until an unknown time";

	if (user == NULL)
		check_put(check, "access token", CHECK_UNKNOWN,
				  "GET /user_account was answered with something else than a user account.",
				  "Check server options \"base_url\" and \"proxy\".");
	else if (mapping->renewal_failed_at != 0)
		check_put(check, "access token", CHECK_WARNING,
				  psprintf("Valid %s, of user \"%s\". Its last renewal failed at %s: %s", until,
						   shown(check, user, strlen(user)), time_text(mapping->renewal_failed_at),
						   mapping->renewal_error ? mapping->renewal_error : "for an unknown reason"),
				  token_hints[mapping->kind]);
	else
		check_put(check, "access token", CHECK_OK,
				  psprintf("Valid %s, of user \"%s\".", until, shown(check, user, strlen(user))), NULL);
}

/* After GET /user_account. */
static void
put_token(const Check *check, const char *url)
{
	const ApiFailure *failure = check->answer.failure;
	long		status = is_answered(check) ? http_status(check->answer.transfer) : 0;

	if (check->no_token != NULL)
		check_put(check, "access token", CHECK_ERROR, check_error_text(check->no_token), check->no_token->hint);
	else if (check->answer.transfer == NULL || status == 0)
		check_put(check, "access token", CHECK_UNKNOWN, failure_text(check, url), NULL);
	else if (failure == NULL)
		put_valid_token(check);
	else if (api_failure_action(failure) == API_RENEW)
		check_put(check, "access token", CHECK_ERROR, failure_text(check, url),
				  token_hints[check->mapping->kind]);
	else if (status == 401 || status == 403)
		check_put(check, "access token", CHECK_WARNING,
				  psprintf("It does not tell whose it is: %s", failure_text(check, url)),
				  "Check the scopes of the token, and the access of the app.");
	else
		check_put(check, "access token", CHECK_UNKNOWN, failure_text(check, url), "Try again later.");
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
		check_put(check, "refresh token", CHECK_ERROR, psprintf("It has ended at %s.", time_text(ends)),
				  token_hints[TOKEN_REFRESHED]);
	else
		check_put(check, "refresh token", ends - now < REFRESH_TOKEN_SOON ? CHECK_WARNING : CHECK_OK,
				  psprintf("Valid until %s.", time_text(ends)),
				  ends - now < REFRESH_TOKEN_SOON ? renewal : NULL);
}

/* ---------- scopes ---------- */

/* The foreign tables of a server in this database, as a list of OIDs. */
static List *
tables_of_server(Oid serverid)
{
	Relation	catalog = table_open(ForeignTableRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, NULL, 0, NULL);
	List	   *relids = NIL;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_foreign_table form = (Form_pg_foreign_table) GETSTRUCT(tuple);

		if (form->ftserver == serverid)
			relids = lappend_oid(relids, form->ftrelid);
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return relids;
}

static void
add_need(Check *check, const char *scope, Oid relid)
{
	ScopeNeed  *need = NULL;
	ListCell   *cell;

	foreach(cell, check->needs)
		if (strcmp(((ScopeNeed *) lfirst(cell))->scope, scope) == 0)
			need = lfirst(cell);
	if (need == NULL)
	{
		need = palloc0(sizeof(ScopeNeed));
		need->scope = scope;
		initStringInfo(&need->tables);
		check->needs = lappend(check->needs, need);
	}
	if (need->count++ < MAX_TABLES_SHOWN)
		appendStringInfo(&need->tables, "%s%s", need->count > 1 ? ", " : "",
						 quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)),
													get_rel_name(relid)));
}

/* Step: finds out which scopes the server's tables need. */
static void
collect_needs(Check *check)
{
	List	   *relids = tables_of_server(check->server->serverid);
	ListCell   *cell;

	foreach(cell, relids)
	{
		const Stream *stream;

		/* not one that was dropped since */
		if (!SearchSysCacheExists1(FOREIGNTABLEREL, ObjectIdGetDatum(lfirst_oid(cell))) ||
			get_rel_name(lfirst_oid(cell)) == NULL)
			continue;
		stream = get_table_options(lfirst_oid(cell))->stream;

		for (const char *const *scope = stream->scopes; scope && *scope; scope++)
			add_need(check, *scope, lfirst_oid(cell));
	}
}

/* Whether a list of scopes, with commas or spaces between, has one. */
static bool
grants(const char *granted, const char *scope)
{
	static const char separators[] = ", ";

	while (*granted != '\0')
	{
		size_t		len = strcspn(granted, separators);

		if (len == strlen(scope) && memcmp(granted, scope, len) == 0)
			return true;
		granted += len;
		granted += strspn(granted, separators);
	}
	return false;
}

/* The scopes that the tables need, palloc'd; "" for none. */
static char *
needed_scopes(const Check *check)
{
	StringInfoData text;
	ListCell   *cell;

	initStringInfo(&text);
	foreach(cell, check->needs)
		appendStringInfo(&text, "%s%s", text.len > 0 ? ", " : "",
						 ((const ScopeNeed *) lfirst(cell))->scope);
	return text.data;
}

/* Returns whether there is a row: the scope is not granted. */
static bool
put_missing_scope(const Check *check, const ScopeNeed *need)
{
	const char *tables = need->tables.data;

	if (grants(check->mapping->granted_scope, need->scope))
		return false;
	if (need->count > MAX_TABLES_SHOWN)
		tables = psprintf("%s and %d more", tables, need->count - MAX_TABLES_SHOWN);
	check_put(check, "scopes", CHECK_WARNING,
			  psprintf("%s is not granted; needed by %s.", need->scope, tables),
			  check->mapping->kind == TOKEN_CLIENT ?
			  "Add it to option \"scope\" of the user mapping if these are to be read." :
			  "Connect anew with this scope, too, if these are to be read.");
	return true;
}

static void
put_scopes(Check *check)
{
	const ErrorData *error = check_attempt(check, collect_needs);
	bool		is_missing = false;
	ListCell   *cell;

	if (error != NULL)
	{
		check_put(check, "scopes", CHECK_UNKNOWN, check_error_text(error), error->hint);
		return;
	}
	if (check->needs == NIL)
	{
		check_put(check, "scopes", CHECK_OK, "No foreign table of this server needs one.", NULL);
		return;
	}
	if (check->mapping->granted_scope == NULL)
	{
		check_put(check, "scopes", CHECK_UNKNOWN,
				  psprintf("What was granted is not known. Needed by the tables: %s.",
						   needed_scopes(check)),
				  "Compare with what was chosen when the token was made.");
		return;
	}
	foreach(cell, check->needs)
		is_missing |= put_missing_scope(check, lfirst(cell));
	if (!is_missing)
		check_put(check, "scopes", CHECK_OK,
				  "All that the foreign tables of this server need are granted.", NULL);
}

/* ---------- clocks ---------- */

/* After GET /user_account. */
static void
put_clock(const Check *check)
{
	const Answer *answer = &check->answer;
	int64		date = is_answered(check) ? http_date(answer->transfer) : -1;
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
	if (theirs > answer->answered_at)
		skew = (theirs - answer->answered_at) / USECS_PER_SEC;
	else if (theirs + USECS_PER_SEC < answer->sent_at)
		skew = (theirs + USECS_PER_SEC - answer->sent_at) / USECS_PER_SEC;
	distance = Max(skew, -skew);
	check_put(check, "clock",
			  distance > SKEW_ERROR ? CHECK_ERROR :
			  distance > SKEW_WARNING ? CHECK_WARNING : CHECK_OK,
			  distance == 0 ? "The API's clock agrees with this server's." :
			  psprintf("The API's clock is " INT64_FORMAT " seconds %s this server's.",
					   distance, skew > 0 ? "ahead of" : "behind"),
			  distance > SKEW_WARNING ? "Have this server's clock set by NTP: dates and the ends of tokens depend on it." : NULL);
}

/* ---------- ad accounts ---------- */

/* Fields of an ad account, in the order of its JsonShape. */
enum
{
	FIELD_ID,
	FIELD_NAME,
	FIELD_PERMISSIONS,
	FIELD_CURRENCY,
	NFIELDS
};

static const char *const account_fields[NFIELDS] = {"id", "name", "permissions", "currency"};

static char *
field_text(const Check *check, const JsonValue *value)
{
	return value->kind == JV_MISSING || value->kind == JV_NULL ? pstrdup("?") :
		shown(check, value->data, value->len);
}

/* The elements of an array, with commas between them. */
static char *
roles_text(const Check *check, const JsonValue *array)
{
	StringInfoData text;
	size_t		position = 0;
	JsonValue	element;

	if (array->kind != JV_ARRAY)
		return field_text(check, array);
	initStringInfo(&text);
	while (json_array_next(array, &position, &element))
		appendStringInfo(&text, "%s%s", text.len > 0 ? ", " : "", field_text(check, &element));
	return text.data;
}

static void
add_account(Check *check, const JsonValue *values)
{
	AccountLine *line;

	if (check->naccounts++ >= MAX_ACCOUNT_ROWS)
		return;
	line = palloc(sizeof(AccountLine));
	line->id = field_text(check, &values[FIELD_ID]);
	line->name = field_text(check, &values[FIELD_NAME]);
	line->roles = roles_text(check, &values[FIELD_PERMISSIONS]);
	line->currency = field_text(check, &values[FIELD_CURRENCY]);
	check->accounts = lappend(check->accounts, line);
}

static _Noreturn void
report_bad_answer(const JsonError *error)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_JSON_TEXT),
			 errmsg("GET /ad_accounts was not answered with the expected JSON"),
			 errdetail("Byte " UINT64_FORMAT ": %s.", error->offset, error->problem),
			 errhint("Check server options \"base_url\" and \"proxy\".")));
}

static void
free_reader(void *reader)
{
	json_reader_free(reader);
}

/* A reader of the last answer, which lives as long as that. */
static JsonReader *
read_answer(const Check *check)
{
	MemoryContextCallback *callback = MemoryContextAlloc(check->scratch, sizeof(MemoryContextCallback));
	JsonReader *reader = json_reader_create("items.[]");

	callback->func = free_reader;
	callback->arg = reader;
	MemoryContextRegisterResetCallback(check->scratch, callback);
	if (reader == NULL ||
		!json_reader_append(reader, check->answer.body, check->answer.len))
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory")));
	json_reader_finish(reader);
	return reader;
}

/* Step: takes the accounts of a page of /ad_accounts. */
static void
read_accounts(Check *check)
{
	JsonReader *reader = read_answer(check);
	JsonShape  *shape = json_shape_create();
	JsonValue	values[NFIELDS];
	JsonProgress progress;
	JsonRow		row;
	JsonError	error;
	const char *bookmark;

	for (int i = 0; i < NFIELDS; i++)
		(void) json_shape_add(shape, account_fields[i]);
	while ((progress = json_reader_next(reader, &row)) == JSON_GOT_ROW)
	{
		if (!json_row_fields(shape, &row, values, &error))
			report_bad_answer(&error);
		add_account(check, values);
	}
	if (progress != JSON_AT_END)
		report_bad_answer(json_reader_error(reader));

	/* a bookmark that comes again would lead in circles */
	bookmark = json_reader_bookmark(reader);
	if (bookmark != NULL && has_string(check->bookmarks, bookmark))
		bookmark = NULL;
	check->bookmark = bookmark ? pstrdup(bookmark) : NULL;
	if (bookmark != NULL)
		check->bookmarks = lappend(check->bookmarks, pstrdup(bookmark));
}

/* Asks for all pages of ad accounts.  Returns whether that worked. */
static bool
list_accounts(Check *check)
{
	do
	{
		char	   *url = psprintf("%s/ad_accounts?page_size=%d%s%s", check->options->base_url,
								   check->options->page_size, check->bookmark ? "&bookmark=" : "",
								   check->bookmark ? url_encoded(check->bookmark) : "");
		ErrorData  *error;

		ask(check, find_stream("ad_accounts"), url);
		if (check->answer.transfer == NULL || check->answer.failure != NULL)
		{
			check_put(check, "ad account",
					  check->answer.transfer == NULL ? CHECK_UNKNOWN : CHECK_ERROR, failure_text(check, url),
					  "Tables below an ad account need scope ads:read, and a role in the account.");
			return false;
		}
		error = check_attempt(check, read_accounts);
		if (error != NULL)
		{
			check_put(check, "ad account", CHECK_ERROR, check_error_text(error), error->hint);
			return false;
		}
	} while (check->bookmark != NULL);
	return true;
}

static void
put_accounts(Check *check)
{
	bool		complete;
	ListCell   *cell;

	if (!may_ask_more(check))
	{
		check_put(check, "ad account", CHECK_UNKNOWN, "Not asked without a host and a token that work.", NULL);
		return;
	}
	complete = list_accounts(check);
	foreach(cell, check->accounts)
	{
		const AccountLine *line = lfirst(cell);

		check_put(check, "ad account", CHECK_OK,
				  psprintf("%s \"%s\": %s, %s", line->id, line->name, line->roles, line->currency), NULL);
	}
	if (check->naccounts > MAX_ACCOUNT_ROWS)
		check_put(check, "ad account", CHECK_OK,
				  psprintf("and %d more", check->naccounts - MAX_ACCOUNT_ROWS), NULL);
	if (complete && check->naccounts == 0)
		check_put(check, "ad account", CHECK_WARNING, "The token's user sees none.",
				  "Have the user given a role in an ad account, or connect as another user.");
}

/* ---------- quotas ---------- */

static void
put_quota(const Check *check, const char *name, const char *category)
{
	Quota		quota;

	if (!limit_quota(&check->account, category, &quota))
		return;
	if (quota.resets_at == 0)
		check_put(check, name, CHECK_OK, "unused so far", NULL);
	else
		check_put(check, name, quota.left > 0 ? CHECK_OK : CHECK_WARNING,
				  psprintf("%d of %d left until %s", quota.left, quota.limit, clock_text(quota.resets_at)),
				  quota.left > 0 ? NULL : "Queries wait until then.");
}

/* Trial access has one quota for all categories. */
static void
put_quotas(const Check *check)
{
	const char *category;

	if (check->account.tier == TIER_TRIAL)
	{
		put_quota(check, "quota of the day", limit_category_name(0));
		return;
	}
	for (int i = 0; (category = limit_category_name(i)) != NULL; i++)
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
	ask(check, find_stream("user_account"), url);

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
