/*-------------------------------------------------------------------------
 *
 * request.c
 *		  The rows that answer a bound scan.
 *
 * A chain is one ask of a level with all its pages; a page is one request.
 * Pages run side by side, the table's own before those of its parents, and a
 * chain's next page is asked for while one is read.  A page that is alive
 * (under way, or answered and not yet read) takes one of max_connections
 * places, so that what is buffered is bounded.
 *
 * Rows of an answer are handed on once it is complete: until then a broken
 * connection or a passing failure of the API costs nothing but another try.
 * Only an answer larger than STREAM_BYTES is handed on while it arrives; if
 * that breaks the scan fails, since rows cannot be taken back.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "common/pg_prng.h"
#include "miscadmin.h"
#include "utils/datetime.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "apierror.h"
#include "compat.h"
#include "request_private.h"

/* What a page may hold before its rows are handed on. */
#define STREAM_BYTES (512 * 1024)

/* First and longest pause before another try, in milliseconds. */
#define FIRST_BACKOFF_MS 500
#define MAX_BACKOFF_MS 30000

/* A longer wait is no rate limit's but a day's quota: say so instead. */
#define MAX_WAIT_SECONDS (15 * 60)

/* Parents stop listing while this many pages per connection wait below. */
#define WAITING_PER_CONNECTION 4

/* Of one chain: the page that is read, and the one after it. */
#define MAX_OPEN_PAGES 2

/* While rows are read from memory, the network is looked after this often. */
#define ROWS_BETWEEN_PUMPS 64

/* ---------- starting and ending pages ---------- */

static char *
page_url(const ApiPage *page)
{
	return ask_url(page->chain->run->level, page->chain->ask, page->bookmark);
}

/*
 * Takes bytes of an answer; called from within libcurl.  Holds the transfer
 * while there are rows to read and enough bytes.
 */
static HttpTake
receive(void *arg, const char *data, size_t len)
{
	ApiPage	   *page = arg;

	if (json_reader_buffered(page->reader) >= STREAM_BYTES &&
		json_reader_rows_waiting(page->reader) > 0)
	{
		page->paused = true;
		return HTTP_PAUSE;
	}
	if (!json_reader_append(page->reader, data, len) ||
		json_reader_error(page->reader)->problem != NULL)
		return HTTP_ABORT;
	return HTTP_TAKEN;
}

