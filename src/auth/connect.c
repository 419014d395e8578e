/*-------------------------------------------------------------------------
 *
 * connect.c
 *		  SQL functions that connect users to Pinterest.
 *
 * All of them act on the caller's own user mapping alone, and so may be called
 * by everyone; renewing PUBLIC's tokens takes the server's owner.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/auth/connect.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_type.h"
#include "catalog/pg_user_mapping.h"
#include "fmgr.h"
#include "foreign/foreign.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "auth/oauth.h"
#include "auth/renew.h"
#include "option/option.h"
#include "option/option_mapping.h"
#include "option/server.h"
#include "util/compat.h"
#include "util/result_row.h"
#include "util/strings.h"

#define STATE_BYTES 16

PG_FUNCTION_INFO_V1(pinterest_fdw_authorize_url);
PG_FUNCTION_INFO_V1(pinterest_fdw_connect);
PG_FUNCTION_INFO_V1(pinterest_fdw_renew_token);
PG_FUNCTION_INFO_V1(pinterest_fdw_disconnect);
PG_FUNCTION_INFO_V1(pinterest_fdw_tokens);

/* What pinterest_fdw.tokens calls each TokenKind. */
static const char *const kind_names[] = {
	[TOKEN_GIVEN] = "access_token",
	[TOKEN_FILE] = "access_token_file",
	[TOKEN_ENVIRONMENT] = "token_env",
	[TOKEN_REFRESHED] = "refresh_token",
	[TOKEN_CLIENT] = "client_credentials",
};

/* Raises 55000 unless a mapping, the caller's own or PUBLIC's, names an app. */
static void
check_app(const ForeignServer *server, const Mapping *mapping)
{
	if (mapping->app_id == NULL || mapping->app_secret == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the user mapping for server \"%s\" names no app", server->servername),
				 errhint("Set its options \"app_id\", \"app_secret\" and \"grant\" to the app's, with grant 'authorization_code'.")));
}

/* ---------- authorize_url ---------- */

/* Scopes that the streams need, each once, with commas between them. */
static char *
scopes_of_streams(void)
{
	List	   *seen = NIL;
	StringInfoData scopes;

	initStringInfo(&scopes);
	foreach_stream(stream)
	{
		foreach_string(scope, (*stream)->scopes)
		{
			if (has_string(seen, *scope))
				continue;
			append_listed(&scopes, ",", *scope);
			seen = lappend(seen, unconstify(char *, *scope));
		}
	}
	return scopes.data;
}

static char *
join_scopes(ArrayType *array)
{
	Datum	   *values;
	bool	   *nulls;
	int			count;
	StringInfoData scopes;

	initStringInfo(&scopes);
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &values, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		char	   *scope = nulls[i] ? "" : TextDatumGetCString(values[i]);

		if (*scope == '\0' || scope[strspn(scope, "abcdefghijklmnopqrstuvwxyz_:")] != '\0')
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("invalid scope: \"%s\"", scope),
					 errhint("Scopes look like ads:read; pinterest_fdw.streams() tells which each stream needs.")));
		append_listed(&scopes, ",", scope);
	}
	if (count == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there is no scope to ask for")));
	return scopes.data;
}

