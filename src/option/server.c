/*-------------------------------------------------------------------------
 *
 * server.c
 *		  Foreign servers as arguments of SQL functions.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/option/server.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "option/server.h"
#include "streams/stream_lookup.h"
#include "util/compat.h"
#include "util/strings.h"

/* Whether a server is one of this wrapper's. */
bool
server_is_ours(const ForeignServer *server)
{
	return strcmp(GetForeignDataWrapper(server->fdwid)->fdwname, "pinterest_fdw") == 0;
}

/* Whether the current user owns a server, or is a member of the role that does. */
bool
server_is_own(const ForeignServer *server)
{
	return has_privs_of_role(GetUserId(), server->owner);
}

static int
compare_names(const ListCell *a, const ListCell *b)
{
	return strcmp(lfirst(a), lfirst(b));
}

/* The names (char *) of this wrapper's servers, in their order, palloc'd. */
static List *
names_of_servers(void)
{
	Relation	catalog = table_open(ForeignServerRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, NULL, 0, NULL);
	List	   *names = NIL;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		const ForeignServer *server = GetForeignServer(((Form_pg_foreign_server) GETSTRUCT(tuple))->oid);

		if (server_is_ours(server))
			names = lappend(names, server->servername);
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	list_sort(names, compare_names);
	return names;
}

/* What to tell someone who named a server that is none of ours, palloc'd. */
static char *
server_hint(const char *name)
{
	ClosestMatchState match;
	StringInfoData names;
	const char *closest;
	ListCell   *cell;

	initStringInfo(&names);
	initClosestMatch(&match, name, MAX_TYPOS);
	foreach(cell, names_of_servers())
	{
		append_listed(&names, ", ", lfirst(cell));
		updateClosestMatch(&match, lfirst(cell));
	}
	closest = getClosestMatch(&match);
	if (closest != NULL)
		return psprintf("Perhaps you meant the server \"%s\".", closest);
	if (names.len > 0)
		return psprintf("The servers of pinterest_fdw are %s.", names.data);
	return pstrdup("Create one with CREATE SERVER ... FOREIGN DATA WRAPPER pinterest_fdw.");
}

/*
 * The server that an argument of type name stands for, palloc'd.  Raises 22004
 * for null, 42704 where there is no such server, 42809 where it is another
 * wrapper's, and 42501 where the caller lacks USAGE on it.
 */
ForeignServer *
server_argument(FunctionCallInfo fcinfo, int number)
{
	const char *name;
	ForeignServer *server;

	if (PG_ARGISNULL(number))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("server must not be null"),
				 errhint("%s", server_hint(""))));
	name = NameStr(*PG_GETARG_NAME(number));
	server = GetForeignServerByName(name, true);
	if (server == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("server \"%s\" does not exist", name),
				 errhint("%s", server_hint(name))));
	if (!server_is_ours(server))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("server \"%s\" is not a server of pinterest_fdw", name),
				 errhint("%s", server_hint(name))));
	if (compat_server_aclcheck(server->serverid, GetUserId(), ACL_USAGE) != ACLCHECK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for foreign server %s", name),
				 errhint("Ask its owner for GRANT USAGE ON FOREIGN SERVER %s TO %s.",
						 quote_identifier(name),
						 quote_identifier(GetUserNameFromId(GetUserId(), false)))));
	return server;
}
