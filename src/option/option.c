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

/* ---------- options ---------- */

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

/* In the order of AccessTier. */
static const char *const access_tiers[] = {"standard", "trial", "unlimited", NULL};

/* In the order of OnDenied. */
static const char *const denied_words[] = {"error", "skip", NULL};

/* In the order of CacheUse. */
static const char *const cache_words[] = {"lists", "all", NULL};

static const char *const app_owners[] = {"public", NULL};

/* In the order of WithoutDates. */
const char *const without_dates_words[] = {"last_days", "all", "error", NULL};

/* Whether requests for a stream's rows name days. */
static bool
has_days(const Stream *stream)
{
	for (int i = 0; i < stream_source_count(stream); i++)
		if (stream_source(stream, i).date_limits != NULL)
			return true;
	return false;
}

static bool
has_reports(const Stream *stream)
{
	for (int i = 0; i < stream_source_count(stream); i++)
	{
		Source		source = stream_source(stream, i);

		if (source_has_reports(&source))
			return true;
	}
	return false;
}

static const Option option_table[] = {
	{
		.name = "base_url", .contexts = OPTION_SERVER,
		.parse = parse_base_url,
		.initial = PINTEREST_BASE_URL,
		.privilege = base_url_privilege,
	},
	{
		/* the API's limit; its own default is 25 */
		.name = "page_size", .contexts = OPTION_SERVER | OPTION_TABLE,
		.parse = parse_integer, .min = 1, .max = 250, .unit = 1,
		.offset = offsetof(TableOptions, page_size), .initial = "250",
	},
	{
		.name = "max_connections", .contexts = OPTION_SERVER,
		.parse = parse_integer, .min = 1, .max = 100, .unit = 1,
		.offset = offsetof(TableOptions, max_connections), .initial = "10",
	},
	{
		/* seconds */
		.name = "connect_timeout", .contexts = OPTION_SERVER,
		.parse = parse_integer, .min = 1, .max = 3600, .unit = 1000,
		.offset = offsetof(TableOptions, connect_timeout_ms), .initial = "10",
	},
	{
		/* seconds from the order of a report until it is ready */
		.name = "report_timeout", .contexts = OPTION_SERVER | OPTION_TABLE,
		.parse = parse_integer, .min = 1, .max = 86400, .unit = 1000,
		.offset = offsetof(TableOptions, report_timeout_ms), .initial = "900",
		.is_of = has_reports,
	},
	{
		/* seconds without a byte */
		.name = "request_timeout", .contexts = OPTION_SERVER,
		.parse = parse_integer, .min = 1, .max = 3600, .unit = 1000,
		.offset = offsetof(TableOptions, request_timeout_ms), .initial = "120",
	},
	{
		/* seconds that a response is waited for in all; 0: no limit */
		.name = "total_timeout", .contexts = OPTION_SERVER,
		.parse = parse_integer, .max = 86400, .unit = 1000,
		.offset = offsetof(TableOptions, total_timeout_ms), .initial = "3600",
	},
	{
		.name = "retries", .contexts = OPTION_SERVER,
		.parse = parse_integer, .min = 0, .max = 20, .unit = 1,
		.offset = offsetof(TableOptions, retries), .initial = "5",
	},
	{
		.name = "access_tier", .contexts = OPTION_SERVER,
		.parse = parse_choice, .words = access_tiers,
		.offset = offsetof(TableOptions, access_tier), .initial = "standard",
	},
	{
		/* 0: no limit; where it is not set the session's setting counts */
		.name = "max_requests", .contexts = OPTION_SERVER,
		.parse = parse_integer, .max = 100000000, .unit = 1,
		.offset = offsetof(TableOptions, max_requests),
	},
	{
		/* of one response, as sent and after decompression */
		.name = "max_response_size", .contexts = OPTION_SERVER,
		.parse = parse_size, .min = 1024, .max = 16 * 1024 * 1024,
		.offset = offsetof(TableOptions, max_response_kb), .initial = "256MB",
	},
	{
		/* how long the session keeps responses; 0: not at all */
		.name = "cache_ttl", .contexts = OPTION_SERVER,
		.parse = parse_duration, .max = 86400,
		.offset = offsetof(TableOptions, cache_ttl_s), .initial = "0",
	},
	{
		/* which of them */
		.name = "cache", .contexts = OPTION_SERVER,
		.parse = parse_choice, .words = cache_words,
		.offset = offsetof(TableOptions, cache), .initial = "all",
	},
	{
		/* memory that they may take, of each session */
		.name = "cache_size", .contexts = OPTION_SERVER,
		.parse = parse_size, .min = 64, .max = 16 * 1024 * 1024,
		.offset = offsetof(TableOptions, cache_kb), .initial = "64MB",
	},
	{
		/* days that a refresh of a materialized view fetches anew */
		.name = "lookback_days", .contexts = OPTION_SERVER | OPTION_TABLE,
		.parse = parse_integer, .max = 914, .unit = 1,
		.offset = offsetof(TableOptions, lookback_days),
		.initial = "7",
		.is_of = has_days,
	},
	{.name = "start_date", .contexts = OPTION_SERVER | OPTION_TABLE, .parse = parse_start_date, .is_of = has_days},
	{
		.name = "default_days", .contexts = OPTION_SERVER | OPTION_TABLE,
		.parse = parse_integer, .min = 1, .max = 914, .unit = 1,
		.offset = offsetof(TableOptions, default_days),
		.is_of = has_days,
	},
	{
		.name = "without_dates", .contexts = OPTION_SERVER | OPTION_TABLE,
		.parse = parse_choice, .words = without_dates_words,
		.offset = offsetof(TableOptions, without_dates), .initial = "last_days",
		.is_of = has_days,
	},
	{
		.name = "ad_account_id", .contexts = OPTION_SERVER | OPTION_TABLE,
		.parse = parse_ad_account_ids,
	},
	{
		/* what becomes of a scan where the API refuses one object of several */
		.name = "on_denied", .contexts = OPTION_SERVER | OPTION_TABLE,
		.parse = parse_choice, .words = denied_words,
		.offset = offsetof(TableOptions, on_denied), .initial = "error",
	},
	{
		.name = "ca_file", .contexts = OPTION_SERVER,
		.parse = parse_path,
		.offset = offsetof(TableOptions, ca_file),
		.privilege = file_privilege,
	},
	{
		.name = "proxy", .contexts = OPTION_SERVER,
		.parse = parse_proxy,
		.privilege = proxy_privilege,
	},

	{.name = "access_token", .contexts = OPTION_MAPPING, .parse = parse_token},
	{
		.name = "access_token_file", .contexts = OPTION_MAPPING,
		.parse = parse_token_file,
		.privilege = file_privilege,
	},
	{
		.name = "token_env", .contexts = OPTION_MAPPING,
		.parse = parse_name,
		.privilege = environment_privilege,
	},
	{.name = "app_id", .contexts = OPTION_MAPPING, .parse = parse_name},
	{.name = "app_secret", .contexts = OPTION_MAPPING, .parse = parse_token},
	/* whose app_id and app_secret count */
	{.name = "app", .contexts = OPTION_MAPPING, .parse = parse_choice, .words = app_owners},
	{.name = "grant", .contexts = OPTION_MAPPING, .parse = parse_choice, .words = mapping_grants},
	/* what client_credentials ask for */
	{.name = "scope", .contexts = OPTION_MAPPING, .parse = parse_scopes},
	{.name = "refresh_token", .contexts = OPTION_MAPPING, .parse = parse_token},

	/* what a renewal leaves in the mapping, besides the tokens */
	{.name = "access_token_expires_at", .contexts = OPTION_MAPPING, .parse = parse_time},
	{.name = "refresh_token_expires_at", .contexts = OPTION_MAPPING, .parse = parse_time},
	/* the one before refresh_token, in case that one is refused */
	{.name = "previous_refresh_token", .contexts = OPTION_MAPPING, .parse = parse_token},
	{.name = "granted_scope", .contexts = OPTION_MAPPING, .parse = parse_text},
	{.name = "renewed_at", .contexts = OPTION_MAPPING, .parse = parse_time},
	{.name = "renewal_failed_at", .contexts = OPTION_MAPPING, .parse = parse_time},
	{.name = "renewal_error", .contexts = OPTION_MAPPING, .parse = parse_text},

	{.name = "stream", .contexts = OPTION_TABLE, .parse = parse_stream},
	{.name = "split_by", .contexts = OPTION_TABLE, .parse = parse_split_by, .is_of = can_be_split},
	{.name = "field", .contexts = OPTION_COLUMN, .parse = parse_field},
	{0}
};

