/*-------------------------------------------------------------------------
 *
 * stream_plan.c
 *		  Which requests answer a bound scan, and what they depend on.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/stream_plan.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "option/setting.h"
#include "option/url_policy.h"
#include "plan/dates.h"
#include "plan/endpoint.h"
#include "plan/stream_plan.h"
#include "streams/stream_lookup.h"

/* Answers without pages are kept near this size by asking for fewer ids. */
#define ANSWER_BYTES (8.0 * 1024 * 1024)

/* A metric in an answer: quotes, colon, comma and digits besides its name. */
#define METRIC_VALUE_BYTES 12

/*
 * Of the ids that split a list at least so many go into a request: the last
 * page of each batch is half empty on average, and of entities with few rows
 * smaller batches would be little else.
 */
#define MIN_SPLIT_IDS 10

/* ---------- routes and variables ---------- */

/*
 * Whether ids of the query have to be looked up before they can be asked for:
 * the API refuses a request for ids together with an ad account that is not
 * theirs, and a query may well join or compare ids of several accounts.
 */
static bool
ids_need_accounts(const Level *level)
{
	if ((level->flags & BIND_IDS_OF_ACCOUNT) != 0 || !level_lists(level, ACCOUNT_VARIABLE))
		return false;
	for (const Filter *filter = level->route->filters; filter && filter->column; filter++)
		if (takes_ids(filter) && level_lists(level, filter->column) &&
			find_binding(level->bindings, filter->column) != NULL)
			return true;
	return false;
}

/*
 * Whether a variable goes into no request, but only chooses what the parent
 * lists: then that alone can tell a row's value.
 */
static bool
only_narrows(const Level *level, const char *variable)
{
	const Filter *filter = route_filter(level, variable);

	return filter != NULL && filter->kind == FILTER_VALUES && filter->param == NULL &&
		!route_names(level->route, variable) && level_lists(level, variable);
}

static bool
needs_parent(const Level *level)
{
	ListCell   *cell;

	if (level_parent_stream(level) == NULL)
		return false;
	foreach(cell, needed_variables(level))
		if (!is_given(level, lfirst(cell)) || only_narrows(level, lfirst(cell)))
			return true;
	return ids_need_accounts(level);
}

/* A variable that neither the query names nor the parent lists; NULL: none. */
static const Filter *
missing_value(const Level *level)
{
	for (const Filter *filter = level->route->filters; filter && filter->column; filter++)
		if (filter->kind == FILTER_VALUES && level_requires(level, filter->column) &&
			!is_given(level, filter->column) &&
			(level->parent == NULL || !level_lists(level, filter->column)))
			return filter;
	return NULL;
}

static Binding *
parent_binding(const ParentColumn *link, const Binding *binding)
{
	Binding    *translated = palloc0(sizeof(Binding));

	if (binding != NULL)
		*translated = *binding;
	else
	{
		translated->values = list_make1(unconstify(char *, link->value));
		translated->known = true;
	}
	translated->variable = link->column;
	return translated;
}

/* What the query says of a stream's variables, in its parent's words. */
static List *
parent_bindings(const Level *level)
{
	const Stream *parent = level_parent_stream(level);
	List	   *bindings = NIL;

	for (const ParentColumn *link = level_parent_columns(level); link->column; link++)
	{
		const Binding *binding = link->variable ?
			find_binding(level->bindings, link->variable) : NULL;

		if ((binding != NULL || link->value != NULL) && find_filter(parent, link->column))
			bindings = lappend(bindings, parent_binding(link, binding));
	}
	return bindings;
}

/*
 * Ids of a request, besides the filter's own limit: where they split a list, so
 * few that one page of them keeps all connections busy; else as many as one
 * answer near ANSWER_BYTES has room for.
 */
static int
ids_per_request(const Level *level)
{
	double		row = level->stream->typical.row_bytes;
	double		rows = 0;
	double		ids;
	ListCell   *cell;

	if (level->route->splits)
		return Max(MIN_SPLIT_IDS, level->options->page_size / level->options->max_connections);
	if (level->route->paging != PAGING_NONE || level->route->transport == TRANSPORT_REPORT)
		return PG_INT32_MAX;
	foreach(cell, wanted_metrics(level))
		row += strlen(((const Column *) lfirst(cell))->field) + METRIC_VALUE_BYTES;
	foreach(cell, level->periods)
	{
		Period	   *period = lfirst(cell);

		rows = Max(rows, period_rows(period) / list_length(period->ranges));
	}
	if (rows == 0)
		return PG_INT32_MAX;
	ids = ANSWER_BYTES / (row * rows);
	return (int) Max(1, Min(ids, PG_INT32_MAX));
}

