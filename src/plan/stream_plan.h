/*-------------------------------------------------------------------------
 *
 * stream_plan.h
 *		  Which requests answer a bound scan, and what they depend on.
 *
 * A level is a stream of the scan: a branch of the table's own, above it the
 * parent that lists what the query leaves unbound, and so on.  An ask is one
 * set of values that a level's endpoint is called with, for all its pages.
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

extern List *plan_levels(const BoundScan *bound, DatesServed *served);
extern Level *level_with_closed_routes(const Level *level);
extern bool level_uses(const Level *level, const char *variable);
extern _Noreturn void report_missing_value(const Level *level);

#endif							/* PINTEREST_STREAM_PLAN_H */
