/*-------------------------------------------------------------------------
 *
 * json.c
 *		  JSON answers as rows, and rows as fields.
 *
 * Two passes, each over every byte once.  The splitter follows an answer as
 * it arrives and notes where rows begin and end; it keeps its place between
 * two reads, so a row that is cut by one is resumed, not started again.  The
 * row scanner then validates one complete row, steps over the fields nobody
 * asked for and points at the others in place.  Only what needs decoding
 * (escaped strings) and small documents go to jansson.
 *
 * The splitter runs inside libcurl's callbacks: it neither raises errors nor
 * pallocs.
 *
 * jansson.h and PostgreSQL both declare json_object(), and a call of it from
 * here would reach the server's.  So its prototype is hidden, it is never
 * called, and no other file includes jansson.h.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/json.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "json.h"

#define json_object jansson_json_object
#include <jansson.h>
#undef json_object

/* Older ones are not linked -Bsymbolic: their own calls would go astray. */
#if JANSSON_VERSION_HEX < 0x020c00
#error "pinterest_fdw needs jansson 2.12 or later"
#endif

/* Deeper nesting than any answer has; keeps the recursion off the limit. */
#define MAX_NESTING 128

/* A row is held whole, so its size is bounded. */
#define MAX_ROW_BYTES ((size_t) 64 * 1024 * 1024)

/* What a message shows of the text around an error. */
#define NEAR_BYTES 40

#define MAX_STEPS 8
#define INITIAL_BUFFER 16384

static const char bookmark_member[] = "bookmark";

/* What the splitter expects next. */
typedef enum SplitState
{
	SPLIT_VALUE,				/* a value */
	SPLIT_FIRST_VALUE,			/* a value or the end of an array */
	SPLIT_KEY,					/* a member's name */
	SPLIT_FIRST_KEY,			/* a member's name or the end of an object */
	SPLIT_IN_KEY,
	SPLIT_COLON,
	SPLIT_SEPARATOR,			/* a comma or the end of the container */
	SPLIT_IN_VALUE,				/* inside a row or a value that is no part of
								 * the path */
	SPLIT_END					/* nothing but white space */
} SplitState;

/* What a value means to the splitter. */
typedef enum ValueRole
{
	ROLE_OTHER,
	ROLE_ROW,
	ROLE_BOOKMARK
} ValueRole;

typedef struct RowPlace
{
	uint64		offset;
	size_t		len;
} RowPlace;

struct JsonReader
{
	/* the path to the rows */
	char		path[64];
	const char *steps[MAX_STEPS];	/* NULL: any element or member */
	int			nsteps;
	int			named_steps;	/* steps before the first wildcard: these have
								 * to exist */

	/* the bytes not yet given up, and where in the answer they start */
	char	   *buffer;
	size_t		len;
	size_t		size;
	uint64		base;

	/* the splitter's place */
	size_t		pos;			/* in buffer */
	SplitState	state;
	int			depth;			/* open containers on the path */
	bool		is_object[MAX_STEPS + 1];
	bool		key_fits;		/* the current member's name is the next step */
	bool		key_is_bookmark;
	int			reached;		/* containers of the path that were entered */
	ValueRole	role;
	size_t		token;			/* start of the key or value in progress */
	bool		token_open;		/* it has a start and no end yet */
	int			nesting;		/* brackets open inside the value */
	bool		in_string;
	bool		after_backslash;
	bool		is_scalar;

	/* rows found and not yet read, oldest first */
	RowPlace   *rows;
	size_t		rows_first;
	size_t		rows_count;
	size_t		rows_size;
	int			rows_read;

	bool		finished;		/* no more bytes will come */
	char	   *bookmark;		/* malloc'd; NULL: none */
	JsonError	error;
};

/* ---------- the splitter ---------- */

/*
 * A reader for answers whose rows stand at row_path (see Route.rows).  Freed
 * by the caller with json_reader_free().  Returns NULL when out of memory.
 */
