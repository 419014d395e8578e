/*-------------------------------------------------------------------------
 *
 * learned.h
 *		  What the sessions of a server have seen of the lists that they read.
 *
 * The catalog only guesses how many ad accounts a token has, and how many ads
 * an ad account.  Whoever has read lists to their end knows, and tells the
 * planner of all sessions that use the same user mapping; without shared memory
 * (see quota/shared.h) that of its own session.  Nothing is kept but numbers.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/learned.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_LEARNED_H
#define PINTEREST_LEARNED_H

#include "plan/endpoint.h"

/* Whole lists: what requests returned with all their pages, none narrowed by the query. */
typedef struct ListsSeen
{
	double		lists;
	double		ids;			/* that requests named, where batches of them
								 * share a list; else as many as lists */
	double		rows;
	double		pages;
	int			page_size;		/* that was asked for */
} ListsSeen;

extern void learned_init(void);
extern double full_pages(double rows, int page_size);
extern bool is_narrowing(const StreamPlan *plan, const Filter *filter);
extern double list_ids(const StreamPlan *plan, const StreamRequest *request);
extern bool teaches(const StreamPlan *plan);
extern void learn_lists(const StreamPlan *plan, const ListsSeen *seen);
extern bool recall_lists(const StreamPlan *plan, ListsSeen *known);

#endif							/* PINTEREST_LEARNED_H */
