/*-------------------------------------------------------------------------
 *
 * stream_request.h
 *		  The requests that a plan takes.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/stream_request.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_STREAM_REQUEST_H
#define PINTEREST_STREAM_REQUEST_H

#include "plan/endpoint.h"

extern List *level_asks(const Level *level, const List *given);
extern List *repeat_ask(const Level *level, const Ask *ask);

#endif							/* PINTEREST_STREAM_REQUEST_H */
