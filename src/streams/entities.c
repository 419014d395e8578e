/*-------------------------------------------------------------------------
 *
 * entities.c
 *		  Ad accounts and what they advertise with.
 *
 * Names, types and limits are those of the API's description, version 5.28;
 * columns whose comment says "not in the API's description" were seen in
 * responses of the year 2026.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/streams/entities.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "streams/streams.h"

/* The API lists only ACTIVE and PAUSED entities unless told otherwise. */
static const char *const entity_statuses[] = {
	"ACTIVE", "PAUSED", "ARCHIVED", "DRAFT", "DELETED_DRAFT", NULL
};

#define STATUS_FILTER \
	{ \
		.column = "status", \
		.param = "entity_statuses", \
		.style = LIST_REPEATED, \
		.batch = 5, \
		.values = entity_statuses, \
		.send_all = true, \
	}

/*
 * A list in batches of what its entities belong to: campaigns are archived
 * and not deleted, so that a list of all statuses has every entity's.
 */
#define SPLIT_BY(list_path, variable, ids, ids_parent, ids_columns) \
	{ \
		.path = list_path, \
		.rows = "items.[]", \
		.paging = PAGING_BOOKMARK, \
		.splits = true, \
		.own_field = variable, \
		.own_variable = variable, \
		.filters = (const Filter[]) { \
			{.column = "ad_account_id", .required = true}, \
			{ \
				.column = variable, \
				.param = ids, \
				.style = LIST_COMMA, \
				.batch = 250, \
				.required = true, \
			}, \
			STATUS_FILTER, \
			{0} \
		}, \
		.parent = &ids_parent, \
		.parent_columns = ids_columns, \
	}

static const char *const ads_scopes[] = {"ads:read", NULL};
static const char *const id_key[] = {"id", NULL};
static const char *const ad_account_id_key[] = {"ad_account_id", "id", NULL};

/*
 * ad_accounts
 *
 * There is no lookup by id: the list costs one request, and a lookup might
 * show accounts that the list does not.
 */
static const Column ad_account_columns[] = {
	ITEM("id", TYPE_TEXT, "Ad account"),
	ITEM("name", TYPE_TEXT, "Name of the ad account"),
	ITEM("country", TYPE_TEXT, "Country, as its two-letter code"),
	ITEM("currency", TYPE_TEXT, "Currency of all amounts of the account"),
	ITEM("time_zone", TYPE_TEXT, "Time zone, as its IANA name; null for accounts that the API has none for yet. Invoices go by UTC throughout"),
	ITEM("owner", TYPE_JSONB, "Owner: id and username"),
	ITEM("permissions", TYPE_TEXT_ARRAY, "What the user may do with the account"),
	ITEM("created_time", TYPE_TIME, "When the account was created"),
	ITEM("updated_time", TYPE_TIME, "When the account was last changed"),
	{.name = "attrs", .type = TYPE_JSONB, .origin = FROM_WHOLE_ITEM,
	.comment = "The whole object as the API returned it"},
	{0}
};

static const Endpoint ad_account_endpoints[] = {
	{
		.path = "/ad_accounts",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
	},
	{0}
};

const Stream ad_accounts_stream = {
	.name = "ad_accounts",
	.aliases = (const char *const[]) {"ad_account", "advertisers", NULL},
	.comment = "Ad accounts that the user owns or that are shared with the user",
	.category = "ads_read",
	.scopes = ads_scopes,
	.key = id_key,
	.account_column = "id",
	.columns = ad_account_columns,
	.source = {
		.endpoints = ad_account_endpoints,
		.typical = {.rows = 5, .row_bytes = 350},
	},
};

/*
 * campaigns
 *
 * Here and below, ids are joined by commas although the API's description
 * repeats the parameter: production accepts both, and 250 ids of 18 digits
 * make a URL of 5 kB instead of one of 8 kB.
 */
