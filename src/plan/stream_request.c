/*-------------------------------------------------------------------------
 *
 * stream_request.c
 *		  The sets of values that a level's endpoint is called with.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/stream_request.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "plan/endpoint.h"
#include "plan/stream_request.h"
#include "streams/stream_lookup.h"

/* What the asks of one call have in common. */
typedef struct AskContext
{
	const Level *level;
	const List *given;			/* Binding *: what the parent lists */
	const DateRange *dates;		/* these alone; NULL: all of the level's */
} AskContext;

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
find_value(const AskContext *context, const char *variable)
{
	const Binding *binding = find_binding(context->given, variable);

	return binding ? binding : find_binding(context->level->bindings, variable);
}

/*
 * The values that a filter's variable takes: given by the parent, else bound
 * by the query, else all there are where the API would hide some.
 */
static List *
filter_values(const AskContext *context, const Filter *filter)
{
	const Binding *binding = find_value(context, filter->column);

	if (binding != NULL)
		return binding->values;
	return filter->send_all ? word_list(filter->values) : NIL;
}

/* The next filter, at or after this one, whose values go into requests. */
static const Filter *
next_filter(const AskContext *context, const Filter *filter)
{
	const Level *level = context->level;

	for (; filter != NULL && filter->column != NULL; filter++)
		if (filter->kind == FILTER_VALUES &&
			(filter->param != NULL || route_names(level->route, filter->column)) &&
			!is_filter_excluded(level, filter, context->given) &&
			filter_values(context, filter) != NIL)
			return filter;
	return NULL;
}

/* The level's days in the granularity of an ask (DateRange *). */
static List *
ranges_of(const Level *level, const List *variables)
{
	const Binding *granularity = find_binding(variables, "granularity");
	ListCell   *cell;

	foreach(cell, level->periods)
	{
		Period	   *period = lfirst(cell);

		if (granularity == NULL ||
			!granularity->known ||
			strcmp(period->granularity, linitial(granularity->values)) == 0)
			return period->ranges;
	}
	return NIL;
}

static List *
asks_for_dates(const AskContext *context, List *variables)
{
	List	   *ranges = context->dates ?
		list_make1(unconstify(DateRange *, context->dates)) :
		ranges_of(context->level, variables);
	List	   *asks = NIL;
	ListCell   *cell;

	if (context->level->periods == NIL)
	{
		Ask		   *ask = palloc0(sizeof(Ask));

		ask->variables = variables;
		return list_make1(ask);
	}
	foreach(cell, ranges)
	{
		Ask		   *ask = palloc0(sizeof(Ask));

		ask->variables = variables;
		ask->dates = *(DateRange *) lfirst(cell);
		asks = lappend(asks, ask);
	}
	return asks;
}

/* One pass for each combination of the settings' values, from this one on. */
static List *
asks_for_settings(const AskContext *context, const Setting *setting, List *variables)
{
	const Binding *binding;
	List	   *asks = NIL;
	ListCell   *cell;

	if (setting == NULL || setting->filter.column == NULL)
		return asks_for_dates(context, variables);
	binding = find_value(context, setting->filter.column);
	if (binding == NULL)
		return asks_for_settings(context, setting + 1, variables);
	foreach(cell, binding->values)
	{
		List	   *some = lappend(list_copy(variables),
								   variable_with(binding->variable, list_make1(lfirst(cell)),
												 binding));

		asks = list_concat(asks, asks_for_settings(context, setting + 1, some));
	}
	return asks;
}

/* All combinations of the values of the filters from this one on. */
static List *
combine(const AskContext *context, const Filter *filter, List *variables)
{
	const Level *level = context->level;
	List	   *values;
	List	   *asks = NIL;
	int			batch;

	filter = next_filter(context, filter);
	if (filter == NULL)
		return asks_for_settings(context, level->settings, variables);
	values = filter_values(context, filter);
	batch = filter->style == LIST_SINGLE ? 1 : filter->batch;
	if (filter->required)
		batch = Min(batch, level->batch);
	for (int start = 0; start < list_length(values); start += batch)
	{
		List	   *some = list_copy(variables);
		List	   *part = NIL;

		for (int i = start; i < Min(start + batch, list_length(values)); i++)
			part = lappend(part, list_nth(values, i));
		some = lappend(some, variable_with(filter->column, part, NULL));
		asks = list_concat(asks, combine(context, filter + 1, some));
	}
	return asks;
}

/* Whether an ask gets a variable by way of a filter or setting. */
static bool
is_combined(const Level *level, const char *variable)
{
	for (const Filter *filter = level->route->filters; filter && filter->column; filter++)
		if (strcmp(filter->column, variable) == 0)
			return filter->param != NULL || route_names(level->route, variable);
	for (const Setting *setting = level->settings; setting && setting->filter.column; setting++)
		if (strcmp(setting->filter.column, variable) == 0)
			return true;
	return false;
}

/* A copy of the variables that no filter sends but a row or metric needs. */
static List *
other_variables(const Level *level, const List *given)
{
	List	   *others = NIL;
	ListCell   *cell;

	foreach(cell, given)
		if (!is_combined(level, ((Binding *) lfirst(cell))->variable))
			others = lappend(others, lfirst(cell));
	return others;
}

/*
 * The asks of a level (Ask *), palloc'd in the current context.  given has
 * the variables that the parent lists, NIL where there is none; the result
 * refers to its values.
 */
List *
level_asks(const Level *level, const List *given)
{
	AskContext	context = {level, given, NULL};

	return combine(&context, level->route->filters, other_variables(level, given));
}

/*
 * The asks of a level that together stand for one of another route, as in
 * level_asks().
 */
List *
repeat_ask(const Level *level, const Ask *ask)
{
	AskContext	context = {level, ask->variables, &ask->dates};

	return combine(&context, level->route->filters, other_variables(level, ask->variables));
}
