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

extern HttpClient *client_create(MemoryContext context, const TableOptions *options,
								 int total_timeout_ms);
extern HttpClient *client_borrow(MemoryContext context, const TableOptions *options,
								 Oid umid);
extern void client_return(HttpClient *client);

#endif							/* PINTEREST_HTTP_POOL_H */
