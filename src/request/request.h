/*-------------------------------------------------------------------------
 *
 * request.h
 *		  The rows that answer a bound query.
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
#include "plan/endpoint.h"
#include "request/page.h"

/* What became of a request for a row. */
typedef enum RequestRow
{
	REQUEST_ROW,
	REQUEST_NO_ROW_YET,			/* it would have to be waited for */
	REQUEST_NO_MORE_ROWS
} RequestRow;

extern RequestScan *request_begin(MemoryContext context, HttpClient *client,
								  const List *queries,
								  Credentials *credentials, RequestMemory *memory);
extern void request_send(RequestScan *scan);
extern RequestRow request_next_row(RequestScan *scan, JsonRow *row, bool may_wait);
extern int	request_begin_wait(RequestScan *scan, bool anew, bool at_once);
extern void request_end_wait(RequestScan *scan);
extern const StreamPlan *request_plan(const RequestScan *scan);
extern const char *request_variable(const RequestScan *scan, const JsonRow *row,
									const char *name);
extern bool request_names(const RequestScan *scan, const char *variable,
						  const char *value);
extern bool request_is_at_once(const RequestScan *scan);
extern bool request_owns(const RequestScan *scan, const char *id, const char *account);
extern _Noreturn void request_row_error(RequestScan *scan, const JsonRow *row,
										const JsonError *error);
extern void request_end(RequestScan *scan);

#endif							/* PINTEREST_REQUEST_H */
