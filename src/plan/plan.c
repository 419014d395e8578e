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

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "foreign/fdwapi.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/planmain.h"
#include "optimizer/restrictinfo.h"
#include "utils/selfuncs.h"
#include "utils/syscache.h"

#include "auth/user_mapping.h"
#include "plan/aggregate.h"
#include "plan/compared.h"
#include "plan/dates.h"
#include "plan/endpoint.h"
#include "plan/estimate.h"
#include "plan/fdw_private.h"
#include "plan/implied_days.h"
#include "plan/key_stats.h"
#include "plan/partition.h"
#include "plan/plan.h"
#include "plan/quals.h"
#include "plan/stream_plan.h"
#include "plan/stream_request.h"
#include "util/compat.h"

/* More than PostgreSQL adds for a disabled kind of join. */
#define UNWANTED_REQUESTS 1e9

/* A row of JSON against one of a heap page. */
#define ROW_COST (4 * cpu_tuple_cost)

/*
 * A test with what the planner knows.  It is kept, as all paths of a query ask for
 * the same days.
 */
typedef struct PlannedTest
{
	const Expr *expression;		/* as in Qual */
	DayTest    *test;			/* NULL: only the executor can evaluate it */
} PlannedTest;

/* RelOptInfo.fdw_private */
typedef struct TablePlan
{
	Table	   *table;
	Oid			umid;			/* of the user mapping; InvalidOid: none */
	WantedColumns *wanted;
	QueryTraits traits;			/* of all paths */
	List	   *implied;		/* Qual *: likewise, what joins imply of dates */
	List	   *tests;			/* PlannedTest *, those met so far */
	Bitmapset  *joined;			/* columns in join clauses that can be passed
								 * down */
	double	   *values;			/* of a table without statistics: how many a
								 * column has, by attribute number; 0: unknown */
	bool		joined_own;		/* other tables name what the parent lists
								 * only as far as it is the token's own, or
								 * lists besides what they name */
} TablePlan;

/* ---------- estimates ---------- */

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
static bool
is_dates_column(const Table *table, int attnum)
{
	const Filter *filter = table->columns[attnum].filter;

	return filter != NULL && filter->kind == FILTER_DATES;
}

/* Whether a table is of this wrapper, and GetForeignRelSize has looked at it. */
bool
is_of_wrapper(const RelOptInfo *rel)
{
	return rel->fdwroutine != NULL && rel->fdw_private != NULL &&
		rel->fdwroutine->GetForeignRelSize == pinterestGetForeignRelSize;
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
static BoundQuery *
bind_estimated(PlannerInfo *root, TablePlan *state, const List *quals)
{
	BoundQuery *bound = bind_values_of(root, state, list_concat_copy(quals, state->implied));

	bound->traits.ids_of_account = ids_are_of_account(root, state, quals, bound);
	bound->wanted = state->wanted;
	bound->umid = state->umid;
	return bound;
}

/* The plans of a bound scan (StreamPlan *). */
static List *
estimated_plans(const BoundQuery *bound)
{
	DatesServed served;

	return bound->empty ? NIL : plan_streams(bound, &served);
}

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
static Bitmapset *
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
static void
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
static void
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
static double *
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
plan_init(void)
{
	next_relation_stats_hook = get_relation_stats_hook;
	get_relation_stats_hook = key_relation_stats;
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
static List *
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
