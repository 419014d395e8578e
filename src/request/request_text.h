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

extern char *ask_url(const Level *level, const Ask *ask, const char *bookmark);
extern char *ask_path_url(const Level *level, const Ask *ask);
extern char *level_template(const Level *level);
extern char *report_order(const Level *level, const Ask *ask, bool is_template);
extern char *report_status_url(const Level *level, const Ask *ask,
							   const char *token);

#endif							/* PINTEREST_REQUEST_TEXT_H */
