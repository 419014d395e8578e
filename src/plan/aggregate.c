/*-------------------------------------------------------------------------
 *
 * aggregate.c
 *		  Sums over days that one row of their total answers as well.
 *
 * A query that reads daily rows only to add them up gets the same sums from
 * rows of granularity TOTAL, one for each entity in place of one for each day.
 * PostgreSQL goes on to aggregate, join and filter: it only does so with rows
 * whose metrics are summed up already.  That is the same if, for the query,
 * the days of an entity differ in nothing but what is summed up:
 *
 *	  - all aggregates are sums of additive metrics of this table, so that the
 *		number of its rows counts nowhere;
 *	  - everything else that the query reads of the table is an id of the
 *		entity or of what the entity belongs to, or a setting, so that all days
 *		of an entity pass the same conditions, join the same rows and fall into
 *		the same groups;
 *	  - the date stands only in conditions that name one range of days, which
 *		is what a total is of.
 *
 * Whether one total can cover these days turns out when the scan is bound
 * (plan_streams()); where it cannot, days are read after all, and added up by
 * the same plan.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/aggregate.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/fmgroids.h"

#include "plan/aggregate.h"
#include "plan/dates.h"
#include "plan/quals.h"
#include "streams/stream_columns.h"
#include "streams/stream_lookup.h"
#include "util/strings.h"

bool		aggregate_pushdown = true;

/* What is looked for in an expression. */
typedef struct SumSearch
{
	Index		relid;
	const Table *table;
	bool		found;			/* a sum of one of the table's metrics */
} SumSearch;

/* ---------- columns ---------- */

/* Whether a stream's parent lists a column: an id that an entity keeps. */
static bool
is_listed_id(const Stream *stream, const char *name)
{
	foreach_parent_column(link, stream->source.parent_columns)
	{
		if (link->variable != NULL && strcmp(link->variable, name) == 0)
			return true;
	}
	return false;
}

/* Whether a column tells when: the day or hour of a row. */
static bool
is_time(const Stream *stream, const char *name)
{
	const Filter *filter = find_filter(stream, name);
	const Column *column = find_column(stream, name);

	return (filter != NULL && filter->kind == FILTER_DATES) ||
		(column != NULL && column->origin == FROM_HOUR);
}

/*
 * Whether a stream has daily rows, by default and of the options, of entities
 * that its parent lists, and can have totals of them.
 */
static bool
has_days_of_entities(const Table *table)
{
	const Stream *stream = table->options->stream;
	const Setting *granularity = find_setting(stream, "granularity");

	if (granularity == NULL || !filter_knows(&granularity->filter, "TOTAL") ||
		strcmp(stream_granularity(stream, table->options), "DAY") != 0)
		return false;
	foreach_string(key, stream->key)
	{
		if (!is_listed_id(stream, *key) && !is_time(stream, *key))
			return false;
	}
	return true;
}

/* Whether a column has the same value in all rows of an entity and its total. */
static bool
is_constant(const Table *table, AttrNumber attnum)
{
	const Stream *stream = table->options->stream;
	const TableColumn *column;

	if (attnum <= 0)
		return false;
	column = &table->columns[attnum];
	if (!column->in_catalog)
		return false;
	return is_listed_id(stream, column->column->name) ||
		(find_setting(stream, column->column->name) != NULL &&
		 strcmp(column->column->name, "granularity") != 0);
}

/* Whether a column is a metric whose sum over days is that of the total. */
static bool
is_additive(const Table *table, AttrNumber attnum)
{
	const TableColumn *column;

	if (attnum <= 0)
		return false;
	column = &table->columns[attnum];
	return column->in_catalog && column->column->additive && column->typid == INT8OID;
}

/* ---------- expressions ---------- */

