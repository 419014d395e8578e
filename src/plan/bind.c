/*-------------------------------------------------------------------------
 *
 * bind.c
 *		  From the values of a query's conditions to what is asked for.
 *
 * Conditions on one column meet: IN lists are intersected, dates narrow one
 * range, of which tests then leave what is between the first and the last day
 * that pass.  A NULL, an empty list or a contradiction leaves nothing to ask.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/bind.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "option/setting.h"
#include "plan/bind.h"
#include "streams/stream_lookup.h"
#include "util/strings.h"
#include "util/url_encode.h"
#include "value/value.h"

/* The first finite date: a lower bound all the same, unlike DATEVAL_NOBEGIN. */
#define FIRST_DATE ((DateADT) (DATETIME_MIN_JULIAN - POSTGRES_EPOCH_JDATE))

/* No id has more; the API would refuse it. */
#define MAX_ID_DIGITS 63

/* How many elements an array is taken to have whose value is unknown. */
#define GUESSED_ARRAY_LENGTH 10

/* The binding of a variable, or NULL. */
const Binding *
find_binding(const List *bindings, const char *variable)
{
	ListCell   *cell;

	foreach(cell, bindings)
	{
		Binding    *binding = lfirst(cell);

		if (strcmp(binding->variable, variable) == 0)
			return binding;
	}
	return NULL;
}

/* Copies bindings (Binding *) with their values into the current context. */
List *
copy_bindings(const List *bindings)
{
	List	   *copies = NIL;
	ListCell   *cell;

	foreach(cell, bindings)
	{
		const Binding *binding = lfirst(cell);
		Binding    *copy = palloc(sizeof(Binding));
		ListCell   *value;

		*copy = *binding;
		copy->variable = pstrdup(binding->variable);
		copy->values = NIL;
		foreach(value, binding->values)
		{
			copy->values = lappend(copy->values, pstrdup(lfirst(value)));
		}
		copies = lappend(copies, copy);
	}
	return copies;
}

