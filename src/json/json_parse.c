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

/* How many remembered names are tried. */
#define NAMES_AHEAD 3

typedef struct Parser
{
	const char *at;
	const char *end;
	JsonValue  *values;			/* of the wanted fields */
	int			nesting;
	bool		undecoded;		/* one of the values is a string with escapes */
	const char *not_utf8;		/* the first such byte of a wanted string */
	const char *problem;
} Parser;

static bool parse_any(Parser *parser, const JsonProjection *projection, JsonValue *value);

static pg_noinline bool
parse_fails(Parser *parser, const char *problem)
{
	if (parser->problem == NULL)
		parser->problem = problem;
	return false;
}

static inline void
skip_space(Parser *parser)
{
	while (parser->at < parser->end && json_is_space(*parser->at))
		parser->at++;
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
parse_unicode_escape(Parser *parser, bool is_key)
{
	int			first = hex_number(parser->at + 1, parser->end);
	int			second = -1;

	if (first < 0)
		return parse_fails(parser, "invalid \\u escape");
	if (first == 0 && is_key)
		return parse_fails(parser, "a member's name contains \\u0000");
	parser->at += 5;
	if (first < 0xD800 || first > 0xDFFF)
		return true;
	if (first < 0xDC00 && parser->end - parser->at >= 6 &&
		parser->at[0] == '\\' && parser->at[1] == 'u')
		second = hex_number(parser->at + 2, parser->end);
	if (second < 0xDC00 || second > 0xDFFF)
		return parse_fails(parser, "half of a surrogate pair stands alone");
	parser->at += 6;
	return true;
}

/* An escape, of which at is the backslash. */
static bool
parse_escape(Parser *parser, bool is_key)
{
	parser->at++;
	if (parser->at >= parser->end)
		return parse_fails(parser, "a string has no end");
	switch (*parser->at)
	{
		case 'u':
			return parse_unicode_escape(parser, is_key);
		case '"':
		case '\\':
		case '/':
		case 'b':
		case 'f':
		case 'n':
		case 'r':
		case 't':
			parser->at++;
			return true;
		default:
			return parse_fails(parser, "invalid escape");
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
parse_odd_string(Parser *parser, StringUse use, JsonValue *value)
{
	while (parser->at < parser->end)
	{
		char		c = *parser->at;

		if (IS_HIGHBIT_SET(c))
		{
			int			count = character_bytes(parser->at, parser->end);

			if (count == 0 && use != STRING_WANTED)
				return parse_fails(parser, "a string is not valid UTF-8");
			if (count == 0)
			{
				value->plain = false;
				if (parser->not_utf8 == NULL)
					parser->not_utf8 = parser->at;
			}
			parser->at += Max(count, 1);
			if (parser->at < parser->end && IS_HIGHBIT_SET(*parser->at))
				continue;
		}
		else if (c == '"')
		{
			value->len = (size_t) (parser->at - value->data);
			parser->at++;
			return true;
		}
		else if (c != '\\')
			return parse_fails(parser, "a control character stands in a string");
		else
		{
			value->escaped = true;
			if (!parse_escape(parser, use == STRING_KEY))
				return false;
		}
		parser->at = json_find_odd(parser->at, parser->end);
	}
	return parse_fails(parser, "a string has no end");
}

/* A string, whose value is what stands between its quotes, not yet decoded. */
static inline bool
parse_string(Parser *parser, StringUse use, JsonValue *value)
{
	value->kind = JV_STRING;
	value->plain = true;
	value->escaped = false;
	value->data = parser->at + 1;
	parser->at = json_find_odd(value->data, parser->end);
	if (likely(parser->at < parser->end && *parser->at == '"'))
	{
		value->len = (size_t) (parser->at - value->data);
		parser->at++;
		return true;
	}
	return parse_odd_string(parser, use, value);
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

static bool
parse_digits(Parser *parser)
{
	const char *start = parser->at;

	while (parser->at < parser->end && json_is_digit(*parser->at))
		parser->at++;
	return parser->at > start || parse_fails(parser, "invalid number");
}

static bool
parse_number(Parser *parser, JsonKind *kind)
{
	*kind = JV_INTEGER;
	if (*parser->at == '-')
		parser->at++;
	if (parser->at < parser->end && *parser->at == '0')
		parser->at++;
	else if (!parse_digits(parser))
		return false;
	if (parser->at < parser->end && *parser->at == '.')
	{
		*kind = JV_REAL;
		parser->at++;
		if (!parse_digits(parser))
			return false;
	}
	if (parser->at < parser->end && (*parser->at | 0x20) == 'e')
	{
		*kind = JV_REAL;
		parser->at++;
		if (parser->at < parser->end && (*parser->at == '+' || *parser->at == '-'))
			parser->at++;
		if (!parse_digits(parser))
			return false;
	}
	return true;
}

static inline bool
parse_literal(Parser *parser, const char *literal, size_t len)
{
	if ((size_t) (parser->end - parser->at) < len ||
		memcmp(parser->at, literal, len) != 0)
		return parse_fails(parser, "invalid value");
	parser->at += len;
	return true;
}

/* ---------- objects and arrays ---------- */

/* Forgets what an earlier member of the same name led to: the last one counts. */
static void
forget_values(Parser *parser, const JsonProjection *projection)
{
	for (int i = 0; i < projection->count; i++)
	{
		if (projection->fields[i].index >= 0)
			parser->values[projection->fields[i].index].kind = JV_MISSING;
		if (projection->fields[i].children != NULL)
			forget_values(parser, projection->fields[i].children);
	}
}

/*
 * The name that stands here, colon included, if it is one of those that came
 * next in other rows; NULL: it is not.  *place moves on to it.  Rows may lack
 * members of each other, so the names after the next one are tried, too.
 */
static inline const ProjectedName *
remembered_name(const JsonProjection *projection, const char *at, const char *end,
				uint16 *place)
{
	uint16		next = *place;

	for (int i = 0; i < NAMES_AHEAD; i++)
	{
		const ProjectedName *name = &projection->names[next = projection->names[next].next];

		if (name->len == 0)
			break;
		if (likely(json_equal(at, name->text, name->len)))
		{
			*place = next;
			return name->len <= end - at ? name : NULL;
		}
	}
	return NULL;
}

/* The name of a member and the colon behind it. */
static bool
parse_member_name(Parser *parser, JsonValue *name)
{
	if (parser->at >= parser->end || *parser->at != '"')
		return parse_fails(parser, "a member's name is missing");
	if (!parse_string(parser, STRING_KEY, name))
		return false;
	skip_space(parser);
	if (parser->at >= parser->end || *parser->at != ':')
		return parse_fails(parser, "a colon is missing");
	parser->at++;
	return true;
}

/*
 * The name of a member of an object with wanted fields, which is not the one that
 * was expected, and its field.  *place is where the memory has the name before; it
 * becomes that of this one.
 */
static pg_noinline bool
parse_unexpected_name(Parser *parser, const JsonProjection *projection, uint16 *place,
					  const ProjectedField **field)
{
	const ProjectedName *known;
	JsonValue	name;

	skip_space(parser);
	if (!parse_member_name(parser, &name))
		return false;
	skip_space(parser);
	decode(&name);
	known = name.escaped ? NULL : json_projection_remember(projection, name.data, name.len);
	*field = known ? known->field : json_projection_find(projection, name.data, name.len);
	if (known != NULL)
		*place = projection->names[*place].next = (uint16) (known - projection->names);
	return true;
}

/* The value of a member, and of its field, if it is one, or a way to some. */
static bool
parse_member(Parser *parser, const ProjectedField *field)
{
	skip_space(parser);
	if (field == NULL)
		return parse_any(parser, NULL, NULL);
	if (field->children != NULL)
		forget_values(parser, field->children);
	return parse_any(parser, field->children,
					 field->index >= 0 ? &parser->values[field->index] : NULL);
}

/* Whether a container begins here that is not empty; *ok: if none, it is valid. */
static inline bool
enter_container(Parser *parser, char closing, bool *ok)
{
	*ok = false;
	if (++parser->nesting > JSON_MAX_NESTING)
		return parse_fails(parser, "the nesting is too deep");
	parser->at++;
	skip_space(parser);
	if (parser->at >= parser->end || *parser->at != closing)
		return true;
	parser->at++;
	parser->nesting--;
	*ok = true;
	return false;
}

/* Whether another member or element follows; *ok: if none, it is valid. */
static inline bool
goes_on(Parser *parser, char closing, bool *ok)
{
	*ok = false;
	skip_space(parser);
	if (likely(parser->at < parser->end && *parser->at == ','))
	{
		parser->at++;
		skip_space(parser);
		return true;
	}
	if (parser->at >= parser->end || *parser->at != closing)
		return parse_fails(parser, "a comma is missing");
	parser->at++;
	parser->nesting--;
	*ok = true;
	return false;
}

/* The end of a number without sign or exponent; NULL: it is none or needs a closer look. */
static inline const char *
usual_number(const char *at, JsonKind *kind)
{
	const char *stop = json_find_no_digit(at);

	*kind = JV_INTEGER;
	if (stop == at || (*at == '0' && stop - at > 1))
		return NULL;
	if (*stop == '.')
	{
		at = stop + 1;
		*kind = JV_REAL;
		stop = json_find_no_digit(at);
		if (stop == at)
			return NULL;
	}
	return (*stop | 0x20) == 'e' ? NULL : stop;
}

/*
 * The end of a value of the usual kinds, which is described in *value; NULL:
 * it needs a closer look.  It may be found behind the end of the row, in what does
 * not belong to it.
 */
static pg_attribute_always_inline const char *
usual_value(const char *at, JsonValue *value)
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
			stop = json_find_odd_ahead(at + 1);
			value->len = (size_t) (stop - at - 1);
			return *stop == '"' ? stop + 1 : NULL;
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
			stop = usual_number(at, &value->kind);
			if (stop != NULL)
				value->len = (size_t) (stop - at);
			return stop;
	}
}

/* A value that is only validated. */
static inline bool
parse_unwanted(Parser *parser)
{
	JsonValue	unwanted;
	const char *stop;

	skip_space(parser);
	if (unlikely(parser->at >= parser->end))
		return parse_fails(parser, "a value is missing");
	stop = usual_value(parser->at, &unwanted);
	if (unlikely(stop == NULL || stop > parser->end))
		return parse_any(parser, NULL, NULL);
	parser->at = stop;
	return true;
}

/* An object or array without wanted fields, from bracket to bracket. */
static bool
parse_container(Parser *parser)
{
	bool		object = *parser->at == '{';
	char		closing = object ? '}' : ']';
	bool		ok;
	JsonValue	name;

	if (!enter_container(parser, closing, &ok))
		return ok;
	do
	{
		if (object && !parse_member_name(parser, &name))
			return false;
		if (!parse_unwanted(parser))
			return false;
	} while (goes_on(parser, closing, &ok));
	return ok;
}

/*
 * An object with wanted fields, likewise.  Most members of most rows come in the
 * order that is remembered, without space and with values of the usual kinds.
 */
static bool
parse_object(Parser *parser, const JsonProjection *projection)
{
	bool		ok;
	uint16		place = PROJECTED_NAMES;	/* before the first name */
	const char *end = parser->end;
	const char *at;

	if (!enter_container(parser, '}', &ok))
		return ok;
	at = parser->at;
	for (;;)
	{
		const ProjectedName *known = remembered_name(projection, at, end, &place);
		const ProjectedField *field;
		const char *stop;
		JsonValue	unwanted;
		JsonValue  *value = &unwanted;

		if (likely(known != NULL))
		{
			at += known->len;
			field = known->field;
		}
		else
		{
			parser->at = at;
			if (!parse_unexpected_name(parser, projection, &place, &field))
				return false;
			at = parser->at;
		}
		if (field != NULL)
			value = field->children == NULL ? &parser->values[field->index] : NULL;
		stop = value != NULL ? usual_value(at, value) : NULL;
		if (unlikely(stop == NULL || stop > end))
		{
			parser->at = at;
			if (!parse_member(parser, field))
				return false;
			stop = parser->at;
		}
		at = stop + 1;
		if (likely(stop < end && *stop == ','))
			continue;
		parser->at = stop;
		if (!goes_on(parser, '}', &ok))
			return ok;
		at = parser->at;
	}
}

/*
 * Any value.  It is described in *value (NULL: it is only validated), strings
 * without their quotes and not yet decoded; of an object the fields of projection
 * are looked for.
 */
static bool
parse_any(Parser *parser, const JsonProjection *projection, JsonValue *value)
{
	const char *start = parser->at;
	JsonValue	unwanted;
	StringUse	use = value ? STRING_WANTED : STRING_SKIPPED;
	bool		ok;

	if (value == NULL)
		value = &unwanted;
	if (parser->at >= parser->end)
		return parse_fails(parser, "a value is missing");
	switch (*parser->at)
	{
		case '"':
			ok = parse_string(parser, use, value);
			parser->undecoded |= value->escaped;
			return ok;
		case '{':
		case '[':
			ok = projection != NULL && *start == '{' ?
				parse_object(parser, projection) : parse_container(parser);
			value->kind = *start == '{' ? JV_OBJECT : JV_ARRAY;
			break;
		case 't':
			value->kind = JV_TRUE;
			ok = parse_literal(parser, "true", 4);
			break;
		case 'f':
			value->kind = JV_FALSE;
			ok = parse_literal(parser, "false", 5);
			break;
		case 'n':
			value->kind = JV_NULL;
			ok = parse_literal(parser, "null", 4);
			break;
		default:
			if (*parser->at == '-' || json_is_digit(*parser->at))
				ok = parse_number(parser, &value->kind);
			else
				ok = parse_fails(parser, "invalid value");
			break;
	}
	value->plain = projection == NULL;	/* else wanted strings inside may be
										 * none */
	value->escaped = false;
	value->data = start;
	value->len = (size_t) (parser->at - start);
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
	Parser		parser = {.at = data, .end = data + len};
	JsonValue	name;
	bool		ok = is_key ? parse_string(&parser, STRING_KEY, &name) :
		parse_any(&parser, NULL, NULL);

	if (ok && parser.at != parser.end)
		parse_fails(&parser, "a comma is missing");
	*bad = (size_t) (parser.at - data);
	return parser.problem;
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
 * values has json_projection_size() elements; fields that the row lacks are
 * JV_MISSING.  Data points into the row, or to memory palloc'd in the current
 * context.  Returns false, with *error telling what is wrong and where in the
 * response, for a row that is no valid JSON object.  Wanted strings that are not
 * UTF-8 are none of its errors: they are not plain.
 */
bool
json_row_fields(const JsonProjection *projection, const JsonRow *row,
				JsonValue *values, JsonError *error)
{
	Parser		parser = {.at = row->data, .end = row->data + row->len, .values = values};

	for (int i = 0; i < projection->next_index; i++)
		values[i].kind = JV_MISSING;
	error->problem = NULL;
	if (!parse_any(&parser, projection, NULL))
		return row_fails(error, row, parser.at, parser.problem);
	if (*row->data != '{' && !projection->allow_scalars)
		return row_fails(error, row, row->data, "the row is not an object");
	if (parser.at != parser.end)
		return row_fails(error, row, parser.at, "there is more after the end of the row");
	if (parser.not_utf8 != NULL &&
		!is_in_values(parser.not_utf8, values, projection->next_index))
		return row_fails(error, row, parser.not_utf8, "a string is not valid UTF-8");
	for (int i = 0; parser.undecoded && i < projection->next_index; i++)
		decode(&values[i]);
	return true;
}

/* A row that json_row_fields() found valid, as a value. */
JsonValue
json_row_value(const JsonRow *row)
{
	Parser		parser = {.at = row->data, .end = row->data + row->len};
	JsonValue	value = {.kind = *row->data == '{' ? JV_OBJECT : JV_ARRAY};

	if (*row->data == '{' || *row->data == '[')
	{
		value.data = row->data;
		value.len = row->len;
		return value;
	}
	(void) parse_any(&parser, NULL, &value);
	decode(&value);
	return value;
}

/* A value of a container that json_row_fields() found, and so found valid. */
static inline bool
pass_valid(Parser *parser, JsonValue *value)
{
	JsonPass	pass = {0};
	const char *stop;

	if (parser->at >= parser->end)
		return false;
	if (*parser->at == '{' || *parser->at == '[')
	{
		*value = (JsonValue)
		{
			.kind = *parser->at == '{' ? JV_OBJECT : JV_ARRAY, .plain = true, .data = parser->at
		};
		value->len = json_skip_container(&pass, parser->at, (size_t) (parser->end - parser->at));
		parser->at += value->len;
		return true;
	}
	stop = usual_value(parser->at, value);
	if (unlikely(stop == NULL || stop > parser->end))
		return parse_any(parser, NULL, value);
	parser->at = stop;
	return true;
}

/*
 * To the next element or member of a container that json_row_fields() found,
 * of which *position bytes are read.  Returns false after the last one.
 */
static inline bool
next_inside(const JsonValue *container, size_t *position, JsonValue *name,
			JsonValue *value)
{
	Parser		parser = {.at = container->data + *position, .end = container->data + container->len};

	/* Past the opening bracket, or past the comma after the last value. */
	parser.at++;
	skip_space(&parser);
	if (parser.at >= parser.end || *parser.at == ']' || *parser.at == '}')
		return false;
	if (name != NULL)
	{
		if (!parse_member_name(&parser, name))
			return false;
		decode(name);
		skip_space(&parser);
	}
	if (!pass_valid(&parser, value))
		return false;
	skip_space(&parser);
	*position = (size_t) (parser.at - container->data);
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
