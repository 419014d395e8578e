/*-------------------------------------------------------------------------
 *
 * fanout.c
 *		  From the rows of a parent to the requests of the stream below.
 *
 * What a parent lists is either put into requests at once, or, where the plan
 * below takes ids in batches, gathered until a batch is full or the parent's
 * chain ends.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request/fanout.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "plan/bind.h"
#include "plan/endpoint.h"
#include "plan/stream_plan.h"
#include "request/fanout.h"
#include "request/lookup.h"
#include "request/pace.h"
#include "request/page.h"
#include "request/seen.h"
#include "streams/stream_columns.h"
#include "util/strings.h"
#include "util/url_encode.h"
#include "value/value.h"

/* Where a value stands that is no field of the parent's row. */
#define PLACE_REQUEST (-1)
#define PLACE_KEY (-2)

/* Room for an id and its NUL: those of the API have 19 digits at most. */
#define MAX_ID_BYTES 24

/* Asks the stream below for what a chain has gathered for it. */
static void
flush_one(RequestScan *scan, PageChain *chain, Gathered *gathered)
{
	if (chain->lookup != NULL)
		ask_for_own_ids(scan, chain, gathered->ids->values);
	else
		add_page_chains(scan, chain->state->child,
						lappend(list_copy(gathered->others), gathered->ids));
	list_free_deep(gathered->ids->values);
	gathered->ids->values = NIL;
}

/* Asks the stream below for all that a chain has gathered. */
void
flush_gathered(RequestScan *scan, PageChain *chain)
{
	ListCell   *cell;

	foreach(cell, chain->gathered)
	{
		Gathered   *gathered = lfirst(cell);

		if (gathered->ids->values != NIL)
			flush_one(scan, chain, gathered);
	}
}

/* The text of what a parent's row says of a variable; NULL: nothing. */
static char *
listed_value(const StreamPlanState *state, const PageChain *chain, const JsonRow *row, int link)
{
	const Binding *binding;

	if (state->places[link] == PLACE_KEY)
		return row->key ? pstrdup(row->key) : NULL;
	if (state->places[link] >= 0)
		return value_plain_text(&state->values[state->places[link]]);
	binding = find_binding(chain->request->variables, state->links[link]->column);
	return binding ? linitial(binding->values) : NULL;
}

static bool
is_bound_to(const StreamPlan *child, const char *variable, const char *value)
{
	const Binding *binding = find_binding(child->bindings, variable);

	return binding == NULL || binding->listed ||
		(value != NULL && has_string(binding->values, value));
}

static bool
same_values(const List *some, const List *others)
{
	ListCell   *a;
	ListCell   *b;

	forboth(a, some, b, others)
	{
		if (strcmp(linitial(((Binding *) lfirst(a))->values),
				   linitial(((Binding *) lfirst(b))->values)) != 0)
			return false;
	}
	return true;
}

