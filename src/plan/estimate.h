/*-------------------------------------------------------------------------
 *
 * estimate.h
 *		  How many requests a scan takes, how many of them follow each other, and
 *		  how many rows they return.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/estimate.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_ESTIMATE_H
#define PINTEREST_ESTIMATE_H

#include "nodes/pg_list.h"

typedef struct Estimate
{
	double		chains;			/* requests for the table's own rows, without
								 * further pages */
	double		requests;
	double		round_trips;	/* of these, one after the other */
	double		rows;
} Estimate;

extern Estimate estimate_plans(const List *plans);
extern Estimate estimate_groups(const Estimate *group, double groups, int max_connections);
extern double requests_cost(const Estimate *estimate);

#endif							/* PINTEREST_ESTIMATE_H */
