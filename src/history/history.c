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
#include "utils/builtins.h"

#include "request/fetched.h"
#include "request/pace.h"

PG_FUNCTION_INFO_V1(pinterest_fdw_request_count);
PG_FUNCTION_INFO_V1(pinterest_fdw_watch_fetched);
PG_FUNCTION_INFO_V1(pinterest_fdw_was_fetched);
PG_FUNCTION_INFO_V1(pinterest_fdw_in_transaction_block);

/* How many requests this session has sent so far, retries included. */
Datum
pinterest_fdw_request_count(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(session_requests);
}

/* Notes from now on what scans of a foreign table fetch; null: of none. */
Datum
pinterest_fdw_watch_fetched(PG_FUNCTION_ARGS)
{
	fetched_watch(PG_ARGISNULL(0) ? InvalidOid : PG_GETARG_OID(0));
	PG_RETURN_VOID();
}

/*
 * Whether the scans noted since watch_fetched() have fetched all rows of an ad
 * account and a day; null: the rows have no account, or no day.
 */
Datum
pinterest_fdw_was_fetched(PG_FUNCTION_ARGS)
{
	const char *account = PG_ARGISNULL(0) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(0));
	DateADT		day = PG_ARGISNULL(1) ? DATEVAL_NOEND : PG_GETARG_DATEADT(1);

	PG_RETURN_BOOL(was_fetched(account, day));
}

/* Whether the session is inside BEGIN ... COMMIT. */
Datum
pinterest_fdw_in_transaction_block(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(IsTransactionBlock());
}
