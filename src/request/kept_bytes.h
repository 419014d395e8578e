/*-------------------------------------------------------------------------
 *
 * kept_bytes.h
 *		  A copy of a response, made while it comes in.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/request/kept_bytes.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_KEPT_BYTES_H
#define PINTEREST_KEPT_BYTES_H

/* All zero is none; of malloc(), as libcurl's callbacks fill it. */
typedef struct KeptBytes
{
	char	   *data;
	size_t		len;
	size_t		size;			/* of what is allocated */
} KeptBytes;

static inline void
kept_bytes_free(KeptBytes *bytes)
{
	free(bytes->data);
	memset(bytes, 0, sizeof(*bytes));
}

/*
 * Adds bytes, which lets size grow to room at most; false, and none are left, where
 * that or memory does not do.
 */
static inline bool
kept_bytes_append(KeptBytes *bytes, const char *data, size_t len, size_t room)
{
	size_t		needed = bytes->len + len;

	if (needed > bytes->size)
	{
		size_t		size = Min(Max(needed, bytes->size * 2), room);
		char	   *grown = needed <= room ? realloc(bytes->data, size) : NULL;

		if (grown == NULL)
		{
			kept_bytes_free(bytes);
			return false;
		}
		bytes->data = grown;
		bytes->size = size;
	}
	memcpy(bytes->data + bytes->len, data, len);
	bytes->len = needed;
	return true;
}

/* Gives memory back that no more bytes will need. */
static inline void
kept_bytes_trim(KeptBytes *bytes)
{
	char	   *trimmed = bytes->len > 0 ? realloc(bytes->data, bytes->len) : NULL;

	if (trimmed == NULL)
		return;
	bytes->data = trimmed;
	bytes->size = bytes->len;
}

#endif							/* PINTEREST_KEPT_BYTES_H */