/* The strings of a list as a hash table; no other may be longer than size. */
static HTAB *
string_set(const List *strings, Size size)
{
	/*
	 * for keys of up to 8 bytes, hash_create() takes HASH_STRINGS for a
	 * mistake
	 */
	Size		key_size = Max(size, sizeof(uint64) + 1);
	HASHCTL		control = {.keysize = key_size, .entrysize = key_size};
	HTAB	   *set;
	ListCell   *cell;

	control.hcxt = CurrentMemoryContext;
	set = hash_create("values", Max(16, list_length(strings)), &control,
					  HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	foreach(cell, strings)
	{
		hash_search(set, lfirst(cell), HASH_ENTER, NULL);
	}
	return set;
}

static Size
longest_string(const List *strings)
{
	Size		longest = 0;
	ListCell   *cell;

	foreach(cell, strings)
	{
		longest = Max(longest, strlen(lfirst(cell)));
	}
	return longest;
}

/*
 * The strings of a list, each once and in their order; of other only those
 * that are in it too, where other is not NULL.
 */
static List *
distinct_strings(List *strings, const List *other)
{
	List	   *result = NIL;
	Size		size = Max(longest_string(strings), longest_string(other)) + 1;
	HTAB	   *seen = string_set(NIL, size);
	HTAB	   *allowed = other ? string_set(other, size) : NULL;
	ListCell   *cell;

	foreach(cell, strings)
	{
		bool		found;

		if (allowed && hash_search(allowed, lfirst(cell), HASH_FIND, NULL) == NULL)
			continue;
		hash_search(seen, lfirst(cell), HASH_ENTER, &found);
		if (!found)
			result = lappend(result, lfirst(cell));
	}
	hash_destroy(seen);
	if (allowed)
		hash_destroy(allowed);
	return result;
}

/*
 * Lets a variable have only these values, of those it could have so far.
 * Values that are not known yet give way to known ones.  Returns its binding.
 */
static Binding *
restrict_variable(BoundQuery *bound, const char *variable, List *values,
				  bool known)
{
	Binding    *binding = unconstify(Binding *, find_binding(bound->bindings, variable));

	if (binding == NULL)
	{
		binding = palloc0(sizeof(Binding));
		binding->variable = variable;
		binding->values = distinct_strings(values, NULL);
		binding->known = known;
		bound->bindings = lappend(bound->bindings, binding);
	}
	else if (known)
	{
		binding->values = distinct_strings(values,
										   binding->known ? binding->values : NULL);
		binding->known = true;
		binding->expected = 0;
	}
	if (binding->values == NIL)
		bound->empty = true;
	return binding;
}

/* The elements of an array value. */
static void
array_elements(const Condition *condition, Datum value, Datum **elements,
			   bool **nulls, int *count)
{
	int16		len;
	bool		byval;
	char		align;

	get_typlenbyvalalign(condition->valuetype, &len, &byval, &align);
	deconstruct_array(DatumGetArrayTypeP(value), condition->valuetype,
					  len, byval, align, elements, nulls, count);
}

/* The placeholders of a value that only the executor knows. */
static List *
unknown_values(const Column *column, bool is_array)
{
	List	   *values = NIL;

	for (int i = 0; i < (is_array ? GUESSED_ARRAY_LENGTH : 1); i++)
		values = lappend(values, i == 0 ? psprintf("{%s}", column->name) :
						 psprintf("{%s_%d}", column->name, i + 1));
	return values;
}

/*
 * Whether the API can take a value.  Digits are all that an id consists of;
 * a filter with a list of words takes no other.
 */
static bool
filter_takes(const Filter *filter, const char *value)
{
	if (*value == '\0')
		return false;
	if (filter->values == NULL)
		return filter->words == WORDS_ANY || (strlen(value) <= MAX_ID_DIGITS && is_digits(value));
	foreach_string(known, filter->values)
	{
		if (strcmp(*known, value) == 0)
			return true;
	}
	return false;
}

/*
 * Whether a filter to which the API adds words with time can take one that the
 * catalog does not know yet.  It has the form of the others; one that differs
 * from them in case alone is no other word.
 */
static bool
filter_may_take(const Filter *filter, const char *value)
{
	if (!filter->open || strlen(value) > MAX_ID_DIGITS ||
		value[strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")] != '\0')
		return false;
	foreach_string(known, filter->values)
	{
		if (pg_strcasecmp(*known, value) == 0)
			return false;
	}
	return *value != '\0';
}

static void
note_unknown_value(BoundQuery *bound, const Filter *filter, char *value)
{
	UnknownValue *unknown = palloc(sizeof(UnknownValue));

	unknown->filter = filter;
	unknown->value = value;
	bound->unknown_values = lappend(bound->unknown_values, unknown);
}

/*
 * Binds column = value or column = ANY (values).
 *
 * A value that is no id cannot be any row's, so it is left out.  A word that
 * the catalog does not know may be newer than the catalog: it is sent where
 * the filter is open, else the whole condition is left to PostgreSQL, unless
 * the filter is strict.  An error or warning about a value from another table
 * would depend on the plan: no row has that value.
 */
static void
bind_values(BoundQuery *bound, const Filter *filter, const Column *column,
			const Condition *condition, const ConditionValue *value)
{
	List	   *texts = NIL;
	Datum		single = value->value;
	Datum	   *elements = &single;
	bool		isnull = false;
	bool	   *nulls = &isnull;
	int			count = 1;
	bool		in_a_path = is_in_a_path(bound->stream, column->name);

	if (!value->known)
	{
		Binding    *binding = restrict_variable(bound, column->name,
												unknown_values(column, condition->is_array), false);

		if (!binding->known)
			binding->expected = Max(binding->expected, value->expected);
		return;
	}
	if (condition->or_null)
		texts = list_make1(pstrdup(""));
	if (value->isnull)
		count = 0;
	else if (condition->is_array)
		array_elements(condition, value->value, &elements, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		char	   *text;

		if (nulls[i])
			continue;
		text = value_param_text(elements[i], condition->valuetype);
		if ((!in_a_path || is_path_segment(text)) &&	/* no row has another */
			(filter_takes(filter, text) ||
			 (filter_may_take(filter, text) && !condition->is_joined)))
		{
			texts = lappend(texts, text);
			continue;
		}
		if (filter->strict && !condition->is_joined)
			reject_filter_value(bound->stream, filter, text);
		if (!condition->is_joined && filter->words != WORDS_ANY)
			note_unknown_value(bound, filter, text);
		if (filter->values != NULL && !filter->strict)
		{
			bound->unsent = true;
			return;
		}
	}
	(void) restrict_variable(bound, column->name, texts, true);
}

/*
 * Narrows the dates by one comparison, with a day or with a time in it.  begins
 * says whether the time is that day's midnight: a date compares as its own.
 */
static void
narrow_dates(BoundQuery *bound, int strategy, DateADT date, bool begins)
{
	DateADT		first = date;
	DateADT		last = date;

	if (DATE_NOT_FINITE(date))
	{
		bool		low = DATE_IS_NOBEGIN(date);

		/* All finite dates lie above -infinity and below infinity. */
		if (strategy == BTEqualStrategyNumber ||
			(low ? strategy < BTEqualStrategyNumber : strategy > BTEqualStrategyNumber))
			bound->empty = true;
		else if (low)
			bound->dates.first = Max(bound->dates.first, FIRST_DATE);
		return;
	}
	if (strategy == BTGreaterStrategyNumber || (strategy >= BTEqualStrategyNumber && !begins))
		first++;
	if (strategy == BTLessStrategyNumber && begins)
		last--;
	if (strategy >= BTEqualStrategyNumber)
		bound->dates.first = Max(bound->dates.first, first);
	if (strategy <= BTEqualStrategyNumber)
		bound->dates.last = Min(bound->dates.last, last);
}

static void
bind_dates(BoundQuery *bound, const Condition *condition,
		   const ConditionValue *value)
{
	Datum	   *elements;
	bool	   *nulls;
	int			count;
	DateADT		first = DATEVAL_NOEND;
	DateADT		last = DATEVAL_NOBEGIN;
	DateADT		date;
	bool		begins;

	if (condition->is_array)
		bound->dates_listed = true;
	if (!value->known)
	{
		bound->dates_known = false;
		return;
	}
	if (!condition->is_array)
	{
		date = value_param_date(value->value, condition->valuetype, &begins);
		narrow_dates(bound, condition->strategy, date, begins);
		return;
	}
	array_elements(condition, value->value, &elements, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		if (nulls[i])
			continue;
		date = value_param_date(elements[i], condition->valuetype, &begins);
		if (DATE_NOT_FINITE(date) || !begins)
			continue;			/* no row has it */
		first = Min(first, date);
		last = Max(last, date);
	}
	if (first > last)
		bound->empty = true;
	bound->dates.first = Max(bound->dates.first, first);
	bound->dates.last = Min(bound->dates.last, last);
}

/*
 * Narrows the dates to those that pass the tests (DayTest *).  A test that only
 * rows without a date pass, or that raised an error, says nothing of days, and
 * PostgreSQL alone can tell which rows pass it.
 */
static void
bind_tests(BoundQuery *bound, const List *tests)
{
	PassingDays passing;

	if (tests == NIL || bound->dates.first > bound->dates.last)
		return;
	passing = find_passing_days(tests, bound->dates, longest_history(bound->stream));
	if (passing.failed || passing.undated)
	{
		bound->traits.unmatched_dates = true;
		bound->traits.sums_alone = false;
	}
	if (passing.none && !passing.undated)
		bound->empty = true;
	bound->dates = passing.range;
	bound->dates_listed = bound->dates_listed || passing.gaps || passing.failed;
}

/*
 * Restricts the query to the ad accounts that the options name.  Where these are
 * a setting, see bind_settings().
 */
static void
bind_accounts(BoundQuery *bound)
{
	const TableOptions *options = bound->options;

	if (options->ad_account_ids != NIL &&
		same_string(restricted_column(bound->stream), ACCOUNT_VARIABLE))
		(void) restrict_variable(bound, ACCOUNT_VARIABLE, options->ad_account_ids, true);
}

/* All values of a setting, also "" (not sent) where rows may be without one. */
static List *
all_values(const Setting *setting)
{
	List	   *values = setting_default(setting) == NULL ? list_make1(pstrdup("")) : NIL;

	foreach_string(value, setting->filter.values)
	{
		values = lappend(values, unconstify(char *, *value));
	}
	return values;
}

/* What a setting is where all of its values may be meant. */
static void
open_setting(Binding *binding, const Setting *setting)
{
	binding->open = true;
	binding->listed = setting->parent != NULL;
	binding->values = binding->listed ? NIL : all_values(setting);
}

/*
 * Gives the settings that the query leaves open the value of an option, or the
 * default.  One that only a join names may have any value: whether the join's
 * values are passed on depends on the plan, and the rows must not.
 */
static void
bind_settings(BoundQuery *bound)
{
	const Setting *settings = bound->stream->settings;

	for (int i = 0; settings && settings[i].filter.column; i++)
	{
		const Setting *setting = &settings[i];
		List	   *usual = usual_setting(bound->options, setting);
		bool		is_open = bms_is_member(i, bound->traits.joined_settings);
		Binding    *binding;

		if ((usual == NIL && !is_open) || find_binding(bound->bindings, setting->filter.column) != NULL)
			continue;
		binding = palloc0(sizeof(Binding));
		binding->variable = setting->filter.column;
		binding->known = true;
		binding->unasked = true;
		binding->values = usual;
		binding->implied = !is_open && setting->initial == NULL &&
			table_setting(bound->options, setting) == NIL;
		if (is_open)
			open_setting(binding, setting);
		bound->bindings = lappend(bound->bindings, binding);
	}
}

/* Whether what is asked of a setting is what the query or an option says. */
static const Binding *
chosen_setting(const BoundQuery *bound, const char *variable)
{
	const Binding *binding = find_binding(bound->bindings, variable);

	for (int i = 0; bound->stream->settings[i].filter.column; i++)
	{
		if (strcmp(bound->stream->settings[i].filter.column, variable) == 0 &&
			bms_is_member(i, bound->traits.joined_settings))
			return NULL;
	}
	return binding && binding->known && !binding->open ? binding : NULL;
}

static bool
has_value(const List *values, const char *value)
{
	ListCell   *cell;

	foreach(cell, values)
	{
		if (strcmp(lfirst(cell), value) == 0)
			return true;
	}
	return false;
}

/*
 * Raises an error for values of two settings that do not go together.  Where
 * all values of one are read, those that do are.
 */
static void
check_combinations(const BoundQuery *bound)
{
	foreach_setting(setting, bound->stream->settings)
	{
		const char *usual = setting_default(setting);
		const Binding *binding;
		const Binding *other;

		if (setting->default_only_variable == NULL)
			continue;
		binding = chosen_setting(bound, setting->filter.column);
		other = chosen_setting(bound, setting->default_only_variable);
		if (binding != NULL && other != NULL &&
			has_value(other->values, setting->default_only_value) &&
			(list_length(binding->values) > 1 || strcmp(linitial(binding->values), usual) != 0))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("column \"%s\" of stream \"%s\" can only be \"%s\" where \"%s\" is \"%s\"",
							setting->filter.column, bound->stream->name, usual,
							setting->default_only_variable, setting->default_only_value),
					 errhint("Choose that value, by WHERE or an option.")));
	}
}

/*
 * Binds the conditions of a scan of table.  The result is palloc'd in the
 * current context and refers to table; the caller adds the wanted columns,
 * limit and order.  Raises an error for a value that a strict filter does not
 * know, and for settings that do not go together.
 */
BoundQuery *
bind_query(const Table *table, const QueryTraits *traits, int nconditions,
		   const Condition *conditions, const ConditionValue *values)
{
	BoundQuery *bound = palloc0(sizeof(BoundQuery));
	List	   *tests = NIL;

	bound->stream = table->options->stream;
	bound->options = table->options;
	bound->dates.first = DATEVAL_NOBEGIN;
	bound->dates.last = DATEVAL_NOEND;
	bound->dates_known = true;
	bound->without_dates = scan_without_dates(table->options);
	bound->traits = *traits;
	for (int i = 0; i < nconditions; i++)
	{
		const Column *column = table->columns[conditions[i].attnum].column;
		const Filter *filter = table->columns[conditions[i].attnum].filter;

		if (conditions[i].is_test)
		{
			bound->dates_listed = bound->dates_listed || conditions[i].is_weak;
			if (values[i].known)
				tests = lappend(tests, values[i].test);
			else
				bound->dates_known = false;
		}
		else if (values[i].known && values[i].isnull && !conditions[i].or_null)
			bound->empty = true;
		else if (filter->kind == FILTER_DATES)
			bind_dates(bound, &conditions[i], &values[i]);
		else
			bind_values(bound, filter, column, &conditions[i], &values[i]);
	}
	bind_tests(bound, tests);
	bind_accounts(bound);
	bind_settings(bound);
	if (!bound->empty)
		check_combinations(bound);
	if (bound->dates.first > bound->dates.last)
		bound->empty = true;
	return bound;
}