static Level *
build_level(const Stream *stream, const TableOptions *options, List *bindings,
			List *columns, int flags)
{
	Level	   *level = palloc0(sizeof(Level));
	const Stream *parent;

	level->stream = stream;
	level->options = options;
	level->bindings = bindings;
	level->columns = columns;
	level->flags = flags & (BIND_IDS_OF_ACCOUNT | BIND_CLOSED_ROUTES | BIND_UNSPLIT);
	level->route = choose_route(stream, options, bindings, flags);
	level->page_size = options->page_size;
	level->batch = PG_INT32_MAX;
	parent = level_parent_stream(level);
	if (needs_parent(level))
		level->parent = build_level(parent, options, parent_bindings(level), NIL, 0);
	level->missing = missing_value(level);
	return level;
}

/*
 * A copy of a level that takes none of the routes that may be closed; its
 * parent and days are the same.
 */
Level *
level_with_closed_routes(const Level *level)
{
	Level	   *copy = palloc(sizeof(Level));

	*copy = *level;
	copy->flags |= BIND_CLOSED_ROUTES;
	copy->route = choose_route(level->stream, level->options, level->bindings, copy->flags);
	return copy;
}

/* Raises the error for a query that lacks a value the API demands. */
void
report_missing_value(const Level *level)
{
	const Filter *filter = level->missing;

	ereport(ERROR,
			(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
			 errmsg("stream \"%s\" can only be read for given values of column \"%s\"",
					level->stream->name, filter->column),
			 filter->values ? errdetail("The API knows %s.", join_values(filter->values)) : 0,
			 errhint("Add a condition such as WHERE %s = '%s'.", filter->column,
					 filter->values ? filter->values[0] : "...")));
}

/* ---------- branches ---------- */

/*
 * Whether a branch may have rows for what the query binds: not where it leaves
 * a bound variable null, nor where it has another granularity.
 */
static bool
branch_fits(const Stream *branch, const BoundScan *bound)
{
	ListCell   *cell;

	foreach(cell, bound->bindings)
	{
		const Binding *binding = lfirst(cell);
		const Column *column = find_column(branch, binding->variable);

		if (find_setting(bound->stream, binding->variable) != NULL)
			continue;
		if (column == NULL ||
			(column->source == FROM_REQUEST && find_filter(branch, binding->variable) == NULL))
			return false;
	}
	return true;
}

/*
 * The wanted columns in a branch's words.  *complete becomes false where it
 * cannot tell one: a metric that only reports have.
 */
static List *
branch_columns(const BoundScan *bound, const Stream *branch, bool *complete)
{
	List	   *columns = NIL;
	ListCell   *cell;

	*complete = true;
	foreach(cell, bound->columns)
	{
		const Column *column = lfirst(cell);
		const Column *own = branch_column(bound->stream, branch, column);

		if (column->source == FROM_METRIC && !branch_has_metric(bound->stream, branch, column))
			*complete = false;
		if (own != NULL)
			columns = lappend(columns, unconstify(Column *, own));
	}
	return columns;
}

/*
 * What the query binds, as far as a branch knows the words: *none becomes true
 * where it knows none of those that a variable may have.
 */
static List *
branch_bindings(const BoundScan *bound, const Stream *branch, bool *none)
{
	List	   *bindings = NIL;
	ListCell   *cell;
	ListCell   *value;

	*none = false;
	foreach(cell, bound->bindings)
	{
		const Binding *binding = lfirst(cell);
		const Filter *filter = find_filter(branch, binding->variable);
		Binding    *known = palloc(sizeof(Binding));

		*known = *binding;
		if (binding->known && filter != NULL && filter->values != NULL)
		{
			known->values = NIL;
			foreach(value, binding->values)
				if (filter_knows(filter, lfirst(value)))
					known->values = lappend(known->values, lfirst(value));
			*none = *none || known->values == NIL;
		}
		bindings = lappend(bindings, known);
	}
	return bindings;
}

/*
 * The table's own levels, one for each branch that is of use.  *served tells
 * where there is none although there should be.
 */
static List *
build_branches(const BoundScan *bound, DatesServed *served)
{
	const Stream *stream = bound->stream;
	bool		sandbox = is_sandbox_url(bound->options->base_url);
	int			flags = bound->flags;
	List	   *levels = NIL;

	/* a LIMIT wants few pages */
	if (bound->limit > 0)
		flags |= BIND_UNSPLIT;
	served->incompatible = true;
	for (int i = 0; i < stream_branch_count(stream); i++)
	{
		const Stream *branch = stream_branch(stream, i);
		bool		complete;
		bool		none;
		List	   *columns = branch_columns(bound, branch, &complete);
		List	   *bindings = branch_bindings(bound, branch, &none);
		Level	   *level;

		served->incompatible = served->incompatible && !complete;
		if (!complete || none || !branch_fits(branch, bound))
			continue;
		if (sandbox && branch->routes[0].transport == TRANSPORT_REPORT)
		{
			served->sandboxed = true;
			continue;
		}
		level = build_level(branch, bound->options, bindings, columns, flags);
		level->settings = stream->settings;
		levels = lappend(levels, level);
	}
	served->sandboxed = served->sandboxed && levels == NIL;
	return levels;
}

