/*-------------------------------------------------------------------------
 *
 * client.h
 *		  HTTP clients as servers want them, and their connections' reuse.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/client.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_CLIENT_H
#define PINTEREST_CLIENT_H

#include "http.h"
#include "option.h"

extern HttpClient *client_create(MemoryContext context, const TableOptions *options,
								 int total_timeout_ms);
extern HttpClient *client_borrow(MemoryContext context, const TableOptions *options,
								 Oid umid);
extern void client_return(HttpClient *client);

#endif							/* PINTEREST_CLIENT_H */
