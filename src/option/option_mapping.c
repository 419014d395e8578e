/*-------------------------------------------------------------------------
 *
 * option_mapping.c
 *		  Which options of a user mapping go together.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/option/option_mapping.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "option/option_mapping.h"
#include "util/strings.h"

/* Values of option grant, up to a NULL. */
const char *const mapping_grants[] = {GRANT_AUTHORIZATION_CODE, GRANT_CLIENT_CREDENTIALS, NULL};

static bool
has_option(const List *options, const char *name)
{
	return option_value(options, name) != NULL;
}

static void
lacks_option(const char *names)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
			 errmsg("the user mapping lacks option %s", names),
			 errdetail("Tokens that renew themselves need \"app_id\", \"app_secret\", and \"refresh_token\" or \"grant\"."),
			 errhint("With grant 'authorization_code', pinterest_fdw.connect() gets the refresh token.")));
}

static void
exclude_each_other(const char *one, const char *other)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
			 errmsg("options \"%s\" and \"%s\" exclude each other", one, other)));
}

/* Of a mapping whose tokens renew themselves. */
static void
check_mapping_app(const List *options)
{
	bool		app_id = has_option(options, "app_id");
	bool		app_secret = has_option(options, "app_secret");
	const char *grant = option_value(options, "grant");

	if (has_option(options, "app") && (app_id || app_secret))
		exclude_each_other("app", app_id ? "app_id" : "app_secret");
	if (!has_option(options, "app") && !app_id)
		lacks_option(app_secret ? "\"app_id\"" : "\"app_id\" and \"app_secret\"");
	if (!has_option(options, "app") && !app_secret)
		lacks_option("\"app_secret\"");
	if (grant == NULL && !has_option(options, "refresh_token"))
		lacks_option("\"refresh_token\", or \"grant\"");
	if (grant != NULL && strcmp(grant, GRANT_CLIENT_CREDENTIALS) == 0 &&
		has_option(options, "refresh_token"))
		exclude_each_other("refresh_token", "grant");
}

/*
 * A mapping has exactly one source of access tokens.  That of an app is kept
 * beside what renews it.
 */
void
check_mapping(const List *options)
{
	static const char *const of_app[] = {"app_id", "app_secret", "app", "refresh_token", "grant"};
	const char *sources[4];
	int			nsources = 0;

	for (int i = 0; i < (int) lengthof(of_app) && nsources == 0; i++)
		if (has_option(options, of_app[i]))
			sources[nsources++] = of_app[i];
	if (nsources == 0 && has_option(options, "access_token"))
		sources[nsources++] = "access_token";
	if (has_option(options, "access_token_file"))
		sources[nsources++] = "access_token_file";
	if (has_option(options, "token_env"))
		sources[nsources++] = "token_env";

	if (nsources == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
				 errmsg("the user mapping needs an access token"),
				 errhint("Set option \"access_token\"; or \"app_id\", \"app_secret\" and \"refresh_token\"; or \"app_id\", \"app_secret\" and \"grant\".")));
	if (nsources > 1)
		exclude_each_other(sources[0], sources[1]);
	for (int i = 0; i < (int) lengthof(of_app); i++)
		if (sources[0] == of_app[i])
		{
			check_mapping_app(options);
			break;
		}
}
