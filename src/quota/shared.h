/*-------------------------------------------------------------------------
 *
 * shared.h
 *		  Memory that the sessions of a server share, each piece behind a lock.
 *
 * PostgreSQL 17 and later give out shared memory at any time.  Before, the
 * library has to be in shared_preload_libraries; where it is not, each
 * session has contents of its own, and nothing else is different.
 *
 * Contents have a fixed size, hold no pointers and begin as zeros.  They are
 * read and written between shared_lock() and shared_unlock(), and nothing in
 * between may raise an error, wait or lock another segment: no order of locks
 * has to be kept, as nobody holds two.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/quota/shared.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_SHARED_H
#define PINTEREST_SHARED_H

#include "storage/lwlock.h"

struct SharedHead;

/*
 * What a file keeps of its segment, in a static variable with the first three
 * members set.
 */
typedef struct SharedSegment
{
	const char *name;			/* of the memory and of the lock's tranche, as
								 * pg_stat_activity shows it */
	uint32		version;		/* changes with the meaning of the contents */
	Size		size;			/* of the contents */

	/* of this process, and shared.c's */
	struct SharedHead *head;	/* NULL: not asked for yet */
	bool		is_shared;
	struct SharedSegment *next;
} SharedSegment;

extern void shared_register(SharedSegment *segment);
extern bool shared_between_backends(void);
extern void *shared_lock(SharedSegment *segment, LWLockMode mode);
extern void shared_unlock(SharedSegment *segment);

#endif							/* PINTEREST_SHARED_H */
