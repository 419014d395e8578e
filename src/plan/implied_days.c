/*-------------------------------------------------------------------------
 *
 * implied_days.c
 *		  The days that joins leave of a table's date.
 *
 * Where a join asks for date = expression, what holds for the expression holds
 * for the date: the other table's own conditions, and the values of a calendar
 * that is known when the scan starts.  It narrows the days that are asked for
 * in each plan alike, whether or not the plan passes the other table's values
 * on.  Rows are checked by the join itself, so days too many only cost requests.
 *
 * The join clauses are those that could be checked while the table is scanned:
 * PostgreSQL has seen to it that rows which match nothing may be left out.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/implied_days.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/restrictinfo.h"
#include "parser/parse_coerce.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "plan/day_clause.h"
#include "plan/implied_days.h"
#include "plan/quals.h"
#include "streams/stream_lookup.h"
#include "util/compat.h"

/* Subqueries within subqueries are followed so far down. */
#define MAX_DEPTH 8

/* The day in place of an expression, or a value in place of a column. */
typedef struct Replacement
{
	const Node *from;
	Node	   *to;
} Replacement;

/* ---------- expressions ---------- */

/*
 * Whether two expressions are one; a column is, whichever outer join may make
 * it null, as a null equals no date.
 */
static bool
same_expression(const Node *one, const Node *other)
{
	const Var  *var = (const Var *) one;
	const Var  *otherVar = (const Var *) other;

	if (IsA(one, Var) && IsA(other, Var))
		return var->varno == otherVar->varno && var->varattno == otherVar->varattno &&
			var->varlevelsup == otherVar->varlevelsup;
	return equal(one, other);
}

static Node *
replace_walk(Node *node, void *context)
{
	const Replacement *replacement = context;

	if (node == NULL)
		return NULL;
	if (IsA(node, PlaceHolderVar))
		return replace_walk((Node *) ((PlaceHolderVar *) node)->phexpr, context);
	if (same_expression(node, replacement->from))
		return copyObject(replacement->to);
	return expression_tree_mutator(node, replace_walk, context);
}

/* A copy of an expression with another in place of a part of it. */
static Node *
replace(Node *node, const Node *from, Node *to)
{
	Replacement replacement = {from, to};

	return replace_walk(node, &replacement);
}

/* A date as a value of another type of days or times; NULL: of none. */
static Node *
date_as(const Var *date, Oid type)
{
	if (type == DATEOID)
		return (Node *) copyObject(date);
	if (type != TIMESTAMPOID && type != TIMESTAMPTZOID)
		return NULL;
	return coerce_to_target_type(NULL, (Node *) copyObject(date), DATEOID, type, -1,
								 COERCION_IMPLICIT, COERCE_IMPLICIT_CAST, -1);
}

/* Walker: whether the executor alone, in one query, knows a value. */
static bool
has_executor_param(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Param) && ((Param *) node)->paramkind != PARAM_EXTERN)
		return true;
	return expression_tree_walker(node, has_executor_param, context);
}

/*
 * Whether an expression is known when the scan starts.  is_own: it stands in the
 * scan's own query, where the executor's params have values; those of a subquery
 * are for that subquery's plan alone.
 */
static bool
is_known(Node *node, bool is_own)
{
	return !contain_vars_of_level(node, 0) && !contain_vars_of_level(node, 1) &&
		!contain_aggs_of_level(node, 0) && !contain_window_function(node) &&
		!contain_subplans(node) && !expression_returns_set(node) &&
		!contain_volatile_functions(node) && (is_own || !has_executor_param(node, NULL));
}

/* ---------- calendars ---------- */

/* Walker: finds the one call of generate_series(); context is a FuncExpr **. */
static bool
find_series(Node *node, void *context)
{
	const FuncExpr *call = (const FuncExpr *) node;

	if (node == NULL)
		return false;
	if (IsA(node, FuncExpr) && call->funcretset)
	{
		const char *name = get_func_name(call->funcid);

		if (*(FuncExpr **) context != NULL || name == NULL || strcmp(name, "generate_series") != 0 ||
			get_func_namespace(call->funcid) != PG_CATALOG_NAMESPACE)
			return true;
		*(FuncExpr **) context = (FuncExpr *) node;
		return false;
	}
	return expression_tree_walker(node, find_series, context);
}

