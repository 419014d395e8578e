/*-------------------------------------------------------------------------
 *
 * fetch.c
 *		  Rows of a foreign table, with or without an executor.
 *
 * Joins the two halves of a scan: request.c brings rows as JSON, value.c
 * makes Datums of their fields.  Which field goes into which column is worked
 * out once per scan, for each branch of the stream.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/scan/fetch.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "auth/credentials.h"
#include "http/http_pool.h"
#include "request/page.h"
#include "request/request.h"
#include "scan/fetch.h"
#include "streams/stream_lookup.h"
#include "util/strings.h"
#include "value/value.h"

typedef struct FetchColumn
{
	int			attnum;
	const Column *column;
	ValueReader reader;
} FetchColumn;

/* Where a branch has the value of a column. */
typedef struct FetchField
{
	const Column *column;		/* of the branch; NULL: it has none */
	int			place;			/* in values (of FROM_ELEMENT in elements); -1:
								 * it is no field */
	int			second_place;	/* looked at where that is missing; -1: none */
	int			hour_place;		/* of FROM_HOUR: field HOUR */
	const JsonValue *value;		/* where it is after each row; NULL: not always
								 * at the same place */
} FetchField;

/* What there is to know of the rows of a branch. */
typedef struct FetchBranch
{
	const Stream *stream;
	FetchField *fields;			/* one for each FetchColumn */
	JsonShape  *shape;
	JsonValue  *values;
	JsonShape  *element_shape;	/* NULL: the items are the rows */
	JsonValue  *elements;
	int			account_place;	/* of the row's own ad account; -1: its
								 * request names it, or any will do */
} FetchBranch;

struct Fetch
{
	MemoryContext context;
	const Table *table;
	HttpClient *client;
	Credentials *credentials;
	RequestMemory memory;
	RequestScan *request;		/* NULL: not started */

	FetchColumn *columns;
	int			ncolumns;
	FetchBranch *branches;
	int			nbranches;

	/* of the item whose elements are being read */
	JsonRow		item;
	FetchBranch *item_branch;
	JsonReader *item_reader;	/* NULL: the next item is due */
	int			item_path;		/* which of Stream.elements */
	MemoryContextCallback cleanup;
};

static const char hour_field[] = "HOUR";
static const char day_field[] = "DATE";

/* ---------- preparing ---------- */

static void
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
static const char *
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

static void
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

/* Frees what no memory context knows of. */
static void
free_item_reader(void *arg)
{
	Fetch	   *fetch = arg;

	json_reader_free(fetch->item_reader);
	fetch->item_reader = NULL;
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
	fetch->table = table;
	fetch->cleanup.func = free_item_reader;
	fetch->cleanup.arg = fetch;
	MemoryContextRegisterResetCallback(context, &fetch->cleanup);
	fetch->credentials = auth_open(userid, table->options->serverid);
	fetch->client = client_borrow(context, table->options,
								  auth_mapping(fetch->credentials)->umid);
	fetch->columns = palloc0((list_length(attnums) + 1) * sizeof(FetchColumn));
	foreach(cell, attnums)
		add_column(fetch, lfirst_int(cell));
	fetch->branches = palloc0(stream_branch_count(stream) * sizeof(FetchBranch));
	for (int i = 0; i < stream_branch_count(stream); i++)
		add_branch(fetch, stream_branch(stream, i));
	MemoryContextSwitchTo(old);
	return fetch;
}

/*
 * Starts to fetch what is bound, which has to live until fetch_stop().
 * Completes bound by the columns.
 */
void
fetch_start(Fetch *fetch, BoundScan *bound)
{
	for (int i = 0; i < fetch->ncolumns; i++)
		bound->columns = lappend(bound->columns,
								 unconstify(Column *, fetch->columns[i].column));
	if (fetch->memory.closed_routes)
		bound->flags |= BIND_CLOSED_ROUTES;
	fetch->request = request_begin(fetch->context, fetch->client, bound,
								   fetch->credentials, &fetch->memory);
}

/* ---------- values ---------- */

typedef struct ColumnContext
{
	const Fetch *fetch;
	int			attnum;
} ColumnContext;

