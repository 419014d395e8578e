/*-------------------------------------------------------------------------
 *
 * http_coding.h
 *		  Content codings of a response's body, undone a piece at a time.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/http/http_coding.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_HTTP_CODING_H
#define PINTEREST_HTTP_CODING_H

/* The request header that names what is understood. */
#define HTTP_ACCEPT_ENCODING "Accept-Encoding: gzip, deflate"

/* Bytes that are decoded at a time, and so what is held of them at most. */
#define HTTP_DECODED_BYTES (16 * 1024)

/* Room for the name of a coding; a longer one is cut off. */
#define HTTP_CODING_BYTES 32

typedef struct HttpDecoder HttpDecoder;

/* What http_decode() has come to. */
typedef enum HttpDecoded
{
	HTTP_DECODED_SOME,			/* there are bytes, and perhaps more of them */
	HTTP_DECODED_ALL,			/* none; what was given is used up */
	HTTP_DECODED_BAD			/* none; the body is damaged */
} HttpDecoded;

extern const char *http_zlib_version(void);
extern bool http_decoder_add(HttpDecoder **decoder, const char *codings,
							 size_t len, char *unknown);
extern HttpDecoded http_decode(HttpDecoder *decoder,
							   const char **data, size_t *len,
							   const char **decoded, size_t *decoded_len);
extern bool http_decoder_at_end(const HttpDecoder *decoder);
extern void http_decoder_free(HttpDecoder *decoder);

#endif							/* PINTEREST_HTTP_CODING_H */
