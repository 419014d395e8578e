/*-------------------------------------------------------------------------
 *
 * targeting_analytics.c
 *		  Metrics of parts of an audience: by age, country, keyword and so on.
 *
 * Each targeting type divides the whole in a way of its own, so metrics must
 * not be added up over types.
 *
 * The endpoints have the date, the ids and the metrics of a row in its member
 * metrics; in the rows of reports they stand side by side with the targeting.
 * Ids are asked for as metrics throughout, because the API's description does
 * not say which ones a row has unasked.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/streams/targeting_analytics.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "streams/ads_analytics.h"

/* The types that a request takes at most: */
#define ACCOUNT_TYPES 15
#define ENTITY_TYPES 14
#define REPORT_TYPES 5

static const char *const ads_scopes[] = {"ads:read", NULL};

static const char *const parts_lack[] = {NOT_OF_PARTS, NULL};

static const Setting targeting_settings[] = {
	ADS_ANALYTICS_SETTINGS,
	{
		/* a list in a report's body */
		.filter = {
			.column = "attribution_type",
			.param = "attribution_types",
			.style = LIST_COMMA,
			.batch = 1,
			.values = (const char *const[]) {"INDIVIDUAL", "HOUSEHOLD", NULL},
			.strict = true,
		},
	},
	{.filter = {0}}
};

/* ---------- targeting types ---------- */

/* Types that all levels have. */
#define COMMON_TYPES \
	"KEYWORD", "APPTYPE", "GENDER", "LOCATION", "PLACEMENT", "COUNTRY", \
	"TARGETED_INTEREST", "PINNER_INTEREST", "AUDIENCE_INCLUDE", "GEO", \
	"AGE_BUCKET", "REGION", "AGE_BUCKET_AND_GENDER"

static const char *const common_types[] = {COMMON_TYPES, NULL};

static const char *const campaign_types[] = {
	COMMON_TYPES, "CREATIVE_TYPE", "AUDIENCE_MULTIPLIER", NULL
};

static const char *const ad_group_types[] = {
	COMMON_TYPES, "CREATIVE_ENHANCEMENTS", NULL
};

static const char *const ad_types[] = {
	COMMON_TYPES, "QUIZ_RESULT", NULL
};

/* Reports know neither CREATIVE_TYPE nor QUIZ_RESULT. */
static const char *const campaign_report_types[] = {
	COMMON_TYPES, "AUDIENCE_MULTIPLIER", NULL
};

static const char *const report_types_asked[] = {
	"LOCAL_ADS_STORE_CODE", NULL
};

static const char *const product_item_report_types[] = {
	COMMON_TYPES, "MEDIA_TYPE", NULL
};

#define TYPES_FILTER(types, most) \
	{.column = "targeting_type", .param = "targeting_types", \
	 .style = LIST_COMMA, .batch = most, .values = types, .open = true, .send_all = true}

/*
 * Reports know the codes of local stores too, at a level that is not described,
 * and tell parts by several types together, as GENDER_AND_COUNTRY.
 */
#define REPORT_TYPES_FILTER(types) \
	{.column = "targeting_type", .param = "targeting_types", \
	 .style = LIST_COMMA, .batch = REPORT_TYPES, .values = types, .open = true, .send_all = true, \
	 .asked_values = report_types_asked, .joining = "combine_targeting_types"}

/* ---------- columns ---------- */

#define TARGETING_COLUMNS(type_field, value_field) \
	{.name = "targeting_type", .field = type_field, .type = TYPE_TEXT, \
	 .comment = "What divides the audience, AGE_BUCKET for instance"}, \
	{.name = "targeting_value", .field = value_field, .type = TYPE_TEXT, .may_be_null = true, \
	 .comment = "The part: 45-49, US-CA or female for instance, or the id of a location or an audience"}

