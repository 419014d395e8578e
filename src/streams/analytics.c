/*-------------------------------------------------------------------------
 *
 * analytics.c
 *		  Metrics of ad accounts and of what they advertise with.
 *
 * The endpoints answer with a bare array that has one object for each entity
 * and period with any delivery, and in it no key for a metric without a
 * value.  They return of the metrics what parameter columns names, reach 90
 * days back and want the entities' ids.
 *
 * Reports reach further back, know more metrics and need no ids.  Their rows
 * are like those of the endpoints, but nothing besides the date is in them
 * unasked: the ids of entities have to be named among the metrics.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/streams/analytics.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "streams/ads_analytics.h"

static const char *const ads_scopes[] = {"ads:read", NULL};

const Setting ads_analytics_settings[] = {
	ADS_ANALYTICS_SETTINGS,
	{.filter = {0}}
};

const DateLimit ads_date_limits[] = {
	{.granularity = "HOUR", .history_days = 8, .span_days = 3},
	{.granularity = "", .history_days = 90, .span_days = 90},
	{0}
};

/* The API's ranges count both ends: 3 and 186 days. */
const DateLimit ads_report_date_limits[] = {
	{.granularity = "HOUR", .history_days = 8, .span_days = 2},
	{.granularity = "", .history_days = 914, .span_days = 185},
	{0}
};

/* Likewise: 31 days. */
const DateLimit product_item_date_limits[] = {
	{.granularity = "HOUR", .history_days = 8, .span_days = 2},
	{.granularity = "", .history_days = 92, .span_days = 30},
	{0}
};

/*
 * ad_account_analytics
 */
static const Column ad_account_analytics_columns[] = {
	ACCOUNT_COLUMN("Ad account"),
	PERIOD_COLUMNS(""),
	SETTING_COLUMNS,
	{0}
};

static const char *const ad_account_analytics_key[] = {
	"ad_account_id", "date", "hour", NULL
};

static const Endpoint ad_account_analytics_endpoints[] = {
	{
		.path = "/ad_accounts/{ad_account_id}/analytics",
		.rows = "[]",
		.filters = (const Filter[]) {ACCOUNT_FILTER, DATE_FILTER, {0}},
	},
	{0}
};

static const Endpoint ad_account_report_endpoints[] = {
	REPORT_FOR_ACCOUNT(ACCOUNT_LEVEL("ADVERTISER"), DATE_FILTER),
	{0}
};

const Stream ad_account_analytics_stream = {
	.name = "ad_account_analytics",
	.aliases = (const char *const[]) {
		"ad_accounts_analytics", "advertiser_analytics", "advertiser_report", NULL
	},
	.comment = "Metrics of ad accounts, by day or another period",
	.category = "ads_analytics",
	.scopes = ads_scopes,
	.key = ad_account_analytics_key,
	.columns = ad_account_analytics_columns,
	.metrics = ads_metrics,
	.report_metrics = ads_report_metrics,
	.settings = ads_analytics_settings,
	.source = {
		.endpoints = ad_account_analytics_endpoints,
		.parent = &ad_accounts_stream,
		.parent_columns = ad_account_parent,
		.date_limits = ads_date_limits,
		.metrics_param = METRICS_PARAM("", "AD_ACCOUNT_ID"),
		.typical = {.rows = 0.8, .row_bytes = 60},
	},
	.further_sources = (const Source[]) {
		{
			REPORTS_BY_ACCOUNT,
			.endpoints = ad_account_report_endpoints,
		},
		{0}
	},
};

/*
 * campaigns_analytics
 */
static const Column campaigns_analytics_columns[] = {
	ACCOUNT_COLUMN("Ad account that the campaign belongs to"),
	{.name = "campaign_id", .field = "CAMPAIGN_ID", .type = TYPE_TEXT,
	.comment = "Campaign"},
	PERIOD_COLUMNS(""),
	SETTING_COLUMNS,
	{0}
};

