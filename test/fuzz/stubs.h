/*-------------------------------------------------------------------------
 *
 * stubs.h
 *		  What the JSON reader needs of a server, for programs without one.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * test/fuzz/stubs.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_STUBS_H
#define PINTEREST_STUBS_H

extern void stubs_reset(void);

#endif							/* PINTEREST_STUBS_H */
