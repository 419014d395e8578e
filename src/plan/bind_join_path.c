/*-------------------------------------------------------------------------
 *
 * bind_join_path.c
 *		  Paths and plans of bind joins.
 *
 * A bind join reads its outer side first, whatever that is, and puts its keys into
 * the requests for a table of this wrapper, all at once.  A nested loop would ask
 * for one outer row after the other, and a hash join for the whole table.  It is
 * offered for each pair of sides of which the inner one is such a table, and is
 * chosen by its cost.  How it runs is told in scan/bind_join.c.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/bind_join_path.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"

#include "plan/bind_join_path.h"
#include "plan/plan.h"
#include "plan/table_plan.h"
#include "streams/stream_lookup.h"
#include "util/compat.h"

/* However few rows are wanted, a request with so many keys takes no longer. */
#define FIRST_KEYS 250

bool		enable_bind_join = true;

static set_join_pathlist_hook_type next_join_pathlist_hook;
static const CustomScanMethods *scan_methods;

/* A pair of sides that may be joined by keys. */
typedef struct BindJoin
{
	PlannerInfo *root;
	RelOptInfo *outer;
	RelOptInfo *inner;
	List	   *clauses;		/* RestrictInfo *: what a pair of rows has to
								 * pass */
	List	   *hashed;			/* likewise: those by which rows are hashed */
	List	   *keys;			/* Qual * */
	int			account;		/* as in ScanKeys */
	double		groups;			/* likewise */
} BindJoin;

/* Elements of CustomPath.custom_private. */
enum
{
	PATH_TYPE,					/* Integer: JoinType */
	PATH_RESTRICTIONS,			/* RestrictInfo *: all of the join's */
	PATH_HASHED,				/* RestrictInfo *: of these */
	PATH_KEYS,					/* Expr *: of the outer side */
	PATH_FIRST					/* see BIND_JOIN_FIRST */
};

/* ---------- whether a join can be one ---------- */

/*
 * Whether the inner side is a table whose scan can be given keys.  Of one with
 * children these are scanned instead, and one that is read for each row of others
 * is not read once.
 */
static bool
is_keyed_table(PlannerInfo *root, const RelOptInfo *inner)
{
	return inner->reloptkind == RELOPT_BASEREL && is_of_wrapper(inner) &&
		bms_is_empty(inner->lateral_relids) && !root->simple_rte_array[inner->relid]->inh;
}

/*
 * Whether the rows of a kind of join are outer rows, or pairs of rows, and each
 * outer row has to be looked at once.
 */
static bool
is_keyed_type(JoinType jointype)
{
	return jointype == JOIN_INNER || jointype == JOIN_LEFT || jointype == JOIN_SEMI ||
		jointype == JOIN_ANTI || jointype == JOIN_UNIQUE_OUTER;
}

/*
 * Whether a query's rows are locked or changed, and so may be looked at again one by
 * one, for which a node of ours is not made.
 */
static bool
checks_rows_again(const PlannerInfo *root)
{
	return root->rowMarks != NIL ||
		(root->parse->commandType != CMD_SELECT && root->parse->commandType != CMD_INSERT);
}

/*
 * Whether clauses may be evaluated in any order, and none of them decides about the
 * whole join.
 */
static bool
are_ordinary(const List *restrictions)
{
	ListCell   *cell;

	foreach(cell, restrictions)
	{
		const RestrictInfo *rinfo = lfirst_node(RestrictInfo, cell);

		if (rinfo->pseudoconstant ||
			rinfo->security_level != linitial_node(RestrictInfo, restrictions)->security_level)
			return false;
	}
	return true;
}

/* The clauses that a pair has to pass, of those of a join; others come after it. */
static List *
pair_clauses(const RelOptInfo *joinrel, JoinType jointype, List *restrictions)
{
	List	   *clauses = NIL;
	ListCell   *cell;

	foreach(cell, restrictions)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, cell);

		if (!IS_OUTER_JOIN(jointype) || !RINFO_IS_PUSHED_DOWN(rinfo, joinrel->relids))
			clauses = lappend(clauses, rinfo);
	}
	return clauses;
}

