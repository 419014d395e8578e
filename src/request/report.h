/*-------------------------------------------------------------------------
 *
 * report.h
 *		  A page that is a report: ordered, asked for, downloaded.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request/report.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_REPORT_H
#define PINTEREST_REPORT_H

#include "request/page.h"

extern void complete_report_request(ApiPage *page, HttpRequest *request);
extern void read_report_response(RequestScan *scan, ApiPage *page);
extern bool renew_report_link(RequestScan *scan, ApiPage *page, long pause_ms);
extern const char *page_method(const ApiPage *page);
extern char *page_url(const ApiPage *page);

#endif							/* PINTEREST_REPORT_H */
