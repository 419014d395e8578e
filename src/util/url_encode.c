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
