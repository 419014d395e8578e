/*-------------------------------------------------------------------------
 *
 * value.c
 *		  Values of the API as Datums, Datums as values of parameters.
 *
 * A column that is declared with the type it would be imported with is read
 * without a detour.  Any other declared type goes through its own input
 * function, which sees the string, or the JSON text of anything else; times
 * are given to it as ISO text.  The API is lenient with types (ids come as
 * numbers, counts as 1000.0), so the readers are too, but nothing is ever
 * rounded or cut.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/value/value.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <float.h>
#include <limits.h>
#include <math.h>

#include "catalog/pg_type.h"
#include "common/int.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "streams/stream.h"
#include "util/iso_time.h"
#include "util/secret.h"
#include "util/strings.h"
#include "value/value.h"
#include "value/value_private.h"

/* The longest part of a value that a message shows. */
#define EXCERPT_BYTES 64

/* Seconds from 1970 to 2000, where PostgreSQL's time begins. */
#define EPOCH_DIFFERENCE \
	((int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY)

static _Noreturn void
cannot_read(const ValueReader *reader, const JsonValue *value, const char *hint)
{
	char	   *excerpt = memcpy(palloc(value->len + 1), value->data, value->len);
	int			len = (int) Min(value->len, EXCERPT_BYTES);

	foreach_string(secret, reader->secrets)
	{
		secret_blot_out(excerpt, value->len, *secret);
	}
	len = pg_encoding_mbcliplen(PG_UTF8, excerpt, (int) Min(value->len, INT_MAX), len);
	excerpt[len] = '\0';
	if (GetDatabaseEncoding() != PG_UTF8 || !pg_verify_mbstr(PG_UTF8, excerpt, len, true))
		for (char *c = excerpt; *c; c++)
			if (IS_HIGHBIT_SET(*c))
				*c = '?';
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
			 errmsg("cannot convert value \"%s\" of the API to type %s",
					excerpt, format_type_be(reader->typid)),
			 hint ? errhint("%s", hint) : 0));
}

static void
refuse_nul(const JsonValue *value)
{
	if (memchr(value->data, '\0', value->len) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNTRANSLATABLE_CHARACTER),
				 errmsg("the text contains the character \\u0000, which PostgreSQL cannot store")));
}

/* Whether a value's bytes are text in the server's encoding as they are. */
static bool
is_server_text(const JsonValue *value)
{
	return GetDatabaseEncoding() == PG_UTF8 &&
		(value->plain || pg_verify_mbstr(PG_UTF8, value->data, (int) value->len, true));
}

/* The text of a value in the server's encoding, palloc'd. */
static char *
server_text(const JsonValue *value)
{
	char	   *converted;

	if (value->plain && GetDatabaseEncoding() == PG_UTF8)
		return pnstrdup(value->data, value->len);
	refuse_nul(value);
	converted = pg_any_to_server(value->data, (int) value->len, PG_UTF8);
	if (converted == value->data)
		return pnstrdup(value->data, value->len);
	return converted;
}

/*
 * A copy of a number's text with an end, for the C library; NULL where the
 * value is no number and no string that may be one.
 */
static const char *
number_text(const JsonValue *value, char *buffer, size_t size)
{
	if (value->kind != JV_INTEGER && value->kind != JV_REAL &&
		value->kind != JV_STRING)
		return NULL;
	if (value->len == 0 || value->len >= size ||
		memchr(value->data, '\0', value->len) != NULL)
		return NULL;
	memcpy(buffer, value->data, value->len);
	buffer[value->len] = '\0';
	if (buffer[0] != '-' && !isdigit((unsigned char) buffer[0]))
		return NULL;
	return buffer;
}

/* ---------- numbers in place ---------- */

/* Powers of ten that a double holds exactly. */
static const double exact_powers[] = {
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22
};

/* Integers up to this one are doubles. */
#define MAX_EXACT_INTEGER (INT64CONST(1) << DBL_MANT_DIG)

/* Characters without sign that are no more digits than fit 64 bits, and a point. */
#define MAX_DECIMAL_BYTES 20

/*
 * A decimal whose digits and power of ten are both exact as doubles: their
 * quotient is the nearest double to the decimal then.  False for all others,
 * and where the machine computes with more than double precision.
 */
