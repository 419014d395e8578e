/*-------------------------------------------------------------------------
 *
 * secret.c
 *		  Secrets in texts that people see.
 *
 * What comes from outside may repeat a token, so that it is blotted out before
 * a message, a log or a plan shows it.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/util/secret.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "util/secret.h"
#include "util/strings.h"

/* A word that is shorter is no token, whatever it is written in. */
#define LONG_WORD 16

/*
 * Whether a text can be sent as a token: visible ASCII characters alone, as
 * an HTTP header takes no others.
 */
bool
secret_is_token(const char *text)
{
	const char *c = text;

	while (*c > ' ' && *c <= '~')
		c++;
	return c > text && *c == '\0' && c - text <= MAX_TOKEN_BYTES;
}

/*
 * Overwrites a secret wherever it stands in len bytes of text, so that a
 * message cannot show it even if the other side sends it back.  secret may be
 * NULL.
 */
void
secret_blot_out(char *text, size_t len, const char *secret)
{
	size_t		secret_len = secret ? strlen(secret) : 0;

	if (secret_len == 0)
		return;
	for (size_t at = 0; at + secret_len <= len;)
	{
		if (memcmp(text + at, secret, secret_len) == 0)
		{
			memset(text + at, '*', secret_len);
			at += secret_len;
		}
		else
			at++;
	}
}

/*
 * Overwrites the words of a text that may be secrets, in whatever way they are
 * written: all long ones but those of lower case letters and underscores.
 */
static void
blot_out_long_words(char *text, size_t len)
{
	static const char word_characters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/=_%.~\\-";
	size_t		word = 0;
	bool		is_plain = true;

	for (size_t i = 0; i <= len; i++)
	{
		if (i < len && text[i] != '\0' && strchr(word_characters, text[i]) != NULL)
		{
			is_plain &= (text[i] >= 'a' && text[i] <= 'z') || text[i] == '_';
			continue;
		}
		if (!is_plain && i - word >= LONG_WORD)
			memset(text + word, '*', i - word);
		word = i + 1;
		is_plain = true;
	}
}

/*
 * Text from outside, fit to be shown: without the secrets (NULL: there are
 * none), cut to most bytes, on one line, in the server's encoding as far as it
 * goes.  Palloc'd.  outside may be NULL where len is 0.
 */
char *
presentable_text(const char *outside, size_t len, size_t most,
				 const Secrets *secrets)
{
	bool		keep_utf8 = GetDatabaseEncoding() == PG_UTF8;
	char	   *text = palloc(len + 1);
	char	   *result;

	if (len > 0)
		memcpy(text, outside, len);
	foreach_string(word, secrets ? secrets->words : NULL)
	{
		secret_blot_out(text, len, *word);
	}
	if (secrets && secrets->any_long_word)
		blot_out_long_words(text, len);
	if (len > most)
		len = pg_encoding_mbcliplen(PG_UTF8, text, (int) Min(len, 2 * most), (int) most);
	keep_utf8 = keep_utf8 && pg_verify_mbstr(PG_UTF8, text, (int) len, true);
	result = palloc(len + 1);
	for (size_t i = 0; i < len; i++)
	{
		unsigned char c = (unsigned char) text[i];

		result[i] = c < 0x20 || c == 0x7f ? ' ' : c >= 0x80 && !keep_utf8 ? '?' : (char) c;
	}
	result[len] = '\0';
	return result;
}
