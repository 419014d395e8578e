/*-------------------------------------------------------------------------
 *
 * organic.c
 *		  Boards and Pins, and how people act on them.
 *
 * Names, types and limits are those of the API's description, version 5.23;
 * columns whose comment says "not in the API's description" were seen in
 * answers of the year 2026.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/streams/organic.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "streams.h"

static const char *const id_key[] = {"id", NULL};
static const char *const pin_scopes[] = {"boards:read", "pins:read", NULL};
static const char *const app_types[] = {"ALL", "MOBILE", "TABLET", "WEB", NULL};

/* Both ends of the 90 days count in UTC, and a request may span all of them. */
static const DateLimit organic_date_limits[] = {
	{.granularity = "", .history_days = 90, .span_days = 90},
	{0}
};

/*
 * boards
 */
static const Column board_columns[] = {
	ITEM("id", TYPE_TEXT, "Board"),
	ITEM("name", TYPE_TEXT, "Name of the board"),
	ITEM("description", TYPE_TEXT, "Text about the board"),
	ITEM("privacy", TYPE_TEXT, "PUBLIC, PROTECTED or SECRET"),
	ITEM("owner", TYPE_JSONB, "Owner: username"),
	ITEM("pin_count", TYPE_BIGINT, "Number of Pins on the board"),
	ITEM("follower_count", TYPE_BIGINT, "Number of followers"),
	ITEM("collaborator_count", TYPE_BIGINT, "Number of collaborators"),
	ITEM("is_ads_only", TYPE_BOOLEAN, "Whether the board is for ads alone"),
	ITEM("media", TYPE_JSONB, "Addresses of the cover and of thumbnails"),
	ITEM("created_at", TYPE_TIME, "When the board was created"),
	ITEM("board_pins_modified_at", TYPE_TIME, "When the board's Pins last changed"),
	{.name = "attrs", .type = TYPE_JSONB, .source = FROM_WHOLE_ITEM,
	.comment = "The whole object as the API returned it"},
	{0}
};

static const Filter board_lookup_filters[] = {
	{.column = "id", .required = true},
	{0}
};

static const Filter board_list_filters[] = {
	{
		.column = "privacy",
		.param = "privacy",
		.values = (const char *const[]) {"PUBLIC", "PROTECTED", "SECRET", NULL},
	},
	{0}
};

static const Route board_routes[] = {
	{
		.path = "/boards/{id}",
		.rows = "",
		.filters = board_lookup_filters,
		.lookup = true,
		.lookup_limit = 10,
	},
	{
		.path = "/boards",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
		.filters = board_list_filters,
	},
	{0}
};

const Stream boards_stream = {
	.name = "boards",
	.aliases = (const char *const[]) {"board", NULL},
	.comment = "Boards of the user, whatever their privacy",
	.category = "org_read",
	.scopes = (const char *const[]) {"boards:read", NULL},
	.key = id_key,
	.columns = board_columns,
	.routes = board_routes,
	.typical = {.rows = 30, .row_bytes = 700},
};

/*
 * pins
 */
static const char *const creative_types[] = {
	"REGULAR",
	"VIDEO",
	"SHOPPING",
	"CAROUSEL",
	"MAX_VIDEO",
	"SHOP_THE_PIN",
	"COLLECTION",
	"IDEA",
	"SHOWCASE",
	"QUIZ",
	"COLLAGE",
	"MAX_WIDTH_REGULAR_COLLECTION",
	"MAX_WIDTH_VIDEO_COLLECTION",
	NULL
};

