/*-------------------------------------------------------------------------
 *
 * server.c
 *		  A server of the API's answers that is faster than its clients.
 *
 * One thread, keep-alive connections, answers sent by sendfile() from memory.
 * With a latency, an answer leaves so long after its request arrived, however
 * many are under way.  A connection has one request at a time.
 *
 *		server --accounts 20 --ads 5000 --latency 100 --gzip
 *			prints the port it listens on, at 127.0.0.1, and serves; it ends with
 *			the process that started it.  With --gzip, those who take compressed
 *			answers get them.
 *		server --csv ads
 *		server --csv campaigns_analytics --from 2026-01-01 --days 90
 *			prints the same content as CSV.
 *
 * GET /bench/stats tells and forgets what was asked for: requests, those for
 * metrics, bytes, most in flight.  GET /bench/targets tells the targets since
 * the last /bench/stats, a line each.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * test/bench/server.c
 *-------------------------------------------------------------------------
 */
#define _GNU_SOURCE

#include "answer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* A URL with 250 ids has about 5 kB. */
#define REQUEST_SIZE 32768
#define EVENTS 64
#define CONTROL "/bench/"

typedef struct Connection
{
	int			fd;
	char		request[REQUEST_SIZE];
	size_t		received;
	const Answer *answer;		/* under way; NULL: a request is due */
	off_t		sent;
	bool		waiting;		/* among those whose time has not come */
	int64_t		due;			/* microseconds */
	struct Connection *next;	/* due after this one */
} Connection;

static struct
{
	long		requests;
	long		analytics;
	long long	bytes;
	int			most_in_flight;
	int			in_flight;
	const Answer **served;
	long		served_size;
}			stats;

static int	poll_fd;
static int	answers_fd;
static int64_t latency;			/* microseconds */
static bool compresses;

/* As the latency is the same for all, the order of arrival is that of departure. */
static Connection *first_waiting;
static Connection *last_waiting;

static void serve(Connection *connection);

static int64_t
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * (int64_t) 1000000 + time.tv_nsec / 1000;
}

/* ---------- counting ---------- */

static void
count_request(const Answer *answer)
{
	if (stats.requests == stats.served_size)
	{
		stats.served_size = stats.served_size * 2 + 1024;
		stats.served = realloc(stats.served, stats.served_size * sizeof(*stats.served));
		if (stats.served == NULL)
			abort();
	}
	stats.served[stats.requests++] = answer;
	stats.analytics += answer->is_analytics;
	stats.bytes += answer->len;
	if (++stats.in_flight > stats.most_in_flight)
		stats.most_in_flight = stats.in_flight;
}

/* What the server tells about itself, in one go: such answers are short. */
static void
answer_control(Connection *connection, const char *target)
{
	Writer		body = {0};
	Writer		out = {0};

	if (strcmp(target, CONTROL "stats") == 0)
	{
		write_text(&body, "{\"requests\":%ld,\"analytics\":%ld,\"bytes\":%lld,\"most_in_flight\":%d}",
				   stats.requests, stats.analytics, stats.bytes, stats.most_in_flight);
		stats.requests = stats.analytics = stats.bytes = 0;
		stats.most_in_flight = stats.in_flight;
	}
	else
	{
		for (long i = 0; i < stats.requests; i++)
			write_text(&body, "%s\n", stats.served[i]->target);
	}
	write_head(&out, "200 OK", body.len, false);
	write_text(&out, "%s", body.data ? body.data : "");
	for (size_t sent = 0; sent < out.len;)
	{
		ssize_t		n = send(connection->fd, out.data + sent, out.len - sent, MSG_NOSIGNAL);

		if (n > 0)
			sent += n;
		else if (errno != EAGAIN)
			break;
	}
	free(body.data);
	free(out.data);
}

/* ---------- connections ---------- */

static void
close_connection(Connection *connection)
{
	if (connection->answer != NULL)
		stats.in_flight--;
	close(connection->fd);
	free(connection);
}

/* Sends what the socket takes; false: the connection is gone. */
static bool
send_answer(Connection *connection)
{
	const Answer *answer = connection->answer;
	off_t		end = answer->start + answer->len;

	while (connection->sent < end)
	{
		ssize_t		n = sendfile(connection->fd, answers_fd, &connection->sent,
								 end - connection->sent);

		if (n < 0 && errno == EAGAIN)
			return true;		/* epoll tells when it takes more */
		if (n <= 0)
		{
			close_connection(connection);
			return false;
		}
	}
	connection->answer = NULL;
	stats.in_flight--;
	return true;
}

static void
wait_for_time(Connection *connection)
{
	connection->waiting = true;
	connection->due = now() + latency;
	connection->next = NULL;
	if (first_waiting == NULL)
		first_waiting = connection;
	else
		last_waiting->next = connection;
	last_waiting = connection;
}

