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

#include "miscadmin.h"

#include "option/server.h"
#include "util/compat.h"

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

/*
 * The server that an argument of type name stands for, palloc'd.  Raises 22004
 * for null, 42704 where there is no such server, 42809 where it is another
 * wrapper's, and 42501 where the caller lacks USAGE on it.
 */
ForeignServer *
server_argument(FunctionCallInfo fcinfo, int number)
{
	ForeignServer *server;

	if (PG_ARGISNULL(number))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("server must not be null")));
	server = GetForeignServerByName(NameStr(*PG_GETARG_NAME(number)), false);
	if (!server_is_ours(server))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("server \"%s\" is not a server of pinterest_fdw", server->servername)));
	if (compat_server_aclcheck(server->serverid, GetUserId(), ACL_USAGE) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_FOREIGN_SERVER, server->servername);
	return server;
}
