/*-------------------------------------------------------------------------
 *
 * dates.c
 *		  Which days a scan reads, and which source of the stream serves them.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/dates.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "utils/datetime.h"

#include "option/setting.h"
#include "plan/dates.h"
#include "plan/endpoint.h"
#include "streams/stream_lookup.h"
#include "util/iso_time.h"

/* Days that are asked for where nothing names a first one. */
#define DEFAULT_DAYS 30

#define DAYS_IN_WEEK 7
#define HOURS_IN_DAY 24

static const char total[] = "TOTAL";

/* ---------- periods ---------- */

/*
 * The granularity that a stream's rows have where no condition chooses
 * another.
 */
const char *
stream_granularity(const Stream *stream, const TableOptions *options)
{
	const Setting *setting = find_setting(stream, "granularity");

	if (setting == NULL)
		return stream->source.granularity ? stream->source.granularity : "DAY";
	return linitial(usual_setting(options, setting));
}

/*
 * The granularities (const char *) that a scan reads; one that is not known
 * yet is taken for the usual one.  Totals have no day: where days are joined
 * they are no use, nor among all granularities where days are listed.
 */
static List *
bound_granularities(const BoundQuery *bound)
{
	const Binding *binding = find_binding(bound->bindings, "granularity");
	bool		joined = bound->traits.joined_dates;
	List	   *values = NIL;
	ListCell   *cell;

	if (binding == NULL || !binding->known)
		return list_make1(unconstify(char *, stream_granularity(bound->stream, bound->options)));
	foreach(cell, binding->values)
	{
		if (strcmp(lfirst(cell), total) != 0 ||
			!(joined || (binding->open && bound->dates_listed)))
			values = lappend(values, lfirst(cell));
	}
	return values;
}

/* Whether totals are read only because any granularity might be wanted. */
static bool
totals_are_optional(const BoundQuery *bound)
{
	const Binding *binding = find_binding(bound->bindings, "granularity");

	return binding != NULL && binding->open;
}

/* The first day of the period that a day lies in. */
DateADT
period_start(const char *granularity, DateADT day)
{
	int			year;
	int			month;
	int			mday;

	if (DATE_NOT_FINITE(day))
		return day;
	if (strcmp(granularity, "WEEK") == 0)
		return day - (j2day(day + POSTGRES_EPOCH_JDATE) + 6) % DAYS_IN_WEEK;
	if (strcmp(granularity, "MONTH") != 0)
		return day;
	j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &mday);
	return day - (mday - 1);
}

/* The first day of the period after it. */
DateADT
next_period(const char *granularity, DateADT day)
{
	DateADT		start = period_start(granularity, day);

	if (DATE_NOT_FINITE(day))
		return day;
	if (strcmp(granularity, "WEEK") == 0)
		return start + DAYS_IN_WEEK;
	if (strcmp(granularity, "MONTH") == 0)
		return period_start(granularity, start + 31);
	return start + 1;
}

/* The first period that begins on a day or later. */
static DateADT
first_whole_period(const char *granularity, DateADT day)
{
	return period_start(granularity, day) == day ? day : next_period(granularity, day);
}

/* Whether a source has rows of a granularity. */
bool
source_serves(const Source *source, const char *granularity)
{
	return source->granularity == NULL || strcmp(source->granularity, granularity) == 0;
}

/* How far a source's rows of a granularity reach. */
const DateLimit *
date_limit(const Source *source, const char *granularity)
{
	const DateLimit *limit = source->date_limits;

	while (limit->granularity[0] != '\0' &&
		   strcmp(limit->granularity, granularity) != 0)
		limit++;
	return limit;
}

/* The first period that the API keeps as a whole. */
DateADT
first_kept_day(const DateLimit *limit, const char *granularity)
{
	return first_whole_period(granularity, utc_today() - limit->history_days);
}

/*
 * The first of the days up to a last one that are read where only options
 * could name it: else default_days of them, or if that is 0 as many as usual.
 */
