/*-------------------------------------------------------------------------
 *
 * check.c
 *		  pinterest_fdw.check(): what a server needs to work, and has or not.
 *
 * One row for each thing that can be wrong, from the libraries to the quotas.
 * What fails becomes a row: most of all here, a person wants to see the rest.
 * Steps that raise errors run in subtransactions therefore.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/diagnosis/check.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_extension.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/resowner.h"

#include "diagnosis/check_private.h"
#include "http/http_pool.h"
#include "option/server.h"
#include "quota/shared.h"
#include "scan/unknown.h"
#include "util/compat.h"

PG_FUNCTION_INFO_V1(pinterest_fdw_check);

/* ---------- what is installed ---------- */

/* The version of the extension in this database, palloc'd. */
static char *
extension_version(void)
{
	Relation	catalog = table_open(ExtensionRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	char	   *version = NULL;

	ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber, F_NAMEEQ,
				CStringGetDatum("pinterest_fdw"));
	scan = systable_beginscan(catalog, ExtensionNameIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		bool		isnull;
		Datum		datum = heap_getattr(tuple, Anum_pg_extension_extversion,
										 RelationGetDescr(catalog), &isnull);

		version = isnull ? NULL : TextDatumGetCString(datum);
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return version ? version : pstrdup("of an unknown version");
}

/* What libcurl may lack, and what that means. */
typedef struct Feature
{
	const char *name;
	size_t		offset;			/* of a bool of HttpLibrary */
	const char *lack;
} Feature;

static const Feature features[] = {
	{"asynchronous DNS", offsetof(HttpLibrary, has_async_dns),
	"A name lookup cannot be cancelled."},
	{"HTTP/2", offsetof(HttpLibrary, has_http2),
	"Each request that runs beside others needs a connection of its own."},
};

static void
put_libraries(const Check *check)
{
	HttpLibrary library = http_library();

	check_put(check, "versions", CHECK_OK,
			  psprintf("pinterest_fdw %s, PostgreSQL %s, libcurl %s, jansson %s, zlib %s",
					   extension_version(),
					   GetConfigOption("server_version", false, false), library.version,
					   json_library_version(), library.zlib), NULL);
	if (library.tls != NULL)
		check_put(check, "TLS", CHECK_OK, library.tls, NULL);
	else
		check_put(check, "TLS", CHECK_ERROR, "libcurl was built without TLS, which the API demands.",
				  "Install a libcurl with TLS.");
	for (const Feature *feature = features; feature < features + lengthof(features); feature++)
	{
		if (*(const bool *) ((const char *) &library + feature->offset))
			check_put(check, feature->name, CHECK_OK, "libcurl has it.", NULL);
		else
			check_put(check, feature->name, CHECK_WARNING,
					  psprintf("libcurl was built without it. %s", feature->lack),
					  "Install a libcurl that was built with it.");
	}
}

static void
put_sharing(const Check *check)
{
	if (shared_between_backends())
		check_put(check, "shared quotas", CHECK_OK, "All sessions of this server count together.", NULL);
	else
		check_put(check, "shared quotas", CHECK_WARNING,
				  "Each session counts its own requests, so that several together can exceed the API's limits.",
				  "Add pinterest_fdw to shared_preload_libraries and restart the server.");
}

/* Renewed tokens are stored by background workers. */
static void
put_workers(const Check *check)
{
	if (!mapping_is_renewable(check->mapping))
		return;
	if (RecoveryInProgress())
		check_put(check, "background workers", CHECK_WARNING,
				  "This is a standby: a renewed access token serves one session and is not stored.",
				  "Query the primary before the access token ends.");
	else if (max_worker_processes <= 0)
		check_put(check, "background workers", CHECK_WARNING,
				  "There are none: a renewed access token serves one session and is not stored.",
				  "Raise max_worker_processes.");
	else
		check_put(check, "background workers", CHECK_OK,
				  psprintf("max_worker_processes is %d.", max_worker_processes), NULL);
}

/* What this session has read that the catalog does not know. */
static void
put_catalog(const Check *check)
{
	StringInfoData text;
	ListCell   *cell;

	initStringInfo(&text);
	foreach(cell, unknown_names())
	{
		const UnknownName *unknown = lfirst(cell);

		appendStringInfo(&text, "%s%s.%s (" INT64_FORMAT ")", text.len > 0 ? ", " : "",
						 unknown->stream, unknown->name, unknown->times);
	}
	if (text.len == 0)
		check_put(check, "catalog", CHECK_OK,
				  "It has all fields and words of the responses that this session has read.", NULL);
	else
		check_put(check, "catalog", CHECK_WARNING,
				  psprintf("Responses that this session has read have more than it: %s.", text.data),
				  "Read such fields from column attrs, and report the names to the makers of pinterest_fdw.");
}

/* ---------- what the check is of ---------- */

/* Step: the server that was named. */
static void
find_server(Check *check)
{
	check->server = server_argument(check->fcinfo, 0);
}

/* Step: its options. */
static void
read_options(Check *check)
{
	check->options = get_server_options(check->server->serverid);
}

/* Step: the mapping that counts for the caller there. */
static void
find_user_mapping(Check *check)
{
	check->mapping = mapping_of_user(GetUserId(), check->server->serverid);
}

/* Whether there is all that a request takes; a row says what is missing. */
static bool
find_subjects(Check *check)
{
	static const struct
	{
		const char *name;
		CheckStep	find;
	}			subjects[] = {
		{"server", find_server},
		{"server options", read_options},
		{"user mapping", find_user_mapping},
	};

	for (int i = 0; i < (int) lengthof(subjects); i++)
	{
		const ErrorData *error = check_attempt(check, subjects[i].find);

		if (error == NULL)
			continue;
		check_put_error(check, subjects[i].name, CHECK_ERROR, error);
		return false;
	}
	return true;
}

/* ---------- entry ---------- */

/*
 * Looks at a server, and at the mapping that counts for the caller there: one
 * row for each finding.  Errors of its steps become rows, if they are of one of
 * the classes that finding.c lists; others, a cancel for instance, are raised.
 */
Datum
pinterest_fdw_check(PG_FUNCTION_ARGS)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "pinterest_fdw check",
												  ALLOCSET_DEFAULT_SIZES);
	Check		check = {
		.fcinfo = fcinfo,
		.result = (ReturnSetInfo *) fcinfo->resultinfo
	};

	InitMaterializedSRF(fcinfo, 0);
	put_libraries(&check);
	put_sharing(&check);
	put_catalog(&check);
	if (find_subjects(&check))
	{
		put_workers(&check);
		check.owner = mapping_quota_owner(check.mapping, check.options->access_tier);
		check.scratch = AllocSetContextCreate(context, "pinterest_fdw check's answer",
											  ALLOCSET_DEFAULT_SIZES);
		check.client = http_client_for(context, check.options, check.options->total_timeout_ms);
		check_api(&check);
	}
	MemoryContextDelete(context);
	return (Datum) 0;
}
