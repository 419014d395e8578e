/*-------------------------------------------------------------------------
 *
 * server.h
 *		  Foreign servers as arguments of SQL functions.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/option/server.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_SERVER_H
#define PINTEREST_SERVER_H

#include "fmgr.h"
#include "foreign/foreign.h"

extern ForeignServer *server_argument(FunctionCallInfo fcinfo, int number);
extern bool server_is_ours(const ForeignServer *server);
extern bool server_is_own(const ForeignServer *server);

#endif							/* PINTEREST_SERVER_H */
