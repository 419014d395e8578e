/*-------------------------------------------------------------------------
 *
 * fdw_private.c
 *		  What the planner hands to the executor.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/fdw_private.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "plan/fdw_private.h"

/* A condition as a list of int. */
List *
encode_condition(const Condition *condition)
{
	List	   *integers = list_make5_int(condition->attnum,
										  condition->strategy,
										  condition->is_array,
										  (int) condition->valuetype,
										  condition->is_joined);

	integers = lappend_int(integers, condition->is_test);
	integers = lappend_int(integers, condition->is_weak);
	return lappend_int(integers, condition->or_null);
}

Condition
decode_condition(const List *integers)
{
	Condition	condition = {
		.attnum = linitial_int(integers),
		.strategy = lsecond_int(integers),
		.is_array = lthird_int(integers) != 0,
		.valuetype = (Oid) lfourth_int(integers),
		.is_joined = list_nth_int(integers, 4) != 0,
		.is_test = list_nth_int(integers, 5) != 0,
		.is_weak = list_nth_int(integers, 6) != 0,
		.or_null = list_nth_int(integers, 7) != 0,
	};

	return condition;
}

/* Settings as an int, a bit for each: no stream has more than 31. */
static int
encode_settings(const Bitmapset *settings)
{
	int			bits = 0;

	for (int i = -1; (i = bms_next_member(settings, i)) >= 0;)
	{
		Assert(i < 31);
		bits |= 1 << i;
	}
	return bits;
}

static Bitmapset *
decode_settings(int bits)
{
	Bitmapset  *settings = NULL;

	for (int i = 0; bits >> i != 0; i++)
		if ((bits >> i & 1) != 0)
			settings = bms_add_member(settings, i);
	return settings;
}

/* The traits of a query as a list of int. */
List *
encode_traits(const QueryTraits *traits)
{
	List	   *integers = list_make5_int(traits->ids_of_account,
										  traits->unmatched_dates,
										  traits->joined_dates,
										  traits->sums_alone,
										  traits->unsplit);

	integers = lappend_int(integers, encode_settings(traits->joined_settings));
	return lappend_int(integers, encode_settings(traits->compared_settings));
}

QueryTraits
decode_traits(const List *integers)
{
	QueryTraits traits = {
		.ids_of_account = linitial_int(integers) != 0,
		.unmatched_dates = lsecond_int(integers) != 0,
		.joined_dates = lthird_int(integers) != 0,
		.sums_alone = lfourth_int(integers) != 0,
		.unsplit = list_nth_int(integers, 4) != 0,
		.joined_settings = decode_settings(list_nth_int(integers, 5)),
		.compared_settings = decode_settings(list_nth_int(integers, 6)),
	};

	return traits;
}

/* Keys as a list of lists of int: what all have in common, then each key. */
List *
encode_keys(const ScanKeys *keys)
{
	List	   *lists = list_make1(list_make3_int(keys->account, keys->groups, keys->whole));

	for (int i = 0; i < keys->nkeys; i++)
		lists = lappend(lists, lcons_int(keys->expected[i], encode_condition(&keys->conditions[i])));
	return lists;
}

/* The keys of such a list, palloc'd; NIL: none. */
ScanKeys
decode_keys(const List *lists)
{
	ScanKeys	keys = {.account = -1, .groups = 1};

	if (lists == NIL)
		return keys;
	keys.account = linitial_int(linitial(lists));
	keys.groups = lsecond_int(linitial(lists));
	keys.whole = lthird_int(linitial(lists)) != 0;
	keys.conditions = palloc(list_length(lists) * sizeof(Condition));
	keys.expected = palloc(list_length(lists) * sizeof(int));
	for (int i = 1; i < list_length(lists); i++)
	{
		const List *key = list_nth(lists, i);

		keys.expected[keys.nkeys] = linitial_int(key);
		keys.conditions[keys.nkeys++] = decode_condition(list_copy_tail(key, 1));
	}
	return keys;
}
