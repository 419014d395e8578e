/*-------------------------------------------------------------------------
 *
 * explain_wrap.h
 *		  Long properties of EXPLAIN, on lines that fit a terminal.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/scan/explain_wrap.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_EXPLAIN_WRAP_H
#define PINTEREST_EXPLAIN_WRAP_H

#include "nodes/pg_list.h"

#include "util/compat.h"

extern void explain_text(const char *label, const char *text, ExplainState *es);
extern void explain_list(const char *label, List *texts, ExplainState *es);

#endif							/* PINTEREST_EXPLAIN_WRAP_H */
