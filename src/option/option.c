/*-------------------------------------------------------------------------
 *
 * option.c
 *		  Options of server, user mapping, foreign table and column.
 *
 * All options stand in one table.  An option's parser serves the validator,
 * which only wants to know whether the value is good, and the getters, which
 * want it stored.  Besides, a foreign table takes its stream's settings and a
 * server those of all streams: setting.c.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/option/option.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/reloptions.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_foreign_table.h"
#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/formatting.h"

#include "option/option_mapping.h"
#include "option/option_private.h"
#include "option/setting.h"
#include "option/url_policy.h"
#include "streams/stream_lookup.h"
#include "util/compat.h"
#include "util/strings.h"

static const char *file_privilege(const char *value);
static const char *proxy_privilege(const char *value);

static const char *environment_privilege(const char *value);

/* In the order of AccessTier. */
static const char *const access_tiers[] = {"standard", "trial", "unlimited", NULL};

static const char *const app_owners[] = {"public", NULL};

static const Option option_table[] = {
	{
		.name = "base_url",
		.context = ForeignServerRelationId,
		.parse = parse_base_url,
		.initial = PINTEREST_BASE_URL,
		.privilege = base_url_privilege,
	},
	{
		/* the API's limit; its own default is 25 */
		.name = "page_size",
		.context = ForeignServerRelationId,
		.parse = parse_integer,
		.offset = offsetof(TableOptions, page_size),
		.initial = "250",
		.min = 1,
		.max = 250,
		.unit = 1,
	},
	{
		.name = "max_connections",
		.context = ForeignServerRelationId,
		.parse = parse_integer,
		.offset = offsetof(TableOptions, max_connections),
		.initial = "10",
		.min = 1,
		.max = 100,
		.unit = 1,
	},
	{
		/* seconds */
		.name = "connect_timeout",
		.context = ForeignServerRelationId,
		.parse = parse_integer,
		.offset = offsetof(TableOptions, connect_timeout_ms),
		.initial = "10",
		.min = 1,
		.max = 3600,
		.unit = 1000,
	},
	{
		/* seconds from the order of a report until it is ready */
		.name = "report_timeout",
		.context = ForeignServerRelationId,
		.parse = parse_integer,
		.offset = offsetof(TableOptions, report_timeout_ms),
		.initial = "900",
		.min = 1,
		.max = 86400,
		.unit = 1000,
	},
	{
		/* seconds without a byte */
		.name = "request_timeout",
		.context = ForeignServerRelationId,
		.parse = parse_integer,
		.offset = offsetof(TableOptions, request_timeout_ms),
		.initial = "120",
		.min = 1,
		.max = 3600,
		.unit = 1000,
	},
	{
		.name = "retries",
		.context = ForeignServerRelationId,
		.parse = parse_integer,
		.offset = offsetof(TableOptions, retries),
		.initial = "5",
		.min = 0,
		.max = 20,
		.unit = 1,
	},
	{
		.name = "access_tier",
		.context = ForeignServerRelationId,
		.parse = parse_choice,
		.offset = offsetof(TableOptions, access_tier),
		.initial = "standard",
		.words = access_tiers,
	},
	{
		/* 0: no limit; where it is not set the session's setting counts */
		.name = "max_requests",
		.context = ForeignServerRelationId,
		.parse = parse_integer,
		.offset = offsetof(TableOptions, max_requests),
		.max = 100000000,
		.unit = 1,
	},
	{
		/* of one response, after decompression */
		.name = "max_response_size",
		.context = ForeignServerRelationId,
		.parse = parse_size,
		.offset = offsetof(TableOptions, max_response_kb),
		.initial = "256MB",
		.min = 1024,
		.max = 16 * 1024 * 1024,
	},
	{
		/* days that a refresh of a materialized view fetches anew */
		.name = "lookback_days",
		.context = ForeignServerRelationId,
		.parse = parse_integer,
		.offset = offsetof(TableOptions, lookback_days),
		.initial = "7",
		.max = 914,
		.unit = 1,
	},
	{
		.name = "start_date",
		.context = ForeignServerRelationId,
		.parse = parse_start_date,
	},
	{
		.name = "ad_account_id",
		.context = ForeignServerRelationId,
		.parse = parse_ad_account_ids,
	},
	{
		.name = "ca_file",
		.context = ForeignServerRelationId,
		.parse = parse_path,
		.offset = offsetof(TableOptions, ca_file),
		.privilege = file_privilege,
	},
	{
		.name = "proxy",
		.context = ForeignServerRelationId,
		.parse = parse_proxy,
		.privilege = proxy_privilege,
	},
	{
		.name = "access_token",
		.context = UserMappingRelationId,
		.parse = parse_token,
	},
	{
		.name = "access_token_file",
		.context = UserMappingRelationId,
		.parse = parse_token_file,
		.privilege = file_privilege,
	},
	{
		.name = "token_env",
		.context = UserMappingRelationId,
		.parse = parse_name,
		.privilege = environment_privilege,
	},
	{
		.name = "app_id",
		.context = UserMappingRelationId,
		.parse = parse_name,
	},
	{
		.name = "app_secret",
		.context = UserMappingRelationId,
		.parse = parse_token,
	},
	{
		/* whose app_id and app_secret count */
		.name = "app",
		.context = UserMappingRelationId,
		.parse = parse_choice,
		.words = app_owners,
	},
	{
		.name = "grant",
		.context = UserMappingRelationId,
		.parse = parse_choice,
		.words = mapping_grants,
	},
	{
		/* what client_credentials ask for */
		.name = "scope",
		.context = UserMappingRelationId,
		.parse = parse_scopes,
	},
	{
		.name = "refresh_token",
		.context = UserMappingRelationId,
		.parse = parse_token,
	},

	/* what a renewal leaves in the mapping, besides the tokens */
	{
		.name = "access_token_expires_at",
		.context = UserMappingRelationId,
		.parse = parse_time,
	},
	{
		.name = "refresh_token_expires_at",
		.context = UserMappingRelationId,
		.parse = parse_time,
	},
	{
		/* the one before refresh_token, in case that one is refused */
		.name = "previous_refresh_token",
		.context = UserMappingRelationId,
		.parse = parse_token,
	},
	{
		.name = "granted_scope",
		.context = UserMappingRelationId,
		.parse = parse_text,
	},
	{
		.name = "renewed_at",
		.context = UserMappingRelationId,
		.parse = parse_time,
	},
	{
		.name = "renewal_failed_at",
		.context = UserMappingRelationId,
		.parse = parse_time,
	},
	{
		.name = "renewal_error",
		.context = UserMappingRelationId,
		.parse = parse_text,
	},
	{
		.name = "stream",
		.context = ForeignTableRelationId,
		.parse = parse_stream,
	},
	{
		.name = "page_size",
		.context = ForeignTableRelationId,
		.parse = parse_integer,
		.offset = offsetof(TableOptions, page_size),
		.min = 1,
		.max = 250,
		.unit = 1,
	},
	{
		.name = "report_timeout",
		.context = ForeignTableRelationId,
		.parse = parse_integer,
		.offset = offsetof(TableOptions, report_timeout_ms),
		.min = 1,
		.max = 86400,
		.unit = 1000,
	},
	{
		/* days that a refresh of a materialized view fetches anew */
		.name = "lookback_days",
		.context = ForeignTableRelationId,
		.parse = parse_integer,
		.offset = offsetof(TableOptions, lookback_days),
		.max = 914,
		.unit = 1,
	},
	{
		.name = "start_date",
		.context = ForeignTableRelationId,
		.parse = parse_start_date,
	},
	{
		.name = "ad_account_id",
		.context = ForeignTableRelationId,
		.parse = parse_ad_account_ids,
	},
	{
		.name = "split_by",
		.context = ForeignTableRelationId,
		.parse = parse_split_by,
	},
	{
		.name = "field",
		.context = AttributeRelationId,
		.parse = parse_field,
	},
	{0}
};

