/*-------------------------------------------------------------------------
 *
 * strings.c
 *		  Questions about strings and lists of them.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/util/strings.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/defrem.h"

#include "util/strings.h"

/* Whether a text consists of digits, one at least. */
bool
is_digits(const char *text)
{
	return *text != '\0' && text[strspn(text, "0123456789")] == '\0';
}

/* More digits may exceed 64 bits. */
#define MAX_DIGITS 18

/*
 * The whole number that a text begins with; -1: none, or one that is too large.
 * *end (NULL: not wanted) is what follows its digits.
 */
int64
leading_number(const char *text, const char **end)
{
	size_t		digits = strspn(text, "0123456789");
	int64		number = 0;

	if (end != NULL)
		*end = text + digits;
	if (digits == 0 || digits > MAX_DIGITS)
		return -1;
	for (size_t i = 0; i < digits; i++)
		number = number * 10 + (text[i] - '0');
	return number;
}

/* Whether two strings are equal, or both NULL. */
bool
same_string(const char *one, const char *other)
{
	return one == other || (one != NULL && other != NULL && strcmp(one, other) == 0);
}

/* Whether a list of strings has one. */
bool
has_string(const List *strings, const char *string)
{
	ListCell   *cell;

	foreach(cell, strings)
	{
		if (strcmp(lfirst(cell), string) == 0)
			return true;
	}
	return false;
}

/* Appends a word to a list, behind the separator unless it is the first. */
void
append_listed(StringInfo list, const char *separator, const char *word)
{
	if (list->len > 0)
		appendStringInfoString(list, separator);
	appendStringInfoString(list, word);
}

/* The value of an option among the elements of options; NULL: not set. */
const char *
option_value(const List *options, const char *name)
{
	ListCell   *cell;

	foreach(cell, options)
	{
		DefElem    *def = lfirst(cell);

		if (strcmp(def->defname, name) == 0)
			return defGetString(def);
	}
	return NULL;
}
