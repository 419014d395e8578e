/*-------------------------------------------------------------------------
 *
 * json_private.h
 *		  What json.c and json_reader.c share.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/json_private.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_JSON_PRIVATE_H
#define PINTEREST_JSON_PRIVATE_H

#include "json.h"

/* Deeper nesting than any answer has; keeps recursion away from its limit. */
#define JSON_MAX_NESTING 128

/* Room for what jansson says of a string. */
#define JSON_PROBLEM_BYTES 160

static inline bool
json_is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

extern ssize_t json_decode_string(const char *literal, size_t len, char *into,
								  char *problem, size_t problem_size);

#endif							/* PINTEREST_JSON_PRIVATE_H */
