/*-------------------------------------------------------------------------
 *
 * plan.c
 *		  Size, paths and plan of a scan.
 *
 * Costs are those of requests: next to one, what PostgreSQL does with the
 * rows counts for little.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/plan.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/pg_type.h"
#include "foreign/fdwapi.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/planmain.h"
#include "optimizer/restrictinfo.h"

#include "auth/user_mapping.h"
#include "plan/aggregate.h"
#include "plan/dates.h"
#include "plan/endpoint.h"
#include "plan/estimate.h"
#include "plan/fdw_private.h"
#include "plan/implied_days.h"
#include "plan/joined.h"
#include "plan/partition.h"
#include "plan/plan.h"
#include "plan/quals.h"
#include "plan/stream_plan.h"
#include "plan/stream_request.h"
#include "plan/table_plan.h"
#include "util/compat.h"

/* More than PostgreSQL adds for a disabled kind of join. */
#define UNWANTED_REQUESTS 1e9

/* A row of JSON against one of a heap page. */
#define ROW_COST (4 * cpu_tuple_cost)

/* ---------- size ---------- */

/* The attribute numbers that the query reads, all for a whole-row reference. */
static List *
wanted_attnums(const RelOptInfo *baserel, const Table *table, List *clauses)
{
	Bitmapset  *used = NULL;
	List	   *attnums = NIL;
	ListCell   *cell;
	bool		whole_row;

	pull_varattnos((Node *) baserel->reltarget->exprs, baserel->relid, &used);
	foreach(cell, clauses)
	{
		pull_varattnos((Node *) lfirst_node(RestrictInfo, cell)->clause,
					   baserel->relid, &used);
	}
	whole_row = bms_is_member(0 - FirstLowInvalidHeapAttributeNumber, used);
	for (int attnum = 1; attnum <= table->natts; attnum++)
		if (table->columns[attnum].name != NULL &&
			(whole_row ||
			 bms_is_member(attnum - FirstLowInvalidHeapAttributeNumber, used)))
			attnums = lappend_int(attnums, attnum);
	return attnums;
}

/*
 * Rows that the API returns for the clauses it takes, and of these the share
 * that the others leave.  Without statistics PostgreSQL would guess that
 * column = value leaves one row in 200, even where all of them belong to the
 * one ad account there is, and then make a request for each of many rows.
 */
static double
rows_without_statistics(PlannerInfo *root, RelOptInfo *baserel)
{
	TablePlan  *state = baserel->fdw_private;
	List	   *quals = find_quals(root, baserel, state->table,
								   baserel->baserestrictinfo);
	List	   *others = list_copy(baserel->baserestrictinfo);
	ListCell   *cell;
	double		rows;

	foreach(cell, quals)
	{
		others = list_delete_ptr(others, ((Qual *) lfirst(cell))->rinfo);
	}
	rows = estimate_plans(estimated_plans(bind_estimated(root, state, quals))).rows;
	return clamp_row_est(rows * clauselist_selectivity(root, others, 0, JOIN_INNER, NULL));
}

/*
 * Whether totals take the place of days, as far as the planner can tell: the
 * executor looks again.
 */
static bool
totals_will_do(PlannerInfo *root, RelOptInfo *baserel, TablePlan *state)
{
	List	   *quals = find_quals(root, baserel, state->table,
								   baserel->baserestrictinfo);
	BoundQuery *bound;
	DatesServed served;

	if (!wants_sums_alone(root, baserel, state->table, quals))
		return false;
	bound = bind_estimated(root, state, quals);
	bound->traits.sums_alone = true;
	if (bound->empty)
		return false;
	(void) plan_streams(bound, &served);
	return served.totals;
}

/* GetForeignRelSize: what the query wants of the table, and how many rows. */
void
pinterestGetForeignRelSize(PlannerInfo *root, RelOptInfo *baserel,
						   Oid foreigntableid)
{
	TablePlan  *state = palloc0(sizeof(TablePlan));
	Relation	relation = table_open(foreigntableid, NoLock);
	bool		analyzed = baserel->tuples >= 1;
	List	   *plans = NIL;

	state->table = describe_table(relation);
	state->umid = mapping_id_of_user(OidIsValid(baserel->userid) ? baserel->userid : GetUserId(),
									 baserel->serverid);
	restrict_to_partition(root, baserel, relation);
	table_close(relation, NoLock);
	state->wanted = want_columns(state->table,
								 wanted_attnums(baserel, state->table, baserel->baserestrictinfo));
	find_joined_columns(root, baserel, state);
	find_compared_settings(root, state);
	state->implied = find_implied_quals(root, baserel, state->table,
										binding_join_clauses(root, baserel, state->table));
	state->traits.sums_alone = totals_will_do(root, baserel, state);
	baserel->fdw_private = state;

	if (!analyzed)
	{
		plans = estimated_plans(bind_estimated(root, state, NIL));
		baserel->tuples = Max(1, estimate_plans(plans).rows);
	}
	set_baserel_size_estimates(root, baserel);
	if (!analyzed || state->traits.sums_alone)
		baserel->rows = rows_without_statistics(root, baserel);

	/* only now: these are for joins, and no measure of what <> leaves */
	if (!analyzed)
		state->values = count_key_values(root, baserel, state, plans);
}

