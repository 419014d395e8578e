/*-------------------------------------------------------------------------
 *
 * api_error.h
 *		  What a response that is no success means, and how it is reported.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/api/api_error.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_API_ERROR_H
#define PINTEREST_API_ERROR_H

#include "http/http.h"
#include "json/json_document.h"
#include "util/secret.h"

typedef enum ApiAction
{
	API_FAIL = 0,				/* the scan fails */
	API_RETRY,					/* the same request may work later */
	API_RECONNECT,				/* it may work on another connection */
	API_WAIT,					/* it will work after a wait that the API
								 * names */
	API_NO_ROWS,				/* there is nothing of the kind */
	API_GONE,					/* likewise of the object that the request is
								 * about, else API_FAIL */
	API_DENIED,					/* refused of that object, but others may do */
	API_RENEW,					/* it will work with another access token */
	API_CLOSED					/* not open to the app: another endpoint may
								 * do */
} ApiAction;

typedef struct ApiFailure ApiFailure;

extern ApiFailure *api_failure(const HttpTransfer *transfer,
							   const Secrets *secrets);
extern ApiAction api_failure_action(const ApiFailure *failure);
extern int	api_failure_status(const ApiFailure *failure);
extern int	api_failure_wait(const ApiFailure *failure);
extern bool api_failure_may_pass(const ApiFailure *failure);
extern const char *api_failure_problem(const ApiFailure *failure);
extern void api_failure_about(ApiFailure *failure, const char *object,
							  const char *way_round);
extern char *api_failure_detail(const ApiFailure *failure, const char *method,
								const char *url, int attempts);
extern char *presentable_coding(const char *coding);
extern _Noreturn void raise_api_failure(const ApiFailure *failure,
										const char *stream, const char *method,
										const char *url, int attempts);
extern _Noreturn void raise_download_failure(const ApiFailure *failure,
											 const char *stream);
extern _Noreturn void raise_bad_json(const char *stream, int page, int row,
									 const JsonError *error,
									 const char *near, size_t near_len,
									 const char *coding);

#endif							/* PINTEREST_API_ERROR_H */
