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
 * src/option.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/reloptions.h"
#include "auth.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_foreign_table.h"
#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "compat.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "option.h"
#include "option_url.h"
#include "setting.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/formatting.h"

#define DIGITS "0123456789"

typedef struct Option
{
	const char *name;
	Oid			context;		/* catalog that keeps the option */

	/*
	 * Raises an error where value is bad, and else stores it; with options
	 * NULL it only checks.
	 */
	void		(*parse) (const struct Option *option, const char *value,
						  TableOptions *options);
	size_t		offset;			/* in TableOptions, where parse says so */
	const char *initial;		/* counts where the option is not set */
	int			min;			/* parse_integer: the range */
	int			max;
	int			unit;			/* parse_integer: factor of what is stored */

	/*
	 * Says why only a superuser may set the option to value; NULL: anybody
	 * may.
	 */
	const char *(*privilege) (const char *value);
} Option;

static void parse_integer(const Option *option, const char *value,
						  TableOptions *options);
static void parse_base_url(const Option *option, const char *value,
						   TableOptions *options);
static void parse_proxy(const Option *option, const char *value,
						TableOptions *options);
static void parse_path(const Option *option, const char *value,
					   TableOptions *options);
static void parse_start_date(const Option *option, const char *value,
							 TableOptions *options);
static void parse_ad_account_ids(const Option *option, const char *value,
								 TableOptions *options);
static void parse_stream(const Option *option, const char *value,
						 TableOptions *options);
static void parse_token(const Option *option, const char *value,
						TableOptions *options);
static void parse_token_file(const Option *option, const char *value,
							 TableOptions *options);
static void parse_field(const Option *option, const char *value,
						TableOptions *options);
static const char *file_privilege(const char *value);
static const char *proxy_privilege(const char *value);

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
		/* days that a refresh of a materialized view fetches anew */
		.name = "lookback_days",
		.context = ForeignServerRelationId,
		.parse = parse_integer,
		.offset = offsetof(TableOptions, lookback_days),
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

/* The value of an option among the elements of options; NULL: not set. */
static const char *
option_value(const List *options, const char *name)
{
	ListCell   *cell;

	foreach(cell, options)
	{
		DefElem    *def = lfirst(cell);

		if (strcmp(def->defname, name) == 0)
			return defGetString(def);
	}
	return NULL;
}

/* Whether a list of strings has one. */
bool
has_string(const List *strings, const char *string)
{
	ListCell   *cell;

	foreach(cell, strings)
		if (strcmp(lfirst(cell), string) == 0)
			return true;
	return false;
}

/* ---------- values ---------- */

/* Raises an error about a value.  hint, palloc'd or constant, says what is good. */
static void
reject_value(const char *name, const char *value, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("invalid value for option \"%s\": \"%s\"", name, value),
			 errhint("%s", hint)));
}

/* All of value consists of these characters, and there is at least one. */
static bool
is_made_of(const char *value, const char *characters)
{
	return *value != '\0' && value[strspn(value, characters)] == '\0';
}

static void
parse_integer(const Option *option, const char *value, TableOptions *options)
{
	int			number = -1;

	/* ten digits may overflow, nine never do */
	if (is_made_of(value, DIGITS) && strlen(value) < 10)
		number = atoi(value);
	if (number < option->min || number > option->max)
		reject_value(option->name, value,
					 psprintf("Valid values are between %d and %d.",
							  option->min, option->max));
	if (options)
		*(int *) ((char *) options + option->offset) = number * option->unit;
}

static void
parse_path(const Option *option, const char *value, TableOptions *options)
{
	if (!is_absolute_path(value))
		reject_value(option->name, value, "Give the absolute path of a file.");
	if (options)
		*(const char **) ((char *) options + option->offset) = pstrdup(value);
}

/* Raises an error unless value is a day, written YYYY-MM-DD. */
static void
parse_start_date(const Option *option, const char *value, TableOptions *options)
{
	int			year = 0;
	int			month = 0;
	int			day = 0;
	int			julian = 0;
	int			same_year = 0;
	int			same_month = 0;
	int			same_day = 0;

	if (strlen(value) == 10 && strspn(value, DIGITS) == 4 && value[4] == '-' &&
		strspn(value + 5, DIGITS) == 2 && value[7] == '-' &&
		strspn(value + 8, DIGITS) == 2)
	{
		year = atoi(value);
		month = atoi(value + 5);
		day = atoi(value + 8);
		julian = date2j(year, month, day);
		j2date(julian, &same_year, &same_month, &same_day);
	}
	if (year == 0 || month != same_month || day != same_day)
		reject_value(option->name, value, "Write the date as YYYY-MM-DD.");
	if (options)
	{
		options->has_start_date = true;
		options->start_date = julian - POSTGRES_EPOCH_JDATE;
	}
}

/*
 * Ids have at most 18 digits by the API's description.  An id that is given
 * twice counts once, or its rows would come twice.
 */