/* ---------- paths ---------- */

/*
 * Whether what the parent lists only in part is named by the query, and what it
 * lists in whole, too.
 */
static bool
binds_own(const BoundQuery *bound)
{
	ListCell   *cell;

	foreach(cell, bound->bindings)
	{
		if (((Binding *) lfirst(cell))->listed)
			return false;
	}
	foreach_parent_column(link, bound->stream->source.parent_columns)
	{
		if (link->own_only && find_binding(bound->bindings, link->variable) == NULL)
			return false;
	}
	return true;
}

/* The private list of a path. */
enum
{
	PATH_TRAITS,				/* see encode_traits() */
	PATH_ORDER,					/* see useful_order() */
	PATH_KEYS					/* see encode_keys(); NIL: none */
};

/*
 * A path of a scan that asks for what is bound, which brings these rows before
 * clauses are checked.
 */
static ForeignPath *
create_scan_path(PlannerInfo *root, RelOptInfo *baserel, const BoundQuery *bound,
				 const Estimate *estimate, double rows, int nclauses, int order,
				 Relids required_outer, List *keys)
{
	Estimate	first = {.round_trips = 1, .requests = 1};
	Cost		startup = Min(estimate->requests, 1) * requests_cost(&first);
	Cost		total = requests_cost(estimate) + estimate->rows * ROW_COST +
		rows * cpu_tuple_cost * (1 + nclauses);

	return compat_create_foreignscan_path(root, baserel, rows, startup, Max(startup, total),
										  order ? list_make1(linitial(root->query_pathkeys)) : NIL,
										  required_outer,
										  list_make3(encode_traits(&bound->traits),
													 makeInteger(order), keys));
}

/*
 * Adds a path, sorted by the query's first key where order is not 0.  A path that
 * does not take values from a join, but has the parent list them, may miss rows
 * (the parent lists only what is the token's own) or fail (some of the ad
 * accounts listed may be closed to the token).  Its cost is raised so much that
 * it is chosen only where there is no other.
 */
static void
add_scan_path(PlannerInfo *root, RelOptInfo *baserel, int order,
			  Relids required_outer, ParamPathInfo *param_info)
{
	TablePlan  *state = baserel->fdw_private;
	List	   *clauses = baserel->baserestrictinfo;
	double		rows = param_info ? param_info->ppi_rows : baserel->rows;
	BoundQuery *bound;
	Estimate	estimate;

	if (param_info != NULL)
		clauses = list_concat_copy(clauses, param_info->ppi_clauses);
	bound = bind_estimated(root, state,
						   find_quals(root, baserel, state->table, clauses));
	if (order != 0)
		bound->traits.unsplit = true;
	estimate = estimate_plans(estimated_plans(bound));
	if (state->joined_own && !binds_own(bound))
		estimate.requests += UNWANTED_REQUESTS;
	add_path(baserel, (Path *)
			 create_scan_path(root, baserel, bound, &estimate, rows, list_length(clauses), order,
							  required_outer, NIL));
}

/* The quals of a table (see find_quals()) among the clauses of a join. */
List *
find_join_quals(PlannerInfo *root, RelOptInfo *baserel, List *rinfos)
{
	TablePlan  *state = baserel->fdw_private;

	return find_quals(root, baserel, state->table, rinfos);
}

/* The column of a table that such a qual is about. */
const TableColumn *
join_qual_column(const RelOptInfo *baserel, const Qual *qual)
{
	const TablePlan *state = baserel->fdw_private;

	return &state->table->columns[qual->condition.attnum];
}

/*
 * A path for a join that finds out the values of keys (Qual *) before it has the
 * scan run: these become conditions of it, while the join checks its clauses
 * itself.  Where the keys are grouped by ad account (account is the place of that key
 * among them; -1: they are not), their quals say what there is in one of so many
 * groups.  after_others: the keys come with requests, too, beside which the scan
 * could run if it took none; so its round trips count twice.  The path is not added to
 * the table's; NULL: there is none.
 */
