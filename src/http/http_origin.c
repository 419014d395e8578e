/*-------------------------------------------------------------------------
 *
 * http_origin.c
 *		  Which version of HTTP an origin speaks, and on which connection.
 *
 * Connections are libcurl's business.  But libcurl 7.88, and all before 8.5, let
 * several requests share a connection of HTTP/1, as if it had HTTP/2, where the
 * origin has HTTP/2 on another connection; then one request gets the response to
 * another.  So it is noted here what goes where, and a response that may be
 * another's is never taken.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/http/http_origin.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "http/http_private.h"

/* Scheme, host and port of a URL, among those that the client has asked. */
HttpOrigin *
http_find_origin(HttpClient *client, const char *url)
{
	const char *host = strstr(url, "://");
	size_t		len = host ? host + 3 - url + strcspn(host + 3, "/?#") : strlen(url);
	slist_iter	iter;
	HttpOrigin *origin;

	slist_foreach(iter, &client->origins)
	{
		origin = slist_container(HttpOrigin, node, iter.cur);
		if (strlen(origin->name) == len && strncmp(origin->name, url, len) == 0)
			return origin;
	}
	origin = MemoryContextAllocZero(client->context, sizeof(HttpOrigin));
	origin->name = MemoryContextAllocZero(client->context, len + 1);
	memcpy(origin->name, url, len);
	slist_push_head(&client->origins, &origin->node);
	return origin;
}

/* ---------- callbacks: no error may be raised here ---------- */

/* Whether the libcurl that is loaded does what http_note_version() guards against. */
static bool
mixes_versions_up(void)
{
	return curl_version_info(CURLVERSION_NOW)->version_num < 0x080500;
}

/*
 * Whether a response of HTTP/1 has come to its end, after which its connection may
 * serve another request.  Of some responses that cannot be told; they are short.
 */
static bool
is_over(const HttpTransfer *transfer)
{
	curl_off_t	length = -1;

	if (transfer->took_last || transfer->receiver == NULL || http_status(transfer) / 100 != 2)
		return true;
	(void) curl_easy_getinfo(transfer->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	return length >= 0 && http_bytes(transfer) == (uint64) length;
}

/*
 * Whether a transfer waits for its response on a connection that is one of HTTP/1,
 * or may be.
 */
static bool
is_waiting(const HttpTransfer *transfer)
{
	if (transfer->outcome != HTTP_RUNNING || transfer->sends == 0)
		return false;
	return transfer->version == HTTP_VERSION_UNKNOWN ||
		(transfer->version == HTTP_VERSION_1 && !is_over(transfer));
}

/*
 * Whether another transfer waits on the same connection, of which no response has
 * come yet (HTTP_VERSION_UNKNOWN) or which is known to be one of HTTP/1.
 */
static bool
shares_connection(const HttpTransfer *transfer, HttpVersion at_least)
{
	dlist_iter	iter;

	dlist_foreach(iter, &transfer->client->transfers)
	{
		const HttpTransfer *other = dlist_container(HttpTransfer, node, iter.cur);

		if (other != transfer && is_waiting(other) && other->version >= at_least &&
			memcmp(&other->ends, &transfer->ends, sizeof(HttpEnds)) == 0)
			return true;
	}
	return false;
}

/*
 * Gives up the transfers of an origin whose responses may be others': those that
 * wait on a connection that several share, and those that may come to share one.
 */
static void
abandon_mixed_up(HttpClient *client, HttpOrigin *origin)
{
	dlist_iter	iter;

	origin->is_mixed = true;
	dlist_foreach(iter, &client->transfers)
	{
		HttpTransfer *transfer = dlist_container(HttpTransfer, node, iter.cur);

		if (transfer->origin == origin && transfer->outcome == HTTP_RUNNING &&
			transfer->version != HTTP_VERSION_2 &&
			(transfer->sends == 0 || shares_connection(transfer, HTTP_VERSION_UNKNOWN)))
			transfer->mixed_up = true;
	}
}

/*
 * Notes which version a response has, of which the status line has come.  False
 * where it may be another transfer's response.  From then on the origin is asked with
 * HTTP/1 alone.
 */
bool
http_note_version(HttpTransfer *transfer, HttpVersion version)
{
	transfer->version = version;
	transfer->origin->version = version;
	if (version == HTTP_VERSION_1 && mixes_versions_up() &&
		shares_connection(transfer, HTTP_VERSION_UNKNOWN))
	{
		abandon_mixed_up(transfer->client, transfer->origin);
		transfer->mixed_up = true;
	}
	return !transfer->mixed_up;
}

/*
 * CURLOPT_PREREQFUNCTION: the request is about to be sent.  Where a kept connection
 * is closed without a response, libcurl sends it once more on another one, and
 * calls this again.  The server may have got both, so that both are counted.
 */
int
http_note_send(void *arg, char *remote, char *local, int remote_port, int local_port)
{
	HttpTransfer *transfer = arg;
	HttpEnds   *ends = &transfer->ends;

	transfer->sends++;
	transfer->sent_in = transfer->client->rounds;
	transfer->version = HTTP_VERSION_UNKNOWN;
	memset(ends, 0, sizeof(HttpEnds));
	strlcpy(ends->remote, remote, sizeof(ends->remote));
	strlcpy(ends->local, local, sizeof(ends->local));
	ends->remote_port = remote_port;
	ends->local_port = local_port;
	if (mixes_versions_up() && shares_connection(transfer, HTTP_VERSION_1))
		abandon_mixed_up(transfer->client, transfer->origin);
	transfer->mixed_up |= transfer->origin->is_mixed && !transfer->http1_only;
	if (!transfer->mixed_up)
		return CURL_PREREQFUNC_OK;
	transfer->sends--;
	return CURL_PREREQFUNC_ABORT;
}

/* ---------- connections of HTTP/1, each for one request ---------- */

/*
 * Whether a request to an origin was sent in an earlier round and still runs: by
 * now libcurl has put all transfers that can share its connection on it.
 */
static bool
is_connected(const HttpOrigin *origin, HttpClient *client)
{
	dlist_iter	iter;

	dlist_foreach(iter, &client->transfers)
	{
		const HttpTransfer *transfer = dlist_container(HttpTransfer, node, iter.cur);

		if (transfer->origin == origin && transfer->outcome == HTTP_RUNNING &&
			transfer->sends > 0 && transfer->sent_in < client->rounds)
			return true;
	}
	return false;
}

/*
 * Lets transfers that wait for a connection which turned out not to be shared open
 * their own.  If the server has chosen HTTP/1, libcurl 8.14 would let them wait
 * until the request on it has its response: they would run one after the other.  A
 * transfer that is added anew is tried at once.  Not to be called by a callback.
 */
CURLMcode
http_end_sharing(HttpClient *client)
{
	CURLMcode	code = CURLM_OK;
	dlist_iter	iter;

	dlist_foreach(iter, &client->transfers)
	{
		HttpTransfer *transfer = dlist_container(HttpTransfer, node, iter.cur);

		if (!transfer->waits_to_share || transfer->sends > 0 ||
			transfer->outcome != HTTP_RUNNING ||
			transfer->origin->version == HTTP_VERSION_2 ||
			!is_connected(transfer->origin, client))
			continue;
		transfer->waits_to_share = false;
		(void) curl_easy_setopt(transfer->easy, CURLOPT_PIPEWAIT, 0L);
		(void) curl_multi_remove_handle(client->multi, transfer->easy);
		code = curl_multi_add_handle(client->multi, transfer->easy);
		if (code != CURLM_OK)
			break;
	}
	return code;
}
