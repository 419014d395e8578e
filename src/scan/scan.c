/*-------------------------------------------------------------------------
 *
 * scan.c
 *		  Begin, iterate, rescan, end and explain a scan.
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

#include "access/stratnum.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

#include "plan/dates.h"
#include "plan/endpoint.h"
#include "plan/estimate.h"
#include "plan/plan.h"
#include "plan/stream_plan.h"
#include "request/notice.h"
#include "request/page.h"
#include "request/request_text.h"
#include "scan/fetch.h"
#include "scan/scan.h"
#include "streams/stream_lookup.h"
#include "util/compat.h"
#include "util/iso_time.h"
#include "util/strings.h"

typedef struct TableScan
{
	MemoryContext context;		/* of the whole scan */
	MemoryContext bind_context; /* of what is bound, until the next rescan */
	Table	   *table;
	List	   *attnums;
	int64		limit;
	int			order;
	int			flags;
	int			nconditions;
	Condition  *conditions;
	List	   *expressions;	/* ExprState *, in the same order */
	List	   *days_attnums;	/* int: with BIND_SUMS, columns that hold a day */
	DateRange	days;			/* that the conditions leave of them */
	Fetch	   *fetch;			/* NULL: EXPLAIN only */
} TableScan;

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

/*
 * Computes the values of the conditions.  EXPLAIN leaves out those that only
 * a running query can compute.
 */
static ConditionValue *
compute_values(ForeignScanState *node, const TableScan *state, bool running)
{
	ConditionValue *values = palloc0((state->nconditions + 1) * sizeof(ConditionValue));
	ListCell   *cell;
	int			n = 0;

	foreach(cell, state->expressions)
	{
		ExprState  *expression = lfirst(cell);

		values[n].known = running || !has_unknown_param((Node *) expression->expr, node->ss.ps.state);
		if (values[n].known)
			values[n].value = ExecEvalExpr(expression, node->ss.ps.ps_ExprContext,
										   &values[n].isnull);
		n++;
	}
	return values;
}

/* Binds the conditions, in the current context. */
static BoundScan *
bind_conditions(ForeignScanState *node, const TableScan *state, bool running)
{
	BoundScan  *bound = bind_scan(state->table, state->flags, state->nconditions,
								  state->conditions,
								  compute_values(node, state, running));

	bound->limit = state->limit;
	bound->order = state->order;
	return bound;
}

