/*-------------------------------------------------------------------------
 *
 * stream_plan.h
 *		  Which requests answer a bound query, and what they depend on.
 *
 * A plan is a stream of the scan: a source of the table's own, above it the
 * parent that lists what the query leaves unbound, and so on.  A request is one
 * set of values that a plan's endpoint is called with, for all its pages.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/stream_plan.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_STREAM_PLAN_H
#define PINTEREST_STREAM_PLAN_H

#include "plan/bind.h"
#include "plan/dates.h"
#include "plan/endpoint.h"

extern List *plan_streams(const BoundQuery *bound, DatesServed *served);
extern List *lookup_requests(const StreamPlan *plan, const StreamRequest *request);
extern StreamPlan *plan_without_closed_endpoints(const StreamPlan *plan);
extern bool plan_uses(const StreamPlan *plan, const char *variable);
extern _Noreturn void raise_missing_value(const StreamPlan *plan);

#endif							/* PINTEREST_STREAM_PLAN_H */
