/*-------------------------------------------------------------------------
 *
 * bind_join_path.h
 *		  Paths and plans of bind joins.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/bind_join_path.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_BIND_JOIN_PATH_H
#define PINTEREST_BIND_JOIN_PATH_H

#include "nodes/extensible.h"

/* What the node is called: in plans, too, which other processes may read. */
#define BIND_JOIN_NAME "Pinterest Bind Join"

/* Elements of CustomScan.custom_exprs, lists all; those of a pair are in the same order. */
enum BindJoinExpressions
{
	BIND_JOIN_CLAUSES,			/* what a pair of rows has to pass */
	BIND_JOIN_OUTER_HASH,		/* equal in all pairs that pass: */
	BIND_JOIN_INNER_HASH,
	BIND_JOIN_KEYS				/* of the outer row, as PLAN_KEYS of the scan */
};

/*
 * Elements of CustomScan.custom_private.  Rows of the node, as custom_scan_tlist has
 * them, consist of the outer plan's columns and the scan's.
 */
enum BindJoinPrivate
{
	BIND_JOIN_TYPE,				/* Integer: JoinType, never that of a unique
								 * side */
	BIND_JOIN_OPERATORS,		/* Oid list: hash equality, of the pairs */
	BIND_JOIN_COLLATIONS,		/* Oid list: likewise */
	BIND_JOIN_FIRST				/* Integer: how many keys are sent at first,
								 * where the query may not read all rows; 0:
								 * all */
};

extern bool enable_bind_join;

extern bool is_bind_join(const CustomScan *plan);
extern void bind_join_init(const CustomScanMethods *methods);

#endif							/* PINTEREST_BIND_JOIN_PATH_H */
