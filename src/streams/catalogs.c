/*-------------------------------------------------------------------------
 *
 * catalogs.c
 *		  Catalogs of products: where these come from, how they are read and
 *		  grouped.
 *
 * A catalog is of retail, hotel or creative assets, and what is in it has
 * fields of its own: the tables have those of all three.  Where there is no
 * catalog yet, some endpoints answer with an error, which counts as no rows.
 *
 * Names, types and limits are those of the API's description, version 5.28;
 * columns whose comment says "not in the API's description" were seen in
 * responses of the year 2026.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/streams/catalogs.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "streams/organic.h"

static const char *const id_key[] = {"id", NULL};
static const char *const catalog_scopes[] = {"catalogs:read", NULL};

/*
 * catalogs
 */
static const Column catalog_columns[] = {
	ITEM("id", TYPE_TEXT, "Catalog"),
	ITEM("name", TYPE_TEXT, "Name of the catalog"),
	ITEM("catalog_type", TYPE_TEXT, "RETAIL, HOTEL or CREATIVE_ASSETS"),
	ITEM("created_at", TYPE_TIME, "When the catalog was created"),
	ITEM("updated_at", TYPE_TIME, "When the catalog was last changed"),
	ACCESS_COLUMN,
	WHOLE_ITEM,
	{0}
};

static const Endpoint catalog_endpoints[] = {
	{
		.path = "/catalogs",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
	},
	{0}
};

const Stream catalogs_stream = {
	.name = "catalogs",
	.aliases = (const char *const[]) {"catalog", NULL},
	.comment = "Catalogs of the user",
	.category = "catalogs_read",
	.scopes = catalog_scopes,
	.key = id_key,
	.columns = catalog_columns,
	.settings = access_settings,
	.source = {
		.endpoints = catalog_endpoints,
		.typical = {.rows = 2, .row_bytes = 200},
	},
};

/*
 * catalogs_feeds
 *
 * A feed may have the user name and password of the server that it is
 * downloaded from, which no table shows.
 */
static const Column feed_columns[] = {
	ITEM("id", TYPE_TEXT, "Feed"),
	ITEM("catalog_id", TYPE_TEXT, "Catalog that the feed is for; the API's description has none for a retail feed"),
	ITEM("catalog_type", TYPE_TEXT, "RETAIL, HOTEL or CREATIVE_ASSETS"),
	ITEM("name", TYPE_TEXT, "Name of the feed; null for some old ones"),
	ITEM("status", TYPE_TEXT, "ACTIVE or INACTIVE"),
	ITEM("format", TYPE_TEXT, "Format of the file: TSV, CSV or XML"),
	ITEM("location", TYPE_TEXT, "Address that the file is downloaded from"),
	ITEM("default_country", TYPE_TEXT, "Country of the products, as its two-letter code; null for hotels"),
	ITEM("default_currency", TYPE_TEXT, "Currency of prices that name none, as its three-letter code"),
	ITEM("default_locale", TYPE_TEXT, "Language of the descriptions, en-US for instance"),
	ITEM("default_availability", TYPE_TEXT, "Availability of products that tell none: IN_STOCK, OUT_OF_STOCK or PREORDER"),
	ITEM("preferred_processing_schedule", TYPE_JSONB, "When the feed is read each day: time and timezone; null for any time"),
	ITEM("created_at", TYPE_TIME, "When the feed was created"),
	ITEM("updated_at", TYPE_TIME, "When the feed was last changed"),
	ACCESS_COLUMN,
	{0}
};

static const Filter feed_filters[] = {
	{.column = "catalog_id", .param = "catalog_id"},
	{0}
};

static const Endpoint feed_endpoints[] = {
	{
		.path = "/catalogs/feeds",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
		.filters = feed_filters,
	},
	{0}
};

const Stream catalogs_feeds_stream = {
	.name = "catalogs_feeds",
	.aliases = (const char *const[]) {
		"catalogs_feed", "catalog_feeds", "catalog_feed", NULL
	},
	.comment = "Feeds that catalogs are filled from, without credentials",
	.category = "catalogs_read",
	.scopes = catalog_scopes,
	.key = id_key,
	.columns = feed_columns,
	.secret_fields = (const char *const[]) {"credentials", NULL},
	.settings = access_settings,
	.source = {
		.endpoints = feed_endpoints,
		.typical = {.rows = 3, .row_bytes = 600},
	},
};

/*
 * feed_processing_results
 *
 * By the API's description its bookmark does not work yet and there is but the
 * first page.  So that is asked for as long as it can be, whatever option
 * page_size says; should there be a bookmark all the same, it is followed.
 */
