/*-------------------------------------------------------------------------
 *
 * json_reader.c
 *		  The rows and the bookmark of a response, found while it arrives.
 *
 * The reader follows each byte once and keeps its place between two reads, so
 * a row that is cut by one is resumed, not started again.  Containers on the
 * way to the rows are entered; all other values are passed as a whole, with
 * only strings and brackets followed inside.  What is no row is validated when
 * its end is there, rows when they are read.
 *
 * It runs inside libcurl's callbacks: it neither raises errors nor pallocs.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/json/json_reader.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "json/json_private.h"
#include "util/secret.h"

/* A row is held whole, so its size is bounded. */
#define MAX_ROW_BYTES ((size_t) 64 * 1024 * 1024)

/* What a message shows of the text around an error. */
#define NEAR_BYTES 40

#define MAX_STEPS 8

/* A key that is wanted is an id or a name. */
#define MAX_KEY_BYTES 256

/* The tests of the reader make this small, so that bytes are given up often. */
#ifndef INITIAL_BUFFER
#define INITIAL_BUFFER 16384
#endif

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
	const char *key;			/* see JsonRow */
} RowPlace;

/* A kept name; rows refer to it. */
typedef struct KeyNode
{
	struct KeyNode *next;
	char		name[FLEXIBLE_ARRAY_MEMBER];
} KeyNode;

struct JsonReader
{
	/* the path to the rows */
	char		path[64];
	const char *steps[MAX_STEPS];	/* see Endpoint.rows */
	int			nsteps;
	int			named_steps;	/* steps before the first wildcard: these have
								 * to exist; -1: none has */

	/* the bytes not yet given up, and where in the response they start */
	char	   *buffer;
	size_t		len;
	size_t		size;
	uint64		base;

	unsigned	bom;			/* bytes of a byte order mark that were passed */

	/* the splitter's place */
	size_t		pos;			/* in buffer */
	SplitState	state;
	int			depth;			/* open containers on the path */
	bool		is_object[MAX_STEPS + 1];
	bool		key_fits;		/* the current member's name is the next step */
	bool		has_fit[MAX_STEPS]; /* of each: a member's name was */
	bool		key_is_bookmark;
	int			reached;		/* containers of the path that were entered */
	ValueRole	role;
	size_t		token;			/* start of the key or value in progress */
	bool		token_open;		/* it has a start and no end yet */
	JsonPass	pass;			/* through that value, or through the key */

	/* rows found and not yet read, oldest first */
	RowPlace   *rows;
	KeyNode    *keys;			/* all so far, the current one first */
	size_t		rows_first;
	size_t		rows_count;
	size_t		rows_size;
	int			rows_read;

	bool		finished;		/* no more bytes will come */
	char	   *bookmark;		/* malloc'd; NULL: none */
	JsonError	error;
};

/* A step into the elements of an array. */
static bool
is_elements(const char *step)
{
	return strcmp(step, "[]") == 0;
}

/* Likewise as the last step, but a value that is no array is a row itself. */
static bool
is_elements_or_self(const char *step)
{
	return strcmp(step, "[?]") == 0;
}

/* A step into the members of an object, or the elements of an array. */
static bool
is_any_member(const char *step)
{
	return strcmp(step, "*") == 0;
}

/* A step into the members of an object, whose names are kept. */
static bool
is_kept_member(const char *step)
{
	return *step == '@';
}

/* Likewise, or into the elements of an array, which have no names. */
static bool
is_kept_member_or_element(const char *step)
{
	return strcmp(step, "@?") == 0;
}

static bool
is_wildcard(const char *step)
{
	return is_elements(step) || is_elements_or_self(step) || is_any_member(step) ||
		is_kept_member(step);
}

/* Whether a step enters a container that begins with c. */
static bool
step_enters(const char *step, char c)
{
	if (is_any_member(step) || is_kept_member_or_element(step))
		return c == '{' || c == '[';
	return c == (is_elements(step) || is_elements_or_self(step) ? '[' : '{');
}

