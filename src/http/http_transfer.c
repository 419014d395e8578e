/*-------------------------------------------------------------------------
 *
 * http_transfer.c
 *		  How a transfer ends, and what is known of it.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/http/http_transfer.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <time.h>

#include "http/http_private.h"

/*
 * What TLS libraries say of a handshake that will fail the next time, too: the
 * other side speaks another protocol than TLS, or no version or cipher that is
 * safe.  Words of OpenSSL and of GnuTLS.  A connection that broke during the
 * handshake has the same code, and other words.
 */
static const char *const lasting_tls_errors[] =
{
	"wrong version number", "packet length too long", "record layer failure",
	"http request", "unknown protocol", "unsupported protocol", "protocol version",
	"no protocols available", "handshake failure", "no shared cipher",
	"no ciphers available", "key too small", "renegotiation disabled",
	"legacy sigalg disallowed",
	"unexpected TLS packet", "unsupported version",
};

static bool
is_lasting_tls_error(const char *error)
{
	for (int i = 0; i < (int) lengthof(lasting_tls_errors); i++)
		if (strstr(error, lasting_tls_errors[i]) != NULL)
			return true;
	return false;
}

/* CURLE_TOO_LARGE, which the header files of libcurl before 8.6 do not have. */
#define TOO_LARGE 100

/*
 * Whether libcurl has given a response up for its header, which takes 100 kB a
 * line and 300 kB in all: before 8.6, what has no room is out of memory.
 */
static bool
has_large_header(const HttpTransfer *transfer, int code)
{
	if (transfer->sends == 0 || transfer->has_body)
		return false;
	return code == CURLE_OUT_OF_MEMORY || code == TOO_LARGE ||
		strstr(transfer->error, "response headers") != NULL;
}

/* What libcurl's result, with its message, means for a second attempt. */
static HttpOutcome
outcome_of(CURLcode code, const char *error)
{
	switch (code)
	{
		case CURLE_OK:
			return HTTP_ANSWERED;
		case CURLE_OPERATION_TIMEDOUT:
			return HTTP_TIMED_OUT;
		case CURLE_SSL_CONNECT_ERROR:
			return is_lasting_tls_error(error) ? HTTP_IMPOSSIBLE : HTTP_BROKEN;
		case CURLE_UNSUPPORTED_PROTOCOL:
		case CURLE_FAILED_INIT:
		case CURLE_URL_MALFORMAT:
		case CURLE_NOT_BUILT_IN:
		case CURLE_OUT_OF_MEMORY:
		case CURLE_SSL_CERTPROBLEM:
		case CURLE_SSL_CIPHER:
		case CURLE_PEER_FAILED_VERIFICATION:
		case CURLE_SSL_CACERT_BADFILE:
		case CURLE_SSL_CLIENTCERT:
			return HTTP_IMPOSSIBLE;
		default:				/* no connection, or one that broke down */
			return HTTP_BROKEN;
	}
}

/* How a transfer ended. */
static HttpOutcome
final_outcome(const HttpTransfer *transfer, CURLcode code)
{
	if (transfer->refused)
		return HTTP_REFUSED;
	if (transfer->too_large)
		return HTTP_TOO_LARGE;
	if (transfer->cut_off)
		return HTTP_ANSWERED;
	if (transfer->damaged || transfer->mixed_up || transfer->restarted)
		return HTTP_BROKEN;

	/*
	 * What came has no status line.  From an origin that has sent one before,
	 * it is the rest of another transfer's response.
	 */
	if (code == CURLE_UNSUPPORTED_PROTOCOL && transfer->origin->version != HTTP_VERSION_UNKNOWN)
		return HTTP_BROKEN;
	if (code == CURLE_UNSUPPORTED_PROTOCOL && transfer->sends > 0)
		return HTTP_NO_HTTP;
	if (has_large_header(transfer, code))
		return HTTP_LARGE_HEADER;
	return outcome_of(code, transfer->error);
}

/* Why it did not bring a response: what libcurl says, unless we know better. */
static const char *
final_error(const HttpTransfer *transfer, CURLcode code)
{
	if (transfer->damaged)
		return "the compressed body of the answer is damaged or incomplete";
	if (transfer->restarted)
		return "the answer began anew in its middle";
	if (transfer->mixed_up)
		return "a connection of HTTP/1.1 was used as if it had HTTP/2";
	if (transfer->outcome == HTTP_LARGE_HEADER)
		return "a line of the header has more than 100 kB, or all of it more than 300 kB";
	if (code == CURLE_COULDNT_CONNECT && transfer->client->out_of_sockets)
		return "no file descriptor is left for a connection";
	return transfer->error[0] != '\0' ? NULL : curl_easy_strerror(code);
}

