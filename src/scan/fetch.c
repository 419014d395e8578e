/*-------------------------------------------------------------------------
 *
 * fetch.c
 *		  Rows of a foreign table, with or without an executor.
 *
 * Joins the two halves of a scan: request.c brings rows as JSON, value.c
 * makes Datums of their fields.  Which field goes into which column is worked
 * out once per scan, for each source of the stream.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/scan/fetch.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "auth/credentials.h"
#include "http/http_pool.h"
#include "request/object.h"
#include "request/page.h"
#include "request/request.h"
#include "request/shared.h"
#include "scan/fetch.h"
#include "scan/fetch_private.h"
#include "scan/unknown.h"
#include "streams/stream_lookup.h"
#include "util/iso_time.h"
#include "util/strings.h"
#include "value/value.h"

/* ---------- preparing ---------- */

/* Frees what no memory context knows of. */
static void
free_item_reader(void *arg)
{
	Fetch	   *fetch = arg;

	json_reader_free(fetch->item_reader);
	fetch->item_reader = NULL;
}

/* Makes room for what the elements of an item share. */
static void
create_item(Fetch *fetch)
{
	fetch->item_context = AllocSetContextCreate(fetch->context, "pinterest_fdw item",
												ALLOCSET_DEFAULT_SIZES);
	fetch->item_values = palloc0(fetch->table->natts * sizeof(Datum));
	fetch->item_nulls = palloc(fetch->table->natts * sizeof(bool));
}

/*
 * Prepares to fetch some columns (a list of attribute numbers) of a table, as
 * userid.  Lives in context, whose end frees all it holds; fetch_end() before
 * that keeps the connections.  Raises errors where the user has no mapping or
 * token, and for a column whose meaning is unknown.
 */
Fetch *
fetch_create(MemoryContext context, const Table *table, const List *attnums,
			 Oid userid)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	Fetch	   *fetch = palloc0(sizeof(Fetch));
	const Stream *stream = table->options->stream;
	ListCell   *cell;

	fetch->context = context;
	fetch->memory.context = fetch->texts.context = context;
	fetch->table = table;
	fetch->cleanup.func = free_item_reader;
	fetch->cleanup.arg = fetch;
	MemoryContextRegisterResetCallback(context, &fetch->cleanup);
	fetch->credentials = auth_open(userid, table->options->serverid);
	fetch->client = http_pool_get(context, table->options,
								  auth_mapping(fetch->credentials)->umid);
	fetch->columns = palloc0((list_length(attnums) + 1) * sizeof(FetchColumn));
	foreach(cell, attnums)
	{
		add_column(fetch, lfirst_int(cell));
	}
	fetch->wanted = want_columns(table, attnums);
	if (stream->elements != NULL)
		create_item(fetch);
	fetch->sources = palloc0(stream_source_count(stream) * sizeof(FetchSource));
	for (int i = 0; i < stream_source_count(stream); i++)
		describe_source(fetch, i);
	MemoryContextSwitchTo(old);
	return fetch;
}

/*
 * Lets a fetch share pages of lists with others of a query, which ends with a
 * context, and wait together with them: while one waits, all that have started get
 * further.  more: others are to follow.
 */
void
fetch_share(Fetch *fetch, MemoryContext query, bool more)
{
	fetch->memory.query = query;
	fetch->memory.shared = shared_pages_join(query, auth_mapping(fetch->credentials)->umid, more);
}

/*
 * Starts to fetch what some queries (BoundQuery *, of the fetch's table, which differ
 * in their bindings alone) ask for together; they have to live until fetch_stop().
 * Completes them by the columns.
 */
void
fetch_start(Fetch *fetch, List *queries)
{
	ListCell   *cell;

	foreach(cell, queries)
	{
		BoundQuery *bound = lfirst(cell);

		bound->wanted = fetch->wanted;
		bound->umid = auth_mapping(fetch->credentials)->umid;
		bound->closed_endpoints = fetch->memory.closed_endpoints;
		bound->foreign_ids = fetch->memory.foreign_ids;
	}
	fetch->request = request_begin(fetch->context, fetch->client, queries,
								   fetch->credentials, &fetch->memory);
}

/* Sends the first requests of what was started, which fetch_next() does otherwise. */
void
fetch_send(Fetch *fetch)
{
	request_send(fetch->request);
}

/* ---------- values ---------- */

typedef struct ColumnContext
{
	const Fetch *fetch;
	int			attnum;
} ColumnContext;

