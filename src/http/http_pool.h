/*-------------------------------------------------------------------------
 *
 * http_pool.h
 *		  HTTP clients as servers want them, and their connections' reuse.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/http/http_pool.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_HTTP_POOL_H
#define PINTEREST_HTTP_POOL_H

#include "http/http.h"
#include "option/option.h"

extern HttpClient *http_client_for(MemoryContext context, const TableOptions *options,
								   int total_timeout_ms);
extern HttpClient *http_pool_get(MemoryContext context, const TableOptions *options,
								 Oid umid);
extern void http_pool_release(HttpClient *client);

#endif							/* PINTEREST_HTTP_POOL_H */