static void
parse_ad_account_ids(const Option *option, const char *value, TableOptions *options)
{
	List	   *ids = NIL;
	const char *rest = value;

	for (;;)
	{
		char	   *id;
		size_t		len;

		rest += strspn(rest, " ");
		len = strspn(rest, DIGITS);
		id = pnstrdup(rest, len);
		rest += len + strspn(rest + len, " ");
		if (len == 0 || len > 18 || (*rest != ',' && *rest != '\0'))
			reject_value(option->name, value,
						 "Give the id of an ad account, or several with commas between them.");
		if (!has_string(ids, id))
			ids = lappend(ids, id);
		if (*rest++ == '\0')
			break;
	}
	if (options)
		options->ad_account_ids = ids;
}

static void
parse_stream(const Option *option, const char *value, TableOptions *options)
{
	const Stream *stream = find_stream(value);

	if (stream == NULL)
		reject_value(option->name, value, stream_hint(value));
	if (options)
		options->stream = stream;
}

/* The value is a secret and not told. */
static void
parse_token(const Option *option, const char *value, TableOptions *options)
{
	if (!auth_is_token(value))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("invalid value for option \"%s\"", option->name),
				 errdetail("A token is a word of visible ASCII characters.")));
}

/* Nor is this one: what is no path may be a token in the wrong place. */
static void
parse_token_file(const Option *option, const char *value, TableOptions *options)
{
	if (!is_absolute_path(value))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("invalid value for option \"%s\"", option->name),
				 errhint("Give the absolute path of a file.")));
}

static void
parse_field(const Option *option, const char *value, TableOptions *options)
{
	if (*value == '\0')
		reject_value(option->name, value,
					 "Give the name of a JSON field, or of a metric.");
}

/* What has an @ may have a password before it, and is not told. */
static void
reject_url(const char *name, const char *value, const char *hint)
{
	if (strchr(value, '@') == NULL)
		reject_value(name, value, hint);
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("invalid value for option \"%s\"", name),
			 errhint("%s", hint)));
}

static void
parse_base_url(const Option *option, const char *value, TableOptions *options)
{
	const char *problem = base_url_problem(value);

	if (problem != NULL)
		reject_url(option->name, value, problem);
	if (options)
		options->base_url = url_without_last_slash(value);
}

static void
parse_proxy(const Option *option, const char *value, TableOptions *options)
{
	const char *problem = proxy_problem(value);

	if (problem != NULL)
		reject_url(option->name, value, problem);
	if (options)
		options->proxy = url_without_last_slash(value);
}

/* ---------- privileges ---------- */

/* The server's operating system user reads the file, on anyone's behalf. */
static const char *
file_privilege(const char *value)
{
	return "Only superusers may name files of the server.";
}

static const char *
proxy_privilege(const char *value)
{
	return "Only superusers may choose the host that requests go through.";
}

static void
check_privilege(const Option *option, const char *value)
{
	const char *hint;

	if (option->privilege == NULL || superuser())
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

/*
 * What to tell someone who gave name where a stream's name was expected,
 * palloc'd.
 */
char *
stream_hint(const char *name)
{
	ClosestMatchState match;
	const char *closest;

	initClosestMatch(&match, name, MAX_TYPOS);
	for (const Stream *const *stream = streams; *stream; stream++)
	{
		updateClosestMatch(&match, (*stream)->name);
		for (const char *const *alias = (*stream)->aliases; alias && *alias; alias++)
			updateClosestMatch(&match, *alias);
	}
	closest = getClosestMatch(&match);
	if (closest == NULL)
		return pstrdup("The streams are listed by pinterest_fdw.streams().");
	return psprintf("Perhaps you meant the stream \"%s\".", find_stream(closest)->name);
}

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
		match_settings(&match, stream);
	for (const Stream *const *next = streams;
		 context == ForeignServerRelationId && *next; next++)
		match_settings(&match, *next);
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
	ListCell   *cell;

	if (stream == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
				 errmsg("option \"stream\" is required for foreign tables of pinterest_fdw"),
				 errhint("The streams are listed by pinterest_fdw.streams().")));
	foreach(cell, options)
	{
		DefElem    *def = lfirst(cell);

		if (find_option(ForeignTableRelationId, def->defname) == NULL)
			check_table_setting(stream, def->defname, defGetString(def));
	}
}

static void
check_mapping(const List *options)
{
	bool		token = option_value(options, "access_token") != NULL;
	bool		file = option_value(options, "access_token_file") != NULL;

	if (!token && !file)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
				 errmsg("the user mapping needs an access token"),
				 errhint("Set option \"access_token\" or \"access_token_file\".")));
	if (token && file)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
				 errmsg("options \"access_token\" and \"access_token_file\" exclude each other")));
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
 * Option field of a column, palloc'd; NULL: it has none, and the catalog says
 * by the column's name what the field is.
 */
char *
column_field_option(Oid relid, int attnum)
{
	const char *field = option_value(GetForeignColumnOptions(relid, attnum), "field");

	return field ? pstrdup(field) : NULL;
}