static void
start_page(RequestScan *scan, ApiPage *page)
{
	LevelRun   *run = page->chain->run;

	dlist_delete(&page->node);
	run->npending--;
	dlist_push_tail(&scan->alive, &page->node);
	scan->nalive++;

	page->reader = json_reader_create(run->level->route->rows);
	if (page->reader == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	page->attempts++;
	scan->counters->requests++;
	page->transfer = http_get(scan->client, page_url(page), scan->token,
							  receive, page);
}

/* Starts the page that is next in turn; false where none may start now. */
static bool
start_next_page(RequestScan *scan)
{
	TimestampTz now = GetCurrentTimestamp();

	if (scan->nalive >= scan->max_alive || scan->hold_until > now)
		return false;
	for (int i = 0; i < scan->nruns; i++)
	{
		LevelRun   *run = &scan->runs[i];
		dlist_iter	iter;

		if (run->child != NULL &&
			run->child->npending > scan->max_alive * WAITING_PER_CONNECTION)
			continue;
		dlist_foreach(iter, &run->pending)
		{
			ApiPage	   *page = dlist_container(ApiPage, node, iter.cur);

			if (page->not_before <= now &&
				page->chain->open_pages <= MAX_OPEN_PAGES)
			{
				start_page(scan, page);
				return true;
			}
		}
	}
	return false;
}

/* Gives up the transfer and what it brought. */
static void
drop_answer(ApiPage *page)
{
	if (page->transfer != NULL)
		http_release(page->transfer);
	page->transfer = NULL;
	json_reader_free(page->reader);
	page->reader = NULL;
	page->paused = false;
}

static ApiPage *
add_page(RequestScan *scan, Chain *chain, int number, const char *bookmark)
{
	ApiPage	   *page = MemoryContextAllocZero(scan->context, sizeof(ApiPage));

	page->chain = chain;
	page->number = number;
	if (bookmark != NULL)
		page->bookmark = MemoryContextStrdup(scan->context, bookmark);
	chain->open_pages++;
	chain->run->npending++;
	return page;
}

/* Copies bindings into the current context. */
List *
copy_bindings(const List *bindings)
{
	List	   *copies = NIL;
	ListCell   *cell;

	foreach(cell, bindings)
	{
		const Binding *binding = lfirst(cell);
		Binding    *copy = palloc(sizeof(Binding));
		ListCell   *value;

		*copy = *binding;
		copy->variable = pstrdup(binding->variable);
		copy->values = NIL;
		foreach(value, binding->values)
			copy->values = lappend(copy->values, pstrdup(lfirst(value)));
		copies = lappend(copies, copy);
	}
	return copies;
}

/* Queues the asks of a level; given is what its parent listed. */
void
add_chains(RequestScan *scan, LevelRun *run, const List *given)
{
	ListCell   *cell;

	foreach(cell, level_asks(run->level, given))
	{
		Ask		   *ask = lfirst(cell);
		MemoryContext context = AllocSetContextCreate(scan->context, "pinterest_fdw chain",
													  ALLOCSET_SMALL_SIZES);
		MemoryContext old = MemoryContextSwitchTo(context);
		Chain	   *chain = palloc0(sizeof(Chain));

		chain->run = run;
		chain->context = context;
		chain->ask = palloc(sizeof(Ask));
		*chain->ask = *ask;
		chain->ask->variables = copy_bindings(ask->variables);
		MemoryContextSwitchTo(old);
		dlist_push_tail(&run->pending, &add_page(scan, chain, 1, NULL)->node);
	}
}

/* A page has been read to its end. */
static void
finish_page(RequestScan *scan, ApiPage *page)
{
	Chain	   *chain = page->chain;

	drop_answer(page);
	dlist_delete(&page->node);
	scan->nalive--;
	if (scan->current == page)
		scan->current = NULL;
	if (page->bookmark != NULL)
		pfree(page->bookmark);
	pfree(page);
	if (--chain->open_pages == 0)
	{
		flush_gathered(scan, chain);
		MemoryContextDelete(chain->context);
	}
}

/* ---------- answers ---------- */

/*
 * Queues the page after one whose answer is complete.  A bookmark that the
 * chain has followed before would lead in a circle.
 */
static void
follow_bookmark(RequestScan *scan, ApiPage *page)
{
	Chain	   *chain = page->chain;
	const char *bookmark = json_reader_bookmark(page->reader);
	uint64		hash;

	if (bookmark == NULL || chain->run->level->route->paging == PAGING_NONE ||
		!json_reader_complete(page->reader))
		return;
	hash = hash_bytes_extended((const unsigned char *) bookmark,
							   (int) strlen(bookmark), 0);
	for (int i = 0; i < chain->nbookmarks; i++)
		if (chain->bookmarks[i] == hash)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_ERROR),
					 errmsg("could not read stream \"%s\": the API repeats itself",
							chain->run->level->stream->name),
					 errdetail("Page %d carries the bookmark of an earlier page.",
							   page->number),
					 errhint("Run the query again.")));
	if (chain->nbookmarks % 64 == 0)
		chain->bookmarks = chain->bookmarks == NULL ?
			MemoryContextAlloc(chain->context, 64 * sizeof(uint64)) :
			repalloc(chain->bookmarks, (chain->nbookmarks + 64) * sizeof(uint64));
	chain->bookmarks[chain->nbookmarks++] = hash;
	dlist_push_head(&chain->run->pending,
					&add_page(scan, chain, page->number + 1, bookmark)->node);
}

/* Puts a page back to be asked for again after a pause. */
static void
try_again(RequestScan *scan, ApiPage *page, TimestampTz not_before)
{
	drop_answer(page);
	dlist_delete(&page->node);
	scan->nalive--;
	page->not_before = not_before;
	dlist_push_head(&page->chain->run->pending, &page->node);
	page->chain->run->npending++;
	scan->counters->retries++;
}