static const Option *
find_option(Oid context, const char *name)
{
	for (const Option *option = option_table; option->name; option++)
		if (option->context == context && strcmp(option->name, name) == 0)
			return option;
	return NULL;
}

/* ---------- privileges ---------- */

/* Of setting pinterest_fdw.admin_role; empty: superusers alone. */
char	   *admin_role = NULL;

/*
 * Whether the current user may set what reaches beyond the API: a superuser,
 * or who has the rights of the role that pinterest_fdw.admin_role names.
 */
static bool
is_administrator(void)
{
	Oid			role;

	if (superuser())
		return true;
	if (admin_role == NULL || *admin_role == '\0')
		return false;
	role = get_role_oid(admin_role, true);
	return OidIsValid(role) && has_privs_of_role(GetUserId(), role);
}

/* The server's operating system user reads the file, on anyone's behalf. */
static const char *
file_privilege(const char *value)
{
	return "Only superusers and members of pinterest_fdw.admin_role may name files of the server.";
}

static const char *
environment_privilege(const char *value)
{
	return "Only superusers and members of pinterest_fdw.admin_role may name variables of the server's environment.";
}

static const char *
proxy_privilege(const char *value)
{
	return "Only superusers and members of pinterest_fdw.admin_role may choose the host that requests go through.";
}

