/*-------------------------------------------------------------------------
 *
 * http.c
 *		  HTTP requests that run side by side: what a request is.
 *
 * A client is one libcurl multi handle, a transfer one easy handle in it.
 * Connections are the multi handle's: later transfers use them again.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/http/http.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "utils/memutils.h"

#include "http/http_private.h"

/*
 * Bytes that are read at a time.  Fewer than libcurl's own 16 kB are no use: up
 * to 7.88 at least, HTTP/2 then stops where a frame is larger than that.
 */
#define PORTION (64 * 1024L)

#define CHECK_SETOPT(easy, option, value) \
	do { \
		CURLcode	code_ = curl_easy_setopt(easy, option, value); \
		if (code_ != CURLE_OK) \
			option_failed(#option, code_); \
	} while (0)

static void
option_failed(const char *option, CURLcode code)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_ERROR),
			 errmsg("could not set option %s of libcurl: %s",
					option, curl_easy_strerror(code))));
}

static void
out_of_memory(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_OUT_OF_MEMORY),
			 errmsg("out of memory"),
			 errdetail("libcurl could not allocate a handle.")));
}

/* ---------- callbacks: no error may be raised here ---------- */

/* Appends what fits. */
static void
buffer_append(HttpBuffer *buffer, const char *data, size_t len)
{
	len = Min(len, sizeof(buffer->data) - 1 - buffer->len);
	memcpy(buffer->data + buffer->len, data, len);
	buffer->len += len;
	buffer->data[buffer->len] = '\0';
}

/* Hands decoded bytes of the body on; never returns HTTP_TAKEN_LAST. */
static HttpTake
deliver(HttpTransfer *transfer, const char *data, size_t len)
{
	HttpTake	take;

	if (http_status(transfer) / 100 != 2)
	{
		buffer_append(&transfer->error_body, data, len);
		transfer->cut_off = transfer->error_body.len == sizeof(transfer->error_body.data) - 1;
		return transfer->cut_off ? HTTP_ABORT : HTTP_TAKEN;
	}
	if (transfer->receiver == NULL)
		return HTTP_TAKEN;
	take = transfer->receiver(transfer->arg, data, len);
	transfer->refused = take == HTTP_ABORT;
	transfer->took_last = take == HTTP_TAKEN_LAST;
	return take == HTTP_TAKEN_LAST ? HTTP_TAKEN : take;
}

/*
 * Decodes bytes of the body and hands them on.  Where the receiver pauses,
 * *used tells how many are done with; what they have decoded to is kept.
 */
static HttpTake
deliver_decoded(HttpTransfer *transfer, const char *data, size_t len, size_t *used)
{
	const char *rest = data;
	size_t		left = len;

	for (;;)
	{
		HttpTake	take;

		if (transfer->decoded_len > 0)
		{
			take = deliver(transfer, transfer->decoded, transfer->decoded_len);
			if (take != HTTP_TAKEN)
			{
				*used = len - left;
				return take;
			}
			transfer->decoded_len = 0;
		}
		switch (http_decode(transfer->decoder, &rest, &left,
							&transfer->decoded, &transfer->decoded_len))
		{
			case HTTP_DECODED_SOME:
				break;
			case HTTP_DECODED_ALL:
				return HTTP_TAKEN;
			case HTTP_DECODED_BAD:
				transfer->damaged = true;
				transfer->cut_off = http_status(transfer) / 100 != 2;
				return HTTP_ABORT;
		}
	}
}

/*
 * Hands compressed bytes on.  libcurl takes all of them back from a receiver
 * that pauses, and offers them again: those that are decoded are passed over
 * then.
 */
static HttpTake
deliver_compressed(HttpTransfer *transfer, const char *data, size_t len)
{
	size_t		known = Min(transfer->ahead, len);
	size_t		used = 0;
	HttpTake	take = deliver_decoded(transfer, data + known, len - known, &used);

	if (take == HTTP_PAUSE)
		transfer->ahead = Max(transfer->ahead, known + used);
	else
		transfer->ahead -= known;
	return take;
}

/* CURLOPT_WRITEFUNCTION: bytes of the body, as they were sent. */
static size_t
receive_body(char *data, size_t size, size_t count, void *arg)
{
	HttpTransfer *transfer = arg;
	size_t		len = size * count;

	if (transfer->mixed_up)
		return 0;
	transfer->has_body = true;
	switch (transfer->decoder ? deliver_compressed(transfer, data, len) :
			deliver(transfer, data, len))
	{
		case HTTP_TAKEN:
		case HTTP_TAKEN_LAST:
			return len;
		case HTTP_PAUSE:
			transfer->paused = true;
			return CURL_WRITEFUNC_PAUSE;
		case HTTP_ABORT:
			break;
	}
	return 0;
}