JsonReader *
json_reader_create(const char *row_path)
{
	JsonReader *reader = calloc(1, sizeof(JsonReader));
	char	   *step;
	char	   *rest;
	bool		wildcard = false;

	if (reader == NULL)
		return NULL;
	strlcpy(reader->path, row_path, sizeof(reader->path));
	for (step = strtok_r(reader->path, ".", &rest); step != NULL;
		 step = strtok_r(NULL, ".", &rest))
	{
		Assert(reader->nsteps < MAX_STEPS);
		wildcard = wildcard || strcmp(step, "*") == 0;
		reader->named_steps += wildcard ? 0 : 1;
		reader->steps[reader->nsteps++] = strcmp(step, "*") == 0 ? NULL : step;
	}
	reader->state = SPLIT_VALUE;
	return reader;
}

/* Frees the reader and all it holds; NULL is allowed. */
void
json_reader_free(JsonReader *reader)
{
	if (reader == NULL)
		return;
	free(reader->buffer);
	free(reader->rows);
	free(reader->bookmark);
	free(reader);
}

static void
split_error(JsonReader *reader, const char *problem)
{
	if (reader->error.problem != NULL)
		return;
	reader->error.problem = problem;
	reader->error.offset = reader->base + reader->pos;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* Whether the value about to start is where the path leads, or on its way. */
static bool
on_path(const JsonReader *reader)
{
	return reader->depth == 0 || reader->key_fits;
}

static void
push_row(JsonReader *reader, size_t end)
{
	RowPlace   *row;

	if (reader->rows_first + reader->rows_count == reader->rows_size)
	{
		size_t		used = reader->rows_count;

		if (reader->rows_first > used)
		{
			memmove(reader->rows, reader->rows + reader->rows_first,
					used * sizeof(RowPlace));
			reader->rows_first = 0;
		}
		else
		{
			size_t		size = Max(256, reader->rows_size * 2);
			RowPlace   *rows = realloc(reader->rows, size * sizeof(RowPlace));

			if (rows == NULL)
			{
				split_error(reader, "out of memory");
				return;
			}
			reader->rows = rows;
			reader->rows_size = size;
		}
	}
	row = &reader->rows[reader->rows_first + reader->rows_count++];
	row->offset = reader->base + reader->token;
	row->len = end - reader->token;
}

/*
 * Decodes a string literal, quotes included, into a buffer of at least len
 * bytes.  Returns the decoded length, or -1 with the problem in error_text.
 */
static ssize_t
decode_string(const char *literal, size_t len, char *into, char *error_text,
			  size_t error_size)
{
	json_error_t error;
	json_t	   *string = json_loadb(literal, len,
									JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
	ssize_t		decoded = -1;

	if (json_is_string(string))
	{
		decoded = (ssize_t) json_string_length(string);
		memcpy(into, json_string_value(string), (size_t) decoded);
	}
	else
		strlcpy(error_text, error.text, error_size);
	json_decref(string);
	return decoded;
}

static void
keep_bookmark(JsonReader *reader, size_t end)
{
	const char *value = reader->buffer + reader->token;
	size_t		len = end - reader->token;
	char		problem[JSON_ERROR_TEXT_LENGTH];
	ssize_t		decoded;

	free(reader->bookmark);
	reader->bookmark = NULL;
	if (len == 4 && memcmp(value, "null", 4) == 0)
		return;
	if (value[0] != '"')
	{
		split_error(reader, "the bookmark is neither a string nor null");
		return;
	}
	reader->bookmark = malloc(len);
	if (reader->bookmark == NULL)
	{
		split_error(reader, "out of memory");
		return;
	}
	decoded = decode_string(value, len, reader->bookmark, problem, sizeof(problem));
	if (decoded < 0 || memchr(reader->bookmark, '\0', decoded) != NULL)
	{
		split_error(reader, "the bookmark is not a valid string");
		return;
	}
	reader->bookmark[decoded] = '\0';
	if (decoded == 0)
	{
		free(reader->bookmark);
		reader->bookmark = NULL;
	}
}

/* The value that began at token ends before the byte at end. */
static void
end_value(JsonReader *reader, size_t end)
{
	if (reader->role == ROLE_ROW)
		push_row(reader, end);
	else if (reader->role == ROLE_BOOKMARK)
		keep_bookmark(reader, end);
	reader->token_open = false;
	reader->state = reader->depth == 0 ? SPLIT_END : SPLIT_SEPARATOR;
}

/*
 * A value starts at pos.  Containers on the way to the rows are entered; all
 * others are passed as a whole.
 */
static void
begin_value(JsonReader *reader)
{
	char		c = reader->buffer[reader->pos];
	bool		fits = on_path(reader);

	if (fits && reader->depth < reader->nsteps)
	{
		bool		any = reader->steps[reader->depth] == NULL;

		if (c == '{' || (c == '[' && any))
		{
			reader->is_object[reader->depth++] = c == '{';
			reader->reached = Max(reader->reached, reader->depth);
			reader->key_fits = any;
			reader->state = c == '{' ? SPLIT_FIRST_KEY : SPLIT_FIRST_VALUE;
			reader->pos++;
			return;
		}
		if (reader->depth == 0)
		{
			split_error(reader, "the rows are not where they are expected");
			return;
		}
	}
	reader->role = ROLE_OTHER;
	if (fits && reader->depth == reader->nsteps)
		reader->role = ROLE_ROW;
	else if (reader->depth == 1 && reader->is_object[0] && reader->key_is_bookmark)
		reader->role = ROLE_BOOKMARK;
	reader->token = reader->pos;
	reader->token_open = true;
	reader->nesting = 0;
	reader->in_string = false;
	reader->after_backslash = false;
	reader->is_scalar = c != '{' && c != '[' && c != '"';
	reader->state = SPLIT_IN_VALUE;
}

/*
 * Goes on through the value in progress.  Its inside is only followed as far
 * as strings and brackets need it: the row scanner validates rows.
 */
static void
scan_value(JsonReader *reader)
{
	const char *buffer = reader->buffer;

	while (reader->pos < reader->len)
	{
		char		c = buffer[reader->pos];

		if (reader->in_string)
		{
			reader->pos++;
			if (reader->after_backslash)
				reader->after_backslash = false;
			else if (c == '\\')
				reader->after_backslash = true;
			else if (c == '"')
			{
				reader->in_string = false;
				if (reader->nesting == 0)
				{
					end_value(reader, reader->pos);
					return;
				}
			}
			continue;
		}
		if (reader->is_scalar &&
			(c == ',' || c == '}' || c == ']' || is_space(c)))
		{
			if (reader->pos == reader->token)
				split_error(reader, "a value is missing");
			else
				end_value(reader, reader->pos);
			return;
		}
		reader->pos++;
		if (c == '"')
			reader->in_string = true;
		else if (c == '{' || c == '[')
		{
			if (++reader->nesting > MAX_NESTING)
			{
				split_error(reader, "the nesting is too deep");
				return;
			}
		}
		else if ((c == '}' || c == ']') && --reader->nesting == 0)
		{
			end_value(reader, reader->pos);
			return;
		}
	}
	if (reader->len - reader->token > MAX_ROW_BYTES)
		split_error(reader, "a value is too large");
}

/* The key that began at token ends before the quote at pos. */
static void
end_key(JsonReader *reader)
{
	const char *key = reader->buffer + reader->token;
	size_t		len = reader->pos - reader->token;
	const char *step = reader->steps[reader->depth - 1];

	reader->key_fits = step == NULL ||
		(strlen(step) == len && memcmp(step, key, len) == 0);
	reader->key_is_bookmark = len == sizeof(bookmark_member) - 1 &&
		memcmp(key, bookmark_member, len) == 0;
	reader->token_open = false;
	reader->state = SPLIT_COLON;
}

/* Goes on through the key in progress. */
static void
scan_key(JsonReader *reader)
{
	while (reader->pos < reader->len)
	{
		char		c = reader->buffer[reader->pos];

		if (reader->after_backslash)
			reader->after_backslash = false;
		else if (c == '\\')
			reader->after_backslash = true;
		else if (c == '"')
		{
			end_key(reader);
			reader->pos++;
			return;
		}
		reader->pos++;
	}
}

static void
close_container(JsonReader *reader)
{
	reader->pos++;
	reader->depth--;

	/* The container itself was on the path, or it had not been entered. */
	reader->key_fits = true;
	reader->key_is_bookmark = false;
	reader->state = reader->depth == 0 ? SPLIT_END : SPLIT_SEPARATOR;
}

/* A byte between values: punctuation, or the start of a key or value. */
static void
scan_structure(JsonReader *reader, char c)
{
	bool		object = reader->depth > 0 && reader->is_object[reader->depth - 1];
	char		closing = object ? '}' : ']';

	switch (reader->state)
	{
		case SPLIT_FIRST_VALUE:
			if (c == ']')
				close_container(reader);
			else
				begin_value(reader);
			break;
		case SPLIT_VALUE:
			begin_value(reader);
			break;
		case SPLIT_FIRST_KEY:
		case SPLIT_KEY:
			if (c == '"')
			{
				reader->token = ++reader->pos;
				reader->token_open = true;
				reader->after_backslash = false;
				reader->state = SPLIT_IN_KEY;
			}
			else if (c == '}' && reader->state == SPLIT_FIRST_KEY)
				close_container(reader);
			else
				split_error(reader, "a member's name is missing");
			break;
		case SPLIT_COLON:
			if (c != ':')
				split_error(reader, "a colon is missing");
			else
				reader->state = SPLIT_VALUE;
			reader->pos++;
			break;
		case SPLIT_SEPARATOR:
			if (c == closing)
				close_container(reader);
			else if (c == ',')
			{
				reader->pos++;
				reader->key_fits = reader->steps[reader->depth - 1] == NULL;
				reader->state = object ? SPLIT_KEY : SPLIT_VALUE;
			}
			else
				split_error(reader, "a comma is missing");
			break;
		default:
			split_error(reader, "there is more after the end");
			break;
	}
}

/* Follows the bytes that have arrived since the last call. */
static void
split(JsonReader *reader)
{
	while (reader->pos < reader->len && reader->error.problem == NULL)
	{
		if (reader->state == SPLIT_IN_VALUE)
			scan_value(reader);
		else if (reader->state == SPLIT_IN_KEY)
			scan_key(reader);
		else if (is_space(reader->buffer[reader->pos]))
			reader->pos++;
		else
			scan_structure(reader, reader->buffer[reader->pos]);
	}
}

/* The first byte of the buffer that is still needed. */
static size_t
first_needed(const JsonReader *reader)
{
	if (reader->rows_count > 0)
		return (size_t) (reader->rows[reader->rows_first].offset - reader->base);
	return reader->token_open ? reader->token : reader->pos;
}

/* Gives up the bytes that are done with. */
static void
drop_read_bytes(JsonReader *reader)
{
	size_t		needed = first_needed(reader);

	if (needed == 0)
		return;
	memmove(reader->buffer, reader->buffer + needed, reader->len - needed);
	reader->len -= needed;
	reader->pos -= needed;
	reader->token -= Min(needed, reader->token);
	reader->base += needed;
}

/*
 * Adds len bytes of the answer and follows them.  Rows that were handed out
 * before are invalid afterwards.  Returns false when out of memory; what is
 * wrong with the text itself json_reader_next() tells.
 */
bool
json_reader_append(JsonReader *reader, const char *data, size_t len)
{
	if (reader->len + len > reader->size)
	{
		drop_read_bytes(reader);
		if (reader->len + len > reader->size)
		{
			size_t		size = Max(reader->size * 2, INITIAL_BUFFER);
			char	   *buffer;

			size = Max(size, reader->len + len);
			buffer = realloc(reader->buffer, size);
			if (buffer == NULL)
				return false;
			reader->buffer = buffer;
			reader->size = size;
		}
	}
	memcpy(reader->buffer + reader->len, data, len);
	reader->len += len;
	split(reader);
	return true;
}

/* Says that the answer is complete: what it lacks now is an error. */
void
json_reader_finish(JsonReader *reader)
{
	if (reader->finished)
		return;
	reader->finished = true;
	if (reader->state == SPLIT_IN_VALUE && reader->is_scalar && reader->depth == 0)
		end_value(reader, reader->pos);
	if (reader->error.problem != NULL)
		return;
	if (reader->state != SPLIT_END)
		split_error(reader, reader->base + reader->len == 0 ?
					"the answer is empty" : "the text ends too early");
	else if (reader->reached < Min(reader->named_steps + 1, reader->nsteps))
		split_error(reader, "the rows are not where they are expected");
}

/*
 * The next row.  An error in the text shows only after the rows before it.
 */
JsonProgress
json_reader_next(JsonReader *reader, JsonRow *row)
{
	if (reader->rows_count > 0)
	{
		RowPlace   *place = &reader->rows[reader->rows_first++];

		reader->rows_count--;
		row->data = reader->buffer + (place->offset - reader->base);
		row->len = place->len;
		row->offset = place->offset;
		row->number = ++reader->rows_read;
		return JSON_GOT_ROW;
	}
	if (reader->error.problem != NULL)
		return JSON_BAD;
	return reader->finished ? JSON_AT_END : JSON_NEEDS_BYTES;
}

const JsonError *
json_reader_error(const JsonReader *reader)
{
	return &reader->error;
}

/*
 * The text around an offset of the answer, for a message: *near points to it,
 * its length is returned (0 where it is no longer held).
 */
size_t
json_reader_near(const JsonReader *reader, uint64 offset, const char **near)
{
	size_t		at;
	size_t		start;

	if (reader->len == 0 || offset < reader->base ||
		offset > reader->base + reader->len)
		return 0;
	at = (size_t) (offset - reader->base);
	start = at > NEAR_BYTES / 2 ? at - NEAR_BYTES / 2 : 0;
	*near = reader->buffer + start;
	return Min(NEAR_BYTES, reader->len - start);
}

/*
 * The bookmark as far as the answer has been followed; NULL where it has
 * none, null or the empty string.  Valid until the reader is freed.
 */
const char *
json_reader_bookmark(const JsonReader *reader)
{
	return reader->bookmark;
}

/* Bytes held, read or not. */
size_t
json_reader_buffered(const JsonReader *reader)
{
	return reader->len;
}

/* Complete rows that json_reader_next() would return at once. */
size_t
json_reader_rows_waiting(const JsonReader *reader)
{
	return reader->rows_count;
}

/* Whether the answer was followed to its end without an error. */
bool
json_reader_complete(const JsonReader *reader)
{
	return reader->finished && reader->error.problem == NULL;
}

/* ---------- shapes ---------- */

typedef struct ShapeField
{
	char	   *name;
	size_t		len;
	int			index;			/* in the values; -1: only a way to children */
	JsonShape  *children;		/* NULL: none */
} ShapeField;

struct JsonShape
{
	ShapeField *fields;
	int			count;
	int			size;
	int16	   *buckets;		/* open addressing: position in fields, or -1 */
	uint32		mask;
	int			next_index;		/* of the outermost shape only */
};

static uint32
hash_name(const char *name, size_t len)
{
	uint32		hash = 2166136261u;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char) name[i]) * 16777619u;
	return hash;
}