DateADT
default_first_day(const TableOptions *options, int default_days, DateADT last)
{
	if (options->has_start_date)
		return options->start_date;
	if (options->default_days != 0)
		default_days = options->default_days;
	return last - ((default_days ? default_days : DEFAULT_DAYS) - 1);
}

/* How many rows an entity has in the days of a period. */
double
period_rows(const Period *period)
{
	double		rows = 0;
	ListCell   *cell;

	foreach(cell, period->ranges)
	{
		const DateRange *range = lfirst(cell);
		double		days = DATE_NOT_FINITE(range->first) || DATE_NOT_FINITE(range->last) ?
			DEFAULT_DAYS : range->last - range->first + 1;

		if (strcmp(period->granularity, total) == 0)
			rows += 1;
		else if (strcmp(period->granularity, "HOUR") == 0)
			rows += days * HOURS_IN_DAY;
		else if (strcmp(period->granularity, "WEEK") == 0)
			rows += ceil(days / DAYS_IN_WEEK);
		else if (strcmp(period->granularity, "MONTH") == 0)
			rows += ceil(days / 30);
		else
			rows += days;
	}
	return rows;
}

/* ---------- ranges ---------- */

static DateRange *
make_range(DateADT first, DateADT last)
{
	DateRange  *range = palloc(sizeof(DateRange));

	range->first = first;
	range->last = last;
	return range;
}

/*
 * Cuts days into what single calls take, weeks and months whole.  A total
 * cannot be cut: where it is too long, *too_long becomes the longest span.
 */
static List *
cut_days(const char *granularity, const DateRange *days, int span, int *too_long)
{
	List	   *ranges = NIL;
	DateADT		last;

	if (strcmp(granularity, total) == 0)
	{
		if (days->last - days->first > span)
			*too_long = span + 1;
		return list_make1(make_range(days->first, days->last));
	}
	for (DateADT first = days->first; first <= days->last; first = last + 1)
	{
		last = Min(days->last, first + span);
		if (last < days->last)
			last = Max(first, period_start(granularity, last + 1) - 1);
		ranges = lappend(ranges, make_range(first, last));
	}
	return ranges;
}

/* Notes that a plan serves days; none where first is after last. */
static void
give_days(StreamPlan *plan, const char *granularity, DateADT first, DateADT last,
		  DatesServed *served)
{
	DateRange	days = {first, last};
	Period	   *period;

	if (first > last)
		return;
	served->totals = served->totals || strcmp(granularity, total) == 0;
	period = palloc(sizeof(Period));
	period->granularity = granularity;
	period->ranges = cut_days(granularity, &days,
							  date_limit(&plan->source, granularity)->span_days,
							  &served->too_long);
	plan->periods = lappend(plan->periods, period);
	served->range.first = Min(served->range.first, first);
	served->range.last = Max(served->range.last, last);
}

/* What names the first day of a scan. */
static FirstDay
first_day_of(const BoundQuery *bound)
{
	if (!DATE_IS_NOBEGIN(bound->dates.first))
		return FIRST_DAY_OF_CONDITION;
	if (bound->traits.joined_dates)
		return FIRST_DAY_KEPT;	/* lest the plan decide which days are read */
	if (bound->options->has_start_date)
		return FIRST_DAY_OF_OPTION;
	return bound->without_dates == WITHOUT_DATES_ALL ? FIRST_DAY_KEPT : FIRST_DAY_OF_DEFAULT;
}

/*
 * The days that a scan wants in a granularity, of those that the API keeps for
 * limit->history_days.  A row of a week or month carries its first day, so the
 * range holds whole periods: those whose first day the query wants and the API
 * keeps, each to its end or today.
 */