/* What nobody can guess, in hexadecimal digits, palloc'd. */
static char *
random_state(void)
{
	unsigned char bytes[STATE_BYTES];
	char	   *text = palloc(2 * STATE_BYTES + 1);

	if (!pg_strong_random(bytes, sizeof(bytes)))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate random values")));
	for (int i = 0; i < STATE_BYTES; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	return text;
}

static char *
text_argument(FunctionCallInfo fcinfo, int number, const char *name)
{
	if (PG_ARGISNULL(number))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", name)));
	return text_to_cstring(PG_GETARG_TEXT_PP(number));
}

/*
 * The page where a person lets the app of the caller's mapping in.  Arguments:
 * server; redirect URI, registered with the app; scopes, null for all that the
 * streams need; state, null for a random one.  Sends nothing.
 */
Datum
pinterest_fdw_authorize_url(PG_FUNCTION_ARGS)
{
	ForeignServer *server = server_argument(fcinfo, 0);
	char	   *redirect_uri = text_argument(fcinfo, 1, "redirect_uri");
	Mapping    *mapping = mapping_of_user(GetUserId(), server->serverid);
	char	   *scopes = PG_ARGISNULL(2) ? scopes_of_streams() : join_scopes(PG_GETARG_ARRAYTYPE_P(2));
	char	   *state = PG_ARGISNULL(3) ? random_state() : text_argument(fcinfo, 3, "state");

	check_app(server, mapping);
	PG_RETURN_TEXT_P(cstring_to_text(oauth_authorize_url(get_server_options(server->serverid),
														 mapping->app_id, redirect_uri,
														 scopes, state)));
}

/* ---------- connect, renew, disconnect ---------- */

/* Options of changes that are set, for a mapping that is still to be made. */
static List *
only_set(const List *changes)
{
	List	   *options = NIL;
	ListCell   *cell;

	foreach(cell, changes)
	{
		if (((DefElem *) lfirst(cell))->arg != NULL)
			options = lappend(options, lfirst(cell));
	}
	return options;
}

/*
 * The caller's mapping, for a function that changes it if it is their own: it
 * is locked then, and no worker renews its tokens meanwhile.
 */
static Mapping *
mapping_to_change(const ForeignServer *server)
{
	Mapping    *mapping = mapping_of_user(GetUserId(), server->serverid);
	LOCKTAG		tag;

	if (mapping->umuser != GetUserId())
		return mapping;
	renew_lock_tag(&tag, mapping->umid, true);
	(void) LockAcquire(&tag, ExclusiveLock, false, false);
	AcceptInvalidationMessages();
	mapping_lock(mapping);
	return mapping_of_user(GetUserId(), server->serverid);
}

/*
 * Exchanges the code that Pinterest has sent to the redirect URI, and stores
 * the tokens in the caller's mapping; one whose app is PUBLIC's is created.
 */
Datum
pinterest_fdw_connect(PG_FUNCTION_ARGS)
{
	ForeignServer *server = server_argument(fcinfo, 0);
	char	   *code = text_argument(fcinfo, 1, "code");
	char	   *redirect_uri = text_argument(fcinfo, 2, "redirect_uri");
	Mapping    *mapping;
	TokenResponse *response;
	List	   *grant;

	PreventCommandIfReadOnly("pinterest_fdw.connect()");
	mapping = mapping_to_change(server);
	check_app(server, mapping);
	response = oauth_exchange_code(get_server_options(server->serverid), mapping, code, redirect_uri);
	if (response->access_token == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("could not connect to Pinterest: %s", response->problem),
				 errdetail_internal("%s", response->detail),
				 errhint("A code serves once and for ten minutes; get another from the page of pinterest_fdw.authorize_url().")));

	grant = list_make1(mapping_option("grant", GRANT_AUTHORIZATION_CODE));
	if (mapping->umuser == GetUserId())
		mapping_change(mapping, list_concat(grant, oauth_changes(mapping, response)));
	else
		mapping_create_own(server->serverid,
						   list_concat(lappend(grant, mapping_option("app", "public")),
									   only_set(oauth_changes(NULL, response))));
	PG_RETURN_VOID();
}

/*
 * Renews the access token of the caller's mapping now, and stores it whatever
 * becomes of the transaction.  Returns when it ends, null where that is not
 * known.
 */