/* Whether an error says that a value is no valid input of a type. */
static bool
is_misfit(int sqlstate)
{
	static const int misfits[] = {
		ERRCODE_INVALID_TEXT_REPRESENTATION, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
		ERRCODE_INVALID_DATETIME_FORMAT, ERRCODE_DATETIME_FIELD_OVERFLOW,
		ERRCODE_STRING_DATA_RIGHT_TRUNCATION
	};

	for (int i = 0; i < (int) lengthof(misfits); i++)
		if (misfits[i] == sqlstate)
			return true;
	return false;
}

/* Says which column a value would not fit, and which type takes it. */
static void
column_error_context(void *arg)
{
	const ColumnContext *context = arg;
	const Table *table = context->fetch->table;
	const TableColumn *column = &table->columns[context->attnum];

	if (context->attnum <= 0)
		return;
	errcontext("column \"%s\" of foreign table \"%s\"", column->name, table->name);
	if (column->in_catalog && is_misfit(geterrcode()) &&
		column->typid != column_type_oid(column->column->type))
		errhint("Declare the column with type %s, as it is imported.",
				column_type_name(column->column->type));
}

/* A string of UTF-8; NULL: none. */
static JsonValue
text_value(const char *text)
{
	JsonValue	value = {.kind = JV_MISSING};

	if (text != NULL)
	{
		value.kind = JV_STRING;
		value.plain = true;
		value.data = text;
		value.len = strlen(text);
	}
	return value;
}

/* Whether a row tells a value; an empty text names no day, hour or id. */
static bool
is_told(const JsonValue *value)
{
	return value->kind != JV_MISSING && value->kind != JV_NULL &&
		!(value->kind == JV_STRING && value->len == 0);
}

static _Noreturn void
raise_row_problem(const Fetch *fetch, const JsonRow *row, const char *problem)
{
	JsonError	error = {problem, row->offset};

	request_row_error(fetch->request, row, &error);
}

/* The period that a row is of. */
static const char *
row_granularity(const Fetch *fetch, const JsonRow *row)
{
	const char *granularity = request_variable(fetch->request, row, "granularity");

	if (granularity == NULL)
		granularity = stream_source(fetch->table->options->stream,
									request_plan(fetch->request)->source_number).granularity;
	return granularity ? granularity : "DAY";
}

/* The name of the member in which a row stands, if it is a day; NULL: it is not. */
static const char *
layout_day(const JsonRow *row)
{
	const char *rest;
	DateADT		day;

	return row->key != NULL && parse_date(row->key, &rest, &day) && *rest == '\0' ?
		row->key : NULL;
}

/* Likewise, if it is the id that is in a column. */
static const char *
layout_id(const Fetch *fetch, const Column *column, const JsonRow *row)
{
	const Endpoint *endpoint = request_plan(fetch->request)->endpoint;

	return row->key != NULL && is_digits(row->key) &&
		same_string(endpoint->key_variable, column->name) ? row->key : NULL;
}

/* Whether a row has to tell a column of its key, or lose its place among the others. */
static bool
is_owed(const Fetch *fetch, const Column *column, const JsonRow *row)
{
	if (column->type == TYPE_DATE)
		return strcmp(row_granularity(fetch, row), "TOTAL") != 0;
	return is_key_column(fetch->table->options->stream, "date") ||
		request_variable(fetch->request, row, column->name) != NULL;
}

/*
 * The value of a column of the key that a row does not tell: the name of the
 * member in which it stands.  Raises an error where there has to be one: a
 * condition would lose the row, and a history would take it for another.  Elsewhere
 * it is what the row says: an empty name is a name, while an empty day is none.
 */
static JsonValue
untold_key(const Fetch *fetch, const Column *column, const JsonRow *row,
		   const JsonValue *value)
{
	const char *key;

	if (!is_owed(fetch, column, row))
		return column->type == TYPE_DATE ? text_value(NULL) : *value;
	key = column->type == TYPE_DATE ? layout_day(row) : layout_id(fetch, column, row);
	if (key == NULL)
		raise_row_problem(fetch, row, psprintf("the row has no %s", column->field));
	return text_value(key);
}

/* Whether a text goes on after a day. */
static bool
has_time(const JsonValue *value)
{
	return value->kind == JV_STRING && value->len > strlen("YYYY-MM-DD");
}

/*
 * The hour of an hourly row: HOUR is 0 to 23 of the day DATE, or a time, or
 * DATE tells the time.  Rows of other granularities have none.
 */
