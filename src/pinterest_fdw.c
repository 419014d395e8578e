/*-------------------------------------------------------------------------
 *
 * pinterest_fdw.c
 *		  The module: what happens at load, and the wrapper's callbacks.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/pinterest_fdw.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "foreign/fdwapi.h"
#include "utils/guc.h"

#include "catalog/import.h"
#include "http/http.h"
#include "option/option.h"
#include "plan/aggregate.h"
#include "plan/bind_join_path.h"
#include "plan/learned.h"
#include "plan/plan.h"
#include "quota/progress.h"
#include "quota/quota.h"
#include "quota/stat.h"
#include "request/budget.h"
#include "scan/bind_join.h"
#include "scan/scan.h"
#include "util/compat.h"

COMPAT_MODULE_MAGIC("pinterest_fdw", PINTEREST_FDW_VERSION);

PG_FUNCTION_INFO_V1(pinterest_fdw_handler);

void		_PG_init(void);

/* Read by sync() with current_setting(). */
static bool offline = false;

/* The words of option without_dates, and an empty one: the option counts. */
static void
define_without_dates(void)
{
	static struct config_enum_entry entries[] = {{"", -1, true}, {0}, {0}, {0}, {0}};

	for (int i = 0; without_dates_words[i] != NULL; i++)
	{
		Assert(i + 2 < (int) lengthof(entries));
		entries[i + 1].name = without_dates_words[i];
		entries[i + 1].val = i;
	}
	DefineCustomEnumVariable("pinterest_fdw.without_dates",
							 "What becomes of a scan for which nothing names a first day, whatever its table's option says.",
							 "Empty means that the option of that name counts.",
							 &session_without_dates, session_without_dates, entries,
							 PGC_USERSET, 0, NULL, NULL, NULL);
}

/* Runs once per process, when the library is loaded. */
void
_PG_init(void)
{
	http_init();
	DefineCustomBoolVariable("pinterest_fdw.offline",
							 "Lets refreshes answer from their history, without a request.",
							 "For restoring a dump while the API is out of reach.",
							 &offline, false, PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("pinterest_fdw.max_requests",
							"Requests that a scan may send, unless its server says otherwise.",
							"0 means any number.",
							&max_requests, max_requests, 0, INT_MAX, PGC_USERSET, 0,
							NULL, NULL, NULL);
	DefineCustomStringVariable("pinterest_fdw.admin_role",
							   "Role whose members may set the options that superusers may.",
							   "These are options that choose hosts, or name files or variables of the server.",
							   &admin_role, "", PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("pinterest_fdw.aggregate_pushdown",
							 "Lets the API sum up days where the result is the same.",
							 NULL, &aggregate_pushdown, true, PGC_USERSET, 0,
							 NULL, NULL, NULL);
	DefineCustomBoolVariable("pinterest_fdw.enable_bind_join",
							 "Lets the planner use joins that put all keys of the other side into requests.",
							 NULL, &enable_bind_join, true, PGC_USERSET, 0,
							 NULL, NULL, NULL);
	DefineCustomIntVariable("pinterest_fdw.progress_interval",
							"Time between notices that tell how far a scan is.",
							"0 turns them off.",
							&progress_interval_ms, 10000, 0, INT_MAX,
							PGC_USERSET, GUC_UNIT_MS, NULL, NULL, NULL);
	define_without_dates();
	plan_init();
	bind_join_init(&bind_join_methods);
	learned_init();
	quota_init();
	stat_init();
	progress_init();
	MarkGUCPrefixReserved("pinterest_fdw");
}

/* The callbacks of the foreign data wrapper. */
Datum
pinterest_fdw_handler(PG_FUNCTION_ARGS)
{
	FdwRoutine *routine = makeNode(FdwRoutine);

	routine->GetForeignRelSize = pinterestGetForeignRelSize;
	routine->GetForeignPaths = pinterestGetForeignPaths;
	routine->GetForeignPlan = pinterestGetForeignPlan;
	routine->BeginForeignScan = pinterestBeginForeignScan;
	routine->IterateForeignScan = pinterestIterateForeignScan;
	routine->ReScanForeignScan = pinterestReScanForeignScan;
	routine->EndForeignScan = pinterestEndForeignScan;
	routine->IsForeignPathAsyncCapable = pinterestIsForeignPathAsyncCapable;
	routine->ForeignAsyncRequest = pinterestForeignAsyncRequest;
	routine->ForeignAsyncConfigureWait = pinterestForeignAsyncConfigureWait;
	routine->ForeignAsyncNotify = pinterestForeignAsyncNotify;
	routine->ExplainForeignScan = pinterestExplainForeignScan;
	routine->AnalyzeForeignTable = pinterestAnalyzeForeignTable;
	routine->ImportForeignSchema = pinterestImportForeignSchema;
	PG_RETURN_POINTER(routine);
}
