/*-------------------------------------------------------------------------
 *
 * ads.c
 *		  What ad groups and ads are made with: audiences, keywords, product
 *		  groups, lead forms, labels, targeting, promotions.
 *
 * Names, types and limits are those of the API's description, version 5.28;
 * columns whose comment says "not in the API's description" were seen in
 * responses of the year 2026.
 *
 * There are no lookups by id here, although the API has some: a lookup's
 * fields differ from those of the list, and what a query returns must not
 * depend on how it is planned.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/streams/ads.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "streams/streams.h"

static const char *const ads_scopes[] = {"ads:read", NULL};
static const char *const ad_account_id_key[] = {"ad_account_id", "id", NULL};

static const Filter ad_account_filters[] = {
	{.column = "ad_account_id", .required = true},
	{0}
};

/*
 * audiences
 *
 * The list has either the account's own audiences or those shared with it.
 * No order is asked for: those of the second kind would come in the order of
 * their sharing, not of their ids.
 */
static const Column audience_columns[] = {
	ITEM("id", TYPE_TEXT, "Audience"),
	{.name = "ad_account_id", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Ad account that owns the audience or that it is shared with"},
	{.name = "ownership_type", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "OWNED by the ad account, or RECEIVED from another"},
	{.name = "owner_ad_account_id", .field = "ad_account_id", .type = TYPE_TEXT,
	.comment = "Ad account that the audience itself names"},
	ITEM("name", TYPE_TEXT, "Name of the audience"),
	ITEM("description", TYPE_TEXT, "Text about the audience"),
	ITEM("audience_type", TYPE_TEXT, "ACTALIKE, ENGAGEMENT, CUSTOMER_LIST or VISITOR for instance"),
	ITEM("status", TYPE_TEXT, "READY, INITIALIZING or TOO_SMALL for instance"),
	ITEM("size", TYPE_BIGINT, "Number of people; 0 while the audience is being built"),
	ITEM("rule", TYPE_JSONB, "Who belongs to the audience; its members depend on audience_type"),
	ITEM("created_by_company_name", TYPE_TEXT, "Company that created the audience"),
	ITEM("is_nca", TYPE_BOOLEAN, "Whether the audience is for the acquisition of new customers"),
	ITEM("is_ctv_enabled", TYPE_BOOLEAN, "Whether the audience is enabled for connected TV; not in the API's description"),
	ITEM("type", TYPE_TEXT, "Always audience"),
	ITEM("created_timestamp", TYPE_TIME, "When the audience was created"),
	ITEM("updated_timestamp", TYPE_TIME, "When the audience was last changed"),
	WHOLE_ITEM,
	{0}
};

static const Filter audience_filters[] = {
	{.column = "ad_account_id", .required = true},
	{
		.column = "ownership_type",
		.param = "ownership_type",
		.values = (const char *const[]) {"OWNED", "RECEIVED", NULL},
		.send_all = true,
	},
	{0}
};

static const Endpoint audience_endpoints[] = {
	{
		.path = "/ad_accounts/{ad_account_id}/audiences",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
		.filters = audience_filters,
	},
	{0}
};

const Stream audiences_stream = {
	.name = "audiences",
	.aliases = (const char *const[]) {"audience", NULL},
	.comment = "Audiences of the ad accounts, their own and those shared with them",
	.category = "ads_read",
	.scopes = ads_scopes,
	.key = ad_account_id_key,
	.columns = audience_columns,
	.source = {
		.endpoints = audience_endpoints,
		.parent = &ad_accounts_stream,
		.parent_columns = ad_account_parent,
		.typical = {.rows = 20, .row_bytes = 500},
	},
};

/*
 * keywords
 *
 * A keyword hangs on an ad group or, if it excludes, on a campaign or an ad
 * account.  One request brings those of one parent, and only a request
 * without a parent those of the ad account: so the rows come from three
 * sources.  Whether a request for a campaign also brings the keywords of its
 * ad groups is not described; own_field keeps each keyword to one source.
 */
static const Column keyword_columns[] = {
	ITEM("id", TYPE_TEXT, "Keyword"),
	{.name = "ad_account_id", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Ad account that the keyword belongs to"},
	{.name = "campaign_id", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Campaign of the keyword or of its ad group; null where it belongs to the whole ad account"},
	{.name = "ad_group_id", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Ad group of the keyword; null where it belongs to a campaign or the whole ad account"},
	ITEM("parent_id", TYPE_TEXT, "Ad group, campaign or ad account that the keyword hangs on"),
	ITEM("parent_type", TYPE_TEXT, "What parent_id is, AD_GROUP for instance"),
	ITEM("value", TYPE_TEXT, "Words of the keyword"),
	ITEM("match_type", TYPE_TEXT, "BROAD, PHRASE, EXACT, EXACT_NEGATIVE or PHRASE_NEGATIVE; may be null"),
	ITEM("bid", TYPE_BIGINT, "Bid, in millionths of the account's currency; no longer in use and null"),
	ITEM("archived", TYPE_BOOLEAN, "Whether the keyword is archived"),
	ITEM("type", TYPE_TEXT, "Always KEYWORD"),
	WHOLE_ITEM,
	{0}
};

/* Not all values are sent without a clause: rows without a match type exist. */
#define MATCH_TYPE_FILTER \
	{ \
		.column = "match_type", \
		.param = "match_types", \
		.style = LIST_REPEATED, \
		.batch = 5, \
		.values = (const char *const[]) { \
			"BROAD", "PHRASE", "EXACT", "EXACT_NEGATIVE", "PHRASE_NEGATIVE", NULL \
		}, \
	}

/* The filter on campaign_id chooses the ad groups to ask for. */
static const Filter ad_group_keyword_filters[] = {
	{.column = "ad_account_id", .required = true},
	{.column = "ad_group_id", .param = "ad_group_id", .required = true},
	{.column = "campaign_id"},
	MATCH_TYPE_FILTER,
	{0}
};

static const Filter campaign_keyword_filters[] = {
	{.column = "ad_account_id", .required = true},
	{.column = "campaign_id", .param = "campaign_id", .required = true},
	MATCH_TYPE_FILTER,
	{0}
};

static const Filter account_keyword_filters[] = {
	{.column = "ad_account_id", .required = true},
	MATCH_TYPE_FILTER,
	{0}
};

static const Endpoint ad_group_keyword_endpoints[] = {
	{
		.path = "/ad_accounts/{ad_account_id}/keywords",
		.rows = "items.[]",
		.own_field = "parent_id",
		.own_variable = "ad_group_id",
		.paging = PAGING_BOOKMARK,
		.filters = ad_group_keyword_filters,
	},
	{0}
};

static const Endpoint campaign_keyword_endpoints[] = {
	{
		.path = "/ad_accounts/{ad_account_id}/keywords",
		.rows = "items.[]",
		.own_field = "parent_id",
		.own_variable = "campaign_id",
		.paging = PAGING_BOOKMARK,
		.filters = campaign_keyword_filters,
	},
	{0}
};

static const Endpoint account_keyword_endpoints[] = {
	{
		.path = "/ad_accounts/{ad_account_id}/keywords",
		.rows = "items.[]",
		.own_field = "parent_id",
		.own_variable = "ad_account_id",
		.paging = PAGING_BOOKMARK,
		.filters = account_keyword_filters,
	},
	{0}
};

static const ParentColumn keyword_ad_group_parent[] = {
	{.variable = "ad_account_id", .column = "ad_account_id"},
	{.variable = "ad_group_id", .column = "id"},
	{.variable = "campaign_id", .column = "campaign_id"},
	{0}
};

static const ParentColumn keyword_campaign_parent[] = {
	{.variable = "ad_account_id", .column = "ad_account_id"},
	{.variable = "campaign_id", .column = "id"},
	{0}
};

const Stream keywords_stream = {
	.name = "keywords",
	.aliases = (const char *const[]) {"keyword", "keyword_history", NULL},
	.comment = "Keywords of ad groups, and excluded keywords of campaigns and ad accounts",
	.category = "ads_read",
	.scopes = ads_scopes,
	.key = ad_account_id_key,
	.columns = keyword_columns,
	.source = {
		.endpoints = ad_group_keyword_endpoints,
		.parent = &ad_groups_stream,
		.parent_columns = keyword_ad_group_parent,
		.typical = {.rows = 20, .row_bytes = 200},
	},
	.further_sources = (const Source[]) {
		{
			.endpoints = campaign_keyword_endpoints,
			.parent = &campaigns_stream,
			.parent_columns = keyword_campaign_parent,
			.typical = {.rows = 2},
		},
		{
			.endpoints = account_keyword_endpoints,
			.parent = &ad_accounts_stream,
			.parent_columns = ad_account_parent,
			.typical = {.rows = 5},
		},
		{0}
	},
};

/*
 * customer_lists
 */
static const Column customer_list_columns[] = {
	ITEM("id", TYPE_TEXT, "Customer list"),
	{.name = "ad_account_id", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Ad account that the list belongs to"},
	ITEM("name", TYPE_TEXT, "Name of the list"),
	ITEM("status", TYPE_TEXT, "PROCESSING, READY, TOO_SMALL or UPLOADING"),
	ITEM("num_batches", TYPE_BIGINT, "Number of changes, the creation included"),
	ITEM("num_uploaded_user_records", TYPE_BIGINT, "Records uploaded, repeated ones included"),
	ITEM("num_removed_user_records", TYPE_BIGINT, "Records whose removal was asked for, unknown ones included"),
	ITEM("exceptions", TYPE_JSONB, "Errors of the list; an empty object where there are none"),
	ITEM("is_nca", TYPE_BOOLEAN, "Whether the list is for the acquisition of new customers"),
	ITEM("type", TYPE_TEXT, "Always customerlist"),
	ITEM("created_time", TYPE_TIME, "When the list was created"),
	ITEM("updated_time", TYPE_TIME, "When the list was last changed"),
	WHOLE_ITEM,
	{0}
};

static const Endpoint customer_list_endpoints[] = {
	{
		.path = "/ad_accounts/{ad_account_id}/customer_lists",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
		.filters = ad_account_filters,
		.order_column = "id",
	},
	{0}
};

const Stream customer_lists_stream = {
	.name = "customer_lists",
	.aliases = (const char *const[]) {
		"customer_list", "customer_list_history", NULL
	},
	.comment = "Customer lists of the ad accounts; never the people on them",
	.category = "ads_read",
	.scopes = ads_scopes,
	.key = ad_account_id_key,
	.columns = customer_list_columns,
	.source = {
		.endpoints = customer_list_endpoints,
		.parent = &ad_accounts_stream,
		.parent_columns = ad_account_parent,
		.typical = {.rows = 10, .row_bytes = 350},
	},
};

/*
 * product_group_promotions
 *
 * The endpoint insists on ids or on one ad group; given both, it heeds the
 * ids.
 */
static const Column product_group_promotion_columns[] = {
	ITEM("id", TYPE_TEXT, "Promotion of a product group"),
	{.name = "ad_account_id", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Ad account that the promotion belongs to"},
	ITEM("ad_group_id", TYPE_TEXT, "Ad group that the promotion belongs to"),
	ITEM("parent_id", TYPE_TEXT, "Product group that this one is a part of"),
	ITEM("catalog_product_group_id", TYPE_TEXT, "Product group of the catalog"),
	ITEM("catalog_product_group_name", TYPE_TEXT, "Name of the catalog's product group"),
	ITEM("status", TYPE_TEXT, "ACTIVE, PAUSED, ARCHIVED, DRAFT or DELETED_DRAFT"),
	ITEM("included", TYPE_BOOLEAN, "Whether the products are bid for; false where they are excluded"),
	ITEM("bid_in_micro_currency", TYPE_BIGINT, "Bid, in millionths of the account's currency"),
	ITEM("definition", TYPE_TEXT, "Which products are meant, from the root down"),
	ITEM("relative_definition", TYPE_TEXT, "Which products of parent_id are meant"),
	ITEM("creative_type", TYPE_TEXT, "Kind of creative, SHOPPING for instance"),
	ITEM("preferred_media_type", TYPE_TEXT, "What to show where a product has both: VIDEO or IMAGE"),
	ITEM("selected_image_tag", TYPE_TEXT, "Tag of the images to show"),
	ITEM("selected_video_tag", TYPE_TEXT, "Tag of the videos to show"),
	ITEM("is_generate_background", TYPE_BOOLEAN, "Whether backgrounds are generated for the images"),
	ITEM("is_image_auto_resizing", TYPE_BOOLEAN, "Whether images are resized automatically"),
	ITEM("customizable_cta_type", TYPE_TEXT, "Call to action, SHOP_NOW for instance"),
	ITEM("grid_click_type", TYPE_TEXT, "Where a click leads: CLOSEUP or DIRECT_TO_DESTINATION"),
	ITEM("is_mdl", TYPE_BOOLEAN, "Whether the catalog's mobile deep links are used"),
	ITEM("tracking_url", TYPE_TEXT, "Pattern of the addresses told of events"),
	ITEM("collections_header_type", TYPE_TEXT, "Header of a collection, ON_SALE for instance"),
	ITEM("collections_hero_pin_id", TYPE_TEXT, "Main Pin of a collection"),
	ITEM("collections_hero_destination_url", TYPE_TEXT, "Page that a collection's main Pin leads to"),
	ITEM("slideshow_collections_title", TYPE_TEXT, "Title of a collection's slideshow"),
	ITEM("slideshow_collections_description", TYPE_TEXT, "Text of a collection's slideshow"),
	WHOLE_ITEM,
	{0}
};

/* The API lists only ACTIVE and PAUSED promotions unless told otherwise. */
#define PROMOTION_STATUS_FILTER \
	{ \
		.column = "status", \
		.param = "entity_statuses", \
		.style = LIST_REPEATED, \
		.batch = 5, \
		.values = (const char *const[]) { \
			"ACTIVE", "PAUSED", "ARCHIVED", "DRAFT", "DELETED_DRAFT", NULL \
		}, \
		.send_all = true, \
	}

static const Filter product_group_promotion_id_filters[] = {
	{.column = "ad_account_id", .required = true},
	{
		.column = "id",
		.param = "product_group_promotion_ids",
		.style = LIST_COMMA,
		.batch = 250,
		.required = true,
	},
	PROMOTION_STATUS_FILTER,
	{0}
};

static const Filter product_group_promotion_filters[] = {
	{.column = "ad_account_id", .required = true},
	{.column = "ad_group_id", .param = "ad_group_id", .required = true},
	PROMOTION_STATUS_FILTER,
	{0}
};

static const ParentColumn product_group_promotion_parent[] = {
	{.variable = "ad_account_id", .column = "ad_account_id"},
	{.variable = "ad_group_id", .column = "id"},
	{0}
};

static const Endpoint product_group_promotion_endpoints[] = {
	{
		.path = "/ad_accounts/{ad_account_id}/product_group_promotions",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
		.filters = product_group_promotion_id_filters,
		.when = "id",
		.order_column = "id",
		.parent = &ad_accounts_stream,
		.parent_columns = ad_account_parent,
	},
	{
		.path = "/ad_accounts/{ad_account_id}/product_group_promotions",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
		.filters = product_group_promotion_filters,
		.order_column = "id",
	},
	{0}
};

const Stream product_group_promotions_stream = {
	.name = "product_group_promotions",
	.aliases = (const char *const[]) {"product_group_promotion", NULL},
	.comment = "Product groups that ad groups promote, in every status",
	.category = "ads_read",
	.scopes = ads_scopes,
	.key = ad_account_id_key,
	.columns = product_group_promotion_columns,
	.source = {
		.endpoints = product_group_promotion_endpoints,
		.parent = &ad_groups_stream,
		.parent_columns = product_group_promotion_parent,
		.typical = {.rows = 3, .row_bytes = 900},
	},
};

/*
 * lead_forms
 */
static const Column lead_form_columns[] = {
	ITEM("id", TYPE_TEXT, "Lead form"),
	{.name = "ad_account_id", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Ad account that the form belongs to"},
	ITEM("name", TYPE_TEXT, "Name of the form, which people do not see"),
	ITEM("status", TYPE_TEXT, "DRAFT or ACTIVE"),
	ITEM("questions", TYPE_JSONB, "Questions that the form asks"),
	ITEM("completion_message", TYPE_TEXT, "Text after the form was sent"),
	ITEM("disclosure_language", TYPE_TEXT, "Text of further disclosures"),
	ITEM("privacy_policy_link", TYPE_TEXT, "Page of the advertiser's privacy policy"),
	ITEM("policy_links", TYPE_JSONB, "Further policies: label and link of each"),
	ITEM("has_accepted_terms", TYPE_BOOLEAN, "Whether the terms for lead ads were accepted"),
	ITEM("created_time", TYPE_TIME, "When the form was created"),
	ITEM("updated_time", TYPE_TIME, "When the form was last changed"),
	WHOLE_ITEM,
	{0}
};

static const Endpoint lead_form_endpoints[] = {
	{
		.path = "/ad_accounts/{ad_account_id}/lead_forms",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
		.filters = ad_account_filters,
		.order_column = "id",
	},
	{0}
};

const Stream lead_forms_stream = {
	.name = "lead_forms",
	.aliases = (const char *const[]) {"lead_form", NULL},
	.comment = "Lead forms of the ad accounts; not open to all apps",
	.category = "ads_read",
	.scopes = ads_scopes,
	.key = ad_account_id_key,
	.columns = lead_form_columns,
	.source = {
		.endpoints = lead_form_endpoints,
		.parent = &ad_accounts_stream,
		.parent_columns = ad_account_parent,
		.typical = {.rows = 5, .row_bytes = 1200},
	},
};

/*
 * leads_subscriptions
 *
 * The whole item is no column here: it has the key that leads are encrypted
 * with.
 */
static const Column leads_subscription_columns[] = {
	ITEM("id", TYPE_TEXT, "Subscription"),
	{.name = "ad_account_id", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Ad account that the leads belong to"},
	ITEM("lead_form_id", TYPE_TEXT, "Lead form; null where all forms are meant"),
	ITEM("user_account_id", TYPE_TEXT, "User account that made the subscription"),
	ITEM("webhook_url", TYPE_TEXT, "Address that leads are sent to"),
	ITEM("cryptographic_algorithm", TYPE_TEXT, "How leads are encrypted"),
	ITEM("api_version", TYPE_TEXT, "Version of the API"),
	ITEM("created_time", TYPE_TIME, "When the subscription was made"),
	{0}
};

static const Endpoint leads_subscription_endpoints[] = {
	{
		.path = "/ad_accounts/{ad_account_id}/leads/subscriptions",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
		.filters = ad_account_filters,
	},
	{0}
};

const Stream leads_subscriptions_stream = {
	.name = "leads_subscriptions",
	.aliases = (const char *const[]) {
		"lead_subscriptions", "lead_ads_subscriptions", NULL
	},
	.comment = "Subscriptions to leads, without the keys that decrypt them",
	.category = "ads_read",
	.scopes = ads_scopes,
	.key = ad_account_id_key,
	.columns = leads_subscription_columns,
	.secret_fields = (const char *const[]) {"cryptographic_key", NULL},
	.source = {
		.endpoints = leads_subscription_endpoints,
		.parent = &ad_accounts_stream,
		.parent_columns = ad_account_parent,
		.typical = {.rows = 2, .row_bytes = 400},
	},
};

/*
 * labels
 *
 * An item of the page wraps labels together with errors, which only writes
 * have.  A label comes once for each campaign that it is on.
 */
#define LABEL_FIELD(column_name, column_comment) \
	{.name = column_name, .field = column_name, .type = TYPE_TEXT, .origin = FROM_ELEMENT, \
	 .comment = column_comment}

static const Column label_columns[] = {
	LABEL_FIELD("id", "Label"),
	{.name = "ad_account_id", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Ad account that the label belongs to"},
	{.name = "parent_id", .field = "parent_id", .type = TYPE_TEXT, .origin = FROM_ELEMENT, .may_be_null = true,
	.comment = "Campaign that the label is on; null where the API does not tell, whose description lacks it since 5.28"},
	LABEL_FIELD("parent_type", "CAMPAIGN, or null; not in the API's description since 5.28"),
	LABEL_FIELD("value", "Name of the label"),
	LABEL_FIELD("label_type", "BRAND or CUSTOM"),
	LABEL_FIELD("status", "ACTIVE or ARCHIVED"),
	{.name = "attrs", .type = TYPE_JSONB, .origin = FROM_ELEMENT,
	.comment = "The whole object as the API returned it"},
	{0}
};

static const Filter label_filters[] = {
	{.column = "ad_account_id", .required = true},
	{.column = "id", .param = "label_ids", .style = LIST_COMMA, .batch = 250},
	{
		.column = "parent_id",
		.param = "campaign_ids",
		.style = LIST_COMMA,
		.batch = 250,
	},
	{
		.column = "status",
		.param = "entity_statuses",
		.style = LIST_REPEATED,
		.batch = 2,
		.values = (const char *const[]) {"ACTIVE", "ARCHIVED", NULL},
		.send_all = true,
	},
	{
		.column = "label_type",
		.param = "label_types",
		.style = LIST_REPEATED,
		.batch = 2,
		.values = (const char *const[]) {"BRAND", "CUSTOM", NULL},
		.send_all = true,
	},
	{0}
};

static const Endpoint label_endpoints[] = {
	{
		.path = "/ad_accounts/{ad_account_id}/labels",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
		.filters = label_filters,
	},
	{0}
};

const Stream labels_stream = {
	.name = "labels",
	.aliases = (const char *const[]) {"label", NULL},
	.comment = "Labels on campaigns, archived ones too; not open to all apps",
	.category = "ads_read",
	.scopes = ads_scopes,
	.key = (const char *const[]) {"ad_account_id", "id", "parent_id", NULL},
	.columns = label_columns,
	.elements = (const char *const[]) {"labels.[]", ITEM_ITSELF, NULL},
	.element_id = "id",
	.source = {
		.endpoints = label_endpoints,
		.parent = &ad_accounts_stream,
		.parent_columns = ad_account_parent,
		.typical = {.rows = 30, .row_bytes = 150},
	},
};

/*
 * targeting_templates
 */
static const Column targeting_template_columns[] = {
	ITEM("id", TYPE_TEXT, "Targeting template"),
	{.name = "ad_account_id", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Ad account that the template belongs to"},
	ITEM("name", TYPE_TEXT, "Name of the template"),
	ITEM("status", TYPE_TEXT, "ACTIVE or DELETED"),
	ITEM("valid", TYPE_BOOLEAN, "Whether the template can be used; false where an audience in it was withdrawn, for instance"),
	ITEM("targeting_attributes", TYPE_JSONB, "Whom ads are for, by kind of target"),
	ITEM("keywords", TYPE_JSONB, "Keywords: value and match_type of each"),
	ITEM("auto_targeting_enabled", TYPE_BOOLEAN, "Whether targets are widened automatically"),
	ITEM("placement_group", TYPE_TEXT, "Where the ads show: ALL, SEARCH, BROWSE or OTHER"),
	ITEM("placement_traffic_type", TYPE_TEXT, "Traffic of the placement; not in the API's description"),
	ITEM("tracking_urls", TYPE_JSONB, "Third parties' tracking addresses, by event"),
	{.name = "sizing", .field = "sizing", .type = TYPE_JSONB,
		.param = "include_sizing=true",
	.comment = "Estimate of how many people a month the template reaches"},
	ITEM("created_time", TYPE_TIME, "When the template was created"),
	ITEM("updated_time", TYPE_TIME, "When the template was last changed"),
	WHOLE_ITEM,
	{0}
};

static const Endpoint targeting_template_endpoints[] = {
	{
		.path = "/ad_accounts/{ad_account_id}/targeting_templates",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
		.filters = ad_account_filters,
		.order_column = "id",
	},
	{0}
};

const Stream targeting_templates_stream = {
	.name = "targeting_templates",
	.aliases = (const char *const[]) {"targeting_template", NULL},
	.comment = "Targeting that is kept for use in several ad groups",
	.category = "ads_read",
	.scopes = ads_scopes,
	.key = ad_account_id_key,
	.columns = targeting_template_columns,
	.source = {
		.endpoints = targeting_template_endpoints,
		.parent = &ad_accounts_stream,
		.parent_columns = ad_account_parent,
		.typical = {.rows = 5, .row_bytes = 900},
	},
};

/*
 * promotions
 */
static const Column promotion_columns[] = {
	ITEM("id", TYPE_TEXT, "Promotion"),
	{.name = "ad_account_id", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Ad account that the promotion belongs to"},
	ITEM("promotion_title", TYPE_TEXT, "Name of the promotion, which people do not see"),
	ITEM("promotion_type", TYPE_TEXT, "What is promised, FREE_SHIPPING for instance"),
	ITEM("template_values", TYPE_JSONB, "Amounts, percentages and texts that promotion_type leaves open"),
	ITEM("promotion_code", TYPE_TEXT, "Code that redeems the promotion"),
	ITEM("promotion_custom_id", TYPE_TEXT, "The advertiser's own id; the promotion's where none was given"),
	ITEM("external_id", TYPE_TEXT, "Id on the platform that the promotion comes from"),
	ITEM("platform_type", TYPE_TEXT, "Platform that the promotion comes from: DEFAULT or SHOPIFY"),
	ITEM("status", TYPE_TEXT, "ACTIVE, PAUSED, ARCHIVED, DRAFT or DELETED_DRAFT"),
	ITEM("discount_status", TYPE_TEXT, "Where the time stands: OTHER, ACTIVE, PAUSED, SCHEDULED or EXPIRED"),
	ITEM("start_time", TYPE_TIME, "When the promotion begins"),
	ITEM("end_time", TYPE_TIME, "When the promotion ends"),
	WHOLE_ITEM,
	{0}
};

static const Endpoint promotion_endpoints[] = {
	{
		.path = "/ad_accounts/{ad_account_id}/promotions",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
		.filters = ad_account_filters,
		.order_column = "id",
	},
	{0}
};

const Stream promotions_stream = {
	.name = "promotions",
	.aliases = (const char *const[]) {"promotion", NULL},
	.comment = "Promotions that ad groups can announce",
	.category = "ads_read",
	.scopes = ads_scopes,
	.key = ad_account_id_key,
	.columns = promotion_columns,
	.source = {
		.endpoints = promotion_endpoints,
		.parent = &ad_accounts_stream,
		.parent_columns = ad_account_parent,
		.typical = {.rows = 5, .row_bytes = 500},
	},
};
