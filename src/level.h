/*-------------------------------------------------------------------------
 *
 * level.h
 *		  Which requests answer a bound scan, and what they depend on.
 *
 * A level is a stream of the scan: the table's own, above it the parent that
 * lists what the query leaves unbound, and so on.  An ask is one set of
 * values that a level's endpoint is called with, for all its pages.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/level.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_LEVEL_H
#define PINTEREST_LEVEL_H

#include "bind.h"

typedef struct Level
{
	const Stream *stream;
	const Route *route;
	const TableOptions *options;
	struct Level *parent;		/* NULL: the query binds all that is needed */
	struct Level *child;		/* NULL: this is the table's own stream */
	List	   *bindings;		/* Binding *, of the query */
	List	   *columns;		/* const Column *: wanted by the query */
	bool		ids_of_account; /* BIND_IDS_OF_ACCOUNT */
	List	   *ranges;			/* DateRange *: of the single calls; NIL: the
								 * stream has no dates */
	int			batch;			/* ids of a call at most, besides the filter's
								 * own limit */
	int			page_size;
	int64		limit;			/* rows that will be read at most; 0: all */
	int			order;
} Level;

typedef struct Ask
{
	List	   *variables;		/* Binding *: what this ask stands for */
	DateRange	dates;			/* where the level has ranges */
} Ask;

/* What became of the dates that the query wants. */
typedef struct DatesServed
{
	bool		clamped;		/* the query wants days the API has dropped */
	bool		empty;			/* no day is left */
	DateRange	range;
	int			history_days;
} DatesServed;

extern Level *plan_levels(const BoundScan *bound, DatesServed *served);
extern const char *stream_granularity(const Stream *stream,
									  const TableOptions *options);
extern bool level_requires(const Level *level, const char *variable);
extern List *needed_variables(const Level *level);
extern List *wanted_metrics(const Level *level);
extern bool level_uses(const Level *level, const char *variable);
extern List *level_asks(const Level *level, const List *given);
extern double estimate_levels(const Level *level, double *requests,
							  double *rows);
extern char *ask_url(const Level *level, const Ask *ask, const char *bookmark);
extern char *level_template(const Level *level);

#endif							/* PINTEREST_LEVEL_H */
