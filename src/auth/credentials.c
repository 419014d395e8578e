/*-------------------------------------------------------------------------
 *
 * credentials.c
 *		  The access token of a user on a server.
 *
 * The token is an option of the user mapping, or stands in a file or a
 * variable that the mapping names, or is renewed by what the mapping knows of
 * an app.  A scan asks for it when it sends its first request, and once more
 * when the API has refused it.  No message ever contains a token.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/auth/credentials.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <sys/stat.h>

#include "foreign/foreign.h"
#include "storage/fd.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "auth/credentials.h"
#include "auth/renew.h"
#include "util/secret.h"
#include "util/strings.h"

/* An access token is renewed when it ends within this time. */
#define RENEW_AHEAD (USECS_PER_DAY)

/* After a failure it is not tried ahead again for this time. */
#define RENEW_PAUSE (5 * USECS_PER_MINUTE)

/* A person has to act when a refresh token ends within this time. */
#define WARN_AHEAD (7 * USECS_PER_DAY)

struct Credentials
{
	MemoryContext context;
	Mapping    *mapping;
	const char *token;			/* NULL: there is none yet */
	const char *secrets[AUTH_SECRETS + 1];	/* of this scan, up to a NULL */
	bool		is_used;		/* the token was asked for */
	bool		is_renewed;		/* in this scan, or it was tried: once is
								 * enough */
};

/* A pipe would make open() wait where no cancel reaches it. */
static void
check_regular_file(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not stat access token file \"%s\": %m", path)));
	if (!S_ISREG(st.st_mode))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("access token file \"%s\" is not a regular file", path)));
}

/*
 * The start of a file, which is all of it where it is a token, without the
 * white space around it, palloc'd.  A NUL in the file makes it empty, lest
 * what precedes it pass for a token.
 */
static char *
read_trimmed(const char *path)
{
	char		text[MAX_TOKEN_BYTES + 64];
	char	   *start = text;
	size_t		len;
	FILE	   *file;

	check_regular_file(path);
	file = AllocateFile(path, PG_BINARY_R);
	if (file == NULL)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not open access token file \"%s\": %m", path)));
	len = fread(text, 1, sizeof(text) - 1, file);
	if (ferror(file))
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read access token file \"%s\": %m", path)));
	FreeFile(file);

	while (len > 0 && isspace((unsigned char) text[len - 1]))
		len--;
	text[len] = '\0';
	if (strlen(text) < len)
		text[0] = '\0';
	while (isspace((unsigned char) *start))
		start++;
	return pstrdup(start);
}

/* The token in a file, palloc'd.  Raises the file's errors, or 28000. */
static char *
file_token(const char *path)
{
	char	   *token = read_trimmed(path);

	if (!secret_is_token(token))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("access token file \"%s\" does not contain an access token", path),
				 errdetail("A token is a word of visible ASCII characters.")));
	return token;
}

/* The token in a variable of the server's environment, likewise. */
static char *
environment_token(const char *name)
{
	const char *token = getenv(name);

	if (token == NULL || !secret_is_token(token))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("environment variable \"%s\" does not contain an access token", name),
				 errdetail("It is a variable of the PostgreSQL server's environment, and a token is a word of visible ASCII characters.")));
	return pstrdup(token);
}

/* ---------- the token of a scan ---------- */

/* The token that a mapping leads to now; NULL: it has to be renewed first. */
static const char *
current_token(const Mapping *mapping)
{
	switch (mapping->kind)
	{
		case TOKEN_FILE:
			return file_token(mapping->access_token_file);
		case TOKEN_ENVIRONMENT:
			return environment_token(mapping->token_env);
		default:
			return mapping->access_token;
	}
}

/*
 * Takes another mapping and token.  Those before stay secret, as the other side
 * may remember them, until there is no room for the oldest.
 */
static void
set_mapping(Credentials *credentials, Mapping *mapping)
{
	const char *token = current_token(mapping);
	const char *before[AUTH_SECRETS + 1];
	int			count;

	memcpy(before, credentials->secrets, sizeof(before));
	count = mapping_secrets(mapping, credentials->secrets);
	if (token != NULL)
		credentials->secrets[count++] = token;
	foreach_string(secret, before)
	{
		bool		is_new = count < AUTH_SECRETS;

		for (int i = 0; i < count && is_new; i++)
			is_new = strcmp(credentials->secrets[i], *secret) != 0;
		if (is_new)
			credentials->secrets[count++] = *secret;
	}
	credentials->secrets[count] = NULL;
	credentials->mapping = mapping;
	credentials->token = token;
}

/*
 * The credentials of a user on a server, in the current context.  Reads the
 * mapping, and the file or variable it names, but sends nothing.  Raises
 * PostgreSQL's error where there is no user mapping, the file's where it
 * cannot be read, and 28000 where there is no usable token.
 */
Credentials *
auth_open(Oid userid, Oid serverid)
{
	Credentials *credentials = palloc0(sizeof(Credentials));

	credentials->context = CurrentMemoryContext;
	set_mapping(credentials, renew_latest(mapping_of_user(userid, serverid)));
	if (credentials->token == NULL && !mapping_is_renewable(credentials->mapping))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("the user mapping for server \"%s\" is not connected to Pinterest yet",
						GetForeignServer(serverid)->servername),
				 errhint("Run script/connect, or call pinterest_fdw.authorize_url() and pinterest_fdw.connect().")));
	return credentials;
}