static ShapeField *
shape_find(const JsonShape *shape, const char *name, size_t len)
{
	uint32		bucket;

	if (shape->count == 0)
		return NULL;
	for (bucket = hash_name(name, len) & shape->mask;
		 shape->buckets[bucket] >= 0;
		 bucket = (bucket + 1) & shape->mask)
	{
		ShapeField *field = &shape->fields[shape->buckets[bucket]];

		if (field->len == len && memcmp(field->name, name, len) == 0)
			return field;
	}
	return NULL;
}

/* Makes room for one more field, at most half of the buckets in use. */
static void
shape_grow(JsonShape *shape)
{
	if (shape->count < shape->size)
		return;
	shape->size = Max(8, shape->size * 2);
	shape->fields = shape->fields == NULL ?
		palloc(shape->size * sizeof(ShapeField)) :
		repalloc(shape->fields, shape->size * sizeof(ShapeField));
	if (shape->buckets != NULL)
		pfree(shape->buckets);
	shape->mask = (uint32) shape->size * 2 - 1;
	shape->buckets = palloc(shape->size * 2 * sizeof(int16));
	memset(shape->buckets, -1, shape->size * 2 * sizeof(int16));
	for (int i = 0; i < shape->count; i++)
	{
		uint32		bucket = hash_name(shape->fields[i].name,
									   shape->fields[i].len) & shape->mask;

		while (shape->buckets[bucket] >= 0)
			bucket = (bucket + 1) & shape->mask;
		shape->buckets[bucket] = (int16) i;
	}
}

