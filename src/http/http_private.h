/*-------------------------------------------------------------------------
 *
 * http_private.h
 *		  What http.c (what a request is), http_origin.c (which version of HTTP
 *		  it has) and http_wait.c (how one waits for it) share.
 *
 * Three rules keep libcurl and PostgreSQL's error handling apart:
 *
 * - No callback raises an error or calls anything that might, palloc
 *	 included: an error is a longjmp, through libcurl's unfinished work.
 * - Interrupts are served only after libcurl has returned.
 * - Whatever libcurl gave us belongs to a memory context, whose callback
 *	 closes it; it is armed before the first handle exists.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/http/http_private.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_HTTP_PRIVATE_H
#define PINTEREST_HTTP_PRIVATE_H

#include <curl/curl.h>

#include "lib/ilist.h"
#include "portability/instr_time.h"

#include "http/http.h"
#include "http/http_coding.h"

/*
 * For headers, of which servers send at most some 8 kB, and for the body of an
 * error: Pinterest's are below 1 kB, a proxy's page can have some ten.
 */
#define HTTP_BUFFER_SIZE (32 * 1024)

/* For times: none. */
#define HTTP_NEVER PG_INT64_MAX

typedef struct HttpBuffer
{
	size_t		len;
	char		data[HTTP_BUFFER_SIZE]; /* a NUL behind so many bytes */
} HttpBuffer;

/* Versions of HTTP. */
typedef enum HttpVersion
{
	HTTP_VERSION_UNKNOWN = 0,
	HTTP_VERSION_1 = 1,
	HTTP_VERSION_2 = 2
} HttpVersion;

/* Where requests go: scheme, host and port.  It lives as long as the client. */
typedef struct HttpOrigin
{
	slist_node	node;			/* in HttpClient.origins */
	char	   *name;
	bool		is_mixed;		/* see http_note_version() */
	HttpVersion version;		/* of its last response, if any */
} HttpOrigin;

/* The two ends of a connection, which name it. */
typedef struct HttpEnds
{
	char		remote[64];		/* address */
	char		local[64];
	int			remote_port;
	int			local_port;
} HttpEnds;

struct HttpTransfer
{
	dlist_node	node;			/* in HttpClient.transfers, unless spare */
	HttpClient *client;
	CURL	   *easy;
	struct curl_slist *request_headers; /* NULL: libcurl's own alone */
	HttpReceiver receiver;		/* NULL: the body is not wanted */
	void	   *arg;
	HttpAccountant accountant;	/* NULL: none */
	void	   *account;
	HttpOutcome outcome;
	HttpDecoder *decoder;		/* NULL: the body is not compressed */
	const char *decoded;		/* by it, and not yet taken by the receiver */
	size_t		decoded_len;
	size_t		ahead;			/* compressed bytes that are decoded, but that
								 * libcurl offers again after a pause */
	bool		has_body;		/* some of it has come */
	bool		damaged;		/* it cannot be decoded */
	char		unknown_coding[HTTP_CODING_BYTES];	/* "": none */
	bool		restarted;		/* see begin_header() */
	bool		paused;			/* the receiver has enough for now */
	bool		took_last;		/* the receiver said HTTP_TAKEN_LAST */
	bool		refused;		/* the receiver said HTTP_ABORT */
	bool		too_large;		/* see HttpOptions.max_bytes */
	bool		cut_off;		/* error_body is full: the rest does not
								 * matter */
	bool		fetched;		/* by http_next_finished() */
	int			sends;			/* see http_note_send() */
	uint64		sent_in;		/* HttpClient.rounds when it was last sent */
	bool		waits_to_share; /* for a connection that another one opens */
	HttpEnds	ends;			/* of the connection, once it was sent */
	HttpOrigin *origin;
	HttpVersion version;		/* of the response */
	bool		http1_only;		/* is what is asked for */
	bool		mixed_up;		/* see http_note_version() */
	int64		started_at;
	int64		active_at;		/* when it last got further */
	int64		waited_us;		/* see HttpOptions.total_timeout_ms */
	uint64		progress;		/* see progress_mark(); 0: it connects */
	char		error[CURL_ERROR_SIZE];
	HttpBuffer	headers;		/* lines, a NUL in place of each one's end */
	HttpBuffer	error_body;
};

/* A socket that libcurl waits for, and for what: WL_SOCKET_* */
typedef struct HttpSocket
{
	curl_socket_t fd;
	uint32		events;
} HttpSocket;

/* See http_descriptor.c. */
struct HttpDescriptor
{
	dlist_node	node;			/* in the list there */
	MemoryContext context;		/* with which it ends */
	MemoryContextCallback callback;
	int			epoll;			/* -1: not open */
	int			timer;			/* likewise; in epoll */
	int64		due;			/* when the timer ends; HTTP_NEVER: it does
								 * not */
	int64		began;			/* the wait, see http_begin_wait() */
	bool		is_blind;		/* a socket could not be added: not to be used */
	dlist_head	clients;		/* HttpClient, whose sockets are in epoll */
};

struct HttpClient
{
	MemoryContext context;		/* its own */
	MemoryContextCallback callback;
	CURLM	   *multi;
	HttpOptions options;
	dlist_head	transfers;		/* the finished ones last, oldest first */
	HttpTransfer *spare;		/* a released one, for the next to start;
								 * NULL: there is none */
	int64		attended_at;	/* when we last looked after the client */
	uint64		rounds;			/* see step() */
	HttpWaits	waits;
	bool		out_of_sockets; /* the last one was denied */
	slist_head	origins;		/* HttpOrigin */
	HttpSocket *sockets;		/* malloc'd, since a callback adds to them */
	int			nsockets;
	int			sockets_room;
	HttpDescriptor *descriptor; /* that its sockets are in; NULL: none */
	dlist_node	watched;		/* in HttpDescriptor.clients */
};

/* Microseconds of a clock that is never set back. */
static inline int64
http_now(void)
{
	instr_time	now;

	INSTR_TIME_SET_CURRENT(now);
	return (int64) INSTR_TIME_GET_MICROSEC(now);
}

/* http_transfer.c */
extern void http_finish(HttpTransfer *transfer, CURLcode code);

/* http_origin.c */
extern HttpOrigin *http_find_origin(HttpClient *client, const char *url);
extern int	http_note_send(void *arg, char *remote, char *local,
						   int remote_port, int local_port);
extern bool http_note_version(HttpTransfer *transfer, HttpVersion version);
extern CURLMcode http_end_sharing(HttpClient *client);

/* http_descriptor.c */
extern bool http_join_descriptor(HttpClient *client, HttpDescriptor *descriptor);
extern void http_note_events(HttpClient *client, int fd, uint32 before, uint32 now);
extern void http_set_due(HttpDescriptor *descriptor, int64 due, bool anew);

/* http_socket.c: libcurl's callbacks */
extern curl_socket_t http_open_socket(void *arg, curlsocktype purpose,
									  struct curl_sockaddr *address);
extern int	http_close_socket(void *arg, curl_socket_t fd);
extern int	http_watch_socket(CURL *easy, curl_socket_t fd, int what,
							  void *arg, void *unused);

#endif							/* PINTEREST_HTTP_PRIVATE_H */
