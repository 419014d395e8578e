/*-------------------------------------------------------------------------
 *
 * sure_run.c
 *		  Whether a scan is sure to run once its query does.
 *
 * Then its first requests may be sent before a row of it is wanted.  The plans
 * above the scan tell: each of them has to want a row of the one below whenever
 * one of its own is wanted.  Of a join both sides are taken to be wanted, although
 * one may have no row, but for what a nested loop does for each row.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/scan/sure_run.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/parallel.h"
#include "executor/executor.h"
#include "nodes/nodeFuncs.h"
#include "tcop/pquery.h"
#include "utils/portal.h"

#include "plan/bind_join_path.h"
#include "scan/scan_private.h"
#include "util/compat.h"

/* Which rows of a plan are wanted. */
typedef enum Wanted
{
	WANTED_NONE,				/* that is not known */
	WANTED_FIRST,				/* one at least */
	WANTED_ALL
} Wanted;

/*
 * What of a query's conditions only its other parts compute, which are not to be
 * run before the query wants them.
 */
static bool
needs_running_query(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, SubPlan) || IsA(node, AlternativeSubPlan) ||
		(IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXEC))
		return true;
	return expression_tree_walker(node, needs_running_query, context);
}

/*
 * Whether the query is a declared cursor's, or runs within the fetch of one: of a
 * cursor no row may ever be wanted.  Such queries alone are planned for the first rows.
 */
static bool
is_cursor(void)
{
	return ActivePortal != NULL && (ActivePortal->cursorOptions & CURSOR_OPT_FAST_PLAN) != 0;
}

/* Whether a LIMIT lets rows through, whatever they are. */
static bool
lets_rows_through(const Limit *limit)
{
	const Const *count = (const Const *) limit->limitCount;

	if (limit->limitOffset != NULL)
		return false;
	return count == NULL ||
		(IsA(count, Const) && (count->constisnull || DatumGetInt64(count->constvalue) > 0));
}

/*
 * Of the plans of an Append the second is wanted where all rows of the first are, and
 * those that run side by side are wanted all at once.
 */
static Wanted
wanted_of_append(const Append *append, const Plan *below, Wanted wanted)
{
	if (compat_prunes(append))
		return WANTED_NONE;
	return wanted == WANTED_ALL || below->async_capable || linitial(append->appendplans) == below ?
		wanted : WANTED_NONE;
}

/* Of a bind join the outer side is wanted, while the scan waits for its keys. */
static Wanted
wanted_of_custom_scan(const CustomScan *scan, const Plan *below, Wanted wanted)
{
	return is_bind_join(scan) && linitial(scan->custom_plans) == below ?
		wanted : WANTED_NONE;
}

/* Which rows of a plan the one above it wants, of which some are wanted. */
static Wanted
wanted_below(const Plan *plan, const Plan *below, Wanted wanted)
{
	switch (nodeTag(plan))
	{
		case T_Hash:
		case T_Sort:
			return WANTED_ALL;
		case T_Agg:
			return ((const Agg *) plan)->aggstrategy == AGG_SORTED ? wanted : WANTED_ALL;
		case T_HashJoin:
		case T_Group:
		case T_IncrementalSort:
		case T_LockRows:
		case T_Material:
		case T_ModifyTable:
		case T_ProjectSet:
		case T_SubqueryScan:
		case T_Unique:
		case T_WindowAgg:
			return wanted;
		case T_MergeAppend:
			return !compat_merge_prunes((const MergeAppend *) plan) ? WANTED_FIRST : WANTED_NONE;
		case T_MergeJoin:
			return WANTED_FIRST;
		case T_NestLoop:
			return plan->lefttree == below ? wanted : WANTED_NONE;
		case T_Result:
			return ((const Result *) plan)->resconstantqual == NULL ? wanted : WANTED_NONE;
		case T_Limit:
			return lets_rows_through((const Limit *) plan) ? WANTED_FIRST : WANTED_NONE;
		case T_Append:
			return wanted_of_append((const Append *) plan, below, wanted);
		case T_CustomScan:
			return wanted_of_custom_scan((const CustomScan *) plan, below, wanted);
		default:
			return WANTED_NONE;
	}
}

/*
 * Whether a scan that begins with these flags is sure to run, and the values of its
 * conditions are known before.
 */
bool
is_sure_to_run(const ForeignScanState *node, int eflags)
{
	const EState *estate = node->ss.ps.state;
	const Plan *plan = node->ss.ps.plan;
	Wanted		wanted = WANTED_ALL;
	List	   *ancestors;

	if ((eflags & EXEC_FLAG_EXPLAIN_ONLY) || estate->es_epq_active != NULL ||
		IsParallelWorker() || is_cursor() ||
		needs_running_query((Node *) ((const ForeignScan *) plan)->fdw_exprs, NULL) ||
		!find_plan_ancestors(estate->es_plannedstmt, plan, &ancestors))
		return false;
	for (int i = list_length(ancestors) - 1; i >= 0 && wanted != WANTED_NONE; i--)
	{
		const Plan *above = list_nth(ancestors, i);

		wanted = wanted_below(above, i > 0 ? list_nth(ancestors, i - 1) : plan, wanted);
	}
	return wanted != WANTED_NONE;
}
