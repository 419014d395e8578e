/*-------------------------------------------------------------------------
 *
 * api_error.c
 *		  What a response that is no success means, and how it is reported.
 *
 * The HTTP status and the number "code" in the body are unrelated; together,
 * and now and then with the message, they tell what happened.  One table says
 * what to do about it and what to tell the user.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/api/api_error.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "api/api_error.h"
#include "api/api_wait.h"
#include "value/value.h"

/* What of a body a message shows at most. */
#define EXCERPT_BYTES 512

/* Waited for where the API asks to wait but does not say how long. */
#define DEFAULT_WAIT_SECONDS 60

#define ANY_STATUS 0
#define ANY_CODE (-1)
#define NO_CODE (-2)			/* the response is no error body of the API */

#define TOKEN_HINT \
	"Set a new one with ALTER USER MAPPING ... OPTIONS (SET access_token '...'), or connect anew with pinterest_fdw.connect(). One of the sandbox is for the sandbox's \"base_url\"."
#define PATH_HINT "Check server option \"base_url\": the API's ends with /v5."

typedef struct ApiRule
{
	int			status;			/* HTTP status; ANY_STATUS; 5 is 5xx, 3 is 3xx */
	int			code;			/* code of the API's error body; ANY_CODE,
								 * NO_CODE */
	const char *text;			/* stands in its message; NULL: any */
	ApiAction	action;
	int			sqlstate;
	const char *problem;
	const char *hint;
} ApiRule;

/*
 * The first rule that fits counts.  Statuses and codes: OpenAPI description
 * and recorded responses; 12 on status 400 is known to pass by itself; waits of
 * the reporting limit stand in the message only.  Which failures pass by
 * themselves is said here and nowhere else: those of API_WAIT, API_RETRY and
 * API_RECONNECT.
 */