static ShapeField *
shape_enter(JsonShape *shape, const char *name, size_t len)
{
	ShapeField *field = shape_find(shape, name, len);
	uint32		bucket;

	if (field != NULL)
		return field;
	shape_grow(shape);
	bucket = hash_name(name, len) & shape->mask;
	while (shape->buckets[bucket] >= 0)
		bucket = (bucket + 1) & shape->mask;
	shape->buckets[bucket] = (int16) shape->count;
	field = &shape->fields[shape->count++];
	field->name = pnstrdup(name, len);
	field->len = len;
	field->index = -1;
	field->children = NULL;
	return field;
}

/* An empty shape, palloc'd in the current context like all it will hold. */
JsonShape *
json_shape_create(void)
{
	return palloc0(sizeof(JsonShape));
}

/*
 * Adds a field to the wanted ones, a dot leading into a nested object.
 * Returns its place in the values of json_row_fields(); the same field has
 * the same place however often it is added.
 */
int
json_shape_add(JsonShape *shape, const char *field)
{
	JsonShape  *level = shape;
	const char *step = field;

	for (;;)
	{
		const char *dot = strchr(step, '.');
		ShapeField *entry = shape_enter(level, step,
										dot ? (size_t) (dot - step) : strlen(step));

		if (dot == NULL)
		{
			if (entry->index < 0)
				entry->index = shape->next_index++;
			return entry->index;
		}
		if (entry->children == NULL)
			entry->children = json_shape_create();
		level = entry->children;
		step = dot + 1;
	}
}

