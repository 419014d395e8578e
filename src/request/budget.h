/*-------------------------------------------------------------------------
 *
 * budget.h
 *		  How many requests a scan may take.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request/budget.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_BUDGET_H
#define PINTEREST_BUDGET_H

#include "request/page.h"

/* pinterest_fdw.max_requests */
extern int	max_requests;

extern bool budget_is_tight(const RequestScan *scan, const StreamPlan *plan);
extern bool budget_has_room(const RequestScan *scan);
extern void check_budget(RequestScan *scan, const StreamPlanState *state, bool sending);

#endif							/* PINTEREST_BUDGET_H */
