/*-------------------------------------------------------------------------
 *
 * stream_plan.c
 *		  Which requests answer a bound query, and what they depend on.
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
#include "plan/stream_request.h"
#include "streams/stream_columns.h"
#include "streams/stream_lookup.h"

/* Responses without pages are kept near this size by asking for fewer ids. */
#define ANSWER_BYTES (8.0 * 1024 * 1024)

/* A metric in a response: quotes, colon, comma and digits besides its name. */
#define METRIC_VALUE_BYTES 12

/*
 * Of the ids that split a list at least so many go into a request: the last
 * page of each batch is half empty on average, and of entities with few rows
 * smaller batches would be little else.
 */
#define MIN_SPLIT_IDS 10

/* ---------- endpoints and variables ---------- */

/*
 * Whether ids of the query have to be looked up where the API refuses them:
 * the API refuses a request for ids together with an ad account that is not
 * theirs, and a query may well join or compare ids of several accounts.  Where
 * the account is a setting, each of its values is asked for all of the ids.
 */
static bool
ids_need_accounts(const StreamPlan *plan)
{
	if (plan->ids_of_account || !plan_lists(plan, ACCOUNT_VARIABLE) ||
		find_setting(plan->stream, ACCOUNT_VARIABLE) != NULL)
		return false;
	foreach_filter(filter, plan->endpoint->filters)
	{
		if (takes_ids(filter) && plan_lists(plan, filter->column) &&
			find_binding(plan->bindings, filter->column) != NULL)
			return true;
	}
	return false;
}

/*
 * Whether a variable goes into no request, but only chooses what the parent
 * lists: then that alone can tell a row's value.
 */
static bool
only_narrows(const StreamPlan *plan, const char *variable)
{
	const Filter *filter = endpoint_filter(plan, variable);

	return filter != NULL && filter->kind == FILTER_VALUES && filter->param == NULL &&
		!path_has_variable(plan->endpoint, variable) && plan_lists(plan, variable);
}

/* Whether the query leaves open what requests need, or what rows show. */
static bool
needs_listing(const StreamPlan *plan)
{
	ListCell   *cell;

	foreach(cell, needed_variables(plan))
	{
		if (!is_given(plan, lfirst(cell)) || only_narrows(plan, lfirst(cell)))
			return true;
	}
	return false;
}

/*
 * Whether the query's ids may be asked for before anybody knows whether they are
 * of the ad account: where there is one account, nothing but the ids is asked for
 * together with it, and rows can tell whose they are.
 */
static bool
may_ask_at_once(const StreamPlan *plan)
{
	const Filter *ids = batched_ids(plan);
	const Binding *account = find_binding(plan->bindings, ACCOUNT_VARIABLE);

	if (plan->foreign_ids || ids == NULL || account == NULL || list_length(account->values) != 1 ||
		plan->endpoint->transport != TRANSPORT_GET ||
		plan->source.metrics_param == NULL || plan->source.metrics_param->account == NULL)
		return false;
	foreach_filter(filter, plan->endpoint->filters)
	{
		if (filter->kind == FILTER_VALUES && filter->values == NULL && filter != ids &&
			strcmp(filter->column, ACCOUNT_VARIABLE) != 0 && plan_requires(plan, filter->column))
			return false;
	}
	return true;
}

