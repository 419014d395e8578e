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

/* 0 stands for SQL's null. */
void
add_integer(ResultRow *row, int value)
{
	add_datum(row, Int32GetDatum(value), value == 0);
}

void
add_boolean(ResultRow *row, bool value)
{
	add_datum(row, BoolGetDatum(value), false);
}

void
finish_row(ResultRow *row)
{
	tuplestore_putvalues(row->result->setResult, row->result->setDesc,
						 row->values, row->nulls);
	row->count = 0;
}
