/*-------------------------------------------------------------------------
 *
 * notice.h
 *		  What a user is told before the first request of a scan.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request/notice.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_NOTICE_H
#define PINTEREST_NOTICE_H

#include "plan/dates.h"
#include "plan/endpoint.h"
#include "request/page.h"

extern void check_plans(const BoundQuery *bound, const List *plans,
						const DatesServed *served);
extern void warn_of_dates(const BoundQuery *bound, const DatesServed *served,
						  RequestMemory *memory);
extern void tell_of_settings(const BoundQuery *bound, RequestMemory *memory);
extern void warn_of_values(const BoundQuery *bound, const List *plans,
						   RequestMemory *memory);
extern void warn_of_unknown_values(const BoundQuery *bound, RequestMemory *memory);
extern void announce_reports(const StreamPlan *plan, RequestMemory *memory);

#endif							/* PINTEREST_NOTICE_H */
