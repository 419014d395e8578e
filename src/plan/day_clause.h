/*-------------------------------------------------------------------------
 *
 * day_clause.h
 *		  What a clause says of the date alone.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/day_clause.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_DAY_CLAUSE_H
#define PINTEREST_DAY_CLAUSE_H

#include "nodes/primnodes.h"

extern Expr *make_day_test(const Var *date, Expr *clause, bool *is_weak);
extern Node *clause_of_day_test(const Var *date, Node *test);

#endif							/* PINTEREST_DAY_CLAUSE_H */
