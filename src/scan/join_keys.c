/*-------------------------------------------------------------------------
 *
 * join_keys.c
 *		  The keys of a bind join's outer side.
 *
 * Each value is kept once, as text.  Where a key is the ad account, the others are
 * kept by account, since an API that is asked for all ids in all accounts would
 * refuse them.  Of days the first and the last count, of all groups together.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/scan/join_keys.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#include "scan/join_keys.h"
#include "util/compat.h"
#include "value/value.h"

/* The days of a key: between these, or the one that is furthest. */
typedef struct KeyDays
{
	bool		found;
	Datum		first;			/* of the key's type, or DateADT */
	Datum		last;			/* likewise */
} KeyDays;

/* The values of keys that go together. */
typedef struct KeyGroup
{
	List	  **texts;			/* by key, text *; of the account, one */
} KeyGroup;

/* In a hash table: a value that is known. */
typedef struct KnownValue
{
	int			group;			/* 0 for accounts, which make groups */
	int			key;
	const char *text;
	int			new_group;		/* of an account */
} KnownValue;

struct JoinKeys
{
	const ScanKeys *keys;
	const Oid  *types;			/* of the outer side's values, by key */
	MemoryContext context;		/* of all below, until the next reset */
	MemoryContext work;			/* of one row */
	HTAB	   *known;			/* KnownValue */
	List	   *groups;			/* KeyGroup * */
	KeyDays    *days;			/* by key */
	int64		count;			/* see join_keys_count() */
};

static uint32
hash_known_value(const void *key, Size size)
{
	const KnownValue *value = key;

	return hash_combine(hash_bytes_uint32((uint32) value->group * 32 + (uint32) value->key),
						hash_bytes((const unsigned char *) value->text, (int) strlen(value->text)));
}

static int
compare_known_values(const void *a, const void *b, Size size)
{
	const KnownValue *left = a;
	const KnownValue *right = b;

	return left->group != right->group || left->key != right->key ||
		strcmp(left->text, right->text) != 0;
}

/* Makes an empty state, in the current context. */
static void
begin_keys(JoinKeys *keys)
{
	MemoryContext old = MemoryContextSwitchTo(keys->context);
	HASHCTL		control = {
		.keysize = offsetof(KnownValue, new_group), .entrysize = sizeof(KnownValue),
		.hash = hash_known_value, .match = compare_known_values, .hcxt = keys->context
	};

	keys->known = hash_create("keys of a join", 256, &control,
							  HASH_ELEM | HASH_FUNCTION | HASH_COMPARE | HASH_CONTEXT);
	keys->groups = NIL;
	keys->days = palloc0(keys->keys->nkeys * sizeof(KeyDays));
	keys->count = 0;
	MemoryContextSwitchTo(old);
}

/*
 * Prepares to collect keys, whose values have these types; both have to outlive the
 * result, which lives in the current context.
 */
JoinKeys *
join_keys_create(const ScanKeys *keys, const Oid *types)
{
	JoinKeys   *result = palloc0(sizeof(JoinKeys));

	result->keys = keys;
	result->types = types;
	result->context = AllocSetContextCreate(CurrentMemoryContext, "pinterest_fdw keys",
											ALLOCSET_DEFAULT_SIZES);
	result->work = AllocSetContextCreate(CurrentMemoryContext, "pinterest_fdw key", ALLOCSET_SMALL_SIZES);
	begin_keys(result);
	return result;
}

/* Forgets all keys, and frees what join_keys_groups() returned. */
void
join_keys_reset(JoinKeys *keys)
{
	MemoryContextReset(keys->context);
	begin_keys(keys);
}

/* How many values there are, days not counted, but one where these are all. */
int64
join_keys_count(const JoinKeys *keys)
{
	return keys->count;
}

/* The bytes that the keys take. */
Size
join_keys_memory(const JoinKeys *keys)
{
	return MemoryContextMemAllocated(keys->context, true);
}

/* ---------- adding ---------- */

static bool
is_day(const JoinKeys *keys, int key)
{
	return keys->keys->conditions[key].valuetype != TEXTOID;
}

/* A value as text in the server's encoding, palloc'd. */
static char *
key_text(Datum value, Oid type)
{
	return type == TEXTOID || type == VARCHAROID ? TextDatumGetCString(value) :
		value_param_text(value, type);
}

/*
 * Whether a day can be that of a row.  Equality with a time within a day, or with
 * an infinite one, has no row; then *value is not changed to the day that it is.
 */
static bool
find_day(const JoinKeys *keys, int key, Datum *value)
{
	DateADT		day;
	bool		begins;

	if (!is_day(keys, key) || keys->keys->conditions[key].strategy != BTEqualStrategyNumber)
		return true;
	day = value_param_date(*value, keys->types[key], &begins);
	if (DATE_NOT_FINITE(day) || !begins)
		return false;
	*value = DateADTGetDatum(day);
	return true;
}

/* Extends the days of a key by one. */
static void
add_day(JoinKeys *keys, int key, Datum value)
{
	KeyDays    *days = &keys->days[key];
	const TypeCacheEntry *type = lookup_type_cache(keys->keys->conditions[key].valuetype,
												   TYPECACHE_CMP_PROC_FINFO);
	MemoryContext old = MemoryContextSwitchTo(keys->context);
	FmgrInfo   *compare = unconstify(FmgrInfo *, &type->cmp_proc_finfo);

	if (!days->found || DatumGetInt32(FunctionCall2(compare, value, days->first)) < 0)
		days->first = datumCopy(value, type->typbyval, type->typlen);
	if (!days->found || DatumGetInt32(FunctionCall2(compare, value, days->last)) > 0)
		days->last = datumCopy(value, type->typbyval, type->typlen);
	days->found = true;
	MemoryContextSwitchTo(old);
}