#define TARGETING_SETTING_COLUMNS \
	SETTING_COLUMNS, \
	SETTING("attribution_type", TYPE_TEXT, "Whether conversions are those of an INDIVIDUAL or a HOUSEHOLD; null where the API decides")

/* All columns but those that say of what the audience is. */
#define SYNC_COLUMNS \
	TARGETING_COLUMNS("targeting_type", "targeting_value"), \
	PERIOD_COLUMNS("metrics."), \
	TARGETING_SETTING_COLUMNS

#define REPORT_COLUMNS \
	TARGETING_COLUMNS("TARGETING_TYPE", "TARGETING_VALUE"), \
	PERIOD_COLUMNS(""), \
	TARGETING_SETTING_COLUMNS

/* Those that reports tell in fields of other names. */
static const Column report_columns[] = {
	TARGETING_COLUMNS("TARGETING_TYPE", "TARGETING_VALUE"),
	PERIOD_COLUMNS(""),
	{0}
};

/*
 * ad_account_targeting_analytics
 */
static const Column ad_account_targeting_columns[] = {
	ACCOUNT_COLUMN("Ad account"),
	SYNC_COLUMNS,
	{0}
};

static const char *const ad_account_targeting_key[] = {
	"ad_account_id", "targeting_type", "targeting_value", "date", "hour", NULL
};

static const Endpoint ad_account_targeting_endpoints[] = {
	{
		.path = "/ad_accounts/{ad_account_id}/targeting_analytics",
		.rows = "data.[]",
		.filters = (const Filter[]) {
			ACCOUNT_FILTER,
			TYPES_FILTER(common_types, ACCOUNT_TYPES),
			DATE_FILTER,
			{0}
		},
	},
	{0}
};

static const Endpoint ad_account_targeting_report_endpoints[] = {
	REPORT_FOR_ACCOUNT(ACCOUNT_LEVEL("ADVERTISER_TARGETING"),
					   REPORT_TYPES_FILTER(common_types),
					   DATE_FILTER),
	{0}
};

const Stream ad_account_targeting_analytics_stream = {
	.name = "ad_account_targeting_analytics",
	.aliases = (const char *const[]) {
		"ad_accounts_targeting_analytics", "advertiser_targeting_report", NULL
	},
	.comment = "Metrics of ad accounts by targeting, by day or another period",
	.category = "ads_analytics",
	.scopes = ads_scopes,
	.key = ad_account_targeting_key,
	.columns = ad_account_targeting_columns,
	.metrics = ads_metrics,
	.report_metrics = ads_report_metrics,
	.without_metrics = parts_lack,
	.settings = targeting_settings,
	.source = {
		.endpoints = ad_account_targeting_endpoints,
		.parent = &ad_accounts_stream,
		.parent_columns = ad_account_parent,
		.date_limits = ads_date_limits,
		.metrics_param = METRICS_PARAM("metrics.", "AD_ACCOUNT_ID"),
		.typical = {.rows = 500, .row_bytes = 120},
	},
	.further_sources = (const Source[]) {
		{
			REPORTS_BY_ACCOUNT,
			.endpoints = ad_account_targeting_report_endpoints,
			.columns = report_columns,
			.metrics_param = METRICS_PARAM("", "AD_ACCOUNT_ID"),
		},
		{0}
	},
};

/*
 * campaigns_targeting_analytics
 */
static const Column campaigns_targeting_columns[] = {
	ACCOUNT_COLUMN("Ad account that the campaign belongs to"),
	STANDARD("campaign_id", "CAMPAIGN_ID", TYPE_TEXT, "Campaign"),
	SYNC_COLUMNS,
	{0}
};

static const char *const campaigns_targeting_key[] = {
	"ad_account_id", "campaign_id", "targeting_type", "targeting_value",
	"date", "hour", NULL
};

