/*-------------------------------------------------------------------------
 *
 * query_scans.h
 *		  The scans of one query.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request/query_scans.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_QUERY_SCANS_H
#define PINTEREST_QUERY_SCANS_H

#include "request/page.h"

extern void query_scans_add(RequestScan *scan);
extern List *query_scans_others(const RequestScan *scan);
extern int	count_others(const RequestScan *scan);

#endif							/* PINTEREST_QUERY_SCANS_H */
