/*-------------------------------------------------------------------------
 *
 * partition.c
 *		  What a foreign table that is a partition may hold.
 *
 * PostgreSQL does not check that the rows of a foreign table lie within the
 * partition's bound, and the API knows of no bound: the rows of other partitions
 * would come, too.  So the bound counts as a condition of the query, by which
 * rows are checked and which goes into requests as others do.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/partition.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/restrictinfo.h"
#include "rewrite/rewriteManip.h"
#include "utils/lsyscache.h"
#include "utils/partcache.h"

#include "plan/partition.h"
#include "plan/quals.h"

/* Whether a clause is not true where arg is null. */
static bool
rejects_null(Node *clause, Node *arg)
{
	if (IsA(clause, OpExpr))
		return op_strict(((OpExpr *) clause)->opno) &&
			equal(strip_relabel(linitial(((OpExpr *) clause)->args)), arg);
	if (IsA(clause, ScalarArrayOpExpr))
		return op_strict(((ScalarArrayOpExpr *) clause)->opno) &&
			equal(strip_relabel(linitial(((ScalarArrayOpExpr *) clause)->args)), arg);
	if (is_andclause(clause) || is_orclause(clause))
	{
		ListCell   *cell;

		foreach(cell, ((BoolExpr *) clause)->args)
		{
			if (rejects_null(lfirst(cell), arg) != is_orclause(clause))
				return is_andclause(clause);
		}
		return is_orclause(clause);
	}
	return false;
}

/*
 * Whether a clause says that something is not null, as the bound of each list
 * or range does, which another one says as well.
 */
static bool
is_implied(Node *clause, const List *clauses)
{
	const NullTest *test = (NullTest *) clause;
	ListCell   *cell;

	if (!IsA(clause, NullTest) || test->nulltesttype != IS_NOT_NULL)
		return false;
	foreach(cell, clauses)
	{
		if (rejects_null(lfirst(cell), strip_relabel((Node *) test->arg)))
			return true;
	}
	return false;
}

/*
 * The clauses that all rows of a partition meet, palloc'd, with its columns as
 * those of varno; NIL for a table that is no partition.  What others imply is
 * not among them: it would be a condition that no request can say.
 */
List *
partition_clauses(Relation relation, Index varno)
{
	List	   *bound = RelationGetPartitionQual(relation);
	List	   *clauses = NIL;
	ListCell   *cell;

	if (bound == NIL)
		return NIL;
	bound = (List *) expression_planner((Expr *) bound);
	ChangeVarNodes((Node *) bound, 1, (int) varno, 0);
	foreach(cell, bound)
	{
		if (!is_implied(lfirst(cell), bound))
			clauses = lappend(clauses, lfirst(cell));
	}
	return clauses;
}

/*
 * Adds the bound of a partition to the table's own conditions.  Unlike the
 * clauses of row-level security it need not be checked before others: there is
 * nothing to hide from whoever may read the table.
 */
void
restrict_to_partition(PlannerInfo *root, RelOptInfo *baserel, Relation relation)
{
	List	   *restrictions = NIL;
	ListCell   *cell;

	foreach(cell, partition_clauses(relation, baserel->relid))
	{
		restrictions = lappend(restrictions, make_simple_restrictinfo(root, lfirst(cell)));
	}
	baserel->baserestrictinfo = list_concat(restrictions, baserel->baserestrictinfo);
}

/*
 * Binds what ANALYZE reads of a table: all of it, or what lies in the bound of
 * a partition, and the last days where the bound names none.  Palloc'd in the
 * current context; raises the errors of bind_query().
 */
BoundQuery *
bind_whole_table(const Table *table, Relation relation)
{
	const QueryTraits none = {0};
	const RelOptInfo rel = {.relid = 1};
	BoundQuery *bound;
	List	   *clauses = partition_clauses(relation, rel.relid);
	Condition  *conditions = palloc((list_length(clauses) + 1) * sizeof(Condition));
	ConditionValue *values = palloc0((list_length(clauses) + 1) * sizeof(ConditionValue));
	ListCell   *cell;
	int			n = 0;

	foreach(cell, clauses)
	{
		Qual		qual = {0};

		if (!clause_qual(&rel, NULL, table, lfirst(cell), &qual) || !IsA(qual.value, Const))
			continue;
		conditions[n] = qual.condition;
		values[n].known = true;
		values[n].isnull = ((Const *) qual.value)->constisnull;
		values[n].value = ((Const *) qual.value)->constvalue;
		n++;
	}
	bound = bind_query(table, &none, n, conditions, values);
	bound->is_sample = true;
	bound->without_dates = WITHOUT_DATES_LAST_DAYS;
	return bound;
}