static bool
plain_decimal(const JsonValue *value, double *result)
{
	const char *at = value->data;
	const char *end = at + value->len;
	const char *point;
	bool		negative;
	uint64		number = 0;

	if (FLT_EVAL_METHOD != 0 || value->kind != JV_REAL)
		return false;
	negative = *at == '-';
	at += negative;
	if (end - at > MAX_DECIMAL_BYTES)
		return false;
	point = value_read_digits(at, end, &number);
	if (*point != '.' || value_read_digits(point + 1, end, &number) != end ||
		number > (uint64) MAX_EXACT_INTEGER)
		return false;			/* it has an exponent, or too many digits */
	*result = (double) number / exact_powers[end - point - 1];
	if (negative)
		*result = -*result;
	return true;
}

/* ---------- numbers ---------- */

/* A decimal, of which the C library also reads other forms. */
static bool
parse_real(const char *text, double *result)
{
	char	   *end;

	if (text[strspn(text, "0123456789+-.eE")] != '\0')
		return false;
	*result = strtod(text, &end);
	return *end == '\0';
}

/*
 * Reads 12, "12", 12.0 and 1.2e1; sets *exact to false for 12.5, and for what a
 * double might have rounded.
 */
static bool
parse_bigint(const char *text, int64 *result, bool *exact)
{
	char	   *end;
	double		real;

	*exact = true;
	errno = 0;
	*result = strtoll(text, &end, 10);
	if (*end == '.')
		end += strspn(end + 1, "0") + 1;
	if (*end == '\0')
		return errno == 0;
	if (!parse_real(text, &real))
		return false;
	*exact = rint(real) == real && fabs(real) <= (double) MAX_EXACT_INTEGER;
	if (!*exact)
		return false;
	*result = (int64) real;
	return true;
}

/*
 * A whole number, be it written as 12, "12" or 12.0.  False for all else, and
 * *number stays.
 */
bool
value_whole_number(const JsonValue *value, int64 *number)
{
	char		buffer[64];
	const char *text;
	int64		result;
	bool		exact;

	if (value_plain_integer(value, number))
		return true;
	text = number_text(value, buffer, sizeof(buffer));
	if (text == NULL || !parse_bigint(text, &result, &exact))
		return false;
	*number = result;
	return true;
}

/* ---------- readers of the imported types ---------- */

/* A text with a header of the usual size, palloc'd. */
static Datum
make_own_text(const ValueReader *reader, const JsonValue *value)
{
	const char *text;

	if (value->plain && reader->is_utf8)
		return PointerGetDatum(cstring_to_text_with_len(value->data, (int) value->len));
	refuse_nul(value);
	text = pg_any_to_server(value->data, (int) value->len, PG_UTF8);
	if (text == value->data)
		return PointerGetDatum(cstring_to_text_with_len(text, (int) value->len));
	return CStringGetTextDatum(text);
}

/* A text, which is copied to the reader's texts where it is short. */
static Datum
read_text(const ValueReader *reader, const JsonValue *value)
{
	ValueTexts *texts = reader->texts;
	size_t		bytes = value->len + VARHDRSZ_SHORT;
	char	   *text;

	if (texts == NULL || !value->plain || !reader->is_utf8 || bytes > VARATT_SHORT_MAX ||
		(size_t) (texts->end - texts->next) < bytes)
		return make_own_text(reader, value);
	text = texts->next;
	texts->next += bytes;
	SET_VARSIZE_SHORT(text, bytes);
	memcpy(text + VARHDRSZ_SHORT, value->data, value->len);
	return PointerGetDatum(text);
}

static Datum
read_bigint(const ValueReader *reader, const JsonValue *value)
{
	char		buffer[64];
	const char *text;
	int64		result;
	bool		exact = true;

	if (value_plain_integer(value, &result))
		return Int64GetDatum(result);
	text = number_text(value, buffer, sizeof(buffer));
	if (text == NULL || !parse_bigint(text, &result, &exact))
		cannot_read(reader, value,
					!exact ? "Declare the column as double precision or numeric." :
					value->kind == JV_INTEGER ? "Declare the column as numeric." : NULL);
	return Int64GetDatum(result);
}

static Datum
read_double(const ValueReader *reader, const JsonValue *value)
{
	char		buffer[128];
	const char *text;
	double		result = 0;
	int64		integer;

	if (plain_decimal(value, &result))
		return Float8GetDatum(result);
	if (value_plain_integer(value, &integer) &&
		integer <= MAX_EXACT_INTEGER && integer >= -MAX_EXACT_INTEGER &&
		(integer != 0 || *value->data != '-'))
		return Float8GetDatum((double) integer);
	text = number_text(value, buffer, sizeof(buffer));
	if (text == NULL || !parse_real(text, &result) || isinf(result))
		cannot_read(reader, value, isinf(result) ? "Declare the column as numeric." : NULL);
	return Float8GetDatum(result);
}

