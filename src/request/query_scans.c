/*-------------------------------------------------------------------------
 *
 * query_scans.c
 *		  The scans of one query.
 *
 * They are looked after together: while one is waited for, all get further.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request/query_scans.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "request/query_scans.h"

/* All that have begun and not ended, of this session. */
static dlist_head scans = DLIST_STATIC_INIT(scans);

/* Whether two scans are looked after together. */
static bool
are_of_one_query(const RequestScan *scan, const RequestScan *other)
{
	return scan->memory->query != NULL && scan->memory->query == other->memory->query;
}

static bool
is_under_way(const ApiPage *page)
{
	return page->transfer != NULL && !page->answered && !page->paused;
}

/* Requests under way of the other scans of a query that go to the same server. */
int
count_others(const RequestScan *scan)
{
	int			count = 0;
	dlist_iter	iter;
	dlist_iter	page;

	dlist_foreach(iter, &scans)
	{
		RequestScan *other = dlist_container(RequestScan, node, iter.cur);

		if (other == scan || !are_of_one_query(scan, other) ||
			other->options->serverid != scan->options->serverid)
			continue;
		dlist_foreach(page, &other->alive)
		{
			count += is_under_way(dlist_container(ApiPage, node, page.cur));
		}
	}
	return count;
}

/* Adds a scan that begins; it is gone from the list when its node is deleted. */
void
query_scans_add(RequestScan *scan)
{
	dlist_push_tail(&scans, &scan->node);
}

/* The other scans of a scan's query (RequestScan *), palloc'd. */
List *
query_scans_others(const RequestScan *scan)
{
	List	   *others = NIL;
	dlist_iter	iter;

	dlist_foreach(iter, &scans)
	{
		RequestScan *other = dlist_container(RequestScan, node, iter.cur);

		if (other != scan && are_of_one_query(scan, other))
			others = lappend(others, other);
	}
	return others;
}
