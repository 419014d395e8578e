/*-------------------------------------------------------------------------
 *
 * join_keys.h
 *		  The keys of a bind join's outer side.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/scan/join_keys.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_JOIN_KEYS_H
#define PINTEREST_JOIN_KEYS_H

#include "plan/fdw_private.h"

typedef struct JoinKeys JoinKeys;

extern JoinKeys *join_keys_create(const ScanKeys *keys, const Oid *types);
extern bool join_keys_add(JoinKeys *keys, const Datum *values, const bool *nulls);
extern int64 join_keys_count(const JoinKeys *keys);
extern Size join_keys_memory(const JoinKeys *keys);
extern List *join_keys_groups(JoinKeys *keys);
extern void join_keys_reset(JoinKeys *keys);

#endif							/* PINTEREST_JOIN_KEYS_H */