/*
 * A reader for responses whose rows stand at row_path (see Endpoint.rows).  Freed
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
		wildcard = wildcard || is_wildcard(step);
		reader->named_steps += wildcard ? 0 : 1;
		reader->steps[reader->nsteps++] = step;
	}
	reader->state = SPLIT_VALUE;
	return reader;
}

static void
free_keys(JsonReader *reader)
{
	while (reader->keys != NULL)
	{
		KeyNode    *next = reader->keys->next;

		free(reader->keys);
		reader->keys = next;
	}
}

/* Frees the reader and all it holds; NULL is allowed. */
void
json_reader_free(JsonReader *reader)
{
	if (reader == NULL)
		return;
	free_keys(reader);
	free(reader->buffer);
	free(reader->rows);
	free(reader->bookmark);
	free(reader);
}

/*
 * Lets the path lead to nothing, or to null: that is no row then, instead of
 * an error.
 */
void
json_reader_allow_none(JsonReader *reader)
{
	reader->named_steps = -1;
}

static void
split_error(JsonReader *reader, const char *problem)
{
	if (reader->error.problem != NULL)
		return;
	reader->error.problem = problem;
	reader->error.offset = reader->base + reader->pos;
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
	row->key = reader->keys ? reader->keys->name : NULL;
}

/*
 * Keeps the name of a member.  Those before it are needed as long as rows of
 * theirs wait.
 */
static void
keep_key(JsonReader *reader, const char *key, size_t len)
{
	KeyNode    *node;

	if (len > MAX_KEY_BYTES)
	{
		split_error(reader, "the name of a member is too long");
		return;
	}
	node = malloc(offsetof(KeyNode, name) + len + 1);
	if (node == NULL)
	{
		split_error(reader, "out of memory");
		return;
	}
	memcpy(node->name, key, len);
	node->name[len] = '\0';
	if (reader->rows_count == 0)
		free_keys(reader);
	node->next = reader->keys;
	reader->keys = node;
}

