/*-------------------------------------------------------------------------
 *
 * user_mapping.c
 *		  User mappings: the secrets they hold, and how they change.
 *
 * A mapping changes by the functions behind the commands and not by
 * statements: no text with a secret in it exists that a log, a hook or
 * pg_stat_statements could keep.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/auth/user_mapping.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/reloptions.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "common/base64.h"
#include "common/hashfn.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "auth/user_mapping.h"
#include "option/option_mapping.h"
#include "util/iso_time.h"
#include "util/strings.h"

/* Which option goes where in a Mapping. */
typedef struct MappingField
{
	const char *option;
	size_t		offset;
	bool		is_time;
} MappingField;

#define STRING_FIELD(name) {#name, offsetof(Mapping, name), false}
#define TIME_FIELD(name) {#name, offsetof(Mapping, name), true}

static const MappingField mapping_fields[] = {
	STRING_FIELD(access_token),
	STRING_FIELD(access_token_file),
	STRING_FIELD(token_env),
	STRING_FIELD(app_id),
	STRING_FIELD(app_secret),
	STRING_FIELD(app),
	STRING_FIELD(grant),
	STRING_FIELD(scope),
	STRING_FIELD(refresh_token),
	STRING_FIELD(previous_refresh_token),
	STRING_FIELD(granted_scope),
	STRING_FIELD(renewal_error),
	TIME_FIELD(access_token_expires_at),
	TIME_FIELD(refresh_token_expires_at),
	TIME_FIELD(renewed_at),
	TIME_FIELD(renewal_failed_at),
};

/* ---------- times ---------- */

/* An option whose value is a time, in ISO 8601 and UTC; palloc'd. */
DefElem *
mapping_time_option(const char *name, TimestampTz time)
{
	struct pg_tm tm;
	fsec_t		fraction;

	/* a timestamp with time zone counts from midnight UTC */
	if (timestamp2tm(time, NULL, &tm, &fraction, NULL, NULL) != 0)
		elog(ERROR, "timestamp out of range");
	return mapping_option(name, psprintf("%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", tm.tm_year,
										 tm.tm_mon, tm.tm_mday, tm.tm_hour, tm.tm_min,
										 tm.tm_sec, (int) fraction));
}

/* ---------- reading ---------- */

static void
set_field(Mapping *mapping, const DefElem *option)
{
	for (int i = 0; i < (int) lengthof(mapping_fields); i++)
	{
		const MappingField *field = &mapping_fields[i];
		char	   *place = (char *) mapping + field->offset;
		const char *value;

		if (strcmp(field->option, option->defname) != 0)
			continue;
		value = defGetString(unconstify(DefElem *, option));
		if (!field->is_time)
			*(const char **) place = value;
		else if (!parse_utc_time(value, (TimestampTz *) place))
			*(TimestampTz *) place = 0;
	}
}

/* The app of the server's PUBLIC mapping. */
static void
take_public_app(Mapping *mapping)
{
	HeapTuple	tuple = SearchSysCache2(USERMAPPINGUSERSERVER,
										ObjectIdGetDatum(InvalidOid),
										ObjectIdGetDatum(mapping->serverid));
	Mapping    *public;

	if (!HeapTupleIsValid(tuple))
		return;
	public = mapping_of_tuple(tuple);
	ReleaseSysCache(tuple);
	mapping->app_id = public->app_id;
	mapping->app_secret = public->app_secret;
}

static TokenKind
kind_of(const Mapping *mapping)
{
	if (mapping->access_token_file != NULL)
		return TOKEN_FILE;
	if (mapping->token_env != NULL)
		return TOKEN_ENVIRONMENT;
	if (mapping->grant != NULL && strcmp(mapping->grant, GRANT_CLIENT_CREDENTIALS) == 0)
		return TOKEN_CLIENT;
	if (mapping->grant != NULL || mapping->refresh_token != NULL)
		return TOKEN_REFRESHED;
	return TOKEN_GIVEN;
}

/* What a tuple of pg_user_mapping says, palloc'd in the current context. */
Mapping *
mapping_of_tuple(HeapTuple tuple)
{
	Form_pg_user_mapping form = (Form_pg_user_mapping) GETSTRUCT(tuple);
	Mapping    *mapping = palloc0(sizeof(Mapping));
	bool		isnull;
	Datum		options;
	ListCell   *cell;

	mapping->umid = form->oid;
	mapping->serverid = form->umserver;
	mapping->umuser = form->umuser;
	options = SysCacheGetAttr(USERMAPPINGOID, tuple, Anum_pg_user_mapping_umoptions, &isnull);
	if (!isnull)
		mapping->options = untransformRelOptions(options);
	foreach(cell, mapping->options)
	{
		set_field(mapping, lfirst(cell));
	}
	mapping->kind = kind_of(mapping);
	if (mapping->app != NULL && OidIsValid(mapping->umuser))
		take_public_app(mapping);
	return mapping;
}

