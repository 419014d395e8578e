/*-------------------------------------------------------------------------
 *
 * check_scopes.c
 *		  Which scopes the tables of a server need, and which the token lacks.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/diagnosis/check_scopes.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_foreign_table.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "diagnosis/check_private.h"
#include "util/strings.h"

/* How many of the tables that need a scope are shown. */
#define MAX_TABLES_SHOWN 3

/* A scope, and which tables need it. */
typedef struct ScopeNeed
{
	const char *scope;
	StringInfoData tables;
	int			count;
} ScopeNeed;

/* The foreign tables of a server in this database, as a list of OIDs. */
static List *
tables_of_server(Oid serverid)
{
	Relation	catalog = table_open(ForeignTableRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, NULL, 0, NULL);
	List	   *relids = NIL;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_foreign_table form = (Form_pg_foreign_table) GETSTRUCT(tuple);

		if (form->ftserver == serverid)
			relids = lappend_oid(relids, form->ftrelid);
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return relids;
}

static void
add_need(Check *check, const char *scope, Oid relid)
{
	ScopeNeed  *need = NULL;
	ListCell   *cell;

	foreach(cell, check->needs)
	{
		if (strcmp(((ScopeNeed *) lfirst(cell))->scope, scope) == 0)
			need = lfirst(cell);
	}
	if (need == NULL)
	{
		need = palloc0(sizeof(ScopeNeed));
		need->scope = scope;
		initStringInfo(&need->tables);
		check->needs = lappend(check->needs, need);
	}
	if (need->count++ < MAX_TABLES_SHOWN)
		append_listed(&need->tables, ", ",
					  quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)),
												 get_rel_name(relid)));
}

/* Step: finds out which scopes the server's tables need. */
static void
collect_needs(Check *check)
{
	List	   *relids = tables_of_server(check->server->serverid);
	ListCell   *cell;

	foreach(cell, relids)
	{
		const Stream *stream;

		/* not one that was dropped since */
		if (!SearchSysCacheExists1(FOREIGNTABLEREL, ObjectIdGetDatum(lfirst_oid(cell))) ||
			get_rel_name(lfirst_oid(cell)) == NULL)
			continue;
		stream = get_table_options(lfirst_oid(cell))->stream;

		foreach_string(scope, stream->scopes)
		{
			add_need(check, *scope, lfirst_oid(cell));
		}
	}
}

/* Whether a list of scopes, with commas or spaces between, has one. */
static bool
grants(const char *granted, const char *scope)
{
	static const char separators[] = ", ";

	while (*granted != '\0')
	{
		size_t		len = strcspn(granted, separators);

		if (len == strlen(scope) && memcmp(granted, scope, len) == 0)
			return true;
		granted += len;
		granted += strspn(granted, separators);
	}
	return false;
}

/* The scopes that the tables need, palloc'd; "" for none. */
static char *
needed_scopes(const Check *check)
{
	StringInfoData text;
	ListCell   *cell;

	initStringInfo(&text);
	foreach(cell, check->needs)
	{
		append_listed(&text, ", ", ((const ScopeNeed *) lfirst(cell))->scope);
	}
	return text.data;
}

/* Returns whether there is a row: the scope is not granted. */
static bool
put_missing_scope(const Check *check, const ScopeNeed *need)
{
	const char *tables = need->tables.data;

	if (grants(check->mapping->granted_scope, need->scope))
		return false;
	if (need->count > MAX_TABLES_SHOWN)
		tables = psprintf("%s and %d more", tables, need->count - MAX_TABLES_SHOWN);
	check_put(check, "scopes", CHECK_WARNING,
			  psprintf("%s is not granted; needed by %s.", need->scope, tables),
			  check->mapping->kind == TOKEN_CLIENT ?
			  "Add it to option \"scope\" of the user mapping if these are to be read." :
			  "Connect anew with this scope, too, if these are to be read.");
	return true;
}

void
put_scopes(Check *check)
{
	const ErrorData *error = check_attempt(check, collect_needs);
	bool		is_missing = false;
	ListCell   *cell;

	if (error != NULL)
	{
		check_put_error(check, "scopes", CHECK_UNKNOWN, error);
		return;
	}
	if (check->needs == NIL)
	{
		check_put(check, "scopes", CHECK_OK, "No foreign table of this server needs one.", NULL);
		return;
	}
	if (check->mapping->granted_scope == NULL)
	{
		check_put(check, "scopes", CHECK_UNKNOWN,
				  psprintf("What was granted is not known. Needed by the tables: %s.",
						   needed_scopes(check)),
				  "Compare with what was chosen when the token was made.");
		return;
	}
	foreach(cell, check->needs)
	{
		is_missing |= put_missing_scope(check, lfirst(cell));
	}
	if (!is_missing)
		check_put(check, "scopes", CHECK_OK,
				  "All that the foreign tables of this server need are granted.", NULL);
}
