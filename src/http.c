/*-------------------------------------------------------------------------
 *
 * http.c
 *		  HTTP requests that run side by side and can be cancelled.
 *
 * A client is one libcurl multi handle, driven by curl_multi_socket_action():
 * libcurl tells which sockets it watches and when it wants to be called next,
 * and we wait for that together with the process latch, in a WaitEventSet.
 * So a cancel, a timeout or a shutdown ends a wait at once, wherever the
 * answer hangs, and no thread, timer or signal of libcurl's is involved.
 *
 * Three rules keep libcurl and PostgreSQL's error handling apart:
 *
 * - No callback raises an error or calls anything that might.  An error is a
 *	 longjmp, which would leave libcurl in the middle of its work.  What
 *	 callbacks grow comes from malloc() and has a limit.
 * - Interrupts are served only after libcurl has returned.
 * - Whatever libcurl gave us belongs to a memory context, whose callback
 *	 closes it; it is armed before the first handle exists.
 *
 * libcurl may start a thread to look a host name up.  The thread inherits the
 * signal mask of its creator, and none of PostgreSQL's signal handlers may
 * ever run in it, so signals are blocked while libcurl works.  It never
 * sleeps then.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/http.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>
#include <curl/curl.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/ilist.h"
#include "miscadmin.h"
#include "portability/instr_time.h"
#include "storage/fd.h"
#include "utils/memutils.h"

#include "compat.h"
#include "http.h"

/*
 * An error's body is read for its message.  Pinterest's are below 1 kB, a
 * proxy's or a load balancer's page can have some ten.
 */
#define ERROR_BODY_LIMIT	(64 * 1024)

/* Twice what common servers are ready to send; what exceeds it is ignored. */
#define HEADERS_LIMIT		(16 * 1024)

/* Room that a buffer starts with; most answers' headers fit. */
#define BUFFER_START		1024

/*
 * A client that nobody has looked after for so long was not waited on: its
 * user was busy elsewhere.  That time must not count against the server.
 */
#define ABSENCE_US			INT64CONST(1000000)

/* For times: none. */
#define NEVER				PG_INT64_MAX

/* All differences between the versions of libcurl, 7.81 and newer */
#if LIBCURL_VERSION_NUM >= 0x075500
#define OPTION_PROTOCOLS	CURLOPT_PROTOCOLS_STR
#define PROTOCOL_HTTP		"http"
#define PROTOCOL_HTTPS		"https"
#else
#define OPTION_PROTOCOLS	CURLOPT_PROTOCOLS
#define PROTOCOL_HTTP		((long) CURLPROTO_HTTP)
#define PROTOCOL_HTTPS		((long) CURLPROTO_HTTPS)
#endif

/*
 * Without it, closing a handle waits for a name lookup that is under way.
 * With it, the lookup's thread is left to end by itself.
 */
#if LIBCURL_VERSION_NUM >= 0x075700
#define HAVE_QUICK_EXIT		1
#endif

/* Bytes in malloc'd memory, always followed by a NUL. */
typedef struct HttpBuffer
{
	char	   *data;			/* NULL: nothing yet */
	size_t		len;
	size_t		room;
} HttpBuffer;

/* A transfer goes from one stage to the next, and back to the first. */
typedef enum Stage
{
	SPARE,						/* an easy handle for the next request */
	QUEUED,						/* waits for one of max_connections */
	RUNNING,					/* in the multi handle */
	FINISHED,					/* to be fetched by http_next_finished() */
	FETCHED						/* to be released by its user */
} Stage;

#define STAGES				(FETCHED + 1)

/*
 * Lives in its client's memory context and is never freed before it: a
 * released transfer becomes a spare one.
 */
struct HttpTransfer
{
	dlist_node	node;			/* in the client's list of its stage */
	Stage		stage;
	HttpClient *client;
	CURL	   *easy;
	HttpReceiver receiver;		/* NULL: the body is not wanted */
	void	   *arg;
	bool		paused;			/* the receiver has enough for now */
	bool		refused;		/* the receiver said HTTP_ABORT */
	HttpOutcome outcome;
	uint64		progress;		/* see progress_mark() */
	int64		active_at;		/* when progress was last seen */
	int64		forgiven_us;	/* see forgive_absence() */
	HttpBuffer		headers;		/* name, NUL, value, NUL, name, ... */
	HttpBuffer		error_body;
	char		error[CURL_ERROR_SIZE];
};

struct HttpClient
{
	MemoryContext context;		/* its own; holds all but malloc'd memory */
	MemoryContextCallback callback;
	CURLM	   *multi;
	HttpOptions options;
	dlist_head	transfers[STAGES];
	int			nrunning;
	int64		timer_at;		/* when libcurl wants to be called, or NEVER */
	int64		attended_at;	/* when we last looked after the client */
	bool		out_of_sockets; /* the last one was denied */

	/* Sockets that libcurl watches, and a copy for poll() to write in. */
	struct pollfd *watched;
	struct pollfd *polled;
	int			nwatched;
	int			watched_room;
};

/*
 * What libcurl's error codes mean for a second attempt.  A code that is not
 * listed is HTTP_BROKEN: no connection, or one that broke down.
 */
