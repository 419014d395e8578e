/*-------------------------------------------------------------------------
 *
 * seen.c
 *		  What a scan has seen of lists, for plans to come.
 *
 * Short lists end before long ones: where a scan stops early those that it has
 * read would be a bad sample, so that only what was read to the end of all lists
 * counts.  Of parents that may be so while the table's own rows are not.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request/seen.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "request/seen.h"

/* Notes a page that has been read to its end, or is of no use. */
void
note_page(ApiPage *page)
{
	PageChain  *chain = page->chain;

	if (!page->answered)
		return;
	chain->rows += page->rows_read;
	chain->read_pages++;
}

/* Notes that a chain has ended. */
void
note_chain(PageChain *chain)
{
	StreamPlanState *state = chain->state;

	state->open_chains--;
	if (chain->read_pages == 0 || chain->plan != state->plan)
		return;					/* others have taken its place */
	state->seen.lists++;
	state->seen.ids += list_ids(chain->plan, chain->request);
	state->seen.rows += chain->rows;
	state->seen.pages += chain->read_pages;
	state->seen.page_size = chain->plan->page_size;
}

/* Whether all lists of a state have been read, and all that lead to some. */
static bool
is_read(const RequestScan *scan, const StreamPlanState *state)
{
	if (state->open_chains > 0)
		return false;
	for (int i = 0; i < scan->nstates; i++)
		if (scan->states[i].child == state && !is_read(scan, &scan->states[i]))
			return false;
	return true;
}

/* Lets plans know what a scan that ends has seen. */
void
teach_plans(const RequestScan *scan)
{
	for (int i = 0; i < scan->nstates; i++)
	{
		const StreamPlanState *state = &scan->states[i];

		if (teaches(state->plan) && is_read(scan, state))
			learn_lists(state->plan, &state->seen);
	}
}
