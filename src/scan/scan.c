/*-------------------------------------------------------------------------
 *
 * scan.c
 *		  Begin, iterate, rescan and end a scan.
 *
 * The user mapping is looked up when a scan begins to run, as the user whose
 * rights count, and nothing of it is in the plan.  A rescan computes the
 * conditions anew and asks again; connections are kept.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/scan/scan.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/stratnum.h"
#include "executor/nodeSubplan.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

#include "auth/user_mapping.h"
#include "plan/fdw_private.h"
#include "plan/stream_plan.h"
#include "scan/fetch.h"
#include "scan/scan.h"
#include "scan/scan_private.h"
#include "util/compat.h"

/* ---------- conditions ---------- */

/*
 * Whether an expression has a value that EXPLAIN cannot know: of a running
 * query, or of a parameter that was not given (GENERIC_PLAN); context is the
 * EState.
 */
static bool
has_unknown_param(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Param) &&
		(((Param *) node)->paramkind == PARAM_EXEC ||
		 ((EState *) context)->es_param_list_info == NULL))
		return true;
	return expression_tree_walker(node, has_unknown_param, context);
}

/* Walker: adds the numbers of the params that sub-selects compute to a Bitmapset. */
static bool
collect_params(Node *node, void *context)
{
	Bitmapset **params = context;

	if (node == NULL)
		return false;
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXEC)
		*params = bms_add_member(*params, ((Param *) node)->paramid);
	return expression_tree_walker(node, collect_params, context);
}

/*
 * Readies a test, whose params may have new values.  Sub-selects in it are run
 * now: an error in one of them is the query's own, and what they hold must not
 * be a subtransaction's.
 */
static DayTest *
ready_test(DayTest *test, bool running)
{
	Bitmapset  *params = NULL;

	test->known = NULL;
	test->passed = NULL;
	if (running && test->econtext != NULL)
	{
		(void) collect_params((Node *) test->expression->expr, &params);
		ExecSetParamPlanMulti(params, test->econtext);
	}
	return test;
}

/*
 * Computes the values of the conditions.  EXPLAIN leaves out those that only
 * a running query can compute.
 */
static ConditionValue *
compute_values(ForeignScanState *node, const TableScan *state, bool running)
{
	ConditionValue *values = palloc0((state->nconditions + state->keys.nkeys + 1) * sizeof(ConditionValue));
	ListCell   *cell;
	int			n = 0;

	foreach(cell, state->expressions)
	{
		ExprState  *expression = lfirst(cell);

		values[n].known = running || !has_unknown_param((Node *) expression->expr, node->ss.ps.state);
		if (values[n].known && state->conditions[n].is_test)
			values[n].test = ready_test(&state->tests[n], running);
		else if (values[n].known)
			values[n].value = ExecEvalExpr(expression, node->ss.ps.ps_ExprContext,
										   &values[n].isnull);
		n++;
	}
	return values;
}

/*
 * Binds the conditions with these values, in the current context; with_keys: those
 * of keys, too.  Without them nothing is known of whose ids are asked for.
 */
static BoundQuery *
bind_conditions(const TableScan *state, const ConditionValue *values, bool with_keys)
{
	QueryTraits traits = state->traits;
	BoundQuery *bound;

	if (state->keys.nkeys > 0 && !with_keys)
		traits.ids_of_account = false;
	bound = bind_query(state->table, &traits,
					   state->nconditions + (with_keys ? state->keys.nkeys : 0),
					   state->conditions, values);
	bound->umid = state->umid;
	bound->limit = state->limit;
	bound->order = state->order;
	return bound;
}

/* Binds what is known before the query runs, in the current context. */
BoundQuery *
bind_expected(ForeignScanState *node, const TableScan *state)
{
	ConditionValue *values = compute_values(node, state, false);

	for (int i = 0; i < state->keys.nkeys; i++)
		values[state->nconditions + i].expected = state->keys.expected[i];
	return bind_conditions(state, values, true);
}

/* What the plans of that bound query take, for all groups of keys that are expected. */
Estimate
estimate_expected(const TableScan *state, const List *plans)
{
	Estimate	group = estimate_plans(plans);

	return estimate_groups(&group, state->keys.groups, state->table->options->max_connections);
}

