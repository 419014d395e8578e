/*-------------------------------------------------------------------------
 *
 * level.c
 *		  Which requests answer a bound scan, and what they depend on.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/level.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "utils/datetime.h"

#include "level.h"

/* Days that are asked for where the query and the options name no first. */
#define DEFAULT_DAYS 30

/* Answers without pages are kept near this size by asking for fewer ids. */
#define ANSWER_BYTES (8.0 * 1024 * 1024)

/* A metric in an answer: quotes, colon, comma and digits besides its name. */
#define METRIC_VALUE_BYTES 12

#define DAYS_IN_WEEK 7
#define HOURS_IN_DAY 24

/* What share of the rows a filter that is no id is taken to leave. */
#define FILTER_SELECTIVITY 0.2

/* ---------- dates ---------- */

/* The period that a row of a stream stands for. */
const char *
stream_granularity(const Stream *stream, const TableOptions *options)
{
	for (const Setting *setting = stream->settings;
		 setting != NULL && setting->name != NULL; setting++)
		if (strcmp(setting->name, "granularity") == 0)
			return table_setting(options, setting);
	return "DAY";
}

static const char *
granularity(const Level *level)
{
	return stream_granularity(level->stream, level->options);
}

/* The first day of the period that a day lies in. */
static DateADT
period_start(const char *granularity, DateADT day)
{
	int			year;
	int			month;
	int			mday;

	if (strcmp(granularity, "WEEK") == 0)
		return day - (j2day(day + POSTGRES_EPOCH_JDATE) + 6) % DAYS_IN_WEEK;
	if (strcmp(granularity, "MONTH") != 0)
		return day;
	j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &mday);
	return day - (mday - 1);
}

static DateADT
next_period(const char *granularity, DateADT day)
{
	DateADT		start = period_start(granularity, day);

	if (strcmp(granularity, "WEEK") == 0)
		return start + DAYS_IN_WEEK;
	if (strcmp(granularity, "MONTH") == 0)
		return period_start(granularity, start + 31);
	return start + 1;
}

static const DateLimit *
date_limit(const Stream *stream, const char *granularity)
{
	const DateLimit *limit = stream->date_limits;

	while (limit->granularity[0] != '\0' &&
		   strcmp(limit->granularity, granularity) != 0)
		limit++;
	return limit;
}

/*
 * The days to ask for.  A row of a week or month carries its first day, so
 * the range holds whole periods: those whose first day the query wants and
 * the API keeps, each to its end or today.
 */
static void
serve_dates(const Level *level, const BoundScan *bound, DatesServed *served)
{
	const char *period = granularity(level);
	const DateLimit *limit = date_limit(level->stream, period);
	DateADT		today = utc_today();
	DateADT		earliest = today - limit->history_days;
	DateADT		first = bound->dates.first;
	DateADT		last = today;

	if (bound->dates.last < today)
		last = Min(today, next_period(period, bound->dates.last) - 1);
	if (DATE_IS_NOBEGIN(first) && (bound->flags & BIND_JOINED_DATES) != 0)
		first = earliest;		/* lest the plan decide which days are read */
	else if (DATE_IS_NOBEGIN(first))
	{
		first = bound->options->has_start_date ? bound->options->start_date :
			last - (DEFAULT_DAYS - 1);
		first = period_start(period, Max(first, earliest));
		served->clamped = last < earliest && bound->dates_known;
	}
	else
		served->clamped = first < earliest && bound->dates_known;
	first = Max(first, earliest);
	if (period_start(period, first) != first)
		first = next_period(period, first);
	served->range.first = first;
	served->range.last = last;
	served->history_days = limit->history_days;
	served->empty = first > last;
}

/* Cuts the served days into what single calls take. */
static List *
date_ranges(const Level *level, const DateRange *days)
{
	int			span = date_limit(level->stream, granularity(level))->span_days;
	List	   *ranges = NIL;

	for (DateADT first = days->first; first <= days->last; first += span + 1)
	{
		DateRange  *range = palloc(sizeof(DateRange));

		range->first = first;
		range->last = Min(days->last, first + span);
		ranges = lappend(ranges, range);
	}
	return ranges;
}

