/*-------------------------------------------------------------------------
 *
 * quals.h
 *		  The clauses that the API can take.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/quals.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_QUALS_H
#define PINTEREST_QUALS_H

#include "nodes/pathnodes.h"

#include "plan/bind.h"

/* A clause that the API can take. */
typedef struct Match
{
	Condition	condition;
	Expr	   *value;
	RestrictInfo *rinfo;
} Match;

extern Node *strip_relabel(Node *node);
extern bool match_clause(const RelOptInfo *rel, PlannerInfo *root,
						 const Table *table, Expr *clause, Match *match);
extern List *match_restrictions(PlannerInfo *root, RelOptInfo *rel,
								const Table *table, List *rinfos);
extern const Column *matched_column(const Table *table, const Match *match);
extern bool match_is_exact(const Table *table, const List *matches, int flags,
						   const Match *match);

#endif							/* PINTEREST_QUALS_H */
