/*-------------------------------------------------------------------------
 *
 * page.h
 *		  Pages of a stream, the chains that they form, and the scan that they belong to.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request/page.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_PAGE_H
#define PINTEREST_PAGE_H

#include "lib/ilist.h"
#include "utils/hsearch.h"

#include "auth/credentials.h"
#include "http/http.h"
#include "json/json_document.h"
#include "plan/endpoint.h"
#include "plan/learned.h"
#include "quota/progress.h"
#include "quota/quota.h"
#include "request/fetched.h"
#include "request/kept_bytes.h"

/* What scans have done so far; the caller owns and zeroes it. */
typedef struct RequestCounters
{
	int64		requests;		/* sent, retries included */
	int64		pages;			/* responses that brought rows or told there
								 * are none */
	int64		retries;
	int64		rate_limit_wait_ms;
	int64		bytes;			/* of bodies, as received */
	int64		shared;			/* pages that another scan has asked for */
	int64		cached;			/* pages that the session had kept */
} RequestCounters;

/* Objects whose rows are left out because the API refuses them, each once. */
typedef struct LeftOut
{
	HTAB	   *seen;			/* their names; NULL: there are none */
	List	   *named;			/* char *: the first of which no warning has
								 * told */
	const char *problem;		/* of the first among these */
	char	   *detail;			/* likewise */
	long		told;			/* of how many a warning has told */
} LeftOut;

/* Of shared.c. */
typedef struct SharedPages SharedPages;
typedef struct SharedPage SharedPage;

/*
 * What the scans of one plan node remember; the caller owns it, zeroes it and
 * gives it the context that it lives in.
 */
typedef struct RequestMemory
{
	MemoryContext context;
	RequestCounters counters;
	SharedPages *shared;		/* with other scans of the query; NULL:
								 * nothing */
	LeftOut		left_out;
	Progress   *progress;		/* NULL: not shown */
	ProgressState state;		/* what it shows */
	bool		warned_of_dates;
	bool		told_of_days;
	bool		told_of_settings;
	bool		warned_of_values;
	bool		warned_of_unknown_values;
	bool		announced_reports;
	bool		closed_endpoints;	/* endpoints that may be closed are */
	bool		foreign_ids;	/* as in BoundQuery */
	MemoryContext query;		/* ends with the query, scans of which are
								 * looked after together; NULL: by itself */
} RequestMemory;

/* A longer wait is no rate limit's but a day's quota: say so instead. */
#define MAX_WAIT_SECONDS (15 * 60)

/* Values that go into one request of the stream below, as they are listed. */
typedef struct Gathered
{
	List	   *others;			/* Binding *: the same for all ids */
	Binding    *ids;
	HTAB	   *seen;			/* ids that were gathered before */
} Gathered;

/* Of lookup.c. */
typedef struct IdLookup IdLookup;
typedef struct IdOwners IdOwners;

typedef struct StreamPlanState
{
	StreamPlan *plan;
	struct StreamPlanState *child;	/* NULL: this is the table's own */
	struct StreamPlanState *lookup; /* of StreamPlan.lookup; NULL: there is
									 * none */
	List	   *lookups;		/* IdLookup *: those made so far */
	dlist_head	pending;		/* ApiPage *: not started */
	int			npending;
	size_t		response_bytes; /* of the largest that was held whole */
	TimestampTz held_until;		/* no request before, for want of quota */
	bool		trying;			/* an endpoint that may be closed is being
								 * tried, */
	bool		is_open;		/* and was found open */
	int			open_chains;	/* not read to their end */
	ListsSeen	seen;			/* of the others */

	/* of a parent: what the child wants of its rows */
	JsonProjection *projection;
	int			nlinks;
	const ParentColumn **links; /* those that matter */
	int		   *places;			/* in projection, or PLACE_... of fanout.c */
	bool	   *passed_on;		/* into requests of the child */
	bool	   *compared;		/* with the query, as no request of the parent
								 * says it */
	bool	   *required;		/* no request without a value */
	bool	   *may_be_null;	/* and without one no error either */
	JsonValue  *values;
	const char *id_variable;	/* of the child, filled in batches; NULL: none */
	int			batch;
} StreamPlanState;