static const Column campaign_columns[] = {
	ITEM("id", TYPE_TEXT, "Campaign"),
	{.name = "ad_account_id", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Ad account that the campaign belongs to"},
	ITEM("name", TYPE_TEXT, "Name of the campaign"),
	ITEM("status", TYPE_TEXT, "ACTIVE, PAUSED, ARCHIVED, DRAFT or DELETED_DRAFT"),
	ITEM("summary_status", TYPE_TEXT, "What the campaign does at present, RUNNING for instance"),
	ITEM("objective_type", TYPE_TEXT, "What the campaign is to achieve"),
	ITEM("daily_spend_cap", TYPE_BIGINT, "Most to spend a day, in millionths of the account's currency"),
	ITEM("lifetime_spend_cap", TYPE_BIGINT, "Most to spend in all, in millionths of the account's currency; 0 where unset"),
	ITEM("order_line_id", TYPE_TEXT, "Order line on the invoice"),
	ITEM("start_time", TYPE_TIME, "When the ads begin to show"),
	ITEM("end_time", TYPE_TIME, "When the ads cease to show; null where they go on"),
	ITEM("is_campaign_budget_optimization", TYPE_BOOLEAN, "Whether the campaign shares its budget out to its ad groups"),
	ITEM("is_flexible_daily_budgets", TYPE_BOOLEAN, "Whether a day may spend more than its share"),
	ITEM("is_automated_campaign", TYPE_BOOLEAN, "Whether the campaign is automated"),
	ITEM("is_performance_plus", TYPE_BOOLEAN, "Whether Performance+ is on"),
	ITEM("performance_plus_campaign_settings", TYPE_JSONB, "Settings of Performance+: boost_prospecting_ad_group_bid and pinner_list_exclusions"),
	ITEM("default_ad_group_budget_in_micro_currency", TYPE_BIGINT, "Budget a day that each ad group gets when the campaign no longer shares its own out, in millionths of the account's currency"),
	ITEM("is_top_of_search", TYPE_BOOLEAN, "Whether the ads are to lead search results"),
	ITEM("is_ltv_optimized", TYPE_BOOLEAN, "Whether delivery is for customers' lifetime value"),
	ITEM("is_carting", TYPE_BOOLEAN, "Whether the ads tell where to buy"),
	ITEM("intended_promotion_type", TYPE_TEXT, "Kind of ads meant: LEGACY, STANDARD_AD or CATALOG"),
	ITEM("bid_options", TYPE_JSONB, "Bid multipliers by app type, audience, placement, age, gender and frequency"),
	ITEM("tracking_urls", TYPE_JSONB, "Third parties' tracking addresses, by event"),
	ITEM("ext_features", TYPE_JSONB, "Further features; not in the API's description"),
	ITEM("type", TYPE_TEXT, "Always campaign"),
	ITEM("created_time", TYPE_TIME, "When the campaign was created"),
	ITEM("updated_time", TYPE_TIME, "When the campaign was last changed"),
	{.name = "attrs", .type = TYPE_JSONB, .origin = FROM_WHOLE_ITEM,
	.comment = "The whole object as the API returned it"},
	{0}
};

static const Filter campaign_filters[] = {
	{.column = "ad_account_id", .required = true},
	{.column = "id", .param = "campaign_ids", .style = LIST_COMMA, .batch = 250},
	STATUS_FILTER,
	{0}
};

static const Endpoint campaign_endpoints[] = {
	{
		.path = "/ad_accounts/{ad_account_id}/campaigns",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
		.filters = campaign_filters,
		.order_column = "id",
	},
	{0}
};

const Stream campaigns_stream = {
	.name = "campaigns",
	.aliases = (const char *const[]) {"campaign", NULL},
	.comment = "Campaigns of the ad accounts, in every status",
	.category = "ads_read",
	.scopes = ads_scopes,
	.key = ad_account_id_key,
	.columns = campaign_columns,
	.source = {
		.endpoints = campaign_endpoints,
		.parent = &ad_accounts_stream,
		.parent_columns = ad_account_parent,
		.typical = {.rows = 50, .row_bytes = 900},
	},
};

/*
 * ad_groups
 */
static const Column ad_group_columns[] = {
	ITEM("id", TYPE_TEXT, "Ad group"),
	{.name = "ad_account_id", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Ad account that the ad group belongs to"},
	ITEM("campaign_id", TYPE_TEXT, "Campaign that the ad group belongs to"),
	ITEM("name", TYPE_TEXT, "Name of the ad group"),
	ITEM("status", TYPE_TEXT, "ACTIVE, PAUSED, ARCHIVED, DRAFT or DELETED_DRAFT"),
	ITEM("summary_status", TYPE_TEXT, "What the ad group does at present, RUNNING for instance"),
	ITEM("budget_type", TYPE_TEXT, "DAILY, LIFETIME or, where the campaign has the budget, CBO_ADGROUP"),
	ITEM("budget_in_micro_currency", TYPE_BIGINT, "Budget, in millionths of the account's currency"),
	ITEM("bid_strategy_type", TYPE_TEXT, "How the bid is found"),
	ITEM("bid_in_micro_currency", TYPE_BIGINT, "Bid, in millionths of the account's currency"),
	ITEM("bid_multiplier", TYPE_DOUBLE, "Factor of the bid"),
	ITEM("billable_event", TYPE_TEXT, "What is paid for: CLICKTHROUGH, IMPRESSION or VIDEO_V_50_MRC"),
	ITEM("pacing_delivery_type", TYPE_TEXT, "STANDARD or ACCELERATED"),
	ITEM("lifetime_frequency_cap", TYPE_BIGINT, "Most impressions a person gets in 30 days; -1 for no such limit"),
	ITEM("start_time", TYPE_TIME, "When the ads begin to show"),
	ITEM("end_time", TYPE_TIME, "When the ads cease to show; null where they go on"),
	ITEM("placement_group", TYPE_TEXT, "Where the ads show: ALL, SEARCH, BROWSE or OTHER"),
	ITEM("placement_traffic_type", TYPE_TEXT, "Traffic of the placement: ALL, TWO_COLUMN_FEED or FULLSCREEN_FEED"),
	ITEM("targeting_spec", TYPE_JSONB, "Whom the ads are for, by kind of target"),
	ITEM("targeting_template_ids", TYPE_TEXT_ARRAY, "Targeting templates in use"),
	ITEM("auto_targeting_enabled", TYPE_BOOLEAN, "Whether targets are widened automatically"),
	ITEM("optimization_goal_metadata", TYPE_JSONB, "Details of the goal that delivery works for"),
	ITEM("conversion_learning_mode_type", TYPE_TEXT, "Whether delivery is learning from conversions: ACTIVE or NOT_ACTIVE"),
	ITEM("is_creative_optimization", TYPE_BOOLEAN, "Whether creatives are varied automatically"),
	ITEM("is_creative_expansion", TYPE_BOOLEAN, "Whether creatives are extended; not in the API's description"),
	ITEM("is_automated_campaign", TYPE_BOOLEAN, "Whether the campaign is automated; not in the API's description"),
	ITEM("enabled_catalog_expansion", TYPE_BOOLEAN, "Whether the catalog is extended; not in the API's description"),
	ITEM("performance_plus_campaign_settings", TYPE_JSONB, "Settings of Performance+: boost_prospecting_ad_group_bid and pinner_list_exclusions"),
	ITEM("customer_segment_id", TYPE_TEXT, "Customer segment that the ads are for"),
	ITEM("is_local_inventory", TYPE_BOOLEAN, "Whether the ads show what stores nearby have"),
	ITEM("local_inventory_radius_in_miles", TYPE_DOUBLE, "How far away these stores may be"),
	ITEM("dca_assets", TYPE_JSONB, "Parts that ads are assembled from"),
	ITEM("feed_profile_id", TYPE_TEXT, "Feed profile; 0 for none"),
	ITEM("promotion_id", TYPE_TEXT, "Promotion"),
	ITEM("promotion_ids", TYPE_TEXT_ARRAY, "Promotions"),
	ITEM("promotion_application_level", TYPE_TEXT, "What the promotion counts for: NONE, ITEM or AD_GROUP"),
	ITEM("tracking_urls", TYPE_JSONB, "Third parties' tracking addresses, by event"),
	ITEM("ext_features", TYPE_JSONB, "Further features: enabled lists TRENDS, CLONE_META, BULK_EDITOR and AD_ROTATION"),
	ITEM("type", TYPE_TEXT, "Always adgroup"),
	ITEM("created_time", TYPE_TIME, "When the ad group was created"),
	ITEM("updated_time", TYPE_TIME, "When the ad group was last changed"),
	{.name = "attrs", .type = TYPE_JSONB, .origin = FROM_WHOLE_ITEM,
	.comment = "The whole object as the API returned it"},
	{0}
};

/* The endpoint takes one kind of ids a request. */
static const Filter ad_group_filters[] = {
	{.column = "ad_account_id", .required = true},
	{
		.column = "id",
		.param = "ad_group_ids",
		.style = LIST_COMMA,
		.batch = 250,
		.exclusive = 1,
	},
	{
		.column = "campaign_id",
		.param = "campaign_ids",
		.style = LIST_COMMA,
		.batch = 250,
		.exclusive = 1,
	},
	STATUS_FILTER,
	{0}
};

#define AD_GROUPS_PATH "/ad_accounts/{ad_account_id}/ad_groups"

static const Endpoint ad_group_endpoints[] = {
	SPLIT_BY(AD_GROUPS_PATH, "campaign_id", "campaign_ids", campaigns_stream, campaign_parent),
	{
		.path = AD_GROUPS_PATH,
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
		.filters = ad_group_filters,
		.order_column = "id",
	},
	{0}
};

const Stream ad_groups_stream = {
	.name = "ad_groups",
	.aliases = (const char *const[]) {"ad_group", "adgroups", NULL},
	.comment = "Ad groups of the ad accounts, in every status",
	.category = "ads_read",
	.scopes = ads_scopes,
	.key = ad_account_id_key,
	.columns = ad_group_columns,
	.source = {
		.endpoints = ad_group_endpoints,
		.parent = &ad_accounts_stream,
		.parent_columns = ad_account_parent,
		.typical = {.rows = 200, .row_bytes = 2000},
	},
};

/*
 * ads
 */
static const Column ad_columns[] = {
	ITEM("id", TYPE_TEXT, "Ad"),
	{.name = "ad_account_id", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Ad account that the ad belongs to"},
	ITEM("campaign_id", TYPE_TEXT, "Campaign that the ad belongs to"),
	ITEM("ad_group_id", TYPE_TEXT, "Ad group that the ad belongs to"),
	ITEM("pin_id", TYPE_TEXT, "Pin that the ad shows"),
	ITEM("name", TYPE_TEXT, "Name of the ad"),
	ITEM("status", TYPE_TEXT, "ACTIVE, PAUSED, ARCHIVED, DRAFT or DELETED_DRAFT"),
	ITEM("summary_status", TYPE_TEXT, "What the ad does at present, APPROVED for instance"),
	ITEM("review_status", TYPE_TEXT, "Outcome of the review: OTHER, PENDING, REJECTED or APPROVED"),
	ITEM("rejected_reasons", TYPE_TEXT_ARRAY, "Why the ad was rejected, as codes"),
	ITEM("rejection_labels", TYPE_TEXT_ARRAY, "Why the ad was rejected, in words"),
	ITEM("creative_type", TYPE_TEXT, "Kind of creative, VIDEO for instance"),
	ITEM("customizable_cta_type", TYPE_TEXT, "Call to action, SHOP_NOW for instance"),
	ITEM("grid_click_type", TYPE_TEXT, "Where a click leads: CLOSEUP or DIRECT_TO_DESTINATION"),
	ITEM("destination_url", TYPE_TEXT, "Page that the ad leads to"),
	ITEM("android_deep_link", TYPE_TEXT, "Deep link on Android"),
	ITEM("ios_deep_link", TYPE_TEXT, "Deep link on iOS"),
	ITEM("carousel_destination_urls", TYPE_TEXT_ARRAY, "Pages that the carousel's cards lead to"),
	ITEM("carousel_android_deep_links", TYPE_TEXT_ARRAY, "Deep links of the carousel's cards on Android"),
	ITEM("carousel_ios_deep_links", TYPE_TEXT_ARRAY, "Deep links of the carousel's cards on iOS"),
	ITEM("collection_items_destination_url_template", TYPE_TEXT, "Pattern of the pages that a collection's items lead to"),
	ITEM("click_tracking_url", TYPE_TEXT, "Address told of clicks"),
	ITEM("view_tracking_url", TYPE_TEXT, "Address told of impressions"),
	ITEM("tracking_urls", TYPE_JSONB, "Third parties' tracking addresses, by event"),
	ITEM("lead_form_id", TYPE_TEXT, "Lead form that the ad opens"),
	ITEM("quiz_pin_data", TYPE_JSONB, "Questions and results of a quiz"),
	ITEM("collections_header_type", TYPE_TEXT, "Header of a collection: SHOP_THIS_COLLECTION, EXPLORE_THIS_COLLECTION or NO_HEADER"),
	ITEM("is_collage_single_destination", TYPE_BOOLEAN, "Whether all of a collage leads to one page"),
	ITEM("is_collage_accepted_terms", TYPE_BOOLEAN, "Whether the terms for collages were accepted"),
	ITEM("is_carting", TYPE_BOOLEAN, "Whether the ad tells where to buy"),
	ITEM("carting_platform_type", TYPE_BIGINT, "Who tells where to buy: 1 for MikMak, 2 for Pear"),
	ITEM("carting_products", TYPE_JSONB, "Products that can be bought, with preferred_retailers of each"),
	ITEM("disclosure_type", TYPE_TEXT, "Kind of disclosure, for pharmaceutical products"),
	ITEM("disclosure_url", TYPE_TEXT, "Page of the disclosure"),
	ITEM("is_pin_deleted", TYPE_BOOLEAN, "Whether the Pin was deleted"),
	ITEM("is_removable", TYPE_BOOLEAN, "Whether people can save the Pin"),
	ITEM("type", TYPE_TEXT, "Always ad"),
	ITEM("created_time", TYPE_TIME, "When the Pin was created"),
	ITEM("updated_time", TYPE_TIME, "When the ad was last changed"),
	{.name = "attrs", .type = TYPE_JSONB, .origin = FROM_WHOLE_ITEM,
	.comment = "The whole object as the API returned it"},
	{0}
};

/*
 * The endpoint takes one kind of ids a request; the kind that leaves fewest
 * rows comes first.
 */
static const Filter ad_filters[] = {
	{.column = "ad_account_id", .required = true},
	{
		.column = "id",
		.param = "ad_ids",
		.style = LIST_COMMA,
		.batch = 250,
		.exclusive = 1,
	},
	{
		.column = "ad_group_id",
		.param = "ad_group_ids",
		.style = LIST_COMMA,
		.batch = 250,
		.exclusive = 1,
	},
	{
		.column = "campaign_id",
		.param = "campaign_ids",
		.style = LIST_COMMA,
		.batch = 250,
		.exclusive = 1,
	},
	STATUS_FILTER,
	{0}
};

#define ADS_PATH "/ad_accounts/{ad_account_id}/ads"

static const Endpoint ad_endpoints[] = {
	SPLIT_BY(ADS_PATH, "campaign_id", "campaign_ids", campaigns_stream, campaign_parent),
	SPLIT_BY(ADS_PATH, "ad_group_id", "ad_group_ids", ad_groups_stream, ad_group_parent),
	{
		.path = ADS_PATH,
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
		.filters = ad_filters,
		.order_column = "id",
	},
	{0}
};

const Stream ads_stream = {
	.name = "ads",
	.aliases = (const char *const[]) {"ad", NULL},
	.comment = "Ads of the ad accounts, in every status",
	.category = "ads_read",
	.scopes = ads_scopes,
	.key = ad_account_id_key,
	.columns = ad_columns,
	.source = {
		.endpoints = ad_endpoints,
		.parent = &ad_accounts_stream,
		.parent_columns = ad_account_parent,
		.typical = {.rows = 500, .row_bytes = 1500},
	},
};
