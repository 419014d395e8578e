/*-------------------------------------------------------------------------
 *
 * http_call.h
 *		  One request outside of scans, and its response in one piece.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/http/http_call.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_HTTP_CALL_H
#define PINTEREST_HTTP_CALL_H

#include "http/http.h"

extern HttpTransfer *call_api(HttpClient *client, const HttpRequest *request,
							  const char **body, size_t *len);

#endif							/* PINTEREST_HTTP_CALL_H */
