/*-------------------------------------------------------------------------
 *
 * http_descriptor.c
 *		  One descriptor for whoever waits for some clients and for other things.
 *
 * It can be read from once a socket of one of the clients is ready, or a time has
 * come: an epoll instance with a timer in it.  So an executor node can wait for it
 * that knows of nothing but descriptors.  Other systems than Linux have none.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/http/http_descriptor.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#ifdef HAVE_SYS_EPOLL_H
#include <sys/epoll.h>
#include <sys/timerfd.h>
#endif
#include <unistd.h>

#include "storage/fd.h"
#include "storage/latch.h"
#include "utils/memutils.h"

#include "http/http_private.h"

static dlist_head descriptors = DLIST_STATIC_INIT(descriptors);

/* ---------- what the system has ---------- */

#ifdef HAVE_SYS_EPOLL_H

/* Whether there are such descriptors. */
bool
http_has_descriptors(void)
{
	return true;
}

static int
create_epoll(void)
{
	return epoll_create1(EPOLL_CLOEXEC);
}

static int
create_timer(void)
{
	return timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
}

/* Changes what a descriptor is watched for, WL_SOCKET_*; 0: for nothing. */
static bool
change_watch(int epoll, int fd, uint32 before, uint32 now)
{
	struct epoll_event event = {
		.events = (now & WL_SOCKET_READABLE ? EPOLLIN : 0) | (now & WL_SOCKET_WRITEABLE ? EPOLLOUT : 0)
	};

	if (before == now)
		return true;
	return epoll_ctl(epoll, before == 0 ? EPOLL_CTL_ADD : now == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD,
					 fd, &event) == 0;
}

/* Has a timer become readable after so many microseconds; HTTP_NEVER: not at all. */
static void
set_timer(int timer, int64 delay_us)
{
	struct itimerspec spec = {0};

	if (delay_us != HTTP_NEVER)
	{
		delay_us = Max(delay_us, 1);	/* 0 would be never */
		spec.it_value.tv_sec = delay_us / 1000000;
		spec.it_value.tv_nsec = (delay_us % 1000000) * 1000;
	}
	(void) timerfd_settime(timer, 0, &spec, NULL);
}

#else

bool
http_has_descriptors(void)
{
	return false;
}

static int
create_epoll(void)
{
	return -1;
}

static int
create_timer(void)
{
	return -1;
}

static bool
change_watch(int epoll, int fd, uint32 before, uint32 now)
{
	return false;
}

static void
set_timer(int timer, int64 delay_us)
{
}

#endif

/* ---------- opening and closing ---------- */

/* Closes one of a descriptor's two; -1: it is not open. */
static void
close_one(int *fd)
{
	if (*fd < 0)
		return;
	(void) close(*fd);
	ReleaseExternalFD();
	*fd = -1;
}

static void
close_descriptor(HttpDescriptor *descriptor)
{
	close_one(&descriptor->timer);
	close_one(&descriptor->epoll);
}

/* Opens one of a descriptor's two; false where that cannot be. */
static bool
open_one(int *fd, int (*create) (void))
{
	if (!AcquireExternalFD())
		return false;
	*fd = create();
	if (*fd < 0)
		ReleaseExternalFD();
	return *fd >= 0;
}

/* False where the process has no descriptors left. */
static bool
open_descriptor(HttpDescriptor *descriptor)
{
	if (descriptor->epoll >= 0)
		return true;
	if (open_one(&descriptor->epoll, create_epoll) && open_one(&descriptor->timer, create_timer) &&
		change_watch(descriptor->epoll, descriptor->timer, 0, WL_SOCKET_READABLE))
		return true;
	close_descriptor(descriptor);
	return false;
}

/* Its context is gone. */
static void
free_descriptor(void *arg)
{
	HttpDescriptor *descriptor = arg;
	dlist_iter	iter;

	dlist_delete(&descriptor->node);
	dlist_foreach(iter, &descriptor->clients)
	{
		dlist_container(HttpClient, watched, iter.cur)->descriptor = NULL;
	}
	close_descriptor(descriptor);
}

/*
 * The descriptor that ends with a memory context, made at its first use.  Nothing
 * is open before http_begin_wait().
 */
HttpDescriptor *
http_descriptor_of(MemoryContext context)
{
	HttpDescriptor *descriptor;
	dlist_iter	iter;

	dlist_foreach(iter, &descriptors)
	{
		descriptor = dlist_container(HttpDescriptor, node, iter.cur);
		if (descriptor->context == context)
			return descriptor;
	}
	descriptor = MemoryContextAllocZero(context, sizeof(HttpDescriptor));
	descriptor->context = context;
	descriptor->epoll = descriptor->timer = -1;
	dlist_init(&descriptor->clients);
	dlist_push_head(&descriptors, &descriptor->node);
	descriptor->callback.func = free_descriptor;
	descriptor->callback.arg = descriptor;
	MemoryContextRegisterResetCallback(context, &descriptor->callback);
	return descriptor;
}

/* ---------- clients ---------- */

/* Takes a client out of the descriptor that it is in, if any. */
void
http_leave_descriptor(HttpClient *client)
{
	if (client->descriptor == NULL)
		return;
	for (int i = 0; i < client->nsockets; i++)
		http_note_events(client, client->sockets[i].fd, client->sockets[i].events, 0);
	dlist_delete(&client->watched);
	client->descriptor = NULL;
}

/*
 * Puts a client into a descriptor, where it stays.  False where the descriptor
 * cannot serve.
 */
bool
http_join_descriptor(HttpClient *client, HttpDescriptor *descriptor)
{
	if (!open_descriptor(descriptor))
		return false;
	if (client->descriptor != descriptor)
	{
		http_leave_descriptor(client);
		client->descriptor = descriptor;
		dlist_push_tail(&descriptor->clients, &client->watched);
		for (int i = 0; i < client->nsockets; i++)
			http_note_events(client, client->sockets[i].fd, 0, client->sockets[i].events);
	}
	return !descriptor->is_blind;
}

/*
 * Notes for what a socket of a client is watched from now on, WL_SOCKET_*; 0: for
 * nothing.  Called from within libcurl: a descriptor that fails is not used any more.
 */
void
http_note_events(HttpClient *client, int fd, uint32 before, uint32 now)
{
	HttpDescriptor *descriptor = client->descriptor;

	if (descriptor != NULL && !change_watch(descriptor->epoll, fd, before, now) && now != 0)
		descriptor->is_blind = true;
}

/* ---------- time ---------- */

/*
 * Has a descriptor become readable at a time of http_now(), HTTP_NEVER: at none.
 * anew: in place of the time that was set before, if that is earlier.
 */
void
http_set_due(HttpDescriptor *descriptor, int64 due, bool anew)
{
	if (!anew && descriptor->due <= due)
		return;
	descriptor->due = due;
	set_timer(descriptor->timer, due == HTTP_NEVER ? HTTP_NEVER : due - http_now());
}
