/*-------------------------------------------------------------------------
 *
 * cache.h
 *		  Responses that a session keeps for a while.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request/cache.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_CACHE_H
#define PINTEREST_CACHE_H

#include "request/page.h"

extern const KeptBytes *cache_find(RequestScan *scan, ApiPage *page);
extern void cache_begin(RequestScan *scan, ApiPage *page);
extern void cache_append(ApiPage *page, const char *data, size_t len);
extern void cache_end(RequestScan *scan, ApiPage *page);
extern void cache_give_up(ApiPage *page);

#endif							/* PINTEREST_CACHE_H */