/* Notes a value as known; NULL: it was. */
static KnownValue *
note_value(JoinKeys *keys, int group, int key, const char *text, KnownValue **known)
{
	KnownValue	value = {.group = group, .key = key, .text = text};
	bool		found;

	*known = hash_search(keys->known, &value, HASH_ENTER, &found);
	if (found)
		return NULL;
	(*known)->text = MemoryContextStrdup(keys->context, text);
	return *known;
}

static KeyGroup *
add_group(JoinKeys *keys)
{
	KeyGroup   *group = palloc(sizeof(KeyGroup));

	group->texts = palloc0(keys->keys->nkeys * sizeof(List *));
	keys->groups = lappend(keys->groups, group);
	return group;
}

static void
add_text(KeyGroup *group, int key, const char *text)
{
	group->texts[key] = lappend(group->texts[key], cstring_to_text(text));
}

/* The number of the group of a row, which may be a new one. */
static int
find_group(JoinKeys *keys, const Datum *values)
{
	int			account = keys->keys->account;
	KnownValue *known;
	char	   *text;

	if (account < 0)
	{
		if (keys->groups == NIL)
			(void) add_group(keys);
		return 0;
	}
	text = key_text(values[account], keys->types[account]);
	if (note_value(keys, 0, account, text, &known) != NULL)
	{
		known->new_group = list_length(keys->groups);
		add_text(add_group(keys), account, text);
	}
	return known->new_group;
}

/* Adds what one row has of each key. */
static void
add_values(JoinKeys *keys, const Datum *values)
{
	MemoryContext old = MemoryContextSwitchTo(keys->context);
	int			number = find_group(keys, values);
	bool		days_alone = true;

	for (int i = 0; i < keys->keys->nkeys; i++)
	{
		KnownValue *known;
		char	   *text;

		if (is_day(keys, i))
		{
			add_day(keys, i, values[i]);
			continue;
		}
		days_alone = false;
		if (i == keys->keys->account)
			continue;
		text = key_text(values[i], keys->types[i]);
		if (note_value(keys, number, i, text, &known) != NULL)
		{
			add_text(list_nth(keys->groups, number), i, text);
			keys->count++;
		}
		pfree(text);
	}
	if (days_alone)
		keys->count = 1;
	MemoryContextSwitchTo(old);
}

/*
 * Adds the keys of a row; false: no row of the scan can match it, as one of them is
 * null or no day.
 */
bool
join_keys_add(JoinKeys *keys, const Datum *values, const bool *nulls)
{
	Datum	   *found = MemoryContextAlloc(keys->work, keys->keys->nkeys * sizeof(Datum));
	bool		can_match = true;

	for (int i = 0; i < keys->keys->nkeys && can_match; i++)
	{
		found[i] = values[i];
		can_match = !nulls[i] && find_day(keys, i, &found[i]);
	}
	if (can_match)
		add_values(keys, found);
	MemoryContextReset(keys->work);
	return can_match;
}

/* ---------- what the scan is given ---------- */

static ConditionValue
array_of_texts(const List *texts)
{
	ConditionValue value = {.known = true};
	Datum	   *elements = palloc((list_length(texts) + 1) * sizeof(Datum));
	int			count = 0;
	ListCell   *cell;

	foreach(cell, texts)
	{
		elements[count++] = PointerGetDatum(lfirst(cell));
	}
	value.value = PointerGetDatum(construct_array(elements, count, TEXTOID, -1, false, TYPALIGN_INT));
	pfree(elements);
	return value;
}

/* Days that a row may be of: the first or the last, or both where it has to be one of them. */
static ConditionValue
days_of_key(const JoinKeys *keys, int key)
{
	const KeyDays *days = &keys->days[key];
	const Condition *condition = &keys->keys->conditions[key];
	ConditionValue value = {.known = true};
	Datum		ends[] = {days->first, days->last};

	if (condition->is_array)
		value.value = PointerGetDatum(construct_array(ends, 2, DATEOID, sizeof(DateADT), true,
													  TYPALIGN_INT));
	else
		value.value = condition->strategy > BTEqualStrategyNumber ? days->first : days->last;
	return value;
}

/*
 * The groups of keys, of each the values of its keys in their order (ConditionValue *).
 * They live until the next reset.
 */
List *
join_keys_groups(JoinKeys *keys)
{
	MemoryContext old = MemoryContextSwitchTo(keys->context);
	List	   *groups = NIL;
	ListCell   *cell;

	foreach(cell, keys->groups)
	{
		const KeyGroup *group = lfirst(cell);
		ConditionValue *values = palloc0(keys->keys->nkeys * sizeof(ConditionValue));

		for (int i = 0; i < keys->keys->nkeys; i++)
		{
			if (is_day(keys, i))
				values[i] = days_of_key(keys, i);
			else if (keys->keys->conditions[i].is_array)
				values[i] = array_of_texts(group->texts[i]);
			else
				values[i] = (ConditionValue)
			{
				.known = true, .value = PointerGetDatum(linitial(group->texts[i]))
			};
		}
		groups = lappend(groups, values);
	}
	MemoryContextSwitchTo(old);
	return groups;
}