/* How many rows an entity has in a range of days. */
static double
periods(const Level *level, const DateRange *range)
{
	const char *period = granularity(level);
	double		days = range->last - range->first + 1;

	if (strcmp(period, "TOTAL") == 0)
		return 1;
	if (strcmp(period, "HOUR") == 0)
		return days * HOURS_IN_DAY;
	if (strcmp(period, "WEEK") == 0)
		return ceil(days / DAYS_IN_WEEK);
	if (strcmp(period, "MONTH") == 0)
		return ceil(days / 30);
	return days;
}

static bool
takes_dates(const Route *route)
{
	for (const Filter *filter = route->filters; filter && filter->column; filter++)
		if (filter->kind == FILTER_DATES)
			return true;
	return false;
}

/* ---------- routes and variables ---------- */

static bool
in_path(const Route *route, const char *variable)
{
	const char *brace = route->path;
	size_t		len = strlen(variable);

	while ((brace = strchr(brace, '{')) != NULL)
		if (strncmp(++brace, variable, len) == 0 && brace[len] == '}')
			return true;
	return false;
}

/* The first lookup that the query's values serve, else the last route. */
static const Route *
choose_route(const Stream *stream, const List *bindings)
{
	const Route *route = stream->routes;

	for (; route[1].path != NULL; route++)
		for (const Filter *filter = route->filters; filter && filter->column; filter++)
		{
			const Binding *binding = find_binding(bindings, filter->column);

			if (binding != NULL && in_path(route, filter->column) &&
				(route->lookup_limit == 0 ||
				 list_length(binding->values) <= route->lookup_limit))
				return route;
		}
	return route;
}

/* Whether a column is the object that holds all metrics. */
static bool
holds_metrics(const Stream *stream, const Column *column)
{
	const char *prefix;
	size_t		len;

	if (stream->metrics_param == NULL || column->field == NULL ||
		column->source != FROM_ITEM)
		return false;
	prefix = stream->metrics_param->prefix;
	len = strlen(column->field);
	return strncmp(prefix, column->field, len) == 0 && strcmp(prefix + len, ".") == 0;
}

/*
 * The metrics wanted: those among the columns, or all of the stream's where
 * the object that holds them is wanted (const Column *, each once).
 */
List *
wanted_metrics(const Level *level)
{
	const Stream *stream = level->stream;
	List	   *metrics = NIL;
	ListCell   *cell;
	bool		all = false;

	foreach(cell, level->columns)
	{
		const Column *column = lfirst(cell);

		all = all || holds_metrics(stream, column);
		if (column->source == FROM_METRIC)
			metrics = list_append_unique_ptr(metrics, unconstify(Column *, column));
	}
	for (int i = 0; all && i < stream_column_count(stream); i++)
	{
		const Column *column = stream_column(stream, i);

		if (column->source == FROM_METRIC)
			metrics = list_append_unique_ptr(metrics, unconstify(Column *, column));
	}
	return metrics;
}

/* Whether the endpoint takes no request without a variable. */
bool
level_requires(const Level *level, const char *variable)
{
	for (const Filter *filter = level->route->filters; filter && filter->column; filter++)
		if (strcmp(filter->column, variable) == 0)
			return filter->required || in_path(level->route, variable);
	return false;
}

/*
 * The variables (const char *) without which a level's requests cannot be
 * written or its rows not be filled.
 */
List *
needed_variables(const Level *level)
{
	List	   *needed = NIL;
	ListCell   *cell;

	for (const Filter *filter = level->route->filters; filter && filter->column; filter++)
		if (level_requires(level, filter->column))
			needed = lappend(needed, unconstify(char *, filter->column));
	foreach(cell, level->columns)
	{
		const Column *column = lfirst(cell);

		if (column->source == FROM_REQUEST && !has_string(needed, column->name))
			needed = lappend(needed, unconstify(char *, column->name));
	}
	foreach(cell, wanted_metrics(level))
	{
		const Column *column = lfirst(cell);

		if (column->when_variable && !has_string(needed, column->when_variable))
			needed = lappend(needed, unconstify(char *, column->when_variable));
	}
	return needed;
}

