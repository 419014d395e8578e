/*-------------------------------------------------------------------------
 *
 * endpoint.h
 *		  The plan of a stream's requests, and the questions that all ask of it.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/endpoint.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_ENDPOINT_H
#define PINTEREST_ENDPOINT_H

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

extern bool takes_ids(const Filter *filter);
extern const Route *choose_route(const Stream *stream, const TableOptions *options,
								 const List *bindings, int flags);
extern const Stream *level_parent_stream(const Level *level);
extern const ParentColumn *level_parent_columns(const Level *level);
extern bool level_takes_dates(const Level *level);
extern bool level_lists(const Level *level, const char *variable);
extern bool level_requires(const Level *level, const char *variable);
extern List *needed_variables(const Level *level);
extern List *wanted_metrics(const Level *level);
extern const Filter *route_filter(const Level *level, const char *variable);
extern bool is_given(const Level *level, const char *variable);

extern bool is_filter_excluded(const Level *level, const Filter *filter,
							   const List *given);

#endif							/* PINTEREST_ENDPOINT_H */
