/*-------------------------------------------------------------------------
 *
 * object.h
 *		  What a request is about, where the API refuses it or has it no more.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request/object.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_OBJECT_H
#define PINTEREST_OBJECT_H

#include "api/api_error.h"
#include "request/page.h"

extern bool is_gone(RequestScan *scan, const ApiPage *page);
extern bool ask_for_halves(RequestScan *scan, ApiPage *page);
extern bool leave_out_object(RequestScan *scan, const ApiPage *page, ApiFailure *failure);
extern void warn_of_left_out(const Stream *stream, LeftOut *left_out);

#endif							/* PINTEREST_OBJECT_H */
