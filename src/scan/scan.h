/*-------------------------------------------------------------------------
 *
 * scan.h
 *		  The executor's side of a foreign table.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/scan/scan.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_SCAN_H
#define PINTEREST_SCAN_H

#include "foreign/fdwapi.h"

#include "plan/bind.h"
#include "plan/estimate.h"

extern void pinterestBeginForeignScan(ForeignScanState *node, int eflags);
extern TupleTableSlot *pinterestIterateForeignScan(ForeignScanState *node);
extern void pinterestReScanForeignScan(ForeignScanState *node);
extern void pinterestEndForeignScan(ForeignScanState *node);

extern void scan_set_keys(ForeignScanState *node, List *groups);
extern Estimate scan_estimate(ForeignScanState *node, const List *groups);
extern bool pinterestIsForeignPathAsyncCapable(ForeignPath *path);
extern void pinterestForeignAsyncRequest(AsyncRequest *areq);
extern void pinterestForeignAsyncConfigureWait(AsyncRequest *areq);
extern void pinterestForeignAsyncNotify(AsyncRequest *areq);
extern void pinterestExplainForeignScan(ForeignScanState *node,
										struct ExplainState *es);
extern bool pinterestAnalyzeForeignTable(Relation relation,
										 AcquireSampleRowsFunc *func,
										 BlockNumber *totalpages);

#endif							/* PINTEREST_SCAN_H */
