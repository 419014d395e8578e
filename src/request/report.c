/*-------------------------------------------------------------------------
 *
 * report.c
 *		  The requests that a report takes until its rows come.
 *
 * A report's page is ordered, asked about with growing pauses, and then
 * downloaded from another host, without the access token.  In the pauses it
 * waits with the pages that have not started, so that many reports take no
 * more connections than few.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request/report.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "option/url_policy.h"
#include "request/report.h"
#include "request/request_text.h"

/* A report that fails, expires or has no link is ordered once more. */
#define MAX_ORDERS 2

/* A link lives five minutes, and so is asked for again, but not for ever. */
#define MAX_LINKS 3

/* ---------- requests ---------- */

/* The URL of a page's next request, palloc'd; it may hold a secret. */
char *
page_url(const ApiPage *page)
{
	const StreamPlan *plan = page->chain->plan;
	const StreamRequest *request = page->chain->request;

	if (page->report == NULL)
		return request_url(plan, request, page->bookmark);
	if (page->phase == PHASE_ORDER)
		return request_path_url(plan, request);
	if (page->phase == PHASE_STATUS)
		return report_status_url(plan, request, page->report->token);
	return pstrdup(page->report->url);
}

/* The method of a page's request, for a message. */
const char *
page_method(const ApiPage *page)
{
	return page->phase == PHASE_ORDER ? "POST" : "GET";
}

/* Completes the next request of a report's page, which has URL and token. */
void
complete_report_request(ApiPage *page, HttpRequest *request)
{
	const PageChain *chain = page->chain;

	if (page->phase == PHASE_ORDER)
	{
		if (page->attempts == 1)
			page->report->orders++;
		request->body = report_order(chain->plan, chain->request, false);
		request->content_type = "application/json";
	}
	if (page->phase == PHASE_ROWS)
		request->bearer_token = NULL;	/* it goes to another host */
}

/* ---------- responses ---------- */

/* What the API says of a report. */
typedef enum ReportStatus
{
	REPORT_IN_PROGRESS,
	REPORT_FINISHED,
	REPORT_LOST					/* failed or expired: it has to be ordered
								 * anew */
} ReportStatus;

typedef struct ReportResponse
{
	ReportStatus status;
	const char *word;			/* the API's own for it */
	char	   *token;			/* NULL: none */
	char	   *url;			/* NULL: none */
} ReportResponse;

/*
 * What the API says of a report, in the response to the order as in those to
 * later questions; its strings are palloc'd.
 */
static ReportResponse
parse_report_response(const char *data, size_t len)
{
	ReportResponse response = {.status = REPORT_LOST};
	const char *word = json_document_string(data, len, "report_status");

	/* a word of the API's is shown, and nothing else */
	response.word = word && strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == strlen(word) ?
		word : "of no known status";
	response.token = json_document_string(data, len, "token");
	response.url = json_document_string(data, len, "url");
	if (response.url != NULL && *response.url == '\0')
		response.url = NULL;
	if (strcmp(response.word, "FINISHED") == 0)
		response.status = REPORT_FINISHED;
	else if (strcmp(response.word, "IN_PROGRESS") == 0)
		response.status = REPORT_IN_PROGRESS;
	return response;
}

/* How long to wait before the API is asked for the nth time, from 1. */
static long
report_pause_ms(int polls)
{
	static const long pauses[] = {500, 1000, 2000, 4000, 8000, 10000};

	return pauses[Min(Max(polls, 1), (int) lengthof(pauses)) - 1];
}

/* Goes on to another request of the report, after a pause. */
static void
next_phase(RequestScan *scan, ApiPage *page, PagePhase phase, long pause_ms)
{
	page->phase = phase;
	page->attempts = 0;
	requeue_page(scan, page, GetCurrentTimestamp() + (TimestampTz) pause_ms * 1000);
}

/* Keeps a string that lives as long as the page's report. */
static char *
keep_string(const ApiPage *page, const char *string)
{
	return MemoryContextStrdup(page->chain->context, string);
}

