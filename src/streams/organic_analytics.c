/*-------------------------------------------------------------------------
 *
 * organic_analytics.c
 *		  How people act on the user's Pins.
 *
 * Names, types and limits are those of the API's description, version 5.28.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/streams/organic_analytics.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "streams/organic.h"

static const char *const pin_scopes[] = {"boards:read", "pins:read", NULL};
static const char *const top_pin_scopes[] = {
	"pins:read", "user_accounts:read", NULL
};

/* Both ends of the 90 days count in UTC, and a request may span all of them. */
static const DateLimit organic_date_limits[] = {
	{.granularity = "", .history_days = 90, .span_days = 90},
	{0}
};

static const MetricsParam organic_metrics_param = {
	.param = "metric_types",
	.prefix = "metrics.",
	.fallback = "IMPRESSION",
};

/* The API tells no date with a row that is the total of several days. */
#define PERIOD_FILTER \
	{ \
		.column = "date", \
		.kind = FILTER_DATES, \
		.exactness = FILTER_EXACT_IN_TOTAL, \
	}

static const Filter period_filters[] = {
	PERIOD_FILTER,
	{0}
};

/*
 * The settings, each with its column
 */
static const char *const app_types[] = {"ALL", "MOBILE", "TABLET", "WEB", NULL};
static const char *const claims[] = {"OTHER", "CLAIMED", "BOTH", NULL};
static const char *const content_types[] = {"ALL", "PAID", "ORGANIC", NULL};
static const char *const sources[] = {"ALL", "YOUR_PINS", "OTHER_PINS", NULL};

static const char *const pin_formats[] = {
	"ALL",
	"ORGANIC_IMAGE",
	"ORGANIC_PRODUCT",
	"ORGANIC_VIDEO",
	"ADS_STANDARD",
	"ADS_PRODUCT",
	"ADS_VIDEO",
	"ADS_IDEA",
	NULL
};

/* A setting that is its parameter's only value. */
#define CHOICE(column_name, param_name, known_values) \
	.filter = {.column = column_name, .param = param_name, \
	 .values = known_values, .strict = true}

#define APP_TYPE_SETTING \
	{CHOICE("app_type", "app_types", app_types), .fallback = "ALL"}

#define APP_TYPE_COLUMN \
	SETTING("app_type", TYPE_TEXT, "Apps counted: ALL, MOBILE, TABLET or WEB")

/* What narrows the metrics of the user account as a whole. */
#define ACCOUNT_SETTINGS \
	{ \
		CHOICE("from_claimed_content", "from_claimed_content", claims), \
		.fallback = "BOTH", \
	}, \
	{CHOICE("pin_format", "pin_format", pin_formats), .fallback = "ALL"}, \
	APP_TYPE_SETTING, \
	{CHOICE("content_type", "content_type", content_types), .fallback = "ALL"}, \
	{CHOICE("source", "source", sources), .fallback = "ALL"}

#define ACCOUNT_SETTING_COLUMNS \
	SETTING("from_claimed_content", TYPE_TEXT, "Pins counted by where they lead: to a website that the user claimed, CLAIMED, to another, OTHER, or BOTH"), \
	SETTING("pin_format", TYPE_TEXT, "Format of the Pins counted: ALL, or ADS_VIDEO for instance"), \
	APP_TYPE_COLUMN, \
	SETTING("content_type", TYPE_TEXT, "Content counted: ALL, PAID or ORGANIC"), \
	SETTING("source", TYPE_TEXT, "Pins counted by who saved them: ALL, YOUR_PINS or OTHER_PINS")

/*
 * user_account_analytics
 *
 * One row for each day, even where nothing happened.
 */
static const Column user_account_analytics_columns[] = {
	{.name = "user_account_id", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "User account"},
	ITEM("date", TYPE_DATE, "Day, in UTC"),
	SETTING("split_field", TYPE_TEXT, "What the day is split by: NO_SPLIT, APP_TYPE, OWNED_CONTENT, SOURCE or PIN_FORMAT"),
	{.name = "split_value", .type = TYPE_TEXT, .origin = FROM_KEY,
	.comment = "Part of the split that the row counts; all for the whole, which may come beside the parts"},
	ACCOUNT_SETTING_COLUMNS,
	ACCESS_COLUMN,
	ITEM("data_status", TYPE_TEXT, "How final the day is: READY, PROCESSING or ESTIMATE for instance"),
	ITEM("metrics", TYPE_JSONB, "All metrics of the day that the API knows"),
	{0}
};

/* Shared with top_pins. */
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