/* Exponential, and spread at random so that scans do not return together. */
static TimestampTz
backoff_end(int attempts)
{
	double		pause = FIRST_BACKOFF_MS * (double) (1 << Min(attempts - 1, 16));

	pause = Min(pause, MAX_BACKOFF_MS);
	pause *= 0.5 + 0.5 * pg_prng_double(&pg_global_prng_state);
	return GetCurrentTimestamp() + (TimestampTz) (pause * 1000);
}

static void
handle_failure(RequestScan *scan, ApiPage *page, const ApiFailure *failure)
{
	const Level *level = page->chain->run->level;
	ApiAction	action = api_failure_action(failure);
	bool		may_retry = page->rows_read == 0 &&
		page->attempts <= scan->options->retries;

	if (action == API_NO_ROWS || (action == API_NO_SUCH_ROW && level->route->lookup))
	{
		page->answered = true;
		page->no_rows = true;
		scan->counters->pages++;
		return;
	}
	if (action == API_RETRY && may_retry)
	{
		try_again(scan, page, backoff_end(page->attempts));
		return;
	}
	if (action == API_WAIT && may_retry &&
		api_failure_wait(failure) <= MAX_WAIT_SECONDS)
	{
		TimestampTz until = GetCurrentTimestamp() +
			(TimestampTz) api_failure_wait(failure) * USECS_PER_SEC;

		scan->hold_until = Max(scan->hold_until, until);
		try_again(scan, page, until);
		return;
	}
	report_api_failure(failure, level->stream->name, page_url(page),
					   page->attempts);
}

static void
handle_finished(RequestScan *scan, HttpTransfer *transfer)
{
	ApiPage	   *page = http_arg(transfer);
	ApiFailure *failure = api_failure(transfer, scan->token);

	scan->counters->bytes += http_bytes(transfer);

	/* A text that is no JSON was given up by receive(). */
	if (failure == NULL || json_reader_error(page->reader)->problem != NULL)
	{
		json_reader_finish(page->reader);
		page->answered = true;
		scan->counters->pages++;
		follow_bookmark(scan, page);
	}
	else
		handle_failure(scan, page, failure);
}

static void
handle_all_finished(RequestScan *scan)
{
	HttpTransfer *transfer;

	while ((transfer = http_next_finished(scan->client)) != NULL)
		handle_finished(scan, transfer);
}

/* Whether a page's rows may be read; see the head of the file. */
static bool
is_readable(const ApiPage *page)
{
	return page->answered ||
		json_reader_buffered(page->reader) >= STREAM_BYTES || page->rows_read > 0;
}

/* Raises the error for a page that is not the expected JSON; row 0: no row. */
_Noreturn void
report_bad_answer(const RequestScan *scan, const ApiPage *page, int row_number,
				  const JsonError *error)
{
	const char *near;
	size_t		len;

	json_reader_blot_out(page->reader, scan->token);
	len = json_reader_near(page->reader, error->offset, &near);

	report_bad_json(page->chain->run->level->stream->name, page->number,
					row_number, error, near, len);
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
			report_bad_answer(scan, page, 0, json_reader_error(page->reader));
		case JSON_AT_END:
			break;
	}
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
		JsonRow		row;

		if (page->chain->run->child == NULL || !is_readable(page))
			continue;
		while (next_page_row(scan, page, &row))
		{
			feed_row(scan, page, &row);
			MemoryContextReset(scan->work);
		}
	}
}

/* ---------- setting up ---------- */

