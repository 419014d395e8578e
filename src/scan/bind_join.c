/*-------------------------------------------------------------------------
 *
 * bind_join.c
 *		  How a bind join runs.
 *
 * The rows of the outer side are read and hashed, and their keys collected; then the
 * scan runs once, for all of these keys, and each of its rows looks for the outer
 * rows that it matches.  Where more keys came than the plan expected, and the whole
 * table takes less than asking for them, the scan reads it all instead.
 *
 * Outer rows that do not fit into memory wait on disk, and so do the scan's rows
 * then, which are matched with one part of the outer rows after the other.  Keys that
 * do not fit, or all that the query may want, make several rounds: each has its
 * outer rows and its run of the scan.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/scan/bind_join.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/explain.h"
#include "common/hashfn.h"
#include "executor/executor.h"
#include "executor/nodeCustom.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "port/pg_bitutils.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/ruleutils.h"
#include "utils/tuplestore.h"

#include "plan/bind_join_path.h"
#include "plan/estimate.h"
#include "plan/fdw_private.h"
#include "scan/bind_join.h"
#include "scan/explain_wrap.h"
#include "scan/join_keys.h"
#include "scan/outer_rows.h"
#include "scan/scan.h"
#include "util/compat.h"

/* A round that is to have few keys has no more outer rows than this for each, which may all be the same. */
#define ROWS_PER_KEY 10

typedef enum JoinStep
{
	STEP_ROUND = 0,				/* read outer rows, and begin the scan */
	STEP_SCAN,					/* read the scan's next row */
	STEP_MATCH,					/* match it with the next outer row */
	STEP_UNMATCHED,				/* outer rows without a match */
	STEP_PART,					/* the next part of outer rows */
	STEP_DONE
} JoinStep;

/* One side of the pairs that are hashed. */
typedef struct HashSide
{
	List	   *expressions;	/* ExprState * */
	FmgrInfo   *functions;
} HashSide;

typedef struct BindJoinState
{
	CustomScanState css;		/* its scan slot has rows of both sides */
	PlanState  *outer;
	ForeignScanState *inner;
	int			nouter;			/* columns of these */
	int			ninner;
	JoinType	jointype;
	int			first;			/* as BIND_JOIN_FIRST */
	ExprState  *pair_qual;
	HashSide	outer_hash;
	HashSide	inner_hash;
	List	   *collations;		/* Oid list: of the pairs that are hashed */
	ScanKeys	scan_keys;
	List	   *key_values;		/* ExprState *: of the outer row */
	JoinKeys   *keys;
	Size		key_memory;		/* that they may take */
	OuterRows  *rows;
	TupleTableSlot *spilled_slot;	/* for outer rows from disk */
	Tuplestorestate *scanned;	/* the scan's rows, for further parts of outer
								 * rows; NULL: there are none */
	TupleTableSlot *scanned_slot;
	bool		replay;			/* they come from there */
	bool		begun;			/* the scan has been given keys */
	JoinStep	step;
	bool		outer_ended;
	int64		round_keys;		/* of this round at most, twice as many as of
								 * the one before; 0: any number */
	bool		whole;			/* the scan reads the whole table */
	OuterRow   *candidate;		/* for the scan's row */
	int64		unmatched;		/* number of the outer row that is looked at */
	int64		rounds;			/* for EXPLAIN, as those that follow */
	int64		parts;
	int64		nkeys;
} BindJoinState;

/* ---------- rows of both sides ---------- */

/* Puts the columns of a side, which begin at a place, into the node's slot. */
static void
load_columns(BindJoinState *join, TupleTableSlot *from, int place, int count)
{
	TupleTableSlot *slot = join->css.ss.ss_ScanTupleSlot;

	slot_getallattrs(from);
	memcpy(slot->tts_values + place, from->tts_values, count * sizeof(Datum));
	memcpy(slot->tts_isnull + place, from->tts_isnull, count * sizeof(bool));
}

