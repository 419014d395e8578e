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

#include "utils/jsonb.h"

#include "json/json_document.h"

/* Integers of so many digits fit 64 bits whatever they are. */
#define SAFE_DIGITS 18

/* An integer of the usual size; false for all that needs a closer look. */
static inline bool
value_plain_integer(const JsonValue *value, int64 *result)
{
	bool		negative = value->kind == JV_INTEGER && *value->data == '-';
	int64		number = 0;

	if (value->kind != JV_INTEGER || value->len > SAFE_DIGITS)
		return false;
	for (size_t i = negative; i < value->len; i++)
		number = number * 10 + (value->data[i] - '0');
	*result = negative ? -number : number;
	return true;
}

/* value_jsonb.c */
extern Jsonb *value_as_jsonb(const JsonValue *value);

#endif							/* PINTEREST_VALUE_PRIVATE_H */
