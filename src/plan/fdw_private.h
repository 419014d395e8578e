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
	PLAN_TRAITS					/* what encode_traits() returns */
};

extern List *encode_condition(const Condition *condition);
extern Condition decode_condition(const List *integers);
extern List *encode_traits(const QueryTraits *traits);
extern QueryTraits decode_traits(const List *integers);

#endif							/* PINTEREST_FDW_PRIVATE_H */