static const Column pin_columns[] = {
	ITEM("id", TYPE_TEXT, "Pin"),
	ITEM("board_id", TYPE_TEXT, "Board that the Pin is on"),
	ITEM("board_section_id", TYPE_TEXT, "Section of the board that the Pin is in"),
	ITEM("parent_pin_id", TYPE_TEXT, "Pin that this one was saved from"),
	ITEM("title", TYPE_TEXT, "Title"),
	ITEM("description", TYPE_TEXT, "Text about the Pin; may be a single space"),
	ITEM("alt_text", TYPE_TEXT, "Text in place of the image"),
	ITEM("link", TYPE_TEXT, "Page that the Pin leads to"),
	ITEM("creative_type", TYPE_TEXT, "Kind of creative, VIDEO for instance"),
	ITEM("dominant_color", TYPE_TEXT, "Main colour, as # and six hexadecimal digits"),
	ITEM("board_owner", TYPE_JSONB, "Owner of the board: username"),
	ITEM("is_owner", TYPE_BOOLEAN, "Whether the user owns the Pin"),
	ITEM("is_standard", TYPE_BOOLEAN, "Whether the Pin is a standard one"),
	ITEM("is_product", TYPE_BOOLEAN, "Whether the Pin shows a product; not in the API's description"),
	ITEM("is_removable", TYPE_BOOLEAN, "Whether the Pin can be removed; not in the API's description"),
	ITEM("has_been_promoted", TYPE_BOOLEAN, "Whether the Pin was ever an ad"),
	ITEM("product_tags", TYPE_JSONB, "Products tagged; not in the API's description"),
	ITEM("media", TYPE_JSONB, "Images and videos, with media_type and sizes"),
	{.name = "pin_metrics", .field = "pin_metrics", .type = TYPE_JSONB,
		.param = "pin_metrics=true",
	.comment = "Metrics of 90 days and of the Pin's life"},
	ITEM("created_at", TYPE_TIME, "When the Pin was created"),
	{.name = "attrs", .type = TYPE_JSONB, .source = FROM_WHOLE_ITEM,
	.comment = "The whole object as the API returned it"},
	{0}
};

static const Filter pin_lookup_filters[] = {
	{.column = "id", .required = true},
	{0}
};

static const Filter board_pin_filters[] = {
	{.column = "board_id", .required = true},
	{
		.column = "creative_type",
		.param = "creative_types",
		.style = LIST_REPEATED,
		.batch = lengthof(creative_types) - 1,
		.values = creative_types,
	},
	{0}
};

static const Filter pin_list_filters[] = {
	{
		.column = "creative_type",
		.param = "creative_types",
		.style = LIST_REPEATED,
		.batch = lengthof(creative_types) - 1,
		.values = creative_types,
	},
	{0}
};

static const Route pin_routes[] = {
	{
		.path = "/pins/{id}",
		.rows = "",
		.filters = pin_lookup_filters,
		.lookup = true,
		.lookup_limit = 50,
	},
	{
		.path = "/boards/{board_id}/pins",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
		.filters = board_pin_filters,
		.lookup = true,
	},
	{
		/* without the parameter, Pins of protected boards stay hidden */
		.path = "/pins",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
		.params = "include_protected_pins=true",
		.filters = pin_list_filters,
	},
	{0}
};

const Stream pins_stream = {
	.name = "pins",
	.aliases = (const char *const[]) {"pin", "board_pins", NULL},
	.comment = "Pins of the user, protected ones too",
	.category = "org_read",
	.scopes = pin_scopes,
	.key = id_key,
	.columns = pin_columns,
	.routes = pin_routes,
	.typical = {.rows = 500, .row_bytes = 2000},
};

/*
 * user_account_analytics
 *
 * One row for each day, even where nothing happened.
 */
static const Column user_account_analytics_columns[] = {
	{.name = "user_account_id", .type = TYPE_TEXT, .source = FROM_REQUEST,
	.comment = "User account"},
	ITEM("date", TYPE_DATE, "Day, in UTC"),
	ITEM("data_status", TYPE_TEXT, "How final the day is: READY, PROCESSING or ESTIMATE for instance"),
	ITEM("metrics", TYPE_JSONB, "All metrics of the day that the API knows"),
	{0}
};

