/*-------------------------------------------------------------------------
 *
 * import.c
 *		  IMPORT FOREIGN SCHEMA.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/catalog/import.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "foreign/foreign.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "catalog/import.h"
#include "streams/stream_columns.h"
#include "streams/stream_lookup.h"
#include "util/compat.h"
#include "util/strings.h"

/* The one schema that there is to import from. */
#define REMOTE_SCHEMA "pinterest"

static void
check_remote_schema(const char *name)
{
	if (strcmp(name, REMOTE_SCHEMA) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_SCHEMA_NOT_FOUND),
				 errmsg("remote schema \"%s\" does not exist", name),
				 errhint("The streams are in remote schema \"%s\".", REMOTE_SCHEMA)));
}

/* LIMIT TO and EXCEPT name streams, or aliases of theirs. */
static void
check_table_names(const List *tables)
{
	ListCell   *cell;

	foreach(cell, tables)
	{
		const char *name = ((RangeVar *) lfirst(cell))->relname;

		if (find_stream(name) == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_TABLE_NOT_FOUND),
					 errmsg("stream \"%s\" does not exist", name),
					 errhint("%s", stream_hint(name))));
	}
}

static void
reject_import_option(const char *name)
{
	ClosestMatchState match;
	const char *closest;

	initClosestMatch(&match, name, 4);
	updateClosestMatch(&match, "metrics");
	closest = getClosestMatch(&match);
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
			 errmsg("invalid option \"%s\"", name),
			 closest ? errhint("Perhaps you meant the option \"%s\".", closest) :
			 errhint("Valid options in this context are: metrics.")));
}

/* Which metrics a table is imported with; each set has the one before it. */
typedef enum MetricSet
{
	METRICS_STANDARD,
	METRICS_ALL,				/* all that need no report */
	METRICS_REPORTS				/* all that reports have */
} MetricSet;

/* Which metrics the import's options ask for. */
static MetricSet
wanted_metric_set(const List *options)
{
	static const char *const names[] = {"standard", "all", "reports"};
	int			set = METRICS_STANDARD;
	ListCell   *cell;

	foreach(cell, options)
	{
		DefElem    *def = lfirst(cell);
		char	   *value;

		if (strcmp(def->defname, "metrics") != 0)
			reject_import_option(def->defname);
		value = defGetString(def);
		for (set = METRICS_STANDARD; set <= METRICS_REPORTS; set++)
			if (strcmp(value, names[set]) == 0)
				break;
		if (set > METRICS_REPORTS)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
					 errmsg("invalid value for option \"metrics\": \"%s\"", value),
					 errhint("Valid values are standard, all and reports.")));
	}
	return set;
}

/*
 * Whether a table is imported with a column.  One with the metrics of reports
 * lacks those that reports lack, or nothing could read all of its columns.
 */
static bool
is_imported_column(const Stream *stream, const Column *column, MetricSet metrics)
{
	Source		last = stream_source(stream, stream_source_count(stream) - 1);

	if (column->origin != FROM_METRIC)
		return true;
	if (metrics == METRICS_REPORTS)
		return stream->report_metrics == NULL || source_has_metric(stream, &last, column);
	return column->standard ||
		(metrics == METRICS_ALL && !is_report_metric(stream, column));
}

static bool
is_listed(const ImportForeignSchemaStmt *stmt, const char *name)
{
	ListCell   *cell;

	foreach(cell, stmt->table_list)
	{
		if (strcmp(((RangeVar *) lfirst(cell))->relname, name) == 0)
			return true;
	}
	return false;
}

/*
 * The names of a stream, its own before its aliases, that LIMIT TO or EXCEPT
 * lists.
 */
static List *
listed_names(const ImportForeignSchemaStmt *stmt, const Stream *stream)
{
	List	   *names = NIL;

	if (is_listed(stmt, stream->name))
		names = lappend(names, unconstify(char *, stream->name));
	foreach_string(alias, stream->aliases)
	{
		if (is_listed(stmt, *alias))
			names = lappend(names, unconstify(char *, *alias));
	}
	return names;
}

/*
 * The names under which a stream is imported: those that LIMIT TO lists, else
 * its own, unless EXCEPT lists any of them.
 */
static List *
imported_names(const ImportForeignSchemaStmt *stmt, const Stream *stream)
{
	List	   *listed = listed_names(stmt, stream);

	if (stmt->list_type == FDW_IMPORT_SCHEMA_LIMIT_TO)
		return listed;
	return listed == NIL ? list_make1(unconstify(char *, stream->name)) : NIL;
}

/*
 * Puts down a column's type: with its schema unless the type's name is syntax,
 * as the statement is read by the search_path of whoever imports, where another
 * type of that name may come first.
 */
static void
append_type(StringInfo sql, ColumnType type)
{
	bool		is_syntax = type == TYPE_BIGINT || type == TYPE_DOUBLE ||
		type == TYPE_BOOLEAN || type == TYPE_TIME;

	appendStringInfo(sql, "%s%s", is_syntax ? "" : "pg_catalog.", column_type_name(type));
}

/*
 * No column needs an option: the catalog knows by a column's name which field
 * it is.
 */
static char *
create_statement(const Stream *stream, const char *name, const char *server,
				 MetricSet metrics)
{
	StringInfoData sql;
	const char *separator = "";

	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE FOREIGN TABLE %s (", quote_identifier(name));
	foreach_stream_column(column, stream)
	{
		if (!is_imported_column(stream, *column, metrics))
			continue;
		appendStringInfo(&sql, "%s\n\t%s ", separator, quote_identifier((*column)->name));
		append_type(&sql, (*column)->type);
		separator = ",";
	}
	appendStringInfo(&sql, "\n) SERVER %s OPTIONS (stream %s)",
					 quote_identifier(server), quote_literal_cstr(stream->name));
	return sql.data;
}

/*
 * The FdwRoutine's ImportForeignSchema: CREATE FOREIGN TABLE statements
 * (char *, palloc'd), one for each stream that is wanted, and each name that it
 * is wanted by.  Asks nothing of the API.  Raises an error where the remote
 * schema, a stream or an option is unknown.
 */
List *
pinterestImportForeignSchema(ImportForeignSchemaStmt *stmt, Oid serverOid)
{
	ForeignServer *server = GetForeignServer(serverOid);
	MetricSet	metrics = wanted_metric_set(stmt->options);
	List	   *statements = NIL;

	check_remote_schema(stmt->remote_schema);
	check_table_names(stmt->table_list);
	foreach_stream(stream)
	{
		ListCell   *cell;

		foreach(cell, imported_names(stmt, *stream))
		{
			statements = lappend(statements,
								 create_statement(*stream, lfirst(cell), server->servername, metrics));
		}
	}
	return statements;
}
