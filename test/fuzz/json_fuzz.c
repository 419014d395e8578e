/*-------------------------------------------------------------------------
 *
 * json_fuzz.c
 *		  Holds the JSON reader to what jansson makes of the same bytes.
 *
 * The first byte of an input chooses the path to the rows, the second one how
 * the rest, the answer, is cut into reads.  Both parsers have to accept or
 * refuse it, find the same rows, and find the same values in them.
 *
 * The reader differs on purpose where nesting is deep, which has no verdict
 * here, where numbers exceed a double, which become 0 in what jansson sees, and
 * where a byte order mark comes first, which jansson does not see.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * test/fuzz/json_fuzz.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <jansson.h>
#include <math.h>

#include "json/json_document.h"
#include "json/json_private.h"
#include "stubs.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LOAD_FLAGS (JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL)

/* Numbers beyond a double that an input may have. */
#define MAX_REWRITES 64

/* Paths to rows; of the first ones it is known what jansson would find. */
static const char *const paths[] = {"", "[]", "items.[]", "@.[]", "*.[?]", "a.@?.[]"};

#define KNOWN_PATHS 3

static const char *const fields[] = {"id", "a", "name", "a.b", "a.c.d", "n", "tags", "status",
"collection_items_destination_url_template"};

typedef struct Case
{
	int			path;
	uint32		cuts;			/* state of the pseudo-random lengths of reads */
	bool		late;			/* rows are read after the last byte only */
	const char *text;
	size_t		len;
	json_t	   *document;		/* NULL: jansson refuses the text */
	bool		twice;			/* an object has members of the same name */
	JsonProjection *projection;
	int			places[lengthof(fields)];
	JsonReader *reader;
	size_t		rows;
	const char *problem;		/* NULL: the reader accepts all so far */
} Case;

static void
check(bool holds, const char *what)
{
	if (holds)
		return;
	fputs(what, stderr);
	fputc('\n', stderr);
	abort();
}

/* ---------- jansson's view ---------- */

/* Whether a byte may be part of a number. */
static bool
is_numeric(char c)
{
	return c != '\0' && strchr("+-.0123456789eE", c) != NULL;
}

/*
 * Replaces the number that ends before a place by 0 and spaces, of which one
 * parts it from a number before.
 */
static bool
rewrite_number(char *text, size_t end)
{
	size_t		start = end;
	bool		signed_number = false;

	while (start > 0 && is_numeric(text[start - 1]) && !signed_number)
	{
		start--;
		signed_number = (text[start] == '-' || text[start] == '+') &&
			(start == 0 || (text[start - 1] | 0x20) != 'e');
	}
	if (start == end)
		return false;
	memset(text + start, ' ', end - start);
	text[start + signed_number] = '0';
	return true;
}

/*
 * What jansson loads of a text; *twice tells of members of the same name.  A NUL
 * byte is valid nowhere, but behind a number jansson overlooks it.
 */
static json_t *
load(const char *text, size_t len, bool *twice)
{
	char	   *copy = memcpy(palloc(len + 1), text, len);
	json_error_t error;
	json_t	   *document = NULL;

	*twice = false;
	if (memchr(text, '\0', len) != NULL)
		return NULL;
	for (int i = 0; i < MAX_REWRITES; i++)
	{
		document = json_loadb(copy, len, LOAD_FLAGS, &error);
		if (document != NULL || json_error_code(&error) != json_error_numeric_overflow ||
			!rewrite_number(copy, (size_t) error.position))
			break;
	}
	if (document != NULL)
	{
		json_t	   *again = json_loadb(copy, len, LOAD_FLAGS | JSON_REJECT_DUPLICATES, NULL);

		*twice = again == NULL;
		json_decref(again);
	}
	return document;
}

/* The rows that a known path leads to: an array, or the document itself. */
static json_t *
expected_rows(const Case *c)
{
	json_t	   *rows = c->document;

	if (c->path == 2)
		rows = json_object_get(c->document, "items");
	return c->path == 0 || json_is_array(rows) ? rows : NULL;
}

