/*-------------------------------------------------------------------------
 *
 * writer.h
 *		  Values as JSON or CSV: members of an object, or the fields of a line.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * test/bench/writer.h
 *-------------------------------------------------------------------------
 */
#ifndef BENCH_WRITER_H
#define BENCH_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/*
 * Text that grows, malloc'd.  csv chooses the form: a line of values in the
 * order of the table's columns, or an object with a member for each.
 */
typedef struct Writer
{
	char	   *data;
	size_t		len;
	size_t		size;
	bool		csv;
	bool		begun;			/* the line or object has a value */
} Writer;

#define ID_SIZE 24

extern void write_text(Writer *out, const char *format,...)
			__attribute__((format(printf, 2, 3)));
extern void begin_value(Writer *out, const char *field);
extern void put_text(Writer *out, const char *field, const char *text);
extern void put_number(Writer *out, const char *field, int64_t number);
extern void put_id(Writer *out, const char *field, int64_t id);
extern void put_boolean(Writer *out, const char *field, bool value);
extern void put_time(Writer *out, const char *field, time_t time);
extern void put_json(Writer *out, const char *field, const char *json);
extern void put_list(Writer *out, const char *field, const char *elements);

#endif							/* BENCH_WRITER_H */
