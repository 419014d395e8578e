/*-------------------------------------------------------------------------
 *
 * option_value.c
 *		  What the values of options may be.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/option/option_value.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/guc.h"

#include "option/option_private.h"
#include "option/url_policy.h"
#include "streams/stream_lookup.h"
#include "util/iso_time.h"
#include "util/secret.h"
#include "util/strings.h"

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

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

void
parse_integer(const Option *option, const char *value, TableOptions *options)
{
	const char *end;
	int64		number = leading_number(value, &end);

	if (*end != '\0' || number < option->min || number > option->max)
		reject_value(option->name, value,
					 psprintf("Valid values are between %d and %d.",
							  option->min, option->max));
	if (options)
		*(int *) ((char *) options + option->offset) = (int) number * option->unit;
}

/* A size in memory units, kB where there is none; stored in kB. */
void
parse_size(const Option *option, const char *value, TableOptions *options)
{
	int			kilobytes;

	if (!parse_int(value, &kilobytes, GUC_UNIT_KB, NULL) ||
		kilobytes < option->min || kilobytes > option->max)
		reject_value(option->name, value,
					 psprintf("Valid values are between %d kB and %d kB, with a unit or in kB.",
							  option->min, option->max));
	if (options)
		*(int *) ((char *) options + option->offset) = kilobytes;
}

/* A time with a unit, seconds where there is none; stored in seconds. */
void
parse_duration(const Option *option, const char *value, TableOptions *options)
{
	int			seconds;

	if (!parse_int(value, &seconds, GUC_UNIT_S, NULL) ||
		seconds < option->min || seconds > option->max)
		reject_value(option->name, value,
					 psprintf("Valid values are between %d s and %d s, with a unit or in seconds.",
							  option->min, option->max));
	if (options)
		*(int *) ((char *) options + option->offset) = seconds;
}

/* One of some words; what is stored is its place among them. */
void
parse_choice(const Option *option, const char *value, TableOptions *options)
{
	int			place = 0;
	StringInfoData valid;

	while (option->words[place] != NULL && strcmp(option->words[place], value) != 0)
		place++;
	if (option->words[place] == NULL)
	{
		initStringInfo(&valid);
		foreach_string(word, option->words)
		{
			append_listed(&valid, ", ", psprintf("\"%s\"", *word));
		}
		reject_value(option->name, value, psprintf("Valid values are: %s.", valid.data));
	}
	if (options)
		*(int *) ((char *) options + option->offset) = place;
}

void
parse_path(const Option *option, const char *value, TableOptions *options)
{
	if (!is_absolute_path(value))
		reject_value(option->name, value, "Give the absolute path of a file.");
	if (options)
		*(const char **) ((char *) options + option->offset) = pstrdup(value);
}

void
parse_start_date(const Option *option, const char *value, TableOptions *options)
{
	const char *rest;
	DateADT		date;

	if (!parse_date(value, &rest, &date) || *rest != '\0')
		reject_value(option->name, value, "Write the date as YYYY-MM-DD.");
	if (options)
	{
		options->has_start_date = true;
		options->start_date = date;
	}
}

/*
 * Ids have at most 18 digits by the API's description.  An id that is given
 * twice counts once, or its rows would come twice.  An empty value of a table
 * takes the server's back.
 */
void
parse_ad_account_ids(const Option *option, const char *value, TableOptions *options)
{
	List	   *ids = NIL;
	const char *rest = value;

	while (*value != '\0')
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

/*
 * Raises HV00D where a table's option ad_account_id could not choose any rows of
 * its stream.
 */
void
check_ad_account_ids(const Stream *stream, const char *value)
{
	if (*value == '\0' || stream->account_column != NULL ||
		find_filter(stream, ACCOUNT_VARIABLE) != NULL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
			 errmsg("invalid option \"%s\" for stream \"%s\"", "ad_account_id", stream->name),
			 errdetail("The API takes no ad account for its rows."),
			 errhint("Drop the option: the rows are those that the token's user sees.")));
}

void
parse_stream(const Option *option, const char *value, TableOptions *options)
{
	const Stream *stream = find_stream(value);

	if (stream == NULL)
		reject_value(option->name, value, stream_hint(value));
	if (options)
		options->stream = stream;
}