static const struct
{
	CURLcode	code;
	HttpOutcome outcome;
}			outcomes[] =
{
	{CURLE_OK, HTTP_ANSWERED},
	{CURLE_OPERATION_TIMEDOUT, HTTP_TIMED_OUT},
	{CURLE_UNSUPPORTED_PROTOCOL, HTTP_IMPOSSIBLE},
	{CURLE_FAILED_INIT, HTTP_IMPOSSIBLE},
	{CURLE_URL_MALFORMAT, HTTP_IMPOSSIBLE},
	{CURLE_NOT_BUILT_IN, HTTP_IMPOSSIBLE},
	{CURLE_OUT_OF_MEMORY, HTTP_IMPOSSIBLE},
	{CURLE_BAD_FUNCTION_ARGUMENT, HTTP_IMPOSSIBLE},
	{CURLE_UNKNOWN_OPTION, HTTP_IMPOSSIBLE},
	{CURLE_SSL_ENGINE_NOTFOUND, HTTP_IMPOSSIBLE},
	{CURLE_SSL_ENGINE_SETFAILED, HTTP_IMPOSSIBLE},
	{CURLE_SSL_ENGINE_INITFAILED, HTTP_IMPOSSIBLE},
	{CURLE_SSL_CERTPROBLEM, HTTP_IMPOSSIBLE},
	{CURLE_SSL_CIPHER, HTTP_IMPOSSIBLE},
	{CURLE_PEER_FAILED_VERIFICATION, HTTP_IMPOSSIBLE},
	{CURLE_SSL_CACERT_BADFILE, HTTP_IMPOSSIBLE},
	{CURLE_SSL_CRL_BADFILE, HTTP_IMPOSSIBLE},
	{CURLE_SSL_ISSUER_ERROR, HTTP_IMPOSSIBLE},
	{CURLE_SSL_PINNEDPUBKEYNOTMATCH, HTTP_IMPOSSIBLE},
	{CURLE_SSL_INVALIDCERTSTATUS, HTTP_IMPOSSIBLE},
	{CURLE_SSL_CLIENTCERT, HTTP_IMPOSSIBLE},
};

/*
 * What a transfer is doing, told by the latest of libcurl's time stamps that
 * is set, so in reverse order: a connection that is used again sets no
 * CURLINFO_APPCONNECT_TIME_T, and some libcurls set CURLINFO_CONNECT_TIME_T
 * only when TLS is up as well.
 */
static const struct
{
	CURLINFO	since;
	const char *doing;
}			phases[] =
{
	{CURLINFO_PRETRANSFER_TIME_T, "waiting for the answer"},
	{CURLINFO_APPCONNECT_TIME_T, "sending the request"},
	{CURLINFO_CONNECT_TIME_T, "negotiating TLS"},
	{CURLINFO_NAMELOOKUP_TIME_T, "connecting"},
};

#define CHECK_SETOPT(easy, option, value) \
	do { \
		CURLcode	code_ = curl_easy_setopt(easy, option, value); \
		if (code_ != CURLE_OK) \
			option_failed(#option, curl_easy_strerror(code_)); \
	} while (0)

#define CHECK_MSETOPT(multi, option, value) \
	do { \
		CURLMcode	code_ = curl_multi_setopt(multi, option, value); \
		if (code_ != CURLM_OK) \
			option_failed(#option, curl_multi_strerror(code_)); \
	} while (0)

static void
option_failed(const char *option, const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_ERROR),
			 errmsg("could not set option %s of libcurl: %s",
					option, problem)));
}

static void
out_of_memory(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_OUT_OF_MEMORY),
			 errmsg("out of memory"),
			 errdetail("libcurl could not allocate a handle.")));
}

/* Microseconds of a clock that is never set back. */
static int64
now_us(void)
{
	instr_time	now;

	INSTR_TIME_SET_CURRENT(now);
	return (int64) INSTR_TIME_GET_MICROSEC(now);
}

static void
block_signals(sigset_t *before)
{
	sigset_t	all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, before);
}

static void
restore_signals(const sigset_t *before)
{
	pthread_sigmask(SIG_SETMASK, before, NULL);
}

static void
enter_stage(HttpTransfer *transfer, Stage stage)
{
	dlist_delete(&transfer->node);
	transfer->stage = stage;
	dlist_push_tail(&transfer->client->transfers[stage], &transfer->node);
}

/*
 * Makes room for len more bytes.  False if that exceeds limit or there is no
 * memory; the buffer is as it was then.
 */
static bool
buffer_reserve(HttpBuffer *buffer, size_t len, size_t limit)
{
	size_t		room = Max(buffer->room, BUFFER_START);
	char	   *data;

	if (len > limit || buffer->len > limit - len)
		return false;
	while (room < buffer->len + len + 1)
		room *= 2;
	if (room > buffer->room)
	{
		data = realloc(buffer->data, room);
		if (data == NULL)
			return false;
		buffer->data = data;
		buffer->room = room;
	}
	return true;
}

/* Appends to a buffer in which buffer_reserve() made room. */
static void
buffer_append(HttpBuffer *buffer, const char *data, size_t len)
{
	memcpy(buffer->data + buffer->len, data, len);
	buffer->len += len;
	buffer->data[buffer->len] = '\0';
}

