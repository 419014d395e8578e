/*-------------------------------------------------------------------------
 *
 * stream_request.c
 *		  The sets of values that a plan's endpoint is called with.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/stream_request.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "plan/endpoint.h"
#include "plan/stream_request.h"
#include "option/setting.h"
#include "streams/stream_lookup.h"

/* What the requests of one call have in common. */
typedef struct RequestContext
{
	const StreamPlan *plan;
	const List *given;			/* Binding *: what the parent lists */
	const DateRange *dates;		/* these alone; NULL: all of the plan's */
} RequestContext;

/* A variable with some of the values of a binding, NULL for none's. */
static Binding *
variable_with(const char *variable, List *values, const Binding *of)
{
	Binding    *binding = palloc0(sizeof(Binding));

	binding->variable = variable;
	binding->values = values;
	binding->known = of == NULL || of->known;
	binding->implied = of != NULL && of->implied;
	return binding;
}

static List *
word_list(const char *const *words)
{
	List	   *list = NIL;

	for (; *words != NULL; words++)
		list = lappend(list, unconstify(char *, *words));
	return list;
}

static const Binding *
find_value(const RequestContext *context, const char *variable)
{
	const Binding *binding = find_binding(context->given, variable);

	return binding ? binding : find_binding(context->plan->bindings, variable);
}

/*
 * The values that a filter's variable takes: given by the parent, else bound
 * by the query, else all there are where the API would hide some.
 */
static List *
filter_values(const RequestContext *context, const Filter *filter)
{
	const Binding *binding = find_value(context, filter->column);

	if (binding != NULL)
		return binding->values;
	return filter->send_all ? word_list(filter->values) : NIL;
}

/* The next filter, at or after this one, whose values go into requests. */
static const Filter *
next_filter(const RequestContext *context, const Filter *filter)
{
	const StreamPlan *plan = context->plan;

	for (; filter != NULL && filter->column != NULL; filter++)
		if (filter->kind == FILTER_VALUES &&
			(filter->param != NULL || path_has_variable(plan->endpoint, filter->column)) &&
			!is_filter_excluded(plan, filter, context->given) &&
			filter_values(context, filter) != NIL)
			return filter;
	return NULL;
}

/* The plan's days in the granularity of a request (DateRange *). */
static List *
ranges_of(const StreamPlan *plan, const List *variables)
{
	const Binding *granularity = find_binding(variables, "granularity");
	ListCell   *cell;

	foreach(cell, plan->periods)
	{
		Period	   *period = lfirst(cell);

		if (granularity == NULL ||
			!granularity->known ||
			strcmp(period->granularity, linitial(granularity->values)) == 0)
			return period->ranges;
	}
	return NIL;
}

/* One request for some days; NULL: it has none. */
static StreamRequest *
request_for(const RequestContext *context, List *variables, const DateRange *dates)
{
	StreamRequest *request = palloc0(sizeof(StreamRequest));

	request->variables = variables;
	request->at_once = context->plan->lookup != NULL && context->given == NIL;
	if (dates != NULL)
		request->dates = *dates;
	return request;
}

static List *
requests_for_dates(const RequestContext *context, List *variables)
{
	List	   *ranges = context->dates ?
		list_make1(unconstify(DateRange *, context->dates)) :
		ranges_of(context->plan, variables);
	List	   *requests = NIL;
	ListCell   *cell;

	if (context->plan->periods == NIL)
		return list_make1(request_for(context, variables, NULL));
	foreach(cell, ranges)
	{
		requests = lappend(requests, request_for(context, variables, lfirst(cell)));
	}
	return requests;
}

/* Whether a value of a setting goes with those that other settings have by now. */
static bool
goes_with(const Setting *setting, const char *value, const List *variables)
{
	const Binding *other;

	if (setting->default_only_variable == NULL || strcmp(value, setting_default(setting)) == 0)
		return true;
	other = find_binding(variables, setting->default_only_variable);
	return other == NULL || strcmp(linitial(other->values), setting->default_only_value) != 0;
}

