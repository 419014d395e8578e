/*-------------------------------------------------------------------------
 *
 * stat.c
 *		  What each account has asked of the API, and what came of it.
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
#include "utils/builtins.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "quota/shared.h"
#include "util/compat.h"

PG_FUNCTION_INFO_V1(pinterest_fdw_get_stat);
PG_FUNCTION_INFO_V1(pinterest_fdw_stat_reset);
PG_FUNCTION_INFO_V1(pinterest_fdw_limit_reset);
PG_FUNCTION_INFO_V1(pinterest_fdw_stat_is_shared);

/* ---------- counting ---------- */

/*
 * Adds to what is counted for a category of an account; nothing for one that
 * is NULL or unknown.
 */
void
stat_add(const QuotaOwner *owner, const char *category, const StatDelta *delta)
{
	int			number = quota_category_number(category);
	TimestampTz now = GetCurrentTimestamp();
	SharedState *state;
	StatDelta  *sum;

	if (number < 0)
		return;
	state = shared_lock(LW_EXCLUSIVE);
	sum = &quota_owner_slot(state, owner, now)->stats[number].sum;
	sum->requests += delta->requests;
	sum->rows += delta->rows;
	sum->bytes += delta->bytes;
	sum->retries += delta->retries;
	sum->rate_limited += delta->rate_limited;
	sum->waited_ms += delta->waited_ms;
	shared_unlock();
}

/*
 * Keeps the primary message of an error that a scan failed with; it must not
 * hold a secret.  What is longer than MAX_ERROR_BYTES is cut.
 */
void
stat_error(const QuotaOwner *owner, const char *category, const char *message,
		   TimestampTz at)
{
	int			number = quota_category_number(category);
	int			len = pg_mbcliplen(message, strlen(message), MAX_ERROR_BYTES - 1);
	SharedState *state;
	CategoryStat *stat;

	if (number < 0)
		return;
	state = shared_lock(LW_EXCLUSIVE);
	stat = &quota_owner_slot(state, owner, at)->stats[number];
	stat->last_error_at = at;
	memcpy(stat->last_error, message, len);
	stat->last_error[len] = '\0';
	shared_unlock();
}

/* ---------- the view ---------- */

/* Copies of this database's slots, palloc'd; *count: how many. */
static OwnerSlot *
copy_owners(int *count)
{
	OwnerSlot  *copies = palloc(sizeof(OwnerSlot) * MAX_OWNERS);
	SharedState *state = shared_lock(LW_SHARED);

	*count = 0;
	for (int i = 0; i < MAX_OWNERS && OidIsValid(state->owners[i].dbid); i++)
		if (state->owners[i].dbid == MyDatabaseId)
			copies[(*count)++] = state->owners[i];
	shared_unlock();
	return copies;
}

/* Whether a slot's mapping still is what it was. */
static bool
mapping_exists(const OwnerSlot *slot)
{
	HeapTuple	tuple = SearchSysCache1(USERMAPPINGOID, ObjectIdGetDatum(slot->umid));
	Form_pg_user_mapping form;
	bool		same;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_user_mapping) GETSTRUCT(tuple);
	same = form->umserver == slot->serverid && form->umuser == slot->umuser;
	ReleaseSysCache(tuple);
	return same;
}

/* Whether the current user may see what a mapping has asked for. */
static bool
may_see(const OwnerSlot *slot)
{
	if (superuser() || has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS))
		return true;
	if (OidIsValid(slot->umuser))
		return slot->umuser == GetUserId();
	return compat_server_aclcheck(slot->serverid, GetUserId(), ACL_USAGE) == ACLCHECK_OK;
}

static Datum
name_datum(const char *name)
{
	return DirectFunctionCall1(namein, CStringGetDatum(name));
}

static void
put_stat(ReturnSetInfo *result, const OwnerSlot *slot, int number)
{
	const CategoryStat *stat = &slot->stats[number];
	const ForeignServer *server = GetForeignServerExtended(slot->serverid, FSV_MISSING_OK);
	const char *user = OidIsValid(slot->umuser) ? GetUserNameFromId(slot->umuser, true) : "public";
	Datum		values[12] = {0};
	bool		nulls[12] = {0};
	int			n = 0;

	if (server == NULL || user == NULL)
		return;
	values[n++] = name_datum(server->servername);
	values[n++] = name_datum(user);
	values[n++] = CStringGetTextDatum(quota_category_name(number));
	values[n++] = Int64GetDatum(stat->sum.requests);
	values[n++] = Int64GetDatum(stat->sum.rows);
	values[n++] = Int64GetDatum(stat->sum.bytes);
	values[n++] = Int64GetDatum(stat->sum.retries);
	values[n++] = Int64GetDatum(stat->sum.rate_limited);
	values[n++] = Float8GetDatum(stat->sum.waited_ms / 1000.0);
	nulls[n] = nulls[n + 1] = stat->last_error_at == 0;
	values[n++] = CStringGetTextDatum(stat->last_error);
	values[n++] = TimestampTzGetDatum(stat->last_error_at);
	values[n++] = TimestampTzGetDatum(slot->stats_since);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
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
	int			count;
	OwnerSlot  *slots = copy_owners(&count);

	InitMaterializedSRF(fcinfo, 0);
	for (OwnerSlot *slot = slots; slot < slots + count; slot++)
	{
		if (!mapping_exists(slot) || !may_see(slot))
			continue;
		for (int i = 0; i < MAX_CATEGORIES; i++)
			if (is_used(&slot->stats[i]))
				put_stat((ReturnSetInfo *) fcinfo->resultinfo, slot, i);
	}
	return (Datum) 0;
}

/* Does something to the slots of this database's mappings that may be reset. */
static void
reset_slots(void (*reset) (OwnerSlot *slot, TimestampTz now))
{
	bool		all = superuser();
	Oid			userid = GetUserId();
	TimestampTz now = GetCurrentTimestamp();
	SharedState *state = shared_lock(LW_EXCLUSIVE);

	for (int i = 0; i < MAX_OWNERS && OidIsValid(state->owners[i].dbid); i++)
	{
		OwnerSlot  *slot = &state->owners[i];

		if (slot->dbid == MyDatabaseId && (all || slot->umuser == userid))
			reset(slot, now);
	}
	shared_unlock();
}

static void
reset_stat(OwnerSlot *slot, TimestampTz now)
{
	memset(slot->stats, 0, sizeof(slot->stats));
	slot->stats_since = now;
}

/*
 * Begins to count anew: for a superuser all mappings of this database, for
 * others their own.  Quotas stay as they are.
 */
Datum
pinterest_fdw_stat_reset(PG_FUNCTION_ARGS)
{
	reset_slots(reset_stat);
	PG_RETURN_VOID();
}

/*
 * Forgets what is left of quotas and what the API has asked to wait for, of
 * the same mappings.
 */
Datum
pinterest_fdw_limit_reset(PG_FUNCTION_ARGS)
{
	reset_slots(quota_forget);
	PG_RETURN_VOID();
}

/* Whether other sessions feed and see the same quotas, statistics and scans. */
Datum
pinterest_fdw_stat_is_shared(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(shared_between_backends());
}