static char *
date_text(DateADT date)
{
	struct pg_tm tm = {0};
	char	   *text = palloc(MAXDATELEN + 1);

	j2date(date + POSTGRES_EPOCH_JDATE, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
	EncodeDateOnly(&tm, USE_ISO_DATES, text);
	return text;
}

/* Says it where days are not read that the query means, and whether it did. */
static bool
warn_of_dates(const BoundScan *bound, const DatesServed *served)
{
	bool		unmatched = (bound->flags & BIND_UNMATCHED_DATES) != 0 &&
		DATE_IS_NOBEGIN(bound->dates.first) && served->history_days > 0;

	if (served->clamped)
		ereport(WARNING,
				(errmsg("stream \"%s\" has no data before %s",
						bound->stream->name, date_text(served->range.first)),
				 errdetail("The API keeps the last %d days; the query asks for earlier ones too.",
						   served->history_days)));
	if (unmatched)
		ereport(WARNING,
				(errmsg("only days from %s to %s of stream \"%s\" are read",
						date_text(served->range.first), date_text(served->range.last),
						bound->stream->name),
				 errdetail("A condition on the date cannot be passed to the API, and no other names a first day."),
				 errhint("Compare the column itself, as in \"date >= '%s'\".",
						 date_text(served->range.first))));
	return served->clamped || unmatched;
}

/* How many pages may be alive: no more than a LIMIT can want. */
static int
pages_ahead(const Level *level)
{
	int64		pages = level->options->max_connections;

	if (level->limit > 0)
		pages = Min(pages, (level->limit + level->page_size - 1) / level->page_size);
	return (int) pages;
}

/* Frees what no memory context knows of. */
static void
cleanup_scan(void *arg)
{
	RequestScan *scan = arg;
	dlist_iter	iter;

	dlist_foreach(iter, &scan->alive)
		json_reader_free(dlist_container(ApiPage, node, iter.cur)->reader);
	dlist_init(&scan->alive);
}

/*
 * Begins to ask for what is bound.  The scan lives in a child of context and
 * uses client until request_end(); bound, token and counters have to live as
 * long.  Nothing is sent before the first request_next_row().  Days that the
 * query means and that are not read are warned of, unless *warned says that
 * this was done before.
 */
RequestScan *
request_begin(MemoryContext context, HttpClient *client, const BoundScan *bound,
			  const char *token, RequestCounters *counters, bool *warned)
{
	MemoryContext own = AllocSetContextCreate(context, "pinterest_fdw scan",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(own);
	RequestScan *scan = palloc0(sizeof(RequestScan));
	Level	   *level;
	DatesServed served = {0};

	scan->context = own;
	scan->work = AllocSetContextCreate(own, "pinterest_fdw scan, short-lived",
									   ALLOCSET_DEFAULT_SIZES);
	scan->client = client;
	scan->token = token;
	scan->counters = counters;
	scan->options = bound->options;
	scan->in_order = bound->order != 0;
	dlist_init(&scan->alive);
	scan->cleanup.func = cleanup_scan;
	scan->cleanup.arg = scan;
	MemoryContextRegisterResetCallback(own, &scan->cleanup);

	level = bound->empty ? NULL : plan_levels(bound, &served);
	scan->max_alive = level == NULL ? 1 : pages_ahead(level);
	if (!*warned && level != NULL)
		*warned = warn_of_dates(bound, &served);
	for (Level *l = served.empty ? NULL : level; l != NULL; l = l->parent)
		scan->nruns++;
	scan->runs = palloc0((scan->nruns + 1) * sizeof(LevelRun));
	for (int i = 0; i < scan->nruns; i++, level = level->parent)
	{
		LevelRun   *run = &scan->runs[i];

		run->level = level;
		dlist_init(&run->pending);
		if (i > 0)
		{
			run->child = &scan->runs[i - 1];
			prepare_parent(run);
		}
		if (level->parent == NULL)
			add_chains(scan, run, NIL);
	}
	MemoryContextSwitchTo(old);
	return scan;
}

/* ---------- rows ---------- */

/* The earliest time after now at which a page may start; 0: none waits. */
static TimestampTz
next_start(const RequestScan *scan, TimestampTz now)
{
	TimestampTz earliest = 0;

	for (int i = 0; i < scan->nruns; i++)
	{
		dlist_iter	iter;

		dlist_foreach(iter, &scan->runs[i].pending)
		{
			TimestampTz start = dlist_container(ApiPage, node, iter.cur)->not_before;

			start = Max(start, scan->hold_until);
			if (start > now && (earliest == 0 || start < earliest))
				earliest = start;
		}
	}
	return earliest;
}

/* Waits until there may be something to do. */
static void
wait_for_answers(RequestScan *scan)
{
	static uint32 request_event = 0;
	static uint32 limit_event = 0;
	TimestampTz now = GetCurrentTimestamp();
	TimestampTz start = next_start(scan, now);
	bool		held = scan->nalive == 0 && scan->hold_until > now;
	long		timeout = start != 0 ? (long) ((start - now) / 1000 + 1) :
		scan->nalive == 0 ? 0 : -1;

	if (request_event == 0)
	{
		request_event = compat_wait_event("PinterestApiRequest");
		limit_event = compat_wait_event("PinterestRateLimit");
	}
	http_wait(scan->client, timeout, held ? limit_event : request_event);
	if (held)
		scan->counters->rate_limit_wait_ms += (GetCurrentTimestamp() - now) / 1000;
	handle_all_finished(scan);
}

/* Chooses the page to read next; false where none can be read now. */
static bool
choose_current(RequestScan *scan)
{
	dlist_iter	iter;

	dlist_foreach(iter, &scan->alive)
	{
		ApiPage	   *page = dlist_container(ApiPage, node, iter.cur);

		if (page->chain->run->child != NULL)
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
	for (int i = 0; i < scan->nruns; i++)
		if (scan->runs[i].npending > 0)
			return false;
	return scan->nalive == 0;
}

/* Lets answers come in while rows are read from memory. */
static void
pump_now_and_then(RequestScan *scan)
{
	if (++scan->rows_since_pump < ROWS_BETWEEN_PUMPS)
		return;
	scan->rows_since_pump = 0;
	http_pump(scan->client);
	handle_all_finished(scan);
	while (start_next_page(scan))
		;
}

/* One round of request_next_row(). */
static bool
find_next_row(RequestScan *scan, JsonRow *row, bool *done)
{
	if (scan->current != NULL && next_page_row(scan, scan->current, row))
		return true;
	scan->current = NULL;
	feed_from_parents(scan);
	while (start_next_page(scan))
		;
	if (!choose_current(scan))
	{
		*done = is_done(scan);
		if (!*done)
			wait_for_answers(scan);
	}
	return false;
}

/*
 * The next row of the table's stream, in any order unless one was bound;
 * false after the last.  The row is valid until the next call.  Whatever goes
 * wrong on the way raises an error.
 */
bool
request_next_row(RequestScan *scan, JsonRow *row)
{
	MemoryContext old = MemoryContextSwitchTo(scan->work);
	bool		done = false;
	bool		found;

	pump_now_and_then(scan);
	do
	{
		MemoryContextReset(scan->work);
		found = find_next_row(scan, row, &done);
	} while (!found && !done);
	MemoryContextSwitchTo(old);
	return found;
}

/*
 * The value of a variable of the request that brought the last row, UTF-8;
 * NULL where it has none.  Valid until the next request_next_row().
 */
const char *
request_variable(const RequestScan *scan, const char *name)
{
	const Binding *binding = find_binding(scan->current->chain->ask->variables, name);
	const char *value = binding ? linitial(binding->values) : "";

	return *value != '\0' ? value : NULL;
}

/* Raises the error for the last row, which is no valid JSON. */
void
request_row_error(const RequestScan *scan, const JsonRow *row,
				  const JsonError *error)
{
	report_bad_answer(scan, scan->current, row->number, error);
}

/* Ends a scan, whatever is under way; NULL is allowed. */
void
request_end(RequestScan *scan)
{
	dlist_iter	iter;

	if (scan == NULL)
		return;
	dlist_foreach(iter, &scan->alive)
	{
		ApiPage	   *page = dlist_container(ApiPage, node, iter.cur);

		if (page->transfer != NULL)
			http_release(page->transfer);
	}
	MemoryContextDelete(scan->context);
}
