/*-------------------------------------------------------------------------
 *
 * match.c
 *		  The clauses that the API can take.
 *
 * Clauses are matched as index quals are: column operator expression, where
 * the expression has no column of this table and nothing volatile in it.  Its
 * value is computed when the scan starts, so "date >= current_date - 7",
 * parameters, sub-selects and the columns of an outer table all become
 * parameters of the API.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/match.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_am.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/restrictinfo.h"
#include "utils/lsyscache.h"

#include "level.h"
#include "match.h"
#include "value.h"

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
	if (!column->in_catalog)
		return NULL;
	*attnum = var->varattno;
	*filter = find_filter(table->options->stream, column->column->name);
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
 * Whether a clause compares a filtered column with something that is known
 * when the scan starts.
 */
bool
match_clause(const RelOptInfo *rel, PlannerInfo *root, const Table *table,
			 Expr *clause, Match *match)
{
	bool		is_array = IsA(clause, ScalarArrayOpExpr);
	Oid			opno;
	Oid			collation;
	Node	   *left;
	Node	   *right;
	const TableColumn *column;
	const Filter *filter;
	Oid			valuetype;

	if (is_array)
	{
		ScalarArrayOpExpr *expr = (ScalarArrayOpExpr *) clause;

		if (!expr->useOr)
			return false;
		opno = expr->opno;
		collation = expr->inputcollid;
		left = linitial(expr->args);
		right = lsecond(expr->args);
	}
	else if (IsA(clause, OpExpr) && list_length(((OpExpr *) clause)->args) == 2)
	{
		OpExpr	   *expr = (OpExpr *) clause;

		opno = expr->opno;
		collation = expr->inputcollid;
		left = linitial(expr->args);
		right = lsecond(expr->args);
	}
	else
		return false;

	column = filtered_column(rel, table, left, &match->condition.attnum, &filter);
	if (column == NULL && !is_array)
	{
		Node	   *swap = left;

		left = right;
		right = swap;
		opno = get_commutator(opno);
		column = filtered_column(rel, table, left, &match->condition.attnum, &filter);
	}
	if (column == NULL || !OidIsValid(opno) ||
		bms_is_member(rel->relid, pull_varnos(root, right)) ||
		contain_volatile_functions(right) ||
		(OidIsValid(collation) && !get_collation_isdeterministic(collation)))
		return false;
	valuetype = exprType(right);
	if (is_array)
		valuetype = get_element_type(valuetype);
	match->condition.strategy = operator_strategy(opno, exprType(left));
	match->condition.is_array = is_array;
	match->condition.valuetype = valuetype;
	match->value = (Expr *) right;
	return filter_fits(filter, column, valuetype, match->condition.strategy, is_array);
}

/* The matches (Match *) among restrictions. */
List *
match_restrictions(PlannerInfo *root, RelOptInfo *rel, const Table *table,
				   List *rinfos)
{
	List	   *matches = NIL;
	ListCell   *cell;

	foreach(cell, rinfos)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, cell);
		Match		match = {.rinfo = rinfo};
		Match	   *copy;

		if (rinfo->pseudoconstant ||
			!restriction_is_securely_promotable(rinfo, rel) ||
			!match_clause(rel, root, table, rinfo->clause, &match))
			continue;
		copy = palloc(sizeof(Match));
		*copy = match;
		matches = lappend(matches, copy);
	}
	return matches;
}

/* The column that a match is about. */
const Column *
matched_column(const Table *table, const Match *match)
{
	return table->columns[match->condition.attnum].column;
}

/* Whether the answer settles a matched clause, so that no recheck is due. */
bool
match_is_exact(const Table *table, const Match *match)
{
	const Stream *stream = table->options->stream;
	const Column *column = matched_column(table, match);
	const char *granularity = stream_granularity(stream, table->options);

	return find_filter(stream, column->name)->match == FILTER_EXACT_IN_TOTAL &&
		strcmp(granularity, "TOTAL") == 0 &&
		!match->condition.is_array && match->condition.valuetype == DATEOID;
}
