/*-------------------------------------------------------------------------
 *
 * oauth.h
 *		  Requests for tokens.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/auth/oauth.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_OAUTH_H
#define PINTEREST_OAUTH_H

#include "auth/user_mapping.h"
#include "option/option.h"

/* What the API gave, or why it did not. */
typedef struct TokenResponse
{
	char	   *access_token;	/* NULL: none was given */
	char	   *refresh_token;	/* NULL: the one that was used stays */
	char	   *used_refresh_token; /* NULL: none was */
	char	   *scope;			/* NULL: not told */
	TimestampTz access_token_expires_at;	/* 0: not told */
	TimestampTz refresh_token_expires_at;
	char	   *problem;		/* where there is no access token */
	char	   *detail;			/* without any secret */
	bool		refused;		/* another try would be, too */
} TokenResponse;

extern TokenResponse *oauth_renew(const TableOptions *server, const Mapping *mapping);
extern TokenResponse *oauth_exchange_code(const TableOptions *server, const Mapping *app,
										  const char *code, const char *redirect_uri);
extern bool oauth_refresh_tokens(const Mapping *mapping, const TokenResponse *response,
								 const char **now, const char **previous);
extern List *oauth_changes(const Mapping *mapping, const TokenResponse *response);
extern List *oauth_failure_changes(const TokenResponse *response);
extern char *oauth_authorize_url(const TableOptions *server, const char *app_id,
								 const char *redirect_uri, const char *scope,
								 const char *state);

#endif							/* PINTEREST_OAUTH_H */