/* Whether the API is told all conditions, so that a LIMIT counts its rows. */
static bool
sends_all(const Level *level, const BoundScan *bound)
{
	ListCell   *cell;

	foreach(cell, bound->bindings)
		if (!level_uses(level, ((Binding *) lfirst(cell))->variable))
			return false;
	return !bound->unsent && level->route->own_field == NULL &&
		level->stream->elements == NULL;
}

static void
complete_level(const BoundScan *bound, Level *level)
{
	level->batch = ids_per_request(level);
	level->order = bound->order;
	if (sends_all(level, bound))
		level->limit = bound->limit;
	if (level->limit > 0)
		level->page_size = (int) Min(level->limit, level->page_size);
}

/* Plans the levels as bound, without regard to BIND_SUMS. */
static List *
plan_as_bound(const BoundScan *bound, DatesServed *served)
{
	List	   *levels;
	ListCell   *cell;

	memset(served, 0, sizeof(*served));
	levels = build_branches(bound, served);
	serve_dates(bound, levels, served);
	foreach(cell, levels)
	{
		Level	   *level = lfirst(cell);

		if (level_takes_dates(level) && level->stream->date_limits != NULL &&
			level->periods == NIL)
			levels = foreach_delete_current(levels, cell);
		else
			complete_level(bound, level);
	}
	return levels;
}

/* The same scan with another granularity, palloc'd; it refers to the first. */
static BoundScan *
bound_with_granularity(const BoundScan *bound, const char *value)
{
	BoundScan  *copy = palloc(sizeof(BoundScan));
	ListCell   *cell;

	*copy = *bound;
	copy->bindings = NIL;
	foreach(cell, bound->bindings)
	{
		Binding    *binding = palloc(sizeof(Binding));

		*binding = *(Binding *) lfirst(cell);
		if (strcmp(binding->variable, "granularity") == 0)
			binding->values = list_make1(unconstify(char *, value));
		copy->bindings = lappend(copy->bindings, binding);
	}
	return copy;
}

/*
 * Plans totals in place of days, for a scan of which only sums over its days
 * are wanted.  Returns NIL where no single total covers these days: a request
 * does, of all of them, while a report may differ from what it is to replace
 * and is waited for.
 */
static List *
plan_totals(const BoundScan *bound, DatesServed *served)
{
	const Binding *granularity = find_binding(bound->bindings, "granularity");
	List	   *levels;
	const Level *level;

	if (granularity == NULL || granularity->open || list_length(granularity->values) != 1 ||
		strcmp(linitial(granularity->values), "DAY") != 0 || bound->dates_listed)
		return NIL;
	levels = plan_as_bound(bound_with_granularity(bound, "TOTAL"), served);
	if (list_length(levels) != 1 || served->clamped || served->too_long > 0)
		return NIL;
	level = linitial(levels);
	return level->route->transport == TRANSPORT_GET && level->periods != NIL ? levels : NIL;
}

/*
 * Plans the levels of a bound scan and returns the table's own, one for each
 * branch that has something to ask for (Level *).  *served tells about its
 * dates; with BIND_SUMS, totals in there mean that totals take the place of
 * days.  Palloc'd in the current context.
 */
List *
plan_levels(const BoundScan *bound, DatesServed *served)
{
	List	   *levels = (bound->flags & BIND_SUMS) != 0 ? plan_totals(bound, served) : NIL;

	return levels != NIL ? levels : plan_as_bound(bound, served);
}

/* Whether a condition on a variable goes into requests, of parents or own. */
bool
level_uses(const Level *level, const char *variable)
{
	const Filter *filter = route_filter(level, variable);

	if (filter != NULL &&
		(filter->kind == FILTER_DATES ||
		 (find_binding(level->bindings, variable) != NULL &&
		  (filter->param != NULL || route_names(level->route, variable)))) &&
		!is_filter_excluded(level, filter, NIL))
		return true;
	for (const Setting *setting = level->settings; setting && setting->filter.column; setting++)
		if (strcmp(setting->filter.column, variable) == 0)
			return true;
	if (level->parent == NULL)
		return false;
	for (const ParentColumn *link = level_parent_columns(level); link->column; link++)
		if (link->variable != NULL && strcmp(link->variable, variable) == 0 &&
			level_uses(level->parent, link->column))
			return true;
	return false;
}