/* Has the columns of a side be null. */
static void
clear_columns(BindJoinState *join, int place, int count)
{
	memset(join->css.ss.ss_ScanTupleSlot->tts_isnull + place, true, count * sizeof(bool));
}

/* Has the node's slot hold a row, and returns it. */
static TupleTableSlot *
complete_slot(BindJoinState *join)
{
	ExecClearTuple(join->css.ss.ss_ScanTupleSlot);
	return ExecStoreVirtualTuple(join->css.ss.ss_ScanTupleSlot);
}

static void
load_outer(BindJoinState *join, TupleTableSlot *slot)
{
	load_columns(join, slot, 0, join->nouter);
}

static void
load_outer_row(BindJoinState *join, OuterRow *row)
{
	(void) ExecStoreMinimalTuple(outer_row_tuple(row), join->spilled_slot, false);
	load_outer(join, join->spilled_slot);
}

/* ---------- hashes ---------- */

/*
 * The hash of the side that is in the node's slot; false: one of its values is null,
 * which equals nothing.
 */
static bool
hash_side(BindJoinState *join, const HashSide *side, uint32 *hash)
{
	ExprContext *econtext = join->css.ss.ps.ps_ExprContext;
	int			number = 0;
	ListCell   *cell;

	*hash = 0;
	foreach(cell, side->expressions)
	{
		bool		isnull;
		Datum		value = ExecEvalExprSwitchContext(lfirst(cell), econtext, &isnull);

		if (isnull)
			return false;
		*hash = pg_rotate_left32(*hash, 1) ^
			DatumGetUInt32(FunctionCall1Coll(&side->functions[number],
											 list_nth_oid(join->collations, number), value));
		number++;
	}
	*hash = murmurhash32(*hash);
	return true;
}

/* Of an outer row from disk, see outer_rows_next_part(). */
static bool
hash_outer_row(void *arg, TupleTableSlot *slot, uint32 *hash)
{
	BindJoinState *join = arg;

	ResetExprContext(join->css.ss.ps.ps_ExprContext);
	load_outer(join, slot);
	(void) complete_slot(join);
	return hash_side(join, &join->outer_hash, hash);
}

/* ---------- reading the outer side ---------- */

/* Adds the keys of the outer row in the node's slot; false: no row of the scan can match it. */
static bool
add_keys(BindJoinState *join)
{
	int			count = list_length(join->key_values);
	Datum	   *values = MemoryContextAlloc(join->css.ss.ps.ps_ExprContext->ecxt_per_tuple_memory,
											count * (sizeof(Datum) + sizeof(bool)));
	bool	   *nulls = (bool *) (values + count);
	ListCell   *cell;

	foreach(cell, join->key_values)
	{
		int			i = foreach_current_index(cell);

		values[i] = ExecEvalExprSwitchContext(lfirst(cell), join->css.ss.ps.ps_ExprContext, &nulls[i]);
	}
	return join_keys_add(join->keys, values, nulls);
}

/* Adds an outer row, unless it can be no part of a result. */
static void
add_outer_row(BindJoinState *join, TupleTableSlot *slot)
{
	uint32		hash;
	bool		can_match = hash_outer_row(join, slot, &hash) && (join->whole || add_keys(join));

	if (can_match || join->jointype == JOIN_LEFT || join->jointype == JOIN_ANTI)
		outer_rows_add(join->rows, slot, can_match, hash);
}

/* How many values the plan expects the keys to have. */
static double
expected_keys(const BindJoinState *join)
{
	double		count = 0;

	for (int i = 0; i < join->scan_keys.nkeys; i++)
		count += join->scan_keys.expected[i];
	return Max(1, count) * join->scan_keys.groups;
}

/*
 * Whether the whole table takes less than what the keys so far do.  Where there are
 * no more of them than the plan expected, its choice holds.
 */
