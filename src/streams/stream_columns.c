/*-------------------------------------------------------------------------
 *
 * stream_columns.c
 *		  The columns of a stream by name, by field and in order.
 *
 * A stream describes its columns in up to three arrays, two of which it shares
 * with others and partly hides.  What a table of it shows is put together the
 * first time that a process asks, and then kept: streams have up to some 600
 * columns, and a query asks about each of them several times.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/streams/stream_columns.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "streams/stream_columns.h"
#include "util/strings.h"

/* A word that stands for a column: its SQL name, or its field. */
typedef struct ColumnWord
{
	const char *word;
	int			place;			/* in StreamColumns.in_order */
} ColumnWord;

/* What a stream shows. */
typedef struct StreamColumns
{
	int			count;
	const Column **in_order;	/* NULL ends it */
	ColumnWord *names;			/* sorted, as the fields are */
	ColumnWord *fields;
	const Column *columns_end;	/* of the stream's arrays */
	const Column *metrics_end;
	const Column *report_metrics_end;
} StreamColumns;

/* An entry of known_streams. */
typedef struct KnownStream
{
	const Stream *stream;		/* the key */
	StreamColumns *columns;		/* NULL: not yet put together */
} KnownStream;

static HTAB *known_streams = NULL;

/* ---------- what a stream shows ---------- */

/* A metric that the stream lacks, or that a column of its own hides. */
static bool
is_hidden(const Stream *stream, const Column *metric)
{
	foreach_string(name, stream->without_metrics)
	{
		if (strcmp(*name, metric->field) == 0)
			return true;
	}
	foreach_column(column, stream->columns)
	{
		if (strcmp(column->name, metric->name) == 0)
			return true;
	}
	return false;
}

static void
show_metrics(StreamColumns *shown, const Stream *stream, const Column *metrics)
{
	foreach_column(metric, metrics)
	{
		if (!is_hidden(stream, metric))
			shown->in_order[shown->count++] = metric;
	}
}

/* Of two columns with the same word the first in order comes first. */
static int
compare_words(const void *a, const void *b)
{
	const ColumnWord *first = a;
	const ColumnWord *second = b;
	int			order = strcmp(first->word, second->word);

	return order != 0 ? order : first->place - second->place;
}

/* Where an array ends, which may be NULL. */
static const Column *
array_end(const Column *columns)
{
	while (columns && columns->name)
		columns++;
	return columns;
}

/* One allocation, so that there is all of it or nothing. */
static StreamColumns *
put_together(const Stream *stream)
{
	const Column *columns_end = array_end(stream->columns);
	const Column *metrics_end = array_end(stream->metrics);
	const Column *report_metrics_end = array_end(stream->report_metrics);
	int			most = (int) ((columns_end - stream->columns) +
							  (metrics_end - stream->metrics) +
							  (report_metrics_end - stream->report_metrics));
	StreamColumns *shown = MemoryContextAlloc(TopMemoryContext,
											  sizeof(StreamColumns) +
											  2 * most * sizeof(ColumnWord) +
											  (most + 1) * sizeof(Column *));

	shown->count = 0;
	shown->names = (ColumnWord *) (shown + 1);
	shown->fields = shown->names + most;
	shown->in_order = (const Column **) (shown->fields + most);
	shown->columns_end = columns_end;
	shown->metrics_end = metrics_end;
	shown->report_metrics_end = report_metrics_end;
	foreach_column(column, stream->columns)
	{
		shown->in_order[shown->count++] = column;
	}
	show_metrics(shown, stream, stream->metrics);
	show_metrics(shown, stream, stream->report_metrics);
	shown->in_order[shown->count] = NULL;
	for (int i = 0; i < shown->count; i++)
	{
		const Column *column = shown->in_order[i];

		shown->names[i] = (ColumnWord)
		{
			column->name, i
		};
		shown->fields[i] = (ColumnWord)
		{
			column->field ? column->field : column->name, i
		};
	}
	qsort(shown->names, shown->count, sizeof(ColumnWord), compare_words);
	qsort(shown->fields, shown->count, sizeof(ColumnWord), compare_words);
	return shown;
}

static HTAB *
create_known_streams(void)
{
	HASHCTL		control = {
		.keysize = sizeof(const Stream *),
		.entrysize = sizeof(KnownStream),
		.hcxt = TopMemoryContext,
	};

	return hash_create("pinterest_fdw streams", 128, &control,
					   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

static const StreamColumns *
columns_of(const Stream *stream)
{
	KnownStream *known;
	bool		found;

	if (known_streams == NULL)
		known_streams = create_known_streams();
	known = hash_search(known_streams, &stream, HASH_ENTER, &found);
	if (!found)
		known->columns = NULL;
	if (known->columns == NULL)
		known->columns = put_together(stream);
	return known->columns;
}

/* ---------- look-ups ---------- */

/*
 * A stream's columns in order, as a table with all of them has them: its own,
 * then its metrics, those of reports last.  NULL ends the array.
 */
const Column *const *
stream_columns(const Stream *stream)
{
	return columns_of(stream)->in_order;
}

/* The first column that a word stands for; NULL: there is none. */
static const Column *
find_word(const StreamColumns *shown, const ColumnWord *words, const char *word)
{
	int			low = 0;
	int			high = shown->count;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (strcmp(words[middle].word, word) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < shown->count && strcmp(words[low].word, word) == 0 ?
		shown->in_order[words[low].place] : NULL;
}

/* Finds a column, or else a metric, by its SQL name; NULL: there is none. */
const Column *
find_column(const Stream *stream, const char *name)
{
	const StreamColumns *shown = columns_of(stream);

	return find_word(shown, shown->names, name);
}

/*
 * Finds a column by its JSON field, or a metric by the API's name, or a column
 * that is no field of the item by its own name; NULL: there is none.
 */
const Column *
find_field(const Stream *stream, const char *field)
{
	const StreamColumns *shown = columns_of(stream);

	return find_word(shown, shown->fields, field);
}

/* Adds to *number that of a column of an array, or the array's length. */
static bool
is_numbered(const Column *column, const Column *first, const Column *end, int *number)
{
	bool		is_in = column >= first && column < end;

	*number += (int) ((is_in ? column : end) - first);
	return is_in;
}

/*
 * A number of its own for each of a stream's columns; -1 for one that was made
 * from an option.
 */
int
column_number(const Stream *stream, const Column *column)
{
	const StreamColumns *shown = columns_of(stream);
	int			number = 0;

	return is_numbered(column, stream->columns, shown->columns_end, &number) ||
		is_numbered(column, stream->metrics, shown->metrics_end, &number) ||
		is_numbered(column, stream->report_metrics, shown->report_metrics_end, &number) ?
		number : -1;
}

/* Whether a column is a metric that only reports have. */
bool
is_report_metric(const Stream *stream, const Column *column)
{
	return column >= stream->report_metrics && column < columns_of(stream)->report_metrics_end;
}