/* Answers those whose time has come; returns milliseconds until the next, -1: none waits. */
static int
serve_waiting(void)
{
	while (first_waiting != NULL)
	{
		Connection *connection = first_waiting;
		int64_t		left = connection->due - now();

		if (left > 0)
			return (int) ((left + 999) / 1000);
		first_waiting = connection->next;
		connection->waiting = false;
		if (send_answer(connection))
			serve(connection);
	}
	return -1;
}

/* Whether header lines say that a compressed answer is welcome. */
static bool
takes_gzip(const char *headers)
{
	const char *line = strcasestr(headers, "\r\nAccept-Encoding:");
	const char *value = line ? line + strlen("\r\nAccept-Encoding:") : "";
	const char *gzip = strstr(value, "gzip");

	return gzip != NULL && gzip < value + strcspn(value, "\r");
}

/* Takes up the requests that have arrived; false: the connection is gone. */
static bool
take_request(Connection *connection)
{
	char	   *end = memmem(connection->request, connection->received, "\r\n\r\n", 4);
	char	   *target = connection->request + strlen("GET ");
	char	   *target_end;
	size_t		len;

	if (end == NULL)
		return true;
	len = end + 4 - connection->request;
	target_end = memchr(target, ' ', len - strlen("GET "));
	if (strncmp(connection->request, "GET ", 4) != 0 || target_end == NULL)
	{
		close_connection(connection);
		return false;
	}
	*target_end = '\0';
	*end = '\0';
	if (strncmp(target, CONTROL, strlen(CONTROL)) == 0)
		answer_control(connection, target);
	else
	{
		connection->answer = answer_for(target, compresses && takes_gzip(target_end + 1));
		connection->sent = connection->answer->start;
		count_request(connection->answer);
	}
	connection->received -= len;
	memmove(connection->request, connection->request + len, connection->received);
	if (connection->answer == NULL)
		return true;
	if (latency > 0)
	{
		wait_for_time(connection);
		return true;
	}
	return send_answer(connection);
}

/* Does what can be done for a connection without waiting. */
static void
serve(Connection *connection)
{
	if (connection->answer != NULL && !connection->waiting && !send_answer(connection))
		return;
	while (connection->answer == NULL)
	{
		ssize_t		n = recv(connection->fd, connection->request + connection->received,
							 REQUEST_SIZE - connection->received, 0);

		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0)
		{
			close_connection(connection);
			return;
		}
		connection->received += n;
		if (!take_request(connection))
			return;
	}
}

static void
accept_connections(int listener)
{
	int			fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
	{
		Connection *connection = calloc(1, sizeof(Connection));
		struct epoll_event event = {
			.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
			.data.ptr = connection,
		};
		int			on = 1;

		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		connection->fd = fd;
		epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event);
	}
}

/* Listens at a free port of 127.0.0.1, prints it and serves for ever. */
static void
listen_and_serve(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t	size = sizeof(address);
	int			listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	poll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (listener < 0 || poll_fd < 0 ||
		bind(listener, (struct sockaddr *) &address, size) != 0 ||
		listen(listener, 512) != 0 ||
		getsockname(listener, (struct sockaddr *) &address, &size) != 0 ||
		epoll_ctl(poll_fd, EPOLL_CTL_ADD, listener, &event) != 0)
	{
		perror("listening");
		exit(1);
	}
	printf("%d\n", ntohs(address.sin_port));
	fflush(stdout);
	for (;;)
	{
		struct epoll_event events[EVENTS];
		int			n = epoll_wait(poll_fd, events, EVENTS, serve_waiting());

		for (int i = 0; i < n; i++)
		{
			if (events[i].data.ptr == NULL)
				accept_connections(listener);
			else
				serve(events[i].data.ptr);
		}
	}
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{"accounts", required_argument, NULL, ACCOUNT},
		{"campaigns", required_argument, NULL, CAMPAIGN},
		{"ad-groups", required_argument, NULL, AD_GROUP},
		{"ads", required_argument, NULL, AD},
		{"latency", required_argument, NULL, 'l'},
		{"gzip", no_argument, NULL, 'g'},
		{"csv", required_argument, NULL, 'c'},
		{"from", required_argument, NULL, 'f'},
		{"days", required_argument, NULL, 'd'},
		{0}
	};
	World		world = {.count = {1, 10, 10, 10}};
	const char *table = NULL;
	int			from = 0;
	int			days = 1;
	int			option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
	{
		if (option < KINDS && atoi(optarg) > 0)
			world.count[option] = atoi(optarg);
		else if (option == 'l')
			latency = atoi(optarg) * 1000;
		else if (option == 'g')
			compresses = true;
		else if (option == 'c')
			table = optarg;
		else if (option == 'f')
			from = text_day(optarg);
		else if (option == 'd')
			days = atoi(optarg);
		else
			return 2;
	}
	if (table != NULL)
	{
		print_csv(&world, table, from, days);
		return 0;
	}
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	signal(SIGPIPE, SIG_IGN);
	answers_fd = answers_open(&world);
	listen_and_serve();
}