static Datum
read_boolean(const ValueReader *reader, const JsonValue *value)
{
	bool		result = value->kind == JV_TRUE;

	if (value->kind != JV_TRUE && value->kind != JV_FALSE &&
		(value->kind == JV_ARRAY || value->kind == JV_OBJECT ||
		 !parse_bool_with_len(value->data, value->len, &result)))
		cannot_read(reader, value, NULL);
	return BoolGetDatum(result);
}

/* A time that is told as seconds, or milliseconds, since 1970. */
static TimestampTz
epoch_time(const ValueReader *reader, const JsonValue *value, int64 epoch)
{
	int64		unit = epoch >= FIRST_MILLISECONDS ? 1000 : USECS_PER_SEC;
	TimestampTz result;

	epoch -= EPOCH_DIFFERENCE * (USECS_PER_SEC / unit);
	if (pg_mul_s64_overflow(epoch, unit, &result) || !IS_VALID_TIMESTAMP(result))
		cannot_read(reader, value, NULL);
	return result;
}

/* Epoch seconds (or milliseconds) or ISO text. */
static TimestampTz
parse_time(const ValueReader *reader, const JsonValue *value)
{
	char		buffer[64];
	const char *text;
	TimestampTz result;
	int64		epoch;
	double		seconds;
	bool		exact;

	if (value_plain_integer(value, &epoch))
		return epoch_time(reader, value, epoch);
	text = number_text(value, buffer, sizeof(buffer));
	if (text == NULL)
		cannot_read(reader, value, NULL);
	if (value->kind == JV_STRING && parse_iso_time(text, &result))
		return result;
	if (parse_bigint(text, &epoch, &exact))
		return epoch_time(reader, value, epoch);
	if (!parse_real(text, &seconds) || !(fabs(seconds) < (double) FIRST_MILLISECONDS))
		cannot_read(reader, value, NULL);
	return (TimestampTz) rint((seconds - EPOCH_DIFFERENCE) * USECS_PER_SEC);
}

static Datum
read_time(const ValueReader *reader, const JsonValue *value)
{
	return TimestampTzGetDatum(parse_time(reader, value));
}

static Datum
read_date(const ValueReader *reader, const JsonValue *value)
{
	char		buffer[64];
	const char *text = number_text(value, buffer, sizeof(buffer));
	const char *rest;
	DateADT		date;

	if (reader->type == TYPE_TIME)
	{
		TimestampTz time = parse_time(reader, value);

		return DateADTGetDatum((DateADT) ((time - (time < 0 ? USECS_PER_DAY - 1 : 0)) / USECS_PER_DAY));
	}
	if (value->kind != JV_STRING || text == NULL || !parse_date(text, &rest, &date))
		cannot_read(reader, value, NULL);
	return DateADTGetDatum(date);
}

/* A time as bigint is its epoch in seconds, however the API writes it. */
static Datum
read_epoch(const ValueReader *reader, const JsonValue *value)
{
	TimestampTz time = parse_time(reader, value);
	int64		seconds = time / USECS_PER_SEC;

	if (time % USECS_PER_SEC < 0)
		seconds--;
	return Int64GetDatum(seconds + EPOCH_DIFFERENCE);
}

static Datum
read_text_array(const ValueReader *reader, const JsonValue *value)
{
	Datum	   *elements = NULL;
	bool	   *nulls = NULL;
	JsonValue	element;
	size_t		position = 0;
	int			count = 0;
	int			lower = 1;

	if (value->kind != JV_ARRAY)
		cannot_read(reader, value, NULL);
	if (value->len == strlen("[]"))
		return PointerGetDatum(construct_empty_array(TEXTOID));
	while (json_array_next(value, &position, &element))
	{
		/* room is doubled whenever it is a full power of two */
		if (count == 0)
		{
			elements = palloc(sizeof(Datum));
			nulls = palloc(sizeof(bool));
		}
		else if ((count & (count - 1)) == 0)
		{
			elements = repalloc(elements, 2 * count * sizeof(Datum));
			nulls = repalloc(nulls, 2 * count * sizeof(bool));
		}
		nulls[count] = element.kind == JV_NULL;
		elements[count] = nulls[count] ? (Datum) 0 : make_own_text(reader, &element);
		count++;
	}
	if (count == 0)
		return PointerGetDatum(construct_empty_array(TEXTOID));
	return PointerGetDatum(construct_md_array(elements, nulls, 1, &count, &lower,
											  TEXTOID, -1, false, TYPALIGN_INT));
}

