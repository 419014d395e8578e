/*-------------------------------------------------------------------------
 *
 * history.c
 *		  What the functions that keep histories need to know of the module.
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

#include "option/option.h"
#include "option/url_policy.h"
#include "plan/dates.h"
#include "request/pace.h"
#include "streams/stream_lookup.h"

PG_FUNCTION_INFO_V1(pinterest_fdw_request_count);
PG_FUNCTION_INFO_V1(pinterest_fdw_in_transaction_block);
PG_FUNCTION_INFO_V1(pinterest_fdw_history_days);

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

/*
 * How many days back the API has rows of a granularity for a foreign table,
 * reports included where there are any.  SQL's null: they have no dates.
 */
Datum
pinterest_fdw_history_days(PG_FUNCTION_ARGS)
{
	const TableOptions *options = get_table_options(PG_GETARG_OID(0));
	const char *granularity = text_to_cstring(PG_GETARG_TEXT_PP(1));
	bool		sandbox = is_sandbox_url(options->base_url);
	int			days = 0;

	for (int i = 0; i < stream_source_count(options->stream); i++)
	{
		const Stream *source = stream_source(options->stream, i);

		if (source->date_limits == NULL ||
			(source->granularity != NULL && strcmp(source->granularity, granularity) != 0) ||
			(sandbox && source->endpoints[0].transport == TRANSPORT_REPORT))
			continue;
		days = Max(days, date_limit(source, granularity)->history_days);
	}
	if (days == 0)
		PG_RETURN_NULL();
	PG_RETURN_INT32(days);
}