static DateRange
wanted_days(const BoundQuery *bound, const char *granularity, const DateLimit *limit,
			DatesServed *served)
{
	DateADT		today = utc_today();
	DateADT		earliest = today - limit->history_days;
	DateRange	days = {bound->dates.first, today};
	bool		clamped;

	if (bound->dates.last < today)
		days.last = Min(today, next_period(granularity, bound->dates.last) - 1);
	served->first_day = first_day_of(bound);
	if (served->first_day == FIRST_DAY_KEPT)
	{
		days.first = earliest;
		clamped = false;
	}
	else if (served->first_day != FIRST_DAY_OF_CONDITION)
	{
		days.first = default_first_day(bound->options, limit->default_days, days.last);
		clamped = days.last < earliest ||
			(served->first_day == FIRST_DAY_OF_OPTION && days.first < earliest);
		days.first = period_start(granularity, Max(days.first, earliest));
	}
	else
		clamped = days.first < earliest;
	days.first = first_whole_period(granularity, Max(days.first, earliest));
	if (clamped && bound->dates_known)
	{
		served->clamped = true;
		served->history_days = limit->history_days;
		served->first_kept = days.first;
	}
	else if (!served->clamped)
		served->history_days = limit->history_days;
	return days;
}

/* ---------- sources ---------- */

/*
 * Shares the days of a granularity out to the plans that can serve them.
 * Each takes what the plans before it have dropped; a total, which cannot be
 * put together from parts, goes to the first that has all of it.
 */
static void
share_days(const BoundQuery *bound, const List *plans, const char *granularity,
		   DatesServed *served)
{
	const DateLimit *longest = NULL;
	List	   *able = NIL;
	DateRange	left;
	ListCell   *cell;

	foreach(cell, plans)
	{
		StreamPlan *plan = lfirst(cell);
		const DateLimit *limit;

		if (!source_serves(&plan->source, granularity))
			continue;
		able = lappend(able, plan);
		limit = date_limit(&plan->source, granularity);
		if (longest == NULL || limit->history_days > longest->history_days)
			longest = limit;
	}
	if (able == NIL)
		return;
	left = wanted_days(bound, granularity, longest, served);
	if (strcmp(granularity, total) == 0 && left.last - left.first > longest->span_days &&
		totals_are_optional(bound))
	{
		served->no_totals = true;
		return;
	}
	foreach(cell, able)
	{
		StreamPlan *plan = lfirst(cell);
		const DateLimit *limit = date_limit(&plan->source, granularity);
		DateADT		first = Max(left.first, first_kept_day(limit, granularity));

		if (strcmp(granularity, total) == 0 && first > left.first)
			continue;
		give_days(plan, granularity, first, left.last, served);
		left.last = Min(left.last, first - 1);
	}
}

/* Dates that are a filter like others: only sent where the query names them. */
static void
give_optional_dates(const BoundQuery *bound, StreamPlan *plan)
{
	Period	   *period;
	DateADT		first = bound->dates.first;
	DateADT		last = bound->dates.last;

	/* Years of four digits are all that can be written. */
	if (first < date2j(1, 1, 1) - POSTGRES_EPOCH_JDATE)
		first = DATEVAL_NOBEGIN;
	if (last > date2j(9999, 12, 31) - POSTGRES_EPOCH_JDATE)
		last = DATEVAL_NOEND;
	if (DATE_IS_NOBEGIN(first) && DATE_IS_NOEND(last))
		return;
	period = palloc(sizeof(Period));
	period->granularity = "DAY";
	period->ranges = list_make1(make_range(first, last));
	plan->periods = list_make1(period);
}

/*
 * Gives the table's own plans that take dates their days, and tells in
 * *served what became of those that the query wants.
 */
void
serve_dates(const BoundQuery *bound, List *plans, DatesServed *served)
{
	List	   *dated = NIL;
	ListCell   *cell;

	served->range.first = DATEVAL_NOEND;
	served->range.last = DATEVAL_NOBEGIN;
	foreach(cell, plans)
	{
		StreamPlan *plan = lfirst(cell);

		if (!plan_takes_dates(plan))
			continue;
		if (plan->source.date_limits == NULL)
			give_optional_dates(bound, plan);
		else
			dated = lappend(dated, plan);
	}
	served->dated = dated != NIL;
	if (!served->dated)
		return;
	foreach(cell, bound_granularities(bound))
	{
		share_days(bound, dated, lfirst(cell), served);
	}
}