static const ApiRule api_rules[] =
{
	{ANY_STATUS, ANY_CODE, "Retry after ", API_WAIT, ERRCODE_CONFIGURATION_LIMIT_EXCEEDED,
		"the API's limit is used up",
	"Ask for fewer days or columns, or try again later."},
	{429, ANY_CODE, NULL, API_WAIT, ERRCODE_CONFIGURATION_LIMIT_EXCEEDED,
		"the API's rate limit is used up",
	"Lower server option \"max_connections\", ask for less at a time, or try again later."},
	{400, ANY_CODE, "Pagination beyond ", API_DENIED, ERRCODE_PROGRAM_LIMIT_EXCEEDED,
		"there are more Pins than the API lists",
	"Read them in parts: by creative_type in WHERE, board by board, or of a board its sections (stream \"board_section_pins\")."},
	{400, 12, NULL, API_RETRY, ERRCODE_FDW_UNABLE_TO_CREATE_REPLY,
		"the API failed on its side",
	"Try again later."},
	{400, ANY_CODE, NULL, API_FAIL, ERRCODE_FDW_ERROR,
		"the API refused the request",
	"The detail says what it refused."},
	{401, 3, NULL, API_CLOSED, ERRCODE_INSUFFICIENT_PRIVILEGE,
		"the app of the access token has no access to this part of the API",
	"Ask Pinterest for access on the app's page at developers.pinterest.com."},
	{401, 7, NULL, API_DENIED, ERRCODE_INSUFFICIENT_PRIVILEGE,
		"the access token's user may not see this object",
	"Grant the user access."},
	{401, 29, NULL, API_DENIED, ERRCODE_INSUFFICIENT_PRIVILEGE,
		"the access token does not permit this request",
	"Check the scopes of the token and the access tier of the app."},
	{401, 2, NULL, API_RENEW, ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION,
		"the access token is invalid or has expired",
	TOKEN_HINT},
	{401, ANY_CODE, NULL, API_FAIL, ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION,
		"the access token is invalid or has expired",
	TOKEN_HINT},
	{403, ANY_CODE, NULL, API_DENIED, ERRCODE_INSUFFICIENT_PRIVILEGE,
		"the access token does not permit this request",
	"Check the scopes of the token and the user's role in the ad account."},
	{404, NO_CODE, NULL, API_FAIL, ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION,
		"there is no such path",
	PATH_HINT},
	{404, 404, " not found", API_GONE, ERRCODE_UNDEFINED_OBJECT,
		"the API does not know the object",
	"Check the ids in WHERE."},
	{404, 404, NULL, API_FAIL, ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION,
		"there is no such path",
	PATH_HINT},
	{404, ANY_CODE, NULL, API_GONE, ERRCODE_UNDEFINED_OBJECT,
		"the API does not know the object",
	"Check the ids in WHERE."},
	{409, 4182, NULL, API_NO_ROWS, ERRCODE_FDW_ERROR, "there is no catalog", NULL},
	{421, ANY_CODE, NULL, API_RECONNECT, ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION,
		"the server that answered does not serve the API's host",
	"Check server options \"base_url\" and \"proxy\"."},
	{501, 4181, NULL, API_NO_ROWS, ERRCODE_FDW_ERROR, "there is nothing of the kind", NULL},
	{501, ANY_CODE, NULL, API_FAIL, ERRCODE_FDW_ERROR,
	"the API does not offer this", NULL},
	{408, ANY_CODE, NULL, API_RETRY, ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION,
		"the API did not get the request in time",
	"Check the network, and server options \"base_url\" and \"proxy\"."},
	{425, ANY_CODE, NULL, API_RETRY, ERRCODE_FDW_UNABLE_TO_CREATE_REPLY,
		"the API failed on its side",
	"Try again later."},
	{505, ANY_CODE, NULL, API_FAIL, ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION,
		"the server that answered does not speak the API's HTTP",
	"Check server options \"base_url\" and \"proxy\"."},
	{508, ANY_CODE, NULL, API_FAIL, ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION,
		"the request goes in a circle",
	"Check server options \"base_url\" and \"proxy\"."},
	{511, ANY_CODE, NULL, API_FAIL, ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION,
		"a network on the way wants a login",
	"Let this server's network reach the API without one."},
	{5, ANY_CODE, NULL, API_RETRY, ERRCODE_FDW_UNABLE_TO_CREATE_REPLY,
		"the API failed on its side",
	"Try again later."},
	{3, ANY_CODE, NULL, API_FAIL, ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION,
		"the API answered with a redirect, which is never followed",
	"Check server options \"base_url\" and \"proxy\"."},
	{ANY_STATUS, ANY_CODE, NULL, API_FAIL, ERRCODE_FDW_ERROR,
	"the API did not accept the request", NULL},
};

/* A transfer that brought no response at all. */
static const ApiRule transport_rules[] =
{
	[HTTP_BROKEN] = {0, 0, NULL, API_RETRY, ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION,
	"the connection to the API failed", "Check the network, and server options \"base_url\" and \"proxy\"."},
	[HTTP_TIMED_OUT] = {0, 0, NULL, API_RETRY, ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION,
	"the API did not answer in time", "Server options \"connect_timeout\", \"request_timeout\" and \"total_timeout\" set how long to wait."},
	[HTTP_REFUSED] = {0, 0, NULL, API_FAIL, ERRCODE_PROGRAM_LIMIT_EXCEEDED,
	"the answer of the API is larger than memory allows", NULL},
	[HTTP_TOO_LARGE] = {0, 0, NULL, API_FAIL, ERRCODE_PROGRAM_LIMIT_EXCEEDED,
	"the answer of the API is too large", "Server option \"max_response_size\" sets how large it may be."},
	[HTTP_IMPOSSIBLE] = {0, 0, NULL, API_FAIL, ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION,
	"no safe connection to the API is possible", "Check server options \"base_url\", \"ca_file\" and \"proxy\"."},
	[HTTP_NO_HTTP] = {0, 0, NULL, API_FAIL, ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION,
	"what answered does not speak HTTP", "Check host and port of server options \"base_url\" and \"proxy\"."},
	[HTTP_LARGE_HEADER] = {0, 0, NULL, API_FAIL, ERRCODE_PROGRAM_LIMIT_EXCEEDED,
	"the header of an answer is too large", "The API's are small: check host and port of server options \"base_url\" and \"proxy\"."},
};