/* One pass for each combination of the settings' values, from this one on. */
static List *
requests_for_settings(const RequestContext *context, const Setting *setting, List *variables)
{
	const Binding *binding;
	List	   *requests = NIL;
	ListCell   *cell;

	if (setting == NULL || setting->filter.column == NULL)
		return requests_for_dates(context, variables);
	binding = find_value(context, setting->filter.column);
	if (binding == NULL)
		return requests_for_settings(context, setting + 1, variables);
	foreach(cell, binding->values)
	{
		List	   *some;

		if (!goes_with(setting, lfirst(cell), variables))
			continue;
		some = lappend(list_copy(variables),
					   variable_with(binding->variable, list_make1(lfirst(cell)), binding));
		requests = list_concat(requests, requests_for_settings(context, setting + 1, some));
	}
	return requests;
}

/*
 * How many of a filter's values from one on go into one request, of a batch at
 * most: what joins several has one of its own.
 */
static int
values_together(const Filter *filter, const List *values, int start, int batch)
{
	int			count = 0;

	while (count < batch && start + count < list_length(values) &&
		   joined_values(filter, list_nth(values, start + count)) == NIL)
		count++;
	return Max(count, 1);
}

/* All combinations of the values of the filters from this one on. */
static List *
combine(const RequestContext *context, const Filter *filter, List *variables)
{
	const StreamPlan *plan = context->plan;
	List	   *values;
	List	   *requests = NIL;
	int			batch;
	int			count;

	filter = next_filter(context, filter);
	if (filter == NULL)
		return requests_for_settings(context, plan->settings, variables);
	values = filter_values(context, filter);
	batch = filter->style == LIST_SINGLE ? 1 : filter->batch;
	if (filter->required)
		batch = Min(batch, plan->batch);
	for (int start = 0; start < list_length(values); start += count)
	{
		List	   *some = list_copy(variables);
		List	   *part = NIL;

		count = values_together(filter, values, start, batch);
		for (int i = start; i < start + count; i++)
			part = lappend(part, list_nth(values, i));
		some = lappend(some, variable_with(filter->column, part, NULL));
		requests = list_concat(requests, combine(context, filter + 1, some));
	}
	return requests;
}

/* Whether a request gets a variable by way of a filter or setting. */
static bool
is_combined(const StreamPlan *plan, const char *variable)
{
	foreach_filter(filter, plan->endpoint->filters)
	{
		if (strcmp(filter->column, variable) == 0)
			return filter->param != NULL || path_has_variable(plan->endpoint, variable);
	}
	foreach_setting(setting, plan->settings)
	{
		if (strcmp(setting->filter.column, variable) == 0)
			return true;
	}
	return false;
}

/* A copy of the variables that no filter sends but a row or metric needs. */
static List *
other_variables(const StreamPlan *plan, const List *given)
{
	List	   *others = NIL;
	ListCell   *cell;

	foreach(cell, given)
	{
		if (!is_combined(plan, ((Binding *) lfirst(cell))->variable))
			others = lappend(others, lfirst(cell));
	}
	return others;
}

/*
 * The requests of a plan (StreamRequest *), palloc'd in the current context.  given has
 * the variables that the parent lists, NIL where there is none; the result
 * refers to its values.
 */
List *
plan_requests(const StreamPlan *plan, const List *given)
{
	RequestContext context = {plan, given, NULL};

	return combine(&context, plan->endpoint->filters, other_variables(plan, given));
}

/*
 * The requests of a plan that together stand for one of another endpoint, as in
 * plan_requests().
 */
List *
repeat_request(const StreamPlan *plan, const StreamRequest *request)
{
	RequestContext context = {plan, request->variables, &request->dates};

	return combine(&context, plan->endpoint->filters, other_variables(plan, request->variables));
}

/*
 * A copy of a request that has these values (char *) of one of its variables,
 * palloc'd; it refers to them and to what else the request says.
 */
StreamRequest *
request_with(const StreamRequest *request, const char *variable, List *values)
{
	StreamRequest *copy = palloc(sizeof(StreamRequest));
	const Binding *binding = find_binding(request->variables, variable);

	*copy = *request;
	copy->variables = lappend(list_delete_ptr(list_copy(request->variables), unconstify(Binding *, binding)),
							  variable_with(binding->variable, values, binding));
	return copy;
}
