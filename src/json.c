/*-------------------------------------------------------------------------
 *
 * json.c
 *		  Rows as fields, and small documents.
 *
 * The row scanner validates one complete row, steps over the fields nobody
 * asked for and points at the others in place.  Only what needs decoding
 * (escaped strings) and small documents go to jansson.
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

#include "json_private.h"

#define json_object jansson_json_object
#include <jansson.h>
#undef json_object

/* Older ones are not linked -Bsymbolic: their own calls would go astray. */
#if JANSSON_VERSION_HEX < 0x020c00
#error "pinterest_fdw needs jansson 2.12 or later"
#endif

StaticAssertDecl(JSON_ERROR_TEXT_LENGTH <= JSON_PROBLEM_BYTES,
				 "jansson's error texts fit");

/* ---------- strings ---------- */

/*
 * Decodes a string literal, quotes included, into a buffer of at least len
 * bytes.  Returns the decoded length, or -1 with what is wrong in problem.
 * Neither raises errors nor pallocs.
 */
ssize_t
json_decode_string(const char *literal, size_t len, char *into, char *problem,
				   size_t problem_size)
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
		strlcpy(problem, error.text, problem_size);
	json_decref(string);
	return decoded;
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
	bool		allow_scalars;	/* rows need not be objects */
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

/* Lets rows be values of any kind, which have no fields then. */
void
json_shape_allow_scalars(JsonShape *shape)
{
	shape->allow_scalars = true;
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
	while (scan->at < scan->end && json_is_space(*scan->at))
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
	char		problem[JSON_PROBLEM_BYTES];
	ssize_t		decoded_len = json_decode_string(*body - 1, *len + 2, decoded,
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

	if (++scan->nesting > JSON_MAX_NESTING)
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
 * values has json_shape_size() elements; fields that the row lacks are
 * JV_MISSING.  Data points into the
 * row, or to memory palloc'd in the current context.  Returns false, with
 * *error telling what is wrong and where in the answer, for a row that is no
 * valid JSON object or has a wanted string that cannot be decoded.
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
	if (whole.kind != JV_OBJECT && !shape->allow_scalars)
	{
		error->problem = "the row is not an object";
		error->offset = row->offset;
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

/* A row that json_row_fields() found valid, as a value. */
JsonValue
json_row_value(const JsonRow *row)
{
	Scan		scan = {row->data, row->data + row->len, NULL, 0, NULL};
	JsonValue	value = {JV_MISSING, NULL, 0};
	const char *problem = NULL;

	if (*row->data == '{' || *row->data == '[')
	{
		value.kind = *row->data == '{' ? JV_OBJECT : JV_ARRAY;
		value.data = row->data;
		value.len = row->len;
		return value;
	}
	if (!scan_any(&scan, NULL, &value) || !finish_string(&value, &problem))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_JSON_TEXT),
				 errmsg("invalid string in the answer of the API")));
	return value;
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

/* Whether a text is a JSON object. */
bool
json_is_document(const char *data, size_t len)
{
	json_t	   *document = load_object(data, len);
	bool		ok = document != NULL;

	json_decref(document);
	return ok;
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

/* The version of the jansson that is loaded; of 2.12, that it was built with. */
const char *
json_library_version(void)
{
#if JANSSON_VERSION_HEX >= 0x020d00
	return jansson_version_str();
#else
	return JANSSON_VERSION;
#endif
}
