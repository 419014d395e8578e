/*-------------------------------------------------------------------------
 *
 * history.c
 *		  What the functions that keep histories need to know of the session.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/history/history.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "fmgr.h"

#include "request/pace.h"

PG_FUNCTION_INFO_V1(pinterest_fdw_request_count);
PG_FUNCTION_INFO_V1(pinterest_fdw_in_transaction_block);

/* How many requests this session has sent so far, retries included. */
Datum
pinterest_fdw_request_count(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(session_requests);
}

/* Whether the session is inside BEGIN ... COMMIT. */
Datum
pinterest_fdw_in_transaction_block(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(IsTransactionBlock());
}
