/*-------------------------------------------------------------------------
 *
 * quals.c
 *		  The clauses that the API can take.
 *
 * Clauses are matched as index quals are: column operator expression, where
 * the expression has no column of this table and nothing volatile in it.  Its
 * value is computed when the scan starts, so "date >= current_date - 7",
 * parameters, sub-selects and the columns of an outer table all become
 * parameters of the API.  What else a clause says of the date becomes a test of
 * days (day_clause.c).
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/quals.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_am.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/restrictinfo.h"
#include "utils/lsyscache.h"

#include "option/setting.h"
#include "plan/dates.h"
#include "plan/day_clause.h"
#include "plan/quals.h"
#include "streams/stream_lookup.h"
#include "util/compat.h"
#include "value/value.h"

/* What a node is but for changes of type that change no value. */
Node *
strip_relabel(Node *node)
{
	while (node != NULL && IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	return node;
}

/* The column that a node is, as far as the catalog has a filter on it. */
static const TableColumn *
filtered_column(const RelOptInfo *rel, const Table *table, Node *node,
				int *attnum, const Filter **filter)
{
	Var		   *var = (Var *) strip_relabel(node);
	const TableColumn *column;

	if (var == NULL || !IsA(var, Var) || (Index) var->varno != rel->relid ||
		var->varlevelsup != 0 || var->varattno <= 0)
		return NULL;
	column = &table->columns[var->varattno];
	*attnum = var->varattno;
	*filter = column->filter;
	return *filter ? column : NULL;
}

/*
 * Which comparison an operator is for a column of type lefttype, by the
 * default ordering of that type; 0: none.
 */
static int
operator_strategy(Oid opno, Oid lefttype)
{
	Oid			opclass = GetDefaultOpClass(lefttype, BTREE_AM_OID);

	return OidIsValid(opclass) ?
		get_op_opfamily_strategy(opno, get_opclass_family(opclass)) : 0;
}

/* Whether a filter can take values of a type by a comparison. */
static bool
filter_fits(const Filter *filter, const TableColumn *column, Oid valuetype,
			int strategy, bool is_array)
{
	if (filter->kind == FILTER_DATES)
		return column->typid == DATEOID &&
			(valuetype == DATEOID || valuetype == TIMESTAMPOID ||
			 valuetype == TIMESTAMPTZOID) &&
			strategy != 0 &&
			(!is_array || strategy == BTEqualStrategyNumber);
	return value_is_param_type(column->typid) && value_is_param_type(valuetype) &&
		strategy == BTEqualStrategyNumber;
}

/*
 * Whether a clause is a filtered boolean column, or the negation of one: what
 * PostgreSQL makes of "column = true" and "column = false".
 */
static bool
boolean_qual(const RelOptInfo *rel, const Table *table, Expr *clause, Qual *qual)
{
	bool		negated = IsA(clause, BoolExpr) && ((BoolExpr *) clause)->boolop == NOT_EXPR;
	Node	   *node = negated ? linitial(((BoolExpr *) clause)->args) : (Node *) clause;
	const Filter *filter;

	if (!IsA(node, Var) || exprType(node) != BOOLOID ||
		filtered_column(rel, table, node, &qual->condition.attnum, &filter) == NULL ||
		filter->kind != FILTER_VALUES)
		return false;
	qual->condition.strategy = BTEqualStrategyNumber;
	qual->condition.is_array = false;
	qual->condition.is_joined = false;
	qual->condition.or_null = false;
	qual->condition.valuetype = BOOLOID;
	qual->value = (Expr *) makeBoolConst(!negated, false);
	return true;
}

/*
 * Whether a clause is "column IS NULL", of a setting that rows may be without:
 * that nothing was sent for it.
 */
static bool
null_qual(const RelOptInfo *rel, const Table *table, Expr *clause, Qual *qual)
{
	const NullTest *test = (const NullTest *) clause;
	const Setting *setting;
	const TableColumn *column;
	const Filter *filter;

	if (!IsA(clause, NullTest) || test->nulltesttype != IS_NULL)
		return false;
	column = filtered_column(rel, table, (Node *) test->arg, &qual->condition.attnum, &filter);
	setting = column ? find_setting(table->options->stream, column->column->name) : NULL;
	if (setting == NULL || setting_default(setting) != NULL)
		return false;
	qual->condition.strategy = BTEqualStrategyNumber;
	qual->condition.is_array = false;
	qual->condition.is_joined = false;
	qual->condition.or_null = true;
	qual->condition.valuetype = TEXTOID;
	qual->value = (Expr *) makeNullConst(TEXTOID, -1, InvalidOid);
	return true;
}

/* Whether a clause is "column op value OR column IS NULL", in this order or the other. */
static bool
or_null_qual(const RelOptInfo *rel, PlannerInfo *root, const Table *table,
			 Expr *clause, Qual *qual)
{
	List	   *arms = is_orclause(clause) ? ((BoolExpr *) clause)->args : NIL;
	Qual		none = {0};
	bool		null_first;

	if (list_length(arms) != 2)
		return false;
	null_first = null_qual(rel, table, linitial(arms), &none);
	if ((!null_first && !null_qual(rel, table, lsecond(arms), &none)) ||
		!clause_qual(rel, root, table, null_first ? lsecond(arms) : linitial(arms), qual) ||
		qual->condition.attnum != none.condition.attnum)
		return false;
	qual->condition.or_null = true;
	return true;
}

/*
 * Takes apart a clause "left op right" or "left op ANY (right)"; false for any
 * other.
 */
static bool
unpack_clause(Expr *clause, Oid *opno, Oid *collation, Node **left, Node **right)
{
	List	   *args;

	if (IsA(clause, ScalarArrayOpExpr) && ((ScalarArrayOpExpr *) clause)->useOr)
	{
		*opno = ((ScalarArrayOpExpr *) clause)->opno;
		*collation = ((ScalarArrayOpExpr *) clause)->inputcollid;
		args = ((ScalarArrayOpExpr *) clause)->args;
	}
	else if (IsA(clause, OpExpr) && list_length(((OpExpr *) clause)->args) == 2)
	{
		*opno = ((OpExpr *) clause)->opno;
		*collation = ((OpExpr *) clause)->inputcollid;
		args = ((OpExpr *) clause)->args;
	}
	else
		return false;
	*left = linitial(args);
	*right = lsecond(args);
	return true;
}

/*
 * Whether a clause compares a filtered column with something that is known
 * when the scan starts, or wants it null where that can be asked for.  If so,
 * fills *qual, except rinfo.  root may be NULL where there is no query.
 */
bool
clause_qual(const RelOptInfo *rel, PlannerInfo *root, const Table *table,
			Expr *clause, Qual *qual)
{
	bool		is_array = IsA(clause, ScalarArrayOpExpr);
	Oid			opno;
	Oid			collation;
	Node	   *left;
	Node	   *right;
	const TableColumn *column;
	const Filter *filter;
	Oid			valuetype;

	if (!unpack_clause(clause, &opno, &collation, &left, &right))
		return boolean_qual(rel, table, clause, qual) ||
			null_qual(rel, table, clause, qual) ||
			or_null_qual(rel, root, table, clause, qual);
	column = filtered_column(rel, table, left, &qual->condition.attnum, &filter);
	if (column == NULL && !is_array)
	{
		Node	   *swap = left;

		left = right;
		right = swap;
		opno = get_commutator(opno);
		column = filtered_column(rel, table, left, &qual->condition.attnum, &filter);
	}
	if (column == NULL || !OidIsValid(opno) ||
		bms_is_member(rel->relid, pull_varnos(root, right)) ||
		contain_volatile_functions(right) ||
		(OidIsValid(collation) && !get_collation_isdeterministic(collation)))
		return false;
	valuetype = exprType(right);
	if (is_array)
		valuetype = get_element_type(valuetype);
	qual->condition.strategy = operator_strategy(opno, exprType(left));
	qual->condition.is_array = is_array;
	qual->condition.is_joined = !bms_is_empty(pull_varnos(root, right));
	qual->condition.or_null = false;
	qual->condition.valuetype = valuetype;
	qual->value = (Expr *) right;
	return filter_fits(filter, column, valuetype, qual->condition.strategy, is_array);
}

/* The date that a test is of. */
Var *
date_of_test(Index varno, const Condition *condition)
{
	return makeVar(varno, condition->attnum, DATEOID, -1, InvalidOid, 0);
}

/* Whether a clause says something of the days that the stream is read for. */
static bool
test_qual(const RelOptInfo *rel, const Table *table, Expr *clause, Qual *qual)
{
	if (longest_history(table->options->stream) == 0)
		return false;
	for (int attnum = 1; attnum <= table->natts; attnum++)
	{
		const TableColumn *column = &table->columns[attnum];

		if (column->filter == NULL || column->filter->kind != FILTER_DATES ||
			column->typid != DATEOID)
			continue;
		qual->condition = (Condition)
		{
			.attnum = attnum, .is_test = true
		};
		qual->value = make_day_test(date_of_test(rel->relid, &qual->condition), clause,
									&qual->condition.is_weak);
		if (qual->value != NULL)
			return true;
	}
	return false;
}

/*
 * The quals (Qual *) among restrictions, palloc'd.  A clause that must not see
 * rows before the clauses of a security barrier have passed them is not sent to
 * the API, as that might reveal such rows.  It may still become a test of days,
 * which shows it no row.
 */
List *
find_quals(PlannerInfo *root, RelOptInfo *rel, const Table *table,
		   List *rinfos)
{
	List	   *quals = NIL;
	ListCell   *cell;

	foreach(cell, rinfos)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, cell);
		Qual		qual = {.rinfo = rinfo};
		Qual	   *copy;

		if (rinfo->pseudoconstant ||
			!((restriction_is_securely_promotable(rinfo, rel) &&
			   clause_qual(rel, root, table, rinfo->clause, &qual)) ||
			  test_qual(rel, table, rinfo->clause, &qual)))
			continue;
		copy = palloc(sizeof(Qual));
		*copy = qual;
		quals = lappend(quals, copy);
	}
	return quals;
}