static const Option *
find_option(OptionContext context, const char *name)
{
	for (const Option *option = option_table; option->name; option++)
		if ((option->contexts & context) != 0 && strcmp(option->name, name) == 0)
			return option;
	return NULL;
}

/* ---------- contexts ---------- */

/* What has options, and the catalog that keeps them. */
static const struct
{
	OptionContext context;
	Oid			catalog;
	const char *name;
}			option_contexts[] = {
	{OPTION_SERVER, ForeignServerRelationId, "a server"},
	{OPTION_MAPPING, UserMappingRelationId, "a user mapping"},
	{OPTION_TABLE, ForeignTableRelationId, "a foreign table"},
	{OPTION_COLUMN, AttributeRelationId, "a column"},
};

static OptionContext
catalog_context(Oid catalog)
{
	for (int i = 0; i < (int) lengthof(option_contexts); i++)
		if (option_contexts[i].catalog == catalog)
			return option_contexts[i].context;
	return OPTION_NOWHERE;
}

/* The first of some contexts, as a message names it. */
static const char *
context_name(int contexts)
{
	for (int i = 0; i < (int) lengthof(option_contexts); i++)
		if ((option_contexts[i].context & contexts) != 0)
			return option_contexts[i].name;
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

/* The valid option that is closest to name; NULL: none is close. */
static const char *
closest_option(OptionContext context, const Stream *stream, const char *name)
{
	ClosestMatchState match;

	initClosestMatch(&match, name, MAX_TYPOS);
	for (const Option *option = option_table; option->name; option++)
		if ((option->contexts & context) != 0)
			updateClosestMatch(&match, option->name);
	if (context == OPTION_TABLE && stream != NULL)
		suggest_settings(&match, stream);
	if (context == OPTION_SERVER)
	{
		foreach_stream(next)
		{
			suggest_settings(&match, *next);
		}
	}
	return getClosestMatch(&match);
}

/* The hint that lists the valid options, palloc'd. */
static char *
valid_options(OptionContext context, const Stream *stream)
{
	StringInfoData names;

	initStringInfo(&names);
	for (const Option *option = option_table; option->name; option++)
		if ((option->contexts & context) != 0 &&
			(stream == NULL || option->is_of == NULL || option->is_of(stream)))
			append_listed(&names, ", ", option->name);
	if (names.len == 0)
		return pstrdup("There are no valid options in this context.");
	if (context == OPTION_TABLE && stream != NULL && stream->settings != NULL)
		append_listed(&names, ", ", join_settings(stream));
	return psprintf(context == OPTION_SERVER ?
					"Valid options in this context are: %s, and the settings that pinterest_fdw.settings() lists." :
					"Valid options in this context are: %s.", names.data);
}

/* What else knows an option of this name; NULL: nothing. */
static const char *
other_context(const char *name)
{
	for (const Option *option = option_table; option->name; option++)
		if (strcmp(option->name, name) == 0)
			return context_name(option->contexts);
	return is_setting(name) ? "a server or a foreign table" : NULL;
}

/* stream is that of the foreign table, NULL where it is not known. */
static void
reject_option(OptionContext context, const Stream *stream, const char *name)
{
	const char *closest = closest_option(context, stream, name);
	const char *elsewhere = other_context(name);

	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
			 errmsg("invalid option \"%s\"", name),
			 elsewhere ? errhint("It is an option of %s.", elsewhere) :
			 closest ? errhint("Perhaps you meant the option \"%s\".", closest) :
			 errhint("%s", valid_options(context, stream))));
}

