/*-------------------------------------------------------------------------
 *
 * json_parse.c
 *		  Rows as fields.
 *
 * The scanner validates one complete value, steps over the fields nobody
 * asked for and points at the others in place.  It accepts what jansson
 * accepts, but for numbers of any size, which are text to it, and for nesting
 * beyond JSON_MAX_NESTING.
 *
 * A wanted string that is not UTF-8 is handed out as it is, since who makes a
 * Datum of it can say which column it is for; anywhere else it is an error.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/json/json_parse.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "json/json_private.h"
#include "json/json_vector.h"

/* The longest literal and what comes after it. */
#define USUAL_BYTES 8

/* How many remembered names are tried. */
#define NAMES_AHEAD 3

typedef struct Scan
{
	const char *at;
	const char *end;
	JsonValue  *values;			/* of the wanted fields */
	int			nesting;
	bool		undecoded;		/* one of the values is a string with escapes */
	const char *not_utf8;		/* the first such byte of a wanted string */
	const char *problem;
} Scan;

static bool parse_any(Scan *scan, const JsonShape *shape, JsonValue *value);

static pg_noinline bool
scan_fails(Scan *scan, const char *problem)
{
	if (scan->problem == NULL)
		scan->problem = problem;
	return false;
}

static inline void
skip_space(Scan *scan)
{
	while (scan->at < scan->end && json_is_space(*scan->at))
		scan->at++;
}

/* ---------- strings ---------- */

/* The number that four hexadecimal digits make; -1: they are none. */
static int
hex_number(const char *digits, const char *end)
{
	int			number = 0;

	if (end - digits < 4)
		return -1;
	for (int i = 0; i < 4; i++)
	{
		char		c = digits[i];

		if (c >= '0' && c <= '9')
			number = number * 16 + c - '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			number = number * 16 + (c | 0x20) - 'a' + 10;
		else
			return -1;
	}
	return number;
}

/* Of \uXXXX the number, and of a surrogate the other one, which has to follow. */
static bool
parse_unicode_escape(Scan *scan, bool is_key)
{
	int			first = hex_number(scan->at + 1, scan->end);
	int			second = -1;

	if (first < 0)
		return scan_fails(scan, "invalid \\u escape");
	if (first == 0 && is_key)
		return scan_fails(scan, "a member's name contains \\u0000");
	scan->at += 5;
	if (first < 0xD800 || first > 0xDFFF)
		return true;
	if (first < 0xDC00 && scan->end - scan->at >= 6 &&
		scan->at[0] == '\\' && scan->at[1] == 'u')
		second = hex_number(scan->at + 2, scan->end);
	if (second < 0xDC00 || second > 0xDFFF)
		return scan_fails(scan, "half of a surrogate pair stands alone");
	scan->at += 6;
	return true;
}

/* An escape, of which at is the backslash. */
static bool
parse_escape(Scan *scan, bool is_key)
{
	scan->at++;
	if (scan->at >= scan->end)
		return scan_fails(scan, "a string has no end");
	switch (*scan->at)
	{
		case 'u':
			return parse_unicode_escape(scan, is_key);
		case '"':
		case '\\':
		case '/':
		case 'b':
		case 'f':
		case 'n':
		case 'r':
		case 't':
			scan->at++;
			return true;
		default:
			return scan_fails(scan, "invalid escape");
	}
}

/* Bytes of the character beyond ASCII at a place; 0: it is not UTF-8. */
static int
character_bytes(const char *at, const char *end)
{
	const unsigned char *c = (const unsigned char *) at;
	int			count = c[0] < 0xC2 ? 0 : c[0] < 0xE0 ? 2 : c[0] < 0xF0 ? 3 :
		c[0] < 0xF5 ? 4 : 0;

	if (count == 0 || end - at < count)
		return 0;
	for (int i = 1; i < count; i++)
		if ((c[i] & 0xC0) != 0x80)
			return 0;

	/* neither longer than need be, nor a surrogate, nor beyond U+10FFFF */
	if ((c[0] == 0xE0 && c[1] < 0xA0) || (c[0] == 0xED && c[1] > 0x9F) ||
		(c[0] == 0xF0 && c[1] < 0x90) || (c[0] == 0xF4 && c[1] > 0x8F))
		return 0;
	return count;
}

/* What a string is for. */
typedef enum StringUse
{
	STRING_SKIPPED,
	STRING_KEY,
	STRING_WANTED
} StringUse;

