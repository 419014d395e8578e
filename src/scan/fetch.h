/*-------------------------------------------------------------------------
 *
 * fetch.h
 *		  Rows of a foreign table, with or without an executor.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/scan/fetch.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_FETCH_H
#define PINTEREST_FETCH_H

#include "plan/bind.h"
#include "request/page.h"
#include "request/request.h"

typedef struct Fetch Fetch;

extern bool fetch_reads_fields(const Table *table, const List *attnums,
							   const StreamPlan *plan);
extern Fetch *fetch_create(MemoryContext context, const Table *table,
						   const List *attnums, Oid userid);
extern void fetch_share(Fetch *fetch, MemoryContext query, bool more);
extern void fetch_start(Fetch *fetch, List *queries);
extern void fetch_send(Fetch *fetch);
extern bool fetch_next(Fetch *fetch, Datum *values, bool *nulls);
extern RequestRow fetch_try_next(Fetch *fetch, Datum *values, bool *nulls, bool may_wait);
extern int	fetch_begin_wait(Fetch *fetch, bool anew, bool at_once);
extern void fetch_end_wait(Fetch *fetch);
extern bool fetch_is_started(const Fetch *fetch);
extern void fetch_stop(Fetch *fetch);
extern void fetch_end(Fetch *fetch);
extern const RequestCounters *fetch_counters(const Fetch *fetch);

#endif							/* PINTEREST_FETCH_H */
