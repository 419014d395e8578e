/*-------------------------------------------------------------------------
 *
 * http_socket.c
 *		  The sockets that libcurl opens, closes and watches.
 *
 * All of it is called by libcurl: no error may be raised here.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/http/http_socket.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "storage/fd.h"
#include "storage/latch.h"

#include "http/http_private.h"

/*
 * Counts one more descriptor among those that PostgreSQL allows itself.  False
 * if there is none, or none would be left for the wait event set.
 */
static bool
acquire_descriptor(void)
{
	bool		one_left;

	if (!AcquireExternalFD())
		return false;
	one_left = AcquireExternalFD();
	ReleaseExternalFD();
	return one_left;
}

/*
 * CURLOPT_OPENSOCKETFUNCTION.  No program that a later COPY runs inherits the
 * socket.
 */
curl_socket_t
http_open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	HttpClient *client = arg;
	int			fd;

	client->out_of_sockets = !acquire_descriptor();
	if (client->out_of_sockets)
		return CURL_SOCKET_BAD;
	fd = socket(address->family, address->socktype, address->protocol);
	if (fd < 0)
		ReleaseExternalFD();
	else
		(void) fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}

static HttpSocket *
find_socket(HttpClient *client, curl_socket_t fd)
{
	for (int i = 0; i < client->nsockets; i++)
		if (client->sockets[i].fd == fd)
			return &client->sockets[i];
	return NULL;
}

/* NULL if there is no memory. */
static HttpSocket *
add_socket(HttpClient *client, curl_socket_t fd)
{
	if (client->nsockets == client->sockets_room)
	{
		int			room = client->sockets_room + 16;
		HttpSocket *grown = realloc(client->sockets, room * sizeof(HttpSocket));

		if (grown == NULL)
			return NULL;
		client->sockets = grown;
		client->sockets_room = room;
	}
	client->sockets[client->nsockets] = (HttpSocket)
	{
		.fd = fd
	};
	return &client->sockets[client->nsockets++];
}

static void
remove_socket(HttpClient *client, curl_socket_t fd)
{
	HttpSocket *found = find_socket(client, fd);

	if (found == NULL)
		return;
	http_note_events(client, fd, found->events, 0);
	*found = client->sockets[--client->nsockets];
}

/*
 * CURLOPT_CLOSESOCKETFUNCTION.  libcurl stops watching a socket before, but a
 * closed one that we still watched would make every later wait fail.
 */
int
http_close_socket(void *arg, curl_socket_t fd)
{
	remove_socket(arg, fd);
	ReleaseExternalFD();
	return close(fd);
}

/*
 * CURLMOPT_SOCKETFUNCTION: what to watch a socket for from now on.  Some are
 * not connections: a lookup's thread reports through one.
 */
int
http_watch_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *unused)
{
	HttpSocket *watched;
	uint32		events = (what & CURL_POLL_IN ? WL_SOCKET_READABLE : 0) |
		(what & CURL_POLL_OUT ? WL_SOCKET_WRITEABLE : 0);

	if ((what & CURL_POLL_INOUT) == 0)
	{
		remove_socket(arg, fd);
		return 0;
	}
	watched = find_socket(arg, fd);
	if (watched == NULL)
		watched = add_socket(arg, fd);
	if (watched == NULL)
		return -1;
	http_note_events(arg, fd, watched->events, events);
	watched->events = events;
	return 0;
}
