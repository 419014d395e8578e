/*-------------------------------------------------------------------------
 *
 * failure.c
 *		  Logs refreshes that fail.
 *
 * What a session writes goes with its transaction, so a background worker adds
 * the row to the log.  It is waited for: the row is there when the error is.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/history/failure.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xlog.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "history/failure.h"
#include "util/worker.h"

PG_FUNCTION_INFO_V1(pinterest_fdw_hand_over_failure);

/* The arguments of hand_over_failure(). */
enum
{
	ARG_KIND, ARG_HISTORY, ARG_SOURCE, ARG_FILTER, ARG_COLUMNS, ARG_REQUESTS, ARG_STARTED, ARG_ERROR
};

static const int text_args[FAILURE_TEXTS] = {
	[FAILURE_KIND] = ARG_KIND,
	[FAILURE_FILTER] = ARG_FILTER,
	[FAILURE_COLUMNS] = ARG_COLUMNS,
	[FAILURE_ERROR] = ARG_ERROR,
};

/* Packs the arguments into a segment, which is the caller's to detach. */
static dsm_segment *
pack_failure(FunctionCallInfo fcinfo)
{
	char	   *texts[FAILURE_TEXTS];
	Size		size = offsetof(Failure, texts);
	dsm_segment *segment;
	Failure    *failure;
	char	   *end;

	for (int i = 0; i < FAILURE_TEXTS; i++)
	{
		texts[i] = PG_ARGISNULL(text_args[i]) ? pstrdup("") :
			text_to_cstring(PG_GETARG_TEXT_PP(text_args[i]));
		size += strlen(texts[i]) + 1;
	}
	segment = dsm_create(size, 0);
	failure = dsm_segment_address(segment);
	failure->role = GetUserId();
	failure->history = PG_GETARG_OID(ARG_HISTORY);
	failure->source = PG_GETARG_OID(ARG_SOURCE);
	failure->is_done = false;
	failure->requests = PG_GETARG_INT64(ARG_REQUESTS);
	failure->started_at = PG_GETARG_TIMESTAMPTZ(ARG_STARTED);
	end = failure->texts;
	for (int i = 0; i < FAILURE_TEXTS; i++)
	{
		failure->is_null[i] = PG_ARGISNULL(text_args[i]);
		strcpy(end, texts[i]);
		end += strlen(texts[i]) + 1;
	}
	return segment;
}

/*
 * Adds a row for a refresh that failed to the log of the current role, in a
 * transaction of its own.  Raises an error where that could not be done, but
 * for a standby, which has no log to add to.
 */
Datum
pinterest_fdw_hand_over_failure(PG_FUNCTION_ARGS)
{
	FailureOrder order = {.dbid = MyDatabaseId};
	dsm_segment *segment;
	const Failure *failure;

	for (int i = 0; i < PG_NARGS(); i++)
	{
		if (PG_ARGISNULL(i) && i != ARG_FILTER)
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("only filter may be null")));
	}
	if (RecoveryInProgress())
		PG_RETURN_VOID();
	segment = pack_failure(fcinfo);
	failure = dsm_segment_address(segment);
	order.failure = dsm_segment_handle(segment);
	if (!run_worker("pinterest_fdw_failure_main", "pinterest_fdw log", &order, sizeof(order)))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_RESOURCES),
				 errmsg("no background worker could be started"),
				 errhint("Raise \"max_worker_processes\".")));
	if (!failure->is_done)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the background worker ended before it had done so")));
	dsm_detach(segment);
	PG_RETURN_VOID();
}
