/*-------------------------------------------------------------------------
 *
 * secret.h
 *		  What may be sent as a token, and what must not be shown of it.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/util/secret.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_SECRET_H
#define PINTEREST_SECRET_H

/* What must not show in a text: asterisks take its place. */
typedef struct Secrets
{
	const char *const *words;	/* up to a NULL; NULL: none are known */
	bool		any_long_word;	/* also all words, but plain ones, that are as
								 * long as a secret is: what is sent back may
								 * be encoded, or cut */
} Secrets;

/* Tokens have about 100 characters; a file of this size is no token. */
#define MAX_TOKEN_BYTES 8192

extern bool secret_is_token(const char *text);
extern void secret_blot_out(char *text, size_t len, const char *secret);
extern char *presentable_text(const char *outside, size_t len, size_t most,
							  const Secrets *secrets);

#endif							/* PINTEREST_SECRET_H */
