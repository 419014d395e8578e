/*-------------------------------------------------------------------------
 *
 * table_plan.c
 *		  What the planner knows of a table, and can know of its conditions.
 *
 * Values that only a running query has are bound as placeholders.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/table_plan.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/executor.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"

#include "plan/stream_plan.h"
#include "plan/table_plan.h"
#include "streams/stream_lookup.h"

/*
 * A test with what the planner knows.  It is kept, as all paths of a query ask for
 * the same days.
 */
typedef struct PlannedTest
{
	const Expr *expression;		/* as in Qual */
	DayTest    *test;			/* NULL: only the executor can evaluate it */
} PlannedTest;

/* Walker: whether a value is given only to a running query. */
static bool
has_param(Node *node, void *context)
{
	if (node == NULL)
		return false;
	return IsA(node, Param) || expression_tree_walker(node, has_param, context);
}

/* The test of a qual; NULL: only the executor can evaluate it. */
static DayTest *
planned_test(PlannerInfo *root, TablePlan *state, const Qual *qual)
{
	PlannedTest *planned;
	ListCell   *cell;
	Node	   *node;

	foreach(cell, state->tests)
	{
		planned = lfirst(cell);
		if (equal(planned->expression, qual->value))
			return planned->test;
	}
	planned = palloc0(sizeof(PlannedTest));
	planned->expression = qual->value;
	state->tests = lappend(state->tests, planned);
	node = estimate_expression_value(root, (Node *) qual->value);
	if (has_param(node, NULL))
		return NULL;
	fix_opfuncids(node);
	planned->test = palloc0(sizeof(DayTest));
	planned->test->expression = ExecInitExpr((Expr *) node, NULL);
	planned->test->econtext = CreateStandaloneExprContext();
	return planned->test;
}

/* What the planner can know of a qual's value. */
static ConditionValue
estimated_value(PlannerInfo *root, TablePlan *state, const Qual *qual)
{
	ConditionValue value = {0};
	Node	   *node;

	if (qual->condition.is_test)
	{
		value.test = planned_test(root, state, qual);
		value.known = value.test != NULL;
		return value;
	}
	node = estimate_expression_value(root, (Node *) qual->value);
	if (IsA(node, Const))
	{
		value.known = true;
		value.isnull = ((Const *) node)->constisnull;
		value.value = ((Const *) node)->constvalue;
	}
	value.expected = qual->expected;
	return value;
}

/* Binds what the planner can know of the quals' values. */
static BoundQuery *
bind_values_of(PlannerInfo *root, TablePlan *state, const List *quals)
{
	int			count = list_length(quals);
	Condition  *conditions = palloc((count + 1) * sizeof(Condition));
	ConditionValue *values = palloc0((count + 1) * sizeof(ConditionValue));
	ListCell   *cell;
	int			n = 0;

	foreach(cell, quals)
	{
		Qual	   *qual = lfirst(cell);

		conditions[n] = qual->condition;
		values[n++] = estimated_value(root, state, qual);
	}
	return bind_query(state->table, &state->traits, count, conditions, values);
}

/* Whether conditions on a column become the range of days that is asked for. */
bool
is_dates_column(const Table *table, int attnum)
{
	const Filter *filter = table->columns[attnum].filter;

	return filter != NULL && filter->kind == FILTER_DATES;
}

static GetForeignRelSize_function size_callback;

/*
 * Says by which callback tables of this wrapper are told from others.  To be called once
 * per process.
 */
void
table_plan_init(GetForeignRelSize_function callback)
{
	size_callback = callback;
}

/* Whether a table is of this wrapper, and GetForeignRelSize has looked at it. */
bool
is_of_wrapper(const RelOptInfo *rel)
{
	return rel->fdwroutine != NULL && rel->fdw_private != NULL &&
		rel->fdwroutine->GetForeignRelSize == size_callback;
}

/*
 * The table of this wrapper whose column a value is; NULL for other values.
 * One that has children is none: these are scanned instead, and may be local.
 */
static RelOptInfo *
value_table(PlannerInfo *root, const Qual *qual)
{
	Var		   *var = (Var *) strip_relabel((Node *) qual->value);
	RelOptInfo *rel;

	if (!IsA(var, Var) || var->varattno <= 0)
		return NULL;
	rel = root->simple_rel_array[var->varno];
	return rel != NULL && is_of_wrapper(rel) ? rel : NULL;
}

/* The one ad account that a table's own clauses leave; NULL: not one. */
static const char *
only_account(PlannerInfo *root, RelOptInfo *rel)
{
	TablePlan  *plan = rel->fdw_private;
	List	   *quals = find_quals(root, rel, plan->table, rel->baserestrictinfo);
	const Binding *account = find_binding(bind_values_of(root, plan, quals)->bindings,
										  ACCOUNT_VARIABLE);

	return account != NULL && account->known && list_length(account->values) == 1 ?
		linitial(account->values) : NULL;
}

/*
 * Whether ad account and ids belong together by the API's own word: they come
 * from one row of another table of this wrapper, or from one in which that
 * account alone is.  Ids from anywhere else might be asked for in an account
 * that is not theirs.
 */
static bool
ids_are_of_account(PlannerInfo *root, TablePlan *state,
				   const List *quals, const BoundQuery *bound)
{
	const Binding *account = find_binding(bound->bindings, ACCOUNT_VARIABLE);
	RelOptInfo *account_table = NULL;
	ListCell   *cell;

	if (account == NULL || list_length(account->values) != 1)
		return false;
	foreach(cell, quals)
	{
		if (strcmp(qual_column(state->table, lfirst(cell))->name, ACCOUNT_VARIABLE) == 0)
			account_table = value_table(root, lfirst(cell));
	}
	foreach(cell, quals)
	{
		const Qual *qual = lfirst(cell);
		const Column *column = qual_column(state->table, qual);
		RelOptInfo *table = value_table(root, qual);
		const char *only;

		if (strcmp(column->name, ACCOUNT_VARIABLE) == 0 ||
			is_dates_column(state->table, qual->condition.attnum) ||
			state->table->columns[qual->condition.attnum].filter->values != NULL)
			continue;
		if (table == NULL)
			return false;
		only = account->known ? only_account(root, table) : NULL;
		if (table != account_table &&
			(only == NULL || strcmp(only, linitial(account->values)) != 0))
			return false;
	}
	return true;
}

/* Binds what the planner can know of a scan. */
BoundQuery *
bind_estimated(PlannerInfo *root, TablePlan *state, const List *quals)
{
	BoundQuery *bound = bind_values_of(root, state, list_concat_copy(quals, state->implied));

	bound->traits.ids_of_account = ids_are_of_account(root, state, quals, bound);
	bound->wanted = state->wanted;
	bound->umid = state->umid;
	return bound;
}

/* The plans of a bound scan (StreamPlan *). */
List *
estimated_plans(const BoundQuery *bound)
{
	DatesServed served;

	return bound->empty ? NIL : plan_streams(bound, &served);
}