static Datum
read_jsonb(const ValueReader *reader, const JsonValue *value)
{
	Jsonb	   *jsonb = NULL;
	char	   *text;

	if (is_server_text(value))
		jsonb = value_as_jsonb(value);
	if (jsonb != NULL)
		return JsonbPGetDatum(jsonb);
	text = server_text(value);
	if (value->kind == JV_STRING)
	{
		StringInfoData literal;

		initStringInfo(&literal);
		escape_json(&literal, text);
		text = literal.data;
	}
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(text));
}

/* ---------- any other declared type ---------- */

/* A JSON array as the text of a PostgreSQL array. */
static char *
array_literal(const JsonValue *value)
{
	StringInfoData literal;
	JsonValue	element;
	size_t		position = 0;

	initStringInfo(&literal);
	appendStringInfoChar(&literal, '{');
	while (json_array_next(value, &position, &element))
	{
		if (literal.len > 1)
			appendStringInfoChar(&literal, ',');
		if (element.kind == JV_NULL)
		{
			appendStringInfoString(&literal, "NULL");
			continue;
		}
		appendStringInfoChar(&literal, '"');
		for (char *c = server_text(&element); *c; c++)
		{
			if (*c == '"' || *c == '\\')
				appendStringInfoChar(&literal, '\\');
			appendStringInfoChar(&literal, *c);
		}
		appendStringInfoChar(&literal, '"');
	}
	appendStringInfoChar(&literal, '}');
	return literal.data;
}

