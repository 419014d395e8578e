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
#include "streams/stream_columns.h"
#include "streams/stream_lookup.h"

/* Fields that describe_owner() adds to a source's, at most. */
#define OWNER_FIELDS 2

/* The filter that lists what a column's values, which the API tells, can be; NULL: there is none. */
static const Filter *
column_words(const TableColumn *described)
{
	bool		told = described->in_catalog && described->column->type == TYPE_TEXT &&
		(described->column->origin == FROM_ITEM || described->column->origin == FROM_ELEMENT);

	return told && described->filter != NULL && described->filter->values != NULL ?
		described->filter : NULL;
}

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
	if (fetch->table->options->stream->elements == NULL)
		column->reader.texts = &fetch->texts;
	fetch->ncolumns++;
}

/* Whether a column differs between the elements of an item. */
static bool
is_of_element(const Stream *stream, const Column *column)
{
	return column->origin == FROM_ELEMENT ||
		(column->origin == FROM_KEY && stream->elements != NULL);
}

/* Whether a column is part of the stream's key, and every row has to tell it. */
static bool
is_told_key(const Stream *stream, const Column *column)
{
	return (column->origin == FROM_ITEM || column->origin == FROM_METRIC) &&
		!column->may_be_null && is_key_column(stream, column->name);
}

/* The place of a metric: where its parameter says, or else the second one. */
static void
add_metric(FetchSource *source, const MetricsParam *param, FetchField *field)
{
	const char *name = field->column->field;

	field->place = json_projection_add(source->projection, psprintf("%s%s", param->prefix, name));
	if (param->second_prefix != NULL)
		field->second_place = json_projection_add(source->projection,
												  psprintf("%s%s", param->second_prefix, name));
}

static void
add_field(FetchSource *source, const MetricsParam *param, FetchField *field)
{
	const char *prefix = param ? param->prefix : "";

	switch (field->column->origin)
	{
		case FROM_ITEM:
			field->place = json_projection_add(source->projection, field->column->field);
			break;
		case FROM_METRIC:
			add_metric(source, param, field);
			break;
		case FROM_ELEMENT:
			if (field->column->field != NULL)
				field->place = json_projection_add(source->element_projection, field->column->field);
			break;
		case FROM_HOUR:
			field->place = json_projection_add(source->projection, psprintf("%s%s", prefix, DAY_FIELD));
			field->hour_place = json_projection_add(source->projection, psprintf("%s%s", prefix, HOUR_FIELD));
			break;
		default:
			break;
	}
}

/* Whether a stream's items are objects: they are where any column is a field. */
static bool
items_are_objects(const Stream *stream)
{
	foreach_stream_column(column, stream)
	{
		if ((*column)->origin == FROM_ITEM || (*column)->origin == FROM_METRIC)
			return true;
	}
	return false;
}

/* Whether the value of a column is that of one field of the item. */
static bool
is_at_one_place(const FetchField *field)
{
	return field->column != NULL && field->second_place < 0 &&
		(field->column->origin == FROM_ITEM || field->column->origin == FROM_METRIC);
}

/*
 * The field that tells which ad account a row is of, where options name some;
 * NULL: its request names it, or any will do.
 */
const char *
account_field(const Table *table)
{
	return table->options->ad_account_ids == NIL ? NULL :
		table->options->stream->account_column;
}

/* Endpoint.own_field, where a table with these options may be read by the endpoint. */
const char *
own_field(const Table *table, const Endpoint *endpoint)
{
	return endpoint->splits && endpoint->parent != table->options->split_by ? NULL :
		endpoint->own_field;
}

/*
 * Whether any field of the rows of a plan is looked at: for one of the columns (a
 * list of attribute numbers), or to know whether a row counts.  Rows in which
 * none is looked at are found in the response and counted.
 */
bool
fetch_reads_fields(const Table *table, const List *attnums, const StreamPlan *plan)
{
	const Source *source = &plan->source;
	ListCell   *cell;

	if (account_field(table) != NULL || plan->lookup != NULL)
		return true;
	foreach_endpoint(endpoint, source->endpoints)
	{
		if (own_field(table, endpoint) != NULL)
			return true;
	}
	foreach(cell, attnums)
	{
		const Column *column = source_column(table->options->stream, source,
											 wanted_column(table, lfirst_int(cell)));

		if (column != NULL && column->origin != FROM_REQUEST)
			return true;
	}
	return false;
}

void
describe_source(Fetch *fetch, int number)
{
	FetchSource *source = &fetch->sources[number];
	const Stream *stream = fetch->table->options->stream;
	Source		described = stream_source(stream, number);
	const char *account = account_field(fetch->table);

	source->projection = json_projection_create();
	if (!items_are_objects(stream))
		json_projection_allow_scalars(source->projection);
	if (stream->elements != NULL)
	{
		source->element_projection = json_projection_create();
		json_projection_allow_scalars(source->element_projection);
	}
	source->element_id_place = -1;
	if (stream->element_id != NULL)
		source->element_id_place = json_projection_add(source->element_projection, stream->element_id);
	source->fields = palloc0((fetch->ncolumns + 1) * sizeof(FetchField));
	for (int i = 0; i < fetch->ncolumns; i++)
	{
		FetchField *field = &source->fields[i];

		field->place = field->second_place = field->hour_place = -1;
		field->column = source_column(stream, &described, fetch->columns[i].column);
		if (field->column == NULL)
			continue;
		field->of_element = is_of_element(stream, field->column);
		field->is_key = is_told_key(stream, field->column);
		field->words = column_words(&fetch->table->columns[fetch->columns[i].attnum]);
		add_field(source, described.metrics_param, field);
	}
	source->account_place = -1;
	if (account != NULL)
		source->account_place = json_projection_add(source->projection, account);
	foreach_endpoint(endpoint, described.endpoints)
	{
		if (own_field(fetch->table, endpoint) != NULL)
			(void) json_projection_add(source->projection, endpoint->own_field);
	}
	source->id_place = source->owner_place = -1;
	source->values = palloc0((json_projection_size(source->projection) + 1 + OWNER_FIELDS) * sizeof(JsonValue));
	for (int i = 0; i < fetch->ncolumns; i++)
	{
		FetchField *field = &source->fields[i];

		if (!is_at_one_place(field))
			continue;
		field->value = &source->values[field->place];
		field->is_direct = !field->is_key && field->words == NULL;
	}
	if (source->element_projection != NULL)
		source->elements = palloc0((json_projection_size(source->element_projection) + 1) * sizeof(JsonValue));
}

/*
 * From now on, has the fields read that tell whose a row is, of a plan that asks
 * for ids at once.
 */
void
describe_owner(Fetch *fetch, const StreamPlan *plan)
{
	FetchSource *source = &fetch->sources[plan->source_number];
	const MetricsParam *param = plan->source.metrics_param;
	FetchField	id = {.place = -1, .second_place = -1};
	MemoryContext old = MemoryContextSwitchTo(fetch->context);

	id.column = source_column(plan->stream, &plan->source,
							  find_column(plan->stream, batched_ids(plan)->column));
	add_field(source, param, &id);
	source->id_place = id.place;
	source->owner_place = json_projection_add(source->projection,
											  psprintf("%s%s", param->prefix, param->account));
	MemoryContextSwitchTo(old);
}
