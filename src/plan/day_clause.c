/*-------------------------------------------------------------------------
 *
 * day_clause.c
 *		  What a clause says of the date alone.
 *
 * People and BI tools compare days in more forms than could be listed: casts,
 * date_trunc(), to_char(), ranges, rows, ORs of all of these.  But the days
 * that a scan could read are few.  So no form is looked for: a clause becomes a
 * test of a single day, and the executor tells which days pass (day_test.c).
 *
 * What of a clause needs more than the day (another column, a volatile
 * function) counts as true in the test, which is then weaker than the clause.
 * As PostgreSQL checks the rows by the clause itself, that only costs requests.
 *
 * In a test the day is a CoerceToDomainValue, the node by which a domain's
 * constraints name the value that they check: the executor takes its value from
 * the ExprContext, wherever in an expression it stands.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/day_clause.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/lsyscache.h"

#include "plan/day_clause.h"
#include "util/compat.h"

static Expr *weaken(const Var *date, Expr *clause, bool *is_weak);

static bool
is_date(const Var *date, const Node *node)
{
	const Var  *var = (const Var *) node;

	return IsA(node, Var) && var->varno == date->varno && var->varattno == date->varattno &&
		var->varlevelsup == 0;
}

/* ---------- the day in place of the date ---------- */

/* Mutator: the date, a Var that context points to, becomes the day of a test. */
static Node *
put_day(Node *node, void *context)
{
	CoerceToDomainValue *day;

	if (node == NULL)
		return NULL;
	if (!is_date(context, node))
		return expression_tree_mutator(node, put_day, context);
	day = makeNode(CoerceToDomainValue);
	day->typeId = DATEOID;
	day->typeMod = -1;
	day->collation = InvalidOid;
	day->location = -1;
	return (Node *) day;
}

/* Mutator: the day of a test becomes the date, a Var that context points to. */
static Node *
put_date(Node *node, void *context)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, CoerceToDomainValue))
		return copyObject(context);
	return expression_tree_mutator(node, put_date, context);
}

/*
 * What a test says, as a clause on a column; for people to read.  Palloc'd in
 * the current context.
 */
Node *
clause_of_day_test(const Var *date, Node *test)
{
	return put_date(test, unconstify(Var *, date));
}

/* Walker: whether a test is about the day at all. */
static bool
names_day(Node *node, void *context)
{
	if (node == NULL)
		return false;
	return IsA(node, CoerceToDomainValue) || expression_tree_walker(node, names_day, context);
}

/* ---------- what the day decides ---------- */

/*
 * Walker: whether a value depends on more than the day, a Var that context
 * points to.  A SubPlan, a sub-select that is correlated or hashed, counts as
 * more: to test days it would be run for no row at all, and it may have side
 * effects.
 */
static bool
needs_more(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
		return !is_date(context, node);
	if (IsA(node, SubPlan) || IsA(node, AlternativeSubPlan) || IsA(node, CurrentOfExpr))
		return true;
	return expression_tree_walker(node, needs_more, context);
}

/* AND or OR of what its arguments say; NULL: nothing. */
static Expr *
weaken_arguments(const Var *date, const BoolExpr *clause, bool *is_weak)
{
	List	   *arguments = NIL;
	ListCell   *cell;

	foreach(cell, clause->args)
	{
		Expr	   *argument = weaken(date, lfirst(cell), is_weak);

		if (argument != NULL)
			arguments = lappend(arguments, argument);
		else if (clause->boolop == OR_EXPR)
			return NULL;
	}
	if (list_length(arguments) <= 1)
		return arguments ? linitial(arguments) : NULL;
	return makeBoolExpr(clause->boolop, arguments, -1);
}

/* (date, ...) >= (...) says that date is >= what it is compared with first. */
static Expr *
weaken_row(const Var *date, const RowCompareExpr *clause, bool *is_weak)
{
	Oid			operator = linitial_oid(clause->opnos);
	Oid			family = linitial_oid(clause->opfamilies);
	int			strategy;
	Oid			left;
	Oid			right;

	get_op_opfamily_properties(operator, family, false, &strategy, &left, &right);
	if (strategy == BTLessStrategyNumber)
		strategy = BTLessEqualStrategyNumber;
	else if (strategy == BTGreaterStrategyNumber)
		strategy = BTGreaterEqualStrategyNumber;
	operator = get_opfamily_member(family, left, right, strategy);
	if (!OidIsValid(operator))
		return NULL;
	return weaken(date,
				  make_opclause(operator, BOOLOID, false,
								linitial(clause->largs), linitial(clause->rargs),
								InvalidOid, linitial_oid(clause->inputcollids)),
				  is_weak);
}

/*
 * What a clause says of the day, as a test; NULL: nothing.  *is_weak becomes
 * true where that is less than the clause says.
 */
static Expr *
weaken(const Var *date, Expr *clause, bool *is_weak)
{
	Node	   *node = (Node *) clause;

	if (!needs_more(node, unconstify(Var *, date)) && !contain_volatile_functions(node))
		return (Expr *) put_day(node, unconstify(Var *, date));
	*is_weak = true;
	if (IsA(node, BoolExpr) && ((BoolExpr *) node)->boolop != NOT_EXPR)
		return weaken_arguments(date, (BoolExpr *) node, is_weak);
	if (IsA(node, BooleanTest) && ((BooleanTest *) node)->booltesttype == IS_TRUE)
		return weaken(date, ((BooleanTest *) node)->arg, is_weak);
	if (IsA(node, RowCompareExpr))
		return weaken_row(date, (RowCompareExpr *) node, is_weak);
	return NULL;
}

/*
 * Makes a test of single days of a clause, of any relation, that reads the
 * column date.  The test is true for all days for which the clause may be true;
 * *is_weak says that it may be true for others too, by what else the clause
 * reads.  Returns NULL where the clause says nothing of the day alone.  Palloc'd
 * in the current context; the clause is left as it is.
 *
 * The test has no Var, so that it may be put into an expression that a plan
 * keeps for the executor.  Params stay in it: what they stand for is part of it.
 */
Expr *
make_day_test(const Var *date, Expr *clause, bool *is_weak)
{
	Expr	   *test;

	*is_weak = false;
	test = weaken(date, clause, is_weak);
	return names_day((Node *) test, NULL) ? test : NULL;
}