Datum
pinterest_fdw_renew_token(PG_FUNCTION_ARGS)
{
	ForeignServer *server = server_argument(fcinfo, 0);
	Mapping    *mapping = renew_latest(mapping_of_user(GetUserId(), server->serverid));
	Renewal		renewal;

	if (!OidIsValid(mapping->umuser) && !server_is_own(server))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for the user mapping of PUBLIC"),
				 errhint("Only the owner of server \"%s\" may renew its tokens by hand; queries renew them by themselves.",
						 server->servername)));
	if (!mapping_is_renewable(mapping))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the user mapping for server \"%s\" has nothing to renew its access token with",
						server->servername),
				 errhint("Set its options \"app_id\", \"app_secret\" and \"grant\", and call pinterest_fdw.connect().")));
	mapping = renew_hand_over(mapping);
	if (mapping == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("the user mapping for server \"%s\" was dropped meanwhile",
						server->servername)));
	renewal = renew_mapping(mapping);
	if (renewal.mapping == NULL)
		raise_renewal_failure(mapping, &renewal);
	if (renewal.mapping->access_token_expires_at == 0)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(renewal.mapping->access_token_expires_at);
}

/*
 * Forgets the tokens of the caller's mapping.  One that has an app of its own
 * and refresh tokens stays, to be connected again; others are dropped.
 */
Datum
pinterest_fdw_disconnect(PG_FUNCTION_ARGS)
{
	static const char *const forgotten[] = {
		"access_token", "access_token_expires_at", "refresh_token",
		"refresh_token_expires_at", "previous_refresh_token", "granted_scope",
		"renewed_at", "renewal_failed_at", "renewal_error",
	};
	ForeignServer *server = server_argument(fcinfo, 0);
	Mapping    *mapping;
	List	   *changes = NIL;

	PreventCommandIfReadOnly("pinterest_fdw.disconnect()");
	mapping = mapping_to_change(server);
	if (mapping->umuser != GetUserId())
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("user \"%s\" has no user mapping of their own for server \"%s\"",
						GetUserNameFromId(GetUserId(), false), server->servername)));
	if (mapping->kind != TOKEN_REFRESHED || mapping->app != NULL)
	{
		mapping_drop(mapping);
		PG_RETURN_VOID();
	}
	for (int i = 0; i < (int) lengthof(forgotten); i++)
		changes = lappend(changes, mapping_option(forgotten[i], NULL));
	mapping_change(mapping, lappend(changes, mapping_option("grant", GRANT_AUTHORIZATION_CODE)));
	PG_RETURN_VOID();
}

/* ---------- tokens ---------- */

/* A row of pinterest_fdw.tokens. */
static void
put_mapping(ResultRow *row, const Mapping *mapping)
{
	add_name(row, GetForeignServer(mapping->serverid)->servername);
	add_name(row, OidIsValid(mapping->umuser) ?
			 GetUserNameFromId(mapping->umuser, false) : "public");
	add_text(row, kind_names[mapping->kind]);
	add_timestamptz(row, mapping->access_token_expires_at);
	add_timestamptz(row, mapping->refresh_token_expires_at);
	add_timestamptz(row, mapping->renewed_at);
	add_timestamptz(row, mapping->renewal_failed_at);
	add_text(row, mapping->renewal_error);
	add_text(row, mapping->granted_scope);
	finish_row(row);
}

/* Own mappings, PUBLIC's for the server's owner, and all for superusers. */
static bool
may_see(const Mapping *mapping)
{
	return superuser() || mapping->umuser == GetUserId() ||
		(!OidIsValid(mapping->umuser) && server_is_own(GetForeignServer(mapping->serverid)));
}

/* The rows of pinterest_fdw.tokens; never a secret. */
Datum
pinterest_fdw_tokens(PG_FUNCTION_ARGS)
{
	ResultRow	row = {.result = (ReturnSetInfo *) fcinfo->resultinfo};
	Relation	catalog = table_open(UserMappingRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, NULL, 0, NULL);
	HeapTuple	tuple;

	InitMaterializedSRF(fcinfo, 0);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_user_mapping form = (Form_pg_user_mapping) GETSTRUCT(tuple);
		const ForeignServer *server;
		Mapping    *mapping;

		server = GetForeignServerExtended(form->umserver, FSV_MISSING_OK);
		if (server == NULL || !server_is_ours(server))
			continue;
		mapping = mapping_of_tuple(tuple);
		if (may_see(mapping))
			put_mapping(&row, renew_latest(mapping));
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	PG_RETURN_NULL();
}
