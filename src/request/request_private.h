/*-------------------------------------------------------------------------
 *
 * request_private.h
 *		  What request.c and fanout.c share.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request/request_private.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_REQUEST_PRIVATE_H
#define PINTEREST_REQUEST_PRIVATE_H

#include "lib/ilist.h"
#include "utils/hsearch.h"

#include "plan/stream_plan.h"
#include "quota/progress.h"
#include "quota/quota.h"
#include "request/request.h"

/* A longer wait is no rate limit's but a day's quota: say so instead. */
#define MAX_WAIT_SECONDS (15 * 60)

/* Values that go into one ask of the level below, as they are listed. */
typedef struct Gathered
{
	List	   *others;			/* Binding *: the same for all ids */
	Binding    *ids;
	HTAB	   *seen;			/* ids that were gathered before */
} Gathered;

typedef struct LevelRun
{
	Level	   *level;
	struct LevelRun *child;		/* NULL: this is the table's own */
	dlist_head	pending;		/* ApiPage *: not started */
	int			npending;
	TimestampTz held_until;		/* no request before, for want of quota */
	bool		trying;			/* a route that may be closed is being tried, */
	bool		is_open;		/* and was found open */

	/* of a parent: what the child wants of its rows */
	JsonShape  *shape;
	int			nlinks;
	const ParentColumn **links; /* those that matter */
	int		   *places;			/* in shape, or PLACE_... of fanout.c */
	bool	   *passed_on;		/* into asks of the child */
	bool	   *compared;		/* with the query, as no request of the parent
								 * says it */
	bool	   *required;		/* no request without a value */
	bool	   *may_be_null;	/* and without one no error either */
	JsonValue  *values;
	const char *id_variable;	/* of the child, filled in batches; NULL: none */
	int			batch;
} LevelRun;

typedef struct Chain
{
	LevelRun   *run;
	const Level *level;			/* of run; an earlier one where a route turned
								 * out to be closed */
	MemoryContext context;		/* holds the chain */
	Ask		   *ask;
	int			open_pages;
	uint64	   *bookmarks;		/* hashes of those followed so far */
	int			nbookmarks;
	List	   *gathered;		/* Gathered *: not yet asked for */
} Chain;

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
	bool		misdirected;	/* the last answer was status 421 */
	const char *token;			/* that was sent */
	TimestampTz sent_at;		/* when its quota was taken */
	size_t		stream_bytes;	/* held before its rows are handed on */
	size_t		room;			/* bytes that may still come */
	bool		too_large;
	TimestampTz not_before;
	PagePhase	phase;
	PageReport *report;			/* NULL: pages alone */
} ApiPage;

struct RequestScan
{
	MemoryContext context;
	MemoryContext work;			/* for what one round leaves behind */
	MemoryContextCallback cleanup;
	HttpClient *client;
	Credentials *credentials;
	Account		account;		/* whose quotas count */
	RequestMemory *memory;
	const TableOptions *options;
	LevelRun   *runs;			/* the table's own first */
	int			nruns;
	dlist_head	alive;			/* ApiPage *, oldest first */
	int			nalive;
	int64		limit;			/* of rows; 0: none, or none that helps */
	int			page_size;		/* rows of a page at most, where there is one */
	bool		in_order;
	ApiPage	   *current;		/* whose rows are being read */
	TimestampTz hold_until;		/* no request before, by the API's word */
	int64		rows;			/* handed on */
	int			rows_since_pump;
};

/* request.c */
extern ApiPage *add_page(RequestScan *scan, Chain *chain, int number,
						 const char *bookmark);
extern void ask_again_later(RequestScan *scan, ApiPage *page, TimestampTz not_before);
extern void queue_asks(RequestScan *scan, LevelRun *run, const List *asks);
extern void add_chains(RequestScan *scan, LevelRun *run, const List *given);
extern void forget_page(RequestScan *scan, ApiPage *page);
extern void finish_page(RequestScan *scan, ApiPage *page);
extern _Noreturn void report_bad_answer(RequestScan *scan, const ApiPage *page,
										int row_number, const JsonError *error);

/* answer.c */
extern void handle_all_finished(RequestScan *scan);

/* pace.c */
extern bool is_api_request(const ApiPage *page);
extern void open_account(RequestScan *scan);
extern bool take_quota(RequestScan *scan, ApiPage *page, TimestampTz now);
extern void hold_quota(RequestScan *scan, const ApiPage *page, TimestampTz until);
extern const LevelRun *held_run(const RequestScan *scan, TimestampTz now);
extern void begin_progress(RequestScan *scan, MemoryContext context,
						   const BoundScan *bound, const List *levels);
extern ProgressPhase phase_of_wait(const RequestScan *scan, bool held);
extern void show_progress(RequestScan *scan, ProgressPhase phase);
extern void note_answer(RequestScan *scan, const ApiPage *page);
extern void note_rows(RequestScan *scan, const ApiPage *page);
extern void note_retry(RequestScan *scan, const ApiPage *page);
extern void note_wait(RequestScan *scan, const LevelRun *run, int64 waited_ms);
extern void note_problem(RequestScan *scan, const LevelRun *run, const char *problem);

/* budget.c */
extern bool budget_has_room(const RequestScan *scan);
extern void check_budget(RequestScan *scan, const LevelRun *run, bool sending);

/* fanout.c */
extern void prepare_parent(LevelRun *run);
extern void feed_row(RequestScan *scan, ApiPage *page, const JsonRow *row);
extern void flush_gathered(RequestScan *scan, Chain *chain);

/* report_page.c */
extern void complete_report_request(ApiPage *page, HttpRequest *request);
extern void read_report_answer(RequestScan *scan, ApiPage *page);
extern bool renew_report_link(RequestScan *scan, ApiPage *page);
extern const char *page_method(const ApiPage *page);
extern char *page_url(const ApiPage *page);

#endif							/* PINTEREST_REQUEST_PRIVATE_H */
