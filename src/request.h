/*-------------------------------------------------------------------------
 *
 * request.h
 *		  The rows that answer a bound scan.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_REQUEST_H
#define PINTEREST_REQUEST_H

#include "bind.h"
#include "http.h"
#include "json.h"

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

typedef struct RequestScan RequestScan;

extern RequestScan *request_begin(MemoryContext context, HttpClient *client,
								  const BoundScan *bound, const char *token,
								  RequestCounters *counters, bool *warned);
extern bool request_next_row(RequestScan *scan, JsonRow *row);
extern const char *request_variable(const RequestScan *scan, const char *name);
extern _Noreturn void request_row_error(const RequestScan *scan, const JsonRow *row,
										const JsonError *error);
extern void request_end(RequestScan *scan);

#endif							/* PINTEREST_REQUEST_H */