/*
 * Whether a value rises, or falls, with the one set-returning call in it: it is
 * that call, cast between days and times, or with something known added.
 */
static bool
is_monotone(Node *node)
{
	List	   *args;
	Oid			type = exprType(node);
	const char *name;
	int			varying = 0;
	ListCell   *cell;

	node = strip_relabel(node);
	if (IsA(node, FuncExpr) && ((FuncExpr *) node)->funcretset)
		return true;
	if (IsA(node, OpExpr))
	{
		args = ((OpExpr *) node)->args;
		name = get_opname(((OpExpr *) node)->opno);
		if (strcmp(name, "+") != 0 && strcmp(name, "-") != 0 && strcmp(name, "*") != 0)
			return false;
	}
	else if (IsA(node, FuncExpr) && list_length(((FuncExpr *) node)->args) == 1 &&
			 ((FuncExpr *) node)->funcformat != COERCE_EXPLICIT_CALL)
		args = ((FuncExpr *) node)->args;
	else
		return false;
	if (type != DATEOID && type != TIMESTAMPOID && type != TIMESTAMPTZOID && type != INTERVALOID &&
		type != INT4OID && type != INT8OID && type != FLOAT8OID)
		return false;
	foreach(cell, args)
	{
		if (!expression_returns_set(lfirst(cell)))
			continue;
		varying++;
		if (!is_monotone(lfirst(cell)))
			return false;
	}
	return varying == 1;
}

/* date >= the least of some values and date <= the greatest of them. */
static List *
between_extremes(const Var *date, List *values)
{
	Oid			type = exprType(linitial(values));
	Node	   *day = date_as(date, type);
	TypeCacheEntry *entry = lookup_type_cache(type, TYPECACHE_BTREE_OPFAMILY);
	List	   *clauses = NIL;

	if (day == NULL || !OidIsValid(entry->btree_opf))
		return NIL;
	for (int i = 0; i < 2; i++)
	{
		MinMaxExpr *extreme = makeNode(MinMaxExpr);

		extreme->minmaxtype = type;
		extreme->op = i == 0 ? IS_LEAST : IS_GREATEST;
		extreme->args = copyObject(values);
		extreme->location = -1;
		clauses = lappend(clauses,
						  make_opclause(get_opfamily_member(entry->btree_opf, type, type,
															i == 0 ? BTGreaterEqualStrategyNumber :
															BTLessEqualStrategyNumber),
										BOOLOID, false, (Expr *) copyObject(day), (Expr *) extreme,
										InvalidOid, InvalidOid));
	}
	return clauses;
}

/*
 * What is known of a date that equals a value in which generate_series() stands:
 * it lies between the first and the last.
 */
static List *
series_clauses(const Var *date, Node *value, bool is_own)
{
	FuncExpr   *series = NULL;
	Node	   *first;
	Node	   *last;

	if (find_series(value, &series) || series == NULL || !is_monotone(value))
		return NIL;
	first = replace(value, (Node *) series, linitial(series->args));
	last = replace(value, (Node *) series, lsecond(series->args));
	if (!is_known(first, is_own) || !is_known(last, is_own))
		return NIL;
	return between_extremes(date, list_make2(first, last));
}

/* Likewise of one that equals a value of the rows of VALUES. */
static List *
values_clauses(const Var *date, Node *value, const Var *column, const RangeTblEntry *rte,
			   bool is_own)
{
	List	   *values = NIL;
	ListCell   *cell;

	foreach(cell, rte->values_lists)
	{
		Node	   *row = replace(value, (Node *) column,
								  list_nth((List *) lfirst(cell), column->varattno - 1));

		if (!is_known(row, is_own))
			return NIL;
		values = lappend(values, row);
	}
	return values ? between_extremes(date, values) : NIL;
}

