/*-------------------------------------------------------------------------
 *
 * shared.c
 *		  Memory that the sessions of a server share, each piece behind a lock.
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

/* Stands before the contents. */
typedef struct SharedHead
{
	uint32		version;
	Size		size;			/* of the contents */
	int			tranche;		/* of lock */
	LWLock		lock;
} SharedHead;

#define HEAD_SIZE MAXALIGN(sizeof(SharedHead))

static SharedSegment *segments = NULL;	/* all that were registered */
static shmem_request_hook_type previous_request_hook = NULL;
static shmem_startup_hook_type previous_startup_hook = NULL;

/* For init_segment(), whom not every version of PostgreSQL tells. */
static const SharedSegment *being_made = NULL;

/* Which one this process has locked; for assertions. */
static PG_USED_FOR_ASSERTS_ONLY const SharedSegment *locked = NULL;

static Size
whole_size(const SharedSegment *segment)
{
	return HEAD_SIZE + segment->size;
}

/* Makes an empty segment, for whoever comes first. */
COMPAT_INIT_SEGMENT(init_segment)
{
	SharedHead *head = segment;

	memset(head, 0, whole_size(being_made));
	head->version = being_made->version;
	head->size = being_made->size;
	head->tranche = compat_new_tranche(being_made->name);
	LWLockInitialize(&head->lock, head->tranche);
}

/* Uses shared memory, unless another version of the library made it. */
static void
use_memory(SharedSegment *segment, SharedHead *head)
{
	segment->is_shared = head != NULL && head->version == segment->version &&
		head->size == segment->size;
	segment->head = segment->is_shared ? head : NULL;
	if (segment->is_shared)
		compat_register_tranche(head->tranche, segment->name);
}

/* ---------- at the start of the server ---------- */

static void
request_memory(void)
{
	if (previous_request_hook)
		previous_request_hook();
	for (SharedSegment *segment = segments; segment; segment = segment->next)
		RequestAddinShmemSpace(whole_size(segment));
}

static void
start_memory(void)
{
	if (previous_startup_hook)
		previous_startup_hook();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	for (SharedSegment *segment = segments; segment; segment = segment->next)
	{
		bool		found;
		SharedHead *head = ShmemInitStruct(segment->name, whole_size(segment), &found);

		being_made = segment;
		if (!found)
			compat_init_segment(init_segment, head);
		use_memory(segment, head);
	}
	LWLockRelease(AddinShmemInitLock);
}

/*
 * Makes a segment known, which is to stay for as long as the process, and asks
 * for its memory where that is only given out at the start of the server.  To
 * be called once, when the library is loaded.
 */
void
shared_register(SharedSegment *segment)
{
	bool		is_first = segments == NULL;

	segment->next = segments;
	segments = segment;
	if (!is_first || COMPAT_HAS_SEGMENTS || !process_shared_preload_libraries_in_progress)
		return;
	previous_request_hook = shmem_request_hook;
	shmem_request_hook = request_memory;
	previous_startup_hook = shmem_startup_hook;
	shmem_startup_hook = start_memory;
}

/* ---------- in sessions ---------- */

/*
 * Sees to it that a segment has memory, which it keeps for as long as the
 * process lives.  The first call raises an error if there is none.
 */
static void
attach(SharedSegment *segment)
{
	if (segment->head == NULL && COMPAT_HAS_SEGMENTS)
	{
		char		name[NAMEDATALEN];

		/*
		 * PostgreSQL refuses a segment whose size is not the expected one, so
		 * that another version of the library needs one of its own.
		 */
		snprintf(name, sizeof(name), "%s.%x.%zu", segment->name, segment->version,
				 whole_size(segment));
		being_made = segment;
		use_memory(segment, compat_named_segment(name, whole_size(segment), init_segment));
	}
	if (segment->head == NULL)
		segment->head = MemoryContextAllocZero(TopMemoryContext, whole_size(segment));
}

/* Whether other sessions see and feed the same contents, of all segments. */
bool
shared_between_backends(void)
{
	for (SharedSegment *segment = segments; segment; segment = segment->next)
	{
		attach(segment);
		if (!segment->is_shared)
			return false;
	}
	return true;
}

/*
 * The contents, locked; never NULL.  See the head of shared.h for what may
 * happen until they are unlocked.  The first call of a process for a segment
 * raises an error if there is no memory.
 */
void *
shared_lock(SharedSegment *segment, LWLockMode mode)
{
	Assert(locked == NULL);
	attach(segment);
	if (segment->is_shared)
		LWLockAcquire(&segment->head->lock, mode);
	locked = segment;
	return (char *) segment->head + HEAD_SIZE;
}

/* Ends what shared_lock() began. */
void
shared_unlock(SharedSegment *segment)
{
	Assert(locked == segment);
	locked = NULL;
	if (segment->is_shared)
		LWLockRelease(&segment->head->lock);
}
