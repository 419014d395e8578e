/*-------------------------------------------------------------------------
 *
 * iso_time.h
 *		  Days and times in UTC, as ISO 8601 writes them.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/util/iso_time.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_ISO_TIME_H
#define PINTEREST_ISO_TIME_H

#include "utils/date.h"
#include "utils/timestamp.h"

extern DateADT utc_today(void);
extern char *date_text(DateADT date);
extern bool parse_date(const char *text, const char **rest, DateADT *result);
extern bool parse_iso_time(const char *text, TimestampTz *result);
extern bool parse_utc_time(const char *text, TimestampTz *result);

#endif							/* PINTEREST_ISO_TIME_H */