static const Column user_account_metrics[] = {
	STANDARD("impression", "IMPRESSION", TYPE_BIGINT, "Times that Pins were on a screen"),
	STANDARD("engagement", "ENGAGEMENT", TYPE_BIGINT, "Saves and clicks together"),
	STANDARD("engagement_rate", "ENGAGEMENT_RATE", TYPE_DOUBLE, "Engagements per impression"),
	STANDARD("pin_click", "PIN_CLICK", TYPE_BIGINT, "Clicks on Pins"),
	STANDARD("pin_click_rate", "PIN_CLICK_RATE", TYPE_DOUBLE, "Clicks on Pins per impression"),
	STANDARD("outbound_click", "OUTBOUND_CLICK", TYPE_BIGINT, "Clicks that left Pinterest"),
	STANDARD("outbound_click_rate", "OUTBOUND_CLICK_RATE", TYPE_DOUBLE, "Clicks that left Pinterest per impression"),
	STANDARD("save", "SAVE", TYPE_BIGINT, "Saves of Pins"),
	STANDARD("save_rate", "SAVE_RATE", TYPE_DOUBLE, "Saves per impression"),
	{0}
};

static const Filter date_filters[] = {
	{.column = "date", .kind = FILTER_DATES},
	{0}
};

static const Route user_account_analytics_routes[] = {
	{
		.path = "/user_account/analytics",
		.rows = "all.daily_metrics.[]",
		.filters = date_filters,
	},
	{0}
};

static const ParentColumn user_account_parent[] = {
	{.variable = "user_account_id", .column = "id"},
	{0}
};

static const Setting user_account_analytics_settings[] = {
	{
		.name = "from_claimed_content",
		.values = (const char *const[]) {"OTHER", "CLAIMED", "BOTH", NULL},
	},
	{
		.name = "pin_format",
		.values = (const char *const[]) {
			"ALL",
			"ORGANIC_IMAGE",
			"ORGANIC_PRODUCT",
			"ORGANIC_VIDEO",
			"ADS_STANDARD",
			"ADS_PRODUCT",
			"ADS_VIDEO",
			"ADS_IDEA",
			NULL
		},
	},
	{.name = "app_types", .values = app_types},
	{
		.name = "content_type",
		.values = (const char *const[]) {"ALL", "PAID", "ORGANIC", NULL},
	},
	{
		.name = "source",
		.values = (const char *const[]) {"ALL", "YOUR_PINS", "OTHER_PINS", NULL},
	},
	{0}
};

static const MetricsParam user_account_metrics_param = {
	.param = "metric_types",
	.prefix = "metrics.",
	.fallback = "IMPRESSION",
};

const Stream user_account_analytics_stream = {
	.name = "user_account_analytics",
	.aliases = (const char *const[]) {
		"user_account_analytic", "user_accounts_analytics", NULL
	},
	.comment = "Daily metrics of the user's Pins as a whole",
	.category = "org_analytics",
	.scopes = (const char *const[]) {"user_accounts:read", NULL},
	.key = (const char *const[]) {"user_account_id", "date", NULL},
	.columns = user_account_analytics_columns,
	.metrics = user_account_metrics,
	.routes = user_account_analytics_routes,
	.parent = &user_account_stream,
	.parent_columns = user_account_parent,
	.settings = user_account_analytics_settings,
	.date_limits = organic_date_limits,
	.metrics_param = &user_account_metrics_param,
	.typical = {.rows = 1, .row_bytes = 80},
};

/*
 * pins_analytics
 *
 * One request a Pin.  The multi-Pin endpoint is closed to most apps.
 */
static const Column pins_analytics_columns[] = {
	{.name = "pin_id", .type = TYPE_TEXT, .source = FROM_REQUEST,
	.comment = "Pin"},
	{.name = "media_type", .type = TYPE_TEXT, .source = FROM_REQUEST,
	.comment = "Media of the Pin: image or video for instance"},
	ITEM("date", TYPE_DATE, "Day, in UTC"),
	ITEM("data_status", TYPE_TEXT, "How final the day is: READY, PROCESSING or ESTIMATE for instance"),
	ITEM("metrics", TYPE_JSONB, "All metrics of the day that the Pin can have"),
	{0}
};

