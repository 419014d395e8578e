/*-------------------------------------------------------------------------
 *
 * request.h
 *		  The rows that answer a bound scan.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request/request.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_REQUEST_H
#define PINTEREST_REQUEST_H

#include "auth/credentials.h"
#include "http/http.h"
#include "json/json_document.h"
#include "plan/bind.h"
#include "plan/stream_plan.h"
#include "quota/progress.h"

/* What scans have done so far; the caller owns and zeroes it. */
typedef struct RequestCounters
{
	int64		requests;		/* sent, retries included */
	int64		pages;			/* answers that brought rows or told there are
								 * none */
	int64		retries;
	int64		rate_limit_wait_ms;
	int64		bytes;			/* of bodies, as received */
} RequestCounters;

/* What the scans of one plan node remember; the caller owns and zeroes it. */
typedef struct RequestMemory
{
	RequestCounters counters;
	Progress   *progress;		/* NULL: not shown */
	ProgressState state;		/* what it shows */
	bool		warned_of_dates;
	bool		warned_of_values;
	bool		announced_reports;
	bool		closed_routes;	/* routes that may be closed are */
} RequestMemory;

typedef struct RequestScan RequestScan;

extern int64 session_requests;
extern int	max_requests;

extern RequestScan *request_begin(MemoryContext context, HttpClient *client,
								  const BoundScan *bound,
								  Credentials *credentials, RequestMemory *memory);
extern bool request_next_row(RequestScan *scan, JsonRow *row);
extern const Level *request_level(const RequestScan *scan);
extern const char *request_variable(const RequestScan *scan, const JsonRow *row,
									const char *name);
extern bool request_names(const RequestScan *scan, const char *variable,
						  const char *value);
extern _Noreturn void request_row_error(RequestScan *scan, const JsonRow *row,
										const JsonError *error);
extern void request_end(RequestScan *scan);

#endif							/* PINTEREST_REQUEST_H */
