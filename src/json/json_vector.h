/*-------------------------------------------------------------------------
 *
 * json_vector.h
 *		  Bytes of JSON, 16 or 64 at a time.
 *
 * Vectors are those of GCC and clang, which become SSE2, NEON or whatever the
 * machine has.  Only the step from a vector of comparisons to a bit for each
 * byte differs: SSE2 has an instruction for it, elsewhere a multiplication
 * does.  Where there are no such vectors (on i386 without SSE2, too), or with
 * JSON_VECTORS defined as 0, bytes are looked at one by one; with 1 SSE2 is left
 * out.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/json/json_vector.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_JSON_VECTOR_H
#define PINTEREST_JSON_VECTOR_H

#include "port/pg_bitutils.h"

#ifndef JSON_VECTORS
#if !defined(__GNUC__) || defined(WORDS_BIGENDIAN)
#define JSON_VECTORS 0
#elif defined(__SSE2__)
#define JSON_VECTORS 2
#elif defined(__i386__)
#define JSON_VECTORS 0
#else
#define JSON_VECTORS 1
#endif
#endif

/* Bytes that json_block_find() looks at. */
#define JSON_BLOCK 64

/*
 * Whether a byte of a string needs a second look: a quote, a backslash, a
 * control character, or a part of a character beyond ASCII.
 */
static inline bool
json_is_odd(char c)
{
	return (signed char) c < ' ' || c == '"' || c == '\\';
}

#if JSON_VECTORS > 0

typedef signed char JsonVector __attribute__((vector_size(16)));

/* What json_block_find() finds, a bit for each byte, the first one lowest. */
typedef struct JsonBlock
{
	uint64		quotes;
	uint64		brackets;		/* of all kinds, in strings too, and some
								 * other bytes that are valid in strings only */
	bool		has_backslash;
} JsonBlock;

static inline JsonVector
json_fill(char c)
{
	return (JsonVector)
	{
		c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c
	};
}

static inline JsonVector
json_load(const char *at)
{
	JsonVector	vector;

	memcpy(&vector, at, sizeof(vector));
	return vector;
}

/* A bit for each byte of a vector whose bytes are all 0 or all -1. */
static inline uint32
json_bits(JsonVector vector)
{
#if JSON_VECTORS == 2
	typedef char Bytes __attribute__((vector_size(16)));

	return (uint32) __builtin_ia32_pmovmskb128((Bytes) vector);
#else
	uint64		halves[2];

	/* bit n of byte n remains, and the product adds them up in the top byte */
	memcpy(halves, &vector, sizeof(halves));
	for (int i = 0; i < 2; i++)
		halves[i] = ((halves[i] & UINT64CONST(0x8040201008040201)) *
					 UINT64CONST(0x0101010101010101)) >> 56;
	return (uint32) (halves[0] | halves[1] << 8);
#endif
}

/* Adds to a block what is among the 16 bytes at one of its places. */
static inline void
json_block_add(JsonBlock *block, JsonVector * backslashes, const char *at, int place)
{
	JsonVector	bytes = json_load(at + place);

	/*
	 * brackets differ from each other, and from Y, y, _ and DEL, in these
	 * bits only
	 */
	JsonVector	folded = bytes | json_fill(0x26);

	*backslashes |= bytes == json_fill('\\');
	block->quotes |= (uint64) json_bits(bytes == json_fill('"')) << place;
	block->brackets |= (uint64) json_bits(folded == json_fill(0x7F)) << place;
}

/* Quotes, brackets and backslashes among the JSON_BLOCK bytes from at on. */
static inline JsonBlock
json_block_find(const char *at)
{
	JsonBlock	block = {0};
	JsonVector	backslashes = json_fill(0);

	json_block_add(&block, &backslashes, at, 0);
	json_block_add(&block, &backslashes, at, 16);
	json_block_add(&block, &backslashes, at, 32);
	json_block_add(&block, &backslashes, at, 48);
	block.has_backslash = json_bits(backslashes) != 0;
	return block;
}

