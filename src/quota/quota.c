/*-------------------------------------------------------------------------
 *
 * quota.c
 *		  The API's quotas of each owner, and what is left of them.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/quota/quota.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/timestamp.h"

#include "quota/quota.h"

PG_FUNCTION_INFO_V1(pinterest_fdw_limit_reset);

/* A category, as the API puts it in streams and headers, and its quota. */
typedef struct Category
{
	const char *name;
	QuotaPolicy policy;
} Category;

/* Until headers say otherwise.  The numbers are those of standard access. */
static const Category categories[] = {
	{"ads_read", {1000, 60}},
	{"ads_analytics", {300, 60}},
	{"org_read", {1000, 60}},
	{"org_analytics", {60, 60}},
	{"catalogs_read", {100, 60}},
	{"trends_read", {60, 60}},
};

StaticAssertDecl(lengthof(categories) == MAX_CATEGORIES,
				 "MAX_CATEGORIES must be the number of categories");

/* Of all requests, whatever their category; the names are the headers'. */
static const Category all_requests = {"safety_net", {100, 1}};
static const Category trial_requests = {"universal", {1000, 24 * 60 * 60}};

/* The number of a category, from 0; -1: NULL or unknown. */
int
quota_category_number(const char *category)
{
	for (int i = 0; category != NULL && i < (int) lengthof(categories); i++)
		if (strcmp(categories[i].name, category) == 0)
			return i;
	return -1;
}

/* The name of the category of a number, from 0; NULL: there are no more. */
const char *
quota_category_name(int number)
{
	return number < (int) lengthof(categories) ? categories[number].name : NULL;
}

/* ---------- owners ---------- */

typedef struct QuotaSlot
{
	OwnerSlot	owner;
	RateWindow	all;			/* requests in a second */
	RateWindow	day;			/* requests in a day; TIER_TRIAL alone */
	RateWindow	categories[MAX_CATEGORIES];
} QuotaSlot;

/* Puts all quotas of a slot to what they are before the first request. */
static void
begin_slot(void *slot, TimestampTz now)
{
	QuotaSlot  *quotas = slot;

	memset(&quotas->all, 0, sizeof(quotas->all));
	memset(&quotas->day, 0, sizeof(quotas->day));
	memset(quotas->categories, 0, sizeof(quotas->categories));
	quotas->all.policy = all_requests.policy;
	quotas->day.policy = trial_requests.policy;
	for (int i = 0; i < (int) lengthof(categories); i++)
		quotas->categories[i].policy = categories[i].policy;
}

static OwnerTable table = OWNER_TABLE("pinterest_fdw_quotas", 1, QuotaSlot, begin_slot);

/* To be called when the library is loaded. */
void
quota_init(void)
{
	shared_register(&table.segment);
}

/*
 * The window that is charged besides that of all requests; NULL: none, for an
 * unknown category.
 */
static RateWindow *
charged_window(QuotaSlot *slot, AccessTier tier, int number)
{
	if (tier == TIER_TRIAL)
		return &slot->day;
	return number < 0 ? NULL : &slot->categories[number];
}

/* ---------- quotas ---------- */

/*
 * Takes a place for a request that is sent now.  Returns 0 if it may be sent,
 * else when to ask again, which is later than now: up to a day later for
 * TIER_TRIAL, and as long as the API has said to wait.  TIER_UNLIMITED always
 * gets a place.  A category that is NULL or unknown has no quota of its own.
 */
TimestampTz
quota_take(const QuotaOwner *owner, const char *category, TimestampTz now)
{
	int			number = quota_category_number(category);
	QuotaSlot  *slot = owner_lock_slot(&table, owner, now);
	RateWindow *charged = charged_window(slot, owner->tier, number);
	TimestampTz free_at = rate_window_free_at(&slot->all, now);

	if (charged != NULL)
		free_at = Max(free_at, rate_window_free_at(charged, now));
	/* a refusal holds a category, even where no quota of it is kept */
	if (number >= 0)
		free_at = Max(free_at, rate_window_free_at(&slot->categories[number], now));
	if (owner->tier == TIER_UNLIMITED)
		free_at = 0;
	if (free_at == 0)
	{
		rate_window_charge(&slot->all, now);
		if (charged != NULL)
			rate_window_charge(charged, now);
	}
	owner_unlock(&table);
	return free_at;
}

/*
 * Corrects what quota_take() charged at taken_at for a request that was sent
 * more than once, whether there was a place for that or not, or not at all.
 */
