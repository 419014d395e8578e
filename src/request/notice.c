/*-------------------------------------------------------------------------
 *
 * notice.c
 *		  What a user is told before the first request of a scan.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request/notice.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "option/setting.h"
#include "plan/dates.h"
#include "plan/endpoint.h"
#include "plan/stream_plan.h"
#include "request/notice.h"
#include "request/page.h"
#include "streams/stream_lookup.h"
#include "util/iso_time.h"
#include "util/strings.h"

/* Warns of days that query or option name, but the API no longer keeps. */
static bool
warn_of_former_days(const BoundQuery *bound, const DatesServed *served)
{
	if (!served->clamped)
		return false;
	ereport(WARNING,
			(errmsg("stream \"%s\" has no data before %s", bound->stream->name,
					date_text(served->first_kept)),
			 errdetail("Of what the query reads, the API keeps the last %d days; %s for earlier ones too.",
					   served->history_days,
					   served->first_day == FIRST_DAY_OF_OPTION ? "option \"start_date\" asks" : "the query asks")));
	return true;
}

static bool
warn_of_no_totals(const BoundQuery *bound, const DatesServed *served)
{
	if (!served->no_totals)
		return false;
	ereport(WARNING,
			(errmsg("totals of stream \"%s\" are left out", bound->stream->name),
			 errdetail("The days wanted are more than a total can span, and the condition on granularity does not name it."),
			 errhint("Compare the column itself, as in \"granularity IN ('DAY', 'WEEK')\".")));
	return true;
}

/*
 * Whether the query may well mean days that are not read: a condition on dates
 * cannot be passed to the API, and no other names a first day.
 */
static bool
misses_days(const BoundQuery *bound, const DatesServed *served)
{
	return bound->traits.unmatched_dates && !DATE_NOT_FINITE(served->range.first) &&
		(served->first_day == FIRST_DAY_OF_DEFAULT || served->first_day == FIRST_DAY_OF_OPTION);
}

/* Whether days are read that nothing names. */
static bool
reads_default_days(const DatesServed *served)
{
	return served->first_day == FIRST_DAY_OF_DEFAULT && !DATE_NOT_FINITE(served->range.first);
}

/* Warns of days that a condition may mean which the API cannot be told. */
static bool
warn_of_missed_days(const BoundQuery *bound, const DatesServed *served)
{
	if (!misses_days(bound, served))
		return false;
	ereport(WARNING,
			(errmsg("only days from %s to %s of stream \"%s\" are read",
					date_text(served->range.first), date_text(served->range.last),
					bound->stream->name),
			 errdetail("A condition on the date cannot be passed to the API, and no other names a first day."),
			 errhint("Compare the column itself, as in \"date >= '%s'\".",
					 date_text(served->range.first))));
	return true;
}

/*
 * Tells which days are read where nothing names a first one, or another table
 * alone.
 */
static void
tell_of_days(const BoundQuery *bound, const DatesServed *served, RequestMemory *memory)
{
	if (memory->told_of_days || DATE_NOT_FINITE(served->range.first))
		return;
	if (reads_default_days(served))
		ereport(NOTICE,
				(errmsg("only days from %s to %s of stream \"%s\" are read",
						date_text(served->range.first), date_text(served->range.last),
						bound->stream->name),
				 errhint("For others, compare the date where the table is read, as in \"date >= '%s'\".",
						 date_text(served->range.first))));
	else if (served->first_day == FIRST_DAY_KEPT && bound->without_dates != WITHOUT_DATES_ALL)
		ereport(NOTICE,
				(errmsg("all days from %s to %s of stream \"%s\" are read",
						date_text(served->range.first), date_text(served->range.last),
						bound->stream->name),
				 errhint("For fewer, compare the date with more than a column of another table, as in \"date >= '%s'\".",
						 date_text(served->range.first))));
	else
		return;
	memory->told_of_days = true;
}

/*
 * Says it where days are not read that the query means, once for all scans
 * with the same memory.
 */
void
warn_of_dates(const BoundQuery *bound, const DatesServed *served, RequestMemory *memory)
{
	bool		warned;

	if (bound->is_sample)
		return;
	if (!memory->warned_of_dates)
	{
		warned = warn_of_former_days(bound, served);
		warned |= warn_of_no_totals(bound, served);
		warned |= warn_of_missed_days(bound, served);
		memory->warned_of_dates = warned;
	}
	if (!misses_days(bound, served))
		tell_of_days(bound, served, memory);
}

