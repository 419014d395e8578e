/*-------------------------------------------------------------------------
 *
 * seen.h
 *		  What a scan has seen of lists, for plans to come.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request/seen.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_SEEN_H
#define PINTEREST_SEEN_H

#include "request/page.h"

extern void note_page(ApiPage *page);
extern void note_chain(PageChain *chain);
extern void teach_plans(const RequestScan *scan);

#endif							/* PINTEREST_SEEN_H */
