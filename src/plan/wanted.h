/*-------------------------------------------------------------------------
 *
 * wanted.h
 *		  The columns that a query reads, in the words of each source.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/wanted.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_WANTED_H
#define PINTEREST_WANTED_H

#include "option/table.h"

typedef struct SourceColumns
{
	List	   *columns;		/* const Column *: those that the source has */
	List	   *metrics;		/* const Column *, each once: those that
								 * requests have to name */
	const Column *lacking;		/* of the table's stream: the first metric
								 * that the source cannot tell; NULL: it tells
								 * all */
} SourceColumns;

typedef struct WantedColumns
{
	SourceColumns *sources;		/* in the order of the stream's sources */
} WantedColumns;

extern WantedColumns *want_columns(const Table *table, const List *attnums);

#endif							/* PINTEREST_WANTED_H */