static const char *const campaigns_analytics_key[] = {
	"ad_account_id", "campaign_id", "date", "hour", NULL
};

static const Endpoint campaigns_analytics_endpoints[] = {
	{
		.path = "/ad_accounts/{ad_account_id}/campaigns/analytics",
		.rows = "[]",
		.filters = (const Filter[]) {
			ACCOUNT_FILTER,
			IDS_FILTER("campaign_id", "campaign_ids", SYNC_IDS),
			DATE_FILTER,
			{0}
		},
	},
	{0}
};

static const Endpoint campaigns_report_endpoints[] = {
	REPORT_FOR_IDS(LEVEL("CAMPAIGN", "campaign_id"), "campaign_id", campaigns_stream, campaign_parent,
				   IDS_FILTER("campaign_id", "campaign_ids", REPORT_IDS),
				   DATE_FILTER),
	REPORT_FOR_ACCOUNT(LEVEL("CAMPAIGN", "campaign_id"), DATE_FILTER),
	{0}
};

const Stream campaigns_analytics_stream = {
	.name = "campaigns_analytics",
	.aliases = (const char *const[]) {
		"campaign_analytics", "campaign_report", "campaign_analytics_report", NULL
	},
	.comment = "Metrics of campaigns, by day or another period",
	.category = "ads_analytics",
	.scopes = ads_scopes,
	.key = campaigns_analytics_key,
	.columns = campaigns_analytics_columns,
	.metrics = ads_metrics,
	.report_metrics = ads_report_metrics,
	.settings = ads_analytics_settings,
	.source = {
		.endpoints = campaigns_analytics_endpoints,
		.parent = &campaigns_stream,
		.parent_columns = campaign_parent,
		.date_limits = ads_date_limits,
		.metrics_param = METRICS_PARAM("", "CAMPAIGN_ID"),
		.typical = {.rows = 0.5, .row_bytes = 60},
	},
	.further_sources = (const Source[]) {
		{
			REPORTS_BY_ACCOUNT,
			.endpoints = campaigns_report_endpoints,
			.columns = (const Column[]) {ASKED_FOR("campaign_id", "CAMPAIGN_ID"), {0}},
			.typical = {.rows = 25},
		},
		{0}
	},
};

/*
 * ad_groups_analytics
 *
 * campaign_id is a metric here, which the endpoint returns but cannot select
 * by: its filter chooses the ad groups to ask for.  A report can.
 */
static const Column ad_groups_analytics_columns[] = {
	ACCOUNT_COLUMN("Ad account that the ad group belongs to"),
	{.name = "ad_group_id", .field = "AD_GROUP_ID", .type = TYPE_TEXT,
	.comment = "Ad group"},
	PERIOD_COLUMNS(""),
	SETTING_COLUMNS,
	{0}
};

static const char *const ad_groups_analytics_key[] = {
	"ad_account_id", "ad_group_id", "date", "hour", NULL
};

static const Endpoint ad_groups_analytics_endpoints[] = {
	{
		.path = "/ad_accounts/{ad_account_id}/ad_groups/analytics",
		.rows = "[]",
		.filters = (const Filter[]) {
			ACCOUNT_FILTER,
			IDS_FILTER("ad_group_id", "ad_group_ids", SYNC_IDS),
			PARENT_FILTER("campaign_id"),
			DATE_FILTER,
			{0}
		},
	},
	{0}
};

static const Endpoint ad_groups_report_endpoints[] = {
	REPORT_FOR_IDS(LEVEL("AD_GROUP", "ad_group_id"), "ad_group_id", ad_groups_stream, ad_group_parent,
				   IDS_FILTER("ad_group_id", "ad_group_ids", REPORT_IDS),
				   PARENT_FILTER("campaign_id"),
				   DATE_FILTER),
	REPORT_FOR_IDS(LEVEL("AD_GROUP", "ad_group_id"), "campaign_id", campaigns_stream, campaign_parent,
				   IDS_FILTER("campaign_id", "campaign_ids", REPORT_IDS),
				   DATE_FILTER),
	REPORT_FOR_ACCOUNT(LEVEL("AD_GROUP", "ad_group_id"), DATE_FILTER),
	{0}
};

