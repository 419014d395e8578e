/*-------------------------------------------------------------------------
 *
 * joined.c
 *		  What joins read of a table.
 *
 * Which columns they name decides what a scan without their values has to read, and
 * how many values a key has, how many rows they are expected to have.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/joined.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "optimizer/optimizer.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
#include "utils/selfuncs.h"
#include "utils/syscache.h"

#include "plan/compared.h"
#include "plan/joined.h"
#include "plan/key_stats.h"
#include "streams/stream_lookup.h"

/* Callback of generate_implied_equalities_for_column(). */
static bool
member_reads_column(PlannerInfo *root, RelOptInfo *rel, EquivalenceClass *ec,
					EquivalenceMember *em, void *arg)
{
	Bitmapset  *used = NULL;

	pull_varattnos((Node *) em->em_expr, rel->relid, &used);
	return bms_is_member(*(int *) arg - FirstLowInvalidHeapAttributeNumber, used);
}

/*
 * The columns that those of some clauses read which are no quals, and what
 * tests that are weaker than their clauses leave out.
 */
Bitmapset *
unmatched_columns(const RelOptInfo *baserel, const List *clauses, const List *quals)
{
	Bitmapset  *used = NULL;
	ListCell   *cell;

	foreach(cell, clauses)
	{
		const RestrictInfo *rinfo = lfirst_node(RestrictInfo, cell);
		const Qual *qual = find_qual(quals, rinfo);
		Bitmapset  *read = NULL;

		if (qual != NULL && !qual->condition.is_weak)
			continue;
		pull_varattnos((Node *) rinfo->clause, baserel->relid, &read);
		if (qual != NULL)
			read = bms_del_member(read, qual->condition.attnum - FirstLowInvalidHeapAttributeNumber);
		used = bms_join(used, read);
	}
	return used;
}

/* Whether a join clause, of those in joined or implied by others, reads a column. */
static bool
is_joined(PlannerInfo *root, RelOptInfo *baserel, Bitmapset *joined, int attnum)
{
	return bms_is_member(attnum - FirstLowInvalidHeapAttributeNumber, joined) ||
		(baserel->has_eclass_joins &&
		 generate_implied_equalities_for_column(root, baserel, member_reads_column, &attnum,
												NULL) != NIL);
}

/* Whether a column is a variable of which the parent lists the token's own alone. */
static bool
own_only_column(const Table *table, int attnum)
{
	const TableColumn *column = &table->columns[attnum];

	foreach_parent_column(link, column->in_catalog ? table->options->stream->source.parent_columns : NULL)
	{
		if (link->own_only && strcmp(link->variable, column->column->name) == 0)
			return true;
	}
	return false;
}

/* The place of a column among the settings of its table's stream; -1: it is none. */
static int
setting_place(const Table *table, int attnum)
{
	const TableColumn *column = &table->columns[attnum];
	int			place = 0;

	foreach_setting(setting, column->in_catalog ? table->options->stream->settings : NULL)
	{
		if (strcmp(column->column->name, setting->filter.column) == 0)
			return place;
		place++;
	}
	return -1;
}

/*
 * Finds out which columns of dates and settings join clauses read, and which
 * settings the table's own clauses read in a way that the API cannot be told.
 * Without another condition the scan then reads all the days or values there
 * are: whether a join clause is passed to the API depends on the plan, and the
 * rows must not.
 */
void
find_joined_columns(PlannerInfo *root, RelOptInfo *baserel, TablePlan *state)
{
	const Table *table = state->table;
	Bitmapset  *unmatched = unmatched_columns(baserel, baserel->baserestrictinfo,
											  find_quals(root, baserel, table,
														 baserel->baserestrictinfo));
	Bitmapset  *joined = NULL;
	ListCell   *cell;

	foreach(cell, baserel->joininfo)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, cell);

		/* what no plan can pass down makes no plan differ */
		if (join_clause_is_movable_to(rinfo, baserel))
			pull_varattnos((Node *) rinfo->clause, baserel->relid, &joined);
	}
	state->joined = joined;
	for (int attnum = 1; attnum <= table->natts; attnum++)
	{
		int			place = setting_place(table, attnum);
		bool		by_join;

		if (is_dates_column(table, attnum) && is_joined(root, baserel, joined, attnum))
			state->traits.joined_dates = true;
		if (own_only_column(table, attnum) && is_joined(root, baserel, joined, attnum))
			state->joined_own = true;
		if (place < 0)
			continue;
		by_join = is_joined(root, baserel, joined, attnum);
		if (by_join && table->options->stream->settings[place].parent != NULL)
			state->joined_own = true;
		if (by_join || bms_is_member(attnum - FirstLowInvalidHeapAttributeNumber, unmatched))
			state->traits.joined_settings = bms_add_member(state->traits.joined_settings, place);
	}
}

