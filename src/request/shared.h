/*-------------------------------------------------------------------------
 *
 * shared.h
 *		  Pages of lists that the scans of one query share.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request/shared.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_SHARED_PAGES_H
#define PINTEREST_SHARED_PAGES_H

#include "request/page.h"

/* Where the rows of a page are to come from. */
typedef enum SharedState
{
	SHARED_ABSENT,				/* from a request of its own */
	SHARED_UNDER_WAY,			/* from that of another scan, which is to be
								 * waited for */
	SHARED_COMPLETE				/* from what is kept */
} SharedState;

extern SharedPages *shared_pages_join(MemoryContext query, Oid umid, bool more);
extern SharedState shared_state(RequestScan *scan, ApiPage *page);
extern RequestScan *shared_owner(const RequestScan *scan);
extern void shared_begin(RequestScan *scan, ApiPage *page);
extern bool shared_is_wanted(const ApiPage *page);
extern void shared_append(ApiPage *page, const char *data, size_t len);
extern void shared_end(ApiPage *page, bool complete);
extern const KeptBytes *shared_bytes(const ApiPage *page);

#endif							/* PINTEREST_SHARED_PAGES_H */
