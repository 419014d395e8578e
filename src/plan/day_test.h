/*-------------------------------------------------------------------------
 *
 * day_test.h
 *		  The days that pass the tests of a query.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/day_test.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_DAY_TEST_H
#define PINTEREST_DAY_TEST_H

#include "nodes/execnodes.h"
#include "utils/date.h"

/* Days, both ends included. */
typedef struct DateRange
{
	DateADT		first;
	DateADT		last;
} DateRange;

/* A test of single days (make_day_test()) that can be evaluated. */
typedef struct DayTest
{
	ExprState  *expression;
	ExprContext *econtext;		/* its own; NULL: an error was raised, so that
								 * the test says nothing */
	Bitmapset  *known;			/* days on which it has been evaluated, as of
								 * FORMER_YEAR */
	Bitmapset  *passed;			/* those of them that pass */
} DayTest;

/* What tests leave of a range of days. */
typedef struct PassingDays
{
	DateRange	range;			/* from the first day that passes to the last;
								 * DATEVAL_NOBEGIN and DATEVAL_NOEND: open */
	bool		none;			/* no day passes */
	bool		gaps;			/* not all days in the range do */
	bool		undated;		/* but a row that has no day does */
	bool		failed;			/* a test raised an error */
} PassingDays;

extern PassingDays find_passing_days(const List *tests, DateRange days, int history_days);

#endif							/* PINTEREST_DAY_TEST_H */