typedef struct PageChain
{
	StreamPlanState *state;
	const StreamPlan *plan;		/* of state; an earlier one where an endpoint
								 * turned out to be closed */
	MemoryContext context;		/* holds the chain */
	StreamRequest *request;
	int			open_pages;
	int64		rows;			/* of the pages that were read */
	int			read_pages;
	uint64	   *bookmarks;		/* hashes of those followed so far */
	int			nbookmarks;
	List	   *gathered;		/* Gathered *: not yet asked for */
	IdLookup   *lookup;			/* to which it belongs; NULL: it is none */
	IdOwners   *owners;			/* of the ids, where these are asked for at
								 * once; NULL: no row has told */
} PageChain;

/* What the request of a page is for; all but the first for reports alone. */
typedef enum PagePhase
{
	PHASE_ROWS = 0,				/* rows, of a page or a downloaded report */
	PHASE_ORDER,				/* to order the report */
	PHASE_STATUS				/* to ask how far it is */
} PagePhase;

/* Of a page that is a report. */
typedef struct PageReport
{
	char	   *token;
	char	   *url;			/* of the download */
	int			polls;			/* since the order */
	int			orders;
	int			links;			/* downloads tried */
	TimestampTz deadline;		/* from the first order on; 0: not ordered */
} PageReport;

typedef struct ApiPage
{
	dlist_node	node;			/* in StreamPlanState.pending or
								 * RequestScan.alive */
	PageChain  *chain;
	const char *category;		/* of its stream; outlives the chain */
	int			number;			/* in its chain, from 1 */
	char	   *bookmark;		/* NULL: the first page */
	HttpTransfer *transfer;		/* NULL: not started */
	JsonReader *reader;
	bool		answered;		/* the response is complete */
	bool		no_rows;		/* and says that there is nothing */
	bool		paused;
	bool		held;			/* no byte is taken: its last row is in use */
	int			rows_read;
	int			attempts;
	bool		misdirected;	/* the last response was status 421 */
	const char *token;			/* that was sent */
	TimestampTz sent_at;		/* when its quota was taken */
	size_t		stream_bytes;	/* held before its rows are handed on */
	size_t		room;			/* bytes that may still come */
	bool		too_large;
	TimestampTz not_before;
	PagePhase	phase;
	PageReport *report;			/* NULL: pages alone */
	bool		is_shared;		/* it is known whether others share it: */
	SharedPage *shared;			/* NULL: they do not */
	bool		is_cache_asked; /* the session keeps no response to it */
	bool		is_copied;		/* but is to keep the one that comes: */
	KeptBytes	copy;			/* so far */
	size_t		copy_room;		/* that it may take */
} ApiPage;

typedef struct RequestScan
{
	dlist_node	node;			/* in the list of request.c */
	MemoryContext context;
	MemoryContext work;			/* for what one round leaves behind */
	MemoryContextCallback cleanup;
	HttpClient *client;
	Credentials *credentials;
	QuotaOwner	owner;			/* whose quotas count */
	RequestMemory *memory;
	FetchedScan *fetched;		/* NULL: nobody watches what is fetched */
	const Stream *stream;		/* the table's */
	const TableOptions *options;
	StreamPlanState *states;	/* the table's own first */
	int			nstates;
	dlist_head	alive;			/* ApiPage *, oldest first */
	int			nalive;
	int64		limit;			/* of rows; 0: none */
	int			page_size;		/* rows of a page, if it is full */
	int64		doubt;			/* 1: pages are taken to be full; 2: to be
								 * half full ... */
	bool		in_order;
	ApiPage    *current;		/* whose rows are being read */
	TimestampTz hold_until;		/* no request before, by the API's word */
	int64		rows;			/* handed on */
	int			rows_since_pump;
	const StreamPlanState *held;	/* waits for its quota while others wait
									 * for the scan; NULL: none does */
	TimestampTz held_since;
} RequestScan;

extern ApiPage *add_page(RequestScan *scan, PageChain *chain, int number,
						 const char *bookmark);
extern void requeue_page(RequestScan *scan, ApiPage *page, TimestampTz not_before);
extern void queue_requests(RequestScan *scan, StreamPlanState *state, const List *requests);
extern void queue_lookups(RequestScan *scan, StreamPlanState *state, const List *requests,
						  IdLookup *lookup);
extern void add_page_chains(RequestScan *scan, StreamPlanState *state, const List *given);
extern _Noreturn void raise_bad_response(RequestScan *scan, const ApiPage *page,
										 int row_number, const JsonError *error);
extern void drop_response(ApiPage *page);

#endif							/* PINTEREST_PAGE_H */