/*
 * The status line of a response, which starts a header anew: what came before
 * was an interim response's or a proxy's.  False if a part of a body has come
 * already: then libcurl has sent the request again by itself (as HTTP/1.1, if the
 * server asks for that), and the receiver would get the start of the body twice.
 * False, too, where http_note_version() is.
 */
static bool
begin_header(HttpTransfer *transfer, const char *line, size_t len)
{
	static const char http1[] = "HTTP/1";
	bool		is_http1 = len >= strlen(http1) && memcmp(line, http1, strlen(http1)) == 0;

	transfer->restarted = transfer->has_body;
	if (transfer->restarted)
		return false;
	transfer->headers.len = 0;
	http_decoder_free(transfer->decoder);
	transfer->decoder = NULL;
	transfer->unknown_coding[0] = '\0';
	return http_note_version(transfer, is_http1 ? HTTP_VERSION_1 : HTTP_VERSION_2);
}

/* Adds a line to the header, without its end; one that does not fit is left out. */
static void
add_header_line(HttpBuffer *headers, const char *line, size_t len)
{
	if (len + 1 >= sizeof(headers->data) - headers->len)
		return;
	while (len > 0 && isspace((unsigned char) line[len - 1]))
		len--;
	buffer_append(headers, line, len);
	buffer_append(headers, "", 1);
}

/* Takes note of how the body is coded.  False: it cannot be decoded. */
static bool
note_codings(HttpTransfer *transfer, const char *line, size_t len)
{
	static const char name[] = "content-encoding:";

	if (transfer->has_body || len < strlen(name) ||
		pg_strncasecmp(line, name, strlen(name)) != 0)
		return true;
	return http_decoder_add(&transfer->decoder, line + strlen(name), len - strlen(name),
							transfer->unknown_coding);
}

/*
 * CURLOPT_HEADERFUNCTION: a status line, or a line of a header or trailer.
 */
static size_t
receive_header(char *data, size_t size, size_t count, void *arg)
{
	HttpTransfer *transfer = arg;
	size_t		len = size * count;

	if (transfer->mixed_up)
		return 0;
	if (len >= 5 && memcmp(data, "HTTP/", 5) == 0)
		return begin_header(transfer, data, len) ? len : 0;
	add_header_line(&transfer->headers, data, len);
	return note_codings(transfer, data, len) ? len : 0;
}

/* ---------- clients ---------- */

/*
 * Prepares libcurl; to be called once per process, from _PG_init().  A libcurl
 * without asynchronous name lookups works too, but then a lookup, unlike all
 * the rest, cannot be cancelled.
 *
 * SSLKEYLOGFILE is unset, since libcurl would write the keys of TLS sessions to
 * the file it names, and with them recorded traffic could be decrypted, tokens
 * included.
 */
void
http_init(void)
{
	CURLcode	code;

	unsetenv("SSLKEYLOGFILE");
	code = curl_global_init(CURL_GLOBAL_DEFAULT);
	if (code != CURLE_OK)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("could not initialize libcurl: %s",
						curl_easy_strerror(code))));
}

/* The libcurl that is loaded now; its strings live as long as the process. */
HttpLibrary
http_library(void)
{
	const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);

	return (HttpLibrary)
	{
		.version = info->version,
		.tls = info->ssl_version,
		.has_async_dns = (info->features & CURL_VERSION_ASYNCHDNS) != 0,
		.has_http2 = (info->features & CURL_VERSION_HTTP2) != 0,
		.zlib = http_zlib_version()
	};
}

/*
 * Ends libcurl's part of a transfer, which is accounted for.  The receiver is
 * forgotten before: its owner may be gone, and libcurl might still find
 * something to deliver.  The handle is left, without any option.
 */
static void
close_transfer(HttpTransfer *transfer)
{
	if (transfer->accountant != NULL)
		transfer->accountant(transfer, transfer->account);
	transfer->receiver = NULL;
	curl_multi_remove_handle(transfer->client->multi, transfer->easy);
	if (transfer->easy != NULL)
		curl_easy_reset(transfer->easy);
	curl_slist_free_all(transfer->request_headers);
	http_decoder_free(transfer->decoder);
}

/* Closes all that a client has opened; some of it may not exist yet. */
static void
close_client(void *arg)
{
	HttpClient *client = arg;
	dlist_iter	iter;

	http_leave_descriptor(client);
	dlist_foreach(iter, &client->transfers)
	{
		HttpTransfer *transfer = dlist_container(HttpTransfer, node, iter.cur);

		close_transfer(transfer);
		curl_easy_cleanup(transfer->easy);
	}
	if (client->spare != NULL)
		curl_easy_cleanup(client->spare->easy);
	curl_multi_cleanup(client->multi);
	free(client->sockets);
}

