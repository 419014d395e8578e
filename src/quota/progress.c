/*-------------------------------------------------------------------------
 *
 * progress.c
 *		  How far running scans are.
 *
 * A scan has a slot in shared memory for as long as its memory context
 * lives.  The slots of a process that has ended without giving them back are
 * not shown, and are taken again.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/quota/progress.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_authid.h"
#include "foreign/foreign.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/procarray.h"
#include "utils/acl.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "quota/progress.h"
#include "quota/shared.h"
#include "util/compat.h"
#include "util/result_row.h"

PG_FUNCTION_INFO_V1(pinterest_fdw_get_progress);

#define MAX_SCANS 256

/* What is kept of a stream's name, with the NUL. */
#define MAX_STREAM_BYTES 64

/* Of a running scan. */
typedef struct ScanSlot
{
	int			pid;			/* 0: free */
	uint32		serial;			/* of the scan within its process */
	Oid			dbid;
	Oid			serverid;
	Oid			relid;
	Oid			userid;
	char		stream[MAX_STREAM_BYTES];
	TimestampTz started_at;
	ProgressState state;
} ScanSlot;

/* MAX_SCANS slots. */
static SharedSegment segment = {
	.name = "pinterest_fdw_progress",
	.version = 1,
	.size = MAX_SCANS * sizeof(ScanSlot)
};

struct Progress
{
	MemoryContextCallback cleanup;
	int			slot;			/* in shared memory; -1: none was free */
	uint32		serial;			/* of the slot, if it still is this scan's */
	const char *stream;
	TimestampTz started_at;
	TimestampTz noticed_at;		/* the last notice, or started_at */
};

int			progress_interval_ms = 10000;

static const char *const phase_names[] = {
	[PROGRESS_REQUESTING] = "requesting",
	[PROGRESS_READING] = "reading",
	[PROGRESS_REPORT] = "waiting for a report",
	[PROGRESS_RATE_LIMIT] = "waiting for the rate limit",
	[PROGRESS_TOKEN] = "renewing the token"
};

/* To be called when the library is loaded. */
void
progress_init(void)
{
	shared_register(&segment);
}

/* ---------- slots ---------- */

/* Frees the slots of a process. */
static void
free_slots(int pid)
{
	ScanSlot   *slots = shared_lock(&segment, LW_EXCLUSIVE);

	for (int i = 0; i < MAX_SCANS; i++)
		if (slots[i].pid == pid)
			slots[i].pid = 0;
	shared_unlock(&segment);
}

static void
free_own_slots(int code, Datum arg)
{
	free_slots(MyProcPid);
}

/*
 * Once per process: sees to it that no slot is left at its end, nor one of
 * another process that had its number.
 */
static void
prepare_slots(void)
{
	static bool prepared = false;

	if (prepared)
		return;
	free_slots(MyProcPid);
	before_shmem_exit(free_own_slots, 0);
	prepared = true;
}

/* Frees the slots of processes that are no more. */
static void
free_dead_slots(void)
{
	int			pids[MAX_SCANS];
	const ScanSlot *slots = shared_lock(&segment, LW_SHARED);

	for (int i = 0; i < MAX_SCANS; i++)
		pids[i] = slots[i].pid;
	shared_unlock(&segment);
	for (int i = 0; i < MAX_SCANS; i++)
		if (pids[i] != 0 && BackendPidGetProc(pids[i]) == NULL)
			free_slots(pids[i]);
}

/* Puts a scan into a free slot and returns its place; -1: none is free. */
static int
take_slot(const ScanSlot *scan)
{
	ScanSlot   *slots = shared_lock(&segment, LW_EXCLUSIVE);
	int			place = -1;

	for (int i = 0; i < MAX_SCANS && place < 0; i++)
		if (slots[i].pid == 0)
			place = i;
	if (place >= 0)
		slots[place] = *scan;
	shared_unlock(&segment);
	return place;
}

/* The scan's slot, if it still has one; the caller holds the lock. */
static ScanSlot *
own_slot(ScanSlot *slots, const Progress *progress)
{
	ScanSlot   *slot = &slots[progress->slot];

	return slot->pid == MyProcPid && slot->serial == progress->serial ? slot : NULL;
}

static void
progress_end(void *arg)
{
	Progress   *progress = arg;
	ScanSlot   *slot;

	if (progress->slot < 0)
		return;
	slot = own_slot(shared_lock(&segment, LW_EXCLUSIVE), progress);
	if (slot != NULL)
		slot->pid = 0;
	shared_unlock(&segment);
}

/*
 * Begins to tell of a scan of stream, which is copied, until context is reset
 * or deleted, which ends what is returned, too; never NULL.  userid is the role
 * that runs the query and so may see it; expected is how many requests it will
 * take, 0 where that is not known.
 */