/* ---------- the validator ---------- */

/* The stream that a table's options name; NULL: none that is known. */
static const Stream *
named_stream(OptionContext context, const List *options)
{
	const char *name = option_value(options, "stream");

	return context == OPTION_TABLE && name ? find_stream(name) : NULL;
}

static void
check_table(const List *options)
{
	const Stream *stream = named_stream(OPTION_TABLE, options);
	const char *split_by = option_value(options, "split_by");
	const char *accounts = option_value(options, "ad_account_id");
	ListCell   *cell;

	if (stream == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
				 errmsg("option \"stream\" is required for foreign tables of pinterest_fdw"),
				 errhint("The streams are listed by pinterest_fdw.streams().")));
	if (split_by != NULL)
		check_split_by(stream, split_by);
	if (accounts != NULL)
		check_ad_account_ids(stream, accounts);
	foreach(cell, options)
	{
		DefElem    *def = lfirst(cell);
		const Option *option = find_option(OPTION_TABLE, def->defname);

		if (option == NULL)
			check_table_setting(stream, def->defname, defGetString(def));
		else if (option->is_of != NULL && !option->is_of(stream))
			ereport(WARNING,
					(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
					 errmsg("option \"%s\" has no effect on stream \"%s\"", option->name, stream->name)));
	}
}

PG_FUNCTION_INFO_V1(pinterest_fdw_validator);

/*
 * Checks the options that the catalog of the second argument's OID is to
 * keep: all of them, also those that an ALTER leaves alone.  Raises HV00D for
 * a name that is none, HV024 for a bad value, HV002 where a needed option is
 * missing, and 42501 for an administrator's option.  Warns of those that have no
 * effect on a table's stream.
 */
Datum
pinterest_fdw_validator(PG_FUNCTION_ARGS)
{
	List	   *options = untransformRelOptions(PG_GETARG_DATUM(0));
	OptionContext context = catalog_context(PG_GETARG_OID(1));
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
		else if (context == OPTION_SERVER && is_setting(def->defname))
			check_server_setting(def->defname, defGetString(def));
		else if (context != OPTION_TABLE || !is_setting(def->defname))
			reject_option(context, named_stream(context, options), def->defname);
	}
	if (context == OPTION_TABLE)
		check_table(options);
	if (context == OPTION_MAPPING)
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
apply_options(TableOptions *options, OptionContext context, const List *elements)
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
	apply_options(options, OPTION_SERVER, server->options);
	apply_options(options, OPTION_TABLE, table->options);
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
	apply_options(options, OPTION_SERVER, GetForeignServer(serverid)->options);
	return options;
}

/* Of setting pinterest_fdw.without_dates, as WithoutDates; -1: the option counts. */
int			session_without_dates = -1;

/* What becomes of a scan of a table for which nothing names a first day. */
WithoutDates
scan_without_dates(const TableOptions *options)
{
	return session_without_dates >= 0 ? session_without_dates : options->without_dates;
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
