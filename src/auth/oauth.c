/*-------------------------------------------------------------------------
 *
 * oauth.c
 *		  Requests for tokens.
 *
 * One POST of a form to /oauth/token, with the app's id and secret as Basic
 * authentication.  Fields and lifetimes: OpenAPI description of the API; that
 * all but access_token may be missing and numbers may be strings: recorded
 * responses.  Lifetimes count from the response on, so that neither clock has to
 * be right.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/auth/oauth.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "api/api_error.h"
#include "auth/oauth.h"
#include "http/http_call.h"
#include "http/http_pool.h"
#include "option/option_mapping.h"
#include "option/url_policy.h"
#include "util/compat.h"
#include "util/strings.h"
#include "util/url_encode.h"
#include "value/value.h"

/* A token request that hangs must not keep a shutdown waiting. */
#define MAX_TOKEN_REQUEST_MS 30000

/*
 * A failure that may pass is tried again, after the first pause, or the one that
 * the API asks for, unless that would keep everybody waiting.
 */
#define TOKEN_ATTEMPTS 2
#define TOKEN_PAUSE_MS 1000
#define MAX_TOKEN_PAUSE_MS 10000

/* What the API grants apps that act for themselves unless they ask for other. */
#define DEFAULT_CLIENT_SCOPE "ads:read,boards:read,catalogs:read,pins:read,user_accounts:read"

/* Those of a form, as they are and encoded, and the mapping's. */
#define MAX_SECRETS (4 + MAPPING_SECRETS)

typedef struct FormField
{
	const char *name;
	const char *value;
	bool		is_secret;
} FormField;

typedef struct TokenRequest
{
	const TableOptions *server;
	const Mapping *mapping;
	const FormField *fields;
	int			nfields;
	const char *refusal;		/* the problem, where the response is 4xx */
	char	   *url;
	char	   *form;
	const char *secrets[MAX_SECRETS + 1];
	int			nsecrets;
} TokenRequest;

/* ---------- the request ---------- */

static void
add_secret(TokenRequest *request, const char *secret)
{
	Assert(request->nsecrets < MAX_SECRETS);
	request->secrets[request->nsecrets++] = secret;
}

static void
write_form(TokenRequest *request)
{
	StringInfoData form;

	initStringInfo(&form);
	for (int i = 0; i < request->nfields; i++)
	{
		const FormField *field = &request->fields[i];
		char	   *encoded = url_encoded(field->value);

		appendStringInfo(&form, "%s%s=%s", i > 0 ? "&" : "", field->name, encoded);
		if (!field->is_secret)
			continue;
		add_secret(request, field->value);
		if (strcmp(encoded, field->value) != 0)
			add_secret(request, encoded);
	}
	request->form = form.data;
	request->nsecrets += mapping_secrets(request->mapping, request->secrets + request->nsecrets);
	request->url = psprintf("%s/oauth/token", request->server->base_url);
}

/* ---------- the response ---------- */

/* A number, which may come as a string; 0 where there is none. */
static int64
number_member(const char *body, size_t len, const char *name)
{
	JsonValue	value = json_document_scalar(body, len, name);
	int64		number = 0;

	(void) value_whole_number(&value, &number);
	return number;
}

/* The time that is so many seconds from now; 0 for no such number. */
static TimestampTz
seconds_from_now(int64 seconds)
{
	if (seconds <= 0 || seconds > INT64CONST(100) * 366 * SECS_PER_DAY)
		return 0;
	return GetCurrentTimestamp() + seconds * USECS_PER_SEC;
}

/* The same of a time since 1970 by the other side's clock, which may not be ours. */
static TimestampTz
time_since_epoch(int64 seconds, const HttpTransfer *transfer)
{
	if (seconds <= 0)
		return 0;
	return seconds_from_now(seconds - http_server_time(transfer));
}

/* A token member, palloc'd; NULL where there is none that could be sent. */
static char *
token_member(const char *body, size_t len, const char *name)
{
	char	   *token = json_document_string(body, len, name);

	return token != NULL && secret_is_token(token) ? token : NULL;
}

