/*-------------------------------------------------------------------------
 *
 * compared.h
 *		  The columns of a table that a query compares, wherever it does.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/compared.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_COMPARED_H
#define PINTEREST_COMPARED_H

#include "nodes/pathnodes.h"

extern Bitmapset *compared_columns(const PlannerInfo *root, Oid relid);

#endif							/* PINTEREST_COMPARED_H */