/* ---------- other tables ---------- */

static List *origin_clauses(const Var *date, Node *value, const RangeTblEntry *rte, int depth);

/* Walker: finds the one column in a value; context is a Var **. */
static bool
find_column_of(Node *node, void *context)
{
	Var		  **column = context;

	if (node == NULL)
		return false;
	if (!IsA(node, Var))
		return expression_tree_walker(node, find_column_of, context);
	if (*column != NULL && !same_expression(node, (Node *) *column))
		return true;
	*column = (Var *) node;
	return false;
}

/*
 * A clause about a value, as one about the date; other columns in it become
 * such of an outer query, lest one of them be taken for the date.
 */
static Node *
clause_of_date(const Var *date, Node *value, Node *clause)
{
	Node	   *day = date_as(date, exprType(value));

	if (day == NULL)
		return NULL;
	clause = copyObject(clause);
	value = copyObject(value);
	IncrementVarSublevelsUp(clause, 1, 0);
	IncrementVarSublevelsUp(value, 1, 0);
	return replace(clause, value, day);
}

/*
 * A value of a query, with what its one column stands for in place of that
 * column where it is an alias (of a join's column, for instance); *column
 * becomes the column that is left, NULL where there is none, or more than one.
 */
static Node *
without_alias(Node *value, Query *query, Var **column)
{
	Node	   *expression;

	do
	{
		const RangeTblEntry *rte;

		*column = NULL;
		if (find_column_of(value, column) || *column == NULL || (*column)->varlevelsup > 0 ||
			(*column)->varattno <= 0)
		{
			*column = NULL;
			return value;
		}
		rte = rt_fetch((*column)->varno, query->rtable);
		expression = compat_alias_expression(rte, (*column)->varattno);
		if (expression != NULL)
			value = replace(value, (Node *) *column, expression);
	} while (expression != NULL);
	return value;
}

/* What is known of a date that equals an output value of a subquery. */
static List *
subquery_clauses(const Var *date, Node *value, const Var *column, Query *query, int depth)
{
	TargetEntry *entry = get_tle_by_resno(query->targetList, column->varattno);
	Node	   *quals = query->jointree->quals;
	List	   *clauses;
	Var		   *inner;
	ListCell   *cell;

	if (entry == NULL || query->setOperations != NULL)
		return NIL;
	value = replace(value, (Node *) column, (Node *) entry->expr);
	value = without_alias(value, query, &inner);
	clauses = series_clauses(date, value, false);
	foreach(cell, quals && IsA(quals, List) ? (List *) quals : make_ands_implicit((Expr *) quals))
	{
		if (!contain_subplans(lfirst(cell)) && !has_executor_param(lfirst(cell), NULL) &&
			contain_vars_of_level(value, 0))
			clauses = lappend(clauses, clause_of_date(date, value, lfirst(cell)));
	}
	if (inner != NULL)
		clauses = list_concat(clauses,
							  origin_clauses(date, value, rt_fetch(inner->varno, query->rtable), depth + 1));
	return clauses;
}

/*
 * What is known of a date that equals a value of one column of an entry of the
 * range table, by what the entry is: clauses on the date.
 */
static List *
origin_clauses(const Var *date, Node *value, const RangeTblEntry *rte, int depth)
{
	Var		   *column = NULL;

	if (depth > MAX_DEPTH || find_column_of(value, &column) || column == NULL || column->varattno <= 0)
		return NIL;
	if (rte->rtekind == RTE_VALUES)
		return values_clauses(date, value, column, rte, depth == 0);
	if (rte->rtekind == RTE_FUNCTION && column->varattno == 1)
		return series_clauses(date,
							  replace(value, (Node *) column,
									  ((RangeTblFunction *) linitial(rte->functions))->funcexpr),
							  depth == 0);
	if (rte->rtekind == RTE_SUBQUERY && rte->subquery != NULL)
		return subquery_clauses(date, value, column, rte->subquery, depth);
	return NIL;
}

