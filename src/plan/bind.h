/*-------------------------------------------------------------------------
 *
 * bind.h
 *		  From the values of a query's conditions to what is asked for.
 *
 * The same steps serve the executor, which knows all values, and the planner
 * and EXPLAIN, which may not: an unknown value is bound as {name}.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/bind.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_BIND_H
#define PINTEREST_BIND_H

#include "nodes/bitmapset.h"
#include "utils/date.h"

#include "option/table.h"
#include "plan/day_test.h"
#include "plan/wanted.h"

/*
 * column operator value, column operator ANY (values), or a test of days; or, of
 * a setting that may be without a value, column IS NULL
 */
typedef struct Condition
{
	int			attnum;
	int			strategy;		/* BTLessStrategyNumber ...; of a test 0 */
	bool		is_array;
	bool		is_joined;		/* the value comes from another table */
	bool		or_null;		/* rows where the column is null qualify, too;
								 * where the value is NULL, only these */
	Oid			valuetype;		/* of the value, or of the array's elements */
	bool		is_test;		/* the column is a date, and an expression
								 * tells of a day whether it passes */
	bool		is_weak;		/* of a test: it says less than its clause */
} Condition;

typedef struct ConditionValue
{
	bool		known;			/* false: only the executor can tell */
	bool		isnull;
	Datum		value;
	DayTest    *test;			/* of a test in place of a value */
	double		expected;		/* of an array that is not known: how many
								 * elements it is expected to have; 0: a guess
								 * will do */
} ConditionValue;

/* A variable and the values it may have. */
typedef struct Binding
{
	const char *variable;
	List	   *values;			/* char *, UTF-8, each once; "" is no value,
								 * which is not sent and null in rows */
	bool		known;			/* false: placeholders */
	double		expected;		/* how many values these stand for; 0: as many
								 * as there are */
	bool		open;			/* of a setting: all values, as PostgreSQL
								 * will choose among them */
	bool		listed;			/* open, and the rows of Setting.parent tell
								 * the values: values is NIL */
	bool		unasked;		/* of a setting: no condition names it */
	bool		implied;		/* of a setting: the API's own default, which
								 * need not be sent */
} Binding;

/* A value in a condition that no row is known to have. */
typedef struct UnknownValue
{
	const Filter *filter;
	char	   *value;
} UnknownValue;

/* What the planner knows of the query besides the conditions' values. */
typedef struct QueryTraits
{
	bool		ids_of_account; /* the ids belong to the ad account */
	bool		unmatched_dates;	/* a clause on dates is not among the
									 * conditions */
	bool		joined_dates;	/* other tables have a say in the dates, in
								 * this plan or above it */
	bool		sums_alone;		/* all that is wanted of days is their sum,
								 * which a total is as well */
	bool		unsplit;		/* option split_by does not count: the rows
								 * are wanted in order, or only the first of
								 * them */
	Bitmapset  *joined_settings;	/* those of the stream's settings, by
									 * their place, that other tables, or
									 * conditions that no request can say, are
									 * about */
	Bitmapset  *compared_settings;	/* likewise, those that the query compares
									 * in a way that does not reach the scan */
} QueryTraits;

/* What is asked of a stream. */
typedef struct BoundQuery
{
	const Stream *stream;
	const TableOptions *options;
	Oid			umid;			/* of the user mapping, for what is known of
								 * its lists; InvalidOid: nothing */
	bool		empty;			/* no row can qualify: nothing is to be asked */
	bool		unsent;			/* a condition is left to PostgreSQL */
	List	   *bindings;		/* Binding *, at most one per variable */
	List	   *unknown_values; /* UnknownValue *, which no request names */
	DateRange	dates;			/* DATEVAL_NOBEGIN and DATEVAL_NOEND: open */
	bool		dates_known;	/* false: dates is a guess */
	WithoutDates without_dates; /* where dates has no first one */
	bool		is_sample;		/* for ANALYZE, which some days will do */
	bool		dates_listed;	/* the days are a list, of which dates has the
								 * first and the last */
	const WantedColumns *wanted;
	int64		limit;			/* rows the query will read at most; 0: all */
	int			order;			/* by Endpoint.order_column: 1, -1; 0: any */
	bool		closed_endpoints;	/* endpoints that may be closed are */
	bool		foreign_ids;	/* the API has refused ids together with the
								 * ad account: they are looked up first */
	QueryTraits traits;
} BoundQuery;

extern BoundQuery *bind_query(const Table *table, const QueryTraits *traits,
							  int nconditions, const Condition *conditions,
							  const ConditionValue *values);
extern const Binding *find_binding(const List *bindings, const char *variable);
extern List *copy_bindings(const List *bindings);

#endif							/* PINTEREST_BIND_H */