/* How many values json_row_fields() fills. */
int
json_shape_size(const JsonShape *shape)
{
	return shape->next_index;
}

/* ---------- the row scanner ---------- */

typedef struct Scan
{
	const char *at;
	const char *end;
	JsonValue  *values;
	int			nesting;
	const char *problem;
} Scan;

static bool scan_any(Scan *scan, const JsonShape *shape, JsonValue *value);

static bool
scan_fails(Scan *scan, const char *problem)
{
	if (scan->problem == NULL)
		scan->problem = problem;
	return false;
}

static void
scan_space(Scan *scan)
{
	while (scan->at < scan->end && is_space(*scan->at))
		scan->at++;
}

static bool
scan_escape(Scan *scan)
{
	scan->at++;
	if (scan->at >= scan->end)
		return scan_fails(scan, "a string has no end");
	if (*scan->at == 'u')
	{
		for (int i = 0; i < 4; i++)
			if (++scan->at >= scan->end || !isxdigit((unsigned char) *scan->at))
				return scan_fails(scan, "invalid \\u escape");
	}
	else if (strchr("\"\\/bfnrt", *scan->at) == NULL || *scan->at == '\0')
		return scan_fails(scan, "invalid escape");
	scan->at++;
	return true;
}

/*
 * Steps over a string literal.  *body and *len are what stands between its
 * quotes, *escaped whether that needs decoding.
 */
