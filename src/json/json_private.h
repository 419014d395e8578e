/*-------------------------------------------------------------------------
 *
 * json_private.h
 *		  What the files that read JSON share.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/json/json_private.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_JSON_PRIVATE_H
#define PINTEREST_JSON_PRIVATE_H

#include "json/json_document.h"

/* Deeper nesting than any response has; keeps recursion away from its limit. */
#define JSON_MAX_NESTING 128

/*
 * Bytes that may be read behind the text that a reader holds, and so behind each
 * of its rows; behind the text they are 0.
 */
#define JSON_PADDING 64

/* UTF-8's byte order mark, with which some writers begin a text. */
#define JSON_BOM "\xEF\xBB\xBF"
#define JSON_BOM_BYTES 3

static inline bool
json_is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

typedef struct ProjectedField
{
	char	   *name;
	size_t		len;
	int			index;			/* in the values; -1: only a way to children */
	JsonProjection *children;	/* NULL: none */
} ProjectedField;

typedef struct ProjectionBucket
{
	uint32		hash;
	int16		field;			/* position in fields; -1: empty */
} ProjectionBucket;

/* Names that are remembered of a level, and bytes of each with punctuation. */
#define PROJECTED_NAMES 256
#define PROJECTED_NAME_BYTES 48

/*
 * A member's name as it was seen last, wanted or not.  Rows mostly have their
 * members in the same order, so the name that came next then is tried first.
 */
typedef struct ProjectedName
{
	char		text[PROJECTED_NAME_BYTES]; /* with quotes and colon, then
											 * zeros */
	const ProjectedField *field;	/* NULL: not wanted */
	uint8		len;			/* of text; 0: no name */
	uint16		next;			/* place of the name after it */
} ProjectedName;

struct JsonProjection
{
	ProjectedField *fields;
	int			count;
	int			size;
	ProjectionBucket *buckets;	/* open addressing */
	uint32		mask;
	ProjectedName *names;		/* PROJECTED_NAMES, placed by their hash, and
								 * what the first of an object comes after */
	int			next_index;		/* of the outermost projection only */
	bool		allow_scalars;	/* rows need not be objects */
};

/*
 * Where one is inside of a value that is passed as a whole.  All zero before
 * its first byte.
 */
typedef struct JsonPass
{
	int			nesting;		/* brackets that are open */
	bool		in_string;
	bool		after_backslash;
} JsonPass;

/* json_skip.c */
extern size_t json_skip_container(JsonPass *pass, const char *data, size_t len);
extern size_t json_skip_string(JsonPass *pass, const char *data, size_t len);

/* json_projection.c */
extern const ProjectedField *json_projection_find(const JsonProjection *projection, const char *name,
												  size_t len);
extern ProjectedName *json_projection_remember(const JsonProjection *projection, const char *name,
											   size_t len);

/* json_parse.c */
extern const char *json_validate(const char *data, size_t len, bool is_key,
								 size_t *bad);

/* json_text.c */
extern size_t json_decode_text(const char *text, size_t len, char *into);

#endif							/* PINTEREST_JSON_PRIVATE_H */