static JsonValue
hour_value(const Fetch *fetch, const FetchSource *source, const FetchField *field,
		   const JsonRow *row)
{
	const JsonValue *date = &source->values[field->place];
	const JsonValue *hour = &source->values[field->hour_place];
	const char *day;
	int64		number;

	if (strcmp(row_granularity(fetch, row), "HOUR") != 0)
		return text_value(NULL);
	if (!is_told(hour) && has_time(date))
		return *date;
	if (!is_told(hour))
		raise_row_problem(fetch, row, "the row has no " HOUR_FIELD);
	if (has_time(hour))
		return *hour;
	if (!value_whole_number(hour, &number) || number < 0 || number >= HOURS_PER_DAY)
		raise_row_problem(fetch, row, HOUR_FIELD " is no hour of a day");
	day = is_told(date) ? value_plain_text(date) : layout_day(row);
	if (day == NULL)
		raise_row_problem(fetch, row, "the row has no " DAY_FIELD);
	return text_value(psprintf("%.10sT%02d:00:00Z", day, (int) number));
}

/*
 * The name of the member in which a row stands.  Of a report that is an id, or
 * else nothing says whose row it is.
 */
static JsonValue
key_value(const Fetch *fetch, const JsonRow *row)
{
	if (request_plan(fetch->request)->endpoint->transport == TRANSPORT_REPORT &&
		(row->key == NULL || !is_digits(row->key)))
		raise_row_problem(fetch, row, "the report does not tell by id whose row it is");
	return text_value(row->key);
}

/* The value of a column; element is the row itself where items have elements. */
static JsonValue
column_value(const Fetch *fetch, const FetchSource *source, const FetchField *field,
			 const JsonRow *row, const JsonRow *element)
{
	const Column *column = field->column;

	if (column == NULL)
		return text_value(NULL);
	switch (column->origin)
	{
		case FROM_ITEM:
		case FROM_METRIC:
			if (source->values[field->place].kind == JV_MISSING && field->second_place >= 0)
				return source->values[field->second_place];
			return source->values[field->place];
		case FROM_WHOLE_ITEM:
			return json_row_value(row);
		case FROM_REQUEST:
			return text_value(request_variable(fetch->request, row, column->name));
		case FROM_KEY:
			return key_value(fetch, element);
		case FROM_ELEMENT:
			return field->place >= 0 ? source->elements[field->place] : json_row_value(element);
		case FROM_HOUR:
			return hour_value(fetch, source, field, row);
	}
	return text_value(NULL);
}

/* ---------- rows ---------- */

/* The id in a field of a row, which decides whether the row counts. */
static const char *
deciding_id(const Fetch *fetch, const JsonRow *row, const JsonValue *value, const char *field)
{
	const char *id = value_plain_text(value);

	if (id == NULL)
		raise_row_problem(fetch, row, psprintf("the row has no %s", field));
	return id;
}

/* Whether a row belongs to the ad accounts that the options name. */
static bool
is_of_accounts(const Fetch *fetch, const FetchSource *source, const JsonRow *row)
{
	return source->account_place < 0 ||
		has_string(fetch->table->options->ad_account_ids,
				   deciding_id(fetch, row, &source->values[source->account_place],
							   account_field(fetch->table)));
}

/* Whether a row is one of its endpoint's own: see Endpoint.own_field. */
static bool
is_own(const Fetch *fetch, const FetchSource *source, const JsonRow *row)
{
	const Endpoint *endpoint = request_plan(fetch->request)->endpoint;
	int			place;

	if (endpoint->own_field == NULL)
		return true;
	place = json_projection_add(source->projection, endpoint->own_field);
	return request_names(fetch->request, endpoint->own_variable,
						 deciding_id(fetch, row, &source->values[place], endpoint->own_field));
}

/*
 * Whether a row is of the ad account that its request named, where ids were asked
 * for at once.
 */
static bool
is_of_named_account(Fetch *fetch, const FetchSource *source, const JsonRow *row)
{
	const char *id;
	const char *account;

	if (!request_is_at_once(fetch->request))
		return true;
	id = value_plain_text(&source->values[source->id_place]);
	account = value_plain_text(&source->values[source->owner_place]);
	if (id == NULL && account == NULL)
		raise_row_problem(fetch, row, "the row does not tell whose it is");
	return request_owns(fetch->request, id ? id : "", account);
}

/*
 * Finds an item's fields.  What is decoded of them lives until the next row, or
 * the next item where this one's elements are the rows.
 */
static void
find_fields(Fetch *fetch, const FetchSource *source, const JsonRow *row)
{
	MemoryContext old = CurrentMemoryContext;
	JsonError	error;

	if (fetch->item_context != NULL)
	{
		MemoryContextReset(fetch->item_context);
		MemoryContextSwitchTo(fetch->item_context);
	}
	if (!json_row_fields(source->projection, row, source->values, &error))
		request_row_error(fetch->request, row, &error);
	MemoryContextSwitchTo(old);
}

