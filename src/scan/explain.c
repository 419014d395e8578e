/*-------------------------------------------------------------------------
 *
 * explain.c
 *		  EXPLAIN of a foreign scan.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/scan/explain.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "commands/explain.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/ruleutils.h"

#include "plan/dates.h"
#include "plan/day_clause.h"
#include "plan/estimate.h"
#include "plan/quals.h"
#include "plan/stream_plan.h"
#include "request/notice.h"
#include "request/request_text.h"
#include "scan/explain_wrap.h"
#include "scan/scan.h"
#include "scan/scan_private.h"
#include "util/compat.h"
#include "util/iso_time.h"
#include "util/strings.h"

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

/* Whether any of the plans uses a condition on a column. */
static bool
any_uses(const List *plans, const char *column)
{
	ListCell   *cell;

	foreach(cell, plans)
	{
		if (plan_uses(lfirst(cell), column))
			return true;
	}
	return plans == NIL;
}

/* Lets parameters of the executor show by their numbers, as those of a client do. */
static Node *
number_parameters(Node *node, void *context)
{
	if (node != NULL && IsA(node, Param))
	{
		Param	   *param = copyObject((Param *) node);

		param->paramkind = PARAM_EXTERN;
		return (Node *) param;
	}
	return expression_tree_mutator(node, number_parameters, context);
}

/*
 * What deparse_expression() wants to show the values of the conditions, which
 * *values are: a parameter is shown as what it stands for.
 */
static List *
values_context(ForeignScanState *node, ExplainState *es, List **values)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	List	   *ancestors;

	/* ruleutils.c takes a parameter without a referent for a bug */
	*values = plan->fdw_exprs;
	if (!find_plan_ancestors(node->ss.ps.state->es_plannedstmt, (Plan *) plan, &ancestors))
		*values = (List *) number_parameters((Node *) *values, NULL);
	return set_deparse_context_plan(es->deparse_cxt, (Plan *) plan, ancestors);
}

/* A condition with its expression, as SQL. */
static char *
condition_text(const ForeignScan *plan, const Table *table, const Condition *condition,
			   Node *expression, List *context)
{
	const char *column = quote_identifier(table->columns[condition->attnum].name);
	char	   *text;

	if (condition->is_test)
		return deparse_expression(clause_of_day_test(date_of_test(plan->scan.scanrelid, condition),
													 expression),
								  context, false, false);
	if (condition->or_null && IsA(expression, Const) && ((Const *) expression)->constisnull)
		return psprintf("%s IS NULL", column);
	text = psprintf(condition->is_array ? "%s %s ANY (%s)" : "%s %s %s",
					column, strategy_operator(condition->strategy),
					deparse_expression(expression, context, false, false));
	return condition->or_null ? psprintf("(%s OR %s IS NULL)", text, column) : text;
}

/* A condition whose values a join finds out, in words. */
static char *
key_text(const Table *table, const Condition *condition)
{
	const char *column = quote_identifier(table->columns[condition->attnum].name);

	if (condition->strategy == BTEqualStrategyNumber)
		return psprintf("%s = ANY (keys of the join)", column);
	return psprintf("%s %s %s key of the join", column, strategy_operator(condition->strategy),
					condition->strategy > BTEqualStrategyNumber ? "least" : "greatest");
}

/*
 * The conditions that became parameters, as SQL; all of them where there are
 * no plans because together they leave nothing to ask for.
 */
