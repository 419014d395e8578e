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

#endif							/* PINTEREST_STREAM_REQUEST_H */
