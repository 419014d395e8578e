/*-------------------------------------------------------------------------
 *
 * fetch.c
 *		  Rows of a foreign table, with or without an executor.
 *
 * Joins the two halves of a scan: request.c brings rows as JSON, value.c
 * makes Datums of their fields.  Which field goes into which column is worked
 * out once per scan.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/fetch.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "auth.h"
#include "fetch.h"
#include "level.h"
#include "value.h"

#define USER_AGENT "pinterest_fdw/1.0"

typedef struct FetchColumn
{
	int			attnum;
	const Column *column;
	int			place;			/* of its field in values; -1: none */
	ValueReader reader;
} FetchColumn;

struct Fetch
{
	MemoryContext context;
	const Table *table;
	HttpClient *client;
	char	   *token;
	RequestCounters counters;
	bool		warned_of_dates;
	RequestScan *request;		/* NULL: not started */

	FetchColumn *columns;
	int			ncolumns;
	JsonShape  *shape;
	JsonValue  *values;
	int			account_place;	/* of the row's own ad account; -1: its
								 * request names it, or any will do */
};

/* The place in an item where a column's value stands; NULL: not in there. */
static char *
column_path(const Stream *stream, const Column *column)
{
	switch (column->source)
	{
		case FROM_ITEM:
			return pstrdup(column->field);
		case FROM_METRIC:
			return psprintf("%s%s", stream->metrics_param->prefix, column->field);
		default:
			return NULL;
	}
}

static void
add_column(Fetch *fetch, int attnum)
{
	const TableColumn *described = &fetch->table->columns[attnum];
	FetchColumn *column = &fetch->columns[fetch->ncolumns];
	char	   *path;

	column->attnum = attnum;
	column->column = wanted_column(fetch->table, attnum);
	if (column->column == NULL)
		return;
	path = column_path(fetch->table->options->stream, column->column);
	column->place = path ? json_shape_add(fetch->shape, path) : -1;
	value_reader_init(&column->reader,
					  described->in_catalog ? column->column : NULL,
					  described->typid, described->typmod, fetch->token);
	fetch->ncolumns++;
}

static HttpClient *
create_client(MemoryContext context, const TableOptions *options)
{
	HttpOptions http = {
		.proxy = options->proxy,
		.ca_file = options->ca_file,
		.connect_timeout_ms = options->connect_timeout_ms,
		.idle_timeout_ms = options->request_timeout_ms,
		.max_connections = options->max_connections,
		.user_agent = USER_AGENT,
	};

	return http_client_create(context, &http);
}

/*
 * Prepares to fetch some columns (a list of attribute numbers) of a table, as
 * userid.  Lives in context, whose end frees all it holds, connections
 * included.  Raises errors where the user has no mapping or token, and for a
 * column whose meaning is unknown.
 */
Fetch *
fetch_create(MemoryContext context, const Table *table, const List *attnums,
			 Oid userid)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	Fetch	   *fetch = palloc0(sizeof(Fetch));
	const char *account = table->options->stream->account_column;
	ListCell   *cell;

	fetch->context = context;
	fetch->table = table;
	fetch->token = auth_access_token(userid, table->options->serverid);
	fetch->client = create_client(context, table->options);
	fetch->shape = json_shape_create();
	fetch->columns = palloc0((list_length(attnums) + 1) * sizeof(FetchColumn));
	foreach(cell, attnums)
		add_column(fetch, lfirst_int(cell));
	fetch->account_place = -1;
	if (account != NULL && table->options->ad_account_ids != NIL)
		fetch->account_place = json_shape_add(fetch->shape, account);
	fetch->values = palloc0((json_shape_size(fetch->shape) + 1) * sizeof(JsonValue));
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
	fetch->request = request_begin(fetch->context, fetch->client, bound,
								   fetch->token, &fetch->counters,
								   &fetch->warned_of_dates);
}

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

static JsonValue
column_value(const Fetch *fetch, const FetchColumn *column, const JsonRow *row)
{
	JsonValue	value = {JV_MISSING, NULL, 0};

	if (column->place >= 0)
		return fetch->values[column->place];
	if (column->column->source == FROM_WHOLE_ITEM)
	{
		value.kind = JV_OBJECT;
		value.data = row->data;
		value.len = row->len;
		return value;
	}
	value.data = request_variable(fetch->request, column->column->name);
	if (value.data != NULL)
	{
		value.kind = JV_STRING;
		value.len = strlen(value.data);
	}
	return value;
}

/* Whether a row belongs to the ad accounts that the options name. */
static bool
is_of_accounts(const Fetch *fetch)
{
	char	   *account;

	if (fetch->account_place < 0)
		return true;
	account = value_plain_text(&fetch->values[fetch->account_place]);
	return account != NULL &&
		has_string(fetch->table->options->ad_account_ids, account);
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
	JsonRow		row;
	JsonError	error;

	do
	{
		if (!request_next_row(fetch->request, &row))
			return false;
		if (!json_row_fields(fetch->shape, &row, fetch->values, &error))
			request_row_error(fetch->request, &row, &error);
	} while (!is_of_accounts(fetch));

	memset(nulls, true, fetch->table->natts * sizeof(bool));
	error_context_stack = &callback;
	for (int i = 0; i < fetch->ncolumns; i++)
	{
		const FetchColumn *column = &fetch->columns[i];
		JsonValue	value = column_value(fetch, column, &row);

		context.attnum = column->attnum;
		values[column->attnum - 1] = value_read(&column->reader, &value,
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

/* Stops fetching, whatever is under way; connections are kept. */
void
fetch_stop(Fetch *fetch)
{
	request_end(fetch->request);
	fetch->request = NULL;
}

/* What has been done since fetch_create(). */
const RequestCounters *
fetch_counters(const Fetch *fetch)
{
	return &fetch->counters;
}
