/*-------------------------------------------------------------------------
 *
 * strings.h
 *		  Questions about strings and lists of them.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/util/strings.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_STRINGS_H
#define PINTEREST_STRINGS_H

#include "lib/stringinfo.h"
#include "nodes/pg_list.h"

/* Loops over an array of strings that ends with NULL, or is NULL. */
#define foreach_string(string, strings) \
	for (const char *const *string = (strings); string && *string; string++)

extern bool is_digits(const char *text);
extern int64 leading_number(const char *text, const char **end);
extern bool same_string(const char *one, const char *other);
extern bool has_string(const List *strings, const char *string);
extern void append_listed(StringInfo list, const char *separator, const char *word);
extern const char *option_value(const List *options, const char *name);

#endif							/* PINTEREST_STRINGS_H */
