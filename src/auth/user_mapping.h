/*-------------------------------------------------------------------------
 *
 * user_mapping.h
 *		  User mappings: the secrets they hold, and how they change.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/auth/user_mapping.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_USER_MAPPING_H
#define PINTEREST_USER_MAPPING_H

#include "access/htup.h"
#include "datatype/timestamp.h"
#include "nodes/parsenodes.h"

#include "quota/owner.h"

/* Where a mapping's access tokens come from. */
typedef enum TokenKind
{
	TOKEN_GIVEN,				/* option access_token */
	TOKEN_FILE,					/* a file that another program renews */
	TOKEN_ENVIRONMENT,			/* a variable of the server's environment */
	TOKEN_REFRESHED,			/* refresh_token, or a code that is still to
								 * come */
	TOKEN_CLIENT				/* client credentials */
} TokenKind;

/* A user mapping's options; strings are NULL and times 0 where not set. */
typedef struct Mapping
{
	Oid			umid;
	Oid			serverid;
	Oid			umuser;			/* InvalidOid: PUBLIC */
	TokenKind	kind;
	const char *access_token;
	const char *access_token_file;
	const char *token_env;
	const char *app_id;			/* of the PUBLIC mapping, where option app
								 * says so */
	const char *app_secret;
	const char *app;
	const char *grant;
	const char *scope;
	const char *refresh_token;
	const char *previous_refresh_token;
	const char *granted_scope;
	const char *renewal_error;
	TimestampTz access_token_expires_at;
	TimestampTz refresh_token_expires_at;
	TimestampTz renewed_at;
	TimestampTz renewal_failed_at;
	bool		is_own_change;	/* by the current transaction, which others
								 * cannot see yet */
	List	   *options;		/* DefElem *: as they stand in the catalog */
} Mapping;

/* How many secrets a mapping has at most. */
#define MAPPING_SECRETS 5

extern Oid	mapping_id_of_user(Oid userid, Oid serverid);
extern Mapping *mapping_of_user(Oid userid, Oid serverid);
extern Mapping *mapping_by_id(Oid umid);
extern Mapping *mapping_of_tuple(HeapTuple tuple);
extern int	mapping_secrets(const Mapping *mapping, const char **secrets);
extern QuotaOwner mapping_quota_owner(const Mapping *mapping, AccessTier tier);
extern bool mapping_is_renewable(const Mapping *mapping);
extern void mapping_lock(const Mapping *mapping);
extern void mapping_change(const Mapping *mapping, const List *changes);
extern void mapping_create_own(Oid serverid, const List *options);
extern void mapping_drop(const Mapping *mapping);
extern uint64 mapping_token_hash(const Mapping *mapping);
extern DefElem *mapping_option(const char *name, const char *value);
extern DefElem *mapping_time_option(const char *name, TimestampTz time);

#endif							/* PINTEREST_USER_MAPPING_H */
