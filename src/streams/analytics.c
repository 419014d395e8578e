/*-------------------------------------------------------------------------
 *
 * analytics.c
 *		  Metrics of ad accounts, campaigns, ad groups and ads.
 *
 * The endpoints answer with a bare array that has one object for each entity
 * and period with any delivery, and in it no key for a metric without a
 * value.  They return of the metrics what parameter columns names.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/streams/analytics.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "streams.h"

static const char *const ads_scopes[] = {"ads:read", NULL};

/* 0 is a window, not the lack of one. */
static const char *const window_days[] = {"0", "1", "7", "14", "30", "60", NULL};

static const Setting ads_analytics_settings[] = {
	{
		.name = "granularity",
		.values = (const char *const[]) {
			"TOTAL", "DAY", "HOUR", "WEEK", "MONTH", NULL
		},
		.initial = "DAY",
	},
	{.name = "click_window_days", .values = window_days},
	{.name = "engagement_window_days", .values = window_days},
	{.name = "view_window_days", .values = window_days},
	{
		.name = "conversion_report_time",
		.values = (const char *const[]) {
			"TIME_OF_AD_ACTION", "TIME_OF_CONVERSION", NULL
		},
	},
	{0}
};

static const DateLimit ads_date_limits[] = {
	{.granularity = "HOUR", .history_days = 8, .span_days = 3},
	{.granularity = "", .history_days = 90, .span_days = 90},
	{0}
};

/*
 * ad_account_analytics
 */
static const Column ad_account_analytics_columns[] = {
	{.name = "ad_account_id", .type = TYPE_TEXT, .source = FROM_REQUEST,
	.comment = "Ad account"},
	{.name = "date", .field = "DATE", .type = TYPE_DATE,
	.comment = "Day, or first day of the period, in UTC; null for granularity TOTAL"},
	{0}
};

static const Filter ad_account_analytics_filters[] = {
	{.column = "ad_account_id", .required = true},
	{
		.column = "date",
		.kind = FILTER_DATES,
		.match = FILTER_EXACT_IN_TOTAL,
	},
	{0}
};

static const Route ad_account_analytics_routes[] = {
	{
		.path = "/ad_accounts/{ad_account_id}/analytics",
		.rows = "[]",
		.filters = ad_account_analytics_filters,
	},
	{0}
};

static const ParentColumn ad_account_parent[] = {
	{.variable = "ad_account_id", .column = "id"},
	{0}
};

static const MetricsParam ad_account_metrics_param = {
	.param = "columns",
	.prefix = "",
	.fallback = "AD_ACCOUNT_ID",
};

const Stream ad_account_analytics_stream = {
	.name = "ad_account_analytics",
	.aliases = (const char *const[]) {
		"ad_accounts_analytics", "advertiser_analytics", NULL
	},
	.comment = "Metrics of ad accounts, by day or another period",
	.category = "ads_analytics",
	.scopes = ads_scopes,
	.key = (const char *const[]) {"ad_account_id", "date", NULL},
	.columns = ad_account_analytics_columns,
	.metrics = ads_metrics,
	.routes = ad_account_analytics_routes,
	.parent = &ad_accounts_stream,
	.parent_columns = ad_account_parent,
	.settings = ads_analytics_settings,
	.date_limits = ads_date_limits,
	.metrics_param = &ad_account_metrics_param,
	.typical = {.rows = 0.8, .row_bytes = 60},
};

/*
 * campaigns_analytics
 */
static const Column campaigns_analytics_columns[] = {
	{.name = "ad_account_id", .type = TYPE_TEXT, .source = FROM_REQUEST,
	.comment = "Ad account that the campaign belongs to"},
	{.name = "campaign_id", .field = "CAMPAIGN_ID", .type = TYPE_TEXT,
	.comment = "Campaign"},
	{.name = "date", .field = "DATE", .type = TYPE_DATE,
	.comment = "Day, or first day of the period, in UTC; null for granularity TOTAL"},
	{0}
};

static const Filter campaigns_analytics_filters[] = {
	{.column = "ad_account_id", .required = true},
	{
		.column = "campaign_id",
		.param = "campaign_ids",
		.style = LIST_COMMA,
		.batch = 250,
		.required = true,
	},
	{
		.column = "date",
		.kind = FILTER_DATES,
		.match = FILTER_EXACT_IN_TOTAL,
	},
	{0}
};

static const Route campaigns_analytics_routes[] = {
	{
		.path = "/ad_accounts/{ad_account_id}/campaigns/analytics",
		.rows = "[]",
		.filters = campaigns_analytics_filters,
	},
	{0}
};

static const ParentColumn campaign_parent[] = {
	{.variable = "ad_account_id", .column = "ad_account_id"},
	{.variable = "campaign_id", .column = "id"},
	{0}
};

static const MetricsParam campaign_metrics_param = {
	.param = "columns",
	.prefix = "",
	.fallback = "CAMPAIGN_ID",
};

const Stream campaigns_analytics_stream = {
	.name = "campaigns_analytics",
	.aliases = (const char *const[]) {"campaign_analytics", NULL},
	.comment = "Metrics of campaigns, by day or another period",
	.category = "ads_analytics",
	.scopes = ads_scopes,
	.key = (const char *const[]) {"ad_account_id", "campaign_id", "date", NULL},
	.columns = campaigns_analytics_columns,
	.metrics = ads_metrics,
	.routes = campaigns_analytics_routes,
	.parent = &campaigns_stream,
	.parent_columns = campaign_parent,
	.settings = ads_analytics_settings,
	.date_limits = ads_date_limits,
	.metrics_param = &campaign_metrics_param,
	.typical = {.rows = 0.5, .row_bytes = 60},
};

