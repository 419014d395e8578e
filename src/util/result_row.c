/*-------------------------------------------------------------------------
 *
 * result_row.c
 *		  Rows of set-returning functions.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/util/result_row.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "util/result_row.h"

void
add_datum(ResultRow *row, Datum value, bool isnull)
{
	Assert(row->count < MAX_RESULT_COLUMNS);
	row->values[row->count] = value;
	row->nulls[row->count++] = isnull;
}

void
add_null(ResultRow *row)
{
	add_datum(row, (Datum) 0, true);
}

/* NULL stands for SQL's null. */
void
add_text(ResultRow *row, const char *value)
{
	if (value == NULL)
		add_null(row);
	else
		add_datum(row, CStringGetTextDatum(value), false);
}

/* An array that ends with NULL; NULL stands for SQL's null. */
void
add_texts(ResultRow *row, const char *const *values)
{
	ArrayBuildState *array = NULL;

	if (values == NULL)
	{
		add_null(row);
		return;
	}
	for (; *values; values++)
		array = accumArrayResult(array, CStringGetTextDatum(*values), false,
								 TEXTOID, CurrentMemoryContext);
	add_datum(row, makeArrayResult(array, CurrentMemoryContext), false);
}

/* The strings of a list as an array; NIL stands for SQL's null. */
void
add_text_list(ResultRow *row, const List *values)
{
	const char **array = palloc0((list_length(values) + 1) * sizeof(char *));
	ListCell   *cell;
	int			count = 0;

	foreach(cell, values)
	{
		array[count++] = lfirst(cell);
	}
	add_texts(row, count > 0 ? array : NULL);
}

/* Of type name, cut as PostgreSQL cuts names; NULL stands for SQL's null. */
void
add_name(ResultRow *row, const char *value)
{
	if (value == NULL)
		add_null(row);
	else
		add_datum(row, DirectFunctionCall1(namein, CStringGetDatum(value)), false);
}

/* 0 stands for SQL's null. */
void
add_integer(ResultRow *row, int value)
{
	add_datum(row, Int32GetDatum(value), value == 0);
}

void
add_bigint(ResultRow *row, int64 value)
{
	add_datum(row, Int64GetDatum(value), false);
}

void
add_double(ResultRow *row, double value)
{
	add_datum(row, Float8GetDatum(value), false);
}

/* Of type oid or one of its aliases, such as regclass. */
void
add_oid(ResultRow *row, Oid value)
{
	add_datum(row, ObjectIdGetDatum(value), false);
}

/* 0 stands for SQL's null. */
void
add_timestamptz(ResultRow *row, TimestampTz value)
{
	add_datum(row, TimestampTzGetDatum(value), value == 0);
}

void
add_boolean(ResultRow *row, bool value)
{
	add_datum(row, BoolGetDatum(value), false);
}

/* Puts the row into the result; the next begins. */
void
finish_row(ResultRow *row)
{
	tuplestore_putvalues(row->result->setResult, row->result->setDesc,
						 row->values, row->nulls);
	row->count = 0;
}
