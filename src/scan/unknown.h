/*-------------------------------------------------------------------------
 *
 * unknown.h
 *		  What responses have that the catalog does not know.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/scan/unknown.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_UNKNOWN_H
#define PINTEREST_UNKNOWN_H

#include "option/table.h"
#include "request/request.h"

/* A field, or a word in one, that responses had. */
typedef struct UnknownName
{
	const char *stream;
	char		name[2 * NAMEDATALEN];	/* "field" or "column = WORD" */
	int64		times;			/* responses of the field, rows of the word */
} UnknownName;

extern void note_fields(const Table *table, const Source *source, const JsonRow *row);
extern void note_word(const Stream *stream, const Column *column, const JsonValue *value);
extern List *unknown_names(void);

#endif							/* PINTEREST_UNKNOWN_H */