/* The columns with conditions on days, whose rows PostgreSQL does not check. */
static List *
unchecked_days(const TableScan *state)
{
	List	   *attnums = NIL;

	for (int i = 0; i < state->nconditions; i++)
	{
		int			attnum = state->conditions[i].attnum;
		const Column *column = state->table->columns[attnum].column;

		if (find_filter(state->table->options->stream, column->name)->kind == FILTER_DATES)
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

/* ---------- begin, iterate, rescan, end ---------- */

/* BeginForeignScan: unpacks the plan; sends nothing. */
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
	state->attnums = list_nth(plan->fdw_private, PLAN_ATTNUMS);
	state->limit = intVal(list_nth(plan->fdw_private, PLAN_LIMIT));
	state->order = intVal(list_nth(plan->fdw_private, PLAN_ORDER));
	state->flags = intVal(list_nth(plan->fdw_private, PLAN_FLAGS));
	state->conditions = palloc((list_length(conditions) + 1) * sizeof(Condition));
	foreach(cell, conditions)
		state->conditions[state->nconditions++] = plan_condition(lfirst(cell));
	if ((state->flags & BIND_SUMS) != 0)
		state->days_attnums = unchecked_days(state);
	state->expressions = ExecInitExprList(plan->fdw_exprs, (PlanState *) node);
	if (!(eflags & EXEC_FLAG_EXPLAIN_ONLY))
		state->fetch = fetch_create(context, state->table, state->attnums,
									compat_scan_userid(node));
	MemoryContextSwitchTo(old);
	node->fdw_state = state;
}

static void
start_scan(ForeignScanState *node, TableScan *state)
{
	MemoryContext old = MemoryContextSwitchTo(state->bind_context);
	BoundScan  *bound = bind_conditions(node, state, true);

	state->days = bound->dates;
	fetch_start(state->fetch, bound);
	MemoryContextSwitchTo(old);
}

/* IterateForeignScan: the next row, an empty slot after the last. */
TupleTableSlot *
pinterestIterateForeignScan(ForeignScanState *node)
{
	TableScan  *state = node->fdw_state;
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;

	if (!fetch_is_started(state->fetch))
		start_scan(node, state);
	ExecClearTuple(slot);
	while (fetch_next(state->fetch, slot->tts_values, slot->tts_isnull))
		if (is_of_days(state, slot))
			return ExecStoreVirtualTuple(slot);
	return slot;
}

/* ReScanForeignScan: forgets the rows; the next iterate asks anew. */
void
pinterestReScanForeignScan(ForeignScanState *node)
{
	TableScan  *state = node->fdw_state;

	fetch_stop(state->fetch);
	MemoryContextReset(state->bind_context);
}

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

/* ---------- explain ---------- */

static const char *
strategy_operator(int strategy)
{
	static const char *const operators[] = {
		[BTLessStrategyNumber] = "<",
		[BTLessEqualStrategyNumber] = "<=",
		[BTEqualStrategyNumber] = "=",
		[BTGreaterEqualStrategyNumber] = ">=",
		[BTGreaterStrategyNumber] = ">",
	};

	return operators[strategy];
}

/* Whether any of the levels uses a condition on a column. */
static bool
any_uses(const List *levels, const char *column)
{
	ListCell   *cell;

	foreach(cell, levels)
		if (level_uses(lfirst(cell), column))
			return true;
	return levels == NIL;
}

/*
 * The conditions that became parameters, as SQL; all of them where there are
 * no levels because together they leave nothing to ask for.
 */
static List *
pushed_conditions(ForeignScanState *node, const TableScan *state,
				  const List *levels, ExplainState *es)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	List	   *context = set_deparse_context_plan(es->deparse_cxt, (Plan *) plan, NIL);
	List	   *pushed = NIL;
	ListCell   *cell;
	int			n = 0;

	foreach(cell, plan->fdw_exprs)
	{
		const Condition *condition = &state->conditions[n++];
		const TableColumn *column = &state->table->columns[condition->attnum];

		if (!any_uses(levels, column->column->name))
			continue;
		pushed = lappend(pushed,
						 psprintf(condition->is_array ? "%s %s ANY (%s)" : "%s %s %s",
								  quote_identifier(column->name),
								  strategy_operator(condition->strategy),
								  deparse_expression(lfirst(cell), context, false, false)));
	}
	return pushed;
}

/* One line each as text, a list in other formats. */
static void
explain_lines(const char *label, List *lines, ExplainState *es)
{
	ListCell   *cell;

	if (lines != NIL && es->format != EXPLAIN_FORMAT_TEXT)
	{
		ExplainPropertyList(label, lines, es);
		return;
	}
	foreach(cell, lines)
		ExplainPropertyText(label, lfirst(cell), es);
}

/* The requests of the levels' parents, in the order in which they are made. */
static List *
parent_templates(const List *levels)
{
	List	   *templates = NIL;
	ListCell   *cell;

	foreach(cell, levels)
	{
		List	   *own = NIL;
		ListCell   *parent;

		for (const Level *level = ((Level *) lfirst(cell))->parent; level; level = level->parent)
			own = lcons(level_template(level), own);
		foreach(parent, own)
			if (!has_string(templates, lfirst(parent)))
				templates = lappend(templates, lfirst(parent));
	}
	return templates;
}

/* The requests of the levels that have the transport. */
static List *
own_templates(const List *levels, Transport transport)
{
	List	   *templates = NIL;
	ListCell   *cell;

	foreach(cell, levels)
	{
		const Level *level = lfirst(cell);

		if (level->route->transport == transport)
			templates = lappend(templates, level_template(level));
	}
	return templates;
}