static bool
scan_string(Scan *scan, const char **body, size_t *len, bool *escaped)
{
	*escaped = false;
	*body = ++scan->at;
	while (scan->at < scan->end)
	{
		unsigned char c = (unsigned char) *scan->at;

		if (c == '"')
		{
			*len = (size_t) (scan->at - *body);
			scan->at++;
			return true;
		}
		if (c == '\\')
		{
			*escaped = true;
			if (!scan_escape(scan))
				return false;
		}
		else if (c < 0x20)
			return scan_fails(scan, "a control character stands in a string");
		else
			scan->at++;
	}
	return scan_fails(scan, "a string has no end");
}

/* Replaces the body of an escaped string by its decoded, palloc'd copy. */
static bool
decode_in_place(Scan *scan, const char **body, size_t *len)
{
	char	   *decoded = palloc(*len + 1);
	char		problem[JSON_ERROR_TEXT_LENGTH];
	ssize_t		decoded_len = decode_string(*body - 1, *len + 2, decoded,
											problem, sizeof(problem));

	if (decoded_len < 0)
		return scan_fails(scan, pstrdup(problem));
	decoded[decoded_len] = '\0';
	*body = decoded;
	*len = (size_t) decoded_len;
	return true;
}

static bool
scan_digits(Scan *scan)
{
	const char *start = scan->at;

	while (scan->at < scan->end && isdigit((unsigned char) *scan->at))
		scan->at++;
	return scan->at > start || scan_fails(scan, "invalid number");
}