static const Endpoint campaigns_targeting_endpoints[] = {
	{
		.path = "/ad_accounts/{ad_account_id}/campaigns/targeting_analytics",
		.rows = "data.[]",
		.filters = (const Filter[]) {
			ACCOUNT_FILTER,
			IDS_FILTER("campaign_id", "campaign_ids", SYNC_IDS),
			TYPES_FILTER(campaign_types, ENTITY_TYPES),
			DATE_FILTER,
			{0}
		},
	},
	{0}
};

static const Endpoint campaigns_targeting_report_endpoints[] = {
	REPORT_FOR_IDS(LEVEL("CAMPAIGN_TARGETING", "campaign_id"), "campaign_id",
				   campaigns_stream, campaign_parent,
				   IDS_FILTER("campaign_id", "campaign_ids", REPORT_IDS),
				   REPORT_TYPES_FILTER(campaign_report_types),
				   DATE_FILTER),
	REPORT_FOR_ACCOUNT(LEVEL("CAMPAIGN_TARGETING", "campaign_id"),
					   REPORT_TYPES_FILTER(campaign_report_types),
					   DATE_FILTER),
	{0}
};

const Stream campaigns_targeting_analytics_stream = {
	.name = "campaigns_targeting_analytics",
	.aliases = (const char *const[]) {
		"campaign_targeting_analytics", "campaign_targeting_report", NULL
	},
	.comment = "Metrics of campaigns by targeting, by day or another period",
	.category = "ads_analytics",
	.scopes = ads_scopes,
	.key = campaigns_targeting_key,
	.columns = campaigns_targeting_columns,
	.metrics = ads_metrics,
	.report_metrics = ads_report_metrics,
	.without_metrics = parts_lack,
	.settings = targeting_settings,
	.source = {
		.endpoints = campaigns_targeting_endpoints,
		.parent = &campaigns_stream,
		.parent_columns = campaign_parent,
		.date_limits = ads_date_limits,
		.metrics_param = METRICS_PARAM("metrics.", "CAMPAIGN_ID"),
		.typical = {.rows = 50, .row_bytes = 140},
	},
	.further_sources = (const Source[]) {
		{
			REPORTS_BY_ACCOUNT,
			.endpoints = campaigns_targeting_report_endpoints,
			.columns = report_columns,
			.metrics_param = METRICS_PARAM("", "CAMPAIGN_ID"),
			.typical = {.rows = 2500},
		},
		{0}
	},
};

/*
 * ad_groups_targeting_analytics
 */
static const Column ad_groups_targeting_columns[] = {
	ACCOUNT_COLUMN("Ad account that the ad group belongs to"),
	STANDARD("ad_group_id", "AD_GROUP_ID", TYPE_TEXT, "Ad group"),
	SYNC_COLUMNS,
	{0}
};

static const char *const ad_groups_targeting_key[] = {
	"ad_account_id", "ad_group_id", "targeting_type", "targeting_value",
	"date", "hour", NULL
};

static const Endpoint ad_groups_targeting_endpoints[] = {
	{
		.path = "/ad_accounts/{ad_account_id}/ad_groups/targeting_analytics",
		.rows = "data.[]",
		.filters = (const Filter[]) {
			ACCOUNT_FILTER,
			IDS_FILTER("ad_group_id", "ad_group_ids", SYNC_IDS),
			PARENT_FILTER("campaign_id"),
			TYPES_FILTER(ad_group_types, ENTITY_TYPES),
			DATE_FILTER,
			{0}
		},
	},
	{0}
};

