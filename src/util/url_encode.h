/*-------------------------------------------------------------------------
 *
 * url_encode.h
 *		  Percent-encoding.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/util/url_encode.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_URL_ENCODE_H
#define PINTEREST_URL_ENCODE_H

#include "lib/stringinfo.h"

extern void append_url_encoded(StringInfo out, const char *text);
extern char *url_encoded(const char *text);
extern bool is_path_segment(const char *text);

#endif							/* PINTEREST_URL_ENCODE_H */
