/*-------------------------------------------------------------------------
 *
 * endpoint.c
 *		  The endpoint that serves a stream, and the variables its requests need.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/endpoint.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "plan/endpoint.h"
#include "streams/stream_lookup.h"
#include "util/strings.h"

/* Whether a filter takes ids, several in a request. */
bool
takes_ids(const Filter *filter)
{
	return filter->style != LIST_SINGLE && filter->values == NULL;
}

/*
 * Whether an endpoint that splits the stream is to be taken: not where the query
 * names ids, which are few or go in batches anyway.
 */
static bool
is_split_wanted(const StreamPlan *plan, const Endpoint *endpoint)
{
	ListCell   *cell;

	if (endpoint->parent != plan->options->split_by || plan->unsplit)
		return false;
	foreach(cell, plan->bindings)
	{
		const Filter *filter = find_source_filter(plan->stream, &plan->source,
												  ((Binding *) lfirst(cell))->variable);

		if (filter != NULL && takes_ids(filter))
			return false;
	}
	return true;
}

/*
 * The first endpoint of a plan's source that options and the query's values are
 * for, else the last.
 */
const Endpoint *
choose_endpoint(const StreamPlan *plan)
{
	const Endpoint *endpoint = plan->source.endpoints;

	for (; endpoint[1].path != NULL; endpoint++)
	{
		const Binding *binding;

		if (endpoint->may_be_closed && plan->closed_endpoints)
			continue;
		if (endpoint->splits && !is_split_wanted(plan, endpoint))
			continue;
		if (endpoint->when == NULL)
			break;
		binding = find_binding(plan->bindings, endpoint->when);
		if (binding != NULL &&
			(endpoint->when_limit == 0 || list_length(binding->values) <= endpoint->when_limit))
			break;
	}
	return endpoint;
}

/* The setting of which a plan is to have all values that a stream lists; NULL: none. */
const Setting *
plan_listed_setting(const StreamPlan *plan)
{
	foreach_setting(setting, plan->settings)
	{
		const Binding *binding = find_binding(plan->bindings, setting->filter.column);

		if (binding != NULL && binding->listed)
			return setting;
	}
	return NULL;
}

/*
 * The stream that lists a plan's unbound variables; NULL: none.  A setting's
 * values are listed by the topmost parent: only a plan without another parent
 * has them listed.
 */
const Stream *
plan_parent_stream(const StreamPlan *plan)
{
	const Stream *parent = plan->endpoint->parent ? plan->endpoint->parent : plan->source.parent;
	const Setting *listed = parent == NULL ? plan_listed_setting(plan) : NULL;

	return listed ? listed->parent : parent;
}

/* The columns of that stream which list them; NULL: none. */
const ParentColumn *
plan_parent_columns(const StreamPlan *plan)
{
	const ParentColumn *columns = plan->endpoint->parent ? plan->endpoint->parent_columns :
		plan->source.parent_columns;
	const Setting *listed = columns == NULL ? plan_listed_setting(plan) : NULL;

	return listed ? listed->parent_columns : columns;
}

bool
plan_takes_dates(const StreamPlan *plan)
{
	foreach_filter(filter, plan->endpoint->filters)
	{
		if (filter->kind == FILTER_DATES)
			return true;
	}
	return false;
}

/* The filter of a plan's endpoint on a variable; NULL: there is none. */
const Filter *
endpoint_filter(const StreamPlan *plan, const char *variable)
{
	foreach_filter(filter, plan->endpoint->filters)
	{
		if (strcmp(filter->column, variable) == 0)
			return filter;
	}
	return NULL;
}

/* Whether the endpoint takes no request without a variable. */
bool
plan_requires(const StreamPlan *plan, const char *variable)
{
	const Filter *filter = endpoint_filter(plan, variable);

	return filter != NULL && (filter->required || path_has_variable(plan->endpoint, variable));
}