/*
 * The mapping of the credentials, as it was last read: theirs, and replaced by
 * what auth_token() and auth_token_refused() renew.
 */
const Mapping *
auth_mapping(const Credentials *credentials)
{
	return credentials->mapping;
}

/*
 * The secrets that a response might send back, up to a NULL: at the same place
 * for as long as the credentials live, and up to date.
 */
const char *const *
auth_secrets(const Credentials *credentials)
{
	return credentials->secrets;
}

/*
 * Whether a token should be renewed before the API refuses it: a day before
 * its end, or halfway to it where it lives for less than two days.
 */
static bool
is_due(const Mapping *mapping, TimestampTz now)
{
	TimestampTz ends = mapping->access_token_expires_at;
	int64		ahead = RENEW_AHEAD;

	if (mapping->access_token == NULL)
		return true;
	if (ends == 0)
		return false;
	if (mapping->renewed_at != 0)
		ahead = Min(ahead, (ends - mapping->renewed_at) / 2);
	if (now < ends && mapping->renewal_failed_at <= now &&
		now < mapping->renewal_failed_at + RENEW_PAUSE)
		return false;
	return now >= ends - ahead;
}

/* Renews the token before its end; while the old one still works, it serves. */
static void
renew_ahead(Credentials *credentials, TimestampTz now)
{
	const Mapping *mapping = credentials->mapping;
	MemoryContext old = MemoryContextSwitchTo(credentials->context);
	Renewal		renewal = renew_mapping(mapping);

	credentials->is_renewed = true;
	if (renewal.mapping != NULL)
		set_mapping(credentials, renewal.mapping);
	else if (mapping->access_token == NULL || now >= mapping->access_token_expires_at)
		raise_renewal_failure(mapping, &renewal);
	else
		ereport(WARNING,
				(errcode(ERRCODE_WARNING),
				 errmsg("could not renew the access token for server \"%s\" ahead of its end",
						GetForeignServer(mapping->serverid)->servername),
				 errdetail("Reason: %s%s%s", renewal.problem, renewal.detail ? ": " : "",
						   renewal.detail ? renewal.detail : ""),
				 errhint("It is still valid; pinterest_fdw.tokens tells until when.")));
	MemoryContextSwitchTo(old);
}

/* Warns once per session and mapping that a refresh token is about to end. */
static void
warn_of_end(const Mapping *mapping, TimestampTz now)
{
	static List *warned = NIL;	/* OIDs of mappings */
	TimestampTz ends = mapping->refresh_token_expires_at;
	int			days = (int) ((ends - now) / USECS_PER_DAY);
	MemoryContext old;

	if (mapping->kind != TOKEN_REFRESHED || ends == 0 || ends - now > WARN_AHEAD ||
		list_member_oid(warned, mapping->umid))
		return;
	old = MemoryContextSwitchTo(TopMemoryContext);
	warned = lappend_oid(warned, mapping->umid);
	MemoryContextSwitchTo(old);
	ereport(WARNING,
			(errcode(ERRCODE_WARNING),
			 ends > now ?
			 errmsg_plural("the refresh token for server \"%s\" ends in %d day",
						   "the refresh token for server \"%s\" ends in %d days", days,
						   GetForeignServer(mapping->serverid)->servername, days) :
			 errmsg("the refresh token for server \"%s\" has ended",
					GetForeignServer(mapping->serverid)->servername),
			 errhint("Renew it with pinterest_fdw.renew_token(), or connect anew with pinterest_fdw.connect().")));
}

/*
 * The token to send now, valid as long as the credentials.  The first call
 * renews it where its end is near, which may wait for the API; a failure is an
 * error only where the old token is of no use any more.
 */
const char *
auth_token(Credentials *credentials)
{
	TimestampTz now;
	Mapping    *mapping;
	MemoryContext old;

	if (credentials->is_used)
		return credentials->token;
	credentials->is_used = true;
	now = GetCurrentTimestamp();
	old = MemoryContextSwitchTo(credentials->context);
	mapping = renew_hand_over(credentials->mapping);
	if (mapping != NULL && mapping != credentials->mapping)
		set_mapping(credentials, mapping);
	MemoryContextSwitchTo(old);
	if (mapping_is_renewable(credentials->mapping) && is_due(credentials->mapping, now))
		renew_ahead(credentials, now);
	warn_of_end(credentials->mapping, now);
	return credentials->token;
}

/*
 * To be called when the API has refused a token that auth_token() gave: renews
 * it, once per scan, or looks for another that was stored since.  Returns
 * whether auth_token() gives another now.  Raises 28000 where renewing fails.
 */
bool
auth_token_refused(Credentials *credentials, const char *token)
{
	MemoryContext old;
	Mapping    *mapping;

	if (credentials->token == NULL)
		return false;
	if (strcmp(credentials->token, token) != 0)
		return true;
	old = MemoryContextSwitchTo(credentials->context);
	if (!credentials->is_renewed && mapping_is_renewable(credentials->mapping))
	{
		Renewal		renewal = renew_mapping(credentials->mapping);

		if (renewal.mapping == NULL)
			raise_renewal_failure(credentials->mapping, &renewal);
		set_mapping(credentials, renewal.mapping);
	}
	else if ((mapping = renew_read_again(credentials->mapping)) != NULL)
		set_mapping(credentials, mapping);	/* others may have renewed it */
	credentials->is_renewed = true;
	MemoryContextSwitchTo(old);
	return credentials->token != NULL && strcmp(credentials->token, token) != 0;
}