/* The bookmark that a document has; *valid is false for what is none. */
static const char *
expected_bookmark(const Case *c, bool *valid)
{
	json_t	   *bookmark = c->path == 2 ? json_object_get(c->document, "bookmark") : NULL;
	const char *text = json_string_value(bookmark);

	*valid = bookmark == NULL || json_is_null(bookmark) ||
		(text != NULL && strlen(text) == json_string_length(bookmark));
	return *valid && text != NULL && *text != '\0' ? text : NULL;
}

/* ---------- values ---------- */

static json_t *
field_of(json_t *row, const char *field)
{
	char	   *path = pstrdup(field);
	char	   *rest;

	for (char *step = strtok_r(path, ".", &rest); step != NULL;
		 step = strtok_r(NULL, ".", &rest))
		row = json_object_get(row, step);
	return row;
}

static void check_value(const JsonValue *value, json_t *expected);

static void
check_elements(const JsonValue *array, json_t *expected)
{
	JsonValue	element;
	size_t		position = 0;
	size_t		n = 0;

	while (json_array_next(array, &position, &element))
		check_value(&element, json_array_get(expected, n++));
	check(n == json_array_size(expected), "an array has another number of elements");
}

/* Of members of the same name jansson keeps the last one, but in the first's place. */
static void
check_members(const JsonValue *object, json_t *expected)
{
	JsonValue	name;
	JsonValue	member;
	json_t	   *found = json_object();
	size_t		position = 0;
	bool		twice;

	while (json_object_next(object, &position, &name, &member))
	{
		json_t	   *loaded = member.kind == JV_STRING ?
			json_stringn(member.data, member.len) : load(member.data, member.len, &twice);

		check(loaded != NULL &&
			  json_object_set_new(found, pnstrdup(name.data, name.len), loaded) == 0,
			  "a member is none to jansson");
	}
	check(json_equal(found, expected), "an object has other members");
	json_decref(found);
}

static void
check_number(const JsonValue *value, json_t *expected)
{
	double		number = strtod(pnstrdup(value->data, value->len), NULL);

	check(json_is_real(expected), "a number is something else");
	check((isinf(number) ? 0 : number) == json_real_value(expected),
		  "a number has another value");
}

static void
check_value(const JsonValue *value, json_t *expected)
{
	bool		twice;
	json_t	   *loaded;

	switch (value->kind)
	{
		case JV_MISSING:
			check(expected == NULL, "a value is missing");
			break;
		case JV_NULL:
			check(json_is_null(expected), "null is something else");
			break;
		case JV_TRUE:
			check(json_is_true(expected), "true is something else");
			break;
		case JV_FALSE:
			check(json_is_false(expected), "false is something else");
			break;
		case JV_INTEGER:
		case JV_REAL:
			check_number(value, expected);
			break;
		case JV_STRING:
			check(json_is_string(expected) &&
				  json_string_length(expected) == value->len &&
				  memcmp(json_string_value(expected), value->data, value->len) == 0,
				  "a string is something else");
			check(!value->plain || memchr(value->data, '\0', value->len) == NULL,
				  "a plain string has a NUL");
			break;
		case JV_ARRAY:
		case JV_OBJECT:
			loaded = load(value->data, value->len, &twice);
			check(loaded != NULL && json_equal(loaded, expected),
				  "a container is something else");
			json_decref(loaded);
			if (value->kind == JV_ARRAY)
				check_elements(value, expected);
			else
				check_members(value, expected);
			break;
	}
}

/* Whether a wanted string is no UTF-8, which is for who converts it to notice. */
static bool
has_bad_string(const JsonValue *values, int count)
{
	for (int i = 0; i < count; i++)
		if (values[i].kind == JV_STRING && !values[i].plain)
		{
			json_t	   *string = json_stringn(values[i].data, values[i].len);
			bool		bad = string == NULL;

			json_decref(string);
			if (bad)
				return true;
		}
	return false;
}

/* ---------- rows ---------- */

