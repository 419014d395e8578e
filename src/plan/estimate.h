/*-------------------------------------------------------------------------
 *
 * estimate.h
 *		  How many requests and rows a plan takes.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/estimate.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_ESTIMATE_H
#define PINTEREST_ESTIMATE_H

extern void estimate_plans(const List *plans, double *requests,
						   double *rows);

#endif							/* PINTEREST_ESTIMATE_H */