/* Binds the conditions for each group of keys (BoundQuery *) of which there may be rows. */
static List *
bind_groups(const TableScan *state, ConditionValue *values, const List *groups)
{
	List	   *queries = NIL;
	ListCell   *cell;

	foreach(cell, groups)
	{
		BoundQuery *bound;

		memcpy(values + state->nconditions, lfirst(cell), state->keys.nkeys * sizeof(ConditionValue));
		bound = bind_conditions(state, values, true);
		if (!bound->empty || (lnext(groups, cell) == NULL && queries == NIL))
			queries = lappend(queries, bound);
	}
	return queries;
}

/* Likewise, or without keys: then it is one query. */
static List *
bind_running(ForeignScanState *node, const TableScan *state, const List *groups)
{
	ConditionValue *values = compute_values(node, state, true);

	return groups != NIL ? bind_groups(state, values, groups) :
		list_make1(bind_conditions(state, values, false));
}

/* The columns with conditions on days, whose rows PostgreSQL does not check. */
static List *
unchecked_days(const TableScan *state)
{
	List	   *attnums = NIL;

	for (int i = 0; i < state->nconditions; i++)
	{
		int			attnum = state->conditions[i].attnum;

		if (state->table->columns[attnum].filter->kind == FILTER_DATES)
			attnums = list_append_unique_int(attnums, attnum);
	}
	return attnums;
}

/*
 * Whether a row, where days are read for want of a total, is of the days that
 * were asked for.  A total has no day.
 */
static bool
is_of_days(const TableScan *state, const TupleTableSlot *slot)
{
	ListCell   *cell;

	foreach(cell, state->days_attnums)
	{
		int			i = lfirst_int(cell) - 1;
		DateADT		day = DatumGetDateADT(slot->tts_values[i]);

		if (!slot->tts_isnull[i] && (day < state->days.first || day > state->days.last))
			return false;
	}
	return true;
}

/* The conditions that are tests, each at its place. */
static DayTest *
create_tests(const TableScan *state, EState *estate)
{
	DayTest    *tests = palloc0((state->nconditions + 1) * sizeof(DayTest));
	ListCell   *cell;
	int			n = 0;

	foreach(cell, state->expressions)
	{
		tests[n].expression = lfirst(cell);
		if (state->conditions[n].is_test)
			tests[n].econtext = CreateExprContext(estate);
		n++;
	}
	return tests;
}

/* ---------- begin, iterate, rescan, end ---------- */

static void
start_scan(ForeignScanState *node, TableScan *state)
{
	MemoryContext old = MemoryContextSwitchTo(state->bind_context);
	List	   *queries = bind_running(node, state, state->key_groups);

	state->days = ((BoundQuery *) linitial(queries))->dates;
	fetch_start(state->fetch, queries);
	MemoryContextSwitchTo(old);
}

/* Whether a query has several foreign tables. */
static bool
has_foreign_tables(const EState *estate)
{
	int			count = 0;
	ListCell   *cell;

	foreach(cell, estate->es_range_table)
	{
		const RangeTblEntry *rte = lfirst_node(RangeTblEntry, cell);

		count += rte->rtekind == RTE_RELATION && rte->relkind == RELKIND_FOREIGN_TABLE;
	}
	return count > 1;
}

/*
 * BeginForeignScan: unpacks the plan.  Where the scan is sure to run its first
 * requests are sent, so that those of all scans of a query are under way together.
 */
