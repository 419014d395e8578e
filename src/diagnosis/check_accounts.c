/*-------------------------------------------------------------------------
 *
 * check_accounts.c
 *		  The ad accounts that the token sees.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/diagnosis/check_accounts.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "diagnosis/check_private.h"
#include "streams/stream_lookup.h"
#include "util/strings.h"
#include "util/url_encode.h"

/* How many accounts are shown. */
#define MAX_ACCOUNT_ROWS 100

/* One ad account that the token sees. */
typedef struct AccountLine
{
	char	   *id;
	char	   *name;
	char	   *roles;
	char	   *currency;
} AccountLine;

/* Fields of an ad account, in the order of its JsonProjection. */
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
		check_shown(check, value->data, value->len);
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
		append_listed(&text, ", ", field_text(check, &element));
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
raise_bad_response(const JsonError *error)
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

/* A reader of the last response, which lives as long as that. */
static JsonReader *
read_response(const Check *check)
{
	MemoryContextCallback *callback = MemoryContextAlloc(check->scratch, sizeof(MemoryContextCallback));
	JsonReader *reader = json_reader_create("items.[]");

	callback->func = free_reader;
	callback->arg = reader;
	MemoryContextRegisterResetCallback(check->scratch, callback);
	if (reader == NULL ||
		!json_reader_append(reader, check->response.body, check->response.len))
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
	JsonReader *reader = read_response(check);
	JsonProjection *projection = json_projection_create();
	JsonValue	values[NFIELDS];
	JsonProgress progress;
	JsonRow		row;
	JsonError	error;
	const char *bookmark;

	for (int i = 0; i < NFIELDS; i++)
		(void) json_projection_add(projection, account_fields[i]);
	while ((progress = json_reader_next(reader, &row)) == JSON_GOT_ROW)
	{
		if (!json_row_fields(projection, &row, values, &error))
			raise_bad_response(&error);
		add_account(check, values);
	}
	if (progress != JSON_AT_END)
		raise_bad_response(json_reader_error(reader));

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

		check_ask(check, find_stream("ad_accounts"), url);
		if (check->response.transfer == NULL || check->response.failure != NULL)
		{
			check_put(check, "ad account",
					  check->response.transfer == NULL ? CHECK_UNKNOWN : CHECK_ERROR, check_failure_text(check, url),
					  "Tables below an ad account need scope ads:read, and a role in the account.");
			return false;
		}
		error = check_attempt(check, read_accounts);
		if (error != NULL)
		{
			check_put_error(check, "ad account", CHECK_ERROR, error);
			return false;
		}
	} while (check->bookmark != NULL);
	return true;
}

void
put_accounts(Check *check)
{
	bool		complete;
	ListCell   *cell;

	if (!check_may_ask_more(check))
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