/* Whether a clause compares the outer side with the inner one by an equality that hashes. */
static bool
hashes(const RestrictInfo *rinfo, const RelOptInfo *outer, const RelOptInfo *inner)
{
	if (!rinfo->can_join || !OidIsValid(rinfo->hashjoinoperator))
		return false;
	return (bms_is_subset(rinfo->left_relids, outer->relids) &&
			bms_is_subset(rinfo->right_relids, inner->relids)) ||
		(bms_is_subset(rinfo->left_relids, inner->relids) &&
		 bms_is_subset(rinfo->right_relids, outer->relids));
}

static List *
hashed_clauses(const BindJoin *join)
{
	List	   *hashed = NIL;
	ListCell   *cell;

	foreach(cell, join->clauses)
	{
		if (hashes(lfirst(cell), join->outer, join->inner))
			hashed = lappend(hashed, lfirst(cell));
	}
	return hashed;
}

/* ---------- keys ---------- */

static const char *
key_column(const BindJoin *join, const Qual *key)
{
	return join_qual_column(join->inner, key)->column->name;
}

static bool
is_days_key(const BindJoin *join, const Qual *key)
{
	return join_qual_column(join->inner, key)->filter->kind == FILTER_DATES;
}

/* The clauses whose values of the outer side the API can take (Qual *). */
static List *
find_keys(const BindJoin *join)
{
	List	   *keys = NIL;
	ListCell   *cell;

	foreach(cell, find_join_quals(join->root, join->inner, join->clauses))
	{
		Qual	   *qual = lfirst(cell);
		Relids		relids = pull_varnos(join->root, (Node *) qual->value);

		if (!qual->condition.is_test && !qual->condition.is_array && !qual->condition.or_null &&
			!bms_is_empty(relids) && bms_is_subset(relids, join->outer->relids))
			keys = lappend(keys, qual);
	}
	return keys;
}

/* The place of the key by which the others are grouped; -1: there is none. */
static int
account_key(const BindJoin *join)
{
	bool		others = false;
	int			account = -1;
	ListCell   *cell;

	foreach(cell, join->keys)
	{
		if (strcmp(key_column(join, lfirst(cell)), ACCOUNT_VARIABLE) == 0)
			account = account < 0 ? foreach_current_index(cell) : account;
		else
			others |= !is_days_key(join, lfirst(cell));
	}
	return others ? account : -1;
}

/*
 * Turns keys, which stand for one outer row, into what the scan is given: a list of
 * values in place of each, but one account for each group, and of days the first or
 * last.
 */
static void
make_lists(BindJoin *join)
{
	int			place = 0;
	ListCell   *cell;

	foreach(cell, join->keys)
	{
		Condition  *condition = &((Qual *) lfirst(cell))->condition;

		if (!is_days_key(join, lfirst(cell)))
			condition->valuetype = TEXTOID;
		else if (condition->strategy == BTEqualStrategyNumber)
			condition->valuetype = DATEOID;
		condition->is_array = condition->strategy == BTEqualStrategyNumber && place != join->account;
		place++;
	}
}

/* How many combinations of values the outer side is expected to have for some keys. */
static double
count_combinations(const BindJoin *join, const List *keys)
{
	List	   *values = NIL;
	ListCell   *cell;

	foreach(cell, keys)
	{
		values = lappend(values, ((Qual *) lfirst(cell))->value);
	}
	return values == NIL ? 1 :
		estimate_num_groups(join->root, values, Max(1, join->outer->rows), NULL, NULL);
}

/* Says how many values keys are expected to have, of each group, and how many groups there are. */
static void
expect_values(BindJoin *join)
{
	ListCell   *cell;

	join->groups = join->account < 0 ? 1 :
		count_combinations(join, list_make1(list_nth(join->keys, join->account)));
	foreach(cell, join->keys)
	{
		Qual	   *key = lfirst(cell);

		if (is_days_key(join, key) || foreach_current_index(cell) == join->account)
			continue;
		key->expected = join->account < 0 ? count_combinations(join, list_make1(key)) :
			count_combinations(join, list_make2(list_nth(join->keys, join->account), key)) / join->groups;
		key->expected = Max(1, key->expected);
	}
}