/* The qual of a clause; NULL: it is none. */
const Qual *
find_qual(const List *quals, const RestrictInfo *rinfo)
{
	ListCell   *cell;

	foreach(cell, quals)
	{
		if (((Qual *) lfirst(cell))->rinfo == rinfo)
			return lfirst(cell);
	}
	return NULL;
}

/* The column that a qual is about. */
const Column *
qual_column(const Table *table, const Qual *qual)
{
	return table->columns[qual->condition.attnum].column;
}

/*
 * Whether rows may be totals, which have no date: by a condition on
 * granularity among the quals, else by what counts without one.
 */
static bool
may_be_total(const Table *table, const List *quals, const QueryTraits *traits)
{
	const Stream *stream = table->options->stream;
	bool		is_bound = false;
	ListCell   *cell;

	foreach(cell, quals)
	{
		const Qual *qual = lfirst(cell);
		const Const *value = (const Const *) qual->value;

		if (strcmp(qual_column(table, qual)->name, "granularity") != 0)
			continue;
		is_bound = true;
		if (IsA(value, Const) && !qual->condition.is_array && !value->constisnull &&
			strcmp(value_param_text(value->constvalue, qual->condition.valuetype), "TOTAL") != 0)
			return false;
	}
	for (int i = 0; stream->settings && stream->settings[i].filter.column; i++)
		if (strcmp(stream->settings[i].filter.column, "granularity") == 0 &&
			bms_is_member(i, traits->joined_settings))
			return true;
	return is_bound || strcmp(stream_granularity(stream, table->options), "TOTAL") == 0;
}