/* Asks about the report again, or gives it up where it takes too long. */
static void
poll_later(RequestScan *scan, ApiPage *page)
{
	PageReport *report = page->report;
	TimestampTz now = GetCurrentTimestamp();
	long		pause = report_pause_ms(++report->polls);

	if (now >= report->deadline)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_REPLY),
				 errmsg("could not read stream \"%s\": a report is not ready after %d seconds",
						page->chain->plan->stream->name,
						scan->options->report_timeout_ms / 1000),
				 errhint("Raise option \"report_timeout\", or ask for fewer days at a time; an unfinished report is found again by the same query for some time.")));
	pause = (long) Min(pause, (report->deadline - now) / 1000 + 1);
	next_phase(scan, page, PHASE_STATUS, pause);
}

static void
order_anew(RequestScan *scan, ApiPage *page, const char *word)
{
	if (page->report->orders >= MAX_ORDERS)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_REPLY),
				 errmsg("could not read stream \"%s\": the API did not make the report",
						page->chain->plan->stream->name),
				 errdetail("It was ordered twice, and is %s.", word),
				 errhint("Run the query again later, or ask for fewer days or columns.")));
	ereport(DEBUG1,
			(errmsg_internal("report of stream \"%s\" is %s, ordering it anew",
							 page->chain->plan->stream->name, word)));
	scan->memory->counters.retries++;
	next_phase(scan, page, PHASE_ORDER, report_pause_ms(1));
}

static void
download(RequestScan *scan, ApiPage *page, const char *url)
{
	const char *problem = download_problem(url, scan->options->base_url);

	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION),
				 errmsg("could not read stream \"%s\": the address of the report is not safe",
						page->chain->plan->stream->name),
				 errdetail("The API names one, but %s.", problem)));
	page->report->url = keep_string(page, url);
	page->report->links++;
	next_phase(scan, page, PHASE_ROWS, 0);
}

/*
 * Takes the complete response to an order or to a question how far the report
 * is, and goes on accordingly.
 */
void
read_report_response(RequestScan *scan, ApiPage *page)
{
	PageReport *report = page->report;
	bool		ordered = page->phase == PHASE_ORDER;
	JsonRow		document;
	ReportResponse response;

	JsonError	error = {"the answer is no object", 0};

	if (json_reader_next(page->reader, &document) != JSON_GOT_ROW)
		raise_bad_response(scan, page, 0, json_reader_error(page->reader));
	if (json_reader_error(page->reader)->problem != NULL)
		raise_bad_response(scan, page, 0, json_reader_error(page->reader));
	if (!json_is_document(document.data, document.len))
		raise_bad_response(scan, page, 0, &error);
	response = parse_report_response(document.data, document.len);
	ereport(DEBUG1,
			(errmsg_internal("report of stream \"%s\" is %s",
							 page->chain->plan->stream->name, response.word)));
	if (ordered)
	{
		error.problem = "the answer has no token";
		if (response.token == NULL)
			raise_bad_response(scan, page, 0, &error);
		report->token = keep_string(page, response.token);
		report->polls = 0;
		if (report->deadline == 0)
			report->deadline = GetCurrentTimestamp() +
				(TimestampTz) scan->options->report_timeout_ms * 1000;
	}
	if (response.status == REPORT_LOST)
		order_anew(scan, page, response.word);
	else if (response.status == REPORT_FINISHED && response.url != NULL)
		download(scan, page, response.url);
	else if (response.status == REPORT_FINISHED && ordered)
		next_phase(scan, page, PHASE_STATUS, 0);
	else if (response.status == REPORT_FINISHED)
		order_anew(scan, page, psprintf("%s without a link", response.word));
	else
		poll_later(scan, page);
}

/*
 * After a download that failed: asks for a new link after a pause, as the old
 * one may have expired.  Returns false where that is no use, or nothing was
 * downloaded.
 */
bool
renew_report_link(RequestScan *scan, ApiPage *page, long pause_ms)
{
	if (page->report == NULL || page->phase != PHASE_ROWS ||
		page->report->links >= MAX_LINKS)
		return false;
	scan->memory->counters.retries++;
	next_phase(scan, page, PHASE_STATUS, pause_ms);
	return true;
}
