/*-------------------------------------------------------------------------
 *
 * analyzed.h
 *		  What ANALYZE has counted of the streams of a server.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/analyzed.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_ANALYZED_H
#define PINTEREST_ANALYZED_H

#include "streams/stream.h"

extern double analyzed_rows(Oid serverid, const Stream *stream);

#endif							/* PINTEREST_ANALYZED_H */