/*
 * Whether the response settles a matched clause for totals; quals are all of
 * the scan's.  A clause with another table's value may be checked above the
 * scan, by another plan.
 */
static bool
is_exact(const Table *table, const List *quals, const QueryTraits *traits,
		 const Qual *qual)
{
	const Filter *filter = table->columns[qual->condition.attnum].filter;

	return filter->exactness == FILTER_EXACT_IN_TOTAL &&
		(traits->sums_alone || may_be_total(table, quals, traits)) &&
		!qual->condition.is_array && !qual->condition.is_joined && !qual->condition.is_weak;
}

/*
 * An expression that is true of totals which meet the clause of a test.  Their
 * date is null, so that most clauses are null, too, but one about just that,
 * such as "date IS NOT NULL", is false.  It counts where the query asks for
 * totals, not where these take the place of days.
 */
static Expr *
is_total_of(Var *date, const QueryTraits *traits, Expr *clause)
{
	NullTest   *is_null = makeNode(NullTest);
	BooleanTest *is_not_false = makeNode(BooleanTest);

	is_null->arg = (Expr *) date;
	is_null->nulltesttype = IS_NULL;
	is_null->location = -1;
	if (traits->sums_alone)
		return (Expr *) is_null;
	is_not_false->arg = copyObject(clause);
	is_not_false->booltesttype = IS_NOT_FALSE;
	is_not_false->location = -1;
	return makeBoolExpr(AND_EXPR, list_make2(is_null, is_not_false), -1);
}

/*
 * What PostgreSQL has to check of a clause, of those of a scan; NULL: nothing,
 * as the response settles it.  A test leaves a range that may hold days which do
 * not pass: of a total it is settled, of days it is not.
 */
Expr *
clause_to_check(const RelOptInfo *rel, const Table *table, const List *quals,
				const QueryTraits *traits, const RestrictInfo *rinfo)
{
	const Qual *qual = find_qual(quals, rinfo);
	Var		   *date;

	if (qual == NULL || !is_exact(table, quals, traits, qual))
		return rinfo->clause;
	if (!qual->condition.is_test)
		return NULL;
	date = date_of_test(rel->relid, &qual->condition);
	return makeBoolExpr(OR_EXPR,
						list_make2(rinfo->clause, is_total_of(date, traits, rinfo->clause)), -1);
}