/* Which days the levels of a transport serve, by granularity. */
static List *
days_served(const List *levels, Transport transport)
{
	List	   *lines = NIL;
	ListCell   *cell;
	ListCell   *next;

	foreach(cell, levels)
	{
		const Level *level = lfirst(cell);

		if (level->route->transport != transport)
			continue;
		foreach(next, level->periods)
		{
			const Period *period = lfirst(next);
			const DateRange *first = linitial(period->ranges);
			const DateRange *last = llast(period->ranges);

			char	   *days = psprintf("%s to %s", date_text(first->first),
										date_text(last->last));

			lines = lappend(lines, list_length(level->periods) == 1 ? days :
							psprintf("%s, granularity %s", days, period->granularity));
		}
	}
	return lines;
}

/* The sums that totals bring in place of days, as SQL. */
static char *
sums_in_totals(const TableScan *state)
{
	StringInfoData sums;
	ListCell   *cell;

	initStringInfo(&sums);
	foreach(cell, state->attnums)
	{
		const TableColumn *column = &state->table->columns[lfirst_int(cell)];

		if (column->column->additive)
			appendStringInfo(&sums, "%ssum(%s)", sums.len ? ", " : "",
							 quote_identifier(column->name));
	}
	appendStringInfoString(&sums, " over days, read with granularity TOTAL");
	return sums.data;
}

/* Whether levels bring rows of which no field is looked at. */
static bool
reads_no_field(const TableScan *state, const List *levels)
{
	ListCell   *cell;

	foreach(cell, levels)
		if (fetch_reads_fields(state->table, state->attnums, ((Level *) lfirst(cell))->stream))
			return false;
	return levels != NIL;
}

static void
explain_requests(ForeignScanState *node, const TableScan *state, ExplainState *es)
{
	BoundScan  *bound = bind_conditions(node, state, false);
	DatesServed served = {0};
	List	   *levels = NIL;
	List	   *reports;
	List	   *pushed;
	double		requests;
	double		rows;
	ListCell   *cell;

	foreach(cell, state->attnums)
		bound->columns = lappend(bound->columns,
								 unconstify(Column *, wanted_column(state->table, lfirst_int(cell))));
	if (!bound->empty)
		levels = plan_levels(bound, &served);
	check_levels(bound, levels, &served);
	reports = own_templates(levels, TRANSPORT_REPORT);
	if ((state->flags & BIND_SUMS) != 0 && served.totals)
		ExplainPropertyText("Aggregate", sums_in_totals(state), es);
	explain_lines("Listed First", parent_templates(levels), es);
	explain_lines("Request", own_templates(levels, TRANSPORT_GET), es);
	explain_lines("Report", reports, es);
	if (reports != NIL)
	{
		explain_lines("Days by Request", days_served(levels, TRANSPORT_GET), es);
		explain_lines("Days by Report", days_served(levels, TRANSPORT_REPORT), es);
	}
	if (reads_no_field(state, levels))
		ExplainPropertyText("Fields Read", "none", es);
	estimate_levels(levels, &requests, &rows);
	ExplainPropertyFloat("Expected Requests", NULL, requests, 0, es);
	pushed = pushed_conditions(node, state, levels, es);
	if (pushed != NIL)
		ExplainPropertyList("Pushed", pushed, es);
}

static void
explain_counters(const RequestCounters *counters, ExplainState *es)
{
	ExplainPropertyInteger("Requests", NULL, counters->requests, es);
	ExplainPropertyInteger("Pages", NULL, counters->pages, es);
	ExplainPropertyInteger("Retries", NULL, counters->retries, es);
	ExplainPropertyInteger("Rate-Limit Wait", "ms", counters->rate_limit_wait_ms, es);
	ExplainPropertyInteger("Bytes Received", NULL, counters->bytes, es);
}

/*
 * ExplainForeignScan: the requests in advance, and with ANALYZE those that
 * were made.
 */
void
pinterestExplainForeignScan(ForeignScanState *node, ExplainState *es)
{
	TableScan  *state = node->fdw_state;

	explain_requests(node, state, es);
	if (es->analyze && state->fetch != NULL)
		explain_counters(fetch_counters(state->fetch), es);
}