/* ---------- paths ---------- */

/* The path of the outer side; NULL: there is none that stands by itself. */
static Path *
outer_path(PlannerInfo *root, RelOptInfo *outer, JoinType jointype, JoinPathExtraData *extra)
{
	Path	   *path = outer->cheapest_total_path;

	if (path == NULL || PATH_REQ_OUTER(path) != NULL)
		return NULL;
	return jointype == JOIN_UNIQUE_OUTER ? compat_unique_path(root, outer, path, extra->sjinfo) : path;
}

/* Whether tables of this wrapper are among those of a relation. */
static bool
sends_requests(PlannerInfo *root, const RelOptInfo *rel)
{
	int			relid = -1;

	while ((relid = bms_next_member(rel->relids, relid)) >= 0)
		if (root->simple_rel_array[relid] != NULL && is_of_wrapper(root->simple_rel_array[relid]))
			return true;
	return false;
}

static CustomPathMethods path_methods;

/*
 * How many keys are sent at first: where the query may stop before it has all rows, and
 * takes them as they come, as many as it is to have rows.  0: all.
 */
static int
first_keys(const PlannerInfo *root, const RelOptInfo *joinrel)
{
	double		rows = root->tuple_fraction;

	if (rows <= 0 || root->query_pathkeys != NIL)
		return 0;
	if (rows < 1)
		rows *= joinrel->rows;
	return (int) Min(Max(rows, FIRST_KEYS), PG_INT32_MAX / 2);
}

/*
 * A path that joins these: all of the outer side is read first, but where the query
 * wants few rows.
 */
static CustomPath *
create_bind_join_path(const BindJoin *join, RelOptInfo *joinrel, JoinType jointype,
					  List *restrictions, Path *outer, Path *inner)
{
	CustomPath *path = makeNode(CustomPath);
	int			first = first_keys(join->root, joinrel);
	List	   *values = NIL;
	ListCell   *cell;

	foreach(cell, join->keys)
	{
		values = lappend(values, ((Qual *) lfirst(cell))->value);
	}
	path->path.pathtype = T_CustomScan;
	path->path.parent = joinrel;
	path->path.pathtarget = joinrel->reltarget;
	path->path.rows = joinrel->rows;
	path->path.startup_cost = (first > 0 ? outer->startup_cost : outer->total_cost) + inner->startup_cost;
	path->path.total_cost = outer->total_cost + inner->total_cost +
		(outer->rows + inner->rows) * cpu_operator_cost * list_length(join->hashed) +
		joinrel->rows * (cpu_tuple_cost + cpu_operator_cost * list_length(restrictions));
	compat_add_disabled_nodes(&path->path, outer);
	compat_add_disabled_nodes(&path->path, inner);
	path->flags = CUSTOMPATH_SUPPORT_PROJECTION;
	path->custom_paths = list_make2(outer, inner);
	path->custom_private = list_make5(makeInteger(jointype), restrictions, join->hashed, values,
									  makeInteger(first));
	path->methods = &path_methods;
	return path;
}

/* Adds a bind join to the paths of a join, if there can be one. */
static void
add_bind_join_path(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *outerrel,
				   RelOptInfo *innerrel, JoinType jointype, JoinPathExtraData *extra)
{
	BindJoin	join = {.root = root, .outer = outerrel, .inner = innerrel};
	Path	   *outer;
	ForeignPath *inner;

	if (!is_keyed_type(jointype) || !is_keyed_table(root, innerrel) || checks_rows_again(root) ||
		!bms_is_empty(joinrel->lateral_relids) || !are_ordinary(extra->restrictlist))
		return;
	join.clauses = pair_clauses(joinrel, jointype, extra->restrictlist);
	join.hashed = hashed_clauses(&join);
	join.keys = join.hashed != NIL ? find_keys(&join) : NIL;
	if (join.keys == NIL)
		return;
	outer = outer_path(root, outerrel, jointype, extra);
	if (outer == NULL)
		return;
	join.account = account_key(&join);
	expect_values(&join);
	make_lists(&join);
	inner = create_keyed_path(root, innerrel, join.keys, join.account, join.groups,
							  sends_requests(root, outerrel));
	if (inner != NULL)
		add_path(joinrel, (Path *)
				 create_bind_join_path(&join, joinrel,
									   jointype == JOIN_UNIQUE_OUTER ? JOIN_INNER : jointype,
									   extra->restrictlist, outer, (Path *) inner));
}