/*
 * The filter of a plan's endpoint on ids that it requires, several in a request,
 * and that the parent lists; NULL: there is none.
 */
const Filter *
batched_ids(const StreamPlan *plan)
{
	foreach_filter(filter, plan->endpoint->filters)
	{
		if (filter->required && filter->style != LIST_SINGLE && plan_lists(plan, filter->column))
			return filter;
	}
	return NULL;
}

/* Whether a plan's parent lists a variable. */
bool
plan_lists(const StreamPlan *plan, const char *variable)
{
	foreach_parent_column(link, plan_parent_columns(plan))
	{
		if (link->variable != NULL && strcmp(link->variable, variable) == 0)
			return true;
	}
	return false;
}

/* Whether query or catalog give a variable values, so that no parent has to. */
bool
is_given(const StreamPlan *plan, const char *variable)
{
	const Filter *filter = endpoint_filter(plan, variable);
	const Binding *binding = find_binding(plan->bindings, variable);

	return binding ? !binding->listed : filter != NULL && filter->send_all;
}

/*
 * Whether a plan's requests get a setting from the rows of the parent: which of
 * several values a row was listed for, its own requests have to say again.
 */
bool
is_setting_passed_on(const StreamPlan *plan, const Setting *setting)
{
	const Binding *binding = find_binding(plan->bindings, setting->filter.column);

	return binding != NULL && list_length(binding->values) != 1 &&
		plan_lists(plan, setting->filter.column);
}

/*
 * Whether a plan's parent lists the values of a setting.  Then the plan has,
 * besides requests with these, one that sends no value for the setting.
 */
bool
parent_lists_setting(const StreamPlan *plan)
{
	const Setting *setting = plan_listed_setting(plan);

	return setting != NULL && plan_parent_stream(plan) == setting->parent;
}

static List *
add_needed(List *needed, const char *variable)
{
	return has_string(needed, variable) ? needed :
		lappend(needed, unconstify(char *, variable));
}

/*
 * The variables (const char *) without which a plan's requests cannot be
 * written or its rows not be filled.
 */
List *
needed_variables(const StreamPlan *plan)
{
	List	   *needed = NIL;
	ListCell   *cell;

	foreach_filter(filter, plan->endpoint->filters)
	{
		if (filter->kind == FILTER_VALUES && plan_requires(plan, filter->column))
			needed = add_needed(needed, filter->column);
	}
	foreach(cell, plan->columns)
	{
		const Column *column = lfirst(cell);

		if (column->origin == FROM_REQUEST && plan_lists(plan, column->name) &&
			find_setting(plan->stream, column->name) == NULL)
			needed = add_needed(needed, column->name);
	}
	foreach_setting(setting, plan->settings)
	{
		if (is_setting_passed_on(plan, setting))
			needed = add_needed(needed, setting->filter.column);
	}
	if (plan->endpoint->own_variable != NULL && plan_lists(plan, plan->endpoint->own_variable))
		needed = add_needed(needed, plan->endpoint->own_variable);
	foreach(cell, plan->metrics)
	{
		const Column *column = lfirst(cell);

		if (column->when_variable)
			needed = add_needed(needed, column->when_variable);
	}
	return needed;
}

static bool
has_values(const StreamPlan *plan, const Filter *filter, const List *given)
{
	const Binding *binding = find_binding(given, filter->column);

	if (binding == NULL)
		binding = find_binding(plan->bindings, filter->column);
	return binding ? binding->values != NIL : filter->send_all;
}

/*
 * Whether another filter of its group, which comes first, is in use; given
 * (Binding *) is what the parent lists.
 */
bool
is_filter_excluded(const StreamPlan *plan, const Filter *filter, const List *given)
{
	if (filter->exclusive == 0)
		return false;
	for (const Filter *other = plan->endpoint->filters; other < filter; other++)
		if (other->exclusive == filter->exclusive && has_values(plan, other, given))
			return true;
	return false;
}
