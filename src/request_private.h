/*-------------------------------------------------------------------------
 *
 * request_private.h
 *		  What request.c and fanout.c share.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request_private.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_REQUEST_PRIVATE_H
#define PINTEREST_REQUEST_PRIVATE_H

#include "lib/ilist.h"

#include "level.h"
#include "request.h"

/* Values that go into one ask of the level below, as they are listed. */
typedef struct Gathered
{
	List	   *others;			/* Binding *: the same for all ids */
	Binding    *ids;
} Gathered;

typedef struct LevelRun
{
	Level	   *level;
	struct LevelRun *child;		/* NULL: this is the table's own */
	dlist_head	pending;		/* ApiPage *: not started */
	int			npending;

	/* of a parent: what the child wants of its rows */
	JsonShape  *shape;
	int			nlinks;
	const ParentColumn **links; /* those that matter */
	int		   *places;			/* in shape; -1: the chain's variable */
	bool	   *passed_on;		/* into asks of the child */
	bool	   *compared;		/* with the query, as no request of the parent
								 * says it */
	bool	   *required;		/* no request without a value */
	JsonValue  *values;
	const char *id_variable;	/* of the child, filled in batches; NULL: none */
	int			batch;
} LevelRun;

typedef struct Chain
{
	LevelRun   *run;
	MemoryContext context;		/* holds the chain */
	Ask		   *ask;
	int			open_pages;
	uint64	   *bookmarks;		/* hashes of those followed so far */
	int			nbookmarks;
	List	   *gathered;		/* Gathered *: not yet asked for */
} Chain;

typedef struct ApiPage
{
	dlist_node	node;			/* in LevelRun.pending or RequestScan.alive */
	Chain	   *chain;
	int			number;			/* in its chain, from 1 */
	char	   *bookmark;		/* NULL: the first page */
	HttpTransfer *transfer;		/* NULL: not started */
	JsonReader *reader;
	bool		answered;		/* the answer is complete */
	bool		no_rows;		/* and says that there is nothing */
	bool		paused;
	int			rows_read;
	int			attempts;
	TimestampTz not_before;
} ApiPage;

struct RequestScan
{
	MemoryContext context;
	MemoryContext work;			/* for what one round leaves behind */
	MemoryContextCallback cleanup;
	HttpClient *client;
	const char *token;
	RequestCounters *counters;
	const TableOptions *options;
	LevelRun   *runs;			/* the table's own first */
	int			nruns;
	dlist_head	alive;			/* ApiPage *, oldest first */
	int			nalive;
	int			max_alive;
	bool		in_order;
	ApiPage	   *current;		/* whose rows are being read */
	TimestampTz hold_until;		/* no request before, by the API's word */
	int			rows_since_pump;
};

/* request.c */
extern void add_chains(RequestScan *scan, LevelRun *run, const List *given);
extern List *copy_bindings(const List *bindings);
extern _Noreturn void report_bad_answer(const RequestScan *scan, const ApiPage *page,
										int row_number, const JsonError *error);

/* fanout.c */
extern void prepare_parent(LevelRun *run);
extern void feed_row(RequestScan *scan, ApiPage *page, const JsonRow *row);
extern void flush_gathered(RequestScan *scan, Chain *chain);

#endif							/* PINTEREST_REQUEST_PRIVATE_H */
