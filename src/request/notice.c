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

#include "plan/dates.h"
#include "plan/endpoint.h"
#include "plan/stream_plan.h"
#include "request/notice.h"
#include "request/page.h"
#include "streams/stream_lookup.h"
#include "util/iso_time.h"
#include "util/strings.h"

/* Warns of days that the query names, but the API no longer keeps. */
static bool
warn_of_former_days(const BoundQuery *bound, const DatesServed *served)
{
	if (!served->clamped)
		return false;
	ereport(WARNING,
			(errmsg("stream \"%s\" has no data before %s", bound->stream->name,
					date_text(served->first_kept)),
			 errdetail("Of what the query reads, the API keeps the last %d days; the query asks for earlier ones too.",
					   served->history_days)));
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

/* Warns of days that a condition may mean which the API cannot be told. */
static bool
warn_of_default_days(const BoundQuery *bound, const DatesServed *served)
{
	if (!bound->traits.unmatched_dates || !DATE_IS_NOBEGIN(bound->dates.first) ||
		served->history_days == 0 || DATE_NOT_FINITE(served->range.first))
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
 * Says it where days are not read that the query means, once for all scans
 * with the same memory.
 */
void
warn_of_dates(const BoundQuery *bound, const DatesServed *served, RequestMemory *memory)
{
	bool		warned;

	if (memory->warned_of_dates)
		return;
	warned = warn_of_former_days(bound, served);
	warned |= warn_of_no_totals(bound, served);
	warned |= warn_of_default_days(bound, served);
	memory->warned_of_dates = warned;
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
			if (!filter_knows(own, lfirst(cell)))
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
 * Says it where a part of the days lacks values that the query means, once
 * likewise.
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

/* Says that reports will be waited for, and for which days; once likewise. */
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