static bool
is_whole_cheaper(BindJoinState *join)
{
	Estimate	keyed;
	Estimate	whole;

	if (join_keys_count(join->keys) <= expected_keys(join))
		return false;
	keyed = scan_estimate(join->inner, join_keys_groups(join->keys));
	whole = scan_estimate(join->inner, NIL);
	return requests_cost(&whole) < requests_cost(&keyed);
}

/* Whether the keys of a round are complete, although more outer rows may come. */
static bool
is_round_full(BindJoinState *join, int64 nrows)
{
	if (join->whole || nrows == 0)
		return false;
	if (join_keys_memory(join->keys) >= join->key_memory)
	{
		join->whole = is_whole_cheaper(join);
		return !join->whole;
	}
	return join->round_keys > 0 &&
		(join_keys_count(join->keys) >= join->round_keys || nrows >= join->round_keys * ROWS_PER_KEY);
}

/* Reads the outer rows of a round. */
static void
read_outer_rows(BindJoinState *join)
{
	int64		nrows = 0;

	while (!join->outer_ended && !is_round_full(join, nrows))
	{
		TupleTableSlot *slot = ExecProcNode(join->outer);

		join->outer_ended = TupIsNull(slot);
		if (join->outer_ended)
			break;
		add_outer_row(join, slot);
		nrows++;
	}
}

/* Gives the scan the keys of the round, and has it begin anew. */
static void
begin_scan(BindJoinState *join)
{
	if (join->begun || join->inner->ss.ps.chgParam != NULL)
		ExecReScan(&join->inner->ss.ps);
	scan_set_keys(join->inner, join->whole ? NIL : join_keys_groups(join->keys));
	join->begun = true;
	join->nkeys += join_keys_count(join->keys);
}

/* Whether the scan may have a row for an outer row that was read. */
static bool
has_keys(const BindJoinState *join)
{
	return join->whole || join_keys_count(join->keys) > 0;
}

/* Reads what the next round has of outer rows; tells what is to be done next. */
static JoinStep
begin_round(BindJoinState *join)
{
	if (join->outer_ended)
		return STEP_DONE;
	outer_rows_reset(join->rows);
	join_keys_reset(join->keys);
	read_outer_rows(join);
	if (!join->whole && has_keys(join))
		join->whole = is_whole_cheaper(join);
	if (join->whole)
		read_outer_rows(join);
	join->rounds++;
	join->round_keys *= 2;
	join->replay = false;
	join->unmatched = 0;
	if (!has_keys(join))
		return STEP_UNMATCHED;
	begin_scan(join);
	join->parts++;
	if (outer_rows_are_spilled(join->rows))
		join->scanned = tuplestore_begin_heap(true, false, Max(64, work_mem / 4));
	return STEP_SCAN;
}

/* ---------- matching ---------- */

/* The scan's next row, or one of those that were read before; NULL: there is none. */
static TupleTableSlot *
next_scanned_row(BindJoinState *join)
{
	TupleTableSlot *slot;

	if (join->replay)
		return tuplestore_gettupleslot(join->scanned, true, false, join->scanned_slot) ?
			join->scanned_slot : NULL;
	slot = ExecProcNode(&join->inner->ss.ps);
	if (TupIsNull(slot))
		return NULL;
	if (join->scanned != NULL)
		tuplestore_puttupleslot(join->scanned, slot);
	return slot;
}

/* Reads the scan's next row and finds the first outer row that may match it. */
static JoinStep
read_scanned_row(BindJoinState *join)
{
	TupleTableSlot *slot = next_scanned_row(join);
	uint32		hash;

	if (slot == NULL)
		return STEP_UNMATCHED;
	ResetExprContext(join->css.ss.ps.ps_ExprContext);
	load_columns(join, slot, join->nouter, join->ninner);
	(void) complete_slot(join);
	if (!hash_side(join, &join->inner_hash, &hash))
		return STEP_SCAN;
	join->candidate = outer_rows_find(join->rows, hash);
	return STEP_MATCH;
}

