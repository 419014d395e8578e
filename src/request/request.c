/*-------------------------------------------------------------------------
 *
 * request.c
 *		  The rows that answer a bound query.
 *
 * A page chain is one request of a plan with all its pages; a page is one request.
 * Pages run side by side, the table's own before those of its parents (but see
 * goes_first()), and a chain's next page is asked for while one is read.  A
 * page that is alive (under way, or answered and not yet read) takes one of
 * max_connections places, so that what is buffered is bounded.
 *
 * Rows of a response are handed on once it is complete: until then a broken
 * connection or a passing failure of the API costs nothing but another try.
 * Only a response that fills its buffer (see page_start.c) is handed on while it
 * arrives; if that breaks the scan fails, since rows cannot be taken back.
 *
 * A report is a page, too: one that takes several requests until its rows
 * come, see report.c.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request/request.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "plan/dates.h"
#include "plan/endpoint.h"
#include "plan/stream_plan.h"
#include "request/budget.h"
#include "request/cache.h"
#include "request/fanout.h"
#include "request/fetched.h"
#include "request/lookup.h"
#include "request/notice.h"
#include "request/object.h"
#include "request/pace.h"
#include "request/page.h"
#include "request/page_start.h"
#include "request/query_scans.h"
#include "request/report.h"
#include "request/request.h"
#include "request/response.h"
#include "request/seen.h"
#include "request/shared.h"
#include "util/compat.h"
#include "util/iso_time.h"
#include "util/strings.h"

/* A wait is looked after this often, to tell how far the scan is. */
#define PROGRESS_STEP_MS 1000

/* While rows are read from memory, the network is looked after this often. */
#define ROWS_BETWEEN_PUMPS 64

/* ---------- rows of a page ---------- */

/* Whether a page's rows may be read; see the head of the file. */
static bool
is_readable(const ApiPage *page)
{
	if (page->phase != PHASE_ROWS)
		return false;
	return page->answered ||
		json_reader_buffered(page->reader) >= page->stream_bytes || page->rows_read > 0;
}

/*
 * The next row of a page.  False where it has none now: it waits for more
 * bytes, or it was finished and is gone.
 */
static bool
next_page_row(RequestScan *scan, ApiPage *page, JsonRow *row)
{
	JsonProgress progress = page->no_rows ? JSON_AT_END :
		json_reader_next(page->reader, row);

	switch (progress)
	{
		case JSON_GOT_ROW:
			page->rows_read++;
			return true;
		case JSON_NEEDS_BYTES:
			if (page->paused)
			{
				page->paused = false;
				http_resume(page->transfer);
			}
			return false;
		case JSON_BAD:
			raise_bad_response(scan, page, 0, json_reader_error(page->reader));
		case JSON_AT_END:
			break;
	}
	if (page->chain->state->child == NULL && page->rows_read < scan->page_size)
		scan->doubt = Min(scan->doubt * 2, scan->options->max_connections * scan->page_size);
	finish_page(scan, page);
	return false;
}

/* Reads what parents have listed so far. */
static void
feed_from_parents(RequestScan *scan)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &scan->alive)
	{
		ApiPage    *page = dlist_container(ApiPage, node, iter.cur);
		const StreamPlanState *state = page->chain->state;
		JsonRow		row;

		if (state->child == NULL || !is_readable(page))
			continue;
		while (next_page_row(scan, page, &row))
		{
			feed_row(scan, page, &row);
			MemoryContextReset(scan->work);
		}
		check_budget(scan, state, false);
	}
}

/* ---------- setting up ---------- */

/* A LIMIT bounds what is asked for ahead. */
static void
note_limit(RequestScan *scan, const BoundQuery *bound, const List *plans)
{
	ListCell   *cell;

	scan->limit = bound->limit;
	scan->page_size = bound->options->page_size;
	scan->doubt = 1;
	foreach(cell, plans)
	{
		scan->page_size = Min(scan->page_size, ((StreamPlan *) lfirst(cell))->page_size);
	}
}

