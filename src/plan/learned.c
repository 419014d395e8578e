/*-------------------------------------------------------------------------
 *
 * learned.c
 *		  What the sessions of a server have seen of the lists that they read.
 *
 * Kept for each user mapping, and each endpoint, are the lists, rows and pages that
 * scans have read.  What is read takes the place of as many lists of what was known:
 * who has read all of them knows how many rows there are, while one of thousands
 * changes little.  A mapping that is altered, or whose server is, keeps what was
 * known until it reads anew; one that is dropped and created again has another OID
 * and begins without.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/learned.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/timestamp.h"

#include "plan/learned.h"
#include "quota/shared.h"
#include "streams/stream_lookup.h"

/* Endpoints that are kept at once: so many for each value of their hash. */
#define BUCKETS 512
#define BUCKET_SLOTS 8

/*
 * Of how many lists the memory is, at least, where each ad account or other parent
 * has its own: a query for each of them must not leave but the last.
 */
#define REMEMBERED_LISTS 8

/* Whose lists, and which.  Without padding, as it is compared as bytes. */
typedef struct LearnedKey
{
	uint64		endpoint;		/* hash of stream, source, path and place in
								 * the source */
	Oid			dbid;
	Oid			serverid;
	Oid			umid;
	uint32		unused;
} LearnedKey;

typedef struct LearnedSlot
{
	LearnedKey	key;			/* dbid InvalidOid: the slot is free */
	TimestampTz learned_at;
	ListsSeen	seen;
} LearnedSlot;

static SharedSegment segment = {
	.name = "pinterest_fdw_lists",
	.version = 1,
	.size = BUCKETS * BUCKET_SLOTS * sizeof(LearnedSlot)
};

/* To be called when the library is loaded. */
void
learned_init(void)
{
	shared_register(&segment);
}

/* ---------- what counts ---------- */

/* Whether a plan's requests return fewer rows for what the query binds of a filter. */
bool
is_narrowing(const StreamPlan *plan, const Filter *filter)
{
	const Binding *binding = find_binding(plan->bindings, filter->column);

	return binding != NULL && binding->values != NIL &&
		!path_has_variable(plan->endpoint, filter->column) &&
		filter->kind != FILTER_DATES && !filter->required;
}

/*
 * Whether a plan's requests return whole lists, one after the other or side by side:
 * not where the query narrows them, by a filter or a setting, or days are asked for.
 * Of lists whose items have the rows in them little is learned from their number.
 */
bool
teaches(const StreamPlan *plan)
{
	if (!OidIsValid(plan->umid) || plan->periods != NIL || plan->endpoint->rows[0] == '\0' ||
		plan->stream->elements != NULL ||
		plan->endpoint->transport != TRANSPORT_GET || plan->page_size != plan->options->page_size)
		return false;
	foreach_filter(filter, plan->endpoint->filters)
	{
		if (filter->kind == FILTER_DATES || is_narrowing(plan, filter))
			return false;
	}
	foreach_setting(setting, plan->settings)
	{
		const Binding *binding = find_binding(plan->bindings, setting->filter.column);

		if (setting->parent == NULL && binding != NULL && !binding->unasked)
			return false;
	}
	return true;
}

/* Of how many ids a request of a plan asks for the rows; see ListsSeen.ids. */
double
list_ids(const StreamPlan *plan, const StreamRequest *request)
{
	foreach_filter(filter, plan->endpoint->filters)
	{
		const Binding *ids = filter->style != LIST_SINGLE && filter->values == NULL ?
			find_binding(request->variables, filter->column) : NULL;

		if (ids != NULL)
			return list_length(ids->values);
	}
	return 1;
}

/* ---------- the memory ---------- */

static uint64
hash_text(const char *text, uint64 seed)
{
	return hash_bytes_extended((const unsigned char *) text, (int) strlen(text), seed);
}

static LearnedKey
key_of(const StreamPlan *plan)
{
	uint64		number = plan->endpoint - plan->source.endpoints;
	LearnedKey	key = {
		.dbid = MyDatabaseId,
		.serverid = plan->options->serverid,
		.umid = plan->umid
	};

	key.endpoint = hash_text(plan->stream->name, plan->source_number);
	key.endpoint = hash_text(plan->endpoint->path, key.endpoint + number);
	return key;
}

static LearnedSlot *
bucket_of(LearnedSlot *slots, const LearnedKey *key)
{
	uint64		hash = hash_bytes_extended((const unsigned char *) key, sizeof(*key), 0);

	return &slots[hash % BUCKETS * BUCKET_SLOTS];
}

/* The slot with a key; NULL: there is none. */
static LearnedSlot *
find_slot(LearnedSlot *slots, const LearnedKey *key)
{
	LearnedSlot *bucket = bucket_of(slots, key);

	for (int i = 0; i < BUCKET_SLOTS; i++)
		if (memcmp(&bucket[i].key, key, sizeof(*key)) == 0)
			return &bucket[i];
	return NULL;
}

/* The slot with a key; where there is none, the one of its bucket that is oldest. */
static LearnedSlot *
slot_to_use(LearnedSlot *slots, const LearnedKey *key)
{
	LearnedSlot *slot = find_slot(slots, key);
	LearnedSlot *bucket = bucket_of(slots, key);

	if (slot != NULL)
		return slot;
	slot = bucket;
	for (int i = 1; i < BUCKET_SLOTS; i++)
		if (bucket[i].learned_at < slot->learned_at)
			slot = &bucket[i];
	*slot = (LearnedSlot)
	{
		.key = *key
	};
	return slot;
}

/* Pages of a list with so many rows, if all but the last are full. */
double
full_pages(double rows, int page_size)
{
	return Max(1, ceil(rows / page_size));
}

/*
 * Adds what was seen to what is known, of which as many lists go.  memory: how many
 * are known at least, before any goes.
 */
static void
add_seen(ListsSeen *known, const ListsSeen *seen, double memory)
{
	double		kept = 1 - Min(1, seen->lists / Max(known->lists, memory));

	if (known->page_size != seen->page_size && known->lists > 0)
		known->pages = known->lists * full_pages(known->rows / known->lists, seen->page_size);
	known->lists = known->lists * kept + seen->lists;
	known->ids = known->ids * kept + seen->ids;
	known->rows = known->rows * kept + seen->rows;
	known->pages = known->pages * kept + seen->pages;
	known->page_size = seen->page_size;
}

/*
 * Keeps what a plan's requests brought, of which teaches() has to be true.  Raises
 * an error only where there is no memory.
 */
void
learn_lists(const StreamPlan *plan, const ListsSeen *seen)
{
	LearnedKey	key = key_of(plan);
	double		memory = plan_parent_stream(plan) != NULL ? REMEMBERED_LISTS : 1;
	TimestampTz now = GetCurrentTimestamp();
	LearnedSlot *slot;

	if (seen->lists == 0)
		return;
	slot = slot_to_use(shared_lock(&segment, LW_EXCLUSIVE), &key);
	slot->learned_at = now;
	add_seen(&slot->seen, seen, memory);
	shared_unlock(&segment);
}

/* What is known of the lists that a plan's endpoint returns; false: nothing. */
bool
recall_lists(const StreamPlan *plan, ListsSeen *known)
{
	LearnedKey	key = key_of(plan);
	const LearnedSlot *slot;

	if (!OidIsValid(plan->umid))
		return false;
	slot = find_slot(shared_lock(&segment, LW_SHARED), &key);
	if (slot != NULL)
		*known = slot->seen;
	shared_unlock(&segment);
	return slot != NULL;
}
