/*-------------------------------------------------------------------------
 *
 * json_text.c
 *		  Strings with escapes, decoded.
 *
 * Only what the scanner has found valid comes here, so nothing can be wrong
 * with an escape, and a surrogate is followed by its other half.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/json/json_text.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "json/json_private.h"

/* A hexadecimal digit's value. */
static inline uint32
hex_value(char c)
{
	return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* What \uXXXX stands for: a character, or half of a surrogate pair. */
static inline uint32
code_unit(const char *at)
{
	return hex_value(at[0]) << 12 | hex_value(at[1]) << 8 |
		hex_value(at[2]) << 4 | hex_value(at[3]);
}

/* Writes a character as UTF-8; returns the end of it. */
static char *
put_character(uint32 character, char *into)
{
	int			more = character < 0x80 ? 0 : character < 0x800 ? 1 : character < 0x10000 ? 2 : 3;
	static const uint8 first_bits[] = {0x00, 0xC0, 0xE0, 0xF0};

	*into++ = (char) (first_bits[more] | character >> 6 * more);
	while (more-- > 0)
		*into++ = (char) (0x80 | (character >> 6 * more & 0x3F));
	return into;
}

/*
 * Decodes \uXXXX, of which *at is the first digit and moves past the last, and
 * the other half of a surrogate pair.  Returns the end of what was written.
 */
static char *
decode_unicode(const char **at, char *into)
{
	uint32		character = code_unit(*at);

	*at += 4;
	if (character >= 0xD800 && character <= 0xDBFF)
	{
		character = 0x10000 + ((character - 0xD800) << 10) + (code_unit(*at + 2) - 0xDC00);
		*at += 6;
	}
	return put_character(character, into);
}

/* What a backslash and a letter other than u stand for. */
static char
escaped_byte(char letter)
{
	switch (letter)
	{
		case 'b':
			return '\b';
		case 'f':
			return '\f';
		case 'n':
			return '\n';
		case 'r':
			return '\r';
		case 't':
			return '\t';
		default:
			return letter;
	}
}

/*
 * Decodes the text between the quotes of a valid string into a buffer of at
 * least len bytes; returns how many it has become.  Bytes that are not UTF-8
 * stay what they are.  Neither raises errors nor pallocs.
 */
size_t
json_decode_text(const char *text, size_t len, char *into)
{
	const char *end = text + len;
	char	   *start = into;

	for (;;)
	{
		const char *escape = memchr(text, '\\', (size_t) (end - text));
		size_t		plain = (size_t) ((escape ? escape : end) - text);

		memcpy(into, text, plain);
		into += plain;
		if (escape == NULL)
			return (size_t) (into - start);
		text = escape + 2;
		if (escape[1] == 'u')
			into = decode_unicode(&text, into);
		else
			*into++ = escaped_byte(escape[1]);
	}
}