/* A time as text that every type with a date in it understands. */
static char *
time_literal(TimestampTz time)
{
	struct pg_tm tm;
	fsec_t		fsec;
	char	   *literal = palloc(MAXDATELEN + 1);

	if (timestamp2tm(time, NULL, &tm, &fsec, NULL, NULL) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	tm.tm_isdst = 0;			/* below zero the zone would be left out */
	EncodeDateTime(&tm, fsec, true, 0, NULL, USE_XSD_DATES, literal);
	return literal;
}

static Datum
read_by_input(const ValueReader *reader, const JsonValue *value)
{
	char		category;
	bool		preferred;
	char	   *text;

	get_type_category_preferred(reader->typid, &category, &preferred);
	if (reader->type == TYPE_TIME && category == TYPCATEGORY_DATETIME)
		text = time_literal(parse_time(reader, value));
	else if (value->kind == JV_ARRAY && category == TYPCATEGORY_ARRAY)
		text = array_literal(value);
	else
		text = server_text(value);

	/* The message of an input function shows what it was given. */
	foreach_string(secret, reader->secrets)
	{
		if (strstr(text, *secret) != NULL)
			cannot_read(reader, value, NULL);
	}
	return InputFunctionCall(unconstify(FmgrInfo *, &reader->input), text,
							 reader->ioparam, reader->typmod);
}

/* Like read_bigint(); the input function says what else cannot be read. */
static Datum
read_integer(const ValueReader *reader, const JsonValue *value)
{
	char		buffer[64];
	const char *text = number_text(value, buffer, sizeof(buffer));
	int64		result;
	bool		exact;

	if (text == NULL || !parse_bigint(text, &result, &exact))
		return read_by_input(reader, value);
	if (reader->typid == INT4OID && result >= PG_INT32_MIN && result <= PG_INT32_MAX)
		return Int32GetDatum((int32) result);
	if (reader->typid == INT2OID && result >= PG_INT16_MIN && result <= PG_INT16_MAX)
		return Int16GetDatum((int16) result);
	return read_by_input(reader, value);
}

/* Numbers of any size; the input function sees those beyond 64 bits. */
static Datum
read_numeric(const ValueReader *reader, const JsonValue *value)
{
	int64		number;

	if (value_plain_integer(value, &number))
		return NumericGetDatum(int64_to_numeric(number));
	return read_by_input(reader, value);
}

/* ---------- the interface ---------- */

/* Declared type, and how it is read without its input function. */
static const struct
{
	Oid			typid;
	ReadValue	read;
}			direct_readers[] =

{
	{TEXTOID, read_text},
	{INT8OID, read_bigint},
	{INT4OID, read_integer},
	{INT2OID, read_integer},
	{FLOAT8OID, read_double},
	{NUMERICOID, read_numeric},
	{BOOLOID, read_boolean},
	{TIMESTAMPTZOID, read_time},
	{DATEOID, read_date},
	{TEXTARRAYOID, read_text_array},
	{JSONBOID, read_jsonb},
};

/*
 * Prepares the reading of a column.  column is its catalog entry, or NULL for
 * a column that only the user knows; typid and typmod are as declared.
 * secrets, up to a NULL, which have to live as long, are kept out of messages.
 */
void
value_reader_init(ValueReader *reader, const Column *column, Oid typid,
				  int32 typmod, const char *const *secrets)
{
	Oid			input;

	memset(reader, 0, sizeof(*reader));
	reader->type = column ? column->type :
		typid == TIMESTAMPTZOID ? TYPE_TIME : TYPE_TEXT;
	reader->typid = typid;
	reader->typmod = typmod;
	reader->secrets = secrets;
	reader->is_utf8 = GetDatabaseEncoding() == PG_UTF8;
	getTypeInputInfo(typid, &input, &reader->ioparam);
	fmgr_info(input, &reader->input);
	reader->nulls_need_input = get_typtype(typid) == TYPTYPE_DOMAIN;

	reader->read = read_by_input;
	for (int i = 0; i < (int) lengthof(direct_readers); i++)
		if (direct_readers[i].typid == typid && typmod < 0)
			reader->read = direct_readers[i].read;
	if (typid == INT8OID && reader->type == TYPE_TIME)
		reader->read = read_epoch;
}

/*
 * Begins a row whose short texts, headers included, have some number of bytes; more
 * are no error.  The texts of the row before are gone.
 */
void
value_texts_reset(ValueTexts *texts, size_t bytes)
{
	size_t		size = texts->end - texts->start;

	if (size < bytes)
	{
		if (texts->start != NULL)
			pfree(texts->start);
		texts->start = texts->next = texts->end = NULL; /* should there be no
														 * memory */
		size = Max(bytes, 2 * size);
		texts->start = MemoryContextAllocHuge(texts->context, size);
		texts->end = texts->start + size;
	}
	texts->next = texts->start;
}

/* Lets a domain see NULL, which it may refuse by an error. */
void
value_read_null(const ValueReader *reader)
{
	(void) InputFunctionCall(unconstify(FmgrInfo *, &reader->input), NULL,
							 reader->ioparam, reader->typmod);
}

/* Whether values of a type can be sent as a parameter or path variable. */
bool
value_is_param_type(Oid typid)
{
	return typid == TEXTOID || typid == VARCHAROID || typid == INT8OID ||
		typid == INT4OID || typid == INT2OID || typid == BOOLOID;
}

/*
 * A value of such a type as UTF-8 text, palloc'd.
 */
char *
value_param_text(Datum value, Oid typid)
{
	char	   *string;

	switch (typid)
	{
		case INT2OID:
			return psprintf("%d", DatumGetInt16(value));
		case INT4OID:
			return psprintf("%d", DatumGetInt32(value));
		case INT8OID:
			return psprintf(INT64_FORMAT, DatumGetInt64(value));
		case BOOLOID:
			return pstrdup(DatumGetBool(value) ? "true" : "false");
		default:
			string = TextDatumGetCString(value);
			return pg_server_to_any(string, (int) strlen(string), PG_UTF8);
	}
}

/*
 * A value of the API as UTF-8 text, palloc'd: an id of one response that goes
 * into the next request.  NULL for a missing or null value, and for one that
 * is no word of visible ASCII characters: no id is.  A whole number has neither
 * fraction nor exponent then.
 */
char *
value_plain_text(const JsonValue *value)
{
	int64		number;

	if (value->kind == JV_REAL)
		return value_whole_number(value, &number) ? psprintf(INT64_FORMAT, number) : NULL;
	if (value->kind != JV_STRING && value->kind != JV_INTEGER)
		return NULL;
	if (value->len == 0)
		return NULL;
	for (size_t i = 0; i < value->len; i++)
		if (value->data[i] <= ' ' || value->data[i] > '~')
			return NULL;
	return pnstrdup(value->data, value->len);
}

/*
 * The day in which a date, timestamp or timestamptz lies; for the last, as
 * in PostgreSQL's own comparison with a date, by the session's TimeZone.
 * *begins tells whether it is the very beginning of the day, as a date is.
 */
DateADT
value_param_date(Datum value, Oid typid, bool *begins)
{
	Datum		day;
	Datum		beginning;

	if (typid == TIMESTAMPOID)
	{
		day = DirectFunctionCall1(timestamp_date, value);
		beginning = DirectFunctionCall1(date_timestamp, day);
	}
	else if (typid == TIMESTAMPTZOID)
	{
		day = DirectFunctionCall1(timestamptz_date, value);
		beginning = DirectFunctionCall1(date_timestamptz, day);
	}
	else
	{
		*begins = true;
		return DatumGetDateADT(value);
	}
	*begins = DatumGetInt64(beginning) == DatumGetInt64(value);
	return DatumGetDateADT(day);
}
