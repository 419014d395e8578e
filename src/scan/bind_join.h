/*-------------------------------------------------------------------------
 *
 * bind_join.h
 *		  How a bind join runs.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/scan/bind_join.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_BIND_JOIN_H
#define PINTEREST_BIND_JOIN_H

#include "nodes/extensible.h"

extern const CustomScanMethods bind_join_methods;

#endif							/* PINTEREST_BIND_JOIN_H */
