/*-------------------------------------------------------------------------
 *
 * shared.c
 *		  The memory that the sessions of a server share.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/quota/shared.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/shmem.h"
#include "utils/memutils.h"

#include "quota/shared.h"
#include "util/compat.h"

/* Changes with the meaning of what is in SharedState. */
#define SHARED_MAGIC 0x70696e01

#define TRANCHE_NAME "pinterest_fdw"

static SharedState *state = NULL;	/* NULL: not asked for yet */
static bool is_shared = false;
static shmem_request_hook_type previous_request_hook = NULL;
static shmem_startup_hook_type previous_startup_hook = NULL;

/* Makes an empty state, for whoever comes first. */
COMPAT_INIT_SEGMENT(init_segment)
{
	SharedState *fresh = segment;

	memset(fresh, 0, sizeof(SharedState));
	fresh->magic = SHARED_MAGIC;
	fresh->size = sizeof(SharedState);
	fresh->tranche = compat_new_tranche(TRANCHE_NAME);
	LWLockInitialize(&fresh->lock, fresh->tranche);
}

/* Uses a segment, unless another version of the library made it. */
static void
use_segment(SharedState *segment)
{
	is_shared = segment != NULL && segment->magic == SHARED_MAGIC &&
		segment->size == sizeof(SharedState);
	state = is_shared ? segment : NULL;
	if (is_shared)
		compat_register_tranche(segment->tranche, TRANCHE_NAME);
}

/* ---------- at the start of the server ---------- */

static void
request_memory(void)
{
	if (previous_request_hook)
		previous_request_hook();
	RequestAddinShmemSpace(sizeof(SharedState));
}

static void
start_memory(void)
{
	SharedState *segment;
	bool		found;

	if (previous_startup_hook)
		previous_startup_hook();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	segment = ShmemInitStruct(TRANCHE_NAME, sizeof(SharedState), &found);
	if (!found)
		compat_init_segment(init_segment, segment);
	LWLockRelease(AddinShmemInitLock);
	use_segment(segment);
}

/*
 * Asks for shared memory where that is only given out at the start of the
 * server.  To be called when the library is loaded.
 */
void
shared_init(void)
{
	if (COMPAT_HAS_SEGMENTS || !process_shared_preload_libraries_in_progress)
		return;
	previous_request_hook = shmem_request_hook;
	shmem_request_hook = request_memory;
	previous_startup_hook = shmem_startup_hook;
	shmem_startup_hook = start_memory;
}

/* ---------- in sessions ---------- */

/*
 * The state, which lives as long as the process; never NULL.  The first call
 * raises an error if there is no memory.
 */
static SharedState *
shared_state(void)
{
	if (state == NULL && COMPAT_HAS_SEGMENTS)
	{
		char		name[NAMEDATALEN];

		/*
		 * PostgreSQL refuses a segment whose size is not the expected one, so
		 * that another version of the library needs one of its own.
		 */
		snprintf(name, sizeof(name), "%s.%x.%zu", TRANCHE_NAME, SHARED_MAGIC,
				 sizeof(SharedState));
		use_segment(compat_named_segment(name, sizeof(SharedState), init_segment));
	}
	if (state == NULL)
		state = MemoryContextAllocZero(TopMemoryContext, sizeof(SharedState));
	return state;
}

/* Whether other sessions see and feed the same state. */
bool
shared_between_backends(void)
{
	shared_state();
	return is_shared;
}

/* The state, locked.  Nothing may raise an error or wait until it is unlocked. */
SharedState *
shared_lock(LWLockMode mode)
{
	shared_state();
	if (is_shared)
		LWLockAcquire(&state->lock, mode);
	return state;
}

/* Ends what shared_lock() began. */
void
shared_unlock(void)
{
	if (is_shared)
		LWLockRelease(&state->lock);
}
