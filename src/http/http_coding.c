/*-------------------------------------------------------------------------
 *
 * http_coding.c
 *		  Content codings of a response's body, undone a piece at a time.
 *
 * libcurl would decode, too, but all that it has read at once, and it keeps
 * what a receiver that pauses does not take: of a portion of 16 kB that may be
 * 16 MB, in every transfer.  Here the compressed bytes wait instead, so that
 * what a paused response holds does not depend on how well it is compressed.
 *
 * Nothing here raises an error or uses palloc, since it is called from within
 * libcurl.  zlib's memory is malloc's.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/http/http_coding.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#define ZLIB_CONST
#include <zlib.h>

#include "http/http_coding.h"

/* More codings on top of each other are an attack. */
#define MAX_STAGES 4

typedef enum Coding
{
	CODING_IDENTITY = 0,
	CODING_GZIP,				/* RFC 1952, one or several members */
	CODING_DEFLATE				/* RFC 1950, or RFC 1951 as some servers send */
} Coding;

typedef struct CodingName
{
	const char *name;
	Coding		coding;
} CodingName;

/* aws-chunked is how a storage service got the file; what it sends is not coded so. */
static const CodingName coding_names[] = {
	{"", CODING_IDENTITY},
	{"identity", CODING_IDENTITY},
	{"aws-chunked", CODING_IDENTITY},
	{"gzip", CODING_GZIP},
	{"x-gzip", CODING_GZIP},
	{"deflate", CODING_DEFLATE},
};

/* One coding that is undone. */
typedef struct Stage
{
	Coding		coding;
	bool		begun;			/* zlib has been prepared */
	bool		at_end;			/* of a member, with nothing after it so far */
	const char *input;			/* decoded by the stage before, of which the */
	size_t		input_len;		/* first stage has none */
	z_stream	zlib;
	char		decoded[HTTP_DECODED_BYTES];
} Stage;

struct HttpDecoder
{
	int			nstages;
	Stage	   *stages[MAX_STAGES]; /* the one that was applied last first */
};

/* The zlib that is loaded now; the string lives as long as the process. */
const char *
http_zlib_version(void)
{
	return zlibVersion();
}

/* ---------- which codings ---------- */

/* A name of a coding, in any case; NULL: it is not known. */
static const CodingName *
find_coding(const char *name, size_t len)
{
	for (int i = 0; i < (int) lengthof(coding_names); i++)
		if (strlen(coding_names[i].name) == len &&
			pg_strncasecmp(coding_names[i].name, name, len) == 0)
			return &coding_names[i];
	return NULL;
}

/* A stage that is undone before those there are: it was applied after them. */
static bool
add_stage(HttpDecoder *decoder, Coding coding)
{
	Stage	   *stage;

	if (decoder->nstages == MAX_STAGES)
		return false;
	stage = calloc(1, sizeof(Stage));
	if (stage == NULL)
		return false;
	stage->coding = coding;
	memmove(&decoder->stages[1], &decoder->stages[0], decoder->nstages * sizeof(Stage *));
	decoder->stages[0] = stage;
	decoder->nstages++;
	return true;
}

/*
 * Adds the codings that a Content-Encoding header names, in len bytes and in the
 * order in which they were applied.  *decoder is NULL as long as there is nothing
 * to undo; else it is the caller's to free.  Unknown names are skipped: servers
 * put there words that are no codings ("UTF-8"); a real one was not asked for, and
 * the reader of the body will fail on it.  The first unknown name is copied to
 * unknown, which has HTTP_CODING_BYTES and is "" as long as there is none.  False
 * where memory is out or there are more than MAX_STAGES.
 */
bool
http_decoder_add(HttpDecoder **decoder, const char *codings, size_t len, char *unknown)
{
	const char *end = codings + len;

	for (const char *name = codings; name < end; name++)
	{
		const char *name_end;
		const CodingName *coding;

		while (name < end && (*name == ' ' || *name == '\t'))
			name++;
		name_end = name;
		while (name_end < end && strchr(" \t\r\n,;", *name_end) == NULL)
			name_end++;
		coding = find_coding(name, name_end - name);
		if (coding == NULL && *unknown == '\0')
		{
			size_t		shown = Min((size_t) (name_end - name), HTTP_CODING_BYTES - 1);

			memcpy(unknown, name, shown);
			unknown[shown] = '\0';
		}
		for (name = name_end; name < end && *name != ',';)
			name++;
		if (coding == NULL || coding->coding == CODING_IDENTITY)
			continue;
		if (*decoder == NULL)
			*decoder = calloc(1, sizeof(HttpDecoder));
		if (*decoder == NULL || !add_stage(*decoder, coding->coding))
			return false;
	}
	return true;
}