/* The backslashes among them, a bit for each byte. */
static inline uint64
json_block_backslashes(const char *at)
{
	uint64		backslashes = 0;

	for (int i = 0; i < JSON_BLOCK; i += 16)
		backslashes |= (uint64) json_bits(json_load(at + i) == json_fill('\\')) << i;
	return backslashes;
}

/*
 * The bytes that a backslash before them makes part of an escape.  *carry is 1
 * where the byte before the first is such a backslash, and becomes so for the
 * next block.
 */
static inline uint64
json_block_escaped(uint64 backslashes, uint64 *carry)
{
	uint64		escaped = *carry;

	backslashes &= ~*carry;
	*carry = 0;
	while (backslashes != 0)
	{
		uint64		first = backslashes & (~backslashes + 1);

		escaped |= first << 1;
		*carry = first >> 63;
		backslashes &= ~(first | first << 1);
	}
	return escaped;
}

/*
 * The bytes inside strings, opening quotes included.  *inside is all ones
 * where the block begins inside a string, else 0, and becomes so for the next.
 */
static inline uint64
json_block_strings(uint64 quotes, uint64 *inside)
{
	uint64		strings = quotes;

	for (int shift = 1; shift < JSON_BLOCK; shift *= 2)
		strings ^= strings << shift;
	strings ^= *inside;
	*inside = strings >> 63 ? ~UINT64CONST(0) : 0;
	return strings;
}

#endif							/* JSON_VECTORS */

#if JSON_VECTORS > 0

/* Of the 16 bytes from at on, a bit for each odd one. */
static inline uint32
json_odd_bits(const char *at)
{
	JsonVector	bytes = json_load(at);

	return json_bits((bytes < json_fill(' ')) | (bytes == json_fill('"')) | (bytes == json_fill('\\')));
}
#endif

/* The first odd byte of a string from at on, or end. */
static inline const char *
json_find_odd(const char *at, const char *end)
{
#if JSON_VECTORS > 0
	while (end - at >= 16)
	{
		uint32		odd = json_odd_bits(at);

		if (odd != 0)
			return at + pg_rightmost_one_pos32(odd);
		at += 16;
	}
#endif
	while (at < end && !json_is_odd(*at))
		at++;
	return at;
}

/*
 * The first odd byte of a string from at on, which has to be there: up to 15 bytes
 * behind it are looked at.
 */
static inline const char *
json_find_odd_ahead(const char *at)
{
#if JSON_VECTORS > 0
	for (;; at += 16)
	{
		uint32		odd = json_odd_bits(at);

		if (odd != 0)
			return at + pg_rightmost_one_pos32(odd);
	}
#else
	while (!json_is_odd(*at))
		at++;
	return at;
#endif
}

static inline bool
json_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * The first byte from at on that is no digit, which has to be there, too.
 */
static inline const char *
json_find_no_digit(const char *at)
{
#if JSON_VECTORS > 0
	for (;; at += 16)
	{
		JsonVector	bytes = json_load(at);
		uint32		others = json_bits((bytes < json_fill('0')) | (bytes > json_fill('9')));

		if (others != 0)
			return at + pg_rightmost_one_pos32(others);
	}
#else
	while (json_is_digit(*at))
		at++;
	return at;
#endif
}

/*
 * Whether len bytes at two places, at most 48, are the same.  Up to 15 bytes behind
 * them may be looked at.
 */
static inline bool
json_equal(const char *a, const char *b, size_t len)
{
#if JSON_VECTORS > 0
	JsonVector	same = json_load(a) == json_load(b);

	if (len <= 16)
		return (~json_bits(same) & ((1u << len) - 1)) == 0;
	if (len > 32)
		same &= json_load(a + 16) == json_load(b + 16);
	same &= json_load(a + len - 16) == json_load(b + len - 16);
	return json_bits(same) == 0xFFFF;
#else
	return memcmp(a, b, len) == 0;
#endif
}

#endif							/* PINTEREST_JSON_VECTOR_H */