static const Column feed_processing_result_columns[] = {
	ITEM("id", TYPE_TEXT, "Result"),
	{.name = "feed_id", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Feed that was read"},
	ITEM("status", TYPE_TEXT, "COMPLETED, FAILED or PROCESSING"),
	ITEM("product_counts", TYPE_JSONB, "Numbers of products: original in the file, ingested of them; null early on"),
	ITEM("video_counts", TYPE_JSONB, "Numbers of videos in the file: total, ingested and not; absent early on"),
	ITEM("ingestion_details", TYPE_JSONB, "Numbers of products by what came of them: errors, info and warnings"),
	ITEM("validation_details", TYPE_JSONB, "Numbers of products by what is wrong with them: errors and warnings"),
	ITEM("created_at", TYPE_TIME, "When the result was created"),
	ITEM("updated_at", TYPE_TIME, "When the result was last changed"),
	ACCESS_COLUMN,
	WHOLE_ITEM,
	{0}
};

static const Filter feed_processing_result_filters[] = {
	{.column = "feed_id", .required = true},
	{0}
};

static const Endpoint feed_processing_result_endpoints[] = {
	{
		.path = "/catalogs/feeds/{feed_id}/processing_results",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK_ONLY,
		.params = "page_size=250",
		.filters = feed_processing_result_filters,
	},
	{0}
};

static const ParentColumn feed_parent[] = {
	ACCESS_LINK,
	{.variable = "feed_id", .column = "id"},
	{0}
};

const Stream feed_processing_results_stream = {
	.name = "feed_processing_results",
	.aliases = (const char *const[]) {
		"feed_processing_result", "catalogs_feed_processing_results",
		"catalogs_feeds_processing_results", NULL
	},
	.comment = "What came of reading each feed, as far as one page of the API goes",
	.category = "catalogs_read",
	.scopes = catalog_scopes,
	.key = (const char *const[]) {"feed_id", "id", NULL},
	.columns = feed_processing_result_columns,
	.settings = access_settings,
	.source = {
		.endpoints = feed_processing_result_endpoints,
		.parent = &catalogs_feeds_stream,
		.parent_columns = feed_parent,
		.typical = {.rows = 25, .row_bytes = 1000},
	},
};

/*
 * item_issues
 *
 * The API has a sample of the items with issues.  Its parameter item_numbers
 * is not used: it may find what the sample has not.
 */
static const Column item_issue_columns[] = {
	{.name = "processing_result_id", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Result of reading the feed"},
	ITEM("item_number", TYPE_BIGINT, "Place of the item in the file, from 0"),
	ITEM("item_id", TYPE_TEXT, "Id that the merchant gave the item"),
	ITEM("errors", TYPE_JSONB, "Why the item is not published: attribute and value, by kind of error"),
	ITEM("warnings", TYPE_JSONB, "What else is wrong with the item: attribute and value, by kind of warning"),
	ACCESS_COLUMN,
	WHOLE_ITEM,
	{0}
};

static const Filter item_issue_filters[] = {
	{.column = "processing_result_id", .required = true},
	{0}
};

static const Endpoint item_issue_endpoints[] = {
	{
		.path = "/catalogs/processing_results/{processing_result_id}/item_issues",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
		.filters = item_issue_filters,
	},
	{0}
};

static const ParentColumn feed_processing_result_parent[] = {
	ACCESS_LINK,
	{.variable = "processing_result_id", .column = "id"},
	{0}
};

const Stream item_issues_stream = {
	.name = "item_issues",
	.aliases = (const char *const[]) {
		"item_issue", "items_issues", "catalogs_item_issues", NULL
	},
	.comment = "A sample of the items with issues, for each reading of a feed",
	.category = "catalogs_read",
	.scopes = catalog_scopes,
	.key = (const char *const[]) {"processing_result_id", "item_number", NULL},
	.columns = item_issue_columns,
	.settings = access_settings,
	.source = {
		.endpoints = item_issue_endpoints,
		.parent = &feed_processing_results_stream,
		.parent_columns = feed_processing_result_parent,
		.typical = {.rows = 20, .row_bytes = 400},
	},
};

/*
 * catalogs_product_groups
 */
static const Column product_group_columns[] = {
	ITEM("id", TYPE_TEXT, "Product group"),
	ITEM("catalog_id", TYPE_TEXT, "Catalog that the products are of"),
	ITEM("feed_id", TYPE_TEXT, "Feed that the products are from; null where it is the catalog that counts"),
	ITEM("catalog_type", TYPE_TEXT, "RETAIL, HOTEL or CREATIVE_ASSETS"),
	ITEM("name", TYPE_TEXT, "Name of the product group"),
	ITEM("description", TYPE_TEXT, "Text about the product group"),
	ITEM("type", TYPE_TEXT, "How the group came about: MERCHANT_CREATED, or ALL_PRODUCTS for instance; null for creative assets"),
	ITEM("status", TYPE_TEXT, "ACTIVE or INACTIVE; null but for retail"),
	ITEM("is_featured", TYPE_BOOLEAN, "Whether the group is featured; null but for retail"),
	ITEM("country", TYPE_TEXT, "Country of the products, as its two-letter code; null but for retail"),
	ITEM("locale", TYPE_TEXT, "Language of the products, en-US for instance; null but for retail"),
	ITEM("filters", TYPE_JSONB, "Which products are in the group"),
	ITEM("created_at", TYPE_TIME, "When the product group was created"),
	ITEM("updated_at", TYPE_TIME, "When the product group was last changed"),
	ACCESS_COLUMN,
	WHOLE_ITEM,
	{0}
};

static const Filter product_group_filters[] = {
	{.column = "id", .param = "id", .style = LIST_COMMA, .batch = 1000},
	{.column = "feed_id", .param = "feed_id"},
	{.column = "catalog_id", .param = "catalog_id"},
	{0}
};

static const Endpoint product_group_endpoints[] = {
	{
		.path = "/catalogs/product_groups",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
		.filters = product_group_filters,
	},
	{0}
};

const Stream catalogs_product_groups_stream = {
	.name = "catalogs_product_groups",
	.aliases = (const char *const[]) {
		"catalogs_product_group", "catalog_product_groups",
		"catalog_product_group", NULL
	},
	.comment = "Product groups of the catalogs",
	.category = "catalogs_read",
	.scopes = catalog_scopes,
	.key = id_key,
	.columns = product_group_columns,
	.settings = access_settings,
	.source = {
		.endpoints = product_group_endpoints,
		.typical = {.rows = 20, .row_bytes = 500},
	},
};

/*
 * product_group_products
 */
#define METADATA(column_name, column_type, column_comment) \
	{.name = column_name, .field = "metadata." column_name, \
	 .type = column_type, .comment = column_comment}

static const Column product_group_product_columns[] = {
	{.name = "product_group_id", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Product group that was asked for"},
	{.name = "pin_id", .field = "pin.id", .type = TYPE_TEXT,
	.comment = "Pin of the product"},
	ITEM("catalog_type", TYPE_TEXT, "RETAIL, HOTEL or CREATIVE_ASSETS"),
	METADATA("item_id", TYPE_TEXT, "Id that the merchant gave the product; null but for retail"),
	METADATA("item_group_id", TYPE_TEXT, "Product that this one is a variant of; null but for retail"),
	METADATA("hotel_id", TYPE_TEXT, "Id that the merchant gave the hotel"),
	METADATA("creative_assets_id", TYPE_TEXT, "Id that the merchant gave the creative assets"),
	METADATA("availability", TYPE_TEXT, "IN_STOCK, OUT_OF_STOCK or PREORDER; null but for retail"),
	METADATA("price", TYPE_DOUBLE, "Price, in currency; null but for retail"),
	METADATA("sale_price", TYPE_DOUBLE, "Price while it is reduced, in currency; null but for retail"),
	METADATA("currency", TYPE_TEXT, "Currency of the prices, as its three-letter code; null but for retail"),
	METADATA("visibility", TYPE_TEXT, "VISIBLE or HIDDEN; null but for creative assets"),
	ITEM("metadata", TYPE_JSONB, "What the catalog says of the product"),
	PIN_COLUMN("pin.", "board_id", TYPE_TEXT, "Board that the Pin is on"),
	PIN_COLUMNS("pin."),
	PIN_METRICS("pin."),
	PIN_CREATED_AT("pin."),
	ITEM("pin", TYPE_JSONB, "The whole Pin"),
	ACCESS_COLUMN,
	WHOLE_ITEM,
	{0}
};

static const Filter product_group_product_filters[] = {
	{.column = "product_group_id", .required = true},
	{0}
};

static const Endpoint product_group_product_endpoints[] = {
	{
		.path = "/catalogs/product_groups/{product_group_id}/products",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
		.filters = product_group_product_filters,
	},
	{0}
};

static const ParentColumn product_group_parent[] = {
	ACCESS_LINK,
	{.variable = "product_group_id", .column = "id"},
	{0}
};

const Stream product_group_products_stream = {
	.name = "product_group_products",
	.aliases = (const char *const[]) {
		"product_group_product", "product_groups_products",
		"catalogs_product_group_products", NULL
	},
	.comment = "Products of each product group, with their Pins",
	.category = "catalogs_read",
	.scopes = (const char *const[]) {
		"boards:read", "catalogs:read", "pins:read", NULL
	},
	.key = (const char *const[]) {"product_group_id", "pin_id", NULL},
	.columns = product_group_product_columns,
	.settings = access_settings,
	.source = {
		.endpoints = product_group_product_endpoints,
		.parent = &catalogs_product_groups_stream,
		.parent_columns = product_group_parent,
		.typical = {.rows = 200, .row_bytes = 2500},
	},
};