/* The API refuses a request that asks for video metrics of another Pin. */
#define VIDEO(column_name, api_name, column_type, column_comment) \
	{.name = column_name, .field = api_name, .type = column_type, \
	 .comment = column_comment, .source = FROM_METRIC, .standard = true, \
	 .when_variable = "media_type", .when_value = "video"}

static const Column pin_metrics[] = {
	STANDARD("impression", "IMPRESSION", TYPE_BIGINT, "Times that the Pin was on a screen"),
	STANDARD("pin_click", "PIN_CLICK", TYPE_BIGINT, "Clicks on the Pin"),
	STANDARD("outbound_click", "OUTBOUND_CLICK", TYPE_BIGINT, "Clicks that left Pinterest"),
	STANDARD("save", "SAVE", TYPE_BIGINT, "Saves of the Pin"),
	STANDARD("save_rate", "SAVE_RATE", TYPE_DOUBLE, "Saves per impression"),
	STANDARD("total_comments", "TOTAL_COMMENTS", TYPE_BIGINT, "Comments; the API tells their number for the Pin's life, seldom for a day"),
	STANDARD("total_reactions", "TOTAL_REACTIONS", TYPE_BIGINT, "Reactions; the API tells their number for the Pin's life, seldom for a day"),
	STANDARD("user_follow", "USER_FOLLOW", TYPE_BIGINT, "New followers that came from the Pin"),
	STANDARD("profile_visit", "PROFILE_VISIT", TYPE_BIGINT, "Visits to the profile that came from the Pin"),
	VIDEO("video_mrc_view", "VIDEO_MRC_VIEW", TYPE_BIGINT, "Views of 2 seconds or more with half of the video on the screen"),
	VIDEO("video_10s_view", "VIDEO_10S_VIEW", TYPE_BIGINT, "Views of 10 seconds or more"),
	VIDEO("quartile_95_percent_view", "QUARTILE_95_PERCENT_VIEW", TYPE_BIGINT, "Views of 95 percent of the video"),
	VIDEO("video_v50_watch_time", "VIDEO_V50_WATCH_TIME", TYPE_DOUBLE, "Time watched in all, in milliseconds"),
	VIDEO("video_start", "VIDEO_START", TYPE_BIGINT, "Times that the video started"),
	VIDEO("video_avg_watch_time", "VIDEO_AVG_WATCH_TIME", TYPE_DOUBLE, "Time watched per start, in milliseconds"),
	{0}
};

static const Filter pins_analytics_filters[] = {
	{.column = "pin_id", .required = true},
	{.column = "date", .kind = FILTER_DATES},
	{0}
};

static const Route pins_analytics_routes[] = {
	{
		.path = "/pins/{pin_id}/analytics",
		.rows = "all.daily_metrics.[]",
		.filters = pins_analytics_filters,
	},
	{0}
};

static const ParentColumn pin_parent[] = {
	{.variable = "pin_id", .column = "id"},
	{.variable = "media_type", .column = "media.media_type"},
	{0}
};

static const Setting pins_analytics_settings[] = {
	{.name = "app_types", .values = app_types},
	{0}
};

static const MetricsParam pin_metrics_param = {
	.param = "metric_types",
	.prefix = "metrics.",
	.fallback = "IMPRESSION",
};

const Stream pins_analytics_stream = {
	.name = "pins_analytics",
	.aliases = (const char *const[]) {"pin_analytics", NULL},
	.comment = "Daily metrics of each Pin",
	.category = "org_analytics",
	.scopes = pin_scopes,
	.key = (const char *const[]) {"pin_id", "date", NULL},
	.columns = pins_analytics_columns,
	.metrics = pin_metrics,
	.routes = pins_analytics_routes,
	.parent = &pins_stream,
	.parent_columns = pin_parent,
	.settings = pins_analytics_settings,
	.date_limits = organic_date_limits,
	.metrics_param = &pin_metrics_param,
	.typical = {.rows = 1, .row_bytes = 80},
};