/* Whether a kind of join has a row for an outer row at its first match alone, or for none. */
static bool
needs_one_match(const BindJoinState *join)
{
	return join->jointype == JOIN_SEMI || join->jointype == JOIN_ANTI;
}

/* The result of the next outer row that matches the scan's row; NULL: there is none. */
static TupleTableSlot *
next_match(BindJoinState *join)
{
	while (join->candidate != NULL)
	{
		OuterRow   *row = join->candidate;

		join->candidate = outer_rows_find_next(row);
		if (row->matched && needs_one_match(join))
			continue;
		ResetExprContext(join->css.ss.ps.ps_ExprContext);
		load_outer_row(join, row);
		(void) complete_slot(join);
		if (!ExecQual(join->pair_qual, join->css.ss.ps.ps_ExprContext))
			continue;
		row->matched = true;
		if (join->jointype != JOIN_ANTI)
			return join->css.ss.ss_ScanTupleSlot;
	}
	return NULL;
}

/* The result of the next outer row without a match; NULL: there is none, or none is wanted. */
static TupleTableSlot *
next_unmatched(BindJoinState *join)
{
	if (join->jointype != JOIN_LEFT && join->jointype != JOIN_ANTI)
		return NULL;
	while (join->unmatched < outer_rows_count(join->rows))
	{
		OuterRow   *row = outer_rows_get(join->rows, join->unmatched++);

		if (row->matched)
			continue;
		load_outer_row(join, row);
		clear_columns(join, join->nouter, join->ninner);
		return complete_slot(join);
	}
	return NULL;
}

static void
forget_scanned_rows(BindJoinState *join)
{
	if (join->scanned != NULL)
		tuplestore_end(join->scanned);
	join->scanned = NULL;
}

/* Goes on to the next part of outer rows, or to the next round. */
static JoinStep
begin_part(BindJoinState *join)
{
	join->unmatched = 0;
	if (!outer_rows_next_part(join->rows, join->spilled_slot, hash_outer_row, join))
	{
		forget_scanned_rows(join);
		return STEP_ROUND;
	}
	if (join->scanned == NULL)
		return STEP_UNMATCHED;
	tuplestore_rescan(join->scanned);
	join->replay = true;
	join->parts++;
	return STEP_SCAN;
}

/* The next row of the join, before what comes after it is checked; empty after the last. */
static TupleTableSlot *
next_joined_row(ScanState *node)
{
	BindJoinState *join = (BindJoinState *) node;
	TupleTableSlot *slot = NULL;

	while (slot == NULL)
	{
		CHECK_FOR_INTERRUPTS();
		switch (join->step)
		{
			case STEP_ROUND:
				join->step = begin_round(join);
				break;
			case STEP_SCAN:
				join->step = read_scanned_row(join);
				break;
			case STEP_MATCH:
				slot = next_match(join);
				if (slot == NULL)
					join->step = STEP_SCAN;
				break;
			case STEP_UNMATCHED:
				slot = next_unmatched(join);
				if (slot == NULL)
					join->step = STEP_PART;
				break;
			case STEP_PART:
				join->step = begin_part(join);
				break;
			case STEP_DONE:
				return ExecClearTuple(join->css.ss.ss_ScanTupleSlot);
		}
	}
	return slot;
}

/* No row is looked at again, see checks_rows_again() of the plan. */
static bool
recheck_joined_row(ScanState *node, TupleTableSlot *slot)
{
	return true;
}

static TupleTableSlot *
exec_bind_join(CustomScanState *node)
{
	return ExecScan(&node->ss, next_joined_row, recheck_joined_row);
}

/* ---------- begin, rescan, end ---------- */