/*
 * The mapping of that OID as it is committed now, palloc'd; NULL where there
 * is none.
 */
Mapping *
mapping_by_id(Oid umid)
{
	HeapTuple	tuple = SearchSysCache1(USERMAPPINGOID, ObjectIdGetDatum(umid));
	Mapping    *mapping;

	if (!HeapTupleIsValid(tuple))
		return NULL;
	mapping = mapping_of_tuple(tuple);
	mapping->is_own_change =
		TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetXmin(tuple->t_data));
	ReleaseSysCache(tuple);
	return mapping;
}

/* The OID of a role's mapping, or PUBLIC's; InvalidOid: there is none. */
static Oid
find_mapping(Oid umuser, Oid serverid)
{
	return GetSysCacheOid2(USERMAPPINGUSERSERVER, Anum_pg_user_mapping_oid,
						   ObjectIdGetDatum(umuser), ObjectIdGetDatum(serverid));
}

/*
 * The OID of the mapping that counts for a user on a server, their own or PUBLIC's;
 * InvalidOid: there is none.
 */
Oid
mapping_id_of_user(Oid userid, Oid serverid)
{
	Oid			own = find_mapping(userid, serverid);

	return OidIsValid(own) ? own : find_mapping(InvalidOid, serverid);
}

/*
 * The mapping that counts for a user on a server, their own or PUBLIC's,
 * palloc'd.  Raises 42704 where there is none.
 */
Mapping *
mapping_of_user(Oid userid, Oid serverid)
{
	Mapping    *mapping = mapping_by_id(mapping_id_of_user(userid, serverid));
	const char *user;
	const char *server;

	if (mapping != NULL)
		return mapping;
	user = GetUserNameFromId(userid, false);
	server = GetForeignServer(serverid)->servername;
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("user mapping not found for user \"%s\", server \"%s\"", user, server),
			 errhint("Create it with CREATE USER MAPPING FOR %s SERVER %s OPTIONS (access_token '...'), or with an app's options and pinterest_fdw.connect().",
					 quote_identifier(user), quote_identifier(server))));
}

/* Whose quotas and statistics requests with a mapping's token count for. */
QuotaOwner
mapping_quota_owner(const Mapping *mapping, AccessTier tier)
{
	return (QuotaOwner)
	{
		.serverid = mapping->serverid,
		.umid = mapping->umid,
		.umuser = mapping->umuser,
		.tier = tier
	};
}

/*
 * Whether a mapping holds what it takes to get another access token.
 */
bool
mapping_is_renewable(const Mapping *mapping)
{
	return mapping->app_id != NULL && mapping->app_secret != NULL &&
		(mapping->kind == TOKEN_CLIENT ||
		 (mapping->kind == TOKEN_REFRESHED && mapping->refresh_token != NULL));
}

/* What goes over the wire as app_id:app_secret, palloc'd. */
static char *
basic_credentials(const Mapping *mapping)
{
	char	   *plain = psprintf("%s:%s", mapping->app_id, mapping->app_secret);
	int			room = pg_b64_enc_len(strlen(plain)) + 1;
	char	   *encoded = palloc0(room);

	if (pg_b64_encode((const void *) plain, strlen(plain), encoded, room - 1) < 0)
		elog(ERROR, "could not encode the credentials of an app");
	return encoded;
}

/*
 * Puts the secrets of a mapping into an array with room for MAPPING_SECRETS,
 * and returns how many there are.  What they point to lives as long as the
 * mapping, or as the current context.
 */
int
mapping_secrets(const Mapping *mapping, const char **secrets)
{
	const char *all[MAPPING_SECRETS] = {
		mapping->access_token, mapping->refresh_token, mapping->previous_refresh_token,
		mapping->app_secret,
		mapping->app_id && mapping->app_secret ? basic_credentials(mapping) : NULL,
	};
	int			count = 0;

	for (int i = 0; i < MAPPING_SECRETS; i++)
		if (all[i] != NULL)
			secrets[count++] = all[i];
	return count;
}

/* ---------- changing ---------- */

/* An option to be set, or with value NULL to be dropped; palloc'd. */
DefElem *
mapping_option(const char *name, const char *value)
{
	return makeDefElem(pstrdup(name), value ? (Node *) makeString(pstrdup(value)) : NULL, -1);
}

static RoleSpec *
role_of(Oid userid)
{
	RoleSpec   *role = makeNode(RoleSpec);

	role->roletype = OidIsValid(userid) ? ROLESPEC_CSTRING : ROLESPEC_PUBLIC;
	role->rolename = OidIsValid(userid) ? GetUserNameFromId(userid, false) : NULL;
	role->location = -1;
	return role;
}

