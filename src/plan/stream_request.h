/*-------------------------------------------------------------------------
 *
 * stream_request.h
 *		  The requests that a plan takes.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/stream_request.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_STREAM_REQUEST_H
#define PINTEREST_STREAM_REQUEST_H

#include "plan/endpoint.h"

extern List *plan_requests(const StreamPlan *plan, const List *given);
extern List *repeat_request(const StreamPlan *plan, const StreamRequest *request);
extern StreamRequest *request_with(const StreamRequest *request, const char *variable,
								   List *values);

#endif							/* PINTEREST_STREAM_REQUEST_H */