static void
read_response(TokenResponse *response, const HttpTransfer *transfer,
			  const char *body, size_t len)
{
	const char *coding = http_unknown_coding(transfer);

	response->access_token = token_member(body, len, "access_token");
	if (response->access_token == NULL)
	{
		response->problem = pstrdup("the API's answer has no access token");
		response->detail = coding == NULL ?
			pstrdup("It is no JSON object with a member access_token.") :
			psprintf("It is no JSON object with a member access_token, and has the content coding \"%s\", which is not known.",
					 presentable_coding(coding));
		return;
	}
	response->refresh_token = token_member(body, len, "refresh_token");
	response->scope = json_document_string(body, len, "scope");
	if (response->scope != NULL && !option_is_scopes(response->scope))
		response->scope = NULL;
	response->access_token_expires_at =
		seconds_from_now(number_member(body, len, "expires_in"));
	response->refresh_token_expires_at =
		seconds_from_now(number_member(body, len, "refresh_token_expires_in"));
	if (response->refresh_token_expires_at == 0)
		response->refresh_token_expires_at =
			time_since_epoch(number_member(body, len, "refresh_token_expires_at"), transfer);
}

static void
read_failure(TokenResponse *response, const TokenRequest *request,
			 const HttpTransfer *transfer, const ApiFailure *failure, int attempts)
{
	long		status = http_outcome(transfer) == HTTP_ANSWERED ? http_status(transfer) : 0;

	response->refused = status / 100 == 4 && !api_failure_may_pass(failure);
	response->problem = pstrdup(response->refused ? request->refusal : api_failure_problem(failure));
	response->detail = api_failure_detail(failure, "POST", request->url, attempts);
}

static long
token_pause_ms(const ApiFailure *failure)
{
	return Max(TOKEN_PAUSE_MS, api_failure_wait(failure) * 1000L);
}

/* Sleeps for that long, interrupts aside. */
static void
pause_for(HttpClient *client, long pause_ms)
{
	TimestampTz end = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), pause_ms);
	TimestampTz now;

	while ((now = GetCurrentTimestamp()) < end)
		http_wait(client, TimestampDifferenceMilliseconds(now, end), PG_WAIT_EXTENSION);
}

/*
 * Sends a request for a token, once more where the failure may pass.  Returns
 * what came of it, palloc'd; raises errors for interrupts alone.
 */
static TokenResponse *
send_request(TokenRequest *request)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "pinterest_fdw token request",
												  ALLOCSET_DEFAULT_SIZES);
	TokenResponse *response = palloc0(sizeof(TokenResponse));
	Secrets		secrets = {.words = request->secrets, .any_long_word = true};
	HttpClient *client;
	HttpRequest post;

	write_form(request);
	post = (HttpRequest)
	{
		.url = request->url, .user = request->mapping->app_id,
		.password = request->mapping->app_secret, .body = request->form,
		.content_type = "application/x-www-form-urlencoded"
	};
	client = http_client_for(context, request->server, MAX_TOKEN_REQUEST_MS);
	for (int attempt = 1;; attempt++)
	{
		const char *body;
		size_t		len;
		MemoryContext old = MemoryContextSwitchTo(context);
		HttpTransfer *transfer = call_api(client, &post, &body, &len);
		ApiFailure *failure;

		MemoryContextSwitchTo(old);
		failure = api_failure(transfer, &secrets);

		if (failure == NULL)
			read_response(response, transfer, body, len);
		else
			read_failure(response, request, transfer, failure, attempt);
		http_release(transfer);
		if (failure == NULL || attempt == TOKEN_ATTEMPTS || !api_failure_may_pass(failure) ||
			token_pause_ms(failure) > MAX_TOKEN_PAUSE_MS)
			break;
		pause_for(client, token_pause_ms(failure));
	}
	MemoryContextDelete(context);
	return response;
}

/* ---------- grants ---------- */

static TokenResponse *
refresh(const TableOptions *server, const Mapping *mapping, const char *refresh_token)
{
	FormField	fields[] = {
		{"grant_type", GRANT_REFRESH_TOKEN, false},
		{"refresh_token", refresh_token, true},
	};
	TokenRequest request = {
		.server = server, .mapping = mapping,
		.fields = fields, .nfields = lengthof(fields),
		.refusal = "the API refused the refresh token or the app's secret"
	};
	TokenResponse *response = send_request(&request);

	response->used_refresh_token = pstrdup(refresh_token);
	return response;
}

static TokenResponse *
request_client_token(const TableOptions *server, const Mapping *mapping)
{
	FormField	fields[] = {
		{"grant_type", GRANT_CLIENT_CREDENTIALS, false},
		{"scope", mapping->scope ? mapping->scope : DEFAULT_CLIENT_SCOPE, false},
	};
	TokenRequest request = {
		.server = server, .mapping = mapping,
		.fields = fields, .nfields = lengthof(fields),
		.refusal = "the API refused the app's id, secret or scope"
	};

	return send_request(&request);
}

/*
 * Asks for another access token with what a mapping has, which must be
 * renewable.  Where the refresh token is refused, the one before it is tried:
 * the API may have taken back a rotation that never arrived.  Returns what
 * came of it, palloc'd; raises errors for interrupts alone.
 */