const Stream ad_groups_analytics_stream = {
	.name = "ad_groups_analytics",
	.aliases = (const char *const[]) {"ad_group_analytics", "ad_group_report", NULL},
	.comment = "Metrics of ad groups, by day or another period",
	.category = "ads_analytics",
	.scopes = ads_scopes,
	.key = ad_groups_analytics_key,
	.columns = ad_groups_analytics_columns,
	.metrics = ads_metrics,
	.report_metrics = ads_report_metrics,
	.settings = ads_analytics_settings,
	.source = {
		.endpoints = ad_groups_analytics_endpoints,
		.parent = &ad_groups_stream,
		.parent_columns = ad_group_parent,
		.date_limits = ads_date_limits,
		.metrics_param = METRICS_PARAM("", "AD_GROUP_ID"),
		.typical = {.rows = 0.5, .row_bytes = 60},
	},
	.further_sources = (const Source[]) {
		{
			REPORTS_BY_ACCOUNT,
			.endpoints = ad_groups_report_endpoints,
			.columns = (const Column[]) {ASKED_FOR("ad_group_id", "AD_GROUP_ID"), {0}},
			.typical = {.rows = 100},
		},
		{0}
	},
};

/*
 * ads_analytics
 *
 * Likewise, the endpoint's filters on campaign_id and ad_group_id choose the
 * ads to ask for.  A report calls an ad a PIN_PROMOTION.
 */
static const Column ads_analytics_columns[] = {
	ACCOUNT_COLUMN("Ad account that the ad belongs to"),
	{.name = "ad_id", .field = "AD_ID", .type = TYPE_TEXT,
	.comment = "Ad"},
	PERIOD_COLUMNS(""),
	SETTING_COLUMNS,
	{0}
};

static const char *const ads_analytics_key[] = {
	"ad_account_id", "ad_id", "date", "hour", NULL
};

static const Endpoint ads_analytics_endpoints[] = {
	{
		.path = "/ad_accounts/{ad_account_id}/ads/analytics",
		.rows = "[]",
		.filters = (const Filter[]) {
			ACCOUNT_FILTER,
			IDS_FILTER("ad_id", "ad_ids", SYNC_IDS),
			PARENT_FILTER("ad_group_id"),
			PARENT_FILTER("campaign_id"),
			DATE_FILTER,
			{0}
		},
	},
	{0}
};

static const Endpoint ads_report_endpoints[] = {
	REPORT_FOR_IDS(LEVEL("PIN_PROMOTION", "ad_id"), "ad_id", ads_stream, ad_parent,
				   IDS_FILTER("ad_id", "ad_ids", REPORT_IDS),
				   PARENT_FILTER("ad_group_id"),
				   PARENT_FILTER("campaign_id"),
				   DATE_FILTER),
	REPORT_FOR_IDS(LEVEL("PIN_PROMOTION", "ad_id"), "ad_group_id", ad_groups_stream, ad_group_parent,
				   IDS_FILTER("ad_group_id", "ad_group_ids", REPORT_IDS),
				   PARENT_FILTER("campaign_id"),
				   DATE_FILTER),
	REPORT_FOR_IDS(LEVEL("PIN_PROMOTION", "ad_id"), "campaign_id", campaigns_stream, campaign_parent,
				   IDS_FILTER("campaign_id", "campaign_ids", REPORT_IDS),
				   DATE_FILTER),
	REPORT_FOR_ACCOUNT(LEVEL("PIN_PROMOTION", "ad_id"), DATE_FILTER),
	{0}
};

