/*-------------------------------------------------------------------------
 *
 * object.c
 *		  What a request is about, where the API refuses it or has it no more.
 *
 * A request is about the objects that its path names, an ad account or a board
 * for instance, or else about the ids that it lists.  Of many that a scan asks
 * for, one may be refused: then the scan fails, or its rows are left out, as
 * option on_denied says.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request/object.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "plan/bind.h"
#include "plan/endpoint.h"
#include "plan/stream_request.h"
#include "request/fanout.h"
#include "request/fetched.h"
#include "request/object.h"
#include "request/report.h"
#include "streams/stream_lookup.h"
#include "util/secret.h"
#include "util/strings.h"

/* As many objects a warning names, and counts the others. */
#define MAX_NAMED 10

/* Of an object's name, what tells it from others. */
#define MAX_NAME_BYTES 128

/* Objects within each other, as a message names them. */
#define MAX_OBJECTS_BYTES (4 * MAX_NAME_BYTES)

/* ---------- what a request is about ---------- */

/* Whether each value of a filter is an object, rather than a word of the API. */
static bool
names_objects(const Filter *filter)
{
	return filter->kind == FILTER_VALUES && filter->values == NULL;
}

/* What the path of a page names (Binding *). */
static List *
path_objects(const ApiPage *page)
{
	const PageChain *chain = page->chain;
	List	   *objects = NIL;

	foreach_filter(filter, chain->plan->endpoint->filters)
	{
		const Binding *binding = find_binding(chain->request->variables, filter->column);

		if (binding != NULL && names_objects(filter) &&
			path_has_variable(chain->plan->endpoint, filter->column))
			objects = lappend(objects, unconstify(Binding *, binding));
	}
	return objects;
}

/* The ids that the request of a page lists; NULL: none. */
static const Binding *
listed_ids(const ApiPage *page)
{
	const PageChain *chain = page->chain;

	foreach_filter(filter, chain->plan->endpoint->filters)
	{
		const Binding *binding = find_binding(chain->request->variables, filter->column);

		if (binding != NULL && names_objects(filter) && takes_ids(filter))
			return binding;
	}
	return NULL;
}

/*
 * Whether a page was to begin with the rows of one object, so that these are
 * none where the API knows nothing of it.  Its ad account is not noted as fetched
 * then: if it is the account that is gone, a history keeps what it has of it.
 */
bool
is_gone(RequestScan *scan, const ApiPage *page)
{
	const List *variables = page->chain->request->variables;
	const Binding *ids = listed_ids(page);

	if (page->number > 1 ||
		(path_objects(page) == NIL && (ids == NULL || list_length(ids->values) != 1)))
		return false;
	if (find_binding(variables, ACCOUNT_VARIABLE) != NULL)
		fetched_leave_out(scan->fetched, variables);
	return true;
}

/*
 * What a page is about (Binding *), what lies within others last: the ad account
 * that it acts for, the objects in its path, else the only one of its ids.
 */
static List *
page_objects(const ApiPage *page)
{
	const Binding *account = find_binding(page->chain->request->variables, ACCOUNT_VARIABLE);
	List	   *objects = path_objects(page);
	const Binding *ids = objects == NIL ? listed_ids(page) : NULL;

	if (account != NULL && *(const char *) linitial(account->values) != '\0' &&
		!list_member_ptr(objects, account))
		objects = lcons(unconstify(Binding *, account), objects);
	if (ids != NULL && list_length(ids->values) == 1)
		objects = lappend(objects, unconstify(Binding *, ids));
	return objects;
}

/* Objects as a message names them. */
static char *
objects_text(const List *objects)
{
	StringInfoData text;
	ListCell   *cell;

	initStringInfo(&text);
	foreach(cell, objects)
	{
		const Binding *binding = lfirst(cell);
		const char *value = linitial(binding->values);

		append_listed(&text, ", ", psprintf("%s %s", binding->variable,
											presentable_text(value, strlen(value), MAX_NAME_BYTES, NULL)));
	}
	return text.data;
}

/* ---------- parts of a request ---------- */