struct ApiFailure
{
	const ApiRule *rule;
	long		status;			/* 0: no response */
	int64		code;			/* of the error body, or NO_CODE */
	char	   *message;		/* of the API or of libcurl */
	int			wait_seconds;	/* WAIT_NOT_TOLD: no wait is asked for */
	const char *object;			/* that the request is about; NULL: not told */
	const char *way_round;
};

static bool
rule_fits(const ApiRule *rule, long status, int64 code, const char *message)
{
	if (rule->status != ANY_STATUS && rule->status != status &&
		rule->status != status / 100)
		return false;
	if (rule->code != ANY_CODE && rule->code != code)
		return false;
	return rule->text == NULL || strstr(message, rule->text) != NULL;
}

/*
 * How long to wait before the request is sent again; WAIT_NOT_TOLD where that is
 * not for the API to say, or it does not.
 */
static int
wait_seconds(const ApiRule *rule, const HttpTransfer *transfer, const char *message)
{
	int			told = rule->action == API_WAIT || rule->action == API_RETRY ?
		told_wait(transfer, message) : WAIT_NOT_TOLD;

	if (told != WAIT_NOT_TOLD || rule->action != API_WAIT)
		return told;
	told = reset_seconds(http_header(transfer, "x-ratelimit-reset"), http_server_time(transfer));
	return told == WAIT_NOT_TOLD ? DEFAULT_WAIT_SECONDS : told;
}

/* The number "code" of an error body, or NO_CODE. */
static int64
error_code(const char *body, size_t len)
{
	JsonValue	value = json_document_scalar(body, len, "code");
	int64		code;

	return value_whole_number(&value, &code) ? code : NO_CODE;
}

/* The start of a text from outside, fit for a message. */
static char *
excerpt(const char *outside, size_t len, const Secrets *secrets)
{
	return presentable_text(outside, len, EXCERPT_BYTES, secrets);
}

/*
 * The name of a content coding that is not known, fit for a message, palloc'd.
 * A long word in its place may be a secret that was sent back, or part of one.
 */
char *
presentable_coding(const char *coding)
{
	const Secrets disguised = {.any_long_word = true};

	return excerpt(coding, strlen(coding), &disguised);
}

/*
 * What went wrong with a transfer that has finished; NULL where nothing did.
 * Palloc'd in the current context.  secrets must not show in a message whatever
 * the other side answers.
 */
ApiFailure *
api_failure(const HttpTransfer *transfer, const Secrets *secrets)
{
	HttpOutcome outcome = http_outcome(transfer);
	ApiFailure *failure;
	const char *body;
	size_t		len;
	char	   *message;

	if (outcome == HTTP_ANSWERED && http_status(transfer) / 100 == 2)
		return NULL;
	failure = palloc0(sizeof(ApiFailure));
	failure->code = NO_CODE;
	failure->wait_seconds = WAIT_NOT_TOLD;
	if (outcome != HTTP_ANSWERED)
	{
		failure->rule = &transport_rules[outcome];
		failure->message = excerpt(http_error(transfer), strlen(http_error(transfer)), secrets);
		return failure;
	}
	failure->status = http_status(transfer);
	body = http_error_body(transfer, &len);
	failure->code = error_code(body, len);
	message = json_document_string(body, len, "message");
	failure->message = message ? excerpt(message, strlen(message), secrets) :
		excerpt(body, len, secrets);
	failure->rule = api_rules;
	while (!rule_fits(failure->rule, failure->status, failure->code, failure->message))
		failure->rule++;
	failure->wait_seconds = wait_seconds(failure->rule, transfer, failure->message);
	return failure;
}

ApiAction
api_failure_action(const ApiFailure *failure)
{
	return failure->rule->action;
}

/* The HTTP status of a failure; 0: there was no response. */
int
api_failure_status(const ApiFailure *failure)
{
	return (int) failure->status;
}

/*
 * Seconds to wait before the next try, where the action is API_WAIT; with
 * API_RETRY the least that the API wants, or WAIT_NOT_TOLD.
 */
int
api_failure_wait(const ApiFailure *failure)
{
	return failure->wait_seconds;
}

/*
 * Adds to what raise_api_failure() shows: object, which the request was about, to
 * the message, and way_round, how to do without it, to the hint.  The texts are not
 * copied and have to live as long as the failure.
 */
