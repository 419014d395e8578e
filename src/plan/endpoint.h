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

/* The days that a plan serves in one granularity. */
typedef struct Period
{
	const char *granularity;
	List	   *ranges;			/* DateRange *: of the single calls */
} Period;

typedef struct StreamPlan
{
	const Stream *stream;
	int			source_number;	/* of the stream's sources, from 0 */
	Source		source;
	const Endpoint *endpoint;	/* of the source */
	const TableOptions *options;
	Oid			umid;			/* as in BoundQuery */
	struct StreamPlan *parent;	/* NULL: the query binds all that is needed */
	struct StreamPlan *lookup;	/* the query's ids are asked for at once, and
								 * this tells which of them are of the ad
								 * account where the API refuses that; NULL:
								 * they go without saying */
	List	   *bindings;		/* Binding *, of the query */
	List	   *columns;		/* const Column *, of this stream: wanted by
								 * the query */
	List	   *metrics;		/* const Column *: that requests have to name */
	const Setting *settings;	/* of the stream; NULL: none */
	bool		ids_of_account; /* as in QueryTraits */
	bool		unsplit;		/* likewise */
	bool		closed_endpoints;	/* as in BoundQuery */
	bool		foreign_ids;	/* likewise */
	const Filter *missing;		/* the query has to name a value; NULL: all is
								 * there */
	List	   *periods;		/* Period *; NIL: the stream has no dates */
	int			batch;			/* ids of a call at most, besides the filter's
								 * own limit */
	int			page_size;
	int64		limit;			/* rows that will be read at most; 0: all */
	int			order;
} StreamPlan;

typedef struct StreamRequest
{
	List	   *variables;		/* Binding *: what this request stands for */
	DateRange	dates;			/* where the plan has periods */
	bool		at_once;		/* nobody has looked up whose the ids are: see
								 * StreamPlan.lookup */
} StreamRequest;

extern bool takes_ids(const Filter *filter);
extern const Filter *batched_ids(const StreamPlan *plan);
extern const Endpoint *choose_endpoint(const StreamPlan *plan);
extern const Setting *plan_listed_setting(const StreamPlan *plan);
extern const Stream *plan_parent_stream(const StreamPlan *plan);
extern const ParentColumn *plan_parent_columns(const StreamPlan *plan);
extern bool plan_takes_dates(const StreamPlan *plan);
extern bool plan_lists(const StreamPlan *plan, const char *variable);
extern bool plan_requires(const StreamPlan *plan, const char *variable);
extern List *needed_variables(const StreamPlan *plan);
extern const Filter *endpoint_filter(const StreamPlan *plan, const char *variable);
extern bool is_given(const StreamPlan *plan, const char *variable);
extern bool parent_lists_setting(const StreamPlan *plan);
extern bool is_setting_passed_on(const StreamPlan *plan, const Setting *setting);
extern bool is_filter_excluded(const StreamPlan *plan, const Filter *filter,
							   const List *given);

#endif							/* PINTEREST_ENDPOINT_H */
