/*-------------------------------------------------------------------------
 *
 * api_wait.h
 *		  How long a response asks to wait.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/api/api_wait.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_API_WAIT_H
#define PINTEREST_API_WAIT_H

#include "http/http.h"

/* Seconds, in place of those that nobody has told. */
#define WAIT_NOT_TOLD (-1)

extern int	told_wait(const HttpTransfer *transfer, const char *message);
extern int	reset_seconds(const char *reset, int64 server_time);

#endif							/* PINTEREST_API_WAIT_H */
