/*-------------------------------------------------------------------------
 *
 * response.h
 *		  What becomes of the transfers that have ended.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request/response.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_RESPONSE_H
#define PINTEREST_RESPONSE_H

#include "request/page.h"

extern void take_kept(RequestScan *scan, ApiPage *page, const KeptBytes *bytes);
extern void handle_all_finished(RequestScan *scan);

#endif							/* PINTEREST_RESPONSE_H */
