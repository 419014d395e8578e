/*-------------------------------------------------------------------------
 *
 * history_rules.c
 *		  What scans go by, for the functions that are written in SQL.
 *
 * Which days a period has, how far the API reaches back, what options mean:
 * a history has to see these as the scans that fill it do, and comments have
 * to be of the fields that scans show.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/history/history_rules.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "catalog/pg_class.h"
#include "fmgr.h"
#include "foreign/foreign.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "parser/parse_func.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "option/setting.h"
#include "option/url_policy.h"
#include "plan/dates.h"
#include "streams/stream_columns.h"
#include "streams/stream_lookup.h"
#include "util/iso_time.h"
#include "util/result_row.h"
#include "util/strings.h"

PG_FUNCTION_INFO_V1(pinterest_fdw_period_start);
PG_FUNCTION_INFO_V1(pinterest_fdw_next_period);
PG_FUNCTION_INFO_V1(pinterest_fdw_period_days);
PG_FUNCTION_INFO_V1(pinterest_fdw_table_stream);
PG_FUNCTION_INFO_V1(pinterest_fdw_table_settings);
PG_FUNCTION_INFO_V1(pinterest_fdw_table_accounts);
PG_FUNCTION_INFO_V1(pinterest_fdw_table_dates);
PG_FUNCTION_INFO_V1(pinterest_fdw_table_comments);

/* ---------- periods ---------- */

/* The first day of the period of a granularity that a day lies in. */
Datum
pinterest_fdw_period_start(PG_FUNCTION_ARGS)
{
	DateADT		day = PG_GETARG_DATEADT(0);
	const char *granularity = text_to_cstring(PG_GETARG_TEXT_PP(1));

	PG_RETURN_DATEADT(period_start(granularity, day));
}

/* The first day of the period after it. */
Datum
pinterest_fdw_next_period(PG_FUNCTION_ARGS)
{
	DateADT		day = PG_GETARG_DATEADT(0);
	const char *granularity = text_to_cstring(PG_GETARG_TEXT_PP(1));

	PG_RETURN_DATEADT(next_period(granularity, day));
}

/* The first days of the periods from one to another; none without an end. */
Datum
pinterest_fdw_period_days(PG_FUNCTION_ARGS)
{
	ResultRow	row = {.result = (ReturnSetInfo *) fcinfo->resultinfo};
	DateADT		first = PG_GETARG_DATEADT(0);
	DateADT		last = PG_GETARG_DATEADT(1);
	const char *granularity = text_to_cstring(PG_GETARG_TEXT_PP(2));

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (DATE_NOT_FINITE(first) || DATE_NOT_FINITE(last))
		return (Datum) 0;
	for (DateADT day = first; day <= last; day = next_period(granularity, day))
	{
		CHECK_FOR_INTERRUPTS();
		add_datum(&row, DateADTGetDatum(day), false);
		finish_row(&row);
	}
	return (Datum) 0;
}

/* ---------- foreign tables ---------- */

/* Whether a relation is a foreign table of a wrapper that has our handler. */
static bool
is_our_table(Oid relid)
{
	List	   *handler = list_make2(makeString("pinterest_fdw"), makeString("pinterest_fdw_handler"));
	ForeignServer *server;

	if (get_rel_relkind(relid) != RELKIND_FOREIGN_TABLE)
		return false;
	server = GetForeignServer(GetForeignTable(relid)->serverid);
	return GetForeignDataWrapper(server->fdwid)->fdwhandler == LookupFuncName(handler, 0, NULL, false);
}

/* The stream of one of our foreign tables; NULL: it is none, or of no known stream. */
static const Stream *
table_stream(Oid relid)
{
	const char *name;

	if (!is_our_table(relid))
		return NULL;
	name = option_value(GetForeignTable(relid)->options, "stream");
	return name ? find_stream(name) : NULL;
}

/* The stream's name, whichever of its names the option has. */
Datum
pinterest_fdw_table_stream(PG_FUNCTION_ARGS)
{
	const Stream *stream = table_stream(PG_GETARG_OID(0));

	if (stream == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(stream->name));
}

/*
 * One row for each setting of a table's stream: its name, its values where the
 * catalog lists them, those that rows have where no condition chooses others, and
 * the one that they have where no option does either.
 */
Datum
pinterest_fdw_table_settings(PG_FUNCTION_ARGS)
{
	ResultRow	row = {.result = (ReturnSetInfo *) fcinfo->resultinfo};
	const TableOptions *options = get_table_options(PG_GETARG_OID(0));

	InitMaterializedSRF(fcinfo, 0);
	foreach_setting(setting, options->stream->settings)
	{
		add_text(&row, setting->filter.column);
		add_texts(&row, setting->filter.values);
		add_text_list(&row, usual_setting(options, setting));
		add_text(&row, setting_default(setting));
		finish_row(&row);
	}
	return (Datum) 0;
}

