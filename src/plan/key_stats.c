/*-------------------------------------------------------------------------
 *
 * key_stats.c
 *		  How many values the columns of a key have, without ANALYZE.
 *
 * The planner takes a column of which it knows nothing to have up to 200
 * values, so that a join of two lists of entities seems to have a row or
 * none, and a request for each row of it seems to cost nothing.  The catalog
 * knows better: which column tells an entity from the others, and whose the
 * ids in a column are.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/key_stats.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_statistic.h"

#include "plan/dates.h"
#include "plan/endpoint.h"
#include "plan/estimate.h"
#include "plan/key_stats.h"
#include "streams/stream_lookup.h"
#include "util/strings.h"

/* The column of its parent that a plan has a variable from; NULL: from none. */
static const ParentColumn *
variable_link(const StreamPlan *plan, const char *variable)
{
	foreach_parent_column(link, plan_parent_columns(plan))
	{
		if (link->variable != NULL && strcmp(link->variable, variable) == 0)
			return link;
	}
	return NULL;
}

/* Whether a column alone tells the rows of a plan apart: all else of the key is its parents'. */
static bool
tells_apart(const StreamPlan *plan, const char *column)
{
	if (!is_key_column(plan->stream, column) || variable_link(plan, column) != NULL)
		return false;
	foreach_string(other, plan->stream->key)
	{
		if (strcmp(*other, column) != 0 && variable_link(plan, *other) == NULL)
			return false;
	}
	return true;
}

static double
plan_days(const StreamPlan *plan)
{
	double		days = 0;
	ListCell   *cell;

	foreach(cell, plan->periods)
	{
		days += period_rows(lfirst(cell));
	}
	return days;
}

/* Values that a column has in the rows of a plan; 0: nothing is known of it. */
static double
plan_values(const StreamPlan *plan, const char *column)
{
	const ParentColumn *link = variable_link(plan, column);

	if (link != NULL)
		return plan->parent != NULL ? plan_values(plan->parent, link->column) : 0;
	if (strcmp(column, "date") == 0)
		return plan_days(plan);
	if (!tells_apart(plan, column))
		return 0;
	return estimate_plans(list_make1(unconstify(StreamPlan *, plan))).rows;
}

/*
 * Values that a column has in the rows of a table's plans (StreamPlan *); 0:
 * nothing is known of it.
 */
double
count_values(const Table *table, const List *plans, int attnum)
{
	const TableColumn *column = &table->columns[attnum];
	double		count = 0;
	ListCell   *cell;

	if (!column->in_catalog)
		return 0;
	foreach(cell, plans)
	{
		count = Max(count, plan_values(lfirst(cell), column->column->name));
	}
	return count;
}

/* Whether a column has ids of what belongs to an ad account, so that it implies that. */
bool
is_id_column(const Table *table, int attnum)
{
	const TableColumn *column = &table->columns[attnum];
	const char *name = column->in_catalog ? column->column->name : "";
	size_t		len = strlen(name);

	if (strcmp(name, ACCOUNT_VARIABLE) == 0 || column->filter == NULL)
		return false;
	return strcmp(name, "id") == 0 || (len > 3 && strcmp(name + len - 3, "_id") == 0);
}

/*
 * What pg_statistic would have of a column with so many values, and of nothing
 * else.  Palloc'd in the current context.
 */
HeapTuple
distinct_statistics(Oid relid, int attnum, double count)
{
	Relation	catalog = table_open(StatisticRelationId, AccessShareLock);
	Datum		values[Natts_pg_statistic] = {0};
	bool		nulls[Natts_pg_statistic];
	HeapTuple	tuple;

	memset(nulls, true, sizeof(nulls));
	memset(nulls, false, (Anum_pg_statistic_stanumbers1 - 1) * sizeof(bool));
	values[Anum_pg_statistic_starelid - 1] = ObjectIdGetDatum(relid);
	values[Anum_pg_statistic_staattnum - 1] = Int16GetDatum((int16) attnum);
	values[Anum_pg_statistic_stanullfrac - 1] = Float4GetDatum(0);
	values[Anum_pg_statistic_stadistinct - 1] = Float4GetDatum((float4) count);
	tuple = heap_form_tuple(RelationGetDescr(catalog), values, nulls);
	table_close(catalog, AccessShareLock);
	return tuple;
}