Progress *
progress_begin(MemoryContext context, Oid serverid, Oid relid, Oid userid,
			   const char *stream, int64 expected)
{
	static uint32 last_serial = 0;
	Progress   *progress = MemoryContextAllocZero(context, sizeof(Progress));
	ScanSlot	scan = {
		.pid = MyProcPid,
		.serial = ++last_serial,
		.dbid = MyDatabaseId,
		.serverid = serverid,
		.relid = relid,
		.userid = userid,
		.started_at = GetCurrentTimestamp(),
		.state = {.phase = PROGRESS_REQUESTING, .expected = expected}
	};

	snprintf(scan.stream, sizeof(scan.stream), "%s", stream);
	progress->stream = MemoryContextStrdup(context, stream);
	progress->serial = scan.serial;
	progress->started_at = progress->noticed_at = scan.started_at;
	progress->slot = -1;
	progress->cleanup.func = progress_end;
	progress->cleanup.arg = progress;
	MemoryContextRegisterResetCallback(context, &progress->cleanup);

	prepare_slots();
	progress->slot = take_slot(&scan);
	if (progress->slot < 0)
	{
		free_dead_slots();
		progress->slot = take_slot(&scan);
	}
	return progress;
}

/* ---------- telling ---------- */

static const char *
plural(int64 count)
{
	return count == 1 ? "" : "s";
}

static void
notice(const Progress *progress, const ProgressState *state, TimestampTz now)
{
	char	   *expected = state->expected > 0 ?
		psprintf("of about " INT64_FORMAT " ", state->expected) : pstrdup("");
	char	   *waited = state->waited_ms < 1000 ? pstrdup("") :
		psprintf(", waited " INT64_FORMAT " s for the rate limit", state->waited_ms / 1000);

	ereport(NOTICE,
			(errmsg("stream \"%s\": %lld %srequest%s, %lld row%s after %lld s%s%s",
					progress->stream,
					(long long) state->requests, expected,
					plural(state->expected > 0 ? state->expected : state->requests),
					(long long) state->rows, plural(state->rows),
					(long long) ((now - progress->started_at) / USECS_PER_SEC), waited,
					state->phase == PROGRESS_REPORT ? ", waiting for a report" : "")));
	pfree(expected);
	pfree(waited);
}

/*
 * Tells how far a scan is; state is copied.  To be called after each response,
 * and now and then while the scan waits: it makes the notices, too.
 */
void
progress_update(Progress *progress, const ProgressState *state)
{
	TimestampTz now;

	if (progress->slot >= 0)
	{
		ScanSlot   *slot = own_slot(shared_lock(&segment, LW_EXCLUSIVE), progress);

		if (slot != NULL)
			slot->state = *state;
		shared_unlock(&segment);
	}
	if (progress_interval_ms == 0)
		return;
	now = GetCurrentTimestamp();
	if (now - progress->noticed_at < progress_interval_ms * INT64CONST(1000))
		return;
	progress->noticed_at = now;
	notice(progress, state, now);
}

/* ---------- the view ---------- */

/* Copies of this database's slots, palloc'd; *count: how many. */
static ScanSlot *
copy_scans(int *count)
{
	ScanSlot   *copies = palloc(sizeof(ScanSlot) * MAX_SCANS);
	const ScanSlot *slots = shared_lock(&segment, LW_SHARED);

	*count = 0;
	for (int i = 0; i < MAX_SCANS; i++)
		if (slots[i].pid != 0 && slots[i].dbid == MyDatabaseId)
			copies[(*count)++] = slots[i];
	shared_unlock(&segment);
	return copies;
}

static void
put_scan(ResultRow *row, const ScanSlot *scan)
{
	const ForeignServer *server = GetForeignServerExtended(scan->serverid, FSV_MISSING_OK);

	add_integer(row, scan->pid);
	add_name(row, server ? server->servername : NULL);
	add_oid(row, scan->relid);
	add_text(row, scan->stream);
	add_text(row, phase_names[scan->state.phase]);
	add_bigint(row, scan->state.requests);
	if (scan->state.expected > 0)
		add_bigint(row, scan->state.expected);
	else
		add_null(row);
	add_bigint(row, scan->state.rows);
	add_timestamptz(row, scan->started_at);
	add_double(row, scan->state.waited_ms / 1000.0);
	finish_row(row);
}

/*
 * One row for each running scan of this database, of those that the current
 * user may see: a superuser and a member of pg_read_all_stats all, others
 * those of roles whose privileges they have.
 */
Datum
pinterest_fdw_get_progress(PG_FUNCTION_ARGS)
{
	bool		all = superuser() || has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS);
	ResultRow	row = {.result = (ReturnSetInfo *) fcinfo->resultinfo};
	int			count;
	ScanSlot   *scans = copy_scans(&count);

	InitMaterializedSRF(fcinfo, 0);
	for (ScanSlot *scan = scans; scan < scans + count; scan++)
		if ((all || has_privs_of_role(GetUserId(), scan->userid)) &&
			BackendPidGetProc(scan->pid) != NULL)
			put_scan(&row, scan);
	return (Datum) 0;
}