/*
 * One row where options restrict a table's rows to some ad accounts: the column
 * by which they do, and the accounts.
 */
Datum
pinterest_fdw_table_accounts(PG_FUNCTION_ARGS)
{
	ResultRow	row = {.result = (ReturnSetInfo *) fcinfo->resultinfo};
	const TableOptions *options = get_table_options(PG_GETARG_OID(0));
	const char *column = restricted_column(options->stream);

	InitMaterializedSRF(fcinfo, 0);
	if (column != NULL && options->ad_account_ids != NIL)
	{
		add_text(&row, column);
		add_text_list(&row, options->ad_account_ids);
		finish_row(&row);
	}
	return (Datum) 0;
}

/*
 * How far rows of a granularity reach back, reports included where there are
 * any; NULL: they have no dates.
 */
static const DateLimit *
longest_limit(const TableOptions *options, const char *granularity)
{
	bool		sandbox = is_sandbox_url(options->base_url);
	const DateLimit *longest = NULL;

	for (int i = 0; i < stream_source_count(options->stream); i++)
	{
		Source		source = stream_source(options->stream, i);
		const DateLimit *limit;

		if (source.date_limits == NULL || !source_serves(&source, granularity) ||
			(sandbox && source_has_reports(&source)))
			continue;
		limit = date_limit(&source, granularity);
		if (longest == NULL || limit->history_days > longest->history_days)
			longest = limit;
	}
	return longest;
}

/*
 * The days of a table's rows of a granularity, by default the usual one:
 * granularity, today, days that the API reaches back, first day that it has the
 * whole period of, first one that is fetched where nothing is stored, and what
 * options say of the latter and of the days to fetch anew.
 */
Datum
pinterest_fdw_table_dates(PG_FUNCTION_ARGS)
{
	const TableOptions *options = get_table_options(PG_GETARG_OID(0));
	const char *granularity = PG_ARGISNULL(1) ? stream_granularity(options->stream, options) :
		text_to_cstring(PG_GETARG_TEXT_PP(1));
	const DateLimit *limit = longest_limit(options, granularity);
	DateADT		today = utc_today();
	Datum		values[] = {
		CStringGetTextDatum(granularity),
		DateADTGetDatum(today),
		Int32GetDatum(limit ? limit->history_days : 0),
		DateADTGetDatum(limit ? first_kept_day(limit, granularity) : 0),
		DateADTGetDatum(default_first_day(options, 0, today)),
		DateADTGetDatum(options->start_date),
		Int32GetDatum(options->lookback_days)
	};
	bool		nulls[] = {false, false, limit == NULL, limit == NULL, false, !options->has_start_date, false};
	TupleDesc	tupdesc;

	if (get_call_result_type(fcinfo, NULL, &tupdesc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(tupdesc), values, nulls));
}

/* The catalog's word for a column of a foreign table; NULL: it knows none. */
static const Column *
catalog_column(const Stream *stream, Oid relid, Form_pg_attribute attribute)
{
	const char *field = column_field_option(relid, attribute->attnum);

	return field ? find_field(stream, field) : find_column(stream, NameStr(attribute->attname));
}

static void
put_comment(ResultRow *row, int attnum, const char *comment)
{
	add_datum(row, Int16GetDatum(attnum), false);
	add_text(row, comment);
	finish_row(row);
}

/*
 * What the catalog says of a foreign table, as column 0, and of its columns; no
 * rows where the relation is none of ours.
 */
Datum
pinterest_fdw_table_comments(PG_FUNCTION_ARGS)
{
	ResultRow	row = {.result = (ReturnSetInfo *) fcinfo->resultinfo};
	Oid			relid = PG_GETARG_OID(0);
	const Stream *stream = table_stream(relid);
	Relation	relation;
	TupleDesc	tupdesc;

	InitMaterializedSRF(fcinfo, 0);
	if (stream == NULL)
		return (Datum) 0;
	put_comment(&row, 0, stream->comment);
	relation = relation_open(relid, AccessShareLock);
	tupdesc = RelationGetDescr(relation);
	for (int i = 0; i < tupdesc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(tupdesc, i);
		const Column *column = attribute->attisdropped ? NULL :
			catalog_column(stream, relid, attribute);

		if (column != NULL)
			put_comment(&row, attribute->attnum, column->comment);
	}
	relation_close(relation, AccessShareLock);
	return (Datum) 0;
}
