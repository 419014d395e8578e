/*-------------------------------------------------------------------------
 *
 * page_start.h
 *		  Which page starts next, and its request.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request/page_start.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_PAGE_START_H
#define PINTEREST_PAGE_START_H

#include "request/page.h"

extern bool start_pages(RequestScan *scan);

#endif							/* PINTEREST_PAGE_START_H */
