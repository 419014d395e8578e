/*-------------------------------------------------------------------------
 *
 * failure_worker.c
 *		  The background worker that logs a refresh that failed.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/history/failure_worker.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "parser/parse_func.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "history/failure.h"

/* Nobody but who changes the extension itself has the log locked. */
#define LOG_LOCK_TIMEOUT "3s"

PGDLLEXPORT void pinterest_fdw_failure_main(Datum argument);

/* The arguments of the function that adds the row, pinterest_fdw_internal.add_failure(). */
enum
{
	ARG_ROLE, ARG_KIND, ARG_HISTORY, ARG_SOURCE, ARG_FILTER, ARG_COLUMNS, ARG_REQUESTS, ARG_STARTED, ARG_ERROR, ARGS
};

static const Oid arg_types[ARGS] = {
	[ARG_ROLE] = OIDOID,
	[ARG_KIND] = TEXTOID,
	[ARG_HISTORY] = REGCLASSOID,
	[ARG_SOURCE] = REGCLASSOID,
	[ARG_FILTER] = TEXTOID,
	[ARG_COLUMNS] = TEXTOID,
	[ARG_REQUESTS] = INT8OID,
	[ARG_STARTED] = TIMESTAMPTZOID,
	[ARG_ERROR] = TEXTOID,
};

static const int text_args[FAILURE_TEXTS] = {
	[FAILURE_KIND] = ARG_KIND,
	[FAILURE_FILTER] = ARG_FILTER,
	[FAILURE_COLUMNS] = ARG_COLUMNS,
	[FAILURE_ERROR] = ARG_ERROR,
};

/*
 * Who owns the log; InvalidOid where there is none, as the transaction that
 * failed may have made the extension.
 */
static Oid
log_owner(void)
{
	Oid			schema = get_namespace_oid("pinterest_fdw_internal", true);
	HeapTuple	tuple = SearchSysCache2(RELNAMENSP, CStringGetDatum("sync_log"), ObjectIdGetDatum(schema));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

static Oid
find_function(void)
{
	List	   *name = list_make2(makeString("pinterest_fdw_internal"), makeString("add_failure"));

	return LookupFuncName(name, ARGS, arg_types, false);
}

static void
add_failure(const Failure *failure)
{
	LOCAL_FCINFO(fcinfo, ARGS);
	FmgrInfo	flinfo;
	const char *text = failure->texts;

	fmgr_info(find_function(), &flinfo);
	InitFunctionCallInfoData(*fcinfo, &flinfo, ARGS, InvalidOid, NULL, NULL);
	memset(fcinfo->args, 0, ARGS * sizeof(fcinfo->args[0]));
	fcinfo->args[ARG_ROLE].value = ObjectIdGetDatum(failure->role);
	fcinfo->args[ARG_HISTORY].value = ObjectIdGetDatum(failure->history);
	fcinfo->args[ARG_SOURCE].value = ObjectIdGetDatum(failure->source);
	fcinfo->args[ARG_REQUESTS].value = Int64GetDatum(failure->requests);
	fcinfo->args[ARG_STARTED].value = TimestampTzGetDatum(failure->started_at);
	for (int i = 0; i < FAILURE_TEXTS; i++)
	{
		fcinfo->args[text_args[i]].value = CStringGetTextDatum(text);
		fcinfo->args[text_args[i]].isnull = failure->is_null[i];
		text += strlen(text) + 1;
	}
	(void) FunctionCallInvoke(fcinfo);
}

/*
 * Adds the row as the log's owner, for whoever could add a trigger to the log
 * would else have it run with a superuser's rights, and whatever role the
 * database is set to begin with.
 */
static void
write_log(const Failure *failure)
{
	Oid			owner = log_owner();
	Oid			userid;
	int			context;

	if (!OidIsValid(owner))
		return;
	GetUserIdAndSecContext(&userid, &context);
	SetUserIdAndSecContext(owner, context | SECURITY_RESTRICTED_OPERATION);
	add_failure(failure);
	SetUserIdAndSecContext(userid, context);
}

/* The worker's main function; what to log stands in the segment of bgw_extra. */
void
pinterest_fdw_failure_main(Datum argument)
{
	FailureOrder order;
	dsm_segment *segment;
	Failure    *failure;

	memcpy(&order, MyBgworkerEntry->bgw_extra, sizeof(order));
	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnectionByOid(order.dbid, InvalidOid, 0);
	SetConfigOption("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION);
	SetConfigOption("default_transaction_read_only", "off", PGC_USERSET, PGC_S_SESSION);
	SetConfigOption("lock_timeout", LOG_LOCK_TIMEOUT, PGC_USERSET, PGC_S_SESSION);
	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	segment = dsm_attach(order.failure);
	if (segment == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the session that hands over the failure of its refresh is gone")));
	dsm_pin_mapping(segment);	/* beyond the commit */
	failure = dsm_segment_address(segment);
	write_log(failure);
	PopActiveSnapshot();
	CommitTransactionCommand();
	failure->is_done = true;
}
