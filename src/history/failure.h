/*-------------------------------------------------------------------------
 *
 * failure.h
 *		  How a session hands the failure of a refresh to the worker that logs it.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/history/failure.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_FAILURE_H
#define PINTEREST_FAILURE_H

#include "datatype/timestamp.h"
#include "storage/dsm.h"

typedef enum FailureText
{
	FAILURE_KIND,
	FAILURE_FILTER,
	FAILURE_COLUMNS,			/* as an array's text */
	FAILURE_ERROR
} FailureText;

#define FAILURE_TEXTS (FAILURE_ERROR + 1)

/* What a dynamic shared memory segment holds. */
typedef struct Failure
{
	Oid			role;
	Oid			history;
	Oid			source;
	int64		requests;
	TimestampTz started_at;
	bool		is_done;		/* set by the worker when the log has been
								 * written */
	bool		is_null[FAILURE_TEXTS];
	char		texts[FLEXIBLE_ARRAY_MEMBER];	/* each with a NUL at its end */
} Failure;

/* What the worker is told; it has to fit into BGW_EXTRALEN bytes. */
typedef struct FailureOrder
{
	Oid			dbid;
	dsm_handle	failure;
} FailureOrder;

#endif							/* PINTEREST_FAILURE_H */