static List *
pushed_conditions(ForeignScanState *node, const TableScan *state,
				  const List *plans, ExplainState *es)
{
	const ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	List	   *values;
	List	   *context = values_context(node, es, &values);
	List	   *pushed = NIL;
	ListCell   *cell;
	int			n = 0;

	foreach(cell, values)
	{
		const Condition *condition = &state->conditions[n++];
		const TableColumn *column = &state->table->columns[condition->attnum];

		if (any_uses(plans, column->column->name))
			pushed = lappend(pushed, condition_text(plan, state->table, condition,
													lfirst(cell), context));
	}
	for (int i = 0; i < state->keys.nkeys; i++)
	{
		const Condition *condition = &state->keys.conditions[i];
		const TableColumn *column = &state->table->columns[condition->attnum];

		if (any_uses(plans, column->column->name))
			pushed = lappend(pushed, key_text(state->table, condition));
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
	{
		explain_text(label, lfirst(cell), es);
	}
}

/* The requests of the plans' parents, in the order in which they are made. */
static List *
parent_templates(const List *plans)
{
	List	   *templates = NIL;
	ListCell   *cell;

	foreach(cell, plans)
	{
		List	   *own = NIL;
		ListCell   *parent;

		for (const StreamPlan *plan = ((StreamPlan *) lfirst(cell))->parent; plan; plan = plan->parent)
			own = lcons(plan_template(plan), own);
		foreach(parent, own)
		{
			if (!has_string(templates, lfirst(parent)))
				templates = lappend(templates, lfirst(parent));
		}
	}
	return templates;
}

/* The requests of the plans that have the transport. */
static List *
own_templates(const List *plans, Transport transport)
{
	List	   *templates = NIL;
	ListCell   *cell;

	foreach(cell, plans)
	{
		const StreamPlan *plan = lfirst(cell);

		if (plan->endpoint->transport == transport)
			templates = lappend(templates, plan_template(plan));
	}
	return templates;
}

/* Which days the plans of a transport serve, by granularity. */
static List *
days_served(const List *plans, Transport transport)
{
	List	   *lines = NIL;
	ListCell   *cell;
	ListCell   *next;

	foreach(cell, plans)
	{
		const StreamPlan *plan = lfirst(cell);

		if (plan->endpoint->transport != transport)
			continue;
		foreach(next, plan->periods)
		{
			const Period *period = lfirst(next);
			const DateRange *first = linitial(period->ranges);
			const DateRange *last = llast(period->ranges);

			char	   *days = psprintf("%s to %s", date_text(first->first),
										date_text(last->last));

			lines = lappend(lines, list_length(plan->periods) == 1 ? days :
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
			append_listed(&sums, ", ", psprintf("sum(%s)", quote_identifier(column->name)));
	}
	appendStringInfoString(&sums, " over days, read with granularity TOTAL");
	return sums.data;
}

/* Whether plans bring rows of which no field is looked at. */
static bool
reads_no_field(const TableScan *state, const List *plans)
{
	ListCell   *cell;

	foreach(cell, plans)
	{
		if (fetch_reads_fields(state->table, state->attnums, lfirst(cell)))
			return false;
	}
	return plans != NIL;
}

static void
explain_requests(ForeignScanState *node, const TableScan *state, ExplainState *es)
{
	BoundQuery *bound = bind_expected(node, state);
	DatesServed served = {0};
	List	   *plans = NIL;
	List	   *reports;

	bound->wanted = want_columns(state->table, state->attnums);
	if (!bound->empty)
		plans = plan_streams(bound, &served);
	check_plans(bound, plans, &served);
	reports = own_templates(plans, TRANSPORT_REPORT);
	if (state->traits.sums_alone && served.totals)
		explain_text("Aggregate", sums_in_totals(state), es);
	explain_lines("Listed First", parent_templates(plans), es);
	explain_lines("Request", own_templates(plans, TRANSPORT_GET), es);
	explain_lines("Report", reports, es);
	if (reports != NIL)
	{
		explain_lines("Days by Request", days_served(plans, TRANSPORT_GET), es);
		explain_lines("Days by Report", days_served(plans, TRANSPORT_REPORT), es);
	}
	if (reads_no_field(state, plans))
		ExplainPropertyText("Fields Read", "none", es);
	ExplainPropertyFloat("Expected Requests", NULL, estimate_expected(state, plans).requests, 0, es);
	explain_list("Pushed", pushed_conditions(node, state, plans, es), es);
}

static void
explain_counters(const RequestCounters *counters, ExplainState *es)
{
	ExplainPropertyInteger("Requests", NULL, counters->requests, es);
	ExplainPropertyInteger("Pages", NULL, counters->pages, es);
	if (counters->shared > 0)
		ExplainPropertyInteger("Shared Pages", NULL, counters->shared, es);
	if (counters->cached > 0)
		ExplainPropertyInteger("Cached Pages", NULL, counters->cached, es);
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