/* set_join_pathlist_hook */
static void
add_join_paths(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *outerrel,
			   RelOptInfo *innerrel, JoinType jointype, JoinPathExtraData *extra)
{
	if (next_join_pathlist_hook)
		next_join_pathlist_hook(root, joinrel, outerrel, innerrel, jointype, extra);
	if (enable_bind_join)
		add_bind_join_path(root, joinrel, outerrel, innerrel, jointype, extra);
}

/* ---------- plan ---------- */

/* Whether two nodes are one column or placeholder, whatever outer joins make it null. */
static bool
is_same_column(const Node *node, const Node *other)
{
	if (nodeTag(node) != nodeTag(other))
		return false;
	if (IsA(node, PlaceHolderVar))
		return ((const PlaceHolderVar *) node)->phid == ((const PlaceHolderVar *) other)->phid;
	return IsA(node, Var) && ((const Var *) node)->varno == ((const Var *) other)->varno &&
		((const Var *) node)->varattno == ((const Var *) other)->varattno;
}

/* That of some nodes which is the same column; NULL: none is. */
static Node *
find_column(const List *nodes, const Node *column)
{
	ListCell   *cell;

	foreach(cell, nodes)
	{
		if (is_same_column(lfirst(cell), column))
			return lfirst(cell);
	}
	return NULL;
}

/* Columns that are looked for. */
typedef struct ColumnSearch
{
	List	   *below;			/* Expr *: what the plans of a node return */
	List	   *found;			/* Node *: columns of these, in other forms */
} ColumnSearch;

/*
 * Walker: finds the columns and placeholders in expressions that the plans below
 * return.  A placeholder that they do not is computed by the node, of its columns.
 */
static bool
find_columns(Node *node, void *context)
{
	ColumnSearch *search = context;

	if (node == NULL)
		return false;
	if ((IsA(node, Var) || IsA(node, PlaceHolderVar)) && find_column(search->below, node) != NULL)
	{
		search->found = lappend(search->found, node);
		return false;
	}
	return expression_tree_walker(node, find_columns, context);
}

/* Mutator: has columns be as in a list of nodes, of those that are in it. */
static Node *
conform_columns(Node *node, void *context)
{
	Node	   *column = NULL;

	if (node == NULL)
		return NULL;
	if (IsA(node, Var) || IsA(node, PlaceHolderVar))
		column = find_column(context, node);
	return column != NULL ? copyObject(column) : expression_tree_mutator(node, conform_columns, context);
}

/*
 * The columns of the node (Expr *): those of the outer plan, then those of the scan.  From
 * 16 on a column says which outer joins may make it null, so that it is another below
 * a join than above it; here, it is as above.
 */
static List *
join_columns(const RelOptInfo *rel, List *custom_plans)
{
	ColumnSearch search = {0};
	List	   *columns = NIL;
	ListCell   *cell;

	foreach(cell, list_concat_copy(linitial_node(Plan, custom_plans)->targetlist,
								   lsecond_node(Plan, custom_plans)->targetlist))
	{
		search.below = lappend(search.below, lfirst_node(TargetEntry, cell)->expr);
	}
	(void) find_columns((Node *) rel->reltarget->exprs, &search);
	foreach(cell, search.below)
	{
		Node	   *found = find_column(search.found, lfirst(cell));

		columns = lappend(columns, copyObject(found != NULL ? found : lfirst(cell)));
	}
	return columns;
}

