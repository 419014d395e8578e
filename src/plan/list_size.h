/*-------------------------------------------------------------------------
 *
 * list_size.h
 *		  How many rows the lists of an endpoint have, and how many pages.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/list_size.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_LIST_SIZE_H
#define PINTEREST_LIST_SIZE_H

#include "plan/endpoint.h"

extern double list_rows(const StreamPlan *plan, bool *known);
extern double list_pages(const StreamPlan *plan, double rows);

#endif							/* PINTEREST_LIST_SIZE_H */
