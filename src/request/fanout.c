/*-------------------------------------------------------------------------
 *
 * fanout.c
 *		  From the rows of a parent to the requests of the level below.
 *
 * What a parent lists is either put into asks at once, or, where the level
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
#include "request/pace.h"
#include "request/page.h"
#include "streams/stream_lookup.h"
#include "util/strings.h"
#include "value/value.h"

/* Where a value stands that is no field of the parent's row. */
#define PLACE_REQUEST (-1)
#define PLACE_KEY (-2)

/* Room for an id and its NUL: those of the API have 19 digits at most. */
#define MAX_ID_BYTES 24

/* Asks the level below for what a chain has gathered for it. */
static void
flush_one(RequestScan *scan, Chain *chain, Gathered *gathered)
{
	add_chains(scan, chain->run->child,
			   lappend(list_copy(gathered->others), gathered->ids));
	list_free_deep(gathered->ids->values);
	gathered->ids->values = NIL;
}

/* Asks the level below for all that an ending chain has gathered. */
void
flush_gathered(RequestScan *scan, Chain *chain)
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
listed_value(const LevelRun *run, const Chain *chain, const JsonRow *row, int link)
{
	const Binding *binding;

	if (run->places[link] == PLACE_KEY)
		return row->key ? pstrdup(row->key) : NULL;
	if (run->places[link] >= 0)
		return value_plain_text(&run->values[run->places[link]]);
	binding = find_binding(chain->ask->variables, run->links[link]->column);
	return binding ? linitial(binding->values) : NULL;
}

static bool
is_bound_to(const Level *child, const char *variable, const char *value)
{
	const Binding *binding = find_binding(child->bindings, variable);

	return binding == NULL ||
		(value != NULL && has_string(binding->values, value));
}

static bool
same_values(const List *some, const List *others)
{
	ListCell   *a;
	ListCell   *b;

	forboth(a, some, b, others)
		if (strcmp(linitial(((Binding *) lfirst(a))->values),
				   linitial(((Binding *) lfirst(b))->values)) != 0)
			return false;
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
gathered_with(Chain *chain, const List *others)
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
	gathered->ids->variable = chain->run->id_variable;
	gathered->seen = create_id_set();
	chain->gathered = lappend(chain->gathered, gathered);
	return gathered;
}

/* Adds an id to those that a chain gathers for an ask of the level below. */
static void
gather_id(RequestScan *scan, Chain *chain, const List *others, const char *id)
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
	if (list_length(gathered->ids->values) >= chain->run->batch)
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

/* Makes requests of the level below from a row of its parent. */
void
feed_row(RequestScan *scan, ApiPage *page, const JsonRow *row)
{
	LevelRun   *run = page->chain->run;
	List	   *others = NIL;
	char	   *id = NULL;
	JsonError	error;

	if (!json_row_fields(run->shape, row, run->values, &error))
		report_bad_answer(scan, page, row->number, &error);
	for (int i = 0; i < run->nlinks; i++)
	{
		const char *variable = run->links[i]->variable;
		char	   *value = listed_value(run, page->chain, row, i);

		if (value == NULL && run->may_be_null[i])
			return;
		if (value == NULL && run->required[i])
		{
			error.problem = "the row has no id";
			error.offset = row->offset;
			report_bad_answer(scan, page, row->number, &error);
		}
		if (run->compared[i] && !is_bound_to(run->child->level, variable, value))
			return;
		if (run->id_variable != NULL && strcmp(variable, run->id_variable) == 0)
			id = value;
		else if (run->passed_on[i])
			others = lappend(others, listed_variable(variable, value));
	}
	if (id != NULL)
		gather_id(scan, page->chain, others, id);
	else
		add_chains(scan, run->child, others);
}

/* The variable of a level that its parent's rows fill in batches. */
static const Filter *
id_filter(const Level *level)
{
	for (const Filter *filter = level->route->filters; filter && filter->column; filter++)
		if (filter->required && filter->style != LIST_SINGLE)
			if (level_lists(level, filter->column))
				return filter;
	return NULL;
}

/* Works out what the level below wants of a parent's rows. */
void
prepare_parent(LevelRun *run)
{
	const Level *child = run->child->level;
	const Filter *ids = id_filter(child);
	List	   *needed = needed_variables(child);
	int			count = 0;

	const ParentColumn *columns = level_parent_columns(child);

	for (const ParentColumn *link = columns; link->column; link++)
		count++;
	run->links = palloc(count * sizeof(ParentColumn *));
	run->places = palloc(count * sizeof(int));
	run->passed_on = palloc(count * sizeof(bool));
	run->required = palloc(count * sizeof(bool));
	run->may_be_null = palloc(count * sizeof(bool));
	run->compared = palloc(count * sizeof(bool));
	run->shape = json_shape_create();
	json_shape_allow_scalars(run->shape);
	run->nlinks = 0;
	for (const ParentColumn *link = columns; link->column; link++)
	{
		const Column *column = find_column(run->level->stream, link->column);
		bool		is_needed = link->variable != NULL && has_string(needed, link->variable);
		int			n = run->nlinks;

		if (link->variable == NULL ||
			(!is_needed && find_binding(child->bindings, link->variable) == NULL))
			continue;
		run->links[n] = link;
		run->passed_on[n] = is_needed;
		run->compared[n] = !level_uses(run->level, link->column);
		run->required[n] = level_requires(child, link->variable);
		run->may_be_null[n] = link->may_be_null;
		if (column != NULL && column->source == FROM_REQUEST)
			run->places[n] = PLACE_REQUEST;
		else if (column != NULL && column->source == FROM_KEY)
			run->places[n] = PLACE_KEY;
		else
			run->places[n] = json_shape_add(run->shape, column ? column->field : link->column);
		run->nlinks++;
	}
	run->values = palloc(Max(1, json_shape_size(run->shape)) * sizeof(JsonValue));
	run->id_variable = ids ? ids->column : NULL;
	run->batch = ids ? Min(ids->batch, child->batch) : 1;
}

/* Frees a page that is in no list any more. */
void
forget_page(RequestScan *scan, ApiPage *page)
{
	Chain	   *chain = page->chain;

	if (page->bookmark != NULL)
		pfree(page->bookmark);
	pfree(page);
	if (--chain->open_pages == 0)
	{
		flush_gathered(scan, chain);
		MemoryContextDelete(chain->context);
	}
}

/* A page has been read to its end, or its answer is of no use. */
void
finish_page(RequestScan *scan, ApiPage *page)
{
	note_rows(scan, page);
	drop_answer(page);
	dlist_delete(&page->node);
	scan->nalive--;
	if (scan->current == page)
		scan->current = NULL;
	forget_page(scan, page);
}