void
quota_settle(const QuotaOwner *owner, const char *category, TimestampTz taken_at,
			 int sends, TimestampTz now)
{
	QuotaSlot  *slot = owner_lock_slot(&table, owner, now);
	RateWindow *windows[] = {
		&slot->all,
		charged_window(slot, owner->tier, quota_category_number(category))
	};

	for (int i = 0; i < (int) lengthof(windows); i++)
	{
		if (windows[i] == NULL)
			continue;
		(void) rate_window_free_at(windows[i], now);	/* forgets a past window */
		if (sends == 0)
			rate_window_give_back(windows[i], taken_at);
		for (int n = 1; n < sends; n++)
			rate_window_charge(windows[i], now);
	}
	owner_unlock(&table);
}

/* The window that remaining and reset are about; NULL: none that is known. */
static RateWindow *
closest_window(RateWindow *all, RateWindow *charged, const RateLimitHeaders *news)
{
	bool		is_all = news->limit == all->policy.quota;

	if (charged != NULL && news->limit == charged->policy.quota &&
		(!is_all || news->reset_s > all->policy.window_s))
		return charged;
	return is_all ? all : NULL;
}

/*
 * Learns from the response to a request that quota_take() let pass at sent_at
 * and that is answered now: limit, remaining and reset are the values of the
 * headers x-ratelimit-..., of which each may be NULL or nonsense; server_time
 * is when they were told, by the server's clock (seconds since 1970).
 */
void
quota_learn(const QuotaOwner *owner, const char *category, TimestampTz sent_at,
			TimestampTz now, const char *limit, const char *remaining,
			const char *reset, int64 server_time)
{
	int			number = quota_category_number(category);
	const char *name = owner->tier == TIER_TRIAL ? trial_requests.name :
		number < 0 ? NULL : categories[number].name;
	RateLimitHeaders news = rate_limit_headers(limit, remaining, reset, server_time);
	QuotaSlot  *slot = owner_lock_slot(&table, owner, now);
	RateWindow *charged = charged_window(slot, owner->tier, number);
	RateWindow *closest;

	quota_policy(limit, all_requests.name, &slot->all.policy);
	rate_window_confirm(&slot->all, sent_at, now);
	if (charged != NULL)
	{
		quota_policy(limit, name, &charged->policy);
		rate_window_confirm(charged, sent_at, now);
	}
	closest = closest_window(&slot->all, charged, &news);
	if (closest != NULL)
		rate_window_correct(closest, sent_at, now, &news);
	owner_unlock(&table);
}

/*
 * Lets no request of the category pass before a time, since the API has
 * refused one; none at all if the category is NULL or unknown.
 */
void
quota_hold(const QuotaOwner *owner, const char *category, TimestampTz until)
{
	int			number = quota_category_number(category);
	TimestampTz now = GetCurrentTimestamp();
	QuotaSlot  *slot = owner_lock_slot(&table, owner, now);

	rate_window_hold(number < 0 ? &slot->all : &slot->categories[number], until);
	owner_unlock(&table);
}

/*
 * What remains of a category's quota, or of the day's for TIER_TRIAL; nothing
 * while the category is held.  Charges nothing.  False: the category is NULL or
 * unknown, and *quota stays.
 */
bool
quota_get(const QuotaOwner *owner, const char *category, Quota *quota)
{
	int			number = quota_category_number(category);
	TimestampTz now = GetCurrentTimestamp();
	TimestampTz held;
	QuotaSlot  *slot;
	RateWindow	of_category;
	RateWindow	charged;

	if (number < 0)
		return false;
	/* a copy, as to look at a window changes it */
	slot = owner_lock_slot(&table, owner, now);
	of_category = slot->categories[number];
	charged = *charged_window(slot, owner->tier, number);
	owner_unlock(&table);

	rate_window_free_at(&of_category, now);
	rate_window_free_at(&charged, now);
	held = of_category.hold_until;
	quota->policy = charged.policy;
	quota->remaining = held > 0 ? 0 : rate_window_remaining(&charged);
	quota->resets_at = Max(held, rate_window_end(&charged));
	return true;
}

/*
 * Forgets what is left of quotas and what the API has asked to wait for: for a
 * superuser of all mappings of this database, for others of their own.
 */
Datum
pinterest_fdw_limit_reset(PG_FUNCTION_ARGS)
{
	owner_reset_slots(&table);
	PG_RETURN_VOID();
}
