/*-------------------------------------------------------------------------
 *
 * fdw_private.h
 *		  What the planner hands to the executor.
 *
 * Plans are copied and cached, so all in them is made of PostgreSQL's nodes:
 * lists of int in place of structs.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/fdw_private.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_FDW_PRIVATE_H
#define PINTEREST_FDW_PRIVATE_H

#include "plan/bind.h"

/*
 * Elements of ForeignScan.fdw_private.  The expressions of the conditions
 * stand in fdw_exprs, in the same order.
 */
enum PlanPrivate
{
	PLAN_CONDITIONS,			/* list of what encode_condition() returns */
	PLAN_ATTNUMS,				/* list of int: the wanted columns */
	PLAN_LIMIT,					/* Integer */
	PLAN_ORDER,					/* Integer: 1, 0 or -1 */
	PLAN_TRAITS,				/* what encode_traits() returns */
	PLAN_KEYS					/* what encode_keys() returns */
};

/*
 * Conditions that come after the plan's own, and whose values a join finds out
 * before it has the scan run: the keys of its other side.
 */
typedef struct ScanKeys
{
	int			nkeys;			/* 0: no such join has the scan run */
	Condition  *conditions;
	int		   *expected;		/* for each, how many values it is expected to
								 * have, of a group */
	int			account;		/* the key by which all but days are grouped;
								 * -1: they are one group */
	int			groups;			/* that are expected */
	bool		whole;			/* the scan has the same rows without keys,
								 * besides others */
} ScanKeys;

extern List *encode_condition(const Condition *condition);
extern Condition decode_condition(const List *integers);
extern List *encode_traits(const QueryTraits *traits);
extern QueryTraits decode_traits(const List *integers);
extern List *encode_keys(const ScanKeys *keys);
extern ScanKeys decode_keys(const List *lists);

#endif							/* PINTEREST_FDW_PRIVATE_H */
