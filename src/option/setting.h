/*-------------------------------------------------------------------------
 *
 * setting.h
 *		  Settings as options of server and table, and their values.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/option/setting.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_SETTING_H
#define PINTEREST_SETTING_H

#include "option/option.h"
#include "util/compat.h"

extern const char *closest_value(const Filter *filter, const char *value);
extern char *join_values(const char *const *values);
extern bool is_setting(const char *name);
extern void suggest_settings(ClosestMatchState *match, const Stream *stream);
extern char *join_settings(const Stream *stream);
extern void check_table_setting(const Stream *stream, const char *name,
								const char *value);
extern void check_server_setting(const char *name, const char *value);
extern List *table_setting(const TableOptions *options, const Setting *setting);
extern const char *setting_default(const Setting *setting);
extern List *usual_setting(const TableOptions *options, const Setting *setting);
extern _Noreturn void reject_filter_value(const Stream *stream,
										  const Filter *filter, const char *value);

#endif							/* PINTEREST_SETTING_H */
