/*-------------------------------------------------------------------------
 *
 * table.c
 *		  A foreign table as the catalog sees it.
 *
 * A column means what the catalog knows under its name, or the field that
 * its option names, so that a field or metric which is newer than the
 * catalog can be had all the same.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/option/table.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "option/table.h"
#include "streams/stream_columns.h"
#include "streams/stream_lookup.h"
#include "util/compat.h"
#include "util/strings.h"

/* The catalog's word for a column that only its option describes. */
static const Column *
column_from_option(const Stream *stream, const char *name, const char *field,
				   Oid typid)
{
	Column	   *column = palloc0(sizeof(Column));

	column->name = name;
	column->field = field;
	column->type = typid == TIMESTAMPTZOID ? TYPE_TIME : TYPE_TEXT;
	column->origin = stream->source.metrics_param ? FROM_METRIC : FROM_ITEM;
	return column;
}

/*
 * Refuses a field that is, or lies within, one that the stream keeps secret.
 */
static void
check_field(const Stream *stream, const char *name, const char *field)
{
	foreach_string(secret, stream->secret_fields)
	{
		size_t		len = strlen(*secret);

		if (strncmp(field, *secret, len) == 0 && (field[len] == '\0' || field[len] == '.'))
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("column \"%s\" cannot show field \"%s\" of stream \"%s\"",
							name, field, stream->name),
					 errdetail("The field holds a secret.")));
	}
}

static void
describe_column(TableColumn *described, Oid relid, Form_pg_attribute attribute,
				const Stream *stream)
{
	char	   *field = column_field_option(relid, attribute->attnum);

	described->name = pstrdup(NameStr(attribute->attname));
	described->typid = attribute->atttypid;
	described->typmod = attribute->atttypmod;
	described->collation = attribute->attcollation;
	described->column = field ? find_field(stream, field) :
		find_column(stream, described->name);
	described->in_catalog = described->column != NULL;
	if (described->in_catalog)
		described->filter = find_filter(stream, described->column->name);
	if (field != NULL)
		check_field(stream, described->name, field);
	if (field != NULL && described->column == NULL)
		described->column = column_from_option(stream, described->name, field,
											   attribute->atttypid);
}

/*
 * Describes a foreign table, palloc'd in the current context.  Raises the
 * errors of get_table_options(), and those of a column whose option "field" is
 * wrong.
 */
Table *
describe_table(Relation relation)
{
	TupleDesc	tupdesc = RelationGetDescr(relation);
	Oid			relid = RelationGetRelid(relation);
	Table	   *table = palloc0(sizeof(Table));

	table->name = pstrdup(RelationGetRelationName(relation));
	table->options = get_table_options(relid);
	table->natts = tupdesc->natts;
	table->columns = palloc0((tupdesc->natts + 1) * sizeof(TableColumn));
	for (int i = 0; i < tupdesc->natts; i++)
		if (!TupleDescAttr(tupdesc, i)->attisdropped)
			describe_column(&table->columns[i + 1], relid,
							TupleDescAttr(tupdesc, i), table->options->stream);
	return table;
}

/* The stream's column that is closest to a name; NULL: none is close. */
static const Column *
closest_column(const Stream *stream, const char *name)
{
	ClosestMatchState match;
	const char *closest;

	initClosestMatch(&match, name, MAX_TYPOS);
	foreach_stream_column(column, stream)
	{
		updateClosestMatch(&match, (*column)->name);
	}
	closest = getClosestMatch(&match);
	return closest ? find_column(stream, closest) : NULL;
}

/* How to tell which field a column shows, palloc'd. */
static char *
field_hint(const Table *table, const TableColumn *described)
{
	const Column *closest = closest_column(table->options->stream, described->name);
	char	   *statement = psprintf("ALTER FOREIGN TABLE %s ALTER COLUMN %s OPTIONS (ADD field %s)",
									 quote_identifier(table->name), quote_identifier(described->name),
									 closest && closest->field ? quote_literal_cstr(closest->field) : "'...'");

	if (closest == NULL)
		return psprintf("A column with a name of its own takes %s; pinterest_fdw.columns() lists the fields.", statement);
	if (closest->field == NULL)
		return psprintf("Perhaps you meant \"%s\".", closest->name);
	return psprintf("Perhaps you meant \"%s\"; to show it under this name, use %s.", closest->name, statement);
}

/*
 * The catalog's word for a column that a query reads; NULL for a dropped
 * one.  A column of unknown meaning is an error.
 */
const Column *
wanted_column(const Table *table, int attnum)
{
	const TableColumn *described = &table->columns[attnum];

	if (described->name == NULL || described->column != NULL)
		return described->column;
	ereport(ERROR,
			(errcode(ERRCODE_FDW_COLUMN_NAME_NOT_FOUND),
			 errmsg("column \"%s\" of foreign table \"%s\" is not known to stream \"%s\"",
					described->name, table->name, table->options->stream->name),
			 errhint("%s", field_hint(table, described))));
}