/*
 * Counts what was read of pages that nobody reads on, and frees what no memory
 * context knows of.  Their chains are gone by now.
 */
static void
cleanup_scan(void *arg)
{
	RequestScan *scan = arg;
	dlist_iter	iter;

	dlist_delete(&scan->node);
	dlist_foreach(iter, &scan->alive)
	{
		ApiPage    *page = dlist_container(ApiPage, node, iter.cur);

		note_rows(scan, page);
		shared_end(page, false);
		cache_give_up(page);
		json_reader_free(page->reader);
	}
	dlist_init(&scan->alive);
}

/*
 * Queues the request of a plan that has no value for a setting, which is none
 * of those that the parent lists.
 */
static void
add_unlisted(RequestScan *scan, StreamPlanState *state)
{
	const Setting *setting = plan_listed_setting(state->plan);
	Binding		none = {.values = list_make1(pstrdup("")), .known = true};

	if (!parent_lists_setting(state->plan))
		return;
	none.variable = setting->filter.column;
	add_page_chains(scan, state, list_make1(&none));
}

/* Prepares the lookup of a state's plan, which asks for nothing by itself. */
static void
add_lookup_state(StreamPlanState *state, StreamPlanState *lookup)
{
	lookup->plan = state->plan->lookup;
	lookup->child = state;
	dlist_init(&lookup->pending);
	prepare_parent(lookup);
	state->lookup = lookup;
}

static bool
is_lookup(const StreamPlanState *state)
{
	return state->child != NULL && state->child->lookup == state;
}

/*
 * Makes the states of all plans: the table's own first, as what they ask for
 * goes before what lists more to ask for.
 */
static void
add_states(RequestScan *scan, const List *plans)
{
	int			own = list_length(plans);
	int			n = own;
	ListCell   *cell;

	foreach(cell, plans)
	{
		StreamPlan *own_plan = lfirst(cell);

		if (own_plan->lookup != NULL && budget_is_tight(scan, own_plan))
		{
			own_plan->parent = own_plan->lookup;
			own_plan->lookup = NULL;
		}
		for (const StreamPlan *plan = own_plan; plan != NULL; plan = plan->parent)
			scan->nstates += plan->lookup != NULL ? 2 : 1;
	}
	scan->states = palloc0((scan->nstates + 1) * sizeof(StreamPlanState));
	for (int i = 0; i < own; i++)
	{
		StreamPlanState *state = &scan->states[i];

		state->plan = list_nth(plans, i);
		dlist_init(&state->pending);
		while (state->plan->parent != NULL)
		{
			StreamPlanState *parent = &scan->states[n++];

			parent->plan = state->plan->parent;
			parent->child = state;
			dlist_init(&parent->pending);
			prepare_parent(parent);
			state = parent;
		}
		if (scan->states[i].plan->lookup != NULL)
			add_lookup_state(&scan->states[i], &scan->states[n++]);
	}
	for (int i = 0; i < scan->nstates; i++)
	{
		if (is_lookup(&scan->states[i]))
			continue;
		if (scan->states[i].plan->parent == NULL)
			add_page_chains(scan, &scan->states[i], NIL);
		else
			add_unlisted(scan, &scan->states[i]);
	}
	if (scan->nstates > 0)
		check_budget(scan, &scan->states[0], false);
}

/* The plans of all queries (BoundQuery *) but the first. */
static List *
plan_further(const List *queries)
{
	List	   *plans = NIL;
	DatesServed served;

	for (int i = 1; i < list_length(queries); i++)
		plans = list_concat(plans, plan_streams(list_nth(queries, i), &served));
	return plans;
}

