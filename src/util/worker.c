/*-------------------------------------------------------------------------
 *
 * worker.c
 *		  Background workers that do one thing, in a transaction of their own.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/util/worker.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "postmaster/bgworker.h"

#include "util/worker.h"

/*
 * Runs a function of this library in a background worker, which finds size
 * bytes of order (BGW_EXTRALEN at most) in bgw_extra, and waits until it has
 * ended; a cancel ends the wait, but not the worker.  type is what
 * pg_stat_activity shows.  Returns false where none could be started.
 */
bool
run_worker(const char *function, const char *type, const void *order, Size size)
{
	BackgroundWorker worker = {0};
	BackgroundWorkerHandle *handle;

	Assert(size <= BGW_EXTRALEN);
	worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = BGW_NEVER_RESTART;
	worker.bgw_notify_pid = MyProcPid;
	strlcpy(worker.bgw_library_name, "pinterest_fdw", sizeof(worker.bgw_library_name));
	strlcpy(worker.bgw_function_name, function, sizeof(worker.bgw_function_name));
	strlcpy(worker.bgw_name, type, BGW_MAXLEN);
	strlcpy(worker.bgw_type, type, BGW_MAXLEN);
	memcpy(worker.bgw_extra, order, size);
	if (!RegisterDynamicBackgroundWorker(&worker, &handle))
		return false;
	if (WaitForBackgroundWorkerShutdown(handle) == BGWH_POSTMASTER_DIED)
		ereport(FATAL,
				(errcode(ERRCODE_ADMIN_SHUTDOWN),
				 errmsg("the server process ended while a background worker ran")));
	return true;
}