/*
 * A client without transfers.  It lives until the context is reset or
 * deleted, an error's cleanup included, which also drops the transfers that
 * are under way and closes the connections.  The strings among the options
 * have to live as long.
 */
HttpClient *
http_client_create(MemoryContext context, const HttpOptions *options)
{
	MemoryContext own = AllocSetContextCreate(context, "pinterest_fdw HTTP client",
											  ALLOCSET_SMALL_SIZES);
	HttpClient *client = MemoryContextAllocZero(own, sizeof(HttpClient));
	long		max_connections = options->max_connections;

	client->context = own;
	client->options = *options;
	dlist_init(&client->transfers);
	slist_init(&client->origins);
	client->attended_at = http_now();
	client->callback.func = close_client;
	client->callback.arg = client;
	MemoryContextRegisterResetCallback(own, &client->callback);

	client->multi = curl_multi_init();
	if (client->multi == NULL)
		out_of_memory();

	/* These do not fail.  By default few idle connections would be kept. */
	curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, http_watch_socket);
	curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
	curl_multi_setopt(client->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, max_connections);
	curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, max_connections);
	return client;
}

/* ---------- transfers ---------- */

/* Adds a line to the header of the request. */
static void
add_request_header(HttpTransfer *transfer, const char *line)
{
	struct curl_slist *longer = curl_slist_append(transfer->request_headers, line);

	if (longer == NULL)
		out_of_memory();
	transfer->request_headers = longer;
}

/* Who sends the request, and what it carries. */
static void
set_content(HttpTransfer *transfer, const HttpRequest *request)
{
	CURL	   *easy = transfer->easy;

	if (request->bearer_token != NULL)
	{
		CHECK_SETOPT(easy, CURLOPT_XOAUTH2_BEARER, request->bearer_token);
		CHECK_SETOPT(easy, CURLOPT_HTTPAUTH, (long) CURLAUTH_BEARER);
	}
	if (request->user != NULL)
	{
		CHECK_SETOPT(easy, CURLOPT_USERNAME, request->user);
		CHECK_SETOPT(easy, CURLOPT_PASSWORD, request->password);
		CHECK_SETOPT(easy, CURLOPT_HTTPAUTH, (long) CURLAUTH_BASIC);
	}
	if (request->body != NULL)
	{
		add_request_header(transfer, psprintf("Content-Type: %s", request->content_type));
		CHECK_SETOPT(easy, CURLOPT_COPYPOSTFIELDS, request->body);
	}
	add_request_header(transfer, HTTP_ACCEPT_ENCODING);
	CHECK_SETOPT(easy, CURLOPT_HTTPHEADER, transfer->request_headers);
}

/*
 * Tells libcurl what is not its default.  That is GET, no redirects,
 * certificates verified, HTTP/2 where TLS negotiates it.
 */