static void
check_privilege(const Option *option, const char *value)
{
	const char *hint;

	if (option->privilege == NULL || is_administrator())
		return;
	hint = option->privilege(value);
	if (hint != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to set option \"%s\"", option->name),
				 errdetail("All options of an object are checked when one of them changes."),
				 errhint("%s", hint)));
}

/* ---------- hints ---------- */

static const char *
context_name(Oid context)
{
	switch (context)
	{
		case ForeignServerRelationId:
			return "a server";
		case UserMappingRelationId:
			return "a user mapping";
		case ForeignTableRelationId:
			return "a foreign table";
		default:
			return "a column";
	}
}

/*
 * The valid option that is closest to name; NULL: none is close.  *any tells
 * whether the context has options at all.
 */
static const char *
closest_option(Oid context, const Stream *stream, const char *name, bool *any)
{
	ClosestMatchState match;

	*any = false;
	initClosestMatch(&match, name, MAX_TYPOS);
	for (const Option *option = option_table; option->name; option++)
		if (option->context == context)
		{
			*any = true;
			updateClosestMatch(&match, option->name);
		}
	if (context == ForeignTableRelationId && stream != NULL)
		suggest_settings(&match, stream);
	if (context == ForeignServerRelationId)
	{
		foreach_stream(next)
		{
			suggest_settings(&match, *next);
		}
	}
	return getClosestMatch(&match);
}

/* What else knows an option of this name; NULL: nothing. */
static const char *
other_context(const char *name)
{
	for (const Option *option = option_table; option->name; option++)
		if (strcmp(option->name, name) == 0)
			return context_name(option->context);
	return is_setting(name) ? "a server or a foreign table" : NULL;
}

/* stream is that of the foreign table, NULL where it is not known. */
static void
reject_option(Oid context, const Stream *stream, const char *name)
{
	bool		any;
	const char *closest = closest_option(context, stream, name, &any);
	const char *elsewhere = other_context(name);

	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
			 errmsg("invalid option \"%s\"", name),
			 elsewhere ? errhint("It is an option of %s.", elsewhere) :
			 closest ? errhint("Perhaps you meant the option \"%s\".", closest) :
			 any ? 0 : errhint("There are no valid options in this context.")));
}

/* ---------- the validator ---------- */

/* The stream that a table's options name; NULL: none that is known. */
static const Stream *
named_stream(Oid context, const List *options)
{
	const char *name = option_value(options, "stream");

	return context == ForeignTableRelationId && name ? find_stream(name) : NULL;
}