static void
keep_bookmark(JsonReader *reader, size_t end)
{
	const char *value = reader->buffer + reader->token;
	size_t		len = end - reader->token;
	size_t		decoded;

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
	decoded = json_decode_text(value + 1, len - 2, reader->bookmark);
	if (memchr(reader->bookmark, '\0', decoded) != NULL)
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

/* Sees to it that what is no row is valid, too; key: with its quotes. */
static bool
validate(JsonReader *reader, size_t start, size_t end, bool is_key)
{
	size_t		bad;
	const char *problem = json_validate(reader->buffer + start, end - start,
										is_key, &bad);

	if (problem == NULL)
		return true;
	reader->pos = start + bad;
	split_error(reader, problem);
	return false;
}

/* The value that began at token ends before the byte at end. */
static void
end_value(JsonReader *reader, size_t end)
{
	if (reader->role == ROLE_ROW)
		push_row(reader, end);
	else if (!validate(reader, reader->token, end, false))
		return;
	else if (reader->role == ROLE_BOOKMARK)
		keep_bookmark(reader, end);
	reader->token_open = false;
	reader->state = reader->depth == 0 ? SPLIT_END : SPLIT_SEPARATOR;
}

/*
 * Whether a value on the path, which begins with c, is of a kind that has
 * nothing to do there.  Null leads nowhere, and among members of any name
 * there may be others than those that lead to rows.
 */
static bool
leads_astray(const JsonReader *reader, char c)
{
	const char *before = reader->depth > 0 ? reader->steps[reader->depth - 1] : "";

	if (reader->depth == 0 || c == 'n' || is_elements_or_self(reader->steps[reader->depth]))
		return false;
	return c == '{' || c == '[' || !(is_any_member(before) || is_kept_member(before));
}

/* Passes over a byte of a byte order mark; false where there is none. */
static bool
pass_bom(JsonReader *reader)
{
	if (reader->bom == JSON_BOM_BYTES || reader->base + reader->pos != reader->bom ||
		reader->buffer[reader->pos] != JSON_BOM[reader->bom])
		return false;
	reader->bom++;
	reader->pos++;
	return true;
}

static bool
bom_is_cut(const JsonReader *reader)
{
	return reader->bom % JSON_BOM_BYTES != 0;
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

	if (reader->depth == 0 && pass_bom(reader))
		return;
	if (bom_is_cut(reader))
	{
		split_error(reader, "a byte order mark is cut off");
		return;
	}
	if (fits && reader->depth < reader->nsteps)
	{
		if (step_enters(reader->steps[reader->depth], c))
		{
			reader->has_fit[reader->depth] = false;
			reader->is_object[reader->depth++] = c == '{';
			reader->reached = Max(reader->reached, reader->depth);
			reader->key_fits = c == '[';
			reader->state = c == '{' ? SPLIT_FIRST_KEY : SPLIT_FIRST_VALUE;
			reader->pos++;
			return;
		}
		if (leads_astray(reader, c))
		{
			split_error(reader, "the rows are not where they are expected");
			return;
		}
		if (reader->depth == 0)
		{
			split_error(reader, c == '{' || c == '[' ?
						"the rows are not where they are expected" :
						"the answer is not a JSON object or array");
			return;
		}
	}
	reader->role = ROLE_OTHER;
	if (fits && (reader->depth == reader->nsteps ||
				 is_elements_or_self(reader->steps[reader->depth])))
		reader->role = ROLE_ROW;
	else if (reader->depth == 1 && reader->is_object[0] && reader->key_is_bookmark)
		reader->role = ROLE_BOOKMARK;
	reader->token = reader->pos;
	reader->token_open = true;
	memset(&reader->pass, 0, sizeof(reader->pass));
	reader->state = SPLIT_IN_VALUE;
}

/* The bytes of a number or a literal, which ends before anything else. */
static size_t
skip_scalar(const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (data[i] == ',' || data[i] == '}' || data[i] == ']' || json_is_space(data[i]))
			return i;
	return len;
}

/*
 * Goes on through the value in progress.  Its inside is only followed as far
 * as its end needs it.
 */
static void
parse_value(JsonReader *reader)
{
	const char *start = reader->buffer + reader->pos;
	size_t		left = reader->len - reader->pos;
	bool		ended;

	switch (reader->buffer[reader->token])
	{
		case '{':
		case '[':
			reader->pos += json_skip_container(&reader->pass, start, left);
			ended = reader->pass.nesting == 0;
			break;
		case '"':
			reader->pos += json_skip_string(&reader->pass, start, left);
			ended = !reader->pass.in_string;
			break;
		default:
			reader->pos += skip_scalar(start, left);
			ended = reader->pos < reader->len;
			if (reader->pos == reader->token && ended)
			{
				split_error(reader, "a value is missing");
				return;
			}
			break;
	}
	if (ended)
		end_value(reader, reader->pos);
	else if (reader->pass.nesting > JSON_MAX_NESTING)
		split_error(reader, "the nesting is too deep");
	else if (reader->len - reader->token > MAX_ROW_BYTES)
		split_error(reader, "a value is too large");
}

/* The key that began at token ends before pos. */
static void
end_key(JsonReader *reader)
{
	const char *key = reader->buffer + reader->token + 1;
	size_t		len = reader->pos - reader->token - 2;
	const char *step = reader->steps[reader->depth - 1];
	char		decoded[MAX_KEY_BYTES];

	if (!validate(reader, reader->token, reader->pos, true))
		return;
	if (len <= MAX_KEY_BYTES && memchr(key, '\\', len) != NULL)
	{
		len = json_decode_text(key, len, decoded);
		key = decoded;
	}
	reader->key_fits = is_any_member(step) || is_kept_member(step) ||
		(strlen(step) == len && memcmp(step, key, len) == 0);
	reader->has_fit[reader->depth - 1] |= reader->key_fits;
	if (is_kept_member(step))
		keep_key(reader, key, len);
	reader->key_is_bookmark = len == sizeof(bookmark_member) - 1 &&
		memcmp(key, bookmark_member, len) == 0;
	reader->token_open = false;
	reader->state = SPLIT_COLON;
}

/* Goes on through the key in progress. */
static void
parse_key(JsonReader *reader)
{
	reader->pos += json_skip_string(&reader->pass, reader->buffer + reader->pos,
									reader->len - reader->pos);
	if (!reader->pass.in_string)
		end_key(reader);
}

/*
 * Whether the innermost container lacks the member that leads to its rows.  What
 * the first containers lack shows at the end of the text, whatever its kind.
 */
static bool
is_dead_end(const JsonReader *reader)
{
	int			step = reader->depth - 1;

	return reader->named_steps >= 0 && step > reader->named_steps &&
		!is_wildcard(reader->steps[step]) && !reader->has_fit[step];
}

static void
close_container(JsonReader *reader)
{
	if (is_dead_end(reader))
	{
		split_error(reader, "the rows are not where they are expected");
		return;
	}
	reader->pos++;
	reader->depth--;

	/* The container itself was on the path, or it had not been entered. */
	reader->key_fits = true;
	reader->key_is_bookmark = false;
	reader->state = reader->depth == 0 ? SPLIT_END : SPLIT_SEPARATOR;
}

/* A byte between values: punctuation, or the start of a key or value. */
static void
parse_structure(JsonReader *reader, char c)
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
				reader->token = reader->pos;
				reader->token_open = true;
				memset(&reader->pass, 0, sizeof(reader->pass));
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
				reader->key_fits = !object;
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
			parse_value(reader);
		else if (reader->state == SPLIT_IN_KEY)
			parse_key(reader);
		else if (json_is_space(reader->buffer[reader->pos]))
			reader->pos++;
		else
			parse_structure(reader, reader->buffer[reader->pos]);
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

/* Makes room for so many bytes in all; false when out of memory. */
static bool
grow_buffer(JsonReader *reader, size_t size)
{
	char	   *buffer = realloc(reader->buffer, size + JSON_PADDING);

	if (buffer == NULL)
		return false;
	reader->buffer = buffer;
	reader->size = size;
	return true;
}

/*
 * Tells a reader without bytes how many it will have to hold, as a guess: to grow
 * step by step would copy them once more.  Returns false when out of memory.
 */
bool
json_reader_expect(JsonReader *reader, size_t bytes)
{
	size_t		size = INITIAL_BUFFER;

	while (size < bytes)
		size *= 2;
	return bytes == 0 || grow_buffer(reader, size);
}

/*
 * Adds len bytes of the response and follows them.  Rows that were handed out
 * before are invalid afterwards.  Returns false when out of memory; what is
 * wrong with the text itself json_reader_next() tells.
 */
bool
json_reader_append(JsonReader *reader, const char *data, size_t len)
{
	if (reader->len + len > reader->size)
		drop_read_bytes(reader);
	if (reader->len + len > reader->size &&
		!grow_buffer(reader, Max(reader->len + len, Max(reader->size * 2, INITIAL_BUFFER))))
		return false;
	memcpy(reader->buffer + reader->len, data, len);
	reader->len += len;
	memset(reader->buffer + reader->len, 0, JSON_PADDING);
	split(reader);
	return true;
}

static bool
has_rows(const JsonReader *reader)
{
	return reader->rows_read > 0 || reader->rows_count > 0;
}

/*
 * Says that the response is complete: what it lacks now is an error, be it the
 * way to the rows, or the one row that a path without wildcards leads to.
 */
void
json_reader_finish(JsonReader *reader)
{
	if (reader->finished)
		return;
	reader->finished = true;
	if (reader->state == SPLIT_IN_VALUE && reader->depth == 0 &&
		reader->pass.nesting == 0 && !reader->pass.in_string)
		end_value(reader, reader->pos);
	if (reader->error.problem != NULL)
		return;
	if (reader->state != SPLIT_END)
		split_error(reader, reader->base + reader->len == reader->bom && !bom_is_cut(reader) ?
					"the answer is empty" : "the text ends too early");
	else if (reader->reached < Min(reader->named_steps + 1, reader->nsteps) ||
			 (reader->named_steps == reader->nsteps && !has_rows(reader)))
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
		row->key = place->key;
		return JSON_GOT_ROW;
	}
	if (reader->error.problem != NULL)
		return JSON_BAD;
	return reader->finished ? JSON_AT_END : JSON_NEEDS_BYTES;
}

/*
 * What is wrong with the bytes that were followed so far; its problem is NULL
 * where nothing is.  Lives as long as the reader.
 */
const JsonError *
json_reader_error(const JsonReader *reader)
{
	return &reader->error;
}

/*
 * The text around an offset of the response, for a message: *near points to it,
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

/* Blots out a secret in all that is held, before any of it is shown. */
void
json_reader_blot_out(JsonReader *reader, const char *secret)
{
	secret_blot_out(reader->buffer, reader->len, secret);
}

/*
 * The bookmark as far as the response has been followed; NULL where it has
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

/* Whether the text is whole, so that nothing but white space may follow. */
bool
json_reader_may_end(const JsonReader *reader)
{
	return reader->state == SPLIT_END && reader->error.problem == NULL;
}

/* Whether the response was followed to its end without an error. */
bool
json_reader_complete(const JsonReader *reader)
{
	return reader->finished && reader->error.problem == NULL;
}
