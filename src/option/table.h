/*-------------------------------------------------------------------------
 *
 * table.h
 *		  A foreign table as the catalog sees it.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/option/table.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_TABLE_H
#define PINTEREST_TABLE_H

#include "utils/rel.h"

#include "option/option.h"
#include "streams/stream.h"

typedef struct TableColumn
{
	const char *name;			/* SQL name; NULL: dropped */
	const Column *column;		/* NULL: neither the catalog nor option field
								 * says what it is */
	bool		in_catalog;		/* false: column was made from option field */
	const Filter *filter;		/* on column; NULL: there is none */
	Oid			typid;
	int32		typmod;
	Oid			collation;
} TableColumn;

typedef struct Table
{
	const char *name;
	TableOptions *options;
	int			natts;
	TableColumn *columns;		/* by attribute number, from 1 */
} Table;

extern Table *describe_table(Relation relation);
extern const Column *wanted_column(const Table *table, int attnum);

#endif							/* PINTEREST_TABLE_H */