TokenResponse *
oauth_renew(const TableOptions *server, const Mapping *mapping)
{
	TokenResponse *response;
	TokenResponse *second;

	if (mapping->kind == TOKEN_CLIENT)
		return request_client_token(server, mapping);
	response = refresh(server, mapping, mapping->refresh_token);
	if (!response->refused || mapping->previous_refresh_token == NULL)
		return response;
	second = refresh(server, mapping, mapping->previous_refresh_token);
	return second->access_token != NULL ? second : response;
}

/*
 * Exchanges the code of an authorization for tokens.  app has the app's id and
 * secret; redirect_uri is that of the authorization.  Returns what came of it,
 * palloc'd; raises errors for interrupts alone.
 */
TokenResponse *
oauth_exchange_code(const TableOptions *server, const Mapping *app,
					const char *code, const char *redirect_uri)
{
	FormField	fields[] = {
		{"grant_type", GRANT_AUTHORIZATION_CODE, false},
		{"code", code, true},
		{"redirect_uri", redirect_uri, false},
		{"continuous_refresh", "true", false},
	};
	TokenRequest request = {
		.server = server, .mapping = app,
		.fields = fields, .nfields = lengthof(fields),
		.refusal = "the API refused the code, its redirect URI or the app's secret"
	};

	return send_request(&request);
}

/* ---------- what a mapping keeps ---------- */

static List *
add_time(List *changes, const char *name, TimestampTz time)
{
	return lappend(changes, time != 0 ? mapping_time_option(name, time) :
				   mapping_option(name, NULL));
}

/*
 * The refresh token of a mapping (NULL: a new one) from now on, and behind it
 * the one that has just worked, or NULL where that is the same.  Returns false
 * where a response with an access token changes neither.
 */
bool
oauth_refresh_tokens(const Mapping *mapping, const TokenResponse *response,
					 const char **now, const char **previous)
{
	*now = response->refresh_token ? response->refresh_token : response->used_refresh_token;
	*previous = same_string(*now, response->used_refresh_token) ? NULL : response->used_refresh_token;
	return *now != NULL && (mapping == NULL || !same_string(*now, mapping->refresh_token));
}

/*
 * What a response with an access token changes in a mapping (NULL: a new one),
 * as options for mapping_change() (DefElem *), palloc'd.
 */
List *
oauth_changes(const Mapping *mapping, const TokenResponse *response)
{
	List	   *changes = NIL;
	const char *refresh_token;
	const char *previous;

	if (oauth_refresh_tokens(mapping, response, &refresh_token, &previous))
		changes = list_make2(mapping_option("refresh_token", refresh_token),
							 mapping_option("previous_refresh_token", previous));
	changes = lappend(changes, mapping_option("access_token", response->access_token));
	changes = add_time(changes, "access_token_expires_at", response->access_token_expires_at);
	if (response->refresh_token != NULL || response->refresh_token_expires_at != 0)
		changes = add_time(changes, "refresh_token_expires_at", response->refresh_token_expires_at);
	if (response->scope != NULL)
		changes = lappend(changes, mapping_option("granted_scope", response->scope));
	changes = lappend(changes, mapping_time_option("renewed_at", GetCurrentTimestamp()));
	changes = lappend(changes, mapping_option("renewal_failed_at", NULL));
	return lappend(changes, mapping_option("renewal_error", NULL));
}

/* What a response without an access token changes, likewise. */
List *
oauth_failure_changes(const TokenResponse *response)
{
	return list_make2(mapping_time_option("renewal_failed_at", GetCurrentTimestamp()),
					  mapping_option("renewal_error",
									 psprintf("%s: %s", response->problem, response->detail)));
}

/* ---------- the link for people ---------- */

/*
 * The page where a person lets the app in, palloc'd.  Pinterest's own is on
 * another host than the API; that of any other server is taken to be at the
 * root of the same host.
 */
char *
oauth_authorize_url(const TableOptions *server, const char *app_id,
					const char *redirect_uri, const char *scope, const char *state)
{
	const char *page = "https://www.pinterest.com/oauth/";

	if (!is_pinterest_url(server->base_url))
	{
		const char *host = strstr(server->base_url, "://") + strlen("://");
		int			len = (int) (host - server->base_url + strcspn(host, "/"));

		page = psprintf("%.*s/oauth/", len, server->base_url);
	}
	return psprintf("%s?client_id=%s&redirect_uri=%s&response_type=code&scope=%s&state=%s",
					page, url_encoded(app_id), url_encoded(redirect_uri),
					url_encoded(scope), url_encoded(state));
}