ForeignPath *
create_keyed_path(PlannerInfo *root, RelOptInfo *baserel, List *keys, int account,
				  double groups, bool after_others)
{
	TablePlan  *state = baserel->fdw_private;
	List	   *quals = find_quals(root, baserel, state->table, baserel->baserestrictinfo);
	BoundQuery *bound = bind_estimated(root, state, list_concat_copy(quals, keys));
	ScanKeys	scan_keys = {.account = account, .groups = (int) Min(groups, PG_INT32_MAX)};
	Estimate	group;
	Estimate	estimate;
	ListCell   *cell;

	if (bound->empty)
		return NULL;
	group = estimate_plans(estimated_plans(bound));
	estimate = estimate_groups(&group, groups, state->table->options->max_connections);
	if (state->joined_own && !binds_own(bound))
		estimate.requests += UNWANTED_REQUESTS;
	if (after_others)
		estimate.round_trips *= 2;
	scan_keys.whole = !state->joined_own;
	scan_keys.conditions = palloc(list_length(keys) * sizeof(Condition));
	scan_keys.expected = palloc(list_length(keys) * sizeof(int));
	foreach(cell, keys)
	{
		const Qual *key = lfirst(cell);

		scan_keys.conditions[scan_keys.nkeys] = key->condition;
		scan_keys.expected[scan_keys.nkeys++] = (int) Min(key->expected, PG_INT32_MAX);
	}
	return create_scan_path(root, baserel, bound, &estimate,
							clamp_row_est(Min(baserel->rows, estimate.rows)),
							list_length(baserel->baserestrictinfo), 0, NULL, encode_keys(&scan_keys));
}

/* Whether the query's first sort key is one column of the table. */
static bool
sorts_by(PlannerInfo *root, const RelOptInfo *baserel, int attnum)
{
	PathKey    *key;
	ListCell   *cell;

	if (root->query_pathkeys == NIL)
		return false;
	key = linitial(root->query_pathkeys);
	foreach(cell, key->pk_eclass->ec_members)
	{
		EquivalenceMember *member = lfirst(cell);
		Var		   *var = (Var *) member->em_expr;

		if (IsA(var, Var) && (Index) var->varno == baserel->relid &&
			var->varattno == attnum && bms_equal(member->em_relids, baserel->relids))
			return true;
	}
	return false;
}

/*
 * The order in which the API can be made to return the rows, 1 or -1; 0: none
 * that the query wants.
 *
 * The API sorts by the number that an id is, which is PostgreSQL's order for
 * a column that is declared as a number, not for text.  And it sorts one
 * chain of pages: so the request has to be one, whatever the values will be.
 * For a table that is split that is given up only where the query may not
 * read all rows: else batches side by side bring them sooner, and PostgreSQL
 * sorts.
 */
static int
useful_order(PlannerInfo *root, RelOptInfo *baserel)
{
	TablePlan  *state = baserel->fdw_private;
	List	   *quals = find_quals(root, baserel, state->table,
								   baserel->baserestrictinfo);
	BoundQuery *bound = bind_estimated(root, state, quals);
	DatesServed served;
	List	   *plans;
	const StreamPlan *plan;
	ListCell   *cell;

	if (root->tuple_fraction > 0)
		bound->traits.unsplit = true;
	plans = plan_streams(bound, &served);
	plan = list_length(plans) == 1 ? linitial(plans) : NULL;
	foreach(cell, quals)
	{
		Qual	   *qual = lfirst(cell);

		if (qual->condition.is_array && !IsA(qual->value, Const))
			return 0;
	}
	if (bound->empty || plan == NULL || plan->missing != NULL || plan->parent != NULL ||
		plan->endpoint->order_column == NULL ||
		list_length(plan_requests(plan, NIL)) != 1)
		return 0;
	for (int attnum = 1; attnum <= state->table->natts; attnum++)
	{
		const TableColumn *column = &state->table->columns[attnum];

		if (column->in_catalog &&
			strcmp(column->column->name, plan->endpoint->order_column) == 0 &&
			(column->typid == INT8OID || column->typid == NUMERICOID) &&
			sorts_by(root, baserel, attnum))
			return compat_pathkey_is_ascending(linitial(root->query_pathkeys)) ? 1 : -1;
	}
	return 0;
}

/* Adds a path for each set of outer tables that can bind a variable. */
static void
add_parameterized_paths(PlannerInfo *root, RelOptInfo *baserel)
{
	TablePlan  *state = baserel->fdw_private;
	List	   *infos = NIL;
	ListCell   *cell;

	foreach(cell, binding_join_clauses(root, baserel, state->table))
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, cell);
		Qual		qual;
		Relids		outer;

		if (!clause_qual(baserel, root, state->table, rinfo->clause, &qual))
			continue;
		outer = bms_union(rinfo->clause_relids, baserel->lateral_relids);
		outer = bms_del_member(outer, baserel->relid);
		if (bms_is_empty(outer))
			continue;
		infos = list_append_unique_ptr(infos,
									   get_baserel_parampathinfo(root, baserel, outer));
	}
	foreach(cell, infos)
	{
		ParamPathInfo *info = lfirst(cell);

		add_scan_path(root, baserel, 0, info->ppi_req_outer, info);
	}
}