void
api_failure_about(ApiFailure *failure, const char *object, const char *way_round)
{
	failure->object = object;
	failure->way_round = way_round;
}

/* Whether the same request may work later, without anybody's help. */
bool
api_failure_may_pass(const ApiFailure *failure)
{
	ApiAction	action = failure->rule->action;

	return action == API_WAIT || action == API_RETRY || action == API_RECONNECT;
}

/* What went wrong, as the end of a primary message. */
const char *
api_failure_problem(const ApiFailure *failure)
{
	return failure->rule->problem;
}

/*
 * What was asked for and what came of it, as a detail, palloc'd.  method and
 * url are the request's (of the latter the path is shown), attempts how often
 * it was tried.
 */
char *
api_failure_detail(const ApiFailure *failure, const char *method,
				   const char *url, int attempts)
{
	const char *path = strstr(url, "://");
	const char *message = failure->message;
	char	   *tries = attempts > 1 ? psprintf(" (tried %d times)", attempts) : "";
	char	   *wait = failure->wait_seconds != WAIT_NOT_TOLD ?
		psprintf(" The API asks to wait for %d seconds.", failure->wait_seconds) : "";

	path = path && strchr(path + 3, '/') ? strchr(path + 3, '/') : url;
	path = pnstrdup(path, strcspn(path, "?"));
	if (failure->status == 0)
		return psprintf("%s %s failed%s: %s%s", method, path, tries, message, wait);
	if (failure->code == NO_CODE)
		return psprintf("%s %s was answered with HTTP status %ld%s: %s%s",
						method, path, failure->status, tries, message, wait);
	return psprintf("%s %s was answered with HTTP status %ld, code " INT64_FORMAT "%s: %s%s",
					method, path, failure->status, failure->code, tries, message, wait);
}

/*
 * Raises the error for a failure.  stream is the stream's name, all else as for
 * api_failure_detail().
 */
void
raise_api_failure(const ApiFailure *failure, const char *stream,
				  const char *method, const char *url, int attempts)
{
	ereport(ERROR,
			(errcode(failure->rule->sqlstate),
			 failure->object ?
			 errmsg("could not read stream \"%s\": %s (%s)", stream, failure->rule->problem, failure->object) :
			 errmsg("could not read stream \"%s\": %s", stream, failure->rule->problem),
			 errdetail_internal("%s", api_failure_detail(failure, method, url, attempts)),
			 failure->way_round && failure->rule->hint ? errhint("%s %s", failure->rule->hint, failure->way_round) :
			 failure->way_round ? errhint("%s", failure->way_round) :
			 failure->rule->hint ? errhint("%s", failure->rule->hint) : 0));
}

/*
 * Raises the error for a report that could not be downloaded.  Neither the
 * address nor the response is shown: both can hold the link's signature.
 */
void
raise_download_failure(const ApiFailure *failure, const char *stream)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION),
			 errmsg("could not read stream \"%s\": a report could not be downloaded", stream),
			 failure->status != 0 ?
			 errdetail("The host that keeps it answered with HTTP status %ld.", failure->status) :
			 errdetail("The download failed: %s.", failure->message),
			 errhint("Reports come from another host than the API; check that the network lets this server reach it.")));
}

/*
 * Raises the error for a response that is no JSON, or not of the expected
 * form.  page counts from 1, row likewise or 0 where no row is meant; near is
 * what stands around the place, of near_len bytes; coding is how the response
 * says that its body is coded, where that is not known, or NULL.
 */
void
raise_bad_json(const char *stream, int page, int row, const JsonError *error,
			   const char *near, size_t near_len, const char *coding)
{
	char	   *where = row > 0 ? psprintf(", row %d", row) : "";
	char	   *text = near_len > 0 ?
		psprintf(" near \"%s\"", excerpt(near, near_len, NULL)) : "";

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_JSON_TEXT),
			 errmsg("could not read stream \"%s\": the answer is not the expected JSON",
					stream),
			 errdetail("Page %d%s, byte " UINT64_FORMAT ": %s%s.",
					   page, where, error->offset, error->problem, text),
			 coding ? errhint("The answer has the content coding \"%s\", which is not known.",
							  presentable_coding(coding)) : 0));
}