/*-------------------------------------------------------------------------
 * Callbacks: no error may be raised here
 *-------------------------------------------------------------------------
 */

/*
 * Counts one more descriptor among those that PostgreSQL allows itself.  False
 * if there is none, or none would be left for the wait event set.
 */
static bool
acquire_descriptor(void)
{
	if (!AcquireExternalFD())
		return false;
	if (!AcquireExternalFD())
	{
		ReleaseExternalFD();
		return false;
	}
	ReleaseExternalFD();
	return true;
}

/*
 * CURLOPT_OPENSOCKETFUNCTION.  No program that a later COPY runs inherits the
 * socket.
 */
static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	HttpClient *client = arg;
	int			fd;

	client->out_of_sockets = !acquire_descriptor();
	if (client->out_of_sockets)
		return CURL_SOCKET_BAD;

	fd = socket(address->family, address->socktype, address->protocol);
	if (fd < 0)
	{
		ReleaseExternalFD();
		return CURL_SOCKET_BAD;
	}
	(void) fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}

static void
unwatch_socket(HttpClient *client, int fd)
{
	for (int i = 0; i < client->nwatched; i++)
	{
		if (client->watched[i].fd == fd)
		{
			client->watched[i] = client->watched[--client->nwatched];
			return;
		}
	}
}

/*
 * CURLOPT_CLOSESOCKETFUNCTION.  libcurl stops watching a socket before, but a
 * closed one that we still watched would make every later wait fail.
 */
static int
close_socket(void *arg, curl_socket_t fd)
{
	HttpClient *client = arg;

	unwatch_socket(client, fd);
	ReleaseExternalFD();
	return close(fd);
}

/* Makes room for one more watched socket; false if there is no memory. */
static bool
reserve_watch(HttpClient *client)
{
	int			room = client->watched_room + 16;
	struct pollfd *grown;

	if (client->nwatched < client->watched_room)
		return true;

	grown = realloc(client->watched, room * sizeof(struct pollfd));
	if (grown == NULL)
		return false;
	client->watched = grown;

	grown = realloc(client->polled, room * sizeof(struct pollfd));
	if (grown == NULL)
		return false;
	client->polled = grown;

	client->watched_room = room;
	return true;
}

/*
 * CURLMOPT_SOCKETFUNCTION: what to watch a socket for from now on.  Of the
 * few sockets that there are, some are not connections: a lookup's thread
 * reports through one.
 */
static int
watch_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *unused)
{
	HttpClient *client = arg;
	short		events = 0;
	int			i;

	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		events |= POLLIN;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		events |= POLLOUT;
	if (events == 0)
	{
		unwatch_socket(client, fd);
		return 0;
	}

	for (i = 0; i < client->nwatched; i++)
	{
		if (client->watched[i].fd == fd)
			break;
	}
	if (i == client->nwatched)
	{
		if (!reserve_watch(client))
			return -1;
		client->nwatched++;
	}
	client->watched[i].fd = fd;
	client->watched[i].events = events;
	return 0;
}

/* CURLMOPT_TIMERFUNCTION: when to call libcurl at the latest, -1 for never. */
static int
set_timer(CURLM *multi, long timeout_ms, void *arg)
{
	HttpClient *client = arg;

	client->timer_at = timeout_ms < 0 ? NEVER
		: now_us() + (int64) timeout_ms * 1000;
	return 0;
}

/* Is the answer a 2xx? */
static bool
is_success(const HttpTransfer *transfer)
{
	return http_status(transfer) / 100 == 2;
}

/* CURLOPT_WRITEFUNCTION: decoded bytes of the body. */
static size_t
receive_body(char *data, size_t size, size_t count, void *arg)
{
	HttpTransfer *transfer = arg;
	size_t		len = size * count;

	if (!is_success(transfer))
	{
		size_t		left = ERROR_BODY_LIMIT - transfer->error_body.len;
		size_t		keep = Min(len, left);

		if (buffer_reserve(&transfer->error_body, keep, ERROR_BODY_LIMIT))
			buffer_append(&transfer->error_body, data, keep);
		return len;
	}
	if (transfer->receiver == NULL)
		return len;

	switch (transfer->receiver(transfer->arg, data, len))
	{
		case HTTP_TAKEN:
			return len;
		case HTTP_PAUSE:
			transfer->paused = true;
			return CURL_WRITEFUNC_PAUSE;
		case HTTP_ABORT:
			break;
	}
	transfer->refused = true;
	return 0;
}

/*
 * CURLOPT_HEADERFUNCTION: one line of a header, the status line, or the empty
 * line at the end.  A status line starts anew: what came before was an
 * interim answer's.  A line that does not fit is left out.
 */
