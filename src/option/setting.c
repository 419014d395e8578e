/*-------------------------------------------------------------------------
 *
 * setting.c
 *		  Settings as options of server and table, and their values.
 *
 * A setting is a column too: what the query compares it with counts before
 * the option of the table, that before the option of the server, and that
 * before the default.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/option/setting.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/defrem.h"
#include "lib/stringinfo.h"
#include "utils/formatting.h"

#include "option/setting.h"
#include "streams/stream_lookup.h"
#include "util/strings.h"

/* Of a list of values, a message tells at most so many. */
#define MAX_VALUES_TOLD 25

/* Whether any stream has the setting. */
bool
is_setting(const char *name)
{
	foreach_stream(stream)
	{
		if (find_setting(*stream, name))
			return true;
	}
	return false;
}

/* Adds a stream's settings to the names among which the closest is looked for. */
void
suggest_settings(ClosestMatchState *match, const Stream *stream)
{
	foreach_setting(setting, stream->settings)
	{
		updateClosestMatch(match, setting->filter.column);
	}
}

/* The names of a stream's settings, comma-separated and palloc'd. */
char *
join_settings(const Stream *stream)
{
	StringInfoData joined;

	initStringInfo(&joined);
	foreach_setting(setting, stream->settings)
	{
		append_listed(&joined, ", ", setting->filter.column);
	}
	return joined.data;
}

/* Values as a message tells them, palloc'd: the first ones of a long list. */
char *
join_values(const char *const *values)
{
	StringInfoData joined;
	int			count = 0;

	initStringInfo(&joined);
	for (; values[count] && count < MAX_VALUES_TOLD; count++)
		append_listed(&joined, ", ", values[count]);
	while (values[count])
		count++;
	if (count > MAX_VALUES_TOLD)
		appendStringInfo(&joined, " and %d more, see pinterest_fdw.filters()",
						 count - MAX_VALUES_TOLD);
	return joined.data;
}

/* The API's spelling of a setting's value; NULL: it knows no such value. */
static const char *
setting_value(const Setting *setting, const char *value)
{
	foreach_string(known, setting->filter.values)
	{
		if (pg_strcasecmp(*known, value) == 0)
			return *known;
	}
	return NULL;
}

/*
 * The value that a wrong one may have been meant for: one that the filter lists
 * or, where it lists none, the digits at the wrong one's end, as in act_123;
 * NULL: none.
 */
const char *
closest_value(const Filter *filter, const char *value)
{
	ClosestMatchState match;

	if (filter->values == NULL)
	{
		while (*value != '\0' && !is_digits(value))
			value++;
		return *value != '\0' ? value : NULL;
	}
	foreach_string(known, filter->values)
	{
		if (pg_strcasecmp(*known, value) == 0)
			return *known;
	}
	if (is_digits(value))
		return NULL;			/* no number is a misspelling of another */
	if (strlen(value) <= 2)
		return NULL;			/* nor is a country's code */
	initClosestMatch(&match, asc_toupper(value, strlen(value)), MAX_TYPOS);
	foreach_string(known, filter->values)
	{
		updateClosestMatch(&match, *known);
	}
	return getClosestMatch(&match);
}

static void
reject_setting_value(const Setting *setting, const char *value)
{
	const char *closest = closest_value(&setting->filter, value);

	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("invalid value for option \"%s\": \"%s\"",
					setting->filter.column, value),
			 errdetail("Valid values are %s.", join_values(setting->filter.values)),
			 closest ? errhint("Perhaps you meant \"%s\".", closest) : 0));
}

/*
 * Raises the error for a value in a query that the column's filter does not
 * know.
 */
void
reject_filter_value(const Stream *stream, const Filter *filter, const char *value)
{
	const char *closest = closest_value(filter, value);
	const Setting *setting = find_setting(stream, filter->column);
	const char *usual = setting ? setting_default(setting) : NULL;

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("column \"%s\" of stream \"%s\" cannot be \"%s\"",
					filter->column, stream->name, value),
			 errdetail("The API knows %s.", join_values(filter->values)),
			 closest ? errhint("Perhaps you meant '%s'.", closest) :
			 usual ? errhint("Without a condition on it, it is '%s' unless an option says otherwise.", usual) :
			 errhint("Compare it with one of these.")));
}

/* Raises an error unless the stream has the setting, and the setting the value. */
void
check_table_setting(const Stream *stream, const char *name, const char *value)
{
	const Setting *setting = find_setting(stream, name);

	if (setting == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
				 errmsg("invalid option \"%s\" for stream \"%s\"", name, stream->name),
				 stream->settings ?
				 errhint("The settings of the stream are %s.",
						 join_settings(stream)) :
				 errhint("The stream has no settings.")));
	if (setting_value(setting, value) == NULL)
		reject_setting_value(setting, value);
}

/* Raises an error unless some stream's setting of that name has the value. */
void
check_server_setting(const char *name, const char *value)
{
	Setting		any = {.filter = {.column = name}};
	const char **values = palloc0(sizeof(char *));
	int			count = 0;

	foreach_stream(stream)
	{
		const Setting *setting = find_setting(*stream, name);

		if (setting == NULL)
			continue;
		if (setting_value(setting, value) != NULL)
			return;
		foreach_string(known, setting->filter.values)
		{
			any.filter.values = values;
			if (setting_value(&any, *known) != NULL)
				continue;
			values = repalloc(values, (count + 2) * sizeof(char *));
			values[count++] = *known;
			values[count] = NULL;
		}
	}
	any.filter.values = values;
	reject_setting_value(&any, value);
}

/*
 * The values (char *) that the options of table and server give a setting of
 * the table's stream, in the API's spelling; NIL: none.  A server's value that
 * this stream does not know is meant for others.  Of ad accounts there may be
 * several, all others are one.
 */
List *
table_setting(const TableOptions *options, const Setting *setting)
{
	const char *value = NULL;
	ListCell   *cell;

	if (strcmp(setting->filter.column, ACCOUNT_VARIABLE) == 0)
		return options->ad_account_ids;
	foreach(cell, options->settings)
	{
		DefElem    *def = lfirst(cell);
		const char *known;

		if (strcmp(def->defname, setting->filter.column) != 0)
			continue;
		known = setting_value(setting, defGetString(def));
		if (known != NULL)
			value = known;
	}
	return value ? list_make1(unconstify(char *, value)) : NIL;
}

/* The value that counts where no option has one; NULL: nobody knows it. */
const char *
setting_default(const Setting *setting)
{
	return setting->initial ? setting->initial : setting->fallback;
}

/* The values that count where no condition has one; NIL: nobody knows them. */
List *
usual_setting(const TableOptions *options, const Setting *setting)
{
	List	   *values = table_setting(options, setting);
	const char *value = setting_default(setting);

	if (values == NIL && value != NULL)
		values = list_make1(unconstify(char *, value));
	return values;
}
