/*-------------------------------------------------------------------------
 *
 * pace.h
 *		  The quotas that a scan's requests take, and what is told of it.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request/pace.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_PACE_H
#define PINTEREST_PACE_H

#include "api/api_error.h"
#include "quota/metering.h"
#include "request/page.h"

extern int64 session_requests;

extern bool is_api_request(const ApiPage *page);
extern void find_quota_owner(RequestScan *scan);
extern bool take_quota(RequestScan *scan, ApiPage *page, TimestampTz now);
extern const StreamPlanState *held_state(const RequestScan *scan, TimestampTz now);
extern void begin_progress(RequestScan *scan, MemoryContext context,
						   const BoundQuery *bound, const List *plans);
extern ProgressPhase phase_of_wait(const RequestScan *scan, bool held);
extern void show_progress(RequestScan *scan, ProgressPhase phase);
extern Meter page_meter(const RequestScan *scan, const ApiPage *page);
extern void note_response(RequestScan *scan, const ApiPage *page);
extern void note_rows(RequestScan *scan, const ApiPage *page);
extern void note_failure(RequestScan *scan, const ApiPage *page, const ApiFailure *failure);
extern void note_retry(RequestScan *scan, const ApiPage *page);
extern void note_wait(RequestScan *scan, const StreamPlanState *state, int64 waited_ms);
extern void note_problem(RequestScan *scan, const StreamPlanState *state, const char *problem);

#endif							/* PINTEREST_PACE_H */