static const Endpoint user_account_analytics_endpoints[] = {
	{
		.path = "/user_account/analytics",
		.rows = "@.daily_metrics.[]",
		.filters = date_filters,
	},
	{0}
};

static const ParentColumn user_account_parent[] = {
	ACCESS_LINK,
	{.variable = "user_account_id", .column = "id"},
	{0}
};

static const char *const split_fields[] = {
	"NO_SPLIT", "APP_TYPE", "OWNED_CONTENT", "SOURCE", "PIN_FORMAT", NULL
};

static const Setting user_account_analytics_settings[] = {
	{
		CHOICE("split_field", "split_field", split_fields),
		.fallback = "NO_SPLIT",
	},
	ACCOUNT_SETTINGS,
	ACCESS_SETTING,
	{.filter = {0}}
};

const Stream user_account_analytics_stream = {
	.name = "user_account_analytics",
	.aliases = (const char *const[]) {
		"user_account_analytic", "user_accounts_analytics",
		"user_account_daily_analytics", NULL
	},
	.comment = "Daily metrics of the user's Pins as a whole",
	.category = "org_analytics",
	.scopes = (const char *const[]) {"user_accounts:read", NULL},
	.key = (const char *const[]) {
		"user_account_id", "date", "split_value", NULL
	},
	.columns = user_account_analytics_columns,
	.metrics = user_account_metrics,
	.settings = user_account_analytics_settings,
	.source = {
		.endpoints = user_account_analytics_endpoints,
		.parent = &user_account_stream,
		.parent_columns = user_account_parent,
		.date_limits = organic_date_limits,
		.metrics_param = &organic_metrics_param,
		.typical = {.rows = 1, .row_bytes = 80},
	},
};

/*
 * top_pins, top_video_pins
 *
 * At most 50 Pins for all days asked for, chosen by the metric sort_by, without
 * which the API answers nothing.
 */
#define TOP_PIN_COLUMNS \
	ITEM("pin_id", TYPE_TEXT, "Pin"), \
	ITEM("date", TYPE_DATE, "Always null: conditions on it choose the days that are counted, in UTC"), \
	SETTING("sort_by", TYPE_TEXT, "Metric that the Pins have most of"), \
	ACCOUNT_SETTING_COLUMNS, \
	SETTING("created_in_last_n_days", TYPE_BIGINT, "Pins by age: 30 for those created in the last 30 days; null for all"), \
	ACCESS_COLUMN, \
	ITEM("data_status", TYPE_JSONB, "How final each metric is: READY or PROCESSING for instance"), \
	ITEM("metrics", TYPE_JSONB, "All metrics of the Pin that the API knows here")

#define TOP_PIN_SETTINGS \
	ACCOUNT_SETTINGS, \
	{CHOICE("created_in_last_n_days", "created_in_last_n_days", ages)}, \
	ACCESS_SETTING

static const char *const top_pin_key[] = {"pin_id", NULL};
static const char *const ages[] = {"30", NULL};

static const Column top_pin_columns[] = {
	TOP_PIN_COLUMNS,
	{0}
};

static const Endpoint top_pin_endpoints[] = {
	{
		.path = "/user_account/analytics/top_pins",
		.rows = "pins.[]",
		.params = "num_of_pins=50",
		.filters = period_filters,
	},
	{0}
};

static const char *const top_pin_orders[] = {
	"ENGAGEMENT", "IMPRESSION", "OUTBOUND_CLICK", "PIN_CLICK", "SAVE", NULL
};

static const Setting top_pin_settings[] = {
	{CHOICE("sort_by", "sort_by", top_pin_orders), .initial = "IMPRESSION"},
	TOP_PIN_SETTINGS,
	{.filter = {0}}
};

const Stream top_pins_stream = {
	.name = "top_pins",
	.aliases = (const char *const[]) {
		"top_pin", "top_pins_analytics", "user_account_top_pins",
		"user_account_top_pin_analytics", NULL
	},
	.comment = "The user's 50 best Pins by one metric, within the days that WHERE tells",
	.category = "org_analytics",
	.scopes = top_pin_scopes,
	.key = top_pin_key,
	.columns = top_pin_columns,
	.metrics = user_account_metrics,
	.settings = top_pin_settings,
	.source = {
		.endpoints = top_pin_endpoints,
		.date_limits = organic_date_limits,
		.metrics_param = &organic_metrics_param,
		.granularity = "TOTAL",
		.typical = {.rows = 50, .row_bytes = 100},
	},
};

