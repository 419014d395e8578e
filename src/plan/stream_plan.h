/*-------------------------------------------------------------------------
 *
 * stream_plan.h
 *		  Which requests answer a bound scan, and what they depend on.
 *
 * A level is a stream of the scan: a branch of the table's own, above it the
 * parent that lists what the query leaves unbound, and so on.  An ask is one
 * set of values that a level's endpoint is called with, for all its pages.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/stream_plan.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_STREAM_PLAN_H
#define PINTEREST_STREAM_PLAN_H

#include "plan/bind.h"

/* The days that a level serves in one granularity. */
typedef struct Period
{
	const char *granularity;
	List	   *ranges;			/* DateRange *: of the single calls */
} Period;

typedef struct Level
{
	const Stream *stream;
	const Route *route;
	const TableOptions *options;
	struct Level *parent;		/* NULL: the query binds all that is needed */
	List	   *bindings;		/* Binding *, of the query */
	List	   *columns;		/* const Column *, of this stream: wanted by the
								 * query */
	const Setting *settings;	/* of the table's own stream; NULL: none */
	int			flags;			/* BIND_IDS_OF_ACCOUNT, BIND_CLOSED_ROUTES,
								 * BIND_UNSPLIT */
	const Filter *missing;		/* the query has to name a value; NULL: all is
								 * there */
	List	   *periods;		/* Period *; NIL: the stream has no dates */
	int			batch;			/* ids of a call at most, besides the filter's
								 * own limit */
	int			page_size;
	int64		limit;			/* rows that will be read at most; 0: all */
	int			order;
} Level;

typedef struct Ask
{
	List	   *variables;		/* Binding *: what this ask stands for */
	DateRange	dates;			/* where the level has periods */
} Ask;

/* What became of the dates that the query wants. */
typedef struct DatesServed
{
	bool		dated;			/* the stream has dates */
	bool		clamped;		/* the query wants days the API has dropped */
	DateRange	range;			/* from the first day served to the last */
	int			history_days;
	DateADT		first_kept;		/* of the days that history_days reaches */
	bool		sandboxed;		/* only reports could serve the query, which the
								 * sandbox lacks */
	bool		totals;			/* some rows are of granularity TOTAL */
	bool		no_totals;		/* none are, although they might be meant */
	bool		incompatible;	/* no branch has all columns that are wanted */
	int			too_long;		/* a TOTAL spans more than this many days; 0: it
								 * does not */
} DatesServed;

/* level.c */
extern List *plan_levels(const BoundScan *bound, DatesServed *served);
extern Level *level_with_closed_routes(const Level *level);
extern const ParentColumn *level_parent_columns(const Level *level);
extern bool level_takes_dates(const Level *level);
extern bool level_lists(const Level *level, const char *variable);
extern bool level_requires(const Level *level, const char *variable);
extern List *needed_variables(const Level *level);
extern List *wanted_metrics(const Level *level);
extern bool level_uses(const Level *level, const char *variable);
extern _Noreturn void report_missing_value(const Level *level);

/* dates.c */
extern const char *stream_granularity(const Stream *stream,
									  const TableOptions *options);
extern const DateLimit *date_limit(const Stream *stream, const char *granularity);
extern void serve_dates(const BoundScan *bound, List *levels,
						DatesServed *served);
extern double period_rows(const Period *period);

/* ask.c */
extern List *level_asks(const Level *level, const List *given);
extern List *repeat_ask(const Level *level, const Ask *ask);
extern bool is_filter_excluded(const Level *level, const Filter *filter,
							   const List *given);

/* estimate.c */
extern void estimate_levels(const List *levels, double *requests,
							double *rows);

/* url.c */
extern char *ask_url(const Level *level, const Ask *ask, const char *bookmark);
extern char *ask_path_url(const Level *level, const Ask *ask);
extern char *level_template(const Level *level);
extern bool setting_is_sent(const Level *level, const Setting *setting,
							const Ask *ask);
extern List *asked_metrics(const Level *level, const Ask *ask, bool is_template);

#endif							/* PINTEREST_STREAM_PLAN_H */