static HashSide
create_hash_side(BindJoinState *join, List *expressions, List *operators, bool is_outer)
{
	HashSide	side = {
		.expressions = ExecInitExprList(expressions, &join->css.ss.ps),
		.functions = palloc(list_length(operators) * sizeof(FmgrInfo)),
	};
	ListCell   *cell;

	foreach(cell, operators)
	{
		RegProcedure left;
		RegProcedure right;

		if (!get_op_hash_functions(lfirst_oid(cell), &left, &right))
			elog(ERROR, "could not find hash function for hash operator %u", lfirst_oid(cell));
		fmgr_info(is_outer ? left : right, &side.functions[foreach_current_index(cell)]);
	}
	return side;
}

/* The types of some expressions, palloc'd. */
static Oid *
types_of(const List *expressions)
{
	Oid		   *types = palloc((list_length(expressions) + 1) * sizeof(Oid));
	ListCell   *cell;

	foreach(cell, expressions)
	{
		types[foreach_current_index(cell)] = exprType(lfirst(cell));
	}
	return types;
}

static void
init_sides(BindJoinState *join, const CustomScan *plan, EState *estate, int eflags)
{
	int			flags = eflags & ~(EXEC_FLAG_BACKWARD | EXEC_FLAG_MARK);

	join->outer = ExecInitNode(linitial(plan->custom_plans), estate, flags);
	join->inner = castNode(ForeignScanState, ExecInitNode(lsecond(plan->custom_plans), estate, flags));
	join->css.custom_ps = list_make2(join->outer, join->inner);
	join->nouter = ExecGetResultType(join->outer)->natts;
	join->ninner = ExecGetResultType(&join->inner->ss.ps)->natts;
	join->spilled_slot = ExecInitExtraTupleSlot(estate, ExecGetResultType(join->outer), &TTSOpsMinimalTuple);
	join->scanned_slot = ExecInitExtraTupleSlot(estate, ExecGetResultType(&join->inner->ss.ps),
												&TTSOpsMinimalTuple);
}

/* BeginCustomScan */
static void
begin_bind_join(CustomScanState *node, EState *estate, int eflags)
{
	BindJoinState *join = (BindJoinState *) node;
	const CustomScan *plan = (CustomScan *) node->ss.ps.plan;
	List	   *operators = list_nth(plan->custom_private, BIND_JOIN_OPERATORS);
	List	   *key_values = list_nth(plan->custom_exprs, BIND_JOIN_KEYS);
	Size		memory = get_hash_memory_limit() / 2;

	init_sides(join, plan, estate, eflags);
	join->jointype = intVal(list_nth(plan->custom_private, BIND_JOIN_TYPE));
	join->first = intVal(list_nth(plan->custom_private, BIND_JOIN_FIRST));
	join->round_keys = join->first;
	join->collations = list_nth(plan->custom_private, BIND_JOIN_COLLATIONS);
	join->pair_qual = ExecInitQual(list_nth(plan->custom_exprs, BIND_JOIN_CLAUSES), &node->ss.ps);
	join->outer_hash = create_hash_side(join, list_nth(plan->custom_exprs, BIND_JOIN_OUTER_HASH),
										operators, true);
	join->inner_hash = create_hash_side(join, list_nth(plan->custom_exprs, BIND_JOIN_INNER_HASH),
										operators, false);
	join->key_values = ExecInitExprList(key_values, &node->ss.ps);
	join->scan_keys = decode_keys(list_nth(((ForeignScan *) join->inner->ss.ps.plan)->fdw_private, PLAN_KEYS));
	join->keys = join_keys_create(&join->scan_keys, types_of(key_values));
	join->key_memory = memory;
	join->rows = outer_rows_create(memory, Max(64, work_mem / 4));
	clear_columns(join, 0, join->nouter + join->ninner);
	node->ss.ps.ps_ExprContext->ecxt_scantuple = node->ss.ss_ScanTupleSlot;
}

