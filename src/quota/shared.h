/*-------------------------------------------------------------------------
 *
 * shared.h
 *		  What the sessions of a server know together: quotas, statistics and
 *		  running scans.
 *
 * PostgreSQL 17 and later give out shared memory at any time.  Before, the
 * library has to be in shared_preload_libraries; where it is not, each
 * session has a state of its own, and nothing else is different.
 *
 * The state has a fixed size and holds no pointers.  It is read and written
 * between shared_lock() and shared_unlock(), and nothing in between may raise
 * an error or wait.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/quota/shared.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_SHARED_H
#define PINTEREST_SHARED_H

#include "storage/lwlock.h"

#include "quota/progress.h"
#include "quota/quota.h"
#include "quota/rate_window.h"

#define MAX_OWNERS 256
#define MAX_SCANS 256
#define MAX_CATEGORIES 6

/* What is kept of an error message and of a stream's name, with the NUL. */
#define MAX_ERROR_BYTES 256
#define MAX_STREAM_BYTES 64

typedef struct CategoryStat
{
	StatDelta	sum;
	TimestampTz last_error_at;	/* 0: none */
	char		last_error[MAX_ERROR_BYTES];
} CategoryStat;

/*
 * Of a user mapping.  Slots are taken in their order and never given back, only
 * to another mapping.
 */
typedef struct OwnerSlot
{
	Oid			dbid;			/* InvalidOid: this slot and those after it
								 * are free */
	Oid			umid;
	Oid			serverid;
	Oid			umuser;
	TimestampTz used_at;
	TimestampTz stats_since;
	RateWindow	all;			/* requests in a second */
	RateWindow	day;			/* requests in a day; TIER_TRIAL alone */
	RateWindow	categories[MAX_CATEGORIES];
	CategoryStat stats[MAX_CATEGORIES];
} OwnerSlot;

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

typedef struct SharedState
{
	uint32		magic;
	uint32		size;			/* of this struct */
	int			tranche;		/* of lock */
	LWLock		lock;
	OwnerSlot	owners[MAX_OWNERS];
	ScanSlot	scans[MAX_SCANS];
} SharedState;

extern void shared_init(void);
extern bool shared_between_backends(void);
extern SharedState *shared_lock(LWLockMode mode);
extern void shared_unlock(void);

#endif							/* PINTEREST_SHARED_H */