/* Goes on through a string from its first odd byte on. */
static pg_noinline bool
parse_odd_string(Scan *scan, StringUse use, JsonValue *value)
{
	while (scan->at < scan->end)
	{
		char		c = *scan->at;

		if (IS_HIGHBIT_SET(c))
		{
			int			count = character_bytes(scan->at, scan->end);

			if (count == 0 && use != STRING_WANTED)
				return scan_fails(scan, "a string is not valid UTF-8");
			if (count == 0)
			{
				value->plain = false;
				if (scan->not_utf8 == NULL)
					scan->not_utf8 = scan->at;
			}
			scan->at += Max(count, 1);
			if (scan->at < scan->end && IS_HIGHBIT_SET(*scan->at))
				continue;
		}
		else if (c == '"')
		{
			value->len = (size_t) (scan->at - value->data);
			scan->at++;
			return true;
		}
		else if (c != '\\')
			return scan_fails(scan, "a control character stands in a string");
		else
		{
			value->escaped = true;
			if (!parse_escape(scan, use == STRING_KEY))
				return false;
		}
		scan->at = json_find_odd(scan->at, scan->end);
	}
	return scan_fails(scan, "a string has no end");
}

/* A string, whose value is what stands between its quotes, not yet decoded. */
static inline bool
parse_string(Scan *scan, StringUse use, JsonValue *value)
{
	value->kind = JV_STRING;
	value->plain = true;
	value->escaped = false;
	value->data = scan->at + 1;
	scan->at = json_find_odd(value->data, scan->end);
	if (likely(scan->at < scan->end && *scan->at == '"'))
	{
		value->len = (size_t) (scan->at - value->data);
		scan->at++;
		return true;
	}
	return parse_odd_string(scan, use, value);
}

/* Replaces a string with escapes by its decoded, palloc'd copy. */
static void
decode(JsonValue *value)
{
	char	   *decoded;

	if (value->kind != JV_STRING || !value->escaped)
		return;
	decoded = palloc(value->len + 1);
	value->len = json_decode_text(value->data, value->len, decoded);
	decoded[value->len] = '\0';
	value->data = decoded;
	value->plain = value->plain && memchr(decoded, '\0', value->len) == NULL;
}

/* ---------- numbers and literals ---------- */

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
parse_digits(Scan *scan)
{
	const char *start = scan->at;

	while (scan->at < scan->end && is_digit(*scan->at))
		scan->at++;
	return scan->at > start || scan_fails(scan, "invalid number");
}

static bool
parse_number(Scan *scan, JsonKind *kind)
{
	*kind = JV_INTEGER;
	if (*scan->at == '-')
		scan->at++;
	if (scan->at < scan->end && *scan->at == '0')
		scan->at++;
	else if (!parse_digits(scan))
		return false;
	if (scan->at < scan->end && *scan->at == '.')
	{
		*kind = JV_REAL;
		scan->at++;
		if (!parse_digits(scan))
			return false;
	}
	if (scan->at < scan->end && (*scan->at | 0x20) == 'e')
	{
		*kind = JV_REAL;
		scan->at++;
		if (scan->at < scan->end && (*scan->at == '+' || *scan->at == '-'))
			scan->at++;
		if (!parse_digits(scan))
			return false;
	}
	return true;
}

static inline bool
parse_literal(Scan *scan, const char *literal, size_t len)
{
	if ((size_t) (scan->end - scan->at) < len ||
		memcmp(scan->at, literal, len) != 0)
		return scan_fails(scan, "invalid value");
	scan->at += len;
	return true;
}

/* ---------- objects and arrays ---------- */

/* Forgets what an earlier member of the same name led to: the last one counts. */
static void
forget_values(Scan *scan, const JsonShape *shape)
{
	for (int i = 0; i < shape->count; i++)
	{
		if (shape->fields[i].index >= 0)
			scan->values[shape->fields[i].index].kind = JV_MISSING;
		if (shape->fields[i].children != NULL)
			forget_values(scan, shape->fields[i].children);
	}
}

/*
 * The name that stands here, colon included, if it is one of those that came
 * next in other rows; NULL: it is not.  *place moves on to it.  Rows may lack
 * members of each other, so the names after the next one are tried, too.  There
 * are at least SHAPE_NAME_BYTES bytes.
 */