void
pinterestBeginForeignScan(ForeignScanState *node, int eflags)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	EState	   *estate = node->ss.ps.state;
	List	   *conditions = list_nth(plan->fdw_private, PLAN_CONDITIONS);
	TableScan  *state;
	MemoryContext context = AllocSetContextCreate(estate->es_query_cxt,
												  "pinterest_fdw", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	ListCell   *cell;

	state = palloc0(sizeof(TableScan));
	state->context = context;
	state->bind_context = AllocSetContextCreate(context, "pinterest_fdw conditions",
												ALLOCSET_SMALL_SIZES);
	state->table = describe_table(node->ss.ss_currentRelation);
	state->umid = mapping_id_of_user(compat_scan_userid(node), state->table->options->serverid);
	state->attnums = list_nth(plan->fdw_private, PLAN_ATTNUMS);
	state->limit = intVal(list_nth(plan->fdw_private, PLAN_LIMIT));
	state->order = intVal(list_nth(plan->fdw_private, PLAN_ORDER));
	state->traits = decode_traits(list_nth(plan->fdw_private, PLAN_TRAITS));
	state->keys = decode_keys(list_nth(plan->fdw_private, PLAN_KEYS));
	state->conditions = palloc((list_length(conditions) + state->keys.nkeys + 1) * sizeof(Condition));
	foreach(cell, conditions)
	{
		state->conditions[state->nconditions++] = decode_condition(lfirst(cell));
	}
	for (int i = 0; i < state->keys.nkeys; i++)
		state->conditions[state->nconditions + i] = state->keys.conditions[i];
	if (state->traits.sums_alone)
		state->days_attnums = unchecked_days(state);
	state->expressions = ExecInitExprList(plan->fdw_exprs, (PlanState *) node);
	state->tests = create_tests(state, estate);
	if (!(eflags & EXEC_FLAG_EXPLAIN_ONLY))
	{
		state->fetch = fetch_create(context, state->table, state->attnums,
									compat_scan_userid(node));
		fetch_share(state->fetch, estate->es_query_cxt, has_foreign_tables(estate));
	}
	MemoryContextSwitchTo(old);
	node->fdw_state = state;
	if (state->keys.nkeys == 0 && is_sure_to_run(node, eflags))
	{
		start_scan(node, state);
		fetch_send(state->fetch);
	}
}

/*
 * IterateForeignScan: the next row, an empty slot after the last; where an Append
 * asks, also while there is none yet.
 */
TupleTableSlot *
pinterestIterateForeignScan(ForeignScanState *node)
{
	TableScan  *state = node->fdw_state;
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;
	RequestRow	found = REQUEST_ROW;

	if (!fetch_is_started(state->fetch))
		start_scan(node, state);
	ExecClearTuple(slot);
	while (found == REQUEST_ROW && (!state->is_asked || state->rows_of_turn++ < ROWS_PER_TURN))
	{
		found = fetch_try_next(state->fetch, slot->tts_values, slot->tts_isnull, !state->is_asked);
		if (found == REQUEST_ROW && is_of_days(state, slot))
			return ExecStoreVirtualTuple(slot);
	}
	state->is_pending = found != REQUEST_NO_MORE_ROWS;
	return slot;
}

/* ReScanForeignScan: forgets the rows; the next iterate asks anew. */
void
pinterestReScanForeignScan(ForeignScanState *node)
{
	TableScan  *state = node->fdw_state;

	fetch_stop(state->fetch);
	state->key_groups = NIL;
	MemoryContextReset(state->bind_context);
}

/* ---------- keys of a join ---------- */

/*
 * Gives a scan that has not begun, or was rescanned, the values of its keys: of each
 * group one ConditionValue for each key, in their order (ConditionValue *).  They
 * have to live until the next rescan.  NIL: the scan is to read all that its other
 * conditions leave.
 */
void
scan_set_keys(ForeignScanState *node, List *groups)
{
	TableScan  *state = node->fdw_state;

	state->key_groups = groups;
}

/*
 * What a scan would take with such groups of keys, or without (NIL), if it may do
 * without them; else more than anything.
 */
Estimate
scan_estimate(ForeignScanState *node, const List *groups)
{
	TableScan  *state = node->fdw_state;
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "pinterest_fdw estimate",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	const WantedColumns *wanted = want_columns(state->table, state->attnums);
	List	   *plans = NIL;
	DatesServed served;
	Estimate	estimate;
	ListCell   *cell;

	foreach(cell, bind_running(node, state, groups))
	{
		BoundQuery *bound = lfirst(cell);

		bound->wanted = wanted;
		if (!bound->empty)
			plans = list_concat(plans, plan_streams(bound, &served));
	}
	estimate = estimate_plans(plans);
	estimate.round_trips = Max(estimate.round_trips,
							   ceil(estimate.requests / state->table->options->max_connections));
	if (groups == NIL && !state->keys.whole)
		estimate.requests = HUGE_VAL;
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
	return estimate;
}

/* ---------- end ---------- */

/* EndForeignScan: frees all that the scan holds. */
void
pinterestEndForeignScan(ForeignScanState *node)
{
	TableScan  *state = node->fdw_state;

	if (state == NULL)
		return;
	if (state->fetch != NULL)
		fetch_end(state->fetch);
	MemoryContextDelete(state->context);
	node->fdw_state = NULL;
}
