/*-------------------------------------------------------------------------
 *
 * stubs.c
 *		  What the JSON reader needs of a server, for programs without one.
 *
 * Memory comes from malloc() and is freed all at once by stubs_reset().  The
 * reader raises no errors in what these programs do with it, so one that it
 * raises after all ends the program.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * test/fuzz/stubs.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "auth/credentials.h"
#include "stubs.h"

/* Allocated memory, the last one first. */
typedef struct Chunk
{
	struct Chunk *next;
	max_align_t data[FLEXIBLE_ARRAY_MEMBER];
} Chunk;

static Chunk *chunks = NULL;

void *
palloc(Size size)
{
	Chunk	   *chunk = malloc(offsetof(Chunk, data) + size);

	if (chunk == NULL)
		abort();
	chunk->next = chunks;
	chunks = chunk;
	return chunk->data;
}

void *
palloc0(Size size)
{
	return memset(palloc(size), 0, size);
}

/* A new place, since the old one is on the list. */
void *
repalloc(void *pointer, Size size)
{
	Chunk	   *old = (Chunk *) ((char *) pointer - offsetof(Chunk, data));
	Chunk	  **link = &chunks;
	Chunk	   *chunk;

	while (*link != old)
		link = &(*link)->next;
	chunk = realloc(old, offsetof(Chunk, data) + size);
	if (chunk == NULL)
		abort();
	*link = chunk;
	return chunk->data;
}

/* Nothing is freed before stubs_reset(). */
void
pfree(void *pointer)
{
}

char *
pnstrdup(const char *in, Size len)
{
	char	   *copy = palloc(len + 1);

	memcpy(copy, in, len);
	copy[len] = '\0';
	return copy;
}

char *
pstrdup(const char *in)
{
	return pnstrdup(in, strlen(in));
}

/* Frees all that was allocated. */
void
stubs_reset(void)
{
	while (chunks != NULL)
	{
		Chunk	   *next = chunks->next;

		free(chunks);
		chunks = next;
	}
}

bool
errstart(int elevel, const char *domain)
{
	return true;
}

bool
errstart_cold(int elevel, const char *domain)
{
	return true;
}

int
errcode(int sqlerrcode)
{
	return 0;
}

int
errmsg(const char *fmt,...)
{
	return 0;
}

int
errdetail(const char *fmt,...)
{
	return 0;
}

void
errfinish(const char *filename, int lineno, const char *funcname)
{
	abort();
}

/* What Assert() calls; up to PostgreSQL 15 it is told the kind of error, too. */
void
#if PG_VERSION_NUM >= 160000
ExceptionalCondition(const char *condition, const char *file, int line)
#else
ExceptionalCondition(const char *condition, const char *error_type,
					 const char *file, int line)
#endif
{
	abort();
}

void
secret_blot_out(char *text, size_t len, const char *secret)
{
}

#undef strlcpy
size_t
strlcpy(char *into, const char *from, size_t size)
{
	size_t		len = strlen(from);

	if (size > 0)
	{
		size_t		copied = Min(len, size - 1);

		memcpy(into, from, copied);
		into[copied] = '\0';
	}
	return len;
}