const Stream ads_analytics_stream = {
	.name = "ads_analytics",
	.aliases = (const char *const[]) {"ad_analytics", "pin_promotion_report", NULL},
	.comment = "Metrics of ads, by day or another period",
	.category = "ads_analytics",
	.scopes = ads_scopes,
	.key = ads_analytics_key,
	.columns = ads_analytics_columns,
	.metrics = ads_metrics,
	.report_metrics = ads_report_metrics,
	.settings = ads_analytics_settings,
	.source = {
		.endpoints = ads_analytics_endpoints,
		.parent = &ads_stream,
		.parent_columns = ad_parent,
		.date_limits = ads_date_limits,
		.metrics_param = METRICS_PARAM("", "AD_ID"),
		.typical = {.rows = 0.4, .row_bytes = 60},
	},
	.further_sources = (const Source[]) {
		{
			REPORTS_BY_ACCOUNT,
			.endpoints = ads_report_endpoints,
			.columns = (const Column[]) {ASKED_FOR("ad_id", "AD_ID"), {0}},
			.typical = {.rows = 200},
		},
		{0}
	},
};

/*
 * product_groups_analytics
 *
 * A product group is here what product_group_promotions lists: a group of a
 * catalog's products as an ad group advertises it.
 */
static const Column product_groups_analytics_columns[] = {
	ACCOUNT_COLUMN("Ad account that the product group belongs to"),
	{.name = "product_group_id", .field = "PRODUCT_GROUP_ID", .type = TYPE_TEXT,
	.comment = "Product group, as in product_group_promotions"},
	PERIOD_COLUMNS(""),
	SETTING_COLUMNS,
	{0}
};

static const char *const product_groups_analytics_key[] = {
	"ad_account_id", "product_group_id", "date", "hour", NULL
};

static const Endpoint product_groups_analytics_endpoints[] = {
	{
		.path = "/ad_accounts/{ad_account_id}/product_groups/analytics",
		.rows = "[]",
		.filters = (const Filter[]) {
			ACCOUNT_FILTER,
			IDS_FILTER("product_group_id", "product_group_ids", SYNC_IDS),
			PARENT_FILTER("ad_group_id"),
			DATE_FILTER,
			{0}
		},
	},
	{0}
};

static const Endpoint product_groups_report_endpoints[] = {
	REPORT_FOR_IDS(LEVEL("PRODUCT_GROUP", "product_group_id"), "product_group_id",
				   product_group_promotions_stream, product_group_parent,
				   IDS_FILTER("product_group_id", "product_group_ids", REPORT_IDS),
				   PARENT_FILTER("ad_group_id"),
				   DATE_FILTER),
	REPORT_FOR_IDS(LEVEL("PRODUCT_GROUP", "product_group_id"), "ad_group_id", ad_groups_stream, ad_group_parent,
				   IDS_FILTER("ad_group_id", "ad_group_ids", REPORT_IDS),
				   PARENT_FILTER("campaign_id"),
				   DATE_FILTER),
	REPORT_FOR_IDS(LEVEL("PRODUCT_GROUP", "product_group_id"), "campaign_id", campaigns_stream, campaign_parent,
				   IDS_FILTER("campaign_id", "campaign_ids", REPORT_IDS),
				   DATE_FILTER),
	REPORT_FOR_ACCOUNT(LEVEL("PRODUCT_GROUP", "product_group_id"), DATE_FILTER),
	{0}
};

const Stream product_groups_analytics_stream = {
	.name = "product_groups_analytics",
	.aliases = (const char *const[]) {
		"product_group_analytics", "product_group_report", NULL
	},
	.comment = "Metrics of product groups, by day or another period",
	.category = "ads_analytics",
	.scopes = ads_scopes,
	.key = product_groups_analytics_key,
	.columns = product_groups_analytics_columns,
	.metrics = ads_metrics,
	.report_metrics = ads_report_metrics,
	.settings = ads_analytics_settings,
	.source = {
		.endpoints = product_groups_analytics_endpoints,
		.parent = &product_group_promotions_stream,
		.parent_columns = product_group_parent,
		.date_limits = ads_date_limits,
		.metrics_param = METRICS_PARAM("", "AD_GROUP_ID"),
		.typical = {.rows = 0.5, .row_bytes = 70},
	},
	.further_sources = (const Source[]) {
		{
			REPORTS_BY_ACCOUNT,
			.endpoints = product_groups_report_endpoints,
			.columns = (const Column[]) {ASKED_FOR("product_group_id", "PRODUCT_GROUP_ID"), {0}},
			.metrics_param = METRICS_PARAM("", "PRODUCT_GROUP_ID"),
			.typical = {.rows = 50},
		},
		{0}
	},
};

