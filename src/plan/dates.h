/*-------------------------------------------------------------------------
 *
 * dates.h
 *		  The days that a query wants, and those that the API serves.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/dates.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_DATES_H
#define PINTEREST_DATES_H

#include "plan/endpoint.h"

/* What says which day is the first. */
typedef enum FirstDay
{
	FIRST_DAY_OF_CONDITION = 0,
	FIRST_DAY_OF_OPTION,		/* start_date */
	FIRST_DAY_OF_DEFAULT,		/* nothing: the last days are read */
	FIRST_DAY_KEPT				/* nothing: all are read that the API keeps */
} FirstDay;

/* What became of the dates that the query wants. */
typedef struct DatesServed
{
	bool		dated;			/* the stream has dates */
	bool		clamped;		/* the query wants days the API has dropped */
	FirstDay	first_day;
	DateRange	range;			/* from the first day served to the last */
	int			history_days;
	DateADT		first_kept;		/* of the days that history_days reaches */
	bool		sandboxed;		/* only reports could serve the query, which
								 * the sandbox lacks */
	bool		totals;			/* some rows are of granularity TOTAL */
	bool		no_totals;		/* totals are left out, although the query may
								 * mean them: the days are too many for one */
	bool		incompatible;	/* no source has all columns that are wanted */
	int			too_long;		/* a TOTAL spans more than this many days; 0:
								 * it does not */
} DatesServed;

extern const char *stream_granularity(const Stream *stream,
									  const TableOptions *options);
extern DateADT period_start(const char *granularity, DateADT day);
extern DateADT next_period(const char *granularity, DateADT day);
extern bool source_serves(const Source *source, const char *granularity);
extern const DateLimit *date_limit(const Source *source, const char *granularity);
extern DateADT first_kept_day(const DateLimit *limit, const char *granularity);
extern DateADT default_first_day(const TableOptions *options, int default_days,
								 DateADT last);
extern void serve_dates(const BoundQuery *bound, List *plans,
						DatesServed *served);
extern double period_rows(const Period *period);

#endif							/* PINTEREST_DATES_H */