static bool
parent_lists(const Stream *stream, const char *variable)
{
	for (const ParentColumn *link = stream->parent_columns;
		 link != NULL && link->variable != NULL; link++)
		if (strcmp(link->variable, variable) == 0)
			return true;
	return false;
}

/*
 * Whether ids of the query have to be looked up before they can be asked for:
 * the API refuses a request for ids together with an ad account that is not
 * theirs, and a query may well join or compare ids of several accounts.
 */
static bool
ids_need_accounts(const Level *level)
{
	if (level->ids_of_account)
		return false;
	for (const Filter *filter = level->route->filters; filter && filter->column; filter++)
		if (filter->style != LIST_SINGLE && parent_lists(level->stream, filter->column) &&
			find_binding(level->bindings, filter->column) != NULL)
			return true;
	return false;
}

static bool
needs_parent(const Level *level)
{
	ListCell   *cell;

	if (level->stream->parent == NULL)
		return false;
	foreach(cell, needed_variables(level))
		if (find_binding(level->bindings, lfirst(cell)) == NULL)
			return true;
	return ids_need_accounts(level);
}

/* What the query says of a stream's variables, in its parent's words. */
static List *
parent_bindings(const Level *level)
{
	List	   *bindings = NIL;

	for (const ParentColumn *link = level->stream->parent_columns; link->variable; link++)
	{
		const Binding *binding = find_binding(level->bindings, link->variable);
		const Filter *filter = find_filter(level->stream->parent, link->column);
		Binding    *translated;

		if (binding == NULL || filter == NULL)
			continue;
		translated = palloc(sizeof(Binding));
		*translated = *binding;
		translated->variable = link->column;
		bindings = lappend(bindings, translated);
	}
	return bindings;
}

/* Ids that one answer near ANSWER_BYTES has room for. */
static int
ids_per_answer(const Level *level)
{
	double		row = level->stream->typical.row_bytes;
	double		ids;
	ListCell   *cell;

	if (level->ranges == NIL || level->route->paging != PAGING_NONE)
		return PG_INT32_MAX;
	foreach(cell, wanted_metrics(level))
		row += strlen(((const Column *) lfirst(cell))->field) + METRIC_VALUE_BYTES;
	ids = ANSWER_BYTES / (row * periods(level, linitial(level->ranges)));
	return (int) Max(1, Min(ids, PG_INT32_MAX));
}

static Level *
build_level(const Stream *stream, const TableOptions *options, List *bindings,
			List *columns, int flags, Level *child)
{
	Level	   *level = palloc0(sizeof(Level));

	level->stream = stream;
	level->options = options;
	level->bindings = bindings;
	level->columns = columns;
	level->child = child;
	level->ids_of_account = (flags & BIND_IDS_OF_ACCOUNT) != 0;
	level->route = choose_route(stream, bindings);
	level->page_size = options->page_size;
	level->batch = PG_INT32_MAX;
	if (needs_parent(level))
		level->parent = build_level(stream->parent, options,
									parent_bindings(level), NIL, 0, level);
	return level;
}

/* Whether the API is told all conditions, so that a LIMIT counts its rows. */
static bool
sends_all(const Level *level, const BoundScan *bound)
{
	ListCell   *cell;

	foreach(cell, bound->bindings)
		if (!level_uses(level, ((Binding *) lfirst(cell))->variable))
			return false;
	return !bound->unsent;
}

/*
 * Plans the levels of a bound scan and returns the table's own.  *served
 * tells about its dates; where that is empty, nothing is to be asked.
 * Palloc'd in the current context.
 */
Level *
plan_levels(const BoundScan *bound, DatesServed *served)
{
	Level	   *level = build_level(bound->stream, bound->options,
									bound->bindings, bound->columns, bound->flags, NULL);

	memset(served, 0, sizeof(*served));
	if (takes_dates(level->route))
	{
		serve_dates(level, bound, served);
		level->ranges = date_ranges(level, &served->range);
	}
	level->batch = ids_per_answer(level);
	level->order = bound->order;
	if (sends_all(level, bound))
		level->limit = bound->limit;
	if (level->limit > 0)
		level->page_size = (int) Min(level->limit, level->page_size);
	return level;
}

