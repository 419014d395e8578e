/*-------------------------------------------------------------------------
 *
 * credentials.h
 *		  The access token of a user on a server.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/auth/credentials.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_CREDENTIALS_H
#define PINTEREST_CREDENTIALS_H

#include "auth/user_mapping.h"

/*
 * Secrets of credentials at most: of a mapping as it was at four times, each with
 * the token that it led to.
 */
#define AUTH_SECRETS (4 * (MAPPING_SECRETS + 1))

typedef struct Credentials Credentials;

extern Credentials *auth_open(Oid userid, Oid serverid);
extern const Mapping *auth_mapping(const Credentials *credentials);
extern const char *auth_token(Credentials *credentials);
extern bool auth_token_refused(Credentials *credentials, const char *token);
extern const char *const *auth_secrets(const Credentials *credentials);

#endif							/* PINTEREST_CREDENTIALS_H */
