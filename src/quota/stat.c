/*-------------------------------------------------------------------------
 *
 * stat.c
 *		  What each owner has asked of the API, and what came of it.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/quota/stat.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_user_mapping.h"
#include "foreign/foreign.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "quota/quota.h"
#include "quota/stat.h"
#include "util/compat.h"
#include "util/result_row.h"

PG_FUNCTION_INFO_V1(pinterest_fdw_get_stat);
PG_FUNCTION_INFO_V1(pinterest_fdw_stat_reset);
PG_FUNCTION_INFO_V1(pinterest_fdw_stat_is_shared);

/* What is kept of an error message, with the NUL. */
#define MAX_ERROR_BYTES 256

typedef struct CategoryStat
{
	StatDelta	sum;
	TimestampTz last_error_at;	/* 0: none */
	char		last_error[MAX_ERROR_BYTES];
} CategoryStat;

typedef struct StatSlot
{
	OwnerSlot	owner;
	TimestampTz since;
	CategoryStat categories[MAX_CATEGORIES];
} StatSlot;

static void
begin_slot(void *slot, TimestampTz now)
{
	StatSlot   *stat = slot;

	memset(stat->categories, 0, sizeof(stat->categories));
	stat->since = now;
}

static OwnerTable table = OWNER_TABLE("pinterest_fdw_statistics", 1, StatSlot, begin_slot);

/* To be called when the library is loaded. */
void
stat_init(void)
{
	shared_register(&table.segment);
}

/* ---------- counting ---------- */

/* The statistics of an owner's category, locked until owner_unlock(). */
static CategoryStat *
lock_category(const QuotaOwner *owner, int number, TimestampTz now)
{
	StatSlot   *slot = owner_lock_slot(&table, owner, now);

	return &slot->categories[number];
}

/*
 * Adds to what is counted for a category of an owner; nothing for one that
 * is NULL or unknown.
 */
void
stat_add(const QuotaOwner *owner, const char *category, const StatDelta *delta)
{
	int			number = quota_category_number(category);
	TimestampTz now = GetCurrentTimestamp();
	StatDelta  *sum;

	if (number < 0)
		return;
	sum = &lock_category(owner, number, now)->sum;
	sum->requests += delta->requests;
	sum->rows += delta->rows;
	sum->bytes += delta->bytes;
	sum->retries += delta->retries;
	sum->rate_limited += delta->rate_limited;
	sum->waited_ms += delta->waited_ms;
	owner_unlock(&table);
}

/*
 * Keeps the primary message, which must not hold a secret, of an error of a
 * category at a time, in place of the one before; what is longer than
 * MAX_ERROR_BYTES is cut.
 */
void
stat_error(const QuotaOwner *owner, const char *category, const char *message,
		   TimestampTz at)
{
	int			number = quota_category_number(category);
	int			len = pg_mbcliplen(message, strlen(message), MAX_ERROR_BYTES - 1);
	CategoryStat *stat;

	if (number < 0)
		return;
	stat = lock_category(owner, number, at);
	stat->last_error_at = at;
	memcpy(stat->last_error, message, len);
	stat->last_error[len] = '\0';
	owner_unlock(&table);
}

/* ---------- the view ---------- */

/* Whether a slot's mapping still is what it was. */
static bool
mapping_exists(const OwnerSlot *owner)
{
	HeapTuple	tuple = SearchSysCache1(USERMAPPINGOID, ObjectIdGetDatum(owner->umid));
	Form_pg_user_mapping form;
	bool		same;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_user_mapping) GETSTRUCT(tuple);
	same = form->umserver == owner->serverid && form->umuser == owner->umuser;
	ReleaseSysCache(tuple);
	return same;
}

/* Whether the current user may see what a mapping has asked for. */
static bool
may_see(const OwnerSlot *owner)
{
	if (superuser() || has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS))
		return true;
	if (OidIsValid(owner->umuser))
		return owner->umuser == GetUserId();
	return compat_server_aclcheck(owner->serverid, GetUserId(), ACL_USAGE) == ACLCHECK_OK;
}

static void
put_stat(ResultRow *row, const StatSlot *slot, int number)
{
	const CategoryStat *stat = &slot->categories[number];
	const OwnerSlot *owner = &slot->owner;
	const ForeignServer *server = GetForeignServerExtended(owner->serverid, FSV_MISSING_OK);
	const char *user = OidIsValid(owner->umuser) ? GetUserNameFromId(owner->umuser, true) : "public";

	if (server == NULL || user == NULL)
		return;
	add_name(row, server->servername);
	add_name(row, user);
	add_text(row, quota_category_name(number));
	add_bigint(row, stat->sum.requests);
	add_bigint(row, stat->sum.rows);
	add_bigint(row, stat->sum.bytes);
	add_bigint(row, stat->sum.retries);
	add_bigint(row, stat->sum.rate_limited);
	add_double(row, stat->sum.waited_ms / 1000.0);
	add_text(row, stat->last_error_at != 0 ? stat->last_error : NULL);
	add_timestamptz(row, stat->last_error_at);
	add_timestamptz(row, slot->since);
	finish_row(row);
}

/* Whether anything was counted. */
static bool
is_used(const CategoryStat *stat)
{
	static const StatDelta nothing = {0};

	return stat->last_error_at != 0 || memcmp(&stat->sum, &nothing, sizeof(nothing)) != 0;
}

/*
 * One row for each category that was used by a mapping of this database, of
 * those that the current user may see.
 */
Datum
pinterest_fdw_get_stat(PG_FUNCTION_ARGS)
{
	ResultRow	row = {.result = (ReturnSetInfo *) fcinfo->resultinfo};
	int			count;
	StatSlot   *slots = owner_copy_slots(&table, &count);

	InitMaterializedSRF(fcinfo, 0);
	for (StatSlot *slot = slots; slot < slots + count; slot++)
	{
		if (!mapping_exists(&slot->owner) || !may_see(&slot->owner))
			continue;
		for (int i = 0; i < MAX_CATEGORIES; i++)
			if (is_used(&slot->categories[i]))
				put_stat(&row, slot, i);
	}
	return (Datum) 0;
}

/*
 * Begins to count anew: for a superuser all mappings of this database, for
 * others their own.  Quotas stay as they are.
 */
Datum
pinterest_fdw_stat_reset(PG_FUNCTION_ARGS)
{
	owner_reset_slots(&table);
	PG_RETURN_VOID();
}

/* Whether other sessions feed and see the same quotas, statistics and scans. */
Datum
pinterest_fdw_stat_is_shared(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(shared_between_backends());
}