static inline const ShapeName *
remembered_name(const JsonShape *shape, const char *at, uint16 *place)
{
	uint16		next = *place;

	for (int i = 0; i < NAMES_AHEAD; i++)
	{
		const ShapeName *name = &shape->names[next = shape->names[next].next];

		if (name->len == 0)
			break;
		if (likely(json_equal(at, name->text, name->len)))
		{
			*place = next;
			return name;
		}
	}
	return NULL;
}

/* The name of a member and the colon behind it. */
static bool
parse_member_name(Scan *scan, JsonValue *name)
{
	if (scan->at >= scan->end || *scan->at != '"')
		return scan_fails(scan, "a member's name is missing");
	if (!parse_string(scan, STRING_KEY, name))
		return false;
	skip_space(scan);
	if (scan->at >= scan->end || *scan->at != ':')
		return scan_fails(scan, "a colon is missing");
	scan->at++;
	return true;
}

/*
 * The name of a member of an object with wanted fields, and its field.  *place
 * is where the memory has the name before; it becomes that of this one.
 */
static inline bool
parse_known_name(Scan *scan, const JsonShape *shape, uint16 *place,
				 const ShapeField **field)
{
	const ShapeName *known = NULL;
	JsonValue	name;

	if (scan->end - scan->at >= SHAPE_NAME_BYTES)
		known = remembered_name(shape, scan->at, place);
	if (known != NULL)
	{
		*field = known->field;
		scan->at += known->len;
		return true;
	}
	if (!parse_member_name(scan, &name))
		return false;
	decode(&name);
	known = name.escaped ? NULL : json_shape_remember(shape, name.data, name.len);
	*field = known ? known->field : json_shape_find(shape, name.data, name.len);
	if (known != NULL)
		*place = shape->names[*place].next = (uint16) (known - shape->names);
	return true;
}

/* The value of a member that is a field, or a way to some. */
static bool
parse_member(Scan *scan, const ShapeField *field)
{
	if (field->children != NULL)
		forget_values(scan, field->children);
	return parse_any(scan, field->children,
					 field->index >= 0 ? &scan->values[field->index] : NULL);
}

/* Whether a container begins here that is not empty; *ok: if none, it is valid. */
static inline bool
enter_container(Scan *scan, char closing, bool *ok)
{
	*ok = false;
	if (++scan->nesting > JSON_MAX_NESTING)
		return scan_fails(scan, "the nesting is too deep");
	scan->at++;
	skip_space(scan);
	if (scan->at >= scan->end || *scan->at != closing)
		return true;
	scan->at++;
	scan->nesting--;
	*ok = true;
	return false;
}

/* Whether another member or element follows; *ok: if none, it is valid. */
static inline bool
goes_on(Scan *scan, char closing, bool *ok)
{
	*ok = false;
	skip_space(scan);
	if (likely(scan->at < scan->end && *scan->at == ','))
	{
		scan->at++;
		skip_space(scan);
		return true;
	}
	if (scan->at >= scan->end || *scan->at != closing)
		return scan_fails(scan, "a comma is missing");
	scan->at++;
	scan->nesting--;
	*ok = true;
	return false;
}

/* An object or array without wanted fields, from bracket to bracket. */
static bool
parse_container(Scan *scan)
{
	bool		object = *scan->at == '{';
	char		closing = object ? '}' : ']';
	bool		ok;
	JsonValue	name;

	if (!enter_container(scan, closing, &ok))
		return ok;
	do
	{
		if (object && !parse_member_name(scan, &name))
			return false;
		if (object)
			skip_space(scan);
		if (!parse_any(scan, NULL, NULL))
			return false;
	} while (goes_on(scan, closing, &ok));
	return ok;
}

/* The end of a number without sign or exponent; NULL: it is none or needs a closer look. */
static inline const char *
usual_number(const char *at, const char *end, JsonKind *kind)
{
	const char *start = at;

	*kind = JV_INTEGER;
	while (at < end && is_digit(*at))
		at++;
	if (at == start || (*start == '0' && at - start > 1))
		return NULL;
	if (at < end && *at == '.')
	{
		*kind = JV_REAL;
		start = ++at;
		while (at < end && is_digit(*at))
			at++;
	}
	return at > start ? at : NULL;
}

/*
 * The end of a value of the usual kinds, which is described in *value; NULL:
 * it needs a closer look.  There are at least USUAL_BYTES bytes.
 */
