/*-------------------------------------------------------------------------
 *
 * http_call.c
 *		  One request outside of scans, and its response in one piece.
 *
 * For tokens and the diagnosis, whose responses are small.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/http/http_call.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "http/http_call.h"
#include "util/compat.h"

/* A page of 250 ad accounts takes some 100 kB. */
#define MAX_BODY_BYTES (1024 * 1024)

typedef struct CallBody
{
	size_t		len;
	char		data[MAX_BODY_BYTES];
} CallBody;

/* Takes bytes of a response; called from within libcurl. */
static HttpTake
receive(void *arg, const char *data, size_t len)
{
	CallBody   *body = arg;

	if (len > sizeof(body->data) - body->len)
		return HTTP_ABORT;
	memcpy(body->data + body->len, data, len);
	body->len += len;
	return HTTP_TAKEN;
}

/*
 * Sends a request and waits until it has ended, however it does; a cancel ends
 * the wait.  The client must have no other transfers: those that finish meanwhile
 * would be lost.  The transfer is the caller's to release.  Of a 2xx response *body
 * points to *len bytes, palloc'd in the current context; a larger one than
 * MAX_BODY_BYTES is HTTP_REFUSED.
 */
HttpTransfer *
call_api(HttpClient *client, const HttpRequest *request,
		 const char **body, size_t *len)
{
	static uint32 wait_event = 0;
	CallBody   *received = palloc(sizeof(CallBody));
	HttpTransfer *transfer;

	if (wait_event == 0)
		wait_event = compat_wait_event("PinterestApiRequest");
	received->len = 0;
	transfer = http_start(client, request, receive, received);
	while (http_next_finished(client) != transfer)
		http_wait(client, -1, wait_event);
	*body = received->data;
	*len = received->len;
	return transfer;
}