/*
 * Asks for each half of the ids that a page lists, where the failure is of one
 * of them and nothing says of which; false where the page is about one thing.
 */
bool
ask_for_halves(RequestScan *scan, ApiPage *page)
{
	StreamPlanState *state = page->chain->state;
	const StreamRequest *request = page->chain->request;
	const Binding *ids = listed_ids(page);
	int			half = ids ? list_length(ids->values) / 2 : 0;

	if (half == 0 || page->number > 1 || path_objects(page) != NIL)
		return false;
	queue_requests(scan, state,
				   repeat_request(state->plan, request_with(request, ids->variable, list_truncate(list_copy(ids->values), half))));
	queue_requests(scan, state,
				   repeat_request(state->plan, request_with(request, ids->variable, list_copy_tail(ids->values, half))));
	finish_page(scan, page);
	return true;
}

/* ---------- objects left out ---------- */

static HTAB *
create_name_set(MemoryContext context)
{
	HASHCTL		control = {.keysize = MAX_OBJECTS_BYTES, .entrysize = MAX_OBJECTS_BYTES, .hcxt = context};

	return hash_create("pinterest_fdw objects left out", 64, &control, HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
}

/* Keeps in mind what is left out, and why, of the first in a warning. */
static void
note_left_out(LeftOut *left_out, MemoryContext context, const char *name,
			  const ApiFailure *failure, const ApiPage *page)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	char	   *key = pnstrdup(name, MAX_OBJECTS_BYTES - 1);
	bool		found;

	if (left_out->seen == NULL)
		left_out->seen = create_name_set(context);
	hash_search(left_out->seen, key, HASH_ENTER, &found);
	if (!found && left_out->named == NIL)
	{
		left_out->problem = api_failure_problem(failure);
		left_out->detail = api_failure_detail(failure, page_method(page), page_url(page), page->attempts);
	}
	if (!found && list_length(left_out->named) < MAX_NAMED)
		left_out->named = lappend(left_out->named, pstrdup(name));
	pfree(key);
	MemoryContextSwitchTo(old);
}

/*
 * Notes that the rows of what a page is about are left out, where option
 * on_denied says so.  Else returns false, and the failure names it and the way
 * round it.
 */
bool
leave_out_object(RequestScan *scan, const ApiPage *page, ApiFailure *failure)
{
	List	   *objects = page_objects(page);
	const char *others = "For the rows of others, name these in WHERE";
	char	   *name;

	if (objects == NIL)
		return false;
	name = objects_text(objects);
	if (scan->options->on_denied == ON_DENIED_ERROR)
	{
		if (find_binding(objects, ACCOUNT_VARIABLE) != NULL)
			others = psprintf("%s or in option \"ad_account_id\"", others);
		api_failure_about(failure, name,
						  psprintf("%s, or set option \"on_denied\" to 'skip'.", others));
		return false;
	}
	note_left_out(&scan->memory->left_out, scan->memory->context, name, failure, page);
	fetched_leave_out(scan->fetched, page->chain->request->variables);
	return true;
}

/*
 * Warns of what has been left out since the last such warning, if anything
 * was.
 */
void
warn_of_left_out(const Stream *stream, LeftOut *left_out)
{
	long		count = left_out->seen ? hash_get_num_entries(left_out->seen) - left_out->told : 0;
	long		others = count - list_length(left_out->named);
	StringInfoData names;
	ListCell   *cell;

	if (count == 0)
		return;
	initStringInfo(&names);
	foreach(cell, left_out->named)
	{
		append_listed(&names, ", ", lfirst(cell));
	}
	if (others > 0)
		appendStringInfo(&names, " and %ld more", others);
	ereport(WARNING,
			(errmsg("rows of stream \"%s\" are left out: %s", stream->name, left_out->problem),
			 errdetail("They belong to %s. %s", names.data, left_out->detail),
			 errhint("Option \"on_denied\" leaves them out; without it, this is an error.")));
	left_out->told += count;
	list_free_deep(left_out->named);
	left_out->named = NIL;
}