/* What a change is called in ALTER: NULL where there is nothing to do. */
static DefElem *
alteration(const Mapping *mapping, const DefElem *change)
{
	bool		is_set = option_value(mapping->options, change->defname) != NULL;
	DefElem    *copy;

	if (change->arg == NULL && !is_set)
		return NULL;
	copy = makeDefElem(change->defname, change->arg, -1);
	copy->defaction = change->arg == NULL ? DEFELEM_DROP : is_set ? DEFELEM_SET : DEFELEM_ADD;
	return copy;
}

/* The changes of mapping_option() as ALTER takes them. */
static List *
alterations(const Mapping *mapping, const List *changes)
{
	List	   *altered = NIL;
	ListCell   *cell;

	foreach(cell, changes)
	{
		DefElem    *one = alteration(mapping, lfirst(cell));

		if (one != NULL)
			altered = lappend(altered, one);
	}
	return altered;
}

/*
 * Does what ALTER USER MAPPING without any change would, in the current
 * transaction: checks the current user's rights, and locks the mapping against
 * changes by others until its end.  Raises what ALTER USER MAPPING raises.
 */
void
mapping_lock(const Mapping *mapping)
{
	AlterUserMappingStmt *statement = makeNode(AlterUserMappingStmt);

	statement->user = role_of(mapping->umuser);
	statement->servername = GetForeignServer(mapping->serverid)->servername;
	(void) AlterUserMapping(statement);
	CommandCounterIncrement();
}

/*
 * Changes a mapping that mapping_lock() has locked and that was read since;
 * changes are of mapping_option().  Nothing is looked up by name or checked
 * anew: what was renamed or revoked meanwhile must not lose a token.  mapping
 * itself stays as it was read.
 */
void
mapping_change(const Mapping *mapping, const List *changes)
{
	Relation	catalog = table_open(UserMappingRelationId, RowExclusiveLock);
	HeapTuple	tuple = SearchSysCacheCopy1(USERMAPPINGOID, ObjectIdGetDatum(mapping->umid));
	Datum		values[Natts_pg_user_mapping] = {0};
	bool		nulls[Natts_pg_user_mapping] = {false};
	bool		replaced[Natts_pg_user_mapping] = {false};
	int			place = Anum_pg_user_mapping_umoptions - 1;
	Datum		options;
	bool		isnull;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for user mapping %u", mapping->umid);
	options = SysCacheGetAttr(USERMAPPINGOID, tuple, Anum_pg_user_mapping_umoptions, &isnull);
	values[place] = transformGenericOptions(UserMappingRelationId,
											isnull ? PointerGetDatum(NULL) : options,
											alterations(mapping, changes), InvalidOid);
	nulls[place] = DatumGetPointer(values[place]) == NULL;
	replaced[place] = true;
	tuple = heap_modify_tuple(tuple, RelationGetDescr(catalog), values, nulls, replaced);
	CatalogTupleUpdate(catalog, &tuple->t_self, tuple);
	table_close(catalog, RowExclusiveLock);
	CommandCounterIncrement();
}

/*
 * Does what CREATE USER MAPPING FOR CURRENT_USER would, and raises what that
 * raises; options are of mapping_option().
 */
void
mapping_create_own(Oid serverid, const List *options)
{
	CreateUserMappingStmt *statement = makeNode(CreateUserMappingStmt);

	statement->user = role_of(GetUserId());
	statement->servername = GetForeignServer(serverid)->servername;
	statement->options = list_copy(options);
	(void) CreateUserMapping(statement);
	CommandCounterIncrement();
}

/* Does what DROP USER MAPPING would, and raises what that raises. */
void
mapping_drop(const Mapping *mapping)
{
	DropUserMappingStmt *statement = makeNode(DropUserMappingStmt);

	statement->user = role_of(mapping->umuser);
	statement->servername = GetForeignServer(mapping->serverid)->servername;
	(void) RemoveUserMapping(statement);
	CommandCounterIncrement();
}

/*
 * A number that tells a mapping's tokens and secret from others without holding
 * them; the same in all processes of the server.
 */
uint64
mapping_token_hash(const Mapping *mapping)
{
	const char *tokens[] = {mapping->access_token, mapping->refresh_token, mapping->app_secret};
	uint64		hash = 0;

	for (int i = 0; i < (int) lengthof(tokens); i++)
		if (tokens[i] != NULL)
			hash = hash_combine64(hash, hash_bytes_extended((const unsigned char *) tokens[i],
															strlen(tokens[i]), i));
	return hash;
}