static const Endpoint ad_groups_targeting_report_endpoints[] = {
	REPORT_FOR_IDS(LEVEL("AD_GROUP_TARGETING", "ad_group_id"), "ad_group_id",
				   ad_groups_stream, ad_group_parent,
				   IDS_FILTER("ad_group_id", "ad_group_ids", REPORT_IDS),
				   PARENT_FILTER("campaign_id"),
				   REPORT_TYPES_FILTER(ad_group_types),
				   DATE_FILTER),
	REPORT_FOR_IDS(LEVEL("AD_GROUP_TARGETING", "ad_group_id"), "campaign_id",
				   campaigns_stream, campaign_parent,
				   IDS_FILTER("campaign_id", "campaign_ids", REPORT_IDS),
				   REPORT_TYPES_FILTER(ad_group_types),
				   DATE_FILTER),
	REPORT_FOR_ACCOUNT(LEVEL("AD_GROUP_TARGETING", "ad_group_id"),
					   REPORT_TYPES_FILTER(ad_group_types),
					   DATE_FILTER),
	{0}
};

const Stream ad_groups_targeting_analytics_stream = {
	.name = "ad_groups_targeting_analytics",
	.aliases = (const char *const[]) {
		"ad_group_targeting_analytics", "ad_group_targeting_report", NULL
	},
	.comment = "Metrics of ad groups by targeting, by day or another period",
	.category = "ads_analytics",
	.scopes = ads_scopes,
	.key = ad_groups_targeting_key,
	.columns = ad_groups_targeting_columns,
	.metrics = ads_metrics,
	.report_metrics = ads_report_metrics,
	.without_metrics = parts_lack,
	.settings = targeting_settings,
	.source = {
		.endpoints = ad_groups_targeting_endpoints,
		.parent = &ad_groups_stream,
		.parent_columns = ad_group_parent,
		.date_limits = ads_date_limits,
		.metrics_param = METRICS_PARAM("metrics.", "AD_GROUP_ID"),
		.typical = {.rows = 25, .row_bytes = 140},
	},
	.further_sources = (const Source[]) {
		{
			REPORTS_BY_ACCOUNT,
			.endpoints = ad_groups_targeting_report_endpoints,
			.columns = report_columns,
			.metrics_param = METRICS_PARAM("", "AD_GROUP_ID"),
			.typical = {.rows = 5000},
		},
		{0}
	},
};

/*
 * ads_targeting_analytics
 */
static const Column ads_targeting_columns[] = {
	ACCOUNT_COLUMN("Ad account that the ad belongs to"),
	STANDARD("ad_id", "AD_ID", TYPE_TEXT, "Ad"),
	SYNC_COLUMNS,
	{0}
};

static const char *const ads_targeting_key[] = {
	"ad_account_id", "ad_id", "targeting_type", "targeting_value",
	"date", "hour", NULL
};

static const Endpoint ads_targeting_endpoints[] = {
	{
		.path = "/ad_accounts/{ad_account_id}/ads/targeting_analytics",
		.rows = "data.[]",
		.filters = (const Filter[]) {
			ACCOUNT_FILTER,
			IDS_FILTER("ad_id", "ad_ids", SYNC_IDS),
			PARENT_FILTER("ad_group_id"),
			PARENT_FILTER("campaign_id"),
			TYPES_FILTER(ad_types, ENTITY_TYPES),
			DATE_FILTER,
			{0}
		},
	},
	{0}
};

static const Endpoint ads_targeting_report_endpoints[] = {
	REPORT_FOR_IDS(LEVEL("PIN_PROMOTION_TARGETING", "ad_id"), "ad_id", ads_stream, ad_parent,
				   IDS_FILTER("ad_id", "ad_ids", REPORT_IDS),
				   PARENT_FILTER("ad_group_id"),
				   PARENT_FILTER("campaign_id"),
				   REPORT_TYPES_FILTER(common_types),
				   DATE_FILTER),
	REPORT_FOR_IDS(LEVEL("PIN_PROMOTION_TARGETING", "ad_id"), "ad_group_id",
				   ad_groups_stream, ad_group_parent,
				   IDS_FILTER("ad_group_id", "ad_group_ids", REPORT_IDS),
				   PARENT_FILTER("campaign_id"),
				   REPORT_TYPES_FILTER(common_types),
				   DATE_FILTER),
	REPORT_FOR_IDS(LEVEL("PIN_PROMOTION_TARGETING", "ad_id"), "campaign_id",
				   campaigns_stream, campaign_parent,
				   IDS_FILTER("campaign_id", "campaign_ids", REPORT_IDS),
				   REPORT_TYPES_FILTER(common_types),
				   DATE_FILTER),
	REPORT_FOR_ACCOUNT(LEVEL("PIN_PROMOTION_TARGETING", "ad_id"),
					   REPORT_TYPES_FILTER(common_types),
					   DATE_FILTER),
	{0}
};