/* Expressions as entries of a target list. */
static List *
target_list(const List *expressions)
{
	List	   *entries = NIL;
	ListCell   *cell;

	foreach(cell, expressions)
	{
		entries = lappend(entries, makeTargetEntry(lfirst(cell), list_length(entries) + 1, NULL, false));
	}
	return entries;
}

/* The expressions of one side of hash clauses. */
static List *
hashed_side(const List *hashed, const RelOptInfo *side)
{
	List	   *expressions = NIL;
	ListCell   *cell;

	foreach(cell, hashed)
	{
		const RestrictInfo *rinfo = lfirst_node(RestrictInfo, cell);

		expressions = lappend(expressions, bms_is_subset(rinfo->left_relids, side->relids) ?
							  get_leftop(rinfo->clause) : get_rightop(rinfo->clause));
	}
	return expressions;
}

/* The oids of the operators that have the outer side to the left, and of their collations. */
static List *
hash_operators(const List *hashed, const RelOptInfo *outer, List **collations)
{
	List	   *operators = NIL;
	ListCell   *cell;

	*collations = NIL;
	foreach(cell, hashed)
	{
		const RestrictInfo *rinfo = lfirst_node(RestrictInfo, cell);

		operators = lappend_oid(operators, bms_is_subset(rinfo->left_relids, outer->relids) ?
								rinfo->hashjoinoperator : get_commutator(rinfo->hashjoinoperator));
		*collations = lappend_oid(*collations, castNode(OpExpr, rinfo->clause)->inputcollid);
	}
	return operators;
}

/* PlanCustomPath */
static Plan *
plan_bind_join(PlannerInfo *root, RelOptInfo *rel, CustomPath *best_path, List *tlist,
			   List *clauses, List *custom_plans)
{
	CustomScan *scan = makeNode(CustomScan);
	JoinType	jointype = intVal(list_nth(best_path->custom_private, PATH_TYPE));
	List	   *restrictions = list_nth(best_path->custom_private, PATH_RESTRICTIONS);
	List	   *hashed = list_nth(best_path->custom_private, PATH_HASHED);
	const RelOptInfo *outer = ((Path *) linitial(best_path->custom_paths))->parent;
	const RelOptInfo *inner = ((Path *) lsecond(best_path->custom_paths))->parent;
	List	   *columns = join_columns(rel, custom_plans);
	List	   *pairs = pair_clauses(rel, jointype, restrictions);
	List	   *operators;
	List	   *collations;

	operators = hash_operators(hashed, outer, &collations);
	scan->scan.plan.targetlist = tlist;
	scan->scan.plan.qual = (List *)
		conform_columns((Node *) extract_actual_clauses(list_difference_ptr(restrictions, pairs), false),
						columns);
	scan->flags = best_path->flags;
	scan->custom_plans = custom_plans;
	scan->custom_exprs = (List *)
		conform_columns((Node *) list_make4(extract_actual_clauses(pairs, false), hashed_side(hashed, outer),
											hashed_side(hashed, inner),
											list_nth(best_path->custom_private, PATH_KEYS)),
						columns);
	scan->custom_scan_tlist = target_list(columns);
	scan->custom_private = list_make4(makeInteger(jointype), operators, collations,
									  list_nth(best_path->custom_private, PATH_FIRST));
	scan->methods = scan_methods;
	return (Plan *) scan;
}

static CustomPathMethods path_methods =
{
	.CustomName = BIND_JOIN_NAME,
	.PlanCustomPath = plan_bind_join,
};

/* Whether a node of somebody's is a bind join. */
bool
is_bind_join(const CustomScan *plan)
{
	return plan->methods == scan_methods;
}

/*
 * Lets the planner know of bind joins, which methods, to be kept, run.  To be called
 * once per process.
 */
void
bind_join_init(const CustomScanMethods *methods)
{
	scan_methods = methods;
	RegisterCustomScanMethods(methods);
	next_join_pathlist_hook = set_join_pathlist_hook;
	set_join_pathlist_hook = add_join_paths;
}
