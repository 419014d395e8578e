/*-------------------------------------------------------------------------
 *
 * compared.c
 *		  The columns of a table that a query compares, wherever it does.
 *
 * A condition need not reach the scan: PostgreSQL keeps it above a window
 * function, a LIMIT or a materialized CTE, and one in FILTER or CASE chooses
 * no rows at all.  The planner shows a scan none of these, so the query's own
 * tree is searched for comparisons, and the columns in them are followed
 * through subqueries down to the table.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/compared.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"

#include "plan/compared.h"
#include "plan/quals.h"
#include "util/compat.h"

typedef struct ComparisonSearch
{
	Oid			relid;
	List	   *queries;		/* Query *: that the search is in, innermost
								 * first */
	bool		in_comparison;
	int			variables;		/* found in the comparison so far */
	Bitmapset  *columns;		/* attribute numbers, found so far */
} ComparisonSearch;

static int	table_column(Oid relid, List *queries, Node *node);
static bool find_comparisons(Node *node, void *context);

/* The column of a table that an output column of a query shows; 0: none. */
static int
output_column(Oid relid, List *queries, AttrNumber number)
{
	TargetEntry *entry = get_tle_by_resno(((Query *) linitial(queries))->targetList, number);

	return entry ? table_column(relid, queries, (Node *) entry->expr) : 0;
}

/* Likewise of a CTE; queries begins with the query that refers to it. */
static int
cte_column(Oid relid, List *queries, const RangeTblEntry *rte, AttrNumber number)
{
	ListCell   *cell;

	if (rte->ctelevelsup >= (Index) list_length(queries))
		return 0;
	queries = list_copy_tail(queries, rte->ctelevelsup);
	foreach(cell, ((Query *) linitial(queries))->cteList)
	{
		CommonTableExpr *cte = lfirst(cell);

		if (strcmp(cte->ctename, rte->ctename) == 0 && IsA(cte->ctequery, Query))
			return output_column(relid, lcons(cte->ctequery, queries), number);
	}
	return 0;
}

/*
 * The column of a table that an expression is, through whatever subqueries;
 * 0: none.  The first of queries is the one that the expression stands in.
 */
static int
table_column(Oid relid, List *queries, Node *node)
{
	Var		   *var = (Var *) strip_relabel(node);
	Query	   *query;
	RangeTblEntry *rte;

	check_stack_depth();
	if (var == NULL || !IsA(var, Var) || var->varattno <= 0 ||
		var->varlevelsup >= (Index) list_length(queries))
		return 0;
	queries = list_copy_tail(queries, var->varlevelsup);
	query = linitial(queries);
	if ((int) var->varno < 1 || (int) var->varno > list_length(query->rtable))
		return 0;
	rte = rt_fetch(var->varno, query->rtable);
	if (rte->rtekind == RTE_RELATION)
		return rte->relid == relid ? var->varattno : 0;
	if (rte->rtekind == RTE_SUBQUERY && rte->subquery != NULL)
		return output_column(relid, lcons(rte->subquery, queries), var->varattno);
	if (rte->rtekind == RTE_CTE)
		return cte_column(relid, queries, rte, var->varattno);
	return table_column(relid, queries, compat_alias_expression(rte, var->varattno));
}

static bool
is_comparison(Node *node)
{
	return IsA(node, ScalarArrayOpExpr) || IsA(node, DistinctExpr) || IsA(node, RowCompareExpr) ||
		(IsA(node, OpExpr) && ((OpExpr *) node)->opresulttype == BOOLOID);
}

/*
 * Looks at a comparison, or what CASE compares.  Where it is of more than one
 * column, it chooses none of their values.
 */
static void
look_at_comparison(Node *node, ComparisonSearch *search)
{
	Bitmapset  *before = bms_copy(search->columns);

	search->in_comparison = true;
	search->variables = 0;
	if (IsA(node, Var))
		find_comparisons(node, search);
	else
		expression_tree_walker(node, find_comparisons, search);
	if (search->variables > 1)
		search->columns = before;
	search->in_comparison = false;
}

/* Walks a tree of nodes and notes the table's columns in comparisons. */
static bool
find_comparisons(Node *node, void *context)
{
	ComparisonSearch *search = context;
	bool		within = search->in_comparison;

	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		search->queries = lcons(node, search->queries);
		search->in_comparison = false;
		query_tree_walker((Query *) node, find_comparisons, search, 0);
		search->queries = list_delete_first(search->queries);
		search->in_comparison = within;
	}
	else if (IsA(node, Var))
	{
		int			column = within ? table_column(search->relid, search->queries, node) : 0;

		search->variables++;
		if (column > 0)
			search->columns = bms_add_member(search->columns, column);
	}
	else if (!within && is_comparison(node))
		look_at_comparison(node, search);
	else
	{
		if (!within && IsA(node, CaseExpr) && ((CaseExpr *) node)->arg != NULL)
			look_at_comparison((Node *) ((CaseExpr *) node)->arg, search);
		expression_tree_walker(node, find_comparisons, search);
	}
	return false;
}

/*
 * The attribute numbers of a table's columns that the query compares with
 * something, in the part that root plans or around it; palloc'd.
 */
Bitmapset *
compared_columns(const PlannerInfo *root, Oid relid)
{
	ComparisonSearch search = {.relid = relid};

	for (; root != NULL; root = root->parent_root)
		find_comparisons((Node *) root->parse, &search);
	return search.columns;
}
