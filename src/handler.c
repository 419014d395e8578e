/*-------------------------------------------------------------------------
 *
 * handler.c
 *		  The module: what happens at load, and the wrapper's callbacks.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/handler.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "foreign/fdwapi.h"
#include "utils/guc.h"

#include "compat.h"
#include "http.h"
#include "import.h"
#include "plan.h"
#include "scan.h"

COMPAT_MODULE_MAGIC("pinterest_fdw", "1.0");

PG_FUNCTION_INFO_V1(pinterest_fdw_handler);

void		_PG_init(void);

/* Read by sync() with current_setting(). */
static bool offline = false;

/* Runs once per process, when the library is loaded. */
void
_PG_init(void)
{
	http_init();
	DefineCustomBoolVariable("pinterest_fdw.offline",
							 "Lets refreshes answer from their history, without a request.",
							 "For restoring a dump while the API is out of reach.",
							 &offline, false, PGC_USERSET, 0, NULL, NULL, NULL);
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
	routine->ExplainForeignScan = pinterestExplainForeignScan;
	routine->AnalyzeForeignTable = pinterestAnalyzeForeignTable;
	routine->ImportForeignSchema = pinterestImportForeignSchema;
	PG_RETURN_POINTER(routine);
}
