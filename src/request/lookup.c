/*-------------------------------------------------------------------------
 *
 * lookup.c
 *		  Ids that are asked for before anybody knows whose they are.
 *
 * A query may name ids together with an ad account that is not theirs, and of
 * such a request the API refuses all.  Mostly they are the account's, so they
 * are asked for at once.  Where that is refused, the stream that lists the ids
 * tells which of them are the account's, and these are asked for again.  Should
 * the API answer for ids of another account, the rows say so; ids of rows that
 * say nothing are looked up, too.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request/lookup.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "plan/bind.h"
#include "plan/endpoint.h"
#include "plan/stream_plan.h"
#include "plan/stream_request.h"
#include "request/lookup.h"
#include "request/page.h"
#include "streams/stream.h"
#include "util/strings.h"

/* What page chains of a lookup's plan find out together. */
struct IdLookup
{
	List	   *ids;			/* char *: whose they are */
	List	   *requests;		/* StreamRequest *: that wait for the answer */
	bool		answered;		/* in part at least: it is too late to wait */
};

/* What is known of ids that were asked for at once. */
struct IdOwners
{
	List	   *own;			/* char *: a row says that they are the
								 * account's */
	List	   *doubtful;		/* likewise: a row says nothing, and no row
								 * before it did */
};

/* The ids of a request that was made at once. */
static const Binding *
ids_of(const PageChain *chain)
{
	return find_binding(chain->request->variables, batched_ids(chain->plan)->column);
}

/*
 * Whether a response may be the refusal of ids that are not the ad account's:
 * what asking again would not change, and the API's word on the request.
 */
bool
is_refused_at_once(const ApiPage *page, const ApiFailure *failure)
{
	if (!page->chain->request->at_once || page->rows_read > 0)
		return false;
	switch (api_failure_action(failure))
	{
		case API_FAIL:
			return api_failure_status(failure) / 100 == 4 && api_failure_status(failure) != 401;
		case API_NO_ROWS:
		case API_GONE:
		case API_DENIED:
			return true;
		default:
			return false;
	}
}

static bool
same_strings(const List *some, const List *others)
{
	ListCell   *a;
	ListCell   *b;

	if (list_length(some) != list_length(others))
		return false;
	forboth(a, some, b, others)
	{
		if (strcmp(lfirst(a), lfirst(b)) != 0)
			return false;
	}
	return true;
}

static List *
copy_strings(const List *strings)
{
	List	   *copies = NIL;
	ListCell   *cell;

	foreach(cell, strings)
	{
		copies = lappend(copies, pstrdup(lfirst(cell)));
	}
	return copies;
}

/* The lookup of these ids that has not been answered; NULL: there is none. */
static IdLookup *
open_lookup(const StreamPlanState *state, const List *ids)
{
	ListCell   *cell;

	foreach(cell, state->lookups)
	{
		IdLookup   *lookup = lfirst(cell);

		if (!lookup->answered && same_strings(lookup->ids, ids))
			return lookup;
	}
	return NULL;
}

/*
 * Looks up which of some ids (char *) of a chain are the ad account's, and then
 * asks for those.  Requests that differ in their days alone share a lookup.
 */
void
look_up_ids(RequestScan *scan, PageChain *chain, List *ids)
{
	StreamPlanState *state = chain->state;
	const char *variable = ids_of(chain)->variable;
	MemoryContext old = MemoryContextSwitchTo(scan->context);
	IdLookup   *lookup = open_lookup(state, ids);
	StreamRequest *request;

	scan->memory->foreign_ids = true;
	if (lookup == NULL)
	{
		lookup = palloc0(sizeof(IdLookup));
		lookup->ids = copy_strings(ids);
		state->lookups = lappend(state->lookups, lookup);
		request = request_with(chain->request, variable, lookup->ids);
		queue_lookups(scan, state->lookup, lookup_requests(chain->plan, request), lookup);
	}
	request = request_with(chain->request, variable, lookup->ids);
	request->variables = copy_bindings(request->variables);
	lookup->requests = lappend(lookup->requests, request);
	MemoryContextSwitchTo(old);
}

/* Likewise, all ids of a chain. */
void
look_up_all_ids(RequestScan *scan, PageChain *chain)
{
	look_up_ids(scan, chain, ids_of(chain)->values);
}

/* Asks for ids (char *) that a chain of a lookup has found to be the account's. */
void
ask_for_own_ids(RequestScan *scan, PageChain *chain, List *ids)
{
	StreamPlanState *state = chain->state->child;
	ListCell   *cell;

	chain->lookup->answered = true;
	foreach(cell, chain->lookup->requests)
	{
		const StreamRequest *request = lfirst(cell);

		queue_requests(scan, state,
					   repeat_request(state->plan,
									  request_with(request, batched_ids(state->plan)->column, ids)));
	}
}

static void
add_id(PageChain *chain, List **ids, const char *id)
{
	MemoryContext old = MemoryContextSwitchTo(chain->context);

	*ids = lappend(*ids, pstrdup(id));
	MemoryContextSwitchTo(old);
}

/*
 * Whether a row of a chain that asked at once is to be handed on, given its id
 * and its ad account (NULL: it does not tell).  Rows of an id about which
 * nothing is known are left to look_up_doubtful_ids().
 */
bool
is_own_row(PageChain *chain, const char *id, const char *account)
{
	const Binding *asked = find_binding(chain->request->variables, ACCOUNT_VARIABLE);
	IdOwners   *owners = chain->owners;

	if (account != NULL && strcmp(account, linitial(asked->values)) != 0)
		return false;
	if (owners == NULL)
		owners = chain->owners = MemoryContextAllocZero(chain->context, sizeof(IdOwners));
	if (owners->own != NIL && strcmp(llast(owners->own), id) == 0)
		return true;			/* as the row before */
	if (has_string(owners->doubtful, id))
		return false;
	if (!has_string(owners->own, id))
		add_id(chain, account ? &owners->own : &owners->doubtful, id);
	return account != NULL || has_string(owners->own, id);
}

/* Looks up the ids of rows that were not handed on, as nobody knows whose they are. */
void
look_up_doubtful_ids(RequestScan *scan, PageChain *chain)
{
	if (chain->owners != NULL && chain->owners->doubtful != NIL)
		look_up_ids(scan, chain, chain->owners->doubtful);
	chain->owners = NULL;
}