/* The values that a setting is bound to (NULL: to none), as a notice tells them. */
static char *
setting_text(const Binding *binding)
{
	StringInfoData values;
	ListCell   *cell;

	if (binding == NULL)
		return pstrdup("null");
	if (binding->listed)
		return pstrdup("null, and all that the API lists");
	initStringInfo(&values);
	foreach(cell, binding->values)
	{
		append_listed(&values, ", ", *(char *) lfirst(cell) ? lfirst(cell) : "null");
	}
	return values.data;
}

/* Tells that a setting has all its values, as PostgreSQL is to choose. */
static void
tell_of_open_setting(const BoundQuery *bound, const Binding *binding)
{
	ereport(NOTICE,
			(errmsg("stream \"%s\" is read for each %s: %s",
					bound->stream->name, binding->variable, setting_text(binding)),
			 errdetail("The query compares it in a way that the API cannot be told."),
			 errhint("Choose values by =, IN or = ANY (...), lest those of several be added up.")));
}

/*
 * Tells which value a setting has where the query compares it, but not so that
 * it reaches the scan.
 */
static void
tell_of_usual_setting(const BoundQuery *bound, const char *variable, const Binding *binding)
{
	ereport(NOTICE,
			(errmsg("stream \"%s\" is read for %s %s alone",
					bound->stream->name, variable, setting_text(binding)),
			 errdetail("Where the table is read, no condition on it is known."),
			 errhint("For another value, compare the column there.")));
}

/*
 * Says it where settings have other values than the query may mean, once for
 * all scans with the same memory.
 */
void
tell_of_settings(const BoundQuery *bound, RequestMemory *memory)
{
	int			place = 0;

	if (memory->told_of_settings || bound->is_sample)
		return;
	foreach_setting(setting, bound->stream->settings)
	{
		const Binding *binding = find_binding(bound->bindings, setting->filter.column);
		bool		compared = bms_is_member(place++, bound->traits.compared_settings);

		if (binding != NULL && binding->open)
			tell_of_open_setting(bound, binding);
		else if (compared && (binding == NULL || binding->unasked))
			tell_of_usual_setting(bound, setting->filter.column, binding);
		else
			continue;
		memory->told_of_settings = true;
	}
}

/* The values of a filter (char *) that a query means. */
static List *
meant_values(const BoundQuery *bound, const Filter *filter)
{
	const Binding *binding = find_binding(bound->bindings, filter->column);
	List	   *values = NIL;

	if (binding != NULL)
		return binding->known ? binding->values : NIL;
	foreach_string(value, filter->send_all ? filter->values : NULL)
	{
		values = lappend(values, unconstify(char *, *value));
	}
	return values;
}

/* Warns where a plan serves days, but not for all values that are meant. */
static bool
warn_of_plan_values(const BoundQuery *bound, const StreamPlan *plan)
{
	foreach_filter(own, plan->endpoint->filters)
	{
		const Filter *filter = find_filter(bound->stream, own->column);
		StringInfoData unknown;
		ListCell   *cell;

		if (filter->values == NULL || own->values == NULL || filter->values == own->values)
			continue;
		initStringInfo(&unknown);
		foreach(cell, meant_values(bound, filter))
		{
			if (filter_knows(filter, lfirst(cell)) && !filter_knows(own, lfirst(cell)))
				append_listed(&unknown, ", ", lfirst(cell));
		}
		if (unknown.len == 0)
			continue;
		ereport(WARNING,
				(errmsg("the reports of stream \"%s\" have no rows of %s %s",
						bound->stream->name, own->column, unknown.data),
				 errdetail("The days that come in reports lack them.")));
		return true;
	}
	return false;
}

/*
 * Says it where a part of the days lacks values that the query means, once for
 * all scans with the same memory.
 */
void
warn_of_values(const BoundQuery *bound, const List *plans, RequestMemory *memory)
{
	ListCell   *cell;

	if (memory->warned_of_values || stream_source_count(bound->stream) == 1)
		return;
	foreach(cell, plans)
	{
		if (((StreamPlan *) lfirst(cell))->periods != NIL &&
			warn_of_plan_values(bound, lfirst(cell)))
			memory->warned_of_values = true;
	}
}

/*
 * Warns of values in conditions that no row is known to have, once for all
 * scans with the same memory: of the first one of each filter.
 */
