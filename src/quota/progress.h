/*-------------------------------------------------------------------------
 *
 * progress.h
 *		  How far running scans are, for other sessions and for their own.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/quota/progress.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_PROGRESS_H
#define PINTEREST_PROGRESS_H

#include "datatype/timestamp.h"

/* What a scan is doing. */
typedef enum ProgressPhase
{
	PROGRESS_REQUESTING,
	PROGRESS_READING,
	PROGRESS_REPORT,			/* waiting until a report is ready */
	PROGRESS_RATE_LIMIT,		/* waiting for a quota */
	PROGRESS_TOKEN				/* waiting for a new access token */
} ProgressPhase;

typedef struct ProgressState
{
	ProgressPhase phase;
	int64		requests;		/* sent so far */
	int64		expected;		/* requests in all; 0: not known */
	int64		rows;
	int64		waited_ms;		/* for the rate limit */
} ProgressState;

typedef struct Progress Progress;

/* Time between two notices in milliseconds; 0: none. */
extern int	progress_interval_ms;

extern void progress_init(void);
extern Progress *progress_begin(MemoryContext context, Oid serverid, Oid relid,
								Oid userid, const char *stream, int64 expected);
extern void progress_update(Progress *progress, const ProgressState *state);

#endif							/* PINTEREST_PROGRESS_H */