/* Whether an aggregate is the plain sum of an additive metric of the table. */
static bool
is_own_sum(const Aggref *aggregate, const SumSearch *search)
{
	const Var  *var;

	if (aggregate->aggfnoid != F_SUM_INT8 || aggregate->aggdistinct != NIL ||
		aggregate->aggorder != NIL || list_length(aggregate->args) != 1)
		return false;
	var = (const Var *) linitial_node(TargetEntry, aggregate->args)->expr;
	return IsA(var, Var) && (Index) var->varno == search->relid && var->varlevelsup == 0 &&
		is_additive(search->table, var->varattno);
}

/*
 * Whether an expression can tell an entity's days from its total: by another
 * aggregate, by a column outside of a sum that is not constant, or by a
 * correlated sub-select, whose plan may hide a volatile function.
 */
static bool
tells_days(Node *node, void *context)
{
	SumSearch  *search = context;

	if (node == NULL)
		return false;
	if (IsA(node, Aggref))
	{
		Aggref	   *aggregate = (Aggref *) node;

		if (!is_own_sum(aggregate, search))
			return true;
		search->found = true;
		return tells_days((Node *) aggregate->aggfilter, context);
	}
	if (IsA(node, SubPlan) && ((SubPlan *) node)->parParam != NIL)
		return true;
	if (IsA(node, Var))
		return (Index) ((Var *) node)->varno == search->relid &&
			!is_constant(search->table, ((Var *) node)->varattno);
	return expression_tree_walker(node, tells_days, context);
}

/* ---------- the query ---------- */

/*
 * Whether the query reads of the table nothing but constant columns, and
 * metrics.  Metrics must be needed for its final expressions alone (0 in
 * attr_needed), not for joins.
 */
static bool
reads_constants_and_metrics(const RelOptInfo *baserel, const Table *table)
{
	ListCell   *cell;

	foreach(cell, baserel->reltarget->exprs)
	{
		const Var  *var = lfirst(cell);
		const Bitmapset *needed;

		if (!IsA(var, Var))
			return false;
		if (is_constant(table, var->varattno))
			continue;
		if (!is_additive(table, var->varattno))
			return false;
		needed = baserel->attr_needed[var->varattno - baserel->min_attr];
		if (bms_membership(needed) != BMS_SINGLETON || !bms_is_member(0, needed))
			return false;
	}
	return true;
}

/*
 * Whether the table's own conditions are about what is constant, or name a
 * range of days.
 */
static bool
leaves_range_of_days(const RelOptInfo *baserel, const Table *table, const List *quals)
{
	SumSearch	search = {baserel->relid, table, false};
	ListCell   *cell;

	foreach(cell, baserel->baserestrictinfo)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, cell);
		const Qual *qual = find_qual(quals, rinfo);

		if (qual != NULL && is_time(table->options->stream, qual_column(table, qual)->name))
		{
			if (qual->condition.is_array || qual->condition.is_joined ||
				qual->condition.is_weak)
				return false;
		}
		else if (tells_days((Node *) rinfo->clause, &search))
			return false;
	}
	return true;
}

/*
 * Whether all that a query wants of a table's days are sums, and totals of
 * them would do; quals are those of the table's own conditions.
 */
bool
wants_sums_alone(PlannerInfo *root, RelOptInfo *baserel, const Table *table,
				 const List *quals)
{
	const Query *query = root->parse;
	SumSearch	search = {baserel->relid, table, false};

	if (!aggregate_pushdown || !query->hasAggs || baserel->reloptkind != RELOPT_BASEREL ||
		!has_days_of_entities(table))
		return false;

	/* what is computed anew for each row may differ from day to day */
	if (root->hasLateralRTEs || root->rowMarks != NIL ||
		contain_volatile_functions((Node *) query->jointree) ||
		contain_volatile_functions((Node *) root->processed_tlist))
		return false;
	return reads_constants_and_metrics(baserel, table) &&
		!tells_days((Node *) root->processed_tlist, &search) &&
		!tells_days(query->havingQual, &search) &&
		search.found &&
		leaves_range_of_days(baserel, table, quals);
}
