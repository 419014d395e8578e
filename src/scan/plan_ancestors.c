/*-------------------------------------------------------------------------
 *
 * plan_ancestors.c
 *		  The nodes above a node of a plan.
 *
 * To name what a parameter stands for, EXPLAIN needs the nodes above the one that
 * reads it.  ExplainForeignScan is not given these, so they are searched for.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/scan/plan_ancestors.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"
#include "nodes/plannodes.h"

#include "scan/scan_private.h"

typedef struct Search
{
	const PlannedStmt *statement;
	const Plan *wanted;
	List	   *ancestors;		/* of the place that is searched */
} Search;

/* A list in a kind of node. */
typedef struct NodeList
{
	NodeTag		tag;
	size_t		offset;
} NodeList;

/* Where plans stand besides lefttree and righttree. */
static const NodeList lists_of_plans[] = {
	{T_Append, offsetof(Append, appendplans)},
	{T_MergeAppend, offsetof(MergeAppend, mergeplans)},
	{T_CustomScan, offsetof(CustomScan, custom_plans)},
};

/* Where expressions with subplans may stand besides targetlist and qual. */
static const NodeList lists_of_expressions[] = {
	{T_NestLoop, offsetof(NestLoop, join.joinqual)},
	{T_HashJoin, offsetof(HashJoin, join.joinqual)},
	{T_HashJoin, offsetof(HashJoin, hashclauses)},
	{T_MergeJoin, offsetof(MergeJoin, join.joinqual)},
	{T_MergeJoin, offsetof(MergeJoin, mergeclauses)},
	{T_Result, offsetof(Result, resconstantqual)},
	{T_ValuesScan, offsetof(ValuesScan, values_lists)},
	{T_FunctionScan, offsetof(FunctionScan, functions)},
	{T_IndexScan, offsetof(IndexScan, indexqualorig)},
	{T_IndexOnlyScan, offsetof(IndexOnlyScan, indexqual)},
	{T_BitmapHeapScan, offsetof(BitmapHeapScan, bitmapqualorig)},
	{T_ModifyTable, offsetof(ModifyTable, returningLists)},
	{T_ForeignScan, offsetof(ForeignScan, fdw_exprs)},
	{T_CustomScan, offsetof(CustomScan, custom_exprs)},
};

static bool find_plan(const Plan *plan, Search *search);

static bool
find_in_list(List *plans, Search *search)
{
	ListCell   *cell;

	foreach(cell, plans)
	{
		if (find_plan(lfirst(cell), search))
			return true;
	}
	return false;
}

/* In the subplans that an expression calls. */
static bool
find_in_expression(Node *node, Search *search)
{
	if (node == NULL)
		return false;
	if (IsA(node, SubPlan))
	{
		int			number = ((SubPlan *) node)->plan_id - 1;

		search->ancestors = lcons(node, search->ancestors);
		if (find_plan(list_nth(search->statement->subplans, number), search))
			return true;
		search->ancestors = list_delete_first(search->ancestors);
	}
	return expression_tree_walker(node, find_in_expression, search);
}

/* The list at a place in a node; NIL: the place is of another kind of node. */
static List *
list_of(const Plan *plan, const NodeList *place)
{
	if (nodeTag(plan) != place->tag)
		return NIL;
	return *(List *const *) ((const char *) plan + place->offset);
}

static bool
find_below(const Plan *plan, Search *search)
{
	if (find_plan(plan->lefttree, search) || find_plan(plan->righttree, search))
		return true;
	if (IsA(plan, SubqueryScan) && find_plan(((const SubqueryScan *) plan)->subplan, search))
		return true;
	for (int i = 0; i < (int) lengthof(lists_of_plans); i++)
		if (find_in_list(list_of(plan, &lists_of_plans[i]), search))
			return true;
	if (find_in_expression((Node *) plan->initPlan, search) ||
		find_in_expression((Node *) plan->targetlist, search) ||
		find_in_expression((Node *) plan->qual, search))
		return true;
	for (int i = 0; i < (int) lengthof(lists_of_expressions); i++)
		if (find_in_expression((Node *) list_of(plan, &lists_of_expressions[i]), search))
			return true;
	return false;
}

/* Whether the wanted plan is this one or below it; then ancestors are its own. */
static bool
find_plan(const Plan *plan, Search *search)
{
	if (plan == NULL || plan == search->wanted)
		return plan != NULL;
	search->ancestors = lcons(unconstify(Plan *, plan), search->ancestors);
	if (find_below(plan, search))
		return true;
	search->ancestors = list_delete_first(search->ancestors);
	return false;
}

/*
 * Whether a node of a statement's plan is found; *ancestors are the nodes above
 * it then, plans and calls of subplans (SubPlan), the nearest first.  The list
 * is palloc'd, its elements are the plan's.
 */
bool
find_plan_ancestors(const PlannedStmt *statement, const Plan *plan, List **ancestors)
{
	Search		search = {.statement = statement, .wanted = plan};
	bool		found = find_plan(statement->planTree, &search);

	*ancestors = search.ancestors;
	return found;
}