const Stream ads_targeting_analytics_stream = {
	.name = "ads_targeting_analytics",
	.aliases = (const char *const[]) {
		"ad_targeting_analytics", "pin_promotion_targeting_report", NULL
	},
	.comment = "Metrics of ads by targeting, by day or another period",
	.category = "ads_analytics",
	.scopes = ads_scopes,
	.key = ads_targeting_key,
	.columns = ads_targeting_columns,
	.metrics = ads_metrics,
	.report_metrics = ads_report_metrics,
	.without_metrics = parts_lack,
	.settings = targeting_settings,
	.source = {
		.endpoints = ads_targeting_endpoints,
		.parent = &ads_stream,
		.parent_columns = ad_parent,
		.date_limits = ads_date_limits,
		.metrics_param = METRICS_PARAM("metrics.", "AD_ID"),
		.typical = {.rows = 20, .row_bytes = 140},
	},
	.further_sources = (const Source[]) {
		{
			REPORTS_BY_ACCOUNT,
			.endpoints = ads_targeting_report_endpoints,
			.columns = report_columns,
			.metrics_param = METRICS_PARAM("", "AD_ID"),
			.typical = {.rows = 10000},
		},
		{0}
	},
};

/*
 * product_groups_targeting_analytics
 */
static const Column product_groups_targeting_columns[] = {
	ACCOUNT_COLUMN("Ad account that the product group belongs to"),
	STANDARD("product_group_id", "PRODUCT_GROUP_ID", TYPE_TEXT, "Product group, as in product_group_promotions"),
	REPORT_COLUMNS,
	{0}
};

static const Endpoint product_groups_targeting_endpoints[] = {
	REPORT_FOR_IDS(LEVEL("PRODUCT_GROUP_TARGETING", "product_group_id"), "product_group_id",
				   product_group_promotions_stream, product_group_parent,
				   IDS_FILTER("product_group_id", "product_group_ids", REPORT_IDS),
				   PARENT_FILTER("ad_group_id"),
				   REPORT_TYPES_FILTER(common_types),
				   DATE_FILTER),
	REPORT_FOR_IDS(LEVEL("PRODUCT_GROUP_TARGETING", "product_group_id"), "ad_group_id",
				   ad_groups_stream, ad_group_parent,
				   IDS_FILTER("ad_group_id", "ad_group_ids", REPORT_IDS),
				   PARENT_FILTER("campaign_id"),
				   REPORT_TYPES_FILTER(common_types),
				   DATE_FILTER),
	REPORT_FOR_IDS(LEVEL("PRODUCT_GROUP_TARGETING", "product_group_id"), "campaign_id",
				   campaigns_stream, campaign_parent,
				   IDS_FILTER("campaign_id", "campaign_ids", REPORT_IDS),
				   REPORT_TYPES_FILTER(common_types),
				   DATE_FILTER),
	REPORT_FOR_ACCOUNT(LEVEL("PRODUCT_GROUP_TARGETING", "product_group_id"),
					   REPORT_TYPES_FILTER(common_types),
					   DATE_FILTER),
	{0}
};

