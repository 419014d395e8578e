/*-------------------------------------------------------------------------
 *
 * fetched.h
 *		  What scans of a foreign table have asked for and read to its end.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request/fetched.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_FETCHED_H
#define PINTEREST_FETCHED_H

#include "plan/bind.h"

typedef struct FetchedScan FetchedScan;

extern void fetched_watch(Oid relid);
extern bool fetched_is_watched(void);
extern bool was_fetched(const char *account, DateADT day);

extern FetchedScan *fetched_begin(Oid relid, const DateRange *days);
extern void fetched_add(FetchedScan *scan, const List *variables, bool is_own);
extern void fetched_leave_out(FetchedScan *scan, const List *variables);
extern void fetched_complete(const FetchedScan *scan);

#endif							/* PINTEREST_FETCHED_H */