/* ---------- asks ---------- */

static Binding *
variable_with(const char *variable, List *values)
{
	Binding    *binding = palloc0(sizeof(Binding));

	binding->variable = variable;
	binding->values = values;
	binding->known = true;
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

/*
 * The values that a filter's variable takes: given by the parent, else bound
 * by the query, else all there are where the API would hide some.
 */
static List *
filter_values(const Level *level, const Filter *filter, const List *given)
{
	const Binding *binding = find_binding(given, filter->column);

	if (binding == NULL)
		binding = find_binding(level->bindings, filter->column);
	if (binding != NULL)
		return binding->values;
	return filter->send_all ? word_list(filter->values) : NIL;
}

/* Whether another filter of its group, which comes first, is in use. */
static bool
is_excluded(const Level *level, const Filter *filter, const List *given)
{
	if (filter->exclusive == 0)
		return false;
	for (const Filter *other = level->route->filters; other < filter; other++)
		if (other->exclusive == filter->exclusive &&
			filter_values(level, other, given) != NIL)
			return true;
	return false;
}

/* The next filter, at or after this one, whose values go into requests. */
static const Filter *
next_filter(const Level *level, const Filter *filter, const List *given)
{
	for (; filter != NULL && filter->column != NULL; filter++)
		if (filter->kind == FILTER_VALUES &&
			(filter->param != NULL || in_path(level->route, filter->column)) &&
			!is_excluded(level, filter, given) &&
			filter_values(level, filter, given) != NIL)
			return filter;
	return NULL;
}

/* Whether a condition on a variable goes into requests, of parents or own. */
bool
level_uses(const Level *level, const char *variable)
{
	for (const Filter *filter = level->route->filters; filter && filter->column; filter++)
		if (strcmp(filter->column, variable) == 0 &&
			(filter->kind == FILTER_DATES ||
			 (find_binding(level->bindings, variable) != NULL &&
			  (filter->param != NULL || in_path(level->route, variable)))) &&
			!is_excluded(level, filter, NIL))
			return true;
	if (level->parent == NULL)
		return false;
	for (const ParentColumn *link = level->stream->parent_columns; link->variable; link++)
		if (strcmp(link->variable, variable) == 0 &&
			level_uses(level->parent, link->column))
			return true;
	return false;
}

static List *
asks_for_dates(const Level *level, List *variables)
{
	List	   *asks = NIL;
	ListCell   *cell;

	if (level->ranges == NIL)
	{
		Ask		   *ask = palloc0(sizeof(Ask));

		ask->variables = variables;
		return list_make1(ask);
	}
	foreach(cell, level->ranges)
	{
		Ask		   *ask = palloc0(sizeof(Ask));

		ask->variables = variables;
		ask->dates = *(DateRange *) lfirst(cell);
		asks = lappend(asks, ask);
	}
	return asks;
}

/* All combinations of the values of the filters from this one on. */
static List *
combine(const Level *level, const Filter *filter, const List *given,
		List *variables)
{
	List	   *values;
	List	   *asks = NIL;
	int			batch;

	filter = next_filter(level, filter, given);
	if (filter == NULL)
		return asks_for_dates(level, variables);
	values = filter_values(level, filter, given);
	batch = filter->style == LIST_SINGLE ? 1 : filter->batch;
	if (filter->required)
		batch = Min(batch, level->batch);
	for (int start = 0; start < list_length(values); start += batch)
	{
		List	   *some = list_copy(variables);
		List	   *part = NIL;

		for (int i = start; i < Min(start + batch, list_length(values)); i++)
			part = lappend(part, list_nth(values, i));
		some = lappend(some, variable_with(filter->column, part));
		asks = list_concat(asks, combine(level, filter + 1, given, some));
	}
	return asks;
}

/* A copy of the variables that no filter sends but a row or metric needs. */
static List *
other_variables(const Level *level, const List *given)
{
	List	   *others = NIL;
	ListCell   *cell;

	foreach(cell, given)
	{
		Binding    *binding = lfirst(cell);
		const Filter *filter = level->route->filters;

		while (filter && filter->column && strcmp(filter->column, binding->variable) != 0)
			filter++;
		if (filter == NULL || filter->column == NULL ||
			(filter->param == NULL && !in_path(level->route, filter->column)))
			others = lappend(others, binding);
	}
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
	return combine(level, level->route->filters, given,
				   other_variables(level, given));
}

/* ---------- estimates ---------- */

/* Values that the query gives for a variable, 0 where it gives none. */
static double
bound_count(const Level *level, const char *variable)
{
	const Binding *binding = find_binding(level->bindings, variable);

	return binding ? list_length(binding->values) : 0;
}

/*
 * Rows of an ask that the level's filters leave of the typical; *most is how
 * many rows all asks can have together: an id has but one.
 */
static double
rows_per_ask(const Level *level, double *most)
{
	double		rows = level->stream->typical.rows;

	*most = HUGE_VAL;
	for (const Filter *filter = level->route->filters; filter && filter->column; filter++)
	{
		double		count = bound_count(level, filter->column);

		if (count == 0 || in_path(level->route, filter->column) ||
			filter->kind == FILTER_DATES || filter->required)
			continue;
		if (strcmp(filter->column, "id") == 0)
			*most = count;
		else
			rows *= Min(1, count * FILTER_SELECTIVITY);
	}
	return level->route->rows[0] == '\0' ? 1 : Max(1, rows);
}

/* Whether a filter's values go into requests and come from the parent. */
static bool
is_listed(const Level *level, const Filter *filter)
{
	return level->parent != NULL && parent_lists(level->stream, filter->column) &&
		(filter->param != NULL || in_path(level->route, filter->column));
}

/*
 * Asks of a level for one range of days, and the ids in them.  Ids that the
 * parent lists fill batches per ask of the parent; other variables that it
 * lists make an ask a row.
 */
static void
count_asks(const Level *level, double parent_asks, double parent_rows,
		   double *asks, double *ids)
{
	double		listed_asks = 1;

	*asks = 1;
	*ids = 1;
	for (const Filter *filter = level->route->filters; filter && filter->column; filter++)
	{
		double		batch = filter->style == LIST_SINGLE ? 1 :
			filter->required ? Min(filter->batch, level->batch) : filter->batch;
		double		count = bound_count(level, filter->column);

		if (filter->kind == FILTER_DATES)
			continue;
		if (is_listed(level, filter) && filter->style != LIST_SINGLE)
		{
			*ids = parent_rows;
			listed_asks = Min(parent_rows,
							  parent_asks * ceil(parent_rows / parent_asks / batch));
		}
		else if (is_listed(level, filter) && *ids == 1)
			listed_asks = parent_rows;
		else if (count > 0 && (filter->param != NULL || in_path(level->route, filter->column)))
		{
			*asks *= ceil(count / batch);
			if (filter->style != LIST_SINGLE && filter->required)
				*ids = count;
		}
	}
	*asks *= listed_asks;
}

/*
 * Estimates how many requests a level and its parents take, and how many rows
 * its own return.  Returns the number of the level's asks.
 */
double
estimate_levels(const Level *level, double *requests, double *rows)
{
	double		parent_requests = 0;
	double		parent_rows = 1;
	double		parent_asks = 1;
	double		asks;
	double		ids;
	double		most;
	double		pages = 1;
	double		days = 1;
	ListCell   *cell;

	if (level->parent != NULL)
		parent_asks = estimate_levels(level->parent, &parent_requests, &parent_rows);
	count_asks(level, parent_asks, parent_rows, &asks, &ids);
	if (level->ranges != NIL)
	{
		days = 0;
		foreach(cell, level->ranges)
			days += periods(level, lfirst(cell));
	}
	*rows = rows_per_ask(level, &most) * Max(asks, ids) * days;
	*rows = Min(*rows, most);
	if (level->route->paging == PAGING_BOOKMARK)
		pages = Max(1, ceil(*rows / asks / level->page_size));
	*requests = asks * pages * Max(1, list_length(level->ranges));
	if (level->limit > 0)
		*requests = Min(*requests, ceil(level->limit * *requests / *rows));
	*requests += parent_requests;
	return asks;
}