/* GetForeignPaths: one scan, one in the query's order, and those of joins. */
void
pinterestGetForeignPaths(PlannerInfo *root, RelOptInfo *baserel,
						 Oid foreigntableid)
{
	int			order = 0;

	add_scan_path(root, baserel, 0, baserel->lateral_relids,
				  bms_is_empty(baserel->lateral_relids) ? NULL :
				  get_baserel_parampathinfo(root, baserel, baserel->lateral_relids));
	if (bms_is_empty(baserel->lateral_relids))
		order = useful_order(root, baserel);
	if (order != 0)
		add_scan_path(root, baserel, order, NULL, NULL);
	add_parameterized_paths(root, baserel);
}

/* ---------- plan ---------- */

/* Whether the API takes every clause of a scan as it is. */
static bool
takes_all(const List *scan_clauses, const List *quals)
{
	ListCell   *cell;

	foreach(cell, scan_clauses)
	{
		const Qual *qual = find_qual(quals, lfirst_node(RestrictInfo, cell));

		if (qual == NULL || qual->condition.is_test)
			return false;
	}
	return true;
}

/*
 * How many rows the query will read at most, 0 where that is not certain:
 * only a table that stands alone, whose every clause the API takes, and in
 * whose order the rows are read, has the query's own LIMIT.
 */
static int
row_limit(PlannerInfo *root, RelOptInfo *baserel, const ForeignPath *path,
		  const List *scan_clauses, const List *quals)
{
	if (root->limit_tuples <= 0 || root->limit_tuples > PG_INT32_MAX ||
		bms_membership(root->all_baserels) != BMS_SINGLETON ||
		!takes_all(scan_clauses, quals) ||
		!pathkeys_contained_in(root->query_pathkeys, path->path.pathkeys))
		return 0;
	return (int) root->limit_tuples;
}

/*
 * Whether a clause says something of a date that the API cannot be told: then
 * the days that are asked for are not those that the query means.
 */
static bool
has_unmatched_dates(const RelOptInfo *baserel, const Table *table,
					const List *scan_clauses, const List *quals)
{
	Bitmapset  *used = unmatched_columns(baserel, scan_clauses, quals);

	for (int attnum = 1; attnum <= table->natts; attnum++)
		if (is_dates_column(table, attnum) &&
			bms_is_member(attnum - FirstLowInvalidHeapAttributeNumber, used))
			return true;
	return false;
}

/*
 * GetForeignPlan: conditions with their expressions, wanted columns, hints.
 * Exact clauses are not rechecked after a concurrent update either: a row
 * without a date would fail them all.
 */
ForeignScan *
pinterestGetForeignPlan(PlannerInfo *root, RelOptInfo *baserel,
						Oid foreigntableid, ForeignPath *best_path,
						List *tlist, List *scan_clauses, Plan *outer_plan)
{
	TablePlan  *state = baserel->fdw_private;
	List	   *quals = find_quals(root, baserel, state->table, scan_clauses);
	List	   *checked = NIL;
	List	   *conditions = NIL;
	List	   *expressions = NIL;
	List	   *attnums;
	QueryTraits traits = decode_traits(list_nth(best_path->fdw_private, PATH_TRAITS));
	int			order = intVal(list_nth(best_path->fdw_private, PATH_ORDER));
	ListCell   *cell;

	traits.unmatched_dates = has_unmatched_dates(baserel, state->table, scan_clauses, quals);
	attnums = wanted_attnums(baserel, state->table, scan_clauses);
	foreach(cell, attnums)
	{
		(void) wanted_column(state->table, lfirst_int(cell));
	}
	foreach(cell, list_concat_copy(quals, state->implied))
	{
		Qual	   *qual = lfirst(cell);

		conditions = lappend(conditions, encode_condition(&qual->condition));
		expressions = lappend(expressions, qual->value);
	}
	foreach(cell, scan_clauses)
	{
		const RestrictInfo *rinfo = lfirst_node(RestrictInfo, cell);
		Expr	   *clause = rinfo->pseudoconstant ? NULL :
			clause_to_check(baserel, state->table, quals, &state->traits, rinfo);

		if (clause != NULL)
			checked = lappend(checked, clause);
	}
	return make_foreignscan(tlist,
							checked,
							baserel->relid, expressions,
							lappend(list_make5(conditions, attnums,
											   makeInteger(row_limit(root, baserel, best_path, scan_clauses, quals)),
											   makeInteger(order),
											   encode_traits(&traits)),
									list_nth(best_path->fdw_private, PATH_KEYS)),
							NIL, NIL, outer_plan);
}

/* Lets the planner know of tables of this wrapper and their keys.  To be called once per process. */
void
plan_init(void)
{
	table_plan_init(pinterestGetForeignRelSize);
	joined_init();
}
