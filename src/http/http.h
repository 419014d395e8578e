/*-------------------------------------------------------------------------
 *
 * http.h
 *		  HTTP requests that run side by side and can be cancelled.
 *
 * A client owns the transfers that are under way and the connections they
 * use.  It knows nothing of Pinterest, of tables or of JSON: the bytes of a
 * response go to a receiver, which may say that it has enough for now.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/http/http.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_HTTP_H
#define PINTEREST_HTTP_H

typedef struct HttpClient HttpClient;
typedef struct HttpTransfer HttpTransfer;
typedef struct HttpDescriptor HttpDescriptor;

/*
 * Accounts for a transfer, when it is released or goes with its client, in the
 * cleanup of an error perhaps: it must neither raise an error nor use palloc.
 */
typedef void (*HttpAccountant) (const HttpTransfer *transfer, void *account);

typedef struct HttpOptions
{
	const char *proxy;			/* NULL: none, whatever the environment says */
	const char *ca_file;		/* NULL: the system's certificates */
	int			connect_timeout_ms; /* for name lookup, connection and TLS */
	int			idle_timeout_ms;	/* longest time without a byte; not
									 * counted while a transfer is paused */
	int			total_timeout_ms;	/* longest time that http_wait() and
									 * http_pump() spend on a transfer, not
									 * counted while it is paused; 0: no limit */
	uint64		max_bytes;		/* of the body of a response, as it is sent;
								 * the header may have HTTP_BUFFER_SIZE more;
								 * 0: any number */
	int			max_connections;	/* to start more transfers than that is no
									 * use: they wait for a connection */
	const char *user_agent;
} HttpOptions;

typedef struct HttpRequest
{
	const char *url;
	const char *bearer_token;	/* NULL: none */
	const char *user;			/* of Basic authentication; NULL: none */
	const char *password;
	const char *body;			/* of a POST; NULL: a GET */
	const char *content_type;	/* of body */
	bool		fresh_connection;	/* use no connection that is open already */
	HttpAccountant accountant;	/* NULL: nobody counts it */
	const void *account;		/* the accountant's argument, copied */
	size_t		account_size;	/* bytes of account */
} HttpRequest;

/* What a receiver did with the bytes it was given. */
typedef enum HttpTake
{
	HTTP_TAKEN,
	HTTP_TAKEN_LAST,			/* and nothing that matters will follow */
	HTTP_PAUSE,					/* none taken: offer them again after
								 * http_resume() */
	HTTP_ABORT					/* give the transfer up: HTTP_REFUSED */
} HttpTake;

/*
 * Takes len bytes of the decoded body of a 2xx response.  Called from within
 * libcurl: it must neither raise an error nor use palloc, nor call anything
 * that is declared below.
 */
typedef HttpTake (*HttpReceiver) (void *arg, const char *data, size_t len);

typedef enum HttpOutcome
{
	HTTP_RUNNING,
	HTTP_ANSWERED,				/* complete, with a status of any kind */
	HTTP_BROKEN,				/* no connection, or it broke: may work next
								 * time */
	HTTP_TIMED_OUT,				/* likewise */
	HTTP_REFUSED,				/* the receiver said HTTP_ABORT */
	HTTP_TOO_LARGE,				/* more than max_bytes */
	HTTP_IMPOSSIBLE,			/* certificate, URL, protocol: will not work
								 * next time either */
	HTTP_NO_HTTP,				/* what was answered is none that can be read:
								 * nor will it be next time */
	HTTP_LARGE_HEADER			/* likewise, its header is larger than libcurl
								 * takes */
} HttpOutcome;

/* How a client has waited since it was last asked. */
typedef struct HttpWaits
{
	int			waits;
	int			idle;			/* that ended without an event of any kind */
	int			idle_ms;		/* time spent in these */
	int			missed;			/* idle ones after which a transfer got
								 * further: an event was missed */
} HttpWaits;

/* What the libcurl that is loaded is and can do. */
typedef struct HttpLibrary
{
	const char *version;
	const char *zlib;
	const char *tls;			/* what does TLS, with its version; NULL:
								 * nothing */
	bool		has_async_dns;
	bool		has_http2;
} HttpLibrary;

extern void http_init(void);
extern HttpLibrary http_library(void);
extern HttpClient *http_client_create(MemoryContext context,
									  const HttpOptions *options);
extern bool http_is_unused(HttpClient *client);
extern HttpTransfer *http_start(HttpClient *client, const HttpRequest *request,
								HttpReceiver receiver, void *arg);
extern void http_pump(HttpClient *client);
extern void http_wait(HttpClient *client, long timeout_ms, uint32 wait_event);
extern void http_wait_for_any(HttpClient *const *clients, int count,
							  long timeout_ms, uint32 wait_event);
extern bool http_has_descriptors(void);
extern HttpDescriptor *http_descriptor_of(MemoryContext context);
extern int	http_begin_wait(HttpDescriptor *descriptor, HttpClient *const *clients,
							int count, long timeout_ms, bool anew);
extern void http_end_wait(HttpDescriptor *descriptor, HttpClient *const *clients, int count);
extern void http_leave_descriptor(HttpClient *client);
extern HttpWaits http_waits(HttpClient *client);
extern HttpTransfer *http_next_finished(HttpClient *client);
extern void http_resume(HttpTransfer *transfer);
extern void http_release(HttpTransfer *transfer);

extern HttpOutcome http_outcome(const HttpTransfer *transfer);
extern void *http_arg(const HttpTransfer *transfer);
extern void *http_account(const HttpTransfer *transfer);
extern long http_status(const HttpTransfer *transfer);
extern int	http_sends(const HttpTransfer *transfer);
extern const char *http_error(const HttpTransfer *transfer);
extern const char *http_header(const HttpTransfer *transfer, const char *name);
extern int64 http_header_date(const HttpTransfer *transfer, const char *name);
extern int64 http_server_time(const HttpTransfer *transfer);
extern const char *http_unknown_coding(const HttpTransfer *transfer);
extern const char *http_error_body(const HttpTransfer *transfer, size_t *len);
extern uint64 http_bytes(const HttpTransfer *transfer);

#endif							/* PINTEREST_HTTP_H */