/* Says which column a value would not fit. */
static void
column_error_context(void *arg)
{
	const ColumnContext *context = arg;
	const Table *table = context->fetch->table;

	if (context->attnum > 0)
		errcontext("column \"%s\" of foreign table \"%s\"",
				   table->columns[context->attnum].name, table->name);
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

/*
 * The hour of an hourly row: HOUR is 0 to 23 of the day DATE, or DATE tells
 * the hour by itself.  Rows of other granularities have none.
 */
static JsonValue
hour_value(const Fetch *fetch, const FetchBranch *branch, const FetchField *field,
		   const JsonRow *row)
{
	const char *granularity = request_variable(fetch->request, row, "granularity");
	char	   *day = value_plain_text(&branch->values[field->place]);
	char	   *hour = value_plain_text(&branch->values[field->hour_place]);

	if (granularity == NULL || strcmp(granularity, "HOUR") != 0 || day == NULL)
		return text_value(NULL);
	if (hour == NULL)
		return branch->values[field->place];
	return text_value(psprintf("%.10sT%02d:00:00Z", day, atoi(hour)));
}

/*
 * The name of the member in which a row stands.  Of a report that is an id, or
 * else nothing says whose row it is.
 */
static JsonValue
key_value(const Fetch *fetch, const JsonRow *row)
{
	JsonError	error = {"the report does not tell by id whose row it is", row->offset};

	if (request_level(fetch->request)->route->transport == TRANSPORT_REPORT &&
		(row->key == NULL || *row->key == '\0' ||
		 strspn(row->key, "0123456789") != strlen(row->key)))
		request_row_error(fetch->request, row, &error);
	return text_value(row->key);
}

/* The value of a column; element is the row itself where items have elements. */
static JsonValue
column_value(const Fetch *fetch, const FetchBranch *branch, const FetchField *field,
			 const JsonRow *row, const JsonRow *element)
{
	const Column *column = field->column;

	if (column == NULL)
		return text_value(NULL);
	switch (column->source)
	{
		case FROM_ITEM:
		case FROM_METRIC:
			if (branch->values[field->place].kind == JV_MISSING && field->second_place >= 0)
				return branch->values[field->second_place];
			return branch->values[field->place];
		case FROM_WHOLE_ITEM:
			return json_row_value(row);
		case FROM_REQUEST:
			return text_value(request_variable(fetch->request, row, column->name));
		case FROM_KEY:
			return key_value(fetch, element);
		case FROM_ELEMENT:
			return field->place >= 0 ? branch->elements[field->place] : json_row_value(element);
		case FROM_HOUR:
			return hour_value(fetch, branch, field, row);
	}
	return text_value(NULL);
}

/* ---------- rows ---------- */

static FetchBranch *
find_branch(const Fetch *fetch, const Stream *stream)
{
	for (int i = 0; i < fetch->nbranches; i++)
		if (fetch->branches[i].stream == stream)
			return &fetch->branches[i];
	pg_unreachable();
}

/* Whether a row belongs to the ad accounts that the options name. */
static bool
is_of_accounts(const Fetch *fetch, const FetchBranch *branch)
{
	char	   *account;

	if (branch->account_place < 0)
		return true;
	account = value_plain_text(&branch->values[branch->account_place]);
	return account != NULL &&
		has_string(fetch->table->options->ad_account_ids, account);
}

/* Whether a row is one of its route's own: see Route.own_field. */
static bool
is_own(const Fetch *fetch, const FetchBranch *branch)
{
	const Route *route = request_level(fetch->request)->route;
	const char *value;

	if (route->own_field == NULL)
		return true;
	value = value_plain_text(&branch->values[json_shape_add(branch->shape, route->own_field)]);
	return value != NULL && request_names(fetch->request, route->own_variable, value);
}

/* The next item that counts, with its fields; false after the last. */
static bool
next_item(Fetch *fetch, FetchBranch **branch, JsonRow *row)
{
	JsonError	error;

	do
	{
		if (!request_next_row(fetch->request, row))
			return false;
		*branch = find_branch(fetch, request_level(fetch->request)->stream);
		if (!json_row_fields((*branch)->shape, row, (*branch)->values, &error))
			request_row_error(fetch->request, row, &error);
	} while (!is_of_accounts(fetch, *branch) || !is_own(fetch, *branch));
	return true;
}

/* Begins to read the elements that a path leads to in the current item. */
static void
open_elements(Fetch *fetch)
{
	free_item_reader(fetch);
	fetch->item_reader = json_reader_create(fetch->item_branch->stream->elements[fetch->item_path]);
	if (fetch->item_reader == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	json_reader_allow_none(fetch->item_reader);
	if (!json_reader_append(fetch->item_reader, fetch->item.data, fetch->item.len))
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	json_reader_finish(fetch->item_reader);
}

/* The next element of the current item; false where there are no more. */
static bool
next_element(Fetch *fetch, JsonRow *element)
{
	while (fetch->item_reader != NULL)
	{
		JsonProgress progress = json_reader_next(fetch->item_reader, element);

		if (progress == JSON_GOT_ROW)
			return true;
		if (progress == JSON_BAD)
			request_row_error(fetch->request, &fetch->item,
							  json_reader_error(fetch->item_reader));
		if (fetch->item_branch->stream->elements[++fetch->item_path] != NULL)
			open_elements(fetch);
		else
			free_item_reader(fetch);
	}
	return false;
}

/*
 * The next row of a branch whose items have elements.  The item's own fields
 * are read anew for each, since what was decoded of them is short-lived.
 */
static bool
next_element_row(Fetch *fetch, JsonRow *element)
{
	FetchBranch *branch = fetch->item_branch;
	JsonError	error;

	if (!next_element(fetch, element))
		return false;
	if (!json_row_fields(branch->shape, &fetch->item, branch->values, &error) ||
		!json_row_fields(branch->element_shape, element, branch->elements, &error))
		request_row_error(fetch->request, &fetch->item, &error);
	return true;
}

/* Finds the next row, and the element of it that counts. */
static bool
next_row(Fetch *fetch, FetchBranch **branch, JsonRow *row, JsonRow *element)
{
	for (;;)
	{
		if (fetch->item_reader != NULL && next_element_row(fetch, element))
		{
			*branch = fetch->item_branch;
			*row = fetch->item;
			return true;
		}
		if (!next_item(fetch, branch, row))
			return false;
		if ((*branch)->element_shape == NULL)
		{
			*element = *row;
			return true;
		}
		fetch->item = *row;
		fetch->item_branch = *branch;
		fetch->item_path = 0;
		open_elements(fetch);
	}
}

/*
 * The next row: values and nulls have an element per attribute, those of
 * unwanted columns are NULL.  Data is palloc'd in the current context.
 * Returns false after the last row.
 */
bool
fetch_next(Fetch *fetch, Datum *values, bool *nulls)
{
	ColumnContext context = {fetch, 0};
	ErrorContextCallback callback = {error_context_stack, column_error_context, &context};
	FetchBranch *branch;
	JsonRow		row;
	JsonRow		element;

	if (!next_row(fetch, &branch, &row, &element))
		return false;
	memset(nulls, true, fetch->table->natts * sizeof(bool));
	error_context_stack = &callback;
	for (int i = 0; i < fetch->ncolumns; i++)
	{
		const FetchColumn *column = &fetch->columns[i];
		const FetchField *field = &branch->fields[i];
		const JsonValue *value = field->value;
		JsonValue	other;

		context.attnum = column->attnum;
		if (value == NULL)
		{
			other = column_value(fetch, branch, field, &row, &element);
			value = &other;
		}
		values[column->attnum - 1] = value_read(&column->reader, value,
												&nulls[column->attnum - 1]);
	}
	error_context_stack = callback.previous;
	return true;
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
 * goes with the context.
 */
void
fetch_end(Fetch *fetch)
{
	fetch_stop(fetch);
	client_return(fetch->client);
	fetch->client = NULL;
}

/* What has been done since fetch_create(). */
const RequestCounters *
fetch_counters(const Fetch *fetch)
{
	return &fetch->memory.counters;
}