static bool
scan_number(Scan *scan, JsonKind *kind)
{
	*kind = JV_INTEGER;
	if (*scan->at == '-')
		scan->at++;
	if (scan->at < scan->end && *scan->at == '0')
		scan->at++;
	else if (!scan_digits(scan))
		return false;
	if (scan->at < scan->end && *scan->at == '.')
	{
		*kind = JV_REAL;
		scan->at++;
		if (!scan_digits(scan))
			return false;
	}
	if (scan->at < scan->end && (*scan->at == 'e' || *scan->at == 'E'))
	{
		*kind = JV_REAL;
		scan->at++;
		if (scan->at < scan->end && (*scan->at == '+' || *scan->at == '-'))
			scan->at++;
		if (!scan_digits(scan))
			return false;
	}
	return true;
}

static bool
scan_literal(Scan *scan, const char *literal)
{
	size_t		len = strlen(literal);

	if ((size_t) (scan->end - scan->at) < len ||
		memcmp(scan->at, literal, len) != 0)
		return scan_fails(scan, "invalid value");
	scan->at += len;
	return true;
}

/* A member: its name, a colon, its value. */
static bool
scan_member(Scan *scan, const JsonShape *shape)
{
	const char *name;
	size_t		len;
	bool		escaped;
	ShapeField *field = NULL;
	JsonValue	value;

	if (scan->at >= scan->end || *scan->at != '"')
		return scan_fails(scan, "a member's name is missing");
	if (!scan_string(scan, &name, &len, &escaped))
		return false;
	if (shape != NULL)
	{
		if (escaped && !decode_in_place(scan, &name, &len))
			return false;
		field = shape_find(shape, name, len);
	}
	scan_space(scan);
	if (scan->at >= scan->end || *scan->at != ':')
		return scan_fails(scan, "a colon is missing");
	scan->at++;
	scan_space(scan);
	return scan_any(scan, field ? field->children : NULL,
					field && field->index >= 0 ?
					&scan->values[field->index] : &value);
}

/* An object or array, from its opening to its closing bracket. */
static bool
scan_container(Scan *scan, const JsonShape *shape)
{
	bool		object = *scan->at == '{';
	char		closing = object ? '}' : ']';
	bool		ok = true;

	if (++scan->nesting > MAX_NESTING)
		return scan_fails(scan, "the nesting is too deep");
	scan->at++;
	scan_space(scan);
	if (scan->at < scan->end && *scan->at == closing)
	{
		scan->at++;
		scan->nesting--;
		return true;
	}
	while (ok)
	{
		JsonValue	element;

		ok = object ? scan_member(scan, shape) : scan_any(scan, NULL, &element);
		if (!ok)
			break;
		scan_space(scan);
		if (scan->at < scan->end && *scan->at == closing)
		{
			scan->at++;
			scan->nesting--;
			return true;
		}
		if (scan->at >= scan->end || *scan->at != ',')
			return scan_fails(scan, "a comma is missing");
		scan->at++;
		scan_space(scan);
	}
	return false;
}

/*
 * Any value.  It is described in *value (strings not yet decoded: their data
 * and len span the literal with its quotes), and of an object the fields of
 * shape are looked for.
 */
static bool
scan_any(Scan *scan, const JsonShape *shape, JsonValue *value)
{
	const char *start = scan->at;
	const char *body;
	size_t		len;
	bool		escaped;
	bool		ok;

	if (scan->at >= scan->end)
		return scan_fails(scan, "a value is missing");
	switch (*scan->at)
	{
		case '{':
		case '[':
			value->kind = *scan->at == '{' ? JV_OBJECT : JV_ARRAY;
			ok = scan_container(scan, value->kind == JV_OBJECT ? shape : NULL);
			break;
		case '"':
			value->kind = JV_STRING;
			ok = scan_string(scan, &body, &len, &escaped);
			break;
		case 't':
			value->kind = JV_TRUE;
			ok = scan_literal(scan, "true");
			break;
		case 'f':
			value->kind = JV_FALSE;
			ok = scan_literal(scan, "false");
			break;
		case 'n':
			value->kind = JV_NULL;
			ok = scan_literal(scan, "null");
			break;
		default:
			if (*scan->at == '-' || isdigit((unsigned char) *scan->at))
				ok = scan_number(scan, &value->kind);
			else
				ok = scan_fails(scan, "invalid value");
			break;
	}
	value->data = start;
	value->len = (size_t) (scan->at - start);
	return ok;
}

