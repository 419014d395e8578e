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
typedef struct Qual
{
	Condition	condition;
	Expr	   *value;			/* or the test, see make_day_test() */
	RestrictInfo *rinfo;
	double		expected;		/* see ConditionValue; of a key */
} Qual;

extern Node *strip_relabel(Node *node);
extern bool clause_qual(const RelOptInfo *rel, PlannerInfo *root,
						const Table *table, Expr *clause, Qual *qual);
extern List *find_quals(PlannerInfo *root, RelOptInfo *rel,
						const Table *table, List *rinfos);
extern const Qual *find_qual(const List *quals, const RestrictInfo *rinfo);
extern const Column *qual_column(const Table *table, const Qual *qual);
extern Var *date_of_test(Index varno, const Condition *condition);
extern Expr *clause_to_check(const RelOptInfo *rel, const Table *table,
							 const List *quals, const QueryTraits *traits,
							 const RestrictInfo *rinfo);

#endif							/* PINTEREST_QUALS_H */