/* The next item that counts, with its fields; may_wait as in request_next_row(). */
static RequestRow
next_item(Fetch *fetch, FetchSource **source, JsonRow *row, bool may_wait)
{
	do
	{
		RequestRow	found = request_next_row(fetch->request, row, may_wait);

		if (found != REQUEST_ROW)
			return found;
		*source = &fetch->sources[request_plan(fetch->request)->source_number];
		if ((*source)->id_place < 0 && request_is_at_once(fetch->request))
			describe_owner(fetch, request_plan(fetch->request));
		find_fields(fetch, *source, row);
		if (row->number == 1)
			note_fields(fetch->table, &request_plan(fetch->request)->source, row);
	} while (!is_of_accounts(fetch, *source, row) || !is_own(fetch, *source, row) ||
			 !is_of_named_account(fetch, *source, row));
	return REQUEST_ROW;
}

/* Begins to read the elements that a path leads to in the current item. */
static void
open_elements(Fetch *fetch)
{
	free_item_reader(fetch);
	fetch->item_reader = json_reader_create(fetch->table->options->stream->elements[fetch->item_path]);
	if (fetch->item_reader == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	json_reader_allow_none(fetch->item_reader);
	if (!json_reader_append(fetch->item_reader, fetch->item.data, fetch->item.len))
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	json_reader_finish(fetch->item_reader);
}

static bool
is_item_itself(const Fetch *fetch)
{
	return strcmp(fetch->table->options->stream->elements[fetch->item_path], ITEM_ITSELF) == 0;
}

/* The next element of the current item; false where there are no more. */
static bool
next_element(Fetch *fetch, JsonRow *element)
{
	while (fetch->item_reader != NULL)
	{
		JsonProgress progress = json_reader_next(fetch->item_reader, element);

		if (progress == JSON_GOT_ROW && is_item_itself(fetch) && fetch->item_has_elements)
			continue;
		fetch->item_has_elements |= progress == JSON_GOT_ROW;
		if (progress == JSON_GOT_ROW)
			return true;
		if (progress == JSON_BAD)
			request_row_error(fetch->request, &fetch->item,
							  json_reader_error(fetch->item_reader));
		if (fetch->table->options->stream->elements[++fetch->item_path] != NULL)
			open_elements(fetch);
		else
			free_item_reader(fetch);
	}
	return false;
}

/* The next row of a source whose items have elements, with its fields. */
static bool
next_element_row(Fetch *fetch, JsonRow *element)
{
	FetchSource *source = fetch->item_source;
	JsonError	error;

	while (next_element(fetch, element))
	{
		if (!json_row_fields(source->element_projection, element, source->elements, &error))
			request_row_error(fetch->request, &fetch->item, &error);
		if (source->element_id_place < 0 || is_told(&source->elements[source->element_id_place]))
			return true;
		if (!is_item_itself(fetch))
			raise_row_problem(fetch, &fetch->item,
							  psprintf("an element has no %s", fetch->table->options->stream->element_id));
	}
	return false;
}

/* Finds the next row, and the element of it that counts. */
static RequestRow
next_row(Fetch *fetch, FetchSource **source, JsonRow *row, JsonRow *element, bool may_wait)
{
	for (;;)
	{
		RequestRow	found;

		if (fetch->item_reader != NULL && next_element_row(fetch, element))
		{
			*source = fetch->item_source;
			*row = fetch->item;
			return REQUEST_ROW;
		}
		found = next_item(fetch, source, row, may_wait);
		if (found != REQUEST_ROW)
			return found;
		if ((*source)->element_projection == NULL)
		{
			*element = *row;
			return REQUEST_ROW;
		}
		fetch->item = *row;
		fetch->item_source = *source;
		fetch->item_path = 0;
		fetch->item_has_elements = false;
		fetch->item_is_read = false;
		open_elements(fetch);
	}
}

/* Whether a value is one of the words that a filter lists, or no text. */
static bool
is_listed(const Filter *filter, const JsonValue *value)
{
	if (value->kind != JV_STRING)
		return true;
	foreach_string(word, filter->values)
	{
		if (strncmp(*word, value->data, value->len) == 0 && (*word)[value->len] == '\0')
			return true;
	}
	return false;
}

/* The value of a column that is not just what a field says. */
static JsonValue
indirect_value(const Fetch *fetch, const FetchSource *source, const FetchField *field,
			   const JsonRow *row, const JsonRow *element)
{
	JsonValue	value = field->value ? *field->value :
		column_value(fetch, source, field, row, element);

	if (field->words != NULL && !is_listed(field->words, &value))
		note_word(fetch->table->options->stream, field->column, &value);
	if (!field->is_key)
		return value;
	if (!is_told(&value))
		return untold_key(fetch, field->column, row, &value);
	return value.kind == JV_REAL ? text_value(value_plain_text(&value)) : value;
}

/*
 * Reads the columns that differ between the elements of an item, or all other
 * ones, of a row.
 */
static void
read_columns(const Fetch *fetch, const FetchSource *source, const JsonRow *row,
			 const JsonRow *element, bool of_element, Datum *values, bool *nulls)
{
	ColumnContext context = {fetch, 0};
	ErrorContextCallback callback = {error_context_stack, column_error_context, &context};
	const FetchColumn *column = fetch->columns;
	const FetchColumn *end = column + fetch->ncolumns;
	JsonValue	other;

	error_context_stack = &callback;
	for (const FetchField *field = source->fields; column < end; column++, field++)
	{
		const JsonValue *value = field->value;
		int			place = column->attnum - 1;

		if (field->of_element != of_element)
			continue;
		context.attnum = column->attnum;
		if (!field->is_direct)
		{
			other = indirect_value(fetch, source, field, row, element);
			value = &other;
		}
		values[place] = value_read(&column->reader, value, &nulls[place]);
	}
	error_context_stack = callback.previous;
}

/* Reads the columns that the elements of an item share, once for all of them. */
static void
read_item(Fetch *fetch)
{
	MemoryContext old;

	if (fetch->item_is_read)
		return;
	old = MemoryContextSwitchTo(fetch->item_context);
	memset(fetch->item_nulls, true, fetch->table->natts * sizeof(bool));
	read_columns(fetch, fetch->item_source, &fetch->item, &fetch->item, false,
				 fetch->item_values, fetch->item_nulls);
	fetch->item_is_read = true;
	MemoryContextSwitchTo(old);
}

/*
 * The next row: values and nulls have an element per attribute, those of
 * unwanted columns are NULL.  Data is palloc'd in the current context, or lives
 * until the next call.  may_wait and what is returned are as in request_next_row().
 */
RequestRow
fetch_try_next(Fetch *fetch, Datum *values, bool *nulls, bool may_wait)
{
	int			natts = fetch->table->natts;
	FetchSource *source;
	JsonRow		row;
	JsonRow		element;
	RequestRow	found = next_row(fetch, &source, &row, &element, may_wait);

	if (found != REQUEST_ROW)
		return found;
	if (fetch->item_context == NULL)
	{
		memset(nulls, true, natts * sizeof(bool));
		value_texts_reset(&fetch->texts, row.len);
		read_columns(fetch, source, &row, &element, false, values, nulls);
		return REQUEST_ROW;
	}
	read_item(fetch);
	memcpy(values, fetch->item_values, natts * sizeof(Datum));
	memcpy(nulls, fetch->item_nulls, natts * sizeof(bool));
	read_columns(fetch, source, &row, &element, true, values, nulls);
	return REQUEST_ROW;
}

/* The same, waited for; false after the last row. */
bool
fetch_next(Fetch *fetch, Datum *values, bool *nulls)
{
	return fetch_try_next(fetch, values, nulls, true) == REQUEST_ROW;
}

/* Begins a wait that the caller does itself, as request_begin_wait() says. */
int
fetch_begin_wait(Fetch *fetch, bool anew, bool at_once)
{
	return request_begin_wait(fetch->request, anew, at_once);
}

/* Ends it, as request_end_wait() says. */
void
fetch_end_wait(Fetch *fetch)
{
	request_end_wait(fetch->request);
}

/* Whether fetch_start() was called after the last fetch_stop(). */
bool
fetch_is_started(const Fetch *fetch)
{
	return fetch->request != NULL;
}

/* Stops fetching, whatever is under way; fetch_start() may follow. */
void
fetch_stop(Fetch *fetch)
{
	free_item_reader(fetch);
	request_end(fetch->request);
	fetch->request = NULL;
}

/*
 * Ends it all, and leaves the connections to the next scan; what else there is
 * goes with the context.  Warns of what was left out and not told of yet.
 */
void
fetch_end(Fetch *fetch)
{
	fetch_stop(fetch);
	http_pool_release(fetch->client);
	fetch->client = NULL;
	warn_of_left_out(fetch->table->options->stream, &fetch->memory.left_out);
}

/* What has been done since fetch_create(). */
const RequestCounters *
fetch_counters(const Fetch *fetch)
{
	return &fetch->memory.counters;
}
