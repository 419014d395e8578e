/*-------------------------------------------------------------------------
 *
 * fetch_columns.c
 *		  Which fields of an item fill which columns.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/scan/fetch_columns.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "scan/fetch_private.h"
#include "streams/stream_lookup.h"

static const char hour_field[] = "HOUR";
static const char day_field[] = "DATE";

void
add_column(Fetch *fetch, int attnum)
{
	const TableColumn *described = &fetch->table->columns[attnum];
	FetchColumn *column = &fetch->columns[fetch->ncolumns];

	column->attnum = attnum;
	column->column = wanted_column(fetch->table, attnum);
	if (column->column == NULL)
		return;
	value_reader_init(&column->reader,
					  described->in_catalog ? column->column : NULL,
					  described->typid, described->typmod,
					  auth_secrets(fetch->credentials));
	fetch->ncolumns++;
}

/* The place of a metric: where its parameter says, or else the second one. */
static void
add_metric(FetchBranch *branch, FetchField *field)
{
	const MetricsParam *param = branch->stream->metrics_param;
	const char *name = field->column->field;

	field->place = json_shape_add(branch->shape, psprintf("%s%s", param->prefix, name));
	if (param->second_prefix != NULL)
		field->second_place = json_shape_add(branch->shape,
											 psprintf("%s%s", param->second_prefix, name));
}

static void
add_field(FetchBranch *branch, FetchField *field)
{
	const MetricsParam *param = branch->stream->metrics_param;
	const char *prefix = param ? param->prefix : "";

	switch (field->column->source)
	{
		case FROM_ITEM:
			field->place = json_shape_add(branch->shape, field->column->field);
			break;
		case FROM_METRIC:
			add_metric(branch, field);
			break;
		case FROM_ELEMENT:
			if (field->column->field != NULL)
				field->place = json_shape_add(branch->element_shape, field->column->field);
			break;
		case FROM_HOUR:
			field->place = json_shape_add(branch->shape, psprintf("%s%s", prefix, day_field));
			field->hour_place = json_shape_add(branch->shape, psprintf("%s%s", prefix, hour_field));
			break;
		default:
			break;
	}
}

/* Whether a branch's items are objects: they are where any column is a field. */
static bool
items_are_objects(const Stream *stream)
{
	const Column *column;

	for (int n = 0; (column = stream_column(stream, n)) != NULL; n++)
		if (column->source == FROM_ITEM || column->source == FROM_METRIC)
			return true;
	return false;
}

/* Whether the value of a column is that of one field of the item. */
static bool
is_at_one_place(const FetchField *field)
{
	return field->column != NULL && field->second_place < 0 &&
		(field->column->source == FROM_ITEM || field->column->source == FROM_METRIC);
}

/*
 * The field that tells which ad account a row is of, where options name some;
 * NULL: its request names it, or any will do.
 */
static const char *
account_field(const Table *table)
{
	return table->options->ad_account_ids == NIL ? NULL :
		table->options->stream->account_column;
}

/* Route.own_field, where a table with these options may be read by the route. */
const char *
own_field(const Table *table, const Route *route)
{
	return route->splits && route->parent != table->options->split_by ? NULL :
		route->own_field;
}

/*
 * Whether any field of a branch's rows is looked at: for one of the columns (a
 * list of attribute numbers), or to know whether a row counts.  Rows in which
 * none is looked at are found in the answer and counted.
 */
bool
fetch_reads_fields(const Table *table, const List *attnums, const Stream *branch)
{
	ListCell   *cell;

	if (account_field(table) != NULL)
		return true;
	for (const Route *route = branch->routes; route->path != NULL; route++)
		if (own_field(table, route) != NULL)
			return true;
	foreach(cell, attnums)
	{
		const Column *column = branch_column(table->options->stream, branch,
											 wanted_column(table, lfirst_int(cell)));

		if (column != NULL && column->source != FROM_REQUEST)
			return true;
	}
	return false;
}

void
add_branch(Fetch *fetch, const Stream *stream)
{
	FetchBranch *branch = &fetch->branches[fetch->nbranches++];
	const Stream *main_stream = fetch->table->options->stream;
	const char *account = account_field(fetch->table);

	branch->stream = stream;
	branch->shape = json_shape_create();
	if (!items_are_objects(stream))
		json_shape_allow_scalars(branch->shape);
	if (stream->elements != NULL)
	{
		branch->element_shape = json_shape_create();
		json_shape_allow_scalars(branch->element_shape);
	}
	branch->fields = palloc0((fetch->ncolumns + 1) * sizeof(FetchField));
	for (int i = 0; i < fetch->ncolumns; i++)
	{
		FetchField *field = &branch->fields[i];

		field->place = field->second_place = field->hour_place = -1;
		field->column = branch_column(main_stream, stream, fetch->columns[i].column);
		if (field->column != NULL)
			add_field(branch, field);
	}
	branch->account_place = -1;
	if (account != NULL)
		branch->account_place = json_shape_add(branch->shape, account);
	for (const Route *route = stream->routes; route->path != NULL; route++)
		if (own_field(fetch->table, route) != NULL)
			(void) json_shape_add(branch->shape, route->own_field);
	branch->values = palloc0((json_shape_size(branch->shape) + 1) * sizeof(JsonValue));
	for (int i = 0; i < fetch->ncolumns; i++)
		if (is_at_one_place(&branch->fields[i]))
			branch->fields[i].value = &branch->values[branch->fields[i].place];
	if (branch->element_shape != NULL)
		branch->elements = palloc0((json_shape_size(branch->element_shape) + 1) * sizeof(JsonValue));
}