static void
check_table(const List *options)
{
	const Stream *stream = named_stream(ForeignTableRelationId, options);
	const char *split_by = option_value(options, "split_by");
	ListCell   *cell;

	if (stream == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
				 errmsg("option \"stream\" is required for foreign tables of pinterest_fdw"),
				 errhint("The streams are listed by pinterest_fdw.streams().")));
	if (split_by != NULL)
		check_split_by(stream, split_by);
	foreach(cell, options)
	{
		DefElem    *def = lfirst(cell);

		if (find_option(ForeignTableRelationId, def->defname) == NULL)
			check_table_setting(stream, def->defname, defGetString(def));
	}
}

PG_FUNCTION_INFO_V1(pinterest_fdw_validator);

/*
 * Checks the options that the catalog of the second argument's OID is to
 * keep: all of them, also those that an ALTER leaves alone.  Raises HV00D for
 * a name that is none, HV024 for a bad value, HV002 where a needed option is
 * missing, and 42501 for a superuser's option.
 */
Datum
pinterest_fdw_validator(PG_FUNCTION_ARGS)
{
	List	   *options = untransformRelOptions(PG_GETARG_DATUM(0));
	Oid			context = PG_GETARG_OID(1);
	ListCell   *cell;

	foreach(cell, options)
	{
		DefElem    *def = lfirst(cell);
		const Option *option = find_option(context, def->defname);

		if (option != NULL)
		{
			check_privilege(option, defGetString(def));
			option->parse(option, defGetString(def), NULL);
		}
		else if (context == ForeignServerRelationId && is_setting(def->defname))
			check_server_setting(def->defname, defGetString(def));
		else if (context != ForeignTableRelationId || !is_setting(def->defname))
			reject_option(context, named_stream(context, options), def->defname);
	}
	if (context == ForeignTableRelationId)
		check_table(options);
	if (context == UserMappingRelationId)
		check_mapping(options);
	PG_RETURN_VOID();
}

/* ---------- getters ---------- */

static void
apply_initial(TableOptions *options)
{
	options->max_requests = -1;
	for (const Option *option = option_table; option->name; option++)
		if (option->initial)
			option->parse(option, option->initial, options);
}

/* Elements that are no option of the context are settings. */
static void
apply_options(TableOptions *options, Oid context, const List *elements)
{
	ListCell   *cell;

	foreach(cell, elements)
	{
		DefElem    *def = lfirst(cell);
		const Option *option = find_option(context, def->defname);

		if (option != NULL)
			option->parse(option, defGetString(def), options);
		else
			options->settings = lappend(options->settings, def);
	}
}

/*
 * The options that count for a foreign table of pinterest_fdw, palloc'd with
 * all they point to in the current context.  Raises the validator's errors
 * where the catalogs hold what it would refuse.
 */
TableOptions *
get_table_options(Oid relid)
{
	ForeignTable *table = GetForeignTable(relid);
	ForeignServer *server = GetForeignServer(table->serverid);
	TableOptions *options = palloc0(sizeof(TableOptions));

	options->relid = relid;
	options->serverid = table->serverid;
	apply_initial(options);
	apply_options(options, ForeignServerRelationId, server->options);
	apply_options(options, ForeignTableRelationId, table->options);
	check_table(table->options);
	return options;
}

/*
 * The options that count for requests of no table, likewise; what only a table
 * has is not set.
 */
TableOptions *
get_server_options(Oid serverid)
{
	TableOptions *options = palloc0(sizeof(TableOptions));

	options->serverid = serverid;
	apply_initial(options);
	apply_options(options, ForeignServerRelationId, GetForeignServer(serverid)->options);
	return options;
}

/*
 * Option field of a column, palloc'd; NULL: it has none, and the catalog says
 * by the column's name what the field is.
 */
char *
column_field_option(Oid relid, int attnum)
{
	const char *field = option_value(GetForeignColumnOptions(relid, attnum), "field");

	return field ? pstrdup(field) : NULL;
}