static void
check_row(Case *c, const JsonRow *row)
{
	JsonValue	values[lengthof(fields)];
	JsonValue	whole;
	JsonError	error;
	json_t	   *rows;
	json_t	   *loaded;
	bool		twice;

	if (!json_row_fields(c->projection, row, values, &error))
		c->problem = error.problem;
	else if (has_bad_string(values, json_projection_size(c->projection)))
		c->problem = "a wanted string is not UTF-8";
	if (c->problem != NULL)
		return;
	loaded = load(row->data, row->len, &twice);
	check(loaded != NULL, "jansson refuses a row");
	for (int i = 0; i < (int) lengthof(fields); i++)
		check_value(&values[c->places[i]], field_of(loaded, fields[i]));
	whole = json_row_value(row);
	check_value(&whole, loaded);
	if (c->path < KNOWN_PATHS && c->document != NULL && !c->twice)
	{
		rows = expected_rows(c);
		check(json_equal(loaded, c->path == 0 ? rows : json_array_get(rows, c->rows)),
			  "a row is something else");
	}
	c->rows++;
	json_decref(loaded);
}

/* Reads the rows that are complete; false after the end or an error. */
static bool
read_rows(Case *c)
{
	JsonRow		row;
	JsonProgress progress = JSON_GOT_ROW;

	while (c->problem == NULL &&
		   (progress = json_reader_next(c->reader, &row)) == JSON_GOT_ROW)
		check_row(c, &row);
	if (c->problem == NULL && progress == JSON_BAD)
		c->problem = json_reader_error(c->reader)->problem;
	return c->problem == NULL && progress == JSON_NEEDS_BYTES;
}

/* The length of the next read. */
static size_t
next_read(Case *c, size_t left)
{
	static const uint8 most[] = {1, 3, 17, 70, 130, 255};
	size_t		len;

	c->cuts = c->cuts * 1664525 + 1013904223;
	len = 1 + (c->cuts >> 24) % most[(c->cuts >> 16) % lengthof(most)];
	return Min(len, left);
}

static void
read_answer(Case *c)
{
	size_t		done = 0;

	c->reader = json_reader_create(paths[c->path]);
	while (done < c->len && json_reader_error(c->reader)->problem == NULL)
	{
		size_t		len = next_read(c, c->len - done);

		check(json_reader_append(c->reader, c->text + done, len), "out of memory");
		done += len;
		if (!c->late && !read_rows(c))
			break;
	}
	if (c->problem != NULL)
		return;
	json_reader_finish(c->reader);
	check(!read_rows(c), "the reader waits for bytes after the end");
}

/* ---------- the verdict ---------- */

static void
check_verdict(const Case *c)
{
	json_t	   *rows = expected_rows(c);
	const char *bookmark;
	const char *found;
	bool		valid;

	if (c->problem != NULL && strcmp(c->problem, "the nesting is too deep") == 0)
		return;
	if (c->problem == NULL)
		check(c->document != NULL, "jansson refuses the answer");
	if (c->document == NULL || c->path >= KNOWN_PATHS || c->twice)
		return;
	bookmark = expected_bookmark(c, &valid);
	check((c->problem == NULL) == (rows != NULL && valid),
		  c->problem ? c->problem : "the reader accepts too much");
	if (c->problem != NULL)
		return;
	check(c->rows == (c->path == 0 ? 1 : json_array_size(rows)),
		  "there is another number of rows");
	found = json_reader_bookmark(c->reader);
	check(found == NULL ? bookmark == NULL : bookmark != NULL && strcmp(found, bookmark) == 0,
		  "there is another bookmark");
}

/* libFuzzer's entry: aborts where the parsers differ. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Case		c = {0};
	size_t		bom;

	if (size < 2)
		return 0;
	c.path = data[0] % lengthof(paths);
	c.late = data[1] & 1;
	c.cuts = data[1];
	c.text = (const char *) data + 2;
	c.len = size - 2;
	bom = c.len >= JSON_BOM_BYTES && memcmp(c.text, JSON_BOM, JSON_BOM_BYTES) == 0 ? JSON_BOM_BYTES : 0;
	c.document = load(c.text + bom, c.len - bom, &c.twice);
	c.projection = json_projection_create();
	json_projection_allow_scalars(c.projection);
	for (int i = 0; i < (int) lengthof(fields); i++)
		c.places[i] = json_projection_add(c.projection, fields[i]);
	read_answer(&c);
	check_verdict(&c);
	json_reader_free(c.reader);
	json_decref(c.document);
	stubs_reset();
	return 0;
}
