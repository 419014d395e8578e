/*-------------------------------------------------------------------------
 *
 * list_size.c
 *		  How many rows the lists of an endpoint have, and how many pages.
 *
 * Best is what scans have seen (learned.h), then what ANALYZE has counted, shared
 * out among the parent's rows; else it is what the catalog takes for typical.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/list_size.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "plan/analyzed.h"
#include "plan/learned.h"
#include "plan/list_size.h"
#include "streams/stream_lookup.h"

static double whole_list_rows(const StreamPlan *plan, bool *known);

/* A plan of all that a stream has, with the options and mapping of another one. */
static StreamPlan
plan_of_all(const StreamPlan *plan, const Stream *stream)
{
	StreamPlan	all = {.stream = stream, .options = plan->options, .umid = plan->umid};

	all.source = stream_source(stream, 0);
	all.endpoint = choose_endpoint(&all);
	return all;
}

/* Rows for each list, or id in a batch of them, that an endpoint returned; false: unknown. */
static bool
recall_rows(const StreamPlan *plan, const Endpoint *endpoint, double *rows)
{
	StreamPlan	other = *plan;
	ListsSeen	known;

	other.endpoint = endpoint;
	if (!recall_lists(&other, &known))
		return false;
	*rows = known.rows / known.ids;
	return true;
}

/* Rows of all of a stream's lists. */
static double
rows_of_all(const StreamPlan *plan)
{
	const Stream *parent = plan->source.parent;
	bool		known;
	double		rows = whole_list_rows(plan, &known);
	StreamPlan	above;

	if (parent == NULL)
		return rows;
	above = plan_of_all(plan, parent);
	return rows * rows_of_all(&above);
}

/* Rows of a list, where ANALYZE has counted those of all of them; false: it has not. */
static bool
share_analyzed(const StreamPlan *plan, double *rows)
{
	const Stream *parent = plan->source.parent;
	StreamPlan	above;

	if (plan->source_number != 0 || plan->stream->elements != NULL ||
		plan->endpoint->rows[0] == '\0' || plan_takes_dates(plan))
		return false;
	*rows = analyzed_rows(plan->options->serverid, plan->stream);
	if (*rows == 0 || parent == NULL)
		return *rows > 0;
	above = plan_of_all(plan, parent);
	*rows /= Max(1, rows_of_all(&above));
	return true;
}

/* Rows of one of a plan's lists where no ids split it; as list_rows(). */
static double
whole_list_rows(const StreamPlan *plan, bool *known)
{
	const Endpoint *whole = plan->endpoint;
	double		rows;

	*known = true;
	while (whole->splits)
		whole++;
	if (recall_rows(plan, whole, &rows))
		return rows;
	for (const Endpoint *endpoint = plan->source.endpoints; endpoint->splits; endpoint++)
	{
		if (recall_rows(plan, endpoint, &rows))
		{
			const StreamPlan parent = plan_of_all(plan, endpoint->parent);

			return rows * whole_list_rows(&parent, known);
		}
	}
	if (share_analyzed(plan, &rows))
		return rows;
	*known = false;
	return plan->source.typical.rows;
}

/*
 * Rows that a request of a plan, or an id in it, has on average, as far as nothing
 * narrows it; *known: whether that is no guess.
 */
double
list_rows(const StreamPlan *plan, bool *known)
{
	const Endpoint *endpoint = plan->endpoint;
	StreamPlan	parent;
	double		rows;

	if (!endpoint->splits)
		return whole_list_rows(plan, known);
	*known = true;
	if (recall_rows(plan, endpoint, &rows))
		return rows;
	parent = plan_of_all(plan, endpoint->parent);
	return whole_list_rows(plan, known) / Max(1, whole_list_rows(&parent, known));
}

/*
 * Pages of a list that has so many rows on average: as many as there were on average
 * where it is whole, as long lists have more pages than all the others.
 */
double
list_pages(const StreamPlan *plan, double rows)
{
	ListsSeen	known;

	if (plan->endpoint->paging == PAGING_NONE)
		return 1;
	if (teaches(plan) && recall_lists(plan, &known) && known.page_size == plan->page_size)
		return Max(1, known.pages / known.lists);
	return full_pages(rows, plan->page_size);
}
