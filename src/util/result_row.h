/*-------------------------------------------------------------------------
 *
 * result_row.h
 *		  Rows of set-returning functions, filled from left to right.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/util/result_row.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_RESULT_ROW_H
#define PINTEREST_RESULT_ROW_H

#include "datatype/timestamp.h"
#include "nodes/execnodes.h"

/* Of the widest function, pinterest_fdw.get_stat(). */
#define MAX_RESULT_COLUMNS 12

/*
 * A row of a function that has called InitMaterializedSRF().  All zero but for
 * result, which is fcinfo->resultinfo, it is to be filled by a call for each
 * column; finish_row() hands it over and begins the next one.
 */
typedef struct ResultRow
{
	ReturnSetInfo *result;
	int			count;
	Datum		values[MAX_RESULT_COLUMNS];
	bool		nulls[MAX_RESULT_COLUMNS];
} ResultRow;

extern void add_datum(ResultRow *row, Datum value, bool isnull);
extern void add_null(ResultRow *row);
extern void add_text(ResultRow *row, const char *value);
extern void add_texts(ResultRow *row, const char *const *values);
extern void add_text_list(ResultRow *row, const List *values);
extern void add_name(ResultRow *row, const char *value);
extern void add_integer(ResultRow *row, int value);
extern void add_bigint(ResultRow *row, int64 value);
extern void add_double(ResultRow *row, double value);
extern void add_oid(ResultRow *row, Oid value);
extern void add_timestamptz(ResultRow *row, TimestampTz value);
extern void add_boolean(ResultRow *row, bool value);
extern void finish_row(ResultRow *row);

#endif							/* PINTEREST_RESULT_ROW_H */