/* Which values are good depends on the table's stream: see check_split_by(). */
void
parse_split_by(const Option *option, const char *value, TableOptions *options)
{
	if (options)
		options->split_by = find_stream(value);
}

/* The values that option split_by may have for a stream, palloc'd; or "". */
static char *
split_values(const Stream *stream)
{
	StringInfoData values;

	initStringInfo(&values);
	foreach_endpoint(endpoint, stream->source.endpoints)
	{
		if (endpoint->splits)
			append_listed(&values, ", ", psprintf("\"%s\"", endpoint->parent->name));
	}
	return values.data;
}

/* Whether a stream has option split_by. */
bool
can_be_split(const Stream *stream)
{
	return *split_values(stream) != '\0';
}

/* The names of the streams that can be split, palloc'd. */
static char *
streams_that_split(void)
{
	StringInfoData names;

	initStringInfo(&names);
	foreach_stream(stream)
	{
		if (can_be_split(*stream))
			append_listed(&names, ", ", psprintf("\"%s\"", (*stream)->name));
	}
	return names.data;
}

/*
 * Raises an error unless the stream can be split by the ids of the stream
 * that value names: HV00D where it cannot be split at all, else HV024.
 */
void
check_split_by(const Stream *stream, const char *value)
{
	const Stream *parent = find_stream(value);
	const char *valid = split_values(stream);

	if (*valid == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
				 errmsg("invalid option \"%s\" for stream \"%s\"", "split_by", stream->name),
				 errhint("The streams that can be split are: %s.", streams_that_split())));
	foreach_endpoint(endpoint, stream->source.endpoints)
	{
		if (endpoint->splits && endpoint->parent == parent)
			return;
	}
	reject_value("split_by", value, psprintf("Valid values for stream \"%s\" are: %s.", stream->name, valid));
}

/* The value is a secret, or may be one in the wrong place, and not told. */
static void
reject_secret(const char *name, const char *detail, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("invalid value for option \"%s\"", name),
			 detail ? errdetail("%s", detail) : 0,
			 hint ? errhint("%s", hint) : 0));
}

void
parse_token(const Option *option, const char *value, TableOptions *options)
{
	if (!secret_is_token(value))
		reject_secret(option->name, "A token is a word of visible ASCII characters.", NULL);
}

void
parse_token_file(const Option *option, const char *value, TableOptions *options)
{
	if (!is_absolute_path(value))
		reject_secret(option->name, NULL, "Give the absolute path of a file.");
}

/* The name of an app, or of a variable of the environment. */
void
parse_name(const Option *option, const char *value, TableOptions *options)
{
	if (!is_made_of(value, DIGITS LETTERS "_-."))
		reject_secret(option->name, "It consists of letters, digits and the characters _-. alone.", NULL);
}

/* Whether a text can be a list of scopes. */
bool
option_is_scopes(const char *value)
{
	return is_made_of(value, LETTERS ":_, ");
}

void
parse_scopes(const Option *option, const char *value, TableOptions *options)
{
	if (!option_is_scopes(value))
		reject_value(option->name, value, "Give the names of scopes with commas between them, as in ads:read,pins:read.");
}

/* What the extension itself keeps in a mapping. */
void
parse_time(const Option *option, const char *value, TableOptions *options)
{
	TimestampTz time;

	if (!parse_utc_time(value, &time))
		reject_value(option->name, value, "Write the time as YYYY-MM-DDThh:mm:ssZ.");
}

void
parse_text(const Option *option, const char *value, TableOptions *options)
{
}

void
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

void
parse_base_url(const Option *option, const char *value, TableOptions *options)
{
	const char *problem = base_url_problem(value);

	if (problem != NULL)
		reject_url(option->name, value, problem);
	if (options)
		options->base_url = url_without_last_slash(value);
}

void
parse_proxy(const Option *option, const char *value, TableOptions *options)
{
	const char *problem = proxy_problem(value);

	if (problem != NULL)
		reject_url(option->name, value, problem);
	if (options)
		options->proxy = url_without_last_slash(value);
}