/* Metrics of a video, which a Pin of another kind does not have. */
#define VIDEO_METRICS(METRIC_OF_VIDEO) \
	METRIC_OF_VIDEO("video_mrc_view", "VIDEO_MRC_VIEW", TYPE_BIGINT, "Views of 2 seconds or more with half of the video on the screen"), \
	METRIC_OF_VIDEO("video_10s_view", "VIDEO_10S_VIEW", TYPE_BIGINT, "Views of 10 seconds or more"), \
	METRIC_OF_VIDEO("quartile_95_percent_view", "QUARTILE_95_PERCENT_VIEW", TYPE_BIGINT, "Views of 95 percent of the video"), \
	METRIC_OF_VIDEO("video_v50_watch_time", "VIDEO_V50_WATCH_TIME", TYPE_DOUBLE, "Time watched in all, in milliseconds"), \
	METRIC_OF_VIDEO("video_start", "VIDEO_START", TYPE_BIGINT, "Times that the video started"), \
	METRIC_OF_VIDEO("video_avg_watch_time", "VIDEO_AVG_WATCH_TIME", TYPE_DOUBLE, "Time watched per start, in milliseconds")

static const Column top_video_pin_columns[] = {
	TOP_PIN_COLUMNS,
	{0}
};

static const Column top_video_pin_metrics[] = {
	STANDARD("impression", "IMPRESSION", TYPE_BIGINT, "Times that the Pin was on a screen"),
	STANDARD("outbound_click", "OUTBOUND_CLICK", TYPE_BIGINT, "Clicks that left Pinterest"),
	STANDARD("save", "SAVE", TYPE_BIGINT, "Saves of the Pin"),
	VIDEO_METRICS(STANDARD),
	{0}
};

static const Endpoint top_video_pin_endpoints[] = {
	{
		.path = "/user_account/analytics/top_video_pins",
		.rows = "pins.[]",
		.params = "num_of_pins=50",
		.filters = period_filters,
	},
	{0}
};

static const char *const top_video_pin_orders[] = {
	"IMPRESSION",
	"SAVE",
	"OUTBOUND_CLICK",
	"VIDEO_MRC_VIEW",
	"VIDEO_AVG_WATCH_TIME",
	"VIDEO_V50_WATCH_TIME",
	"QUARTILE_95_PERCENT_VIEW",
	"VIDEO_10S_VIEW",
	"VIDEO_START",
	NULL
};

static const Setting top_video_pin_settings[] = {
	{
		CHOICE("sort_by", "sort_by", top_video_pin_orders),
		.initial = "VIDEO_MRC_VIEW",
	},
	TOP_PIN_SETTINGS,
	{.filter = {0}}
};

const Stream top_video_pins_stream = {
	.name = "top_video_pins",
	.aliases = (const char *const[]) {
		"top_video_pin", "top_video_pins_analytics",
		"user_account_top_video_pins",
		"user_account_top_video_pin_analytics", NULL
	},
	.comment = "The user's 50 best video Pins by one metric, within the days that WHERE tells",
	.category = "org_analytics",
	.scopes = top_pin_scopes,
	.key = top_pin_key,
	.columns = top_video_pin_columns,
	.metrics = top_video_pin_metrics,
	.settings = top_video_pin_settings,
	.source = {
		.endpoints = top_video_pin_endpoints,
		.date_limits = organic_date_limits,
		.metrics_param = &organic_metrics_param,
		.granularity = "TOTAL",
		.typical = {.rows = 50, .row_bytes = 100},
	},
};

/*
 * pins_analytics
 *
 * The endpoint for several Pins is closed to most apps; the other takes one
 * Pin a request.  The former has no row for a Pin without data.
 */