/*
 * Begins to ask for what some queries bind (BoundQuery *, of one table, which differ
 * in their bindings alone).  The scan lives in a child of context and
 * uses client until request_end(); queries, credentials and memory have to live
 * as long.  Nothing is sent before request_send() or request_next_row().  What may
 * be amiss with the days that are read is told, once for all scans with the
 * same memory.  Raises an error where no request could bring the rows.
 */
RequestScan *
request_begin(MemoryContext context, HttpClient *client, const List *queries,
			  Credentials *credentials, RequestMemory *memory)
{
	MemoryContext own = AllocSetContextCreate(context, "pinterest_fdw scan",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(own);
	RequestScan *scan = palloc0(sizeof(RequestScan));
	const BoundQuery *bound = linitial(queries);
	List	   *plans = NIL;
	DatesServed served = {0};
	ListCell   *cell;

	scan->context = own;
	scan->work = AllocSetContextCreate(own, "pinterest_fdw scan, short-lived",
									   ALLOCSET_DEFAULT_SIZES);
	scan->client = client;
	scan->credentials = credentials;
	scan->memory = memory;
	scan->stream = bound->stream;
	scan->options = bound->options;
	find_quota_owner(scan);
	scan->in_order = bound->order != 0;
	dlist_init(&scan->alive);
	scan->cleanup.func = cleanup_scan;
	scan->cleanup.arg = scan;
	MemoryContextRegisterResetCallback(own, &scan->cleanup);
	query_scans_add(scan);

	warn_of_unknown_values(bound, memory);
	if (!bound->empty)
	{
		plans = plan_streams(bound, &served);
		check_plans(bound, plans, &served);
		if (served.dated)
			warn_of_dates(bound, &served, memory);
		tell_of_settings(bound, memory);
		warn_of_values(bound, plans, memory);
		plans = list_concat(plans, plan_further(queries));
		foreach(cell, plans)
		{
			announce_reports(lfirst(cell), memory);
		}
		scan->fetched = fetched_begin(bound->options->relid, served.dated ? &served.range : NULL);
	}
	note_limit(scan, bound, plans);
	begin_progress(scan, context, bound, plans);
	add_states(scan, plans);
	MemoryContextSwitchTo(old);
	return scan;
}

/*
 * Sends the first requests, which request_next_row() does otherwise, and waits for
 * nothing.  Raises what that raises.
 */
void
request_send(RequestScan *scan)
{
	MemoryContext old = MemoryContextSwitchTo(scan->work);

	start_pages(scan);
	MemoryContextSwitchTo(old);
}

/* ---------- rows ---------- */

/* The earliest time after now at which a page may start; 0: none waits. */
static TimestampTz
next_start(const RequestScan *scan, TimestampTz now)
{
	TimestampTz earliest = 0;

	for (int i = 0; i < scan->nstates; i++)
	{
		const StreamPlanState *state = &scan->states[i];
		dlist_iter	iter;

		dlist_foreach(iter, &unconstify(StreamPlanState *, state)->pending)
		{
			const ApiPage *page = dlist_container(ApiPage, node, iter.cur);
			TimestampTz start = Max(page->not_before, scan->hold_until);

			if (is_api_request(page))
				start = Max(start, state->held_until);
			if (start > now && (earliest == 0 || start < earliest))
				earliest = start;
		}
	}
	return earliest;
}

/*
 * Does for another scan of the query what came in and is due.  Its last row is still in
 * use: nothing happens to the page that it is of.
 */
static void
look_after(RequestScan *other)
{
	MemoryContext context = AllocSetContextCreate(other->context, "pinterest_fdw scan, looked after",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext work = other->work;
	MemoryContext old = MemoryContextSwitchTo(context);

	other->work = context;		/* feed_from_parents() resets it */
	do
	{
		feed_from_parents(other);
	} while (start_pages(other));
	other->work = work;
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}

/* Has the page whose last row is in use take no byte, or take them again. */
static void
hold_current(RequestScan *scan, bool held)
{
	if (scan->current != NULL)
		scan->current->held = held;
}

/* The clients of a scan, its own first, and of all others of its query (RequestScan *). */
static HttpClient **
clients_of_query(RequestScan *scan, List **others, int *count)
{
	HttpClient **clients;
	ListCell   *cell;

	*others = query_scans_others(scan);
	clients = palloc((1 + list_length(*others)) * sizeof(HttpClient *));
	*count = 0;
	clients[(*count)++] = scan->client;
	foreach(cell, *others)
	{
		clients[(*count)++] = ((RequestScan *) lfirst(cell))->client;
	}
	return clients;
}

/* Until a page of one of some scans may start, in milliseconds, at most timeout_ms. */
static long
time_to_start(const List *some, long timeout_ms)
{
	ListCell   *cell;

	foreach(cell, some)
	{
		TimestampTz now = GetCurrentTimestamp();
		TimestampTz start = next_start(lfirst(cell), now);

		if (start != 0)
			timeout_ms = Min(timeout_ms, (long) ((start - now) / 1000 + 1));
	}
	return timeout_ms;
}

/*
 * Has no byte be taken of the pages whose last row is in use, while some scans are
 * waited for.
 */
static void
hold_rows(const List *some)
{
	ListCell   *cell;

	foreach(cell, some)
	{
		hold_current(lfirst(cell), true);
	}
}

/* Does for a scan and the others of its query what came in during a wait. */
static void
take_responses(RequestScan *scan, const List *others)
{
	ListCell   *cell;

	handle_all_finished(scan);
	foreach(cell, others)
	{
		handle_all_finished(lfirst(cell));
	}
	foreach(cell, others)
	{
		look_after(lfirst(cell));
		hold_current(lfirst(cell), false);
	}
}

/*
 * Waits for the scan and all others of its query, and looks after these; wait_event
 * and timeout_ms are as in http_wait().
 */
static void
wait_for_query(RequestScan *scan, long timeout_ms, uint32 wait_event)
{
	List	   *others;
	int			count;
	HttpClient **clients = clients_of_query(scan, &others, &count);

	hold_rows(others);
	http_wait_for_any(clients, count, time_to_start(others, timeout_ms), wait_event);
	take_responses(scan, others);
}

/*
 * How long a scan may wait at most, in milliseconds; *held is the plan for whose
 * quota it does, NULL: it does for others, too.
 */
static long
longest_wait(RequestScan *scan, const StreamPlanState **held)
{
	TimestampTz now = GetCurrentTimestamp();
	TimestampTz start = next_start(scan, now);
	RequestScan *owner = shared_owner(scan);
	long		timeout = start != 0 ? (long) ((start - now) / 1000 + 1) :
		scan->nalive == 0 && owner == NULL && count_others(scan) == 0 ? 0 : -1;

	*held = scan->nalive == 0 && owner == NULL ? held_state(scan, now) : NULL;
	return timeout < 0 || timeout > PROGRESS_STEP_MS ? PROGRESS_STEP_MS : timeout;
}

/* Waits until there may be something to do. */
static void
wait_for_responses(RequestScan *scan)
{
	static uint32 request_event = 0;
	static uint32 quota_event = 0;
	TimestampTz now = GetCurrentTimestamp();
	const StreamPlanState *held;
	long		timeout = longest_wait(scan, &held);

	if (request_event == 0)
	{
		request_event = compat_wait_event("PinterestApiRequest");
		quota_event = compat_wait_event("PinterestRateLimit");
	}
	show_progress(scan, phase_of_wait(scan, held != NULL));
	wait_for_query(scan, timeout, held ? quota_event : request_event);
	if (held != NULL)
		note_wait(scan, held, (GetCurrentTimestamp() - now) / 1000);
}

/* Counts what a scan has waited for a quota while its caller did the waiting. */
static void
note_held(RequestScan *scan)
{
	TimestampTz now = GetCurrentTimestamp();

	if (scan->held == NULL)
		return;
	now = Min(now, Max(scan->held->held_until, scan->hold_until));
	note_wait(scan, scan->held, Max(now - scan->held_since, 0) / 1000);
	scan->held = NULL;
}

/*
 * Begins a wait that the caller does itself, after REQUEST_NO_ROW_YET: until the
 * descriptor that is returned can be read from.  anew: for the scan and all others of
 * its query, in place of an earlier wait; else the scan is added to a wait that has
 * begun for one of these.  at_once: there is something to do already, be it for
 * another scan.  Returns -1 where the caller cannot wait.
 */
int
request_begin_wait(RequestScan *scan, bool anew, bool at_once)
{
	MemoryContext old = MemoryContextSwitchTo(scan->work);
	HttpClient **clients = &scan->client;
	int			count = 1;
	List	   *others;
	long		timeout = 0;
	int			fd;

	if (!at_once)
	{
		timeout = longest_wait(scan, &scan->held);
		scan->held_since = GetCurrentTimestamp();
		show_progress(scan, phase_of_wait(scan, scan->held != NULL));
	}
	if (anew)
	{
		clients = clients_of_query(scan, &others, &count);
		timeout = time_to_start(others, timeout);
	}
	fd = http_begin_wait(http_descriptor_of(scan->memory->query), clients, count, timeout, anew);
	MemoryContextSwitchTo(old);
	return fd;
}

/*
 * Ends such a wait, which has begun anew for this scan, after the descriptor can be
 * read from.  Raises what request_next_row() does.
 */
void
request_end_wait(RequestScan *scan)
{
	MemoryContext old = MemoryContextSwitchTo(scan->work);
	List	   *others;
	int			count;
	HttpClient **clients = clients_of_query(scan, &others, &count);

	hold_rows(others);
	http_end_wait(http_descriptor_of(scan->memory->query), clients, count);
	take_responses(scan, others);
	MemoryContextSwitchTo(old);
}

/* Chooses the page to read next; false where none can be read now. */
static bool
choose_current(RequestScan *scan)
{
	dlist_iter	iter;

	dlist_foreach(iter, &scan->alive)
	{
		ApiPage    *page = dlist_container(ApiPage, node, iter.cur);

		if (page->chain->state->child != NULL)
			continue;
		if (is_readable(page) &&
			(page->answered || json_reader_rows_waiting(page->reader) > 0))
		{
			scan->current = page;
			return true;
		}
		if (scan->in_order)
			return false;
	}
	return false;
}

static bool
is_done(const RequestScan *scan)
{
	for (int i = 0; i < scan->nstates; i++)
		if (scan->states[i].npending > 0)
			return false;
	return scan->nalive == 0;
}

/* Lets responses come in while rows are read from memory. */
static void
pump_now_and_then(RequestScan *scan)
{
	if (++scan->rows_since_pump < ROWS_BETWEEN_PUMPS)
		return;
	scan->rows_since_pump = 0;
	show_progress(scan, PROGRESS_READING);
	http_pump(scan->client);
	handle_all_finished(scan);
	start_pages(scan);
}

/* One round of request_next_row(); *again: another one may find more. */
static RequestRow
find_next_row(RequestScan *scan, JsonRow *row, bool *again)
{
	*again = false;
	if (scan->current != NULL && next_page_row(scan, scan->current, row))
		return REQUEST_ROW;
	scan->current = NULL;
	feed_from_parents(scan);
	*again = start_pages(scan) ||	/* some may have been answered at once */
		choose_current(scan);
	return !*again && is_done(scan) ? REQUEST_NO_MORE_ROWS : REQUEST_NO_ROW_YET;
}

/*
 * The next row of the table's stream, in any order unless one was bound.  It is
 * valid until the next call.  Without may_wait REQUEST_NO_ROW_YET may be returned.
 * Whatever goes wrong on the way raises an error.
 */
RequestRow
request_next_row(RequestScan *scan, JsonRow *row, bool may_wait)
{
	MemoryContext old = MemoryContextSwitchTo(scan->work);
	RequestRow	found;
	bool		again;

	note_held(scan);
	pump_now_and_then(scan);
	for (;;)
	{
		MemoryContextReset(scan->work);
		found = find_next_row(scan, row, &again);
		if (found != REQUEST_NO_ROW_YET || (!again && !may_wait))
			break;
		if (!again)
			wait_for_responses(scan);
	}
	if (found == REQUEST_NO_MORE_ROWS)
	{
		fetched_complete(scan->fetched);
		if (scan->memory->left_out.told == 0)
			warn_of_left_out(scan->stream, &scan->memory->left_out);
	}
	scan->rows += found == REQUEST_ROW;
	scan->memory->state.rows += found == REQUEST_ROW;
	MemoryContextSwitchTo(old);
	return found;
}

/* The plan that brought the last row, a source of the table's own stream. */
const StreamPlan *
request_plan(const RequestScan *scan)
{
	return scan->current->chain->plan;
}

/*
 * The value of a variable of the request that brought the last row, or the
 * first day that it asked for; UTF-8, NULL where it has none.  Valid until the
 * next request_next_row().
 */
const char *
request_variable(const RequestScan *scan, const JsonRow *row, const char *name)
{
	const PageChain *chain = scan->current->chain;
	const Endpoint *endpoint = chain->plan->endpoint;
	const Binding *binding;
	const char *value;

	if (endpoint->key_variable != NULL && strcmp(endpoint->key_variable, name) == 0)
		return row->key;
	foreach_filter(filter, endpoint->filters)
	{
		if (filter->kind == FILTER_DATES && strcmp(filter->column, name) == 0)
			return date_text(chain->request->dates.first);
	}
	binding = find_binding(chain->request->variables, name);
	value = binding ? linitial(binding->values) : "";
	return *value != '\0' ? value : NULL;
}

/* Whether the request that brought the last row names a value of a variable. */
bool
request_names(const RequestScan *scan, const char *variable, const char *value)
{
	const Binding *binding = find_binding(scan->current->chain->request->variables, variable);

	return binding != NULL && has_string(binding->values, value);
}

/* Whether the request that brought the last row named ids that may be anybody's. */
bool
request_is_at_once(const RequestScan *scan)
{
	return scan->current->chain->request->at_once;
}

/*
 * Whether the last row, of such a request, is to be read, given its id and its ad
 * account (UTF-8; NULL: it does not tell).  Not reading it loses nothing.
 */
bool
request_owns(const RequestScan *scan, const char *id, const char *account)
{
	return is_own_row(scan->current->chain, id, account);
}

/* Raises the error for the last row, which is no valid JSON. */
void
request_row_error(RequestScan *scan, const JsonRow *row,
				  const JsonError *error)
{
	raise_bad_response(scan, scan->current, row->number, error);
}

/* Tells how often the scan has waited, and how often for nothing. */
static void
log_waits(RequestScan *scan)
{
	HttpWaits	waits = http_waits(scan->client);

	ereport(DEBUG1,
			(errmsg_internal("HTTP: %d waits, %d of them ended without an event, %d ms idle, %d missed",
							 waits.waits, waits.idle, waits.idle_ms, waits.missed)));
}

/* Ends a scan, whatever is under way; NULL is allowed. */
void
request_end(RequestScan *scan)
{
	dlist_iter	iter;

	if (scan == NULL)
		return;
	log_waits(scan);
	teach_plans(scan);
	dlist_foreach(iter, &scan->alive)
	{
		ApiPage    *page = dlist_container(ApiPage, node, iter.cur);

		shared_end(page, false);
		cache_give_up(page);
		if (page->transfer != NULL)
			http_release(page->transfer);
	}
	MemoryContextDelete(scan->context);
}