/* Takes the quotes off a string and decodes it where needed. */
static bool
finish_string(JsonValue *value, const char **problem)
{
	Scan		scan = {0};

	if (value->kind != JV_STRING)
		return true;
	value->data++;
	value->len -= 2;
	if (memchr(value->data, '\\', value->len) == NULL)
		return true;
	if (decode_in_place(&scan, &value->data, &value->len))
		return true;
	*problem = scan.problem;
	return false;
}

/*
 * Validates a row and finds its wanted fields.
 *
 * values has json_shape_size() elements; fields that the row lacks, and all
 * fields of a row that is no object, are JV_MISSING.  Data points into the
 * row, or to memory palloc'd in the current context.  Returns false, with
 * *error telling what is wrong and where in the answer, for a row that is no
 * valid JSON or has a wanted string that cannot be decoded.
 */
bool
json_row_fields(const JsonShape *shape, const JsonRow *row,
				JsonValue *values, JsonError *error)
{
	Scan		scan = {row->data, row->data + row->len, values, 0, NULL};
	JsonValue	whole;

	for (int i = 0; i < shape->next_index; i++)
		values[i].kind = JV_MISSING;
	error->problem = NULL;
	if (!scan_any(&scan, shape, &whole))
	{
		error->problem = scan.problem;
		error->offset = row->offset + (uint64) (scan.at - row->data);
		return false;
	}
	if (scan.at != scan.end)
	{
		error->problem = "there is more after the end of the row";
		error->offset = row->offset + (uint64) (scan.at - row->data);
		return false;
	}
	for (int i = 0; i < shape->next_index; i++)
	{
		const char *start = values[i].data;

		if (!finish_string(&values[i], &error->problem))
		{
			error->offset = row->offset + (uint64) (start - row->data);
			return false;
		}
	}
	return true;
}

/*
 * Steps through the elements of an array that json_row_fields() found.
 * *position is 0 at first.  Returns false after the last element; raises an
 * error for a string that cannot be decoded.
 */
bool
json_array_next(const JsonValue *array, size_t *position, JsonValue *element)
{
	Scan		scan = {array->data + *position, array->data + array->len,
	NULL, 0, NULL};
	const char *problem = NULL;

	/* Past the opening bracket, or past the comma after the last element. */
	scan.at++;
	scan_space(&scan);
	if (scan.at >= scan.end || *scan.at == ']')
		return false;
	if (!scan_any(&scan, NULL, element))
		return false;
	scan_space(&scan);
	*position = (size_t) (scan.at - array->data);
	if (!finish_string(element, &problem))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_JSON_TEXT),
				 errmsg("invalid string in the answer of the API"),
				 errdetail("%s", problem)));
	return true;
}

/* ---------- small documents ---------- */

/* Reads a whole document with jansson; NULL where it is no JSON object. */
static json_t *
load_object(const char *data, size_t len)
{
	json_t	   *document = json_loadb(data, len, 0, NULL);

	if (document != NULL && !json_is_object(document))
	{
		json_decref(document);
		document = NULL;
	}
	return document;
}

/*
 * An integer member of an object.  Returns false where data is no JSON
 * object or has no such integer.
 */
bool
json_document_integer(const char *data, size_t len, const char *member,
					  int64 *value)
{
	json_t	   *document = load_object(data, len);
	json_t	   *found = json_object_get(document, member);
	bool		ok = json_is_integer(found);

	if (ok)
		*value = json_integer_value(found);
	json_decref(document);
	return ok;
}

/*
 * A string member of an object, palloc'd (of at most len bytes, UTF-8); NULL
 * where data is no JSON object or has no such string.
 */
char *
json_document_string(const char *data, size_t len, const char *member)
{
	char	   *copy = palloc(len + 1);
	json_t	   *document = load_object(data, len);
	json_t	   *found = json_object_get(document, member);
	bool		ok = json_is_string(found) && json_string_length(found) <= len;

	if (ok)
		strlcpy(copy, json_string_value(found), len + 1);
	json_decref(document);
	return ok ? copy : NULL;
}
