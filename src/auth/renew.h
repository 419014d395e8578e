/*-------------------------------------------------------------------------
 *
 * renew.h
 *		  New access tokens for the sessions that need them.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/auth/renew.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_RENEW_H
#define PINTEREST_RENEW_H

#include "storage/dsm.h"
#include "storage/lock.h"

#include "auth/oauth.h"
#include "auth/user_mapping.h"

/* What came of it: a mapping with another access token, or what went wrong. */
typedef struct Renewal
{
	Mapping    *mapping;		/* NULL: see problem */
	int			sqlstate;		/* 0: the usual */
	const char *problem;
	const char *detail;			/* NULL: none */
	const char *hint;			/* NULL: the usual */
} Renewal;

/* What a worker is told; it has to fit into BGW_EXTRALEN bytes. */
typedef struct RenewOrder
{
	Oid			dbid;
	Oid			umid;
	Oid			actor;			/* as whom the mapping is changed */
	Oid			login;			/* as whom the worker connects; InvalidOid: as
								 * the bootstrap superuser */
	uint64		stale;			/* mapping_token_hash() of what is to be
								 * replaced */
	dsm_handle	handed_over;	/* by what; DSM_HANDLE_INVALID: by new tokens */
} RenewOrder;

extern Mapping *renew_hand_over(Mapping *mapping);
extern Mapping *renew_read_again(const Mapping *mapping);
extern Renewal renew_mapping(const Mapping *stale);
extern _Noreturn void raise_renewal_failure(const Mapping *mapping, const Renewal *renewal);

/* renew_memory.c */
extern Mapping *renew_latest(Mapping *mapping);
extern void renew_remember(const Mapping *stored, const TokenResponse *response);
extern bool renew_has_tokens(Oid umid, uint64 *basis);
extern dsm_segment *renew_pack_tokens(Oid umid);
extern TokenResponse *renew_unpack_tokens(dsm_handle handle);

/* shared with renew_worker.c */
extern void renew_lock_tag(LOCKTAG *tag, Oid umid, bool is_worker);

#endif							/* PINTEREST_RENEW_H */
