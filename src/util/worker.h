/*-------------------------------------------------------------------------
 *
 * worker.h
 *		  Background workers that do one thing, in a transaction of their own.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/util/worker.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_WORKER_H
#define PINTEREST_WORKER_H

extern bool run_worker(const char *function, const char *type,
					   const void *order, Size size);

#endif							/* PINTEREST_WORKER_H */
