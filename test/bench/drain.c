/*-------------------------------------------------------------------------
 *
 * drain.c
 *		  A client that throws away what it gets: how fast the server can be.
 *
 *		drain PORT [gzip] <targets
 *			asks for each target, one after the other on one connection, and prints
 *			seconds and bytes.  With gzip it says that it takes compressed answers.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * test/bench/drain.c
 *-------------------------------------------------------------------------
 */
#define _GNU_SOURCE

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define HEAD_SIZE 4096

static void
fail(const char *what)
{
	perror(what);
	exit(1);
}

static int
connect_to(int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	int			fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *) &address, sizeof(address)) != 0)
		fail("connecting");
	return fd;
}

/*
 * Asks for a target, with header lines; returns how long the answer is that
 * follows, with its own.
 */
static size_t
ask(int fd, const char *target, const char *headers)
{
	char		text[65536];
	char		head[HEAD_SIZE + 1];
	const char *length;
	const char *end;
	int			len = snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n",
							   target, headers);
	ssize_t		n;

	if (send(fd, text, len, 0) != len)
		fail("asking");
	n = recv(fd, head, HEAD_SIZE, MSG_PEEK);
	if (n <= 0)
		fail("reading");
	head[n] = '\0';
	length = strstr(head, "Content-Length: ");
	end = strstr(head, "\r\n\r\n");
	if (length == NULL || end == NULL || strncmp(head, "HTTP/1.1 200", 12) != 0)
		fail("understanding the answer");
	return end + 4 - head + strtoul(length + strlen("Content-Length: "), NULL, 10);
}

int
main(int argc, char **argv)
{
	int			fd = connect_to(argc > 1 ? atoi(argv[1]) : 0);
	const char *headers = argc > 2 ? "Accept-Encoding: gzip\r\n" : "";
	char	   *target = NULL;
	size_t		size = 0;
	size_t		bytes = 0;
	ssize_t		len;
	struct timespec start;
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &start);
	while ((len = getline(&target, &size, stdin)) > 0)
	{
		size_t		left;

		target[len - 1] = '\0';
		left = ask(fd, target, headers);
		bytes += left;
		while (left > 0)
		{
			/* the kernel drops them, nothing is copied */
			ssize_t		n = recv(fd, NULL, left, MSG_TRUNC);

			if (n <= 0)
				fail("reading");
			left -= n;
		}
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("%.6f %zu\n", end.tv_sec - start.tv_sec + (end.tv_nsec - start.tv_nsec) / 1e9, bytes);
	return 0;
}