const Stream product_groups_targeting_analytics_stream = {
	.name = "product_groups_targeting_analytics",
	.aliases = (const char *const[]) {
		"product_group_targeting_analytics", "product_group_targeting_report", NULL
	},
	.comment = "Metrics of product groups by targeting, by day or another period",
	.category = "ads_analytics",
	.scopes = ads_scopes,
	.key = (const char *const[]) {
		"ad_account_id", "product_group_id", "targeting_type", "targeting_value",
		"date", "hour", NULL
	},
	.columns = product_groups_targeting_columns,
	.metrics = ads_metrics,
	.report_metrics = ads_report_metrics,
	.without_metrics = (const char *const[]) {NOT_IN_REPORTS, NOT_OF_PARTS, NULL},
	.settings = targeting_settings,
	.source = {
		.endpoints = product_groups_targeting_endpoints,
		.parent = &ad_accounts_stream,
		.parent_columns = ad_account_parent,
		.date_limits = ads_report_date_limits,
		.metrics_param = METRICS_PARAM("", "PRODUCT_GROUP_ID"),
		.typical = {.rows = 2500, .row_bytes = 140},
	},
};

/*
 * product_items_targeting_analytics
 *
 * As in product_items_analytics, the item's id is told only by where the
 * report has the row, and several ad groups may show one item.
 */
static const Column product_items_targeting_columns[] = {
	ACCOUNT_COLUMN("Ad account that advertises the product item"),
	STANDARD("ad_group_id", "AD_GROUP_ID", TYPE_TEXT, "Ad group that advertises the product item"),
	{.name = "product_item_id", .type = TYPE_TEXT, .origin = FROM_KEY,
	.comment = "Product item: the id that the report has the row under"},
	REPORT_COLUMNS,
	PRODUCT_ITEM_COLUMNS,
	{0}
};

static const Endpoint product_items_targeting_endpoints[] = {
	REPORT_FOR_IDS(KEYED_LEVEL("PRODUCT_ITEM_TARGETING"), "ad_group_id",
				   ad_groups_stream, ad_group_parent,
				   IDS_FILTER("ad_group_id", "ad_group_ids", REPORT_IDS),
				   PARENT_FILTER("campaign_id"),
				   REPORT_TYPES_FILTER(product_item_report_types),
				   DATE_FILTER),
	REPORT_FOR_IDS(KEYED_LEVEL("PRODUCT_ITEM_TARGETING"), "campaign_id",
				   campaigns_stream, campaign_parent,
				   IDS_FILTER("campaign_id", "campaign_ids", REPORT_IDS),
				   REPORT_TYPES_FILTER(product_item_report_types),
				   DATE_FILTER),
	REPORT_FOR_ACCOUNT(KEYED_LEVEL("PRODUCT_ITEM_TARGETING"),
					   REPORT_TYPES_FILTER(product_item_report_types),
					   DATE_FILTER),
	{0}
};

const Stream product_items_targeting_analytics_stream = {
	.name = "product_items_targeting_analytics",
	.aliases = (const char *const[]) {
		"product_item_targeting_analytics", "product_item_targeting_report", NULL
	},
	.comment = "Metrics of product items by targeting, by day or another period",
	.category = "ads_analytics",
	.scopes = ads_scopes,
	.key = (const char *const[]) {
		"ad_account_id", "ad_group_id", "product_item_id", "targeting_type",
		"targeting_value", "date", "hour", NULL
	},
	.columns = product_items_targeting_columns,
	.metrics = ads_metrics,
	.report_metrics = ads_report_metrics,
	.without_metrics = (const char *const[]) {
		NOT_IN_REPORTS, NOT_OF_PARTS, NOT_OF_PRODUCT_ITEMS, NULL
	},
	.settings = targeting_settings,
	.source = {
		.endpoints = product_items_targeting_endpoints,
		.parent = &ad_accounts_stream,
		.parent_columns = ad_account_parent,
		.date_limits = product_item_date_limits,
		.metrics_param = METRICS_PARAM("", "AD_GROUP_ID"),
		.typical = {.rows = 20000, .row_bytes = 160},
	},
};