static inline const char *
usual_value(const char *at, const char *end, JsonValue *value)
{
	const char *stop;

	value->plain = true;
	value->escaped = false;
	value->data = at;
	switch (*at)
	{
		case '"':
			value->kind = JV_STRING;
			value->data = at + 1;
			stop = json_find_odd(at + 1, end);
			value->len = (size_t) (stop - at - 1);
			return stop < end && *stop == '"' ? stop + 1 : NULL;
		case 'n':
			value->kind = JV_NULL;
			value->len = 4;
			return memcmp(at, "null", 4) == 0 ? at + 4 : NULL;
		case 't':
			value->kind = JV_TRUE;
			value->len = 4;
			return memcmp(at, "true", 4) == 0 ? at + 4 : NULL;
		case 'f':
			value->kind = JV_FALSE;
			value->len = 5;
			return memcmp(at, "false", 5) == 0 ? at + 5 : NULL;
		default:
			stop = usual_number(at, end, &value->kind);
			if (stop != NULL)
				value->len = (size_t) (stop - at);
			return stop;
	}
}

/*
 * Goes through members as long as they come in the order that is remembered,
 * without space and with values of the usual kinds, which most members of most
 * rows do.  What it leaves may as well be the next name as anything else.
 */
static inline void
parse_usual_members(Scan *scan, const JsonShape *shape, uint16 *place)
{
	const char *at = scan->at;

	while (scan->end - at >= SHAPE_NAME_BYTES + USUAL_BYTES)
	{
		uint16		next = *place;
		const ShapeName *known = remembered_name(shape, at, &next);
		const char *stop;
		JsonValue	unwanted;
		JsonValue  *value = &unwanted;

		if (known == NULL)
			break;
		if (known->field != NULL)
		{
			if (known->field->children != NULL)
				break;
			value = &scan->values[known->field->index];
		}
		stop = usual_value(at + known->len, scan->end, value);
		if (stop == NULL || stop >= scan->end || *stop != ',')
			break;
		*place = next;
		at = stop + 1;
	}
	scan->at = at;
	skip_space(scan);
}

/* An object with wanted fields, likewise. */
static bool
parse_object(Scan *scan, const JsonShape *shape)
{
	bool		ok;
	uint16		place = SHAPE_NAMES;	/* before the first name */

	if (!enter_container(scan, '}', &ok))
		return ok;
	do
	{
		const ShapeField *field;

		parse_usual_members(scan, shape, &place);
		if (!parse_known_name(scan, shape, &place, &field))
			return false;
		skip_space(scan);
		if (field ? !parse_member(scan, field) : !parse_any(scan, NULL, NULL))
			return false;
	} while (goes_on(scan, '}', &ok));
	return ok;
}

/*
 * Any value.  It is described in *value (NULL: it is only validated), strings
 * without their quotes and not yet decoded; of an object the fields of shape
 * are looked for.
 */
static bool
parse_any(Scan *scan, const JsonShape *shape, JsonValue *value)
{
	const char *start = scan->at;
	JsonValue	unwanted;
	StringUse	use = value ? STRING_WANTED : STRING_SKIPPED;
	bool		ok;

	if (value == NULL)
		value = &unwanted;
	if (scan->at >= scan->end)
		return scan_fails(scan, "a value is missing");
	switch (*scan->at)
	{
		case '"':
			ok = parse_string(scan, use, value);
			scan->undecoded |= value->escaped;
			return ok;
		case '{':
		case '[':
			ok = shape != NULL && *start == '{' ?
				parse_object(scan, shape) : parse_container(scan);
			value->kind = *start == '{' ? JV_OBJECT : JV_ARRAY;
			break;
		case 't':
			value->kind = JV_TRUE;
			ok = parse_literal(scan, "true", 4);
			break;
		case 'f':
			value->kind = JV_FALSE;
			ok = parse_literal(scan, "false", 5);
			break;
		case 'n':
			value->kind = JV_NULL;
			ok = parse_literal(scan, "null", 4);
			break;
		default:
			if (*scan->at == '-' || is_digit(*scan->at))
				ok = parse_number(scan, &value->kind);
			else
				ok = scan_fails(scan, "invalid value");
			break;
	}
	value->plain = shape == NULL;	/* else wanted strings inside may be none */
	value->escaped = false;
	value->data = start;
	value->len = (size_t) (scan->at - start);
	return ok;
}

/* ---------- the interface ---------- */

/*
 * What is wrong with a complete value, or with the name of a member (quotes
 * included), and at which byte; NULL: nothing.  Neither raises errors nor
 * pallocs.
 */