static size_t
receive_header(char *data, size_t size, size_t count, void *arg)
{
	HttpTransfer *transfer = arg;
	HttpBuffer	   *headers = &transfer->headers;
	size_t		len = size * count;
	const char *end = data + len;
	const char *colon;
	const char *value;

	if (len >= 5 && memcmp(data, "HTTP/", 5) == 0)
	{
		headers->len = 0;
		return len;
	}

	colon = memchr(data, ':', len);
	if (colon == NULL || colon == data || memchr(data, '\0', len) != NULL)
		return len;
	value = colon + 1;
	while (value < end && (*value == ' ' || *value == '\t'))
		value++;
	while (end > value && isspace((unsigned char) end[-1]))
		end--;

	if (buffer_reserve(headers, (colon - data) + (end - value) + 2,
					   HEADERS_LIMIT))
	{
		buffer_append(headers, data, colon - data);
		buffer_append(headers, "", 1);
		buffer_append(headers, value, end - value);
		buffer_append(headers, "", 1);
	}
	return len;
}

/*
 * Closes all that a client has opened, when its memory context goes.  Some of
 * it may not exist yet.  Receivers are forgotten first, in case libcurl still
 * finds something to deliver: their owners may be gone already.
 */
static void
client_destroy(void *arg)
{
	HttpClient *client = arg;

	for (Stage stage = SPARE; stage <= FETCHED; stage++)
	{
		dlist_iter	iter;

		dlist_foreach(iter, &client->transfers[stage])
		{
			HttpTransfer *transfer = dlist_container(HttpTransfer, node,
													 iter.cur);

			transfer->receiver = NULL;
			if (stage == RUNNING)
				curl_multi_remove_handle(client->multi, transfer->easy);
			curl_easy_cleanup(transfer->easy);
			free(transfer->headers.data);
			free(transfer->error_body.data);
		}
	}
	curl_multi_cleanup(client->multi);
	free(client->watched);
	free(client->polled);
}

/*-------------------------------------------------------------------------
 * Clients
 *-------------------------------------------------------------------------
 */

/*
 * Prepares libcurl; to be called once per process, from _PG_init().  Raises
 * ERRCODE_FDW_ERROR if libcurl fails or knows no TLS.  A libcurl without
 * asynchronous name lookups works too, but then a lookup, unlike all the
 * rest, cannot be cancelled.
 */
void
http_init(void)
{
	CURLcode	code = curl_global_init(CURL_GLOBAL_DEFAULT);

	if (code != CURLE_OK)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("could not initialize libcurl: %s",
						curl_easy_strerror(code))));
	if ((curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_SSL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("libcurl was built without TLS")));
}

static char *
copy_string(MemoryContext context, const char *string)
{
	return string == NULL ? NULL : MemoryContextStrdup(context, string);
}

/*
 * A client without transfers.  It lives until the context is reset or
 * deleted, an error's cleanup included, which also drops the transfers that
 * are under way and closes the connections.  The options are copied; both
 * timeouts and max_connections must be positive.  Raises
 * ERRCODE_FDW_OUT_OF_MEMORY, or ERRCODE_FDW_ERROR if libcurl lacks a feature.
 */
