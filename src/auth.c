/*-------------------------------------------------------------------------
 *
 * auth.c
 *		  The access token of a user on a server.
 *
 * The token is an option of the user mapping or stands in a file that the
 * mapping names.  The file is read anew at each call, so that another
 * process may renew the token.  No message ever contains a token.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/auth.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <sys/stat.h>

#include "auth.h"
#include "commands/defrem.h"
#include "foreign/foreign.h"
#include "storage/fd.h"

/* Tokens have about 100 characters; a file of this size is no token. */
#define MAX_TOKEN_BYTES 8192

/*
 * Whether a text can be sent as a token: visible ASCII characters alone, as
 * an HTTP header takes no others.
 */
bool
auth_is_token(const char *text)
{
	const char *c = text;

	while (*c > ' ' && *c <= '~')
		c++;
	return c > text && *c == '\0' && c - text <= MAX_TOKEN_BYTES;
}

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

static char *
token_from_file(const char *path)
{
	char	   *token = read_trimmed(path);

	if (!auth_is_token(token))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("access token file \"%s\" does not contain an access token", path),
				 errdetail("A token is a word of visible ASCII characters.")));
	return token;
}

/*
 * The access token of a user on a server, palloc'd in the current context.
 * Raises PostgreSQL's error where there is no user mapping, the file's where
 * it cannot be read, and 28000 where there is no usable token.
 */
char *
auth_access_token(Oid userid, Oid serverid)
{
	UserMapping *mapping = GetUserMapping(userid, serverid);
	ListCell   *cell;

	foreach(cell, mapping->options)
	{
		DefElem    *option = lfirst(cell);

		if (strcmp(option->defname, "access_token") == 0)
			return pstrdup(defGetString(option));
		if (strcmp(option->defname, "access_token_file") == 0)
			return token_from_file(defGetString(option));
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
			 errmsg("the user mapping for server \"%s\" has no access token",
					GetForeignServer(serverid)->servername),
			 errhint("Set option \"access_token\" with ALTER USER MAPPING.")));
}

/*
 * Overwrites a token wherever it stands in len bytes of text, so that a
 * message cannot show it even if the other side sends it back.  token may be
 * NULL.
 */
void
auth_blot_out(char *text, size_t len, const char *token)
{
	size_t		token_len = token ? strlen(token) : 0;

	if (token_len == 0)
		return;
	for (size_t at = 0; at + token_len <= len;)
	{
		if (memcmp(text + at, token, token_len) == 0)
		{
			memset(text + at, '*', token_len);
			at += token_len;
		}
		else
			at++;
	}
}