/*
 * Notes how a transfer ended and takes it from libcurl.  The error is what
 * stands in its buffer, where libcurl leaves a message, else the code's own.
 */
void
http_finish(HttpTransfer *transfer, CURLcode code)
{
	HttpClient *client = transfer->client;
	const char *error;

	curl_multi_remove_handle(client->multi, transfer->easy);
	if (code == CURLE_OK && http_status(transfer) / 100 == 2 &&
		transfer->decoder && !http_decoder_at_end(transfer->decoder))
		transfer->damaged = true;
	transfer->outcome = final_outcome(transfer, code);
	dlist_delete(&transfer->node);
	dlist_push_tail(&client->transfers, &transfer->node);
	error = final_error(transfer, code);
	if (error != NULL)
		strlcpy(transfer->error, error, sizeof(transfer->error));
}

/* How it ended; HTTP_RUNNING while it has not. */
HttpOutcome
http_outcome(const HttpTransfer *transfer)
{
	return transfer->outcome;
}

/* What http_start() was given for the receiver. */
void *
http_arg(const HttpTransfer *transfer)
{
	return transfer->arg;
}

/* The transfer's own copy of HttpRequest.account; NULL: it has none. */
void *
http_account(const HttpTransfer *transfer)
{
	return transfer->account;
}

/* The response's status, 0 before there is one. */
long
http_status(const HttpTransfer *transfer)
{
	long		status = 0;

	(void) curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

/*
 * How often the request was sent so far: not at all before there is a
 * connection, and more than once where libcurl has sent it again by itself,
 * since a kept connection turned out to be dead.  The server may have got them
 * all.
 */
int
http_sends(const HttpTransfer *transfer)
{
	return transfer->sends;
}

/*
 * Why a transfer ended otherwise than with HTTP_ANSWERED, in English.  It
 * never contains the token.  Valid until http_release().
 */
const char *
http_error(const HttpTransfer *transfer)
{
	return transfer->error;
}

/*
 * The value of the response's first header of that name, in any case; NULL if
 * it has none.  Valid until http_release(), once the transfer has finished.
 */
const char *
http_header(const HttpTransfer *transfer, const char *name)
{
	const char *line = transfer->headers.data;
	const char *end = line + transfer->headers.len;
	size_t		len = strlen(name);

	for (; line < end; line += strlen(line) + 1)
		if (pg_strncasecmp(line, name, len) == 0 && line[len] == ':')
			return line + len + 1 + strspn(line + len + 1, " \t");
	return NULL;
}

/*
 * The time that such a header tells, in any form that HTTP has for times, in
 * seconds since 1970; -1 where it tells none.
 */
int64
http_header_date(const HttpTransfer *transfer, const char *name)
{
	const char *value = http_header(transfer, name);

	return value ? (int64) curl_getdate(value, NULL) : -1;
}

/* When the response was sent, by the other side's clock, or else by ours. */
int64
http_server_time(const HttpTransfer *transfer)
{
	int64		date = http_header_date(transfer, "date");

	return date >= 0 ? date : (int64) time(NULL);
}

/*
 * The first content coding of the response that is not known, and was left as
 * it is; NULL: there is none.  Valid as long as a header; a text from outside.
 */
const char *
http_unknown_coding(const HttpTransfer *transfer)
{
	return transfer->unknown_coding[0] != '\0' ? transfer->unknown_coding : NULL;
}

/*
 * The decoded body of a response that is not a 2xx, cut off after 32 kB and
 * followed by a NUL that len does not count; NULL if there is none.  Valid as
 * long as a header.
 */
const char *
http_error_body(const HttpTransfer *transfer, size_t *len)
{
	*len = transfer->error_body.len;
	return *len > 0 ? transfer->error_body.data : NULL;
}

/* Bytes of body received so far, as sent, compressed perhaps. */
uint64
http_bytes(const HttpTransfer *transfer)
{
	curl_off_t	bytes = 0;

	(void) curl_easy_getinfo(transfer->easy, CURLINFO_SIZE_DOWNLOAD_T, &bytes);
	return (uint64) bytes;
}