static void
set_options(HttpTransfer *transfer, const HttpRequest *request)
{
	const HttpOptions *options = &transfer->client->options;
	CURL	   *easy = transfer->easy;

	/* SIGALRM is PostgreSQL's; libcurl would use it for name lookups. */
	CHECK_SETOPT(easy, CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
	/* Without it, closing a handle waits for a lookup that is under way. */
	CHECK_SETOPT(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
#if LIBCURL_VERSION_NUM >= 0x075500
	CHECK_SETOPT(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
	CHECK_SETOPT(easy, CURLOPT_PROTOCOLS, (long) (CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif

	/* Empty texts keep the environment's from being used. */
	CHECK_SETOPT(easy, CURLOPT_PROXY, options->proxy ? options->proxy : "");
	CHECK_SETOPT(easy, CURLOPT_NOPROXY, "");
	if (options->ca_file != NULL)
		CHECK_SETOPT(easy, CURLOPT_CAINFO, options->ca_file);
	CHECK_SETOPT(easy, CURLOPT_CONNECTTIMEOUT_MS, (long) options->connect_timeout_ms);

	if (transfer->http1_only)
		CHECK_SETOPT(easy, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
	CHECK_SETOPT(easy, CURLOPT_PIPEWAIT, (long) transfer->waits_to_share);

	/* A transfer may be paused for longer than a firewall remembers it. */
	CHECK_SETOPT(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	CHECK_SETOPT(easy, CURLOPT_OPENSOCKETFUNCTION, http_open_socket);
	CHECK_SETOPT(easy, CURLOPT_OPENSOCKETDATA, transfer->client);
	CHECK_SETOPT(easy, CURLOPT_CLOSESOCKETFUNCTION, http_close_socket);
	CHECK_SETOPT(easy, CURLOPT_CLOSESOCKETDATA, transfer->client);

	CHECK_SETOPT(easy, CURLOPT_URL, request->url);
	CHECK_SETOPT(easy, CURLOPT_USERAGENT, options->user_agent);
	set_content(transfer, request);
	CHECK_SETOPT(easy, CURLOPT_BUFFERSIZE, PORTION);
	CHECK_SETOPT(easy, CURLOPT_FRESH_CONNECT, (long) request->fresh_connection);
	CHECK_SETOPT(easy, CURLOPT_PRIVATE, transfer);
	CHECK_SETOPT(easy, CURLOPT_ERRORBUFFER, transfer->error);
	CHECK_SETOPT(easy, CURLOPT_PREREQFUNCTION, http_note_send);
	CHECK_SETOPT(easy, CURLOPT_PREREQDATA, transfer);
	CHECK_SETOPT(easy, CURLOPT_WRITEFUNCTION, receive_body);
	CHECK_SETOPT(easy, CURLOPT_WRITEDATA, transfer);
	CHECK_SETOPT(easy, CURLOPT_HEADERFUNCTION, receive_header);
	CHECK_SETOPT(easy, CURLOPT_HEADERDATA, transfer);
}

/* Takes over who counts the transfer, and what it needs to know. */
static void
copy_account(HttpTransfer *transfer, const HttpRequest *request)
{
	if (request->accountant == NULL)
		return;
	transfer->account = MemoryContextAlloc(transfer->client->context, request->account_size);
	memcpy(transfer->account, request->account, request->account_size);
	transfer->accountant = request->accountant;
}

/*
 * Adds a transfer to a client of which nothing is known yet: a spare one, with its
 * handle, or a new one without.  The buffers are large, and what they hold does not
 * matter.
 */
static HttpTransfer *
add_transfer(HttpClient *client)
{
	HttpTransfer *transfer = client->spare;
	CURL	   *easy = transfer ? transfer->easy : NULL;

	client->spare = NULL;
	if (transfer == NULL)
		transfer = MemoryContextAlloc(client->context, sizeof(HttpTransfer));
	memset(transfer, 0, offsetof(HttpTransfer, headers));
	transfer->headers.len = transfer->error_body.len = 0;
	transfer->headers.data[0] = transfer->error_body.data[0] = '\0';
	transfer->client = client;
	transfer->easy = easy;
	dlist_push_head(&client->transfers, &transfer->node);
	return transfer;
}

/* Whether a client has never started a transfer. */
bool
http_is_unused(HttpClient *client)
{
	return slist_is_empty(&client->origins);
}

/*
 * Starts a request.  Nothing is sent before the next http_pump() or
 * http_wait().  Whether the scheme may be http is the caller's decision; a
 * redirect is a response like others.  All that the request points to is
 * copied.  The receiver gets the body of a 2xx response, along with arg; without
 * one (NULL) the body is dropped.  The transfer is the caller's until
 * http_release(), or until the client goes.
 */
HttpTransfer *
http_start(HttpClient *client, const HttpRequest *request,
		   HttpReceiver receiver, void *arg)
{
	HttpTransfer *transfer = add_transfer(client);

	transfer->receiver = receiver;
	transfer->arg = arg;
	transfer->started_at = transfer->active_at = http_now();
	transfer->origin = http_find_origin(client, request->url);
	transfer->http1_only = transfer->origin->is_mixed;

	/*
	 * With TLS, the handshake tells whether the connection is one of HTTP/2,
	 * which many requests share; without TLS it is always one of HTTP/1.
	 */
	transfer->waits_to_share = !transfer->http1_only &&
		transfer->origin->version != HTTP_VERSION_1 &&
		strncmp(request->url, "https:", strlen("https:")) == 0;
	copy_account(transfer, request);

	if (transfer->easy == NULL)
		transfer->easy = curl_easy_init();
	if (transfer->easy == NULL)
		out_of_memory();
	set_options(transfer, request);
	if (curl_multi_add_handle(client->multi, transfer->easy) != CURLM_OK)
		out_of_memory();
	return transfer;
}

/*
 * Ends a transfer, finished or not, and frees it and all that was got from it.
 * Its connection is kept for another if the response is complete, else closed.
 * Not to be called by a receiver.
 */
void
http_release(HttpTransfer *transfer)
{
	HttpClient *client = transfer->client;

	close_transfer(transfer);
	dlist_delete(&transfer->node);
	if (transfer->account != NULL)
		pfree(transfer->account);

	/*
	 * A handle that still has its buffer, of the size that libcurl chooses
	 * now, serves no other: it has that where others share its connection.
	 */
	if (client->spare == NULL &&
		curl_easy_setopt(transfer->easy, CURLOPT_BUFFERSIZE, PORTION) == CURLE_OK)
	{
		client->spare = transfer;
		return;
	}
	curl_easy_cleanup(transfer->easy);
	pfree(transfer);
}
