/*-------------------------------------------------------------------------
 *
 * day_test.c
 *		  The days that pass the tests of a query.
 *
 * A test is evaluated for each day that the scan could read.  There may be no
 * row of that day, and so an error in a test is one that the query itself might
 * never raise: it is caught, and the test says nothing.
 *
 * Evaluating a clause for days that are made up shows it no row.  So a test
 * may be made of a clause that a security barrier keeps from rows that others
 * have not passed yet: it learns of the calendar alone.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/day_test.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/datetime.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#include "plan/day_test.h"
#include "util/compat.h"
#include "util/iso_time.h"

/*
 * How far before the days that the API keeps the search begins.  A condition
 * on days of a month or of a week finds some in any year; one that names a
 * first day finds none before it.
 */
#define DAYS_IN_YEAR 366

/* A leap year, before any day that a query names as its first. */
#define FORMER_YEAR 1904

/* The year that Pinterest began. */
#define FIRST_YEAR 2010

/* A search for the days that pass. */
typedef struct DaySearch
{
	List	   *tests;			/* DayTest *, without those that failed */
	DayTest    *current;		/* the one that is being evaluated */
	DateRange	days;			/* to search in */
	DateADT		earliest;		/* the first day that the API keeps */
	DateADT		today;
	PassingDays found;
} DaySearch;

/* ---------- one day ---------- */

/* The day on which a year begins. */
static DateADT
year_start(int year)
{
	return date2j(year, 1, 1) - POSTGRES_EPOCH_JDATE;
}

/* Whether a day, or what has none, passes a test. */
static bool
evaluate(const DayTest *test, DateADT day, bool isnull)
{
	Datum		result;
	bool		unknown;

	CHECK_FOR_INTERRUPTS();
	ResetExprContext(test->econtext);
	test->econtext->domainValue_datum = DateADTGetDatum(day);
	test->econtext->domainValue_isNull = isnull;
	result = ExecEvalExprSwitchContext(test->expression, test->econtext, &unknown);
	return !unknown && DatumGetBool(result);
}

/* Whether a day passes a test: that is evaluated once for each of them. */
static bool
passes_test(DayTest *test, DateADT day)
{
	int			number = day - year_start(FORMER_YEAR);

	if (number < 0)
		return evaluate(test, day, false);
	if (!bms_is_member(number, test->known))
	{
		if (evaluate(test, day, false))
			test->passed = bms_add_member(test->passed, number);
		test->known = bms_add_member(test->known, number);
	}
	return bms_is_member(number, test->passed);
}

/* Whether a day, or what has none, passes all tests. */
static bool
passes(DaySearch *search, DateADT day, bool isnull)
{
	ListCell   *cell;

	foreach(cell, search->tests)
	{
		search->current = lfirst(cell);
		if (!(isnull ? evaluate(search->current, day, true) : passes_test(search->current, day)))
			return false;
	}
	return true;
}

/* The first day of a range that passes, or that after it. */
static DateADT
first_passing(DaySearch *search, DateADT first, DateADT last)
{
	while (first <= last && !passes(search, first, false))
		first++;
	return first;
}

/* The last day of a range that passes, or that before it. */
static DateADT
last_passing(DaySearch *search, DateADT first, DateADT last)
{
	while (last >= first && !passes(search, last, false))
		last--;
	return last;
}

/* ---------- all days ---------- */

/* Whether days long ago pass: then the tests name no first day. */
static bool
former_days_pass(DaySearch *search)
{
	DateADT		last = year_start(FORMER_YEAR + 1) - 1;

	return first_passing(search, year_start(FORMER_YEAR), last) <= last;
}

static bool
all_pass(DaySearch *search, DateADT first, DateADT last)
{
	while (first <= last && passes(search, first, false))
		first++;
	return first > last;
}

/*
 * Searches for the first and the last day.  Those of the year before what the
 * API keeps tell whether the query asks for former days as well.  Where none
 * has been found then, all the years before are looked at: that a query asks
 * for nothing but days that are gone is worth knowing too.
 */
static void
search_days(DaySearch *search)
{
	PassingDays *found = &search->found;
	DateADT		high = Min(search->days.last, search->today);
	DateADT		low = Max(search->days.first, Min(search->earliest, high) - DAYS_IN_YEAR);
	DateADT		last = last_passing(search, low, high);
	DateADT		first;

	if (last < low)
	{
		low = Max(search->days.first, year_start(FIRST_YEAR));
		last = last_passing(search, low, last);
	}
	if (last < low)
	{
		found->none = true;
		found->undated = passes(search, 0, true);
		return;
	}
	first = first_passing(search, low, last);
	found->gaps = !all_pass(search, first, last);
	if (last < high)
		found->range.last = last;
	if (first >= search->earliest || !DATE_IS_NOBEGIN(search->days.first) ||
		!former_days_pass(search))
		found->range.first = first;
}

/* ---------- errors ---------- */

/*
 * Whether an error is about what was evaluated, and not about the session or
 * the machine.
 */
static bool
is_about_test(const ErrorData *error)
{
	switch (ERRCODE_TO_CATEGORY(error->sqlerrcode))
	{
		case ERRCODE_TO_CATEGORY(ERRCODE_TRANSACTION_ROLLBACK):
		case ERRCODE_TO_CATEGORY(ERRCODE_INSUFFICIENT_RESOURCES):
		case ERRCODE_TO_CATEGORY(ERRCODE_OPERATOR_INTERVENTION):
		case ERRCODE_TO_CATEGORY(ERRCODE_SYSTEM_ERROR):
			return false;
		default:
			return true;
	}
}

/*
 * Drops the test that raised an error, since the state of its expression may be
 * half changed, and forgets what the search has found with it.
 */
static void
drop_test(DaySearch *search)
{
	FreeExprContext(search->current->econtext, false);
	search->current->econtext = NULL;
	search->tests = list_delete_ptr(search->tests, search->current);
	search->found = (PassingDays)
	{
		.range = search->days, .failed = true
	};
}

/*
 * Ends the subtransaction of a search.  To commit one begins another command, which
 * a parallel operation does not allow; nothing has been written either way.
 */
static void
end_search(void)
{
	if (IsInParallelMode())
		RollbackAndReleaseCurrentSubTransaction();
	else
		ReleaseCurrentSubTransaction();
}

/*
 * Searches in a subtransaction.  Returns whether no test raised an error; one
 * that did is dropped.
 */
static bool
search_caught(DaySearch *search)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	volatile bool done = false;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		search_days(search);
		end_search();
		done = true;
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
		if (!is_about_test(error))
			ReThrowError(error);
		FreeErrorData(error);
		drop_test(search);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return done;
}

/*
 * Finds out which of some days, of those that the API keeps for history_days
 * and of former ones, pass all of the tests (DayTest *).  Where no subtransaction
 * can begin, errors are not caught.
 */
PassingDays
find_passing_days(const List *tests, DateRange days, int history_days)
{
	DaySearch	search = {
		.days = days,
		.today = utc_today(),
		.found.range = days,
	};
	ListCell   *cell;

	search.earliest = search.today - history_days;
	foreach(cell, tests)
	{
		if (((DayTest *) lfirst(cell))->econtext != NULL)
			search.tests = lappend(search.tests, lfirst(cell));
		else
			search.found.failed = true;
	}
	if (!compat_can_begin_subtransaction())
		search_days(&search);
	else
		while (search.tests != NIL && !search_caught(&search))
			 /* without the test that failed */ ;
	return search.found;
}
