/*-------------------------------------------------------------------------
 *
 * fanout.h
 *		  Rows of a parent, from which requests of the stream below it are made.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request/fanout.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_FANOUT_H
#define PINTEREST_FANOUT_H

#include "request/page.h"

extern void prepare_parent(StreamPlanState *state);
extern void feed_row(RequestScan *scan, ApiPage *page, const JsonRow *row);
extern void flush_gathered(RequestScan *scan, PageChain *chain);
extern void forget_page(RequestScan *scan, ApiPage *page);
extern void finish_page(RequestScan *scan, ApiPage *page);

#endif							/* PINTEREST_FANOUT_H */
