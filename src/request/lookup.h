/*-------------------------------------------------------------------------
 *
 * lookup.h
 *		  Ids that are asked for before anybody knows whose they are.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request/lookup.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_LOOKUP_H
#define PINTEREST_LOOKUP_H

#include "api/api_error.h"
#include "request/page.h"

extern bool is_refused_at_once(const ApiPage *page, const ApiFailure *failure);
extern void look_up_ids(RequestScan *scan, PageChain *chain, List *ids);
extern void look_up_all_ids(RequestScan *scan, PageChain *chain);
extern void ask_for_own_ids(RequestScan *scan, PageChain *chain, List *ids);
extern bool is_own_row(PageChain *chain, const char *id, const char *account);
extern void look_up_doubtful_ids(RequestScan *scan, PageChain *chain);

#endif							/* PINTEREST_LOOKUP_H */
