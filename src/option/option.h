/*-------------------------------------------------------------------------
 *
 * option.h
 *		  Options of server, user mapping, foreign table and column.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/option/option.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_OPTION_H
#define PINTEREST_OPTION_H

#include "nodes/pg_list.h"

#include "streams/stream.h"

/* What becomes of a scan for which nothing names a first day. */
typedef enum WithoutDates
{
	WITHOUT_DATES_LAST_DAYS = 0,
	WITHOUT_DATES_ALL,			/* as far back as the API keeps them */
	WITHOUT_DATES_ERROR
} WithoutDates;

#define PINTEREST_BASE_URL "https://api.pinterest.com/v5"

/* What becomes of a scan where the API refuses one of the objects asked for. */
typedef enum OnDenied
{
	ON_DENIED_ERROR = 0,
	ON_DENIED_SKIP				/* its rows are left out, with a warning */
} OnDenied;

/* Which responses the session keeps for cache_ttl. */
typedef enum CacheUse
{
	CACHE_LISTS = 0,			/* those of lists that tables hang on */
	CACHE_ALL
} CacheUse;

/*
 * The options that count for one foreign table: its own, else its server's,
 * else the default.  Nothing of the user mapping is in here.
 */
typedef struct TableOptions
{
	Oid			relid;
	Oid			serverid;
	const Stream *stream;
	const char *base_url;		/* without a slash at its end */
	const char *ca_file;		/* NULL: the system's */
	const char *proxy;			/* NULL: none */
	int			page_size;		/* 1 to 250 */
	int			max_connections;
	int			connect_timeout_ms;
	int			request_timeout_ms;
	int			total_timeout_ms;	/* 0: none */
	int			report_timeout_ms;	/* until a report is ready */
	int			retries;
	int			access_tier;	/* AccessTier */
	int			max_requests;	/* of a scan; 0: no limit; -1: as the setting
								 * of the session */
	int			max_response_kb;	/* of a response, as sent and decoded */
	int			cache_ttl_s;	/* how long the session keeps responses; 0:
								 * not */
	int			cache;			/* CacheUse */
	int			cache_kb;		/* that these may take */
	int			lookback_days;	/* of a refresh by sync() */
	int			default_days;	/* read where nothing names a first one; 0: as
								 * the stream has it */
	int			without_dates;	/* WithoutDates */
	bool		has_start_date;
	int			start_date;		/* DateADT; days since 2000-01-01 */
	List	   *ad_account_ids; /* char *; NIL: all */
	int			on_denied;		/* OnDenied */
	const Stream *split_by;		/* whose ids split the table's lists; NULL:
								 * none's */
	List	   *settings;		/* DefElem *: settings of the server, then
								 * those of the table */
} TableOptions;

extern TableOptions *get_table_options(Oid relid);
extern TableOptions *get_server_options(Oid serverid);
extern bool option_is_scopes(const char *value);
extern WithoutDates scan_without_dates(const TableOptions *options);
extern char *admin_role;
extern const char *const without_dates_words[];
extern int	session_without_dates;
extern char *column_field_option(Oid relid, int attnum);

#endif							/* PINTEREST_OPTION_H */
