/*-------------------------------------------------------------------------
 *
 * auth.h
 *		  The access token of a user on a server.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/auth.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_AUTH_H
#define PINTEREST_AUTH_H

extern void auth_blot_out(char *text, size_t len, const char *token);
extern char *auth_access_token(Oid userid, Oid serverid);
extern bool auth_is_token(const char *text);

#endif							/* PINTEREST_AUTH_H */
