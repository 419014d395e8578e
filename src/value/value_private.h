/*-------------------------------------------------------------------------
 *
 * value_private.h
 *		  What the files that make Datums share.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/value/value_private.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_VALUE_PRIVATE_H
#define PINTEREST_VALUE_PRIVATE_H

#include "port/pg_bswap.h"
#include "utils/jsonb.h"

#include "json/json_document.h"

/* Integers of so many digits fit 64 bits whatever they are. */
#define SAFE_DIGITS 18

/* Eight bytes of text as a number whose lowest byte is the first of them. */
static inline uint64
value_load_eight(const char *at)
{
	uint64		bytes;

	memcpy(&bytes, at, sizeof(bytes));
#ifdef WORDS_BIGENDIAN
	bytes = pg_bswap64(bytes);
#endif
	return bytes;
}

/* Whether none of eight such bytes is anything but a digit. */
static inline bool
value_are_digits(uint64 bytes)
{
	return (((bytes + UINT64CONST(0x4646464646464646)) | (bytes - UINT64CONST(0x3030303030303030))) &
			UINT64CONST(0x8080808080808080)) == 0;
}

/* The number that eight digits make: pairs of them are added up, then pairs of pairs. */
static inline uint64
value_add_digits(uint64 bytes)
{
	bytes -= UINT64CONST(0x3030303030303030);
	bytes = (bytes * 10 + (bytes >> 8)) & UINT64CONST(0x00FF00FF00FF00FF);
	bytes = (bytes * 100 + (bytes >> 16)) & UINT64CONST(0x0000FFFF0000FFFF);
	return (bytes * 10000 + (bytes >> 32)) & UINT64CONST(0xFFFFFFFF);
}

/*
 * Appends the digits from at on, up to end or the first byte that is none, to a
 * number; returns where they end.  The caller sees to it that they are few enough.
 */
static inline const char *
value_read_digits(const char *at, const char *end, uint64 *number)
{
	while (end - at >= 8)
	{
		uint64		bytes = value_load_eight(at);

		if (!value_are_digits(bytes))
			break;
		*number = *number * 100000000 + value_add_digits(bytes);
		at += 8;
	}
	for (; at < end && *at >= '0' && *at <= '9'; at++)
		*number = *number * 10 + (uint64) (*at - '0');
	return at;
}

/* An integer of the usual size; false for all that needs a closer look. */
static inline bool
value_plain_integer(const JsonValue *value, int64 *result)
{
	bool		negative;
	uint64		number = 0;

	if (value->kind != JV_INTEGER || value->len > SAFE_DIGITS)
		return false;
	negative = *value->data == '-';
	(void) value_read_digits(value->data + negative, value->data + value->len, &number);
	*result = negative ? -(int64) number : (int64) number;
	return true;
}

/* value_jsonb.c */
extern Jsonb *value_as_jsonb(const JsonValue *value);

#endif							/* PINTEREST_VALUE_PRIVATE_H */