/*
 * Finds out which settings the query compares anywhere.  Where no condition on
 * them reaches the scan, their one usual value may not be what it means.
 */
void
find_compared_settings(PlannerInfo *root, TablePlan *state)
{
	const Table *table = state->table;
	Bitmapset  *compared;
	int			attnum = -1;

	if (table->options->stream->settings == NULL)
		return;
	compared = compared_columns(root, table->options->relid);
	while ((attnum = bms_next_member(compared, attnum)) >= 0)
	{
		int			place = setting_place(table, attnum);

		if (place >= 0)
			state->traits.compared_settings = bms_add_member(state->traits.compared_settings, place);
	}
}

/* Whether join clauses read a column of ids. */
static bool
joins_ids(PlannerInfo *root, RelOptInfo *baserel, TablePlan *state)
{
	for (int attnum = 1; attnum <= state->table->natts; attnum++)
		if (is_id_column(state->table, attnum) && is_joined(root, baserel, state->joined, attnum))
			return true;
	return false;
}

/*
 * See TablePlan.values.  An ad account is implied by an id: where the query joins
 * both, the account is taken to have one value, or the planner, to which clauses
 * are independent of each other, would expect few of the rows that there are.
 */
double *
count_key_values(PlannerInfo *root, RelOptInfo *baserel, TablePlan *state, const List *plans)
{
	const Table *table = state->table;
	double	   *values = palloc0((table->natts + 1) * sizeof(double));

	for (int attnum = 1; attnum <= table->natts; attnum++)
	{
		const TableColumn *column = &table->columns[attnum];

		values[attnum] = count_values(table, plans, attnum);
		if (values[attnum] > 0 && strcmp(column->column->name, ACCOUNT_VARIABLE) == 0 &&
			joins_ids(root, baserel, state))
			values[attnum] = 1;
	}
	return values;
}

/* Callback of generate_implied_equalities_for_column(). */
static bool
member_is_column(PlannerInfo *root, RelOptInfo *rel, EquivalenceClass *ec,
				 EquivalenceMember *em, void *arg)
{
	Var		   *var = (Var *) strip_relabel((Node *) em->em_expr);

	return var != NULL && IsA(var, Var) && (Index) var->varno == rel->relid &&
		var->varattno == *(int *) arg;
}

/*
 * Join clauses that could bind a filtered column by another table's, and be
 * checked when the table is scanned.
 */
List *
binding_join_clauses(PlannerInfo *root, RelOptInfo *baserel, const Table *table)
{
	List	   *clauses = list_copy(baserel->joininfo);
	ListCell   *cell;

	for (int attnum = 1; baserel->has_eclass_joins && attnum <= table->natts; attnum++)
		if (table->columns[attnum].filter != NULL)
			clauses = list_concat(clauses,
								  generate_implied_equalities_for_column(root, baserel, member_is_column, &attnum,
																		 baserel->lateral_referencers));
	foreach(cell, clauses)
	{
		if (!join_clause_is_movable_to(lfirst(cell), baserel))
			clauses = foreach_delete_current(clauses, cell);
	}
	return clauses;
}

static get_relation_stats_hook_type next_relation_stats_hook;

/*
 * get_relation_stats_hook: what is known of a column of this wrapper without
 * ANALYZE.
 */
static bool
key_relation_stats(PlannerInfo *root, RangeTblEntry *rte, AttrNumber attnum, VariableStatData *vardata)
{
	RelOptInfo *rel = vardata->rel;
	const TablePlan *state;

	if (next_relation_stats_hook && next_relation_stats_hook(root, rte, attnum, vardata))
		return true;
	if (rel == NULL || !is_of_wrapper(rel) || attnum <= 0)
		return false;
	state = rel->fdw_private;
	if (state->values == NULL || state->values[attnum] <= 0 ||
		SearchSysCacheExists3(STATRELATTINH, ObjectIdGetDatum(rte->relid), Int16GetDatum(attnum),
							  BoolGetDatum(rte->inh)))
		return false;
	vardata->statsTuple = distinct_statistics(rte->relid, attnum, state->values[attnum]);
	vardata->freefunc = heap_freetuple;
	vardata->acl_ok = true;
	return true;
}

/* Lets the planner know of keys.  To be called once per process. */
void
joined_init(void)
{
	next_relation_stats_hook = get_relation_stats_hook;
	get_relation_stats_hook = key_relation_stats;
}
