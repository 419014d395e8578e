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

static inline bool
json_is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

typedef struct ShapeField
{
	char	   *name;
	size_t		len;
	int			index;			/* in the values; -1: only a way to children */
	JsonShape  *children;		/* NULL: none */
} ShapeField;

typedef struct ShapeBucket
{
	uint32		hash;
	int16		field;			/* position in fields; -1: empty */
} ShapeBucket;

/* Names that are remembered of a level, and bytes of each with punctuation. */
#define SHAPE_NAMES 256
#define SHAPE_NAME_BYTES 48

/*
 * A member's name as it was seen last, wanted or not.  Rows mostly have their
 * members in the same order, so the name that came next then is tried first.
 */
typedef struct ShapeName
{
	char		text[SHAPE_NAME_BYTES]; /* with quotes and colon, then zeros */
	const ShapeField *field;	/* NULL: not wanted */
	uint8		len;			/* of text; 0: no name */
	uint16		next;			/* place of the name after it */
} ShapeName;

struct JsonShape
{
	ShapeField *fields;
	int			count;
	int			size;
	ShapeBucket *buckets;		/* open addressing */
	uint32		mask;
	ShapeName  *names;			/* SHAPE_NAMES, placed by their hash, and what
								 * the first of an object comes after */
	int			next_index;		/* of the outermost shape only */
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
extern size_t json_pass_container(JsonPass *pass, const char *data, size_t len);
extern size_t json_pass_string(JsonPass *pass, const char *data, size_t len);

/* json_projection.c */
extern const ShapeField *json_shape_find(const JsonShape *shape, const char *name,
										 size_t len);
extern ShapeName *json_shape_remember(const JsonShape *shape, const char *name,
									  size_t len);

/* json_parse.c */
extern const char *json_validate(const char *data, size_t len, bool is_key,
								 size_t *bad);

/* json_text.c */
extern size_t json_decode_text(const char *text, size_t len, char *into);

#endif							/* PINTEREST_JSON_PRIVATE_H */