/* ---------- undoing them ---------- */

/*
 * Prepares zlib for a stage whose first byte is there.  The low bits of zlib's
 * own header are 8; those of deflate without it are never, in practice: they
 * would begin a stored block with a padding that is not zero.
 */
static bool
begin_stage(Stage *stage, unsigned char first)
{
	int			window_bits = stage->coding == CODING_GZIP ? 16 + MAX_WBITS :
		(first & 0x0f) == Z_DEFLATED ? MAX_WBITS : -MAX_WBITS;

	stage->begun = inflateInit2(&stage->zlib, window_bits) == Z_OK;
	return stage->begun;
}

/* After the end of a member: another one, of gzip alone, is part of the body. */
static bool
begin_member(Stage *stage)
{
	if (stage->coding != CODING_GZIP || inflateReset(&stage->zlib) != Z_OK)
		return false;
	stage->at_end = false;
	return true;
}

/* Undoes one coding, as http_decode() does all of them. */
static HttpDecoded
decode_stage(Stage *stage, const char **data, size_t *len,
			 const char **decoded, size_t *decoded_len)
{
	z_stream   *zlib = &stage->zlib;

	do
	{
		uInt		given = (uInt) Min(*len, (size_t) 1 << 30);
		int			code;

		if (given == 0 && (!stage->begun || stage->at_end))
			return HTTP_DECODED_ALL;
		if (!stage->begun && !begin_stage(stage, (unsigned char) **data))
			return HTTP_DECODED_BAD;
		if (stage->at_end && !begin_member(stage))
			return HTTP_DECODED_BAD;
		zlib->next_in = (const Bytef *) *data;
		zlib->avail_in = given;
		zlib->next_out = (Bytef *) stage->decoded;
		zlib->avail_out = sizeof(stage->decoded);
		code = inflate(zlib, Z_NO_FLUSH);
		*data += given - zlib->avail_in;
		*len -= given - zlib->avail_in;
		*decoded = stage->decoded;
		*decoded_len = sizeof(stage->decoded) - zlib->avail_out;
		stage->at_end = code == Z_STREAM_END;
		if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
			return HTTP_DECODED_BAD;
	} while (*decoded_len == 0 && *len > 0);
	return *decoded_len > 0 ? HTTP_DECODED_SOME : HTTP_DECODED_ALL;
}

/* Undoes the first codings, up to stage n. */
static HttpDecoded
decode_up_to(HttpDecoder *decoder, int n, const char **data, size_t *len,
			 const char **decoded, size_t *decoded_len)
{
	Stage	   *stage = decoder->stages[n];
	HttpDecoded result;

	if (n == 0)
		return decode_stage(stage, data, len, decoded, decoded_len);
	do
	{
		result = decode_stage(stage, &stage->input, &stage->input_len,
							  decoded, decoded_len);
		if (result != HTTP_DECODED_ALL)
			return result;
		result = decode_up_to(decoder, n - 1, data, len, &stage->input, &stage->input_len);
	} while (result == HTTP_DECODED_SOME);
	return result;
}

/*
 * Undoes all codings of some of the *len bytes at *data, which both move on.
 * The decoded bytes are the decoder's, and valid until the next call.  To be
 * called until it returns HTTP_DECODED_ALL: there may be more to come when all
 * that was given is used up.
 */
HttpDecoded
http_decode(HttpDecoder *decoder, const char **data, size_t *len,
			const char **decoded, size_t *decoded_len)
{
	return decode_up_to(decoder, decoder->nstages - 1, data, len, decoded, decoded_len);
}

/* Whether the body is complete; one without a byte is not. */
bool
http_decoder_at_end(const HttpDecoder *decoder)
{
	for (int i = 0; i < decoder->nstages; i++)
		if (!decoder->stages[i]->at_end)
			return false;
	return true;
}

/* NULL is allowed. */
void
http_decoder_free(HttpDecoder *decoder)
{
	if (decoder == NULL)
		return;
	for (int i = 0; i < decoder->nstages; i++)
	{
		if (decoder->stages[i]->begun)
			(void) inflateEnd(&decoder->stages[i]->zlib);
		free(decoder->stages[i]);
	}
	free(decoder);
}
