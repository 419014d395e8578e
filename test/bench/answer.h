/*-------------------------------------------------------------------------
 *
 * answer.h
 *		  Answers of the benchmark's server, by the target of the request.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * test/bench/answer.h
 *-------------------------------------------------------------------------
 */
#ifndef BENCH_ANSWER_H
#define BENCH_ANSWER_H

#include "world.h"

/*
 * A whole answer with its header lines, kept in a file without a name: the
 * kernel sends from there without copying.
 */
typedef struct Answer
{
	char	   *target;
	bool		packed;			/* its body is gzip's */
	int64_t		start;
	size_t		len;
	bool		is_analytics;
	struct Answer *next;		/* in its chain of the hash table */
} Answer;

/* The file descriptor of the file with all answers. */
extern int	answers_open(const World *world);

/* The answer for path and query; it is made when first asked for, then kept. */
extern Answer *answer_for(const char *target, bool packed);

/* Writes an answer's header lines. */
extern void write_head(Writer *out, const char *status, size_t len, bool packed);

#endif							/* BENCH_ANSWER_H */
