/*-------------------------------------------------------------------------
 *
 * json_document.c
 *		  Small documents, such as tokens and errors: the part of jansson.
 *
 * jansson.h and PostgreSQL both declare json_object(), and a call of it from
 * here would reach the server's.  So its prototype is hidden, it is never
 * called, and no other file includes jansson.h.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/json/json_document.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "json/json_private.h"

#define json_object jansson_json_object
#include <jansson.h>
#undef json_object

/* Older ones are not linked -Bsymbolic: their own calls would go astray. */
#if JANSSON_VERSION_HEX < 0x020c00
#error "pinterest_fdw needs jansson 2.12 or later"
#endif

/* A number takes fewer, as jansson writes it. */
#define MAX_NUMBER_BYTES 64

/* Reads a whole document with jansson; NULL where it is no JSON object. */
static json_t *
load_object(const char *data, size_t len)
{
	size_t		bom = len >= JSON_BOM_BYTES && memcmp(data, JSON_BOM, JSON_BOM_BYTES) == 0 ?
		JSON_BOM_BYTES : 0;
	json_t	   *document = json_loadb(data + bom, len - bom, 0, NULL);

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
 * A member of an object that is a number or a string, as a value whose text is
 * palloc'd; any other is missing, as are those of what is no JSON object.
 */
JsonValue
json_document_scalar(const char *data, size_t len, const char *member)
{
	size_t		room = Max(len, MAX_NUMBER_BYTES);
	char	   *text = palloc(room);
	json_t	   *document = load_object(data, len);
	json_t	   *found = json_object_get(document, member);
	JsonValue	value = {.kind = JV_MISSING, .data = text};

	if (json_is_number(found))
	{
		value.kind = json_is_integer(found) ? JV_INTEGER : JV_REAL;
		value.len = Min(json_dumpb(found, text, room, JSON_ENCODE_ANY), room);
	}
	else if (json_is_string(found))
	{
		value.kind = JV_STRING;
		value.len = Min(json_string_length(found), room);
		memcpy(text, json_string_value(found), value.len);
	}
	json_decref(document);
	return value;
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
