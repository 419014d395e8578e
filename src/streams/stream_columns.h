/*-------------------------------------------------------------------------
 *
 * stream_columns.h
 *		  The columns of a stream by name, by field and in order.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/streams/stream_columns.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_STREAM_COLUMNS_H
#define PINTEREST_STREAM_COLUMNS_H

#include "streams/stream.h"

extern const Column *const *stream_columns(const Stream *stream);
extern const Column *find_column(const Stream *stream, const char *name);
extern const Column *find_field(const Stream *stream, const char *field);
extern int	column_number(const Stream *stream, const Column *column);
extern bool is_report_metric(const Stream *stream, const Column *column);

/* Loops over a stream's columns; the variable is a const Column *const *. */
#define foreach_stream_column(column, stream) \
	for (const Column *const *column = stream_columns(stream); *column; column++)

#endif							/* PINTEREST_STREAM_COLUMNS_H */