const char *
json_validate(const char *data, size_t len, bool is_key, size_t *bad)
{
	Scan		scan = {.at = data, .end = data + len};
	JsonValue	name;
	bool		ok = is_key ? parse_string(&scan, STRING_KEY, &name) :
		parse_any(&scan, NULL, NULL);

	if (ok && scan.at != scan.end)
		scan_fails(&scan, "a comma is missing");
	*bad = (size_t) (scan.at - data);
	return scan.problem;
}

static bool
row_fails(JsonError *error, const JsonRow *row, const char *at, const char *problem)
{
	error->problem = problem;
	error->offset = row->offset + (uint64) (at - row->data);
	return false;
}

/*
 * Whether a byte is part of a value.  It is not where a later member of the
 * same name took the place of its own.
 */
static bool
is_in_values(const char *byte, const JsonValue *values, int count)
{
	for (int i = 0; i < count; i++)
		if (values[i].kind == JV_STRING && byte >= values[i].data &&
			byte < values[i].data + values[i].len)
			return true;
	return false;
}

/*
 * Validates a row and finds its wanted fields.
 *
 * values has json_shape_size() elements; fields that the row lacks are
 * JV_MISSING.  Data points into the row, or to memory palloc'd in the current
 * context.  Returns false, with *error telling what is wrong and where in the
 * response, for a row that is no valid JSON object.  Wanted strings that are not
 * UTF-8 are none of its errors: they are not plain.
 */
bool
json_row_fields(const JsonShape *shape, const JsonRow *row,
				JsonValue *values, JsonError *error)
{
	Scan		scan = {.at = row->data, .end = row->data + row->len, .values = values};

	for (int i = 0; i < shape->next_index; i++)
		values[i].kind = JV_MISSING;
	error->problem = NULL;
	if (!parse_any(&scan, shape, NULL))
		return row_fails(error, row, scan.at, scan.problem);
	if (*row->data != '{' && !shape->allow_scalars)
		return row_fails(error, row, row->data, "the row is not an object");
	if (scan.at != scan.end)
		return row_fails(error, row, scan.at, "there is more after the end of the row");
	if (scan.not_utf8 != NULL &&
		!is_in_values(scan.not_utf8, values, shape->next_index))
		return row_fails(error, row, scan.not_utf8, "a string is not valid UTF-8");
	for (int i = 0; scan.undecoded && i < shape->next_index; i++)
		decode(&values[i]);
	return true;
}

/* A row that json_row_fields() found valid, as a value. */
JsonValue
json_row_value(const JsonRow *row)
{
	Scan		scan = {.at = row->data, .end = row->data + row->len};
	JsonValue	value = {.kind = *row->data == '{' ? JV_OBJECT : JV_ARRAY};

	if (*row->data == '{' || *row->data == '[')
	{
		value.data = row->data;
		value.len = row->len;
		return value;
	}
	(void) parse_any(&scan, NULL, &value);
	decode(&value);
	return value;
}

/*
 * To the next element or member of a container that json_row_fields() found,
 * of which *position bytes are read.  Returns false after the last one.
 */
static inline bool
next_inside(const JsonValue *container, size_t *position, JsonValue *name,
			JsonValue *value)
{
	Scan		scan = {.at = container->data + *position, .end = container->data + container->len};

	/* Past the opening bracket, or past the comma after the last value. */
	scan.at++;
	skip_space(&scan);
	if (scan.at >= scan.end || *scan.at == ']' || *scan.at == '}')
		return false;
	if (name != NULL)
	{
		if (!parse_member_name(&scan, name))
			return false;
		decode(name);
		skip_space(&scan);
	}
	if (!parse_any(&scan, NULL, value))
		return false;
	skip_space(&scan);
	*position = (size_t) (scan.at - container->data);
	decode(value);
	return true;
}

/*
 * Steps through the elements of an array that json_row_fields() found.
 * *position is 0 at first.  Returns false after the last element.
 */
bool
json_array_next(const JsonValue *array, size_t *position, JsonValue *element)
{
	return next_inside(array, position, NULL, element);
}

/*
 * Likewise through the members of an object, in the order of the response; a
 * name may come more than once.
 */
bool
json_object_next(const JsonValue *object, size_t *position, JsonValue *name,
				 JsonValue *member)
{
	return next_inside(object, position, name, member);
}