HttpClient *
http_client_create(MemoryContext context, const HttpOptions *options)
{
	MemoryContext own = AllocSetContextCreate(context,
											  "pinterest_fdw HTTP client",
											  ALLOCSET_SMALL_SIZES);
	HttpClient *client = MemoryContextAllocZero(own, sizeof(HttpClient));

	Assert(options->connect_timeout_ms > 0 && options->idle_timeout_ms > 0);
	Assert(options->max_connections > 0);

	client->context = own;
	client->options = *options;
	client->options.proxy = copy_string(own, options->proxy);
	client->options.ca_file = copy_string(own, options->ca_file);
	client->options.user_agent = copy_string(own, options->user_agent);
	for (Stage stage = SPARE; stage <= FETCHED; stage++)
		dlist_init(&client->transfers[stage]);
	client->timer_at = NEVER;
	client->attended_at = now_us();

	client->callback.func = client_destroy;
	client->callback.arg = client;
	MemoryContextRegisterResetCallback(own, &client->callback);

	client->multi = curl_multi_init();
	if (client->multi == NULL)
		out_of_memory();
	CHECK_MSETOPT(client->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
	CHECK_MSETOPT(client->multi, CURLMOPT_SOCKETDATA, client);
	CHECK_MSETOPT(client->multi, CURLMOPT_TIMERFUNCTION, set_timer);
	CHECK_MSETOPT(client->multi, CURLMOPT_TIMERDATA, client);
	CHECK_MSETOPT(client->multi, CURLMOPT_MAXCONNECTS,
				  (long) options->max_connections);
	CHECK_MSETOPT(client->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS,
				  (long) options->max_connections);
	return client;
}

/* Options of a request that say how to reach the server. */
static void
set_connection_options(HttpTransfer *transfer, bool plain)
{
	HttpClient *client = transfer->client;
	const HttpOptions *options = &client->options;
	CURL	   *easy = transfer->easy;

	/* SIGALRM is PostgreSQL's; libcurl would use it for name lookups. */
	CHECK_SETOPT(easy, CURLOPT_NOSIGNAL, 1L);
#ifdef HAVE_QUICK_EXIT
	CHECK_SETOPT(easy, CURLOPT_QUICK_EXIT, 1L);
#endif

	/* An empty proxy and no_proxy keep the environment's from being used. */
	CHECK_SETOPT(easy, CURLOPT_PROXY, options->proxy ? options->proxy : "");
	CHECK_SETOPT(easy, CURLOPT_NOPROXY, "");
	CHECK_SETOPT(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);

	CHECK_SETOPT(easy, OPTION_PROTOCOLS, plain ? PROTOCOL_HTTP : PROTOCOL_HTTPS);
	CHECK_SETOPT(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	CHECK_SETOPT(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	if (options->ca_file != NULL)
		CHECK_SETOPT(easy, CURLOPT_CAINFO, options->ca_file);

	/*
	 * A libcurl without HTTP/2 refuses to be asked for it, and HTTP/1.1 does
	 * as well.  Where requests can share one connection, it is worth waiting
	 * until it stands.
	 */
	(void) curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
							(long) CURL_HTTP_VERSION_2TLS);
	CHECK_SETOPT(easy, CURLOPT_PIPEWAIT, plain ? 0L : 1L);

	CHECK_SETOPT(easy, CURLOPT_CONNECTTIMEOUT_MS,
				 (long) options->connect_timeout_ms);
	CHECK_SETOPT(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	CHECK_SETOPT(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	CHECK_SETOPT(easy, CURLOPT_OPENSOCKETDATA, client);
	CHECK_SETOPT(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
	CHECK_SETOPT(easy, CURLOPT_CLOSESOCKETDATA, client);
}

/* Options of a request that say what to ask for and where the answer goes. */
static void
set_request_options(HttpTransfer *transfer, const char *url,
					const char *bearer_token)
{
	CURL	   *easy = transfer->easy;

	CHECK_SETOPT(easy, CURLOPT_URL, url);
	CHECK_SETOPT(easy, CURLOPT_HTTPGET, 1L);
	CHECK_SETOPT(easy, CURLOPT_FOLLOWLOCATION, 0L);
	CHECK_SETOPT(easy, CURLOPT_USERAGENT, transfer->client->options.user_agent);
	CHECK_SETOPT(easy, CURLOPT_ACCEPT_ENCODING, "");	/* all it can decode */
	CHECK_SETOPT(easy, CURLOPT_XOAUTH2_BEARER, bearer_token);
	CHECK_SETOPT(easy, CURLOPT_HTTPAUTH,
				 (long) (bearer_token ? CURLAUTH_BEARER : CURLAUTH_NONE));

	CHECK_SETOPT(easy, CURLOPT_PRIVATE, transfer);
	CHECK_SETOPT(easy, CURLOPT_ERRORBUFFER, transfer->error);
	CHECK_SETOPT(easy, CURLOPT_WRITEFUNCTION, receive_body);
	CHECK_SETOPT(easy, CURLOPT_WRITEDATA, transfer);
	CHECK_SETOPT(easy, CURLOPT_HEADERFUNCTION, receive_header);
	CHECK_SETOPT(easy, CURLOPT_HEADERDATA, transfer);
}

/* A transfer with an easy handle without options. */
static HttpTransfer *
spare_transfer(HttpClient *client)
{
	HttpTransfer *transfer;

	if (dlist_is_empty(&client->transfers[SPARE]))
	{
		transfer = MemoryContextAllocZero(client->context,
										  sizeof(HttpTransfer));
		transfer->client = client;
		dlist_push_tail(&client->transfers[SPARE], &transfer->node);
	}
	transfer = dlist_head_element(HttpTransfer, node,
								  &client->transfers[SPARE]);
	if (transfer->easy == NULL)
		transfer->easy = curl_easy_init();
	if (transfer->easy == NULL)
		out_of_memory();
	return transfer;
}

/*
 * Ends a transfer.  The error is what it has in its buffer, where libcurl
 * left a message, else the code's own.
 */
static void
finish(HttpTransfer *transfer, CURLcode code)
{
	HttpClient *client = transfer->client;
	size_t		len;

	if (transfer->stage == RUNNING)
	{
		curl_multi_remove_handle(client->multi, transfer->easy);
		client->nrunning--;
	}
	enter_stage(transfer, FINISHED);

	transfer->outcome = HTTP_BROKEN;
	for (size_t i = 0; i < lengthof(outcomes); i++)
	{
		if (outcomes[i].code == code)
			transfer->outcome = outcomes[i].outcome;
	}
	if (transfer->refused)
	{
		transfer->outcome = HTTP_REFUSED;
		strlcpy(transfer->error, "the answer was given up",
				sizeof(transfer->error));
	}
	else if (code == CURLE_COULDNT_CONNECT && client->out_of_sockets)
		strlcpy(transfer->error, "no file descriptor is left for a connection",
				sizeof(transfer->error));
	else if (code == CURLE_OK)
		transfer->error[0] = '\0';
	else if (transfer->error[0] == '\0')
		strlcpy(transfer->error, curl_easy_strerror(code),
				sizeof(transfer->error));

	len = strlen(transfer->error);
	while (len > 0 && isspace((unsigned char) transfer->error[len - 1]))
		transfer->error[--len] = '\0';
}

/*
 * Hands queued transfers to libcurl while there is room.  libcurl could queue
 * as well, but would not tell which transfers wait, and their time without a
 * byte must not count.  Signals are to be blocked.
 */
static void
start_queued(HttpClient *client)
{
	while (client->nrunning < client->options.max_connections &&
		   !dlist_is_empty(&client->transfers[QUEUED]))
	{
		HttpTransfer *transfer = dlist_head_element(HttpTransfer, node,
													&client->transfers[QUEUED]);

		transfer->active_at = now_us();
		if (curl_multi_add_handle(client->multi, transfer->easy) == CURLM_OK)
		{
			enter_stage(transfer, RUNNING);
			client->nrunning++;
		}
		else
			finish(transfer, CURLE_OUT_OF_MEMORY);
	}
}

/*
 * Starts a GET, or queues it while max_connections others run.  Nothing is
 * sent before the next http_pump() or http_wait().  The scheme http is
 * allowed where the URL has it: that this is wanted is the caller's decision.
 * Redirects are answers like others.  url and bearer_token are copied;
 * without a bearer_token (NULL) there is no Authorization header.  The
 * receiver gets the body of a 2xx answer, along with arg; without one (NULL)
 * the body is dropped.  The transfer is the caller's until http_release(), or
 * until the client goes.  Raises ERRCODE_FDW_OUT_OF_MEMORY, or
 * ERRCODE_FDW_ERROR if libcurl lacks a feature.
 */
HttpTransfer *
http_get(HttpClient *client, const char *url, const char *bearer_token,
		 HttpReceiver receiver, void *arg)
{
	HttpTransfer *transfer = spare_transfer(client);
	bool		plain = pg_strncasecmp(url, "http:", 5) == 0;
	sigset_t	before;

	set_connection_options(transfer, plain);
	set_request_options(transfer, url, bearer_token);

	transfer->receiver = receiver;
	transfer->arg = arg;
	transfer->paused = false;
	transfer->refused = false;
	transfer->outcome = HTTP_RUNNING;
	transfer->progress = 0;
	transfer->forgiven_us = 0;
	transfer->error[0] = '\0';
	enter_stage(transfer, QUEUED);

	block_signals(&before);
	start_queued(client);
	restore_signals(&before);
	return transfer;
}

/*
 * Ends a transfer in any stage and forgets it; the pointer and all that was
 * got from it are invalid then.  Its connection is kept for another if the
 * answer is complete, else closed.  Not to be called by a receiver.
 */
void
http_release(HttpTransfer *transfer)
{
	HttpClient *client = transfer->client;
	sigset_t	before;

	block_signals(&before);
	transfer->receiver = NULL;
	if (transfer->stage == RUNNING)
	{
		curl_multi_remove_handle(client->multi, transfer->easy);
		client->nrunning--;
	}
	curl_easy_reset(transfer->easy);
	free(transfer->error_body.data);
	memset(&transfer->error_body, 0, sizeof(HttpBuffer));
	transfer->headers.len = 0;
	enter_stage(transfer, SPARE);
	start_queued(client);
	restore_signals(&before);
}

/*-------------------------------------------------------------------------
 * Making progress
 *-------------------------------------------------------------------------
 */

static curl_off_t
get_number(const HttpTransfer *transfer, CURLINFO info)
{
	curl_off_t	number = 0;

	(void) curl_easy_getinfo(transfer->easy, info, &number);
	return number;
}

/*
 * A number that grows whenever a transfer gets further: with every byte of
 * header and body and with every phase of the connection.
 */
static uint64
progress_mark(const HttpTransfer *transfer)
{
	long		header_bytes = 0;
	uint64		mark;

	(void) curl_easy_getinfo(transfer->easy, CURLINFO_HEADER_SIZE,
							 &header_bytes);
	mark = http_bytes(transfer) + header_bytes;
	for (size_t i = 0; i < lengthof(phases); i++)
	{
		if (get_number(transfer, phases[i].since) > 0)
			mark++;
	}
	return mark;
}

/* Ends a transfer that has waited too long, with a message on what for. */
static void
finish_idle(HttpTransfer *transfer)
{
	double		seconds = transfer->client->options.idle_timeout_ms / 1000.0;
	const char *doing = "waiting for the host's address or a shared connection";

	if (get_number(transfer, CURLINFO_STARTTRANSFER_TIME_T) > 0)
		snprintf(transfer->error, sizeof(transfer->error),
				 "nothing received for %g s after " UINT64_FORMAT " bytes of the answer",
				 seconds, http_bytes(transfer));
	else
	{
		for (size_t i = 0; i < lengthof(phases); i++)
		{
			if (get_number(transfer, phases[i].since) > 0)
			{
				doing = phases[i].doing;
				break;
			}
		}
		snprintf(transfer->error, sizeof(transfer->error),
				 "no progress for %g s while %s", seconds, doing);
	}
	finish(transfer, CURLE_OPERATION_TIMEDOUT);
}

/* When a transfer is idle for too long, NEVER while it is paused. */
static int64
idle_deadline(const HttpTransfer *transfer)
{
	if (transfer->paused)
		return NEVER;
	return transfer->active_at +
		(int64) transfer->client->options.idle_timeout_ms * 1000;
}

/*
 * Notes which transfers got further and ends those that have not for too
 * long.  libcurl must have had its chance to read what has arrived.
 */
static void
judge_idle(HttpClient *client)
{
	int64		now = now_us();
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &client->transfers[RUNNING])
	{
		HttpTransfer *transfer = dlist_container(HttpTransfer, node, iter.cur);
		uint64		mark = progress_mark(transfer);

		if (mark != transfer->progress)
		{
			transfer->progress = mark;
			transfer->active_at = now;
		}
		else if (idle_deadline(transfer) <= now)
			finish_idle(transfer);
	}
}

/* Takes from libcurl the transfers that it has finished. */
static void
collect_finished(HttpClient *client)
{
	CURLMsg    *message;
	int			left;

	while ((message = curl_multi_info_read(client->multi, &left)) != NULL)
	{
		CURLcode	code = message->data.result;
		char	   *private = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		(void) curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE,
								 &private);
		finish((HttpTransfer *) private, code);
	}
}

/*
 * Lets libcurl work on the sockets that are ready.  It may change the list of
 * watched sockets meanwhile, and close some: what it is told of a socket that
 * it no longer knows, it ignores.
 */
static CURLMcode
serve_sockets(HttpClient *client)
{
	CURLMcode	code = CURLM_OK;
	int			nsockets = client->nwatched;
	int			running;

	if (nsockets == 0)
		return code;
	memcpy(client->polled, client->watched, nsockets * sizeof(struct pollfd));
	if (poll(client->polled, nsockets, 0) <= 0)
		return code;

	for (int i = 0; i < nsockets && code == CURLM_OK; i++)
	{
		short		events = client->polled[i].revents;
		int			ready = 0;

		if (events & (POLLIN | POLLHUP))
			ready |= CURL_CSELECT_IN;
		if (events & POLLOUT)
			ready |= CURL_CSELECT_OUT;
		if (events & (POLLERR | POLLNVAL))
			ready |= CURL_CSELECT_ERR;
		if (ready != 0)
			code = curl_multi_socket_action(client->multi,
											client->polled[i].fd, ready,
											&running);
	}
	return code;
}

/* Calls libcurl if the time that it asked for has come. */
static CURLMcode
serve_timer(HttpClient *client)
{
	int			running;

	if (client->timer_at > now_us())
		return CURLM_OK;
	client->timer_at = NEVER;
	return curl_multi_socket_action(client->multi, CURL_SOCKET_TIMEOUT, 0,
									&running);
}

/* One round: all that can be done now, then what came of it. */
static void
step(HttpClient *client)
{
	sigset_t	before;
	CURLMcode	code;

	block_signals(&before);
	code = serve_sockets(client);
	if (code == CURLM_OK)
		code = serve_timer(client);
	collect_finished(client);
	judge_idle(client);
	start_queued(client);
	client->attended_at = now_us();
	restore_signals(&before);

	if (code != CURLM_OK)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("could not continue HTTP requests: %s",
						curl_multi_strerror(code))));
	CHECK_FOR_INTERRUPTS();
}

/*
 * Takes the time in which nobody looked after the client off the transfers'
 * time without a byte and, by way of a later limit, off their time to connect:
 * libcurl checks that one before it looks whether the connection stands.
 */
static void
forgive_absence(HttpClient *client)
{
	int64		now = now_us();
	int64		absence = now - client->attended_at;
	dlist_iter	iter;

	if (absence < ABSENCE_US)
		return;
	dlist_foreach(iter, &client->transfers[RUNNING])
	{
		HttpTransfer *transfer = dlist_container(HttpTransfer, node, iter.cur);

		transfer->active_at = Min(transfer->active_at + absence, now);
		transfer->forgiven_us += absence;
		(void) curl_easy_setopt(transfer->easy, CURLOPT_CONNECTTIMEOUT_MS,
								(long) (client->options.connect_timeout_ms +
										transfer->forgiven_us / 1000));
	}
}

/*
 * Milliseconds until there is something to do without any event, at most
 * timeout_ms; -1 is forever.
 */
static long
time_to_sleep(HttpClient *client, long timeout_ms)
{
	int64		until = client->timer_at;
	int64		left;
	dlist_iter	iter;

	if (!dlist_is_empty(&client->transfers[FINISHED]))
		return 0;
	dlist_foreach(iter, &client->transfers[RUNNING])
		until = Min(until, idle_deadline(dlist_container(HttpTransfer, node,
														 iter.cur)));
	if (until == NEVER)
		return timeout_ms;

	left = (until - now_us() + 999) / 1000;
	left = Max(left, 0);
	left = Min(left, INT_MAX);
	return timeout_ms < 0 ? left : Min(left, timeout_ms);
}

/*
 * Sleeps until a watched socket is ready, the latch is set or the time is
 * over.  The set lives for one wait only: the sockets change all the time,
 * and making it is microseconds.  Before PostgreSQL 17 only we can close it.
 */
static void
sleep_for_events(HttpClient *client, long timeout_ms, uint32 wait_event)
{
	WaitEventSet *set = compat_create_wait_event_set(client->nwatched + 2);
	WaitEvent	occurred;

	PG_TRY();
	{
		AddWaitEventToSet(set, WL_LATCH_SET, PGINVALID_SOCKET, MyLatch, NULL);
		if (IsUnderPostmaster)
			AddWaitEventToSet(set, WL_EXIT_ON_PM_DEATH, PGINVALID_SOCKET,
							  NULL, NULL);
		for (int i = 0; i < client->nwatched; i++)
		{
			short		events = client->watched[i].events;

			AddWaitEventToSet(set,
							  (events & POLLIN ? WL_SOCKET_READABLE : 0) |
							  (events & POLLOUT ? WL_SOCKET_WRITEABLE : 0),
							  client->watched[i].fd, NULL, NULL);
		}
		WaitEventSetWait(set, timeout_ms, &occurred, 1, wait_event);
	}
	PG_FINALLY();
	{
		FreeWaitEventSet(set);
	}
	PG_END_TRY();
}

/*
 * Does what can be done without waiting.  Raises ERRCODE_FDW_ERROR if libcurl
 * cannot go on, out of memory for instance, and what interrupts raise.
 */
void
http_pump(HttpClient *client)
{
	forgive_absence(client);
	step(client);
}

/*
 * Waits once, for at most timeout_ms (-1: no limit), and does what can be
 * done then.  Returns early for any reason, the process latch included, which
 * is reset: callers loop.  Returns at once while there are transfers for
 * http_next_finished().  Without a transfer to wait for it is a sleep that
 * can be interrupted, without end if timeout_ms is -1 too.  wait_event is
 * what pg_stat_activity shows, from compat_wait_event().  Raises what
 * http_pump() does, and an error if no file descriptor is left.
 */
void
http_wait(HttpClient *client, long timeout_ms, uint32 wait_event)
{
	long		sleep_ms;

	forgive_absence(client);
	sleep_ms = time_to_sleep(client, timeout_ms);
	if (sleep_ms != 0)
		sleep_for_events(client, sleep_ms, wait_event);
	ResetLatch(MyLatch);
	step(client);
}

/*
 * A transfer that has finished since, each once, in the order in which they
 * finished; NULL if there is none.  The caller releases it.
 */
HttpTransfer *
http_next_finished(HttpClient *client)
{
	HttpTransfer *transfer;

	if (dlist_is_empty(&client->transfers[FINISHED]))
		return NULL;
	transfer = dlist_head_element(HttpTransfer, node,
								  &client->transfers[FINISHED]);
	enter_stage(transfer, FETCHED);
	return transfer;
}

/*
 * Lets a transfer go on that its receiver has paused; does nothing to others.
 * The receiver may be called from within, and may pause it again.  Bytes that
 * were not taken are offered again, perhaps in other portions.
 */
void
http_resume(HttpTransfer *transfer)
{
	HttpClient *client = transfer->client;
	sigset_t	before;
	CURLcode	code;

	if (transfer->stage != RUNNING || !transfer->paused)
		return;

	block_signals(&before);
	transfer->paused = false;
	transfer->active_at = now_us();
	code = curl_easy_pause(transfer->easy, CURLPAUSE_CONT);

	/*
	 * If the receiver gave up just now, libcurl says so here and nowhere
	 * else: it would go on without the bytes.  If all is well, more may have
	 * been read off the socket already, which no event will announce.
	 */
	if (code != CURLE_OK)
	{
		finish(transfer, code);
		start_queued(client);
	}
	else
		client->timer_at = now_us();
	restore_signals(&before);
}

/*-------------------------------------------------------------------------
 * What is known of a transfer
 *-------------------------------------------------------------------------
 */

/* How it ended; HTTP_RUNNING while it has not, or waits to be started. */
HttpOutcome
http_outcome(const HttpTransfer *transfer)
{
	return transfer->outcome;
}

/* What http_get() was given for the receiver. */
void *
http_arg(const HttpTransfer *transfer)
{
	return transfer->arg;
}

/* The answer's status, 0 before there is one. */
long
http_status(const HttpTransfer *transfer)
{
	long		status = 0;

	(void) curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

/*
 * Why a transfer did not end with HTTP_ANSWERED, else "".  One line, in
 * English, valid until http_release(); it never contains the token.
 */
const char *
http_error(const HttpTransfer *transfer)
{
	return transfer->outcome == HTTP_RUNNING ? "" : transfer->error;
}

/*
 * The value of the answer's first header of that name, in any case; NULL if
 * it has none.  Of a finished transfer it is valid until http_release(), of
 * one that runs only until the next call for its client.
 */
const char *
http_header(const HttpTransfer *transfer, const char *name)
{
	const char *field = transfer->headers.data;
	const char *end = field + transfer->headers.len;

	while (field < end)
	{
		const char *value = field + strlen(field) + 1;

		if (pg_strcasecmp(field, name) == 0)
			return value;
		field = value + strlen(value) + 1;
	}
	return NULL;
}

/*
 * The decoded body of an answer that is not a 2xx, cut off after 64 kB and
 * followed by a NUL that len, which may be NULL, does not count; NULL if
 * there is none.  Valid as long as a header.
 */
const char *
http_error_body(const HttpTransfer *transfer, size_t *len)
{
	if (len != NULL)
		*len = transfer->error_body.len;
	return transfer->error_body.data;
}

/* Bytes of body received so far, as sent, compressed perhaps. */
uint64
http_bytes(const HttpTransfer *transfer)
{
	return (uint64) get_number(transfer, CURLINFO_SIZE_DOWNLOAD_T);
}
