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

#include "utils/date.h"

#include "option/table.h"

/* column operator value, or column operator ANY (values) */
typedef struct Condition
{
	int			attnum;
	int			strategy;		/* BTLessStrategyNumber ... */
	bool		is_array;
	bool		is_joined;		/* the value comes from another table */
	Oid			valuetype;		/* of the value, or of the array's elements */
} Condition;

typedef struct ConditionValue
{
	bool		known;			/* false: only the executor can tell */
	bool		isnull;
	Datum		value;
} ConditionValue;

/* A variable and the values it may have. */
typedef struct Binding
{
	const char *variable;
	List	   *values;			/* char *, UTF-8, each once */
	bool		known;			/* false: placeholders */
	bool		open;			/* of a setting: all values, as PostgreSQL
								 * will choose among them */
	bool		implied;		/* of a setting: the API's own default, which
								 * need not be sent */
} Binding;

/* Days, both ends included. */
typedef struct DateRange
{
	DateADT		first;
	DateADT		last;
} DateRange;

/* What the planner knows of the clauses besides the conditions' values. */
#define BIND_UNMATCHED_DATES 1	/* a clause on dates is not among the
								 * conditions */
#define BIND_IDS_OF_ACCOUNT 2	/* the ids belong to the ad account */
#define BIND_JOINED_DATES 4		/* other tables have a say in the dates, in
								 * this plan or above it */
#define BIND_CLOSED_ENDPOINTS 8 /* endpoints that may be closed are */
#define BIND_JOINED_OWN 16		/* other tables name what the parent lists
								 * only as far as it is the token's own */
#define BIND_SUMS 32			/* all that is wanted of days is their sum,
								 * which a total is as well */

#define BIND_UNSPLIT 64			/* option split_by does not count: the rows
								 * are wanted in order, or only the first of
								 * them */

/* Other tables, or conditions that no request can say, are about the stream's
 * nth setting. */
#define BIND_JOINED_SETTING(n) (1 << (8 + (n)))

/* What is asked of a stream. */
typedef struct BoundQuery
{
	const Stream *stream;
	const TableOptions *options;
	bool		empty;			/* no row can qualify: nothing is to be asked */
	bool		unsent;			/* a condition is left to PostgreSQL */
	List	   *bindings;		/* Binding *, at most one per variable */
	DateRange	dates;			/* DATEVAL_NOBEGIN and DATEVAL_NOEND: open */
	bool		dates_known;	/* false: dates is a guess */
	bool		dates_listed;	/* the days are a list, of which dates has the
								 * first and the last */
	List	   *columns;		/* const Column *: the wanted ones */
	int64		limit;			/* rows the query will read at most; 0: all */
	int			order;			/* by Endpoint.order_column: 1, -1; 0: any */
	int			flags;			/* BIND_... */
} BoundQuery;

extern BoundQuery *bind_query(const Table *table, int flags, int nconditions,
							  const Condition *conditions,
							  const ConditionValue *values);
extern const Binding *find_binding(const List *bindings, const char *variable);
extern List *copy_bindings(const List *bindings);

#endif							/* PINTEREST_BIND_H */
