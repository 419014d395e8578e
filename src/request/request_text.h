/*-------------------------------------------------------------------------
 *
 * request_text.h
 *		  Requests as URLs and bodies, and as the templates that EXPLAIN shows.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request/request_text.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_REQUEST_TEXT_H
#define PINTEREST_REQUEST_TEXT_H

#include "plan/endpoint.h"

extern char *request_url(const StreamPlan *plan, const StreamRequest *request, const char *bookmark);
extern char *request_path_url(const StreamPlan *plan, const StreamRequest *request);
extern char *plan_template(const StreamPlan *plan);
extern char *report_order(const StreamPlan *plan, const StreamRequest *request, bool is_template);
extern char *report_status_url(const StreamPlan *plan, const StreamRequest *request,
							   const char *token);

#endif							/* PINTEREST_REQUEST_TEXT_H */