/*
 * ad_pins_analytics
 *
 * There is no report by Pin.  The ads tell which Pins a campaign shows.
 */
static const Column ad_pins_analytics_columns[] = {
	ACCOUNT_COLUMN("Ad account that the campaign belongs to"),
	{.name = "campaign_id", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Campaign that advertises the Pin"},
	{.name = "pin_id", .field = "PIN_ID", .type = TYPE_TEXT,
	.comment = "Pin"},
	PERIOD_COLUMNS(""),
	COUNTING_COLUMNS,
	{0}
};

static const Endpoint ad_pins_analytics_endpoints[] = {
	{
		.path = "/ad_accounts/{ad_account_id}/pins/analytics",
		.rows = "[]",
		.filters = (const Filter[]) {
			ACCOUNT_FILTER,
			{.column = "campaign_id", .param = "campaign_id", .required = true},
			IDS_FILTER("pin_id", "pin_ids", 100),
			DATE_FILTER,
			{0}
		},
	},
	{0}
};

static const Setting ad_pins_settings[] = {
	COUNTING_SETTINGS,
	{.filter = {0}}
};

static const ParentColumn ad_pin_parent[] = {
	{.variable = "ad_account_id", .column = "ad_account_id"},
	{.variable = "campaign_id", .column = "campaign_id"},
	{.variable = "pin_id", .column = "pin_id", .may_be_null = true},
	{0}
};

const Stream ad_pins_analytics_stream = {
	.name = "ad_pins_analytics",
	.aliases = (const char *const[]) {"ad_pin_analytics", "campaign_pins_analytics", NULL},
	.comment = "Metrics of Pins within the campaigns that advertise them, by day or another period",
	.category = "ads_analytics",
	.scopes = ads_scopes,
	.key = (const char *const[]) {
		"ad_account_id", "campaign_id", "pin_id", "date", "hour", NULL
	},
	.columns = ad_pins_analytics_columns,
	.metrics = ads_metrics,
	.settings = ad_pins_settings,
	.source = {
		.endpoints = ad_pins_analytics_endpoints,
		.parent = &ads_stream,
		.parent_columns = ad_pin_parent,
		.date_limits = ads_date_limits,
		.metrics_param = METRICS_PARAM("", "PIN_ID"),
		.typical = {.rows = 0.4, .row_bytes = 70},
	},
};

/*
 * keywords_analytics
 *
 * No metric names the keyword.  Reports group their rows by the id of the
 * entity, and that is the only place where this one stands.
 */
static const Column keywords_analytics_columns[] = {
	ACCOUNT_COLUMN("Ad account that the keyword belongs to"),
	{.name = "keyword_id", .type = TYPE_TEXT, .origin = FROM_KEY,
	.comment = "Keyword: the id that the report has the row under"},
	PERIOD_COLUMNS(""),
	SETTING_COLUMNS,
	{0}
};

static const Endpoint keywords_analytics_endpoints[] = {
	REPORT_FOR_IDS(KEYED_LEVEL("KEYWORD"), "ad_group_id", ad_groups_stream, ad_group_parent,
				   IDS_FILTER("ad_group_id", "ad_group_ids", REPORT_IDS),
				   PARENT_FILTER("campaign_id"),
				   DATE_FILTER),
	REPORT_FOR_IDS(KEYED_LEVEL("KEYWORD"), "campaign_id", campaigns_stream, campaign_parent,
				   IDS_FILTER("campaign_id", "campaign_ids", REPORT_IDS),
				   DATE_FILTER),
	REPORT_FOR_ACCOUNT(KEYED_LEVEL("KEYWORD"), DATE_FILTER),
	{0}
};

const Stream keywords_analytics_stream = {
	.name = "keywords_analytics",
	.aliases = (const char *const[]) {"keyword_analytics", "keyword_report", NULL},
	.comment = "Metrics of keywords, by day or another period",
	.category = "ads_analytics",
	.scopes = ads_scopes,
	.key = (const char *const[]) {
		"ad_account_id", "keyword_id", "date", "hour", NULL
	},
	.columns = keywords_analytics_columns,
	.metrics = ads_metrics,
	.report_metrics = ads_report_metrics,
	.without_metrics = (const char *const[]) {NOT_IN_REPORTS, NOT_OF_PARTS, NULL},
	.settings = ads_analytics_settings,
	.source = {
		.endpoints = keywords_analytics_endpoints,
		.parent = &ad_accounts_stream,
		.parent_columns = ad_account_parent,
		.date_limits = ads_report_date_limits,
		.metrics_param = METRICS_PARAM("", "AD_GROUP_ID"),
		.typical = {.rows = 500, .row_bytes = 60},
	},
};

/*
 * product_items_analytics
 *
 * The id of an item, too, is told only by where the report has the row, and no
 * list says which account it is of: so that the API is asked for items of an
 * account that are not its own by no plan, it is not told ids at all.
 * ad_group_id is in the key because several ad groups may show one item.
 */
static const Column product_items_analytics_columns[] = {
	ACCOUNT_COLUMN("Ad account that advertises the product item"),
	STANDARD("ad_group_id", "AD_GROUP_ID", TYPE_TEXT, "Ad group that advertises the product item"),
	{.name = "product_item_id", .type = TYPE_TEXT, .origin = FROM_KEY,
	.comment = "Product item: the id that the report has the row under"},
	PERIOD_COLUMNS(""),
	SETTING_COLUMNS,
	PRODUCT_ITEM_COLUMNS,
	{0}
};

static const Endpoint product_items_analytics_endpoints[] = {
	REPORT_FOR_IDS(KEYED_LEVEL("PRODUCT_ITEM"), "ad_group_id", ad_groups_stream, ad_group_parent,
				   IDS_FILTER("ad_group_id", "ad_group_ids", REPORT_IDS),
				   PARENT_FILTER("campaign_id"),
				   DATE_FILTER),
	REPORT_FOR_IDS(KEYED_LEVEL("PRODUCT_ITEM"), "campaign_id", campaigns_stream, campaign_parent,
				   IDS_FILTER("campaign_id", "campaign_ids", REPORT_IDS),
				   DATE_FILTER),
	REPORT_FOR_ACCOUNT(KEYED_LEVEL("PRODUCT_ITEM"),
					   DATE_FILTER),
	{0}
};

const Stream product_items_analytics_stream = {
	.name = "product_items_analytics",
	.aliases = (const char *const[]) {
		"product_item_analytics", "product_item_report", NULL
	},
	.comment = "Metrics of product items, by day or another period",
	.category = "ads_analytics",
	.scopes = ads_scopes,
	.key = (const char *const[]) {
		"ad_account_id", "ad_group_id", "product_item_id", "date", "hour", NULL
	},
	.columns = product_items_analytics_columns,
	.metrics = ads_metrics,
	.report_metrics = ads_report_metrics,
	.without_metrics = (const char *const[]) {
		NOT_IN_REPORTS, NOT_OF_PRODUCT_ITEMS, NULL
	},
	.settings = ads_analytics_settings,
	.source = {
		.endpoints = product_items_analytics_endpoints,
		.parent = &ad_accounts_stream,
		.parent_columns = ad_account_parent,
		.date_limits = product_item_date_limits,
		.metrics_param = METRICS_PARAM("", "AD_GROUP_ID"),
		.typical = {.rows = 1000, .row_bytes = 80},
	},
};
