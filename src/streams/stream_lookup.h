/*-------------------------------------------------------------------------
 *
 * stream_lookup.h
 *		  Look-ups in the description of a stream.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/streams/stream_lookup.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_STREAM_LOOKUP_H
#define PINTEREST_STREAM_LOOKUP_H

#include "nodes/pg_list.h"

#include "streams/stream.h"

/* Names further apart than this are no misspelling of each other. */
#define MAX_TYPOS 4

extern const Stream *find_stream(const char *name);
extern int	stream_source_count(const Stream *stream);
extern Source stream_source(const Stream *stream, int n);
extern int	longest_history(const Stream *stream);
extern const Filter *find_filter(const Stream *stream, const char *column);
extern const Filter *find_source_filter(const Stream *stream, const Source *source,
										const char *column);
extern const Setting *find_setting(const Stream *stream, const char *name);
extern const char *restricted_column(const Stream *stream);
extern bool is_key_column(const Stream *stream, const char *column);
extern const char *column_type_name(ColumnType type);
extern Oid	column_type_oid(ColumnType type);
extern List *joined_values(const Filter *filter, const char *value);
extern bool filter_knows(const Filter *filter, const char *value);
extern bool stream_knows_word(const Stream *stream, const char *column, const char *word);
extern bool path_has_variable(const Endpoint *endpoint, const char *variable);
extern bool is_in_a_path(const Stream *stream, const char *variable);
extern bool source_has_reports(const Source *source);
extern bool source_has_metric(const Stream *stream, const Source *source,
							  const Column *metric);
extern const Column *source_column(const Stream *stream, const Source *source,
								   const Column *column);
extern char *stream_hint(const char *name);

#endif							/* PINTEREST_STREAM_LOOKUP_H */