/* Forgets all that was read. */
static void
forget_rows(BindJoinState *join)
{
	outer_rows_reset(join->rows);
	forget_scanned_rows(join);
	join_keys_reset(join->keys);
}

/* ReScanCustomScan */
static void
rescan_bind_join(CustomScanState *node)
{
	BindJoinState *join = (BindJoinState *) node;
	ListCell   *cell;

	forget_rows(join);
	join->step = STEP_ROUND;
	join->outer_ended = false;
	join->whole = false;
	join->round_keys = join->first;
	foreach(cell, node->custom_ps)
	{
		PlanState  *side = lfirst(cell);

		if (node->ss.ps.chgParam != NULL)
			UpdateChangedParamSet(side, node->ss.ps.chgParam);
		if (side->chgParam == NULL)
			ExecReScan(side);
	}
}

/* EndCustomScan */
static void
end_bind_join(CustomScanState *node)
{
	BindJoinState *join = (BindJoinState *) node;

	forget_rows(join);
	ExecEndNode(join->outer);
	ExecEndNode(&join->inner->ss.ps);
}

/* ---------- EXPLAIN ---------- */

static const char *
join_type_text(JoinType jointype)
{
	static const char *const texts[] = {
		[JOIN_INNER] = "Inner",
		[JOIN_LEFT] = "Left",
		[JOIN_SEMI] = "Semi",
		[JOIN_ANTI] = "Anti",
	};

	return texts[jointype];
}

/* Some of the node's expressions, as SQL. */
static char *
expressions_text(const BindJoinState *join, List *expressions, List *ancestors, ExplainState *es)
{
	List	   *context = set_deparse_context_plan(es->deparse_cxt, join->css.ss.ps.plan, ancestors);
	StringInfoData text;
	ListCell   *cell;

	initStringInfo(&text);
	foreach(cell, expressions)
	{
		if (text.len > 0)
			appendStringInfoString(&text, ", ");
		appendStringInfoString(&text, deparse_expression(lfirst(cell), context, true, false));
	}
	return text.data;
}

/* ExplainCustomScan */
static void
explain_bind_join(CustomScanState *node, List *ancestors, ExplainState *es)
{
	BindJoinState *join = (BindJoinState *) node;
	const CustomScan *plan = (CustomScan *) node->ss.ps.plan;

	ExplainPropertyText("Join Type", join_type_text(join->jointype), es);
	explain_text("Join Cond", expressions_text(join, list_nth(plan->custom_exprs, BIND_JOIN_CLAUSES),
											   ancestors, es), es);
	explain_text("Keys", expressions_text(join, list_nth(plan->custom_exprs, BIND_JOIN_KEYS),
										  ancestors, es), es);
	if (!es->analyze)
		return;
	ExplainPropertyInteger("Keys Read", NULL, join->nkeys, es);
	ExplainPropertyInteger("Rounds", NULL, join->rounds, es);
	if (join->parts > join->rounds)
		ExplainPropertyInteger("Parts on Disk", NULL, join->parts, es);
	if (join->whole)
		ExplainPropertyBool("Whole Table", true, es);
}

static const CustomExecMethods exec_methods = {
	.CustomName = BIND_JOIN_NAME,
	.BeginCustomScan = begin_bind_join,
	.ExecCustomScan = exec_bind_join,
	.EndCustomScan = end_bind_join,
	.ReScanCustomScan = rescan_bind_join,
	.ExplainCustomScan = explain_bind_join,
};

/* CreateCustomScanState */
static Node *
create_bind_join_state(CustomScan *plan)
{
	BindJoinState *join = palloc0(sizeof(BindJoinState));

	NodeSetTag(join, T_CustomScanState);
	join->css.methods = &exec_methods;
	return (Node *) join;
}

const CustomScanMethods bind_join_methods = {
	.CustomName = BIND_JOIN_NAME,
	.CreateCustomScanState = create_bind_join_state,
};
