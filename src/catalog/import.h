/*-------------------------------------------------------------------------
 *
 * import.h
 *		  IMPORT FOREIGN SCHEMA.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/catalog/import.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_IMPORT_H
#define PINTEREST_IMPORT_H

#include "nodes/parsenodes.h"

extern List *pinterestImportForeignSchema(ImportForeignSchemaStmt *stmt,
										  Oid serverOid);

#endif							/* PINTEREST_IMPORT_H */