static const Column pins_analytics_columns[] = {
	{.name = "pin_id", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Pin"},
	{.name = "media_type", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Media of the Pin: image or video for instance"},
	ITEM("date", TYPE_DATE, "Day, in UTC; null for granularity TOTAL"),
	SETTING("granularity", TYPE_TEXT, "What a row counts: a DAY, or the TOTAL of all days asked for"),
	APP_TYPE_COLUMN,
	ACCESS_COLUMN,
	ITEM("data_status", TYPE_TEXT, "How final the day is: READY, PROCESSING or ESTIMATE for instance; null for granularity TOTAL"),
	ITEM("metrics", TYPE_JSONB, "All metrics of the day that the Pin can have; null for granularity TOTAL"),
	{0}
};

/* The API refuses a request that asks for video metrics of another Pin. */
#define VIDEO(column_name, api_name, column_type, column_comment) \
	{.name = column_name, .field = api_name, .type = column_type, \
	 .comment = column_comment, .origin = FROM_METRIC, .standard = true, \
	 .when_variable = "media_type", .when_value = "video"}

static const Column pin_metrics[] = {
	STANDARD("impression", "IMPRESSION", TYPE_BIGINT, "Times that the Pin was on a screen"),
	STANDARD("pin_click", "PIN_CLICK", TYPE_BIGINT, "Clicks on the Pin"),
	STANDARD("outbound_click", "OUTBOUND_CLICK", TYPE_BIGINT, "Clicks that left Pinterest"),
	STANDARD("save", "SAVE", TYPE_BIGINT, "Saves of the Pin"),
	STANDARD("save_rate", "SAVE_RATE", TYPE_DOUBLE, "Saves per impression"),
	STANDARD("total_comments", "TOTAL_COMMENTS", TYPE_BIGINT, "Comments in the Pin's life, whatever the days; seldom told for a DAY"),
	STANDARD("total_reactions", "TOTAL_REACTIONS", TYPE_BIGINT, "Reactions in the Pin's life, whatever the days; seldom told for a DAY"),
	STANDARD("user_follow", "USER_FOLLOW", TYPE_BIGINT, "New followers that came from the Pin"),
	STANDARD("profile_visit", "PROFILE_VISIT", TYPE_BIGINT, "Visits to the profile that came from the Pin"),
	VIDEO_METRICS(VIDEO),
	{0}
};

static const char *const pin_granularities[] = {"DAY", "TOTAL", NULL};

/* Every response has the days and their total; granularity tells which count. */
static const Setting pins_analytics_settings[] = {
	{CHOICE("granularity", NULL, pin_granularities), .fallback = "DAY"},
	APP_TYPE_SETTING,
	ACCESS_SETTING,
	{.filter = {0}}
};

static const char *const pins_analytics_key[] = {"pin_id", "date", NULL};

static const ParentColumn pin_parent[] = {
	ACCESS_LINK,
	{.variable = "pin_id", .column = "id"},
	{.variable = "media_type", .column = "media.media_type"},
	{0}
};

static const Filter many_pins_filters[] = {
	{
		.column = "pin_id",
		.param = "pin_ids",
		.style = LIST_COMMA,
		.batch = 100,
		.required = true,
	},
	PERIOD_FILTER,
	{0}
};

static const Filter one_pin_filters[] = {
	{.column = "pin_id", .required = true},
	PERIOD_FILTER,
	{0}
};

static const Endpoint pins_analytics_days_endpoints[] = {
	{
		.path = "/pins/analytics",
		.rows = "@.all.daily_metrics.[]",
		.key_variable = "pin_id",
		.filters = many_pins_filters,
		.may_be_closed = true,
	},
	{
		.path = "/pins/{pin_id}/analytics",
		.rows = "all.daily_metrics.[]",
		.filters = one_pin_filters,
	},
	{0}
};

static const Endpoint pins_analytics_total_endpoints[] = {
	{
		.path = "/pins/analytics",
		.rows = "@.all",
		.key_variable = "pin_id",
		.filters = many_pins_filters,
		.may_be_closed = true,
	},
	{
		.path = "/pins/{pin_id}/analytics",
		.rows = "all",
		.filters = one_pin_filters,
	},
	{0}
};

/*
 * The numbers of the days asked for, and of the Pin's life where there are
 * none: comments and reactions stand in lifetime_metrics alone.
 */
static const MetricsParam pin_total_metrics_param = {
	.param = "metric_types",
	.prefix = "summary_metrics.",
	.second_prefix = "lifetime_metrics.",
	.fallback = "IMPRESSION",
};

const Stream pins_analytics_stream = {
	.name = "pins_analytics",
	.aliases = (const char *const[]) {
		"pin_analytics", "pin_daily_analytics", NULL
	},
	.comment = "Metrics of each Pin, by day or in all",
	.category = "org_analytics",
	.scopes = pin_scopes,
	.key = pins_analytics_key,
	.columns = pins_analytics_columns,
	.metrics = pin_metrics,
	.settings = pins_analytics_settings,
	.source = {
		.endpoints = pins_analytics_days_endpoints,
		.parent = &pins_stream,
		.parent_columns = pin_parent,
		.date_limits = organic_date_limits,
		.metrics_param = &organic_metrics_param,
		.granularity = "DAY",
		.typical = {.rows = 1, .row_bytes = 80},
	},
	.further_sources = (const Source[]) {
		{
			.endpoints = pins_analytics_total_endpoints,
			.without_fields = (const char *const[]) {"data_status", "metrics", NULL},
			.metrics_param = &pin_total_metrics_param,
			.granularity = "TOTAL",
		},
		{0}
	},
};