/* An empty set of ids, in the current context. */
static HTAB *
create_id_set(void)
{
	HASHCTL		control = {.keysize = MAX_ID_BYTES, .entrysize = MAX_ID_BYTES};

	control.hcxt = CurrentMemoryContext;
	return hash_create("pinterest_fdw ids", 256, &control,
					   HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
}

/* What a chain gathers of ids that go with these other values. */
static Gathered *
gathered_with(PageChain *chain, const List *others)
{
	Gathered   *gathered;
	ListCell   *cell;

	foreach(cell, chain->gathered)
	{
		gathered = lfirst(cell);
		if (same_values(gathered->others, others))
			return gathered;
	}
	gathered = palloc(sizeof(Gathered));
	gathered->others = copy_bindings(others);
	gathered->ids = palloc0(sizeof(Binding));
	gathered->ids->variable = chain->state->id_variable;
	gathered->seen = create_id_set();
	chain->gathered = lappend(chain->gathered, gathered);
	return gathered;
}

/* Adds an id to those that a chain gathers for a request of the stream below. */
static void
gather_id(RequestScan *scan, PageChain *chain, const List *others, const char *id)
{
	MemoryContext old = MemoryContextSwitchTo(chain->context);
	Gathered   *gathered = gathered_with(chain, others);
	bool		seen = false;

	/* A longer one is no id, and the API will say so. */
	if (strlen(id) < MAX_ID_BYTES)
		hash_search(gathered->seen, id, HASH_ENTER, &seen);
	if (!seen)
		gathered->ids->values = lappend(gathered->ids->values, pstrdup(id));
	MemoryContextSwitchTo(old);
	if (list_length(gathered->ids->values) >= chain->state->batch)
		flush_one(scan, chain, gathered);
}

/* A variable that a parent's row tells; empty where it tells nothing. */
static Binding *
listed_variable(const char *variable, char *value)
{
	Binding    *binding = palloc0(sizeof(Binding));

	binding->variable = variable;
	binding->values = list_make1(value ? value : "");
	return binding;
}

/* Makes requests of the stream below from a row of its parent. */
void
feed_row(RequestScan *scan, ApiPage *page, const JsonRow *row)
{
	StreamPlanState *state = page->chain->state;
	List	   *others = NIL;
	char	   *id = NULL;
	JsonError	error;

	if (!json_row_fields(state->projection, row, state->values, &error))
		raise_bad_response(scan, page, row->number, &error);
	for (int i = 0; i < state->nlinks; i++)
	{
		const char *variable = state->links[i]->variable;
		char	   *value = listed_value(state, page->chain, row, i);

		if (value == NULL && state->may_be_null[i])
			return;
		if (state->required[i] && (value == NULL || !is_path_segment(value)))
		{
			error.problem = "the row has no id";
			error.offset = row->offset;
			raise_bad_response(scan, page, row->number, &error);
		}
		if (state->compared[i] && !is_bound_to(state->child->plan, variable, value))
			return;
		if (state->id_variable != NULL && strcmp(variable, state->id_variable) == 0)
			id = value;
		else if (state->passed_on[i])
			others = lappend(others, listed_variable(variable, value));
	}
	if (id != NULL)
		gather_id(scan, page->chain, others, id);
	else
		add_page_chains(scan, state->child, others);
}

/* Works out what the stream below wants of a parent's rows. */
void
prepare_parent(StreamPlanState *state)
{
	const StreamPlan *child = state->child->plan;
	const Filter *ids = batched_ids(child);
	List	   *needed = needed_variables(child);
	int			count = 0;

	const ParentColumn *columns = plan_parent_columns(child);

	foreach_parent_column(link, columns)
	{
		count++;
	}
	state->links = palloc(count * sizeof(ParentColumn *));
	state->places = palloc(count * sizeof(int));
	state->passed_on = palloc(count * sizeof(bool));
	state->required = palloc(count * sizeof(bool));
	state->may_be_null = palloc(count * sizeof(bool));
	state->compared = palloc(count * sizeof(bool));
	state->projection = json_projection_create();
	json_projection_allow_scalars(state->projection);
	state->nlinks = 0;
	foreach_parent_column(link, columns)
	{
		const Column *column = find_column(state->plan->stream, link->column);
		bool		is_needed = link->variable != NULL && has_string(needed, link->variable);
		int			n = state->nlinks;

		if (link->variable == NULL ||
			(!is_needed && find_binding(child->bindings, link->variable) == NULL))
			continue;
		state->links[n] = link;
		state->passed_on[n] = is_needed;
		state->compared[n] = !plan_uses(state->plan, link->column);
		state->required[n] = plan_requires(child, link->variable);
		state->may_be_null[n] = link->may_be_null;
		if (column != NULL && column->origin == FROM_REQUEST)
			state->places[n] = PLACE_REQUEST;
		else if (column != NULL && column->origin == FROM_KEY)
			state->places[n] = PLACE_KEY;
		else
			state->places[n] = json_projection_add(state->projection, column ? column->field : link->column);
		state->nlinks++;
	}
	state->values = palloc(Max(1, json_projection_size(state->projection)) * sizeof(JsonValue));
	state->id_variable = ids ? ids->column : NULL;
	state->batch = ids ? Min(ids->batch, child->batch) : 1;
}

/*
 * Frees a page that is in no list any more.  What its chain has gathered is asked
 * for when the chain ends; of a scan with a LIMIT at once, as that may bring all the
 * rows.
 */
void
forget_page(RequestScan *scan, ApiPage *page)
{
	PageChain  *chain = page->chain;

	if (page->bookmark != NULL)
		pfree(page->bookmark);
	pfree(page);
	chain->open_pages--;
	if (chain->open_pages == 0 || scan->limit > 0)
		flush_gathered(scan, chain);
	if (chain->open_pages == 0)
	{
		note_chain(chain);
		MemoryContextDelete(chain->context);
	}
}

/* A page has been read to its end, or its response is of no use. */
void
finish_page(RequestScan *scan, ApiPage *page)
{
	note_rows(scan, page);
	note_page(page);
	look_up_doubtful_ids(scan, page->chain);
	drop_response(page);
	dlist_delete(&page->node);
	scan->nalive--;
	if (scan->current == page)
		scan->current = NULL;
	forget_page(scan, page);
}
