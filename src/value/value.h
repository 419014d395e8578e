/*-------------------------------------------------------------------------
 *
 * value.h
 *		  Values of the API as Datums, Datums as values of parameters.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/value/value.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_VALUE_H
#define PINTEREST_VALUE_H

#include "fmgr.h"
#include "utils/date.h"

#include "json/json_document.h"
#include "streams/stream.h"

/*
 * Some endpoints tell times in milliseconds (facts on leads/subscriptions).
 * As seconds, values from here on would be later than the year 5138.
 */
#define FIRST_MILLISECONDS INT64CONST(100000000000)

/*
 * Memory for the short texts of a row, one after the other, which the next row
 * uses again: a palloc for each would take longer than to copy it.
 */
typedef struct ValueTexts
{
	MemoryContext context;		/* where the memory is from */
	char	   *start;			/* NULL: there is none yet */
	char	   *next;			/* of start to end: not yet used */
	char	   *end;
} ValueTexts;

typedef struct ValueReader ValueReader;

typedef Datum (*ReadValue) (const ValueReader *reader, const JsonValue *value);

/* How the values of one column become Datums of its declared type. */
struct ValueReader
{
	ReadValue	read;
	bool		nulls_need_input;	/* a domain may refuse NULL */
	ColumnType	type;			/* of the catalog */
	Oid			typid;			/* as declared */
	int32		typmod;
	FmgrInfo	input;			/* the declared type's input function */
	Oid			ioparam;
	const char *const *secrets; /* must not show in a message; or NULL */
	bool		is_utf8;		/* what the database's encoding is */
	ValueTexts *texts;			/* NULL: each text is palloc'd */
};

extern void value_reader_init(ValueReader *reader, const Column *column,
							  Oid typid, int32 typmod,
							  const char *const *secrets);
extern void value_texts_reset(ValueTexts *texts, size_t bytes);
extern void value_read_null(const ValueReader *reader);

/*
 * A value as Datum of the declared type, palloc'd in the current context, or of
 * the reader's texts; missing and null values are NULL.  Raises an error for a value that the
 * type cannot hold.
 */
static inline Datum
value_read(const ValueReader *reader, const JsonValue *value, bool *isnull)
{
	*isnull = value->kind == JV_MISSING || value->kind == JV_NULL;
	if (!*isnull)
		return reader->read(reader, value);
	if (reader->nulls_need_input)
		value_read_null(reader);
	return (Datum) 0;
}

extern bool value_whole_number(const JsonValue *value, int64 *number);
extern bool value_is_param_type(Oid typid);
extern char *value_param_text(Datum value, Oid typid);
extern char *value_plain_text(const JsonValue *value);
extern DateADT value_param_date(Datum value, Oid typid, bool *begins);

#endif							/* PINTEREST_VALUE_H */