/*
 * ad_groups_analytics
 *
 * campaign_id is a metric here, which the API returns but cannot select by:
 * its filter chooses the ad groups to ask for.
 */
static const Column ad_groups_analytics_columns[] = {
	{.name = "ad_account_id", .type = TYPE_TEXT, .source = FROM_REQUEST,
	.comment = "Ad account that the ad group belongs to"},
	{.name = "ad_group_id", .field = "AD_GROUP_ID", .type = TYPE_TEXT,
	.comment = "Ad group"},
	{.name = "date", .field = "DATE", .type = TYPE_DATE,
	.comment = "Day, or first day of the period, in UTC; null for granularity TOTAL"},
	{0}
};

static const Filter ad_groups_analytics_filters[] = {
	{.column = "ad_account_id", .required = true},
	{
		.column = "ad_group_id",
		.param = "ad_group_ids",
		.style = LIST_COMMA,
		.batch = 250,
		.required = true,
	},
	{.column = "campaign_id"},
	{
		.column = "date",
		.kind = FILTER_DATES,
		.match = FILTER_EXACT_IN_TOTAL,
	},
	{0}
};

static const Route ad_groups_analytics_routes[] = {
	{
		.path = "/ad_accounts/{ad_account_id}/ad_groups/analytics",
		.rows = "[]",
		.filters = ad_groups_analytics_filters,
	},
	{0}
};

static const ParentColumn ad_group_parent[] = {
	{.variable = "ad_account_id", .column = "ad_account_id"},
	{.variable = "ad_group_id", .column = "id"},
	{.variable = "campaign_id", .column = "campaign_id"},
	{0}
};

static const MetricsParam ad_group_metrics_param = {
	.param = "columns",
	.prefix = "",
	.fallback = "AD_GROUP_ID",
};

const Stream ad_groups_analytics_stream = {
	.name = "ad_groups_analytics",
	.aliases = (const char *const[]) {"ad_group_analytics", NULL},
	.comment = "Metrics of ad groups, by day or another period",
	.category = "ads_analytics",
	.scopes = ads_scopes,
	.key = (const char *const[]) {"ad_account_id", "ad_group_id", "date", NULL},
	.columns = ad_groups_analytics_columns,
	.metrics = ads_metrics,
	.routes = ad_groups_analytics_routes,
	.parent = &ad_groups_stream,
	.parent_columns = ad_group_parent,
	.settings = ads_analytics_settings,
	.date_limits = ads_date_limits,
	.metrics_param = &ad_group_metrics_param,
	.typical = {.rows = 0.5, .row_bytes = 60},
};

/*
 * ads_analytics
 *
 * Likewise, the filters on campaign_id and ad_group_id choose the ads to ask
 * for.
 */
static const Column ads_analytics_columns[] = {
	{.name = "ad_account_id", .type = TYPE_TEXT, .source = FROM_REQUEST,
	.comment = "Ad account that the ad belongs to"},
	{.name = "ad_id", .field = "AD_ID", .type = TYPE_TEXT,
	.comment = "Ad"},
	{.name = "date", .field = "DATE", .type = TYPE_DATE,
	.comment = "Day, or first day of the period, in UTC; null for granularity TOTAL"},
	{0}
};

static const Filter ads_analytics_filters[] = {
	{.column = "ad_account_id", .required = true},
	{
		.column = "ad_id",
		.param = "ad_ids",
		.style = LIST_COMMA,
		.batch = 250,
		.required = true,
	},
	{.column = "ad_group_id"},
	{.column = "campaign_id"},
	{
		.column = "date",
		.kind = FILTER_DATES,
		.match = FILTER_EXACT_IN_TOTAL,
	},
	{0}
};

static const Route ads_analytics_routes[] = {
	{
		.path = "/ad_accounts/{ad_account_id}/ads/analytics",
		.rows = "[]",
		.filters = ads_analytics_filters,
	},
	{0}
};

static const ParentColumn ad_parent[] = {
	{.variable = "ad_account_id", .column = "ad_account_id"},
	{.variable = "ad_id", .column = "id"},
	{.variable = "ad_group_id", .column = "ad_group_id"},
	{.variable = "campaign_id", .column = "campaign_id"},
	{0}
};

static const MetricsParam ad_metrics_param = {
	.param = "columns",
	.prefix = "",
	.fallback = "AD_ID",
};

const Stream ads_analytics_stream = {
	.name = "ads_analytics",
	.aliases = (const char *const[]) {"ad_analytics", NULL},
	.comment = "Metrics of ads, by day or another period",
	.category = "ads_analytics",
	.scopes = ads_scopes,
	.key = (const char *const[]) {"ad_account_id", "ad_id", "date", NULL},
	.columns = ads_analytics_columns,
	.metrics = ads_metrics,
	.routes = ads_analytics_routes,
	.parent = &ads_stream,
	.parent_columns = ad_parent,
	.settings = ads_analytics_settings,
	.date_limits = ads_date_limits,
	.metrics_param = &ad_metrics_param,
	.typical = {.rows = 0.4, .row_bytes = 60},
};