/* What is known of a date that equals a value of another table. */
static List *
table_clauses(PlannerInfo *root, const Var *date, Node *value)
{
	Relids		relids = bms_intersect(pull_varnos(root, value), root->all_baserels);
	RelOptInfo *other;
	List	   *clauses;
	Var		   *column = NULL;
	ListCell   *cell;
	int			relid;

	if (!bms_get_singleton_member(relids, &relid))
		return NIL;
	other = find_base_rel(root, relid);
	clauses = origin_clauses(date, value, planner_rt_fetch(relid, root), 0);
	foreach(cell, other->baserestrictinfo)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, cell);

		if (!rinfo->pseudoconstant)
			clauses = lappend(clauses, clause_of_date(date, value, (Node *) rinfo->clause));
	}
	/* what PostgreSQL has passed down into a subquery is no longer there */
	if (other->rtekind == RTE_SUBQUERY && other->subroot != NULL &&
		!find_column_of(value, &column) && column != NULL && column->varattno > 0)
		clauses = list_concat(clauses,
							  subquery_clauses(date, value, column, other->subroot->parse, 0));
	return clauses;
}

/* ---------- joins ---------- */

/*
 * An expression without relabelling, and without the PlaceHolderVars that wrap
 * what an outer join may make null.
 */
static Node *
bare(Node *node)
{
	node = strip_relabel(node);
	while (IsA(node, PlaceHolderVar))
		node = strip_relabel((Node *) ((PlaceHolderVar *) node)->phexpr);
	return node;
}

/* What a join clause says that the date equals; NULL: nothing. */
static Node *
joined_value(const RestrictInfo *rinfo, const Var *date)
{
	const OpExpr *clause = (const OpExpr *) rinfo->clause;
	Node	   *left;
	Node	   *right;

	if (!IsA(clause, OpExpr) || list_length(clause->args) != 2)
		return NULL;
	left = bare(linitial(clause->args));
	right = bare(lsecond(clause->args));
	if (!op_mergejoinable(clause->opno, exprType(linitial(clause->args))))
		return NULL;
	if (same_expression(left, (const Node *) date))
		return right;
	return same_expression(right, (const Node *) date) ? left : NULL;
}

/* Adds to quals the tests that clauses on the date make. */
static List *
add_tests(PlannerInfo *root, List *quals, const Condition *condition, const Var *date,
		  const List *clauses)
{
	ListCell   *cell;

	foreach(cell, clauses)
	{
		Qual	   *qual = palloc0(sizeof(Qual));
		Node	   *clause = lfirst(cell);

		if (clause == NULL)
			continue;
		qual->condition = *condition;
		qual->value = make_day_test(date, (Expr *) eval_const_expressions(root, clause),
									&qual->condition.is_weak);
		if (qual->value != NULL)
			quals = lappend(quals, qual);
	}
	return quals;
}

/*
 * The tests of days (Qual *, of no clause of the table's own) that a table's
 * join clauses imply, palloc'd; join_clauses are those that may be checked when
 * it is scanned.
 */
List *
find_implied_quals(PlannerInfo *root, RelOptInfo *rel, const Table *table,
				   const List *join_clauses)
{
	List	   *quals = NIL;
	ListCell   *cell;

	if (longest_history(table->options->stream) == 0)
		return NIL;
	for (int attnum = 1; attnum <= table->natts; attnum++)
	{
		const TableColumn *column = &table->columns[attnum];
		Condition	condition = {.attnum = attnum, .is_test = true};
		const Var  *date;

		if (column->filter == NULL || column->filter->kind != FILTER_DATES ||
			column->typid != DATEOID)
			continue;
		date = date_of_test(rel->relid, &condition);
		foreach(cell, join_clauses)
		{
			Node	   *value = joined_value(lfirst_node(RestrictInfo, cell), date);

			if (value != NULL)
				quals = add_tests(root, quals, &condition, date,
								  table_clauses(root, date, value));
		}
	}
	return quals;
}
