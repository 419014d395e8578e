/*-------------------------------------------------------------------------
 *
 * append.c
 *		  Scans that an Append runs side by side.
 *
 * Such an Append asks each of its scans for a row; one that has none yet is pending,
 * and the Append waits for descriptors until one of them has.  There is one
 * descriptor for all scans of a query, since what comes in for one may serve another:
 * a list that both need, or a place among max_connections.  So of the scans that are
 * pending but the first has it waited for, and does what has come in for all of
 * them; the others are asked again before the next wait.  Where there is no
 * descriptor a scan is waited for as if it were by itself.
 *
 * A scan that has many rows in memory is pending now and then nevertheless, so that
 * others get on.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/scan/append.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/execAsync.h"
#include "executor/instrument.h"
#include "executor/tuptable.h"

#include "http/http.h"
#include "scan/scan.h"
#include "scan/scan_private.h"
#include "util/compat.h"

/* ---------- the other requests of an Append ---------- */

static TableScan *
scan_of(const AsyncRequest *areq)
{
	return ((ForeignScanState *) areq->requestee)->fdw_state;
}

/* Whether a request (NULL: there is none) is one that is pending, for a scan of ours. */
static bool
is_pending(const AsyncRequest *areq)
{
	return areq != NULL && areq->callback_pending &&
		((ForeignScanState *) areq->requestee)->fdwroutine->ForeignAsyncNotify == pinterestForeignAsyncNotify;
}

/* Whether one is pending among some of an Append, from first to end. */
static bool
any_is_pending(const AppendState *append, int first, int end)
{
	for (int i = first; i < end; i++)
		if (is_pending(append->as_asyncrequests[i]))
			return true;
	return false;
}

/*
 * Whether an Append is about to be rescanned: then it waits for what is pending, and
 * wants none of it.  It has new parameters, or rows of scans that it has not asked
 * for another one since.
 */
static bool
is_rescanned(const AppendState *append)
{
	if (append->ps.chgParam != NULL)
		return true;
	for (int i = 0; i < append->as_nplans; i++)
	{
		const AsyncRequest *areq = append->as_asyncrequests[i];

		if (areq != NULL && !areq->callback_pending && !TupIsNull(areq->result) &&
			!bms_is_member(i, append->as_needrequest))
			return true;
	}
	return false;
}

/* ---------- rows ---------- */

/* Asks a scan for a row, which it may wait for or not. */
static void
ask(AsyncRequest *areq, bool may_wait)
{
	ForeignScanState *node = (ForeignScanState *) areq->requestee;
	TableScan  *state = node->fdw_state;
	TupleTableSlot *row;

	state->is_asked = !may_wait;
	row = node->ss.ps.ExecProcNodeReal(&node->ss.ps);
	state->is_asked = false;
	if (!TupIsNull(row))
		ExecAsyncRequestDone(areq, row);
	else if (state->is_pending)
		ExecAsyncRequestPending(areq);
	else
		ExecAsyncRequestDone(areq, NULL);
}

/* Answers a request that was pending, which the executor does in other callbacks. */
static void
respond(AsyncRequest *areq)
{
	ExecAsyncResponse(areq);
	if (areq->requestee->instrument)
		InstrUpdateTupleCount(areq->requestee->instrument, TupIsNull(areq->result) ? 0.0 : 1.0);
}

/* Asks a scan that was pending once more, whose turn it is. */
static void
ask_again(AsyncRequest *areq, bool may_wait)
{
	areq->callback_pending = false;
	scan_of(areq)->rows_of_turn = 0;
	ask(areq, may_wait);
	respond(areq);
}

/* ---------- callbacks ---------- */

/* IsForeignPathAsyncCapable */
bool
pinterestIsForeignPathAsyncCapable(ForeignPath *path)
{
	return http_has_descriptors();
}

/* ForeignAsyncRequest: a row, if there is one. */
void
pinterestForeignAsyncRequest(AsyncRequest *areq)
{
	const AppendState *append = (const AppendState *) areq->requestor;
	TableScan  *state = scan_of(areq);

	if (state->rows_of_turn >= ROWS_PER_TURN && !any_is_pending(append, 0, append->as_nplans))
		state->rows_of_turn = 0;
	ask(areq, false);
}

/*
 * ForeignAsyncConfigureWait: has the Append wait, unless there is a row by now.  Where
 * it has one, be it of another scan, the wait is to end at once.
 */
void
pinterestForeignAsyncConfigureWait(AsyncRequest *areq)
{
	AppendState *append = (AppendState *) areq->requestor;
	bool		is_first;
	int			fd;

	if (is_rescanned(append))
	{
		areq->callback_pending = false;
		ExecAsyncRequestDone(areq, NULL);
		respond(areq);
		return;
	}
	ask_again(areq, false);
	if (!areq->callback_pending && TupIsNull(areq->result))
		return;
	is_first = !any_is_pending(append, 0, areq->request_index) &&
		(areq->callback_pending || !any_is_pending(append, areq->request_index, append->as_nplans));
	fd = fetch_begin_wait(scan_of(areq)->fetch, is_first,
						  !bms_is_empty(append->as_needrequest) || scan_of(areq)->rows_of_turn >= ROWS_PER_TURN);
	if (fd < 0 && areq->callback_pending)
		ask_again(areq, true);
	else if (fd >= 0 && is_first)
		AddWaitEventToSet(append->as_eventset, WL_SOCKET_READABLE, fd, NULL, areq);
}

/* ForeignAsyncNotify: takes what has come in, for all scans of the query. */
void
pinterestForeignAsyncNotify(AsyncRequest *areq)
{
	TableScan  *state = scan_of(areq);

	fetch_end_wait(state->fetch);
	state->rows_of_turn = 0;
	ask(areq, false);
}
