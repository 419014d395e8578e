/*-------------------------------------------------------------------------
 *
 * wanted.c
 *		  The columns that a query reads, in the words of each source.
 *
 * They are found out once for a table of a query and serve all of its paths:
 * a query may well read some 600 columns of a stream with three sources.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/wanted.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/bitmapset.h"

#include "plan/wanted.h"
#include "streams/stream_columns.h"
#include "streams/stream_lookup.h"

/* Whether a column is the object that holds all metrics. */
static bool
holds_metrics(const Source *source, const Column *column)
{
	const char *prefix;
	size_t		len;

	if (source->metrics_param == NULL || column->field == NULL ||
		column->origin != FROM_ITEM)
		return false;
	prefix = source->metrics_param->prefix;
	len = strlen(column->field);
	return strncmp(prefix, column->field, len) == 0 && strcmp(prefix + len, ".") == 0;
}

/*
 * Adds the source's word for a column to the metrics, unless it is none, or the
 * column is among those seen before.
 */
static void
add_metric(List **metrics, Bitmapset **seen, int number, const Column *own)
{
	if (own == NULL || own->origin != FROM_METRIC)
		return;
	if (number >= 0)
	{
		if (bms_is_member(number, *seen))
			return;
		*seen = bms_add_member(*seen, number);
	}
	*metrics = lappend(*metrics, unconstify(Column *, own));
}

/*
 * The metrics are those among the columns, or all that need no report where
 * the object that holds them is wanted.
 */
static void
translate_columns(const Stream *stream, const Source *source, const List *columns,
				  SourceColumns *translated)
{
	Bitmapset  *seen = NULL;
	bool		all = false;
	ListCell   *cell;

	foreach(cell, columns)
	{
		const Column *column = lfirst(cell);
		const Column *own = source_column(stream, source, column);

		if (translated->lacking == NULL && column->origin == FROM_METRIC &&
			!source_has_metric(stream, source, column))
			translated->lacking = column;
		if (own == NULL)
			continue;
		translated->columns = lappend(translated->columns, unconstify(Column *, own));
		add_metric(&translated->metrics, &seen, column_number(stream, column), own);
		all = all || holds_metrics(source, own);
	}
	if (!all)
		return;
	foreach_stream_column(column, stream)
	{
		if (!is_report_metric(stream, *column))
			add_metric(&translated->metrics, &seen, column_number(stream, *column),
					   source_column(stream, source, *column));
	}
}

/*
 * The columns that some attribute numbers (int) stand for, palloc'd.  Raises
 * an error for one of unknown meaning.
 */
WantedColumns *
want_columns(const Table *table, const List *attnums)
{
	WantedColumns *wanted = palloc0(sizeof(WantedColumns));
	const Stream *stream = table->options->stream;
	int			count = stream_source_count(stream);
	List	   *columns = NIL;
	ListCell   *cell;

	foreach(cell, attnums)
	{
		const Column *column = wanted_column(table, lfirst_int(cell));

		if (column != NULL)
			columns = lappend(columns, unconstify(Column *, column));
	}
	wanted->sources = palloc0(count * sizeof(SourceColumns));
	for (int i = 0; i < count; i++)
	{
		Source		source = stream_source(stream, i);

		translate_columns(stream, &source, columns, &wanted->sources[i]);
	}
	return wanted;
}