/* A variable that neither the query names nor the parent lists; NULL: none. */
static const Filter *
missing_value(const StreamPlan *plan)
{
	foreach_filter(filter, plan->endpoint->filters)
	{
		if (filter->kind == FILTER_VALUES && plan_requires(plan, filter->column) &&
			!is_given(plan, filter->column) &&
			(plan->parent == NULL || !plan_lists(plan, filter->column)))
			return filter;
	}
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

/* What bindings say of a stream's variables, in its parent's words. */
static List *
parent_bindings(const StreamPlan *plan, const List *given)
{
	const Stream *parent = plan_parent_stream(plan);
	List	   *bindings = NIL;

	foreach_parent_column(link, plan_parent_columns(plan))
	{
		const Binding *binding = link->variable ?
			find_binding(given, link->variable) : NULL;

		if (binding != NULL && binding->listed && find_setting(parent, link->column) == NULL)
			continue;			/* it is this parent that lists the values */
		if ((binding != NULL || link->value != NULL) && find_filter(parent, link->column))
			bindings = lappend(bindings, parent_binding(link, binding));
	}
	return bindings;
}

/*
 * Ids of a request, besides the filter's own limit: where they split a list, so
 * few that one page of them keeps all connections busy; else as many as one
 * response near ANSWER_BYTES has room for.
 */
static int
ids_per_request(const StreamPlan *plan)
{
	double		row = plan->source.typical.row_bytes;
	double		rows = 0;
	double		ids;
	ListCell   *cell;

	if (plan->endpoint->splits)
		return Max(MIN_SPLIT_IDS, plan->options->page_size / plan->options->max_connections);
	if (plan->endpoint->paging != PAGING_NONE || plan->endpoint->transport == TRANSPORT_REPORT)
		return PG_INT32_MAX;
	foreach(cell, plan->metrics)
	{
		row += strlen(((const Column *) lfirst(cell))->field) + METRIC_VALUE_BYTES;
	}
	foreach(cell, plan->periods)
	{
		Period	   *period = lfirst(cell);

		rows = Max(rows, period_rows(period) / list_length(period->ranges));
	}
	if (rows == 0)
		return PG_INT32_MAX;
	ids = ANSWER_BYTES / (row * rows);
	return (int) Max(1, Min(ids, PG_INT32_MAX));
}

static StreamPlan *build_plan(const StreamPlan *given);

/* The plan of a plan's parent, for what the query says of both. */
static StreamPlan *
build_parent(const StreamPlan *plan)
{
	const StreamPlan parent = {
		.stream = plan_parent_stream(plan),
		.options = plan->options,
		.umid = plan->umid,
		.bindings = parent_bindings(plan, plan->bindings),
		.settings = plan_parent_stream(plan)->settings,
	};

	return build_plan(&parent);
}

/* A plan for what the query says of a stream, with the plans of its parents. */
static StreamPlan *
build_plan(const StreamPlan *given)
{
	StreamPlan *plan = palloc(sizeof(StreamPlan));
	bool		has_parent;

	*plan = *given;
	plan->source = stream_source(plan->stream, plan->source_number);
	plan->endpoint = choose_endpoint(plan);
	plan->page_size = plan->options->page_size;
	plan->batch = PG_INT32_MAX;
	has_parent = plan_parent_stream(plan) != NULL;
	if (has_parent && needs_listing(plan))
		plan->parent = build_parent(plan);
	else if (has_parent && ids_need_accounts(plan))
	{
		StreamPlan *parent = build_parent(plan);

		if (parent->parent == NULL && may_ask_at_once(plan))
			plan->lookup = parent;
		else
			plan->parent = parent;
	}
	plan->missing = missing_value(plan);
	return plan;
}

/*
 * The requests of a plan's lookup (StreamRequest *) that tell which of the ids of
 * one of its own are of the ad account, palloc'd; they refer to its values.
 */
List *
lookup_requests(const StreamPlan *plan, const StreamRequest *request)
{
	return plan_requests(plan->lookup, parent_bindings(plan, request->variables));
}

/*
 * A copy of a plan that takes none of the endpoints that may be closed; its
 * parent and days are the same.
 */
StreamPlan *
plan_without_closed_endpoints(const StreamPlan *plan)
{
	StreamPlan *copy = palloc(sizeof(StreamPlan));

	*copy = *plan;
	copy->closed_endpoints = true;
	copy->endpoint = choose_endpoint(copy);
	return copy;
}

/* Raises the error for a query that lacks a value the API demands. */
void
raise_missing_value(const StreamPlan *plan)
{
	const Filter *filter = plan->missing;

	ereport(ERROR,
			(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
			 errmsg("stream \"%s\" can only be read for given values of column \"%s\"",
					plan->stream->name, filter->column),
			 filter->values ? errdetail("The API knows %s.", join_values(filter->values)) : 0,
			 errhint("Add a condition such as WHERE %s = '%s'.", filter->column,
					 filter->values ? filter->values[0] : "...")));
}

/* ---------- sources ---------- */

/*
 * Whether a source may have rows for what the query binds: not where it leaves
 * a bound variable null, nor where it has another granularity.
 */
static bool
source_fits(const BoundQuery *bound, const Source *source)
{
	const Stream *stream = bound->stream;
	ListCell   *cell;

	foreach(cell, bound->bindings)
	{
		const char *variable = ((Binding *) lfirst(cell))->variable;
		const Column *column = find_column(stream, variable);

		if (find_setting(stream, variable) != NULL)
			continue;
		if (column != NULL)
			column = source_column(stream, source, column);
		if (column == NULL ||
			(column->origin == FROM_REQUEST &&
			 find_source_filter(stream, source, variable) == NULL))
			return false;
	}
	return true;
}

/* Whether a source after one of a number knows a word. */
static bool
later_source_knows(const Stream *stream, int number, const char *variable, const char *word)
{
	for (int i = number + 1; i < stream_source_count(stream); i++)
	{
		Source		source = stream_source(stream, i);
		const Filter *filter = find_source_filter(stream, &source, variable);

		if (filter != NULL && filter_knows(filter, word))
			return true;
	}
	return false;
}

/*
 * What the query binds, as far as a source, of a number, knows the words, or
 * nobody does.  *none becomes true where it knows none of those that a variable
 * may have, or a later one knows more: a day comes from one source.
 */
static List *
source_bindings(const BoundQuery *bound, const Source *source, int number, bool *none)
{
	List	   *bindings = NIL;
	ListCell   *cell;
	ListCell   *value;

	*none = false;
	foreach(cell, bound->bindings)
	{
		const Binding *binding = lfirst(cell);
		const Filter *filter = find_source_filter(bound->stream, source, binding->variable);
		Binding    *known = palloc(sizeof(Binding));

		*known = *binding;
		if (binding->known && filter != NULL && filter->values != NULL)
		{
			known->values = NIL;
			foreach(value, binding->values)
			{
				if (*(char *) lfirst(value) == '\0' || filter_knows(filter, lfirst(value)) ||
					!stream_knows_word(bound->stream, binding->variable, lfirst(value)))
					known->values = lappend(known->values, lfirst(value));
				else
					*none = *none || later_source_knows(bound->stream, number, binding->variable, lfirst(value));
			}
			*none = *none || known->values == NIL;
		}
		bindings = lappend(bindings, known);
	}
	return bindings;
}

/*
 * The table's own plans, one for each source that is of use.  *served tells
 * where there is none although there should be.
 */
static List *
build_sources(const BoundQuery *bound, DatesServed *served)
{
	const Stream *stream = bound->stream;
	bool		sandbox = is_sandbox_url(bound->options->base_url);
	List	   *plans = NIL;

	served->incompatible = true;
	for (int i = 0; i < stream_source_count(stream); i++)
	{
		Source		source = stream_source(stream, i);
		const SourceColumns *wanted = &bound->wanted->sources[i];
		bool		none;
		const StreamPlan given = {
			.stream = stream,
			.source_number = i,
			.options = bound->options,
			.umid = bound->umid,
			.columns = wanted->columns,
			.metrics = wanted->metrics,
			.bindings = source_bindings(bound, &source, i, &none),
			.settings = stream->settings,
			.ids_of_account = bound->traits.ids_of_account,
			.unsplit = bound->traits.unsplit || bound->limit > 0,	/* few pages */
			.closed_endpoints = bound->closed_endpoints,
			.foreign_ids = bound->foreign_ids,
		};

		served->incompatible = served->incompatible && wanted->lacking != NULL;
		if (wanted->lacking != NULL || none || !source_fits(bound, &source))
			continue;
		if (sandbox && source_has_reports(&source))
		{
			served->sandboxed = true;
			continue;
		}
		plans = lappend(plans, build_plan(&given));
	}
	served->sandboxed = served->sandboxed && plans == NIL;
	return plans;
}

/* Whether the API is told all conditions, so that a LIMIT counts its rows. */
static bool
sends_all(const StreamPlan *plan, const BoundQuery *bound)
{
	ListCell   *cell;

	foreach(cell, bound->bindings)
	{
		if (!plan_uses(plan, ((Binding *) lfirst(cell))->variable))
			return false;
	}
	return !bound->unsent && plan->endpoint->own_field == NULL &&
		plan->stream->elements == NULL;
}

static void
complete_plan(const BoundQuery *bound, StreamPlan *plan)
{
	plan->batch = ids_per_request(plan);
	plan->order = bound->order;
	if (sends_all(plan, bound))
		plan->limit = bound->limit;
	if (plan->limit > 0)
		plan->page_size = (int) Min(plan->limit, plan->page_size);
}

/* Plans the plans as bound, whether or not sums alone are wanted. */
static List *
plan_as_bound(const BoundQuery *bound, DatesServed *served)
{
	List	   *plans;
	ListCell   *cell;

	memset(served, 0, sizeof(*served));
	plans = build_sources(bound, served);
	serve_dates(bound, plans, served);
	foreach(cell, plans)
	{
		StreamPlan *plan = lfirst(cell);

		if (plan_takes_dates(plan) && plan->source.date_limits != NULL &&
			plan->periods == NIL)
			plans = foreach_delete_current(plans, cell);
		else
			complete_plan(bound, plan);
	}
	return plans;
}

/* The same scan with another granularity, palloc'd; it refers to the first. */
static BoundQuery *
bound_with_granularity(const BoundQuery *bound, const char *value)
{
	BoundQuery *copy = palloc(sizeof(BoundQuery));
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
plan_totals(const BoundQuery *bound, DatesServed *served)
{
	const Binding *granularity = find_binding(bound->bindings, "granularity");
	List	   *plans;
	const StreamPlan *plan;

	if (granularity == NULL || granularity->open || list_length(granularity->values) != 1 ||
		strcmp(linitial(granularity->values), "DAY") != 0 || bound->dates_listed)
		return NIL;
	plans = plan_as_bound(bound_with_granularity(bound, "TOTAL"), served);
	if (list_length(plans) != 1 || served->clamped || served->too_long > 0)
		return NIL;
	plan = linitial(plans);
	return plan->endpoint->transport == TRANSPORT_GET && plan->periods != NIL ? plans : NIL;
}

/*
 * Plans the plans of a bound scan and returns the table's own, one for each
 * source that has something to ask for (StreamPlan *).  *served tells about its
 * dates; where sums alone are wanted, totals in there mean that totals take the
 * place of days.  Palloc'd in the current context.
 */
List *
plan_streams(const BoundQuery *bound, DatesServed *served)
{
	List	   *plans = bound->traits.sums_alone ? plan_totals(bound, served) : NIL;

	return plans != NIL ? plans : plan_as_bound(bound, served);
}

/* Whether a condition on a variable goes into requests, of parents or own. */
bool
plan_uses(const StreamPlan *plan, const char *variable)
{
	const Filter *filter = endpoint_filter(plan, variable);

	if (filter != NULL &&
		(filter->kind == FILTER_DATES ||
		 (find_binding(plan->bindings, variable) != NULL &&
		  (filter->param != NULL || path_has_variable(plan->endpoint, variable)))) &&
		!is_filter_excluded(plan, filter, NIL))
		return true;
	foreach_setting(setting, plan->settings)
	{
		if (strcmp(setting->filter.column, variable) == 0)
			return true;
	}
	if (plan->parent == NULL)
		return false;
	foreach_parent_column(link, plan_parent_columns(plan))
	{
		if (link->variable != NULL && strcmp(link->variable, variable) == 0 &&
			plan_uses(plan->parent, link->column))
			return true;
	}
	return false;
}
