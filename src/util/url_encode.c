/*-------------------------------------------------------------------------
 *
 * url_encode.c
 *		  Percent-encoding.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/util/url_encode.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "util/url_encode.h"

/*
 * Appends a text as a part of a URL: all but the unreserved characters of
 * RFC 3986 becomes %XX.
 */
void
append_url_encoded(StringInfo out, const char *text)
{
	static const char hex[] = "0123456789ABCDEF";

	for (; *text; text++)
	{
		unsigned char c = (unsigned char) *text;

		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
			(c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_' || c == '~')
			appendStringInfoChar(out, (char) c);
		else
		{
			appendStringInfoChar(out, '%');
			appendStringInfoChar(out, hex[c >> 4]);
			appendStringInfoChar(out, hex[c & 15]);
		}
	}
}

/* A text as a part of a URL, palloc'd. */
char *
url_encoded(const char *text)
{
	StringInfoData out;

	initStringInfo(&out);
	append_url_encoded(&out, text);
	return out.data;
}

/* The value of a hexadecimal digit; -1: it is none. */
static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Undoes one layer of percent-encoding in place; false where there was none. */
static bool
decode_layer(char *text)
{
	char	   *out = text;
	bool		decoded = false;

	while (*text)
	{
		int			high = *text == '%' ? hex_value(text[1]) : -1;
		int			low = high >= 0 ? hex_value(text[2]) : -1;

		if (low > 0 || (low == 0 && high > 0))
		{
			*out++ = (char) (high * 16 + low);
			text += 3;
			decoded = true;
		}
		else
			*out++ = *text++;
	}
	*out = '\0';
	return decoded;
}

/*
 * Whether a text, once encoded, stays the one segment of a path that it is meant
 * to be: not where servers on the way would take it for another directory, even
 * those that decode what was encoded before.
 */
bool
is_path_segment(const char *text)
{
	char	   *plain = pstrdup(text);
	bool		stays;

	while (decode_layer(plain))
		;
	stays = *plain != '\0' && strcmp(plain, ".") != 0 && strcmp(plain, "..") != 0 &&
		strpbrk(plain, "/\\") == NULL;
	pfree(plain);
	return stays;
}
