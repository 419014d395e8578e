/*-------------------------------------------------------------------------
 *
 * fetch_private.h
 *		  What fetch.c and fetch_columns.c share.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/scan/fetch_private.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_FETCH_PRIVATE_H
#define PINTEREST_FETCH_PRIVATE_H

#include "auth/credentials.h"
#include "scan/fetch.h"
#include "value/value.h"

/* What tells when a row of ads analytics is of. */
#define DAY_FIELD "DATE"
#define HOUR_FIELD "HOUR"

typedef struct FetchColumn
{
	int			attnum;
	const Column *column;
	ValueReader reader;
} FetchColumn;

/* Where a source has the value of a column. */
typedef struct FetchField
{
	const Column *column;		/* of the source; NULL: it has none */
	int			place;			/* in values (of FROM_ELEMENT in elements);
								 * -1: it is no field */
	int			second_place;	/* looked at where that is missing; -1: none */
	int			hour_place;		/* of FROM_HOUR: field HOUR */
	bool		of_element;		/* it differs between the elements of an item */
	bool		is_key;			/* of the stream's rows, and a field of them */
	const Filter *words;		/* lists the words that it can be; NULL: it
								 * can be any */
	const JsonValue *value;		/* where it is after each row; NULL: not
								 * always at the same place */
	bool		is_direct;		/* that is all there is to it */
} FetchField;

/* What there is to know of the rows of a source. */
typedef struct FetchSource
{
	FetchField *fields;			/* one for each FetchColumn */
	JsonProjection *projection;
	JsonValue  *values;
	JsonProjection *element_projection; /* NULL: the items are the rows */
	JsonValue  *elements;
	int			element_id_place;	/* in these, of Stream.element_id; -1: any
									 * element will do */
	int			account_place;	/* of the row's own ad account; -1: its
								 * request names it, or any will do */
	int			id_place;		/* of what tells whose a row is, where ids are
								 * asked for at once; -1: they are not */
	int			owner_place;
} FetchSource;

struct Fetch
{
	MemoryContext context;
	const Table *table;
	HttpClient *client;
	Credentials *credentials;
	RequestMemory memory;
	RequestScan *request;		/* NULL: not started */

	const WantedColumns *wanted;
	FetchColumn *columns;
	int			ncolumns;
	ValueTexts	texts;			/* of the last row; not used where items have
								 * elements */
	FetchSource *sources;		/* those of the stream */

	/* of the item whose elements are being read */
	MemoryContext item_context; /* holds what is read of it; NULL: the
								 * stream's items have no elements */
	JsonRow		item;
	FetchSource *item_source;
	JsonReader *item_reader;	/* NULL: the next item is due */
	int			item_path;		/* which of Stream.elements */
	bool		item_has_elements;	/* by one of those before */
	bool		item_is_read;	/* the columns that its elements share are in
								 * these: */
	Datum	   *item_values;	/* one for each attribute */
	bool	   *item_nulls;
	MemoryContextCallback cleanup;
};

/* fetch_columns.c */
extern void add_column(Fetch *fetch, int attnum);
extern const char *account_field(const Table *table);
extern const char *own_field(const Table *table, const Endpoint *endpoint);
extern void describe_source(Fetch *fetch, int number);
extern void describe_owner(Fetch *fetch, const StreamPlan *plan);

#endif							/* PINTEREST_FETCH_PRIVATE_H */
