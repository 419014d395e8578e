/*-------------------------------------------------------------------------
 *
 * json_document.h
 *		  JSON responses as rows, and rows as fields.
 *
 * A JsonReader takes a response's bytes as they arrive and finds in them the
 * rows (the values that a path such as "items.[]" leads to) and the bookmark.
 * A JsonProjection says which fields of a row are wanted; json_row_fields() finds
 * them.  Which parser does the work is nobody's business.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/json/json_document.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_JSON_DOCUMENT_H
#define PINTEREST_JSON_DOCUMENT_H

typedef enum JsonKind
{
	JV_MISSING = 0,				/* the row has no such field */
	JV_NULL,
	JV_TRUE,
	JV_FALSE,
	JV_INTEGER,					/* number without fraction and exponent */
	JV_REAL,
	JV_STRING,
	JV_ARRAY,
	JV_OBJECT
} JsonKind;

/*
 * A value: strings are decoded (UTF-8, may contain NUL), all else is the text
 * as it stands in the response.  data is not NUL-terminated.
 */
typedef struct JsonValue
{
	JsonKind	kind;
	bool		plain;			/* known to be UTF-8 without NUL */
	bool		escaped;		/* a string that has escapes in the response */
	const char *data;
	size_t		len;
} JsonValue;

/* What is wrong with a text, and where; problem is NULL where nothing is. */
typedef struct JsonError
{
	const char *problem;
	uint64		offset;			/* bytes from the start of the response */
} JsonError;

typedef struct JsonRow
{
	const char *data;			/* valid until the next call with the reader */
	size_t		len;
	int			number;			/* in its response, from 1 */
	uint64		offset;			/* of its first byte in the response */
	const char *key;			/* UTF-8: of the member that step "@" went
								 * into; NULL: none.  As short-lived as data */
} JsonRow;

typedef enum JsonProgress
{
	JSON_GOT_ROW,
	JSON_NEEDS_BYTES,			/* no complete row yet */
	JSON_AT_END,				/* the response is complete, all rows are read */
	JSON_BAD					/* see json_reader_error() */
} JsonProgress;

typedef struct JsonReader JsonReader;
typedef struct JsonProjection JsonProjection;

extern JsonReader *json_reader_create(const char *row_path);
extern void json_reader_free(JsonReader *reader);
extern void json_reader_allow_none(JsonReader *reader);
extern bool json_reader_expect(JsonReader *reader, size_t bytes);
extern bool json_reader_append(JsonReader *reader, const char *data, size_t len);
extern void json_reader_finish(JsonReader *reader);
extern JsonProgress json_reader_next(JsonReader *reader, JsonRow *row);
extern const JsonError *json_reader_error(const JsonReader *reader);
extern size_t json_reader_near(const JsonReader *reader, uint64 offset,
							   const char **near);
extern void json_reader_blot_out(JsonReader *reader, const char *secret);
extern const char *json_reader_bookmark(const JsonReader *reader);
extern size_t json_reader_buffered(const JsonReader *reader);
extern size_t json_reader_rows_waiting(const JsonReader *reader);
extern bool json_reader_may_end(const JsonReader *reader);
extern bool json_reader_complete(const JsonReader *reader);

extern JsonProjection *json_projection_create(void);
extern int	json_projection_add(JsonProjection *projection, const char *field);
extern int	json_projection_size(const JsonProjection *projection);
extern void json_projection_allow_scalars(JsonProjection *projection);
extern bool json_row_fields(const JsonProjection *projection, const JsonRow *row,
							JsonValue *values, JsonError *error);
extern JsonValue json_row_value(const JsonRow *row);

/* What is in an array or object of a row, one by one. */
extern bool json_array_next(const JsonValue *array, size_t *position,
							JsonValue *element);
extern bool json_object_next(const JsonValue *object, size_t *position,
							 JsonValue *name, JsonValue *member);

/* Members of a small document, an error body for instance. */
extern JsonValue json_document_scalar(const char *data, size_t len,
									  const char *member);
extern bool json_is_document(const char *data, size_t len);
extern char *json_document_string(const char *data, size_t len,
								  const char *member);

extern const char *json_library_version(void);

#endif							/* PINTEREST_JSON_DOCUMENT_H */
