/*-------------------------------------------------------------------------
 *
 * analyzed.c
 *		  What ANALYZE has counted of the streams of a server.
 *
 * The planner has the rows of a table that the query reads from pg_class.  Of the
 * lists that it hangs on other tables tell, if there are any, whoever has analyzed
 * them or restored their statistics.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/plan/analyzed.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/reloptions.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_foreign_table.h"
#include "commands/defrem.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "plan/analyzed.h"
#include "streams/stream_lookup.h"

/* Of one server. */
typedef struct AnalyzedServer
{
	Oid			serverid;
	double	   *rows;			/* by the place in streams; 0: unknown */
} AnalyzedServer;

static MemoryContext servers_context;	/* NULL: not asked for yet */
static List *servers = NIL;		/* AnalyzedServer *, in servers_context */
static bool is_stale = true;

/* A relation may have been analyzed, created, altered or dropped. */
static void
relation_changed(Datum arg, Oid relid)
{
	is_stale = true;
}

/* Forgets what may not be so any more. */
static void
begin_anew(void)
{
	if (servers_context == NULL)
	{
		CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
		servers_context = AllocSetContextCreate(CacheMemoryContext, "pinterest_fdw analyzed",
												ALLOCSET_SMALL_SIZES);
	}
	MemoryContextReset(servers_context);
	servers = NIL;
	is_stale = false;
}

/* The place among all streams; -1 for NULL. */
static int
place_of(const Stream *stream)
{
	int			place = 0;

	foreach_stream(other)
	{
		if (*other == stream)
			return place;
		place++;
	}
	return -1;
}

/* The stream all rows of which a table with some options shows; NULL: there is none. */
static const Stream *
whole_stream(Datum options)
{
	const Stream *stream = NULL;
	ListCell   *cell;

	foreach(cell, untransformRelOptions(options))
	{
		DefElem    *option = lfirst(cell);

		if (strcmp(option->defname, "ad_account_id") == 0)
			return NULL;
		if (strcmp(option->defname, "stream") == 0)
			stream = find_stream(defGetString(option));
	}
	return stream;
}

/* The rows that pg_class has of a table; 0: none, or those of a partition alone. */
static double
table_rows(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	double		rows = 0;

	if (!HeapTupleIsValid(tuple))
		return 0;
	if (!((Form_pg_class) GETSTRUCT(tuple))->relispartition)
		rows = Max(0, ((Form_pg_class) GETSTRUCT(tuple))->reltuples);
	ReleaseSysCache(tuple);
	return rows;
}

/* Adds what is known of a server's tables. */
static void
read_tables(AnalyzedServer *server)
{
	Relation	catalog = table_open(ForeignTableRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, NULL, 0, NULL);
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_foreign_table form = (Form_pg_foreign_table) GETSTRUCT(tuple);
		double		rows = form->ftserver == server->serverid ? table_rows(form->ftrelid) : 0;
		bool		isnull;
		Datum		options;
		int			place;

		if (rows < 1)
			continue;
		options = heap_getattr(tuple, Anum_pg_foreign_table_ftoptions,
							   RelationGetDescr(catalog), &isnull);
		place = isnull ? -1 : place_of(whole_stream(options));
		if (place >= 0)
			server->rows[place] = Max(server->rows[place], rows);
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
}

static AnalyzedServer *
find_server(Oid serverid)
{
	AnalyzedServer *server;
	MemoryContext old;
	ListCell   *cell;
	int			count = 0;

	foreach(cell, servers)
	{
		server = lfirst(cell);
		if (server->serverid == serverid)
			return server;
	}
	foreach_stream(stream)
	{
		count++;
	}
	old = MemoryContextSwitchTo(servers_context);
	server = palloc(sizeof(AnalyzedServer));
	server->serverid = serverid;
	server->rows = palloc0(count * sizeof(double));
	MemoryContextSwitchTo(old);
	read_tables(server);
	old = MemoryContextSwitchTo(servers_context);
	servers = lappend(servers, server);
	MemoryContextSwitchTo(old);
	return server;
}

/*
 * The most rows that an analyzed foreign table of a server has which shows all of a
 * stream; 0: there is none.
 */
double
analyzed_rows(Oid serverid, const Stream *stream)
{
	if (is_stale)
		begin_anew();
	return find_server(serverid)->rows[place_of(stream)];
}