void
warn_of_unknown_values(const BoundQuery *bound, RequestMemory *memory)
{
	const Filter *last = NULL;
	ListCell   *cell;

	if (memory->warned_of_unknown_values)
		return;
	foreach(cell, bound->unknown_values)
	{
		const UnknownValue *unknown = lfirst(cell);
		const Filter *filter = unknown->filter;
		const char *closest = closest_value(filter, unknown->value);

		memory->warned_of_unknown_values = true;
		if (filter == last)
			continue;
		last = filter;
		ereport(WARNING,
				(errmsg("no row of stream \"%s\" is known to have %s \"%s\"",
						bound->stream->name, filter->column, unknown->value),
				 filter->values ? errdetail("The API knows %s.", join_values(filter->values)) :
				 errdetail("Ids of the API consist of digits alone."),
				 closest ? errhint("Perhaps you meant '%s'.", closest) : 0));
	}
}

/* Raises the error for metrics of which each source lacks one. */
static void
raise_incompatible(const BoundQuery *bound)
{
	const Stream *stream = bound->stream;
	const SourceColumns *sources = bound->wanted->sources;
	const Column *requests_lack = sources[0].lacking;
	const Column *reports_lack = sources[stream_source_count(stream) - 1].lacking;

	ereport(ERROR,
			(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_EXECUTION),
			 errmsg("metrics \"%s\" and \"%s\" of stream \"%s\" cannot be read together",
					requests_lack->name, reports_lack->name, stream->name),
			 errdetail("Only reports have the one, and they lack the other."),
			 errhint("Read them in two queries.")));
}

/*
 * Raises the error that option or setting without_dates asks for, where the
 * days that would be read may not be all that the query means.
 */
static void
check_first_day(const BoundQuery *bound, const DatesServed *served)
{
	bool		missed = misses_days(bound, served);

	if (bound->without_dates != WITHOUT_DATES_ERROR || !bound->dates_known ||
		!(missed || reads_default_days(served)))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
			 errmsg("no condition names the first day of stream \"%s\" to be read", bound->stream->name),
			 missed ? errdetail("A condition on the date cannot be passed to the API.") :
			 errdetail("Where the table is read, no condition on the date is known."),
			 errhint("Compare the column itself, where the table is read, as in \"date >= '%s'\"; or set pinterest_fdw.without_dates to 'last_days' or 'all'.",
					 date_text(served->range.first))));
}

/* Raises the errors for what no request could bring. */
void
check_plans(const BoundQuery *bound, const List *plans, const DatesServed *served)
{
	ListCell   *cell;

	foreach(cell, plans)
	{
		for (const StreamPlan *plan = lfirst(cell); plan != NULL; plan = plan->parent)
			if (plan->missing != NULL)
				raise_missing_value(plan);
	}
	if (served->incompatible)
		raise_incompatible(bound);
	if (served->sandboxed)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_EXECUTION),
				 errmsg("could not read stream \"%s\": the sandbox has no reports",
						bound->stream->name),
				 errdetail("What the query reads, only reports have.")));
	check_first_day(bound, served);
	if (served->totals && bound->dates_listed)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_EXECUTION),
				 errmsg("a total of stream \"%s\" is of all days from a first to a last one",
						bound->stream->name),
				 errdetail("The conditions leave out days in between, or depend on other columns too, and totals have no date to check."),
				 errhint("Compare the date by =, <, <=, >, >= or BETWEEN.")));
	if (served->too_long > 0)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_EXECUTION),
				 errmsg("a total of stream \"%s\" cannot span more than %d days",
						bound->stream->name, served->too_long),
				 errdetail("The query wants the total from %s to %s.",
						   date_text(served->range.first), date_text(served->range.last)),
				 errhint("Narrow the dates, or sum up rows of granularity MONTH, WEEK or DAY.")));
}

/*
 * Says that reports will be waited for, and for which days, once for all scans
 * with the same memory.
 */
void
announce_reports(const StreamPlan *plan, RequestMemory *memory)
{
	DateRange	days = {DATEVAL_NOEND, DATEVAL_NOBEGIN};
	ListCell   *cell;
	ListCell   *range;

	if (memory->announced_reports || plan->endpoint->transport != TRANSPORT_REPORT)
		return;
	foreach(cell, plan->periods)
	{
		foreach(range, ((Period *) lfirst(cell))->ranges)
		{
			days.first = Min(days.first, ((DateRange *) lfirst(range))->first);
			days.last = Max(days.last, ((DateRange *) lfirst(range))->last);
		}
	}
	ereport(NOTICE,
			(errmsg("stream \"%s\": days from %s to %s come in reports, which may take the API minutes",
					plan->stream->name, date_text(days.first), date_text(days.last))));
	memory->announced_reports = true;
}
