/*-------------------------------------------------------------------------
 *
 * market.c
 *		  What ads can be aimed at, what can be measured, and what people search
 *		  for.
 *
 * Names, types and limits are those of the API's description, version 5.28.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/streams/market.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "streams/organic.h"

static const char *const id_key[] = {"id", NULL};
static const char *const ads_scopes[] = {"ads:read", NULL};

/*
 * targeting_options
 *
 * The response is one object in an array: ids, and what they stand for.
 */
static const char *const targeting_types[] = {
	"APPTYPE",
	"GENDER",
	"LOCALE",
	"AGE_BUCKET",
	"LOCATION",
	"GEO",
	"INTEREST",
	"KEYWORD",
	"AUDIENCE_INCLUDE",
	"AUDIENCE_EXCLUDE",
	NULL
};

static const Column targeting_option_columns[] = {
	{.name = "targeting_type", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Kind of target, LOCATION for instance"},
	{.name = "id", .type = TYPE_TEXT, .origin = FROM_KEY,
	.comment = "Value to aim at, as targeting_spec has it"},
	{.name = "name", .type = TYPE_TEXT, .origin = FROM_WHOLE_ITEM,
	.comment = "What the value stands for"},
	ACCESS_COLUMN,
	WHOLE_ITEM,
	{0}
};

static const Filter targeting_option_filters[] = {
	{
		.column = "targeting_type",
		.required = true,
		.values = targeting_types,
		.open = true,
		.send_all = true,
	},
	{0}
};

static const Endpoint targeting_option_endpoints[] = {
	{
		.path = "/resources/targeting/{targeting_type}",
		.rows = "[].@",
		.filters = targeting_option_filters,
	},
	{0}
};

const Stream targeting_options_stream = {
	.name = "targeting_options",
	.aliases = (const char *const[]) {"targeting_option", NULL},
	.comment = "What ads can be aimed at, by kind of target",
	.category = "ads_read",
	.scopes = ads_scopes,
	.key = (const char *const[]) {"targeting_type", "id", NULL},
	.columns = targeting_option_columns,
	.settings = access_settings,
	.source = {
		.endpoints = targeting_option_endpoints,
		.typical = {.rows = 5000, .row_bytes = 40},
	},
};

/*
 * interests
 *
 * One request an interest; the names alone stand in targeting_options.
 */
static const Column interest_columns[] = {
	ITEM("id", TYPE_TEXT, "Interest"),
	ITEM("name", TYPE_TEXT, "Name of the interest"),
	ITEM("level", TYPE_BIGINT, "Depth in the tree of interests"),
	ITEM("child_interests", TYPE_TEXT_ARRAY, "Interests right below this one"),
	WHOLE_ITEM,
	{0}
};

static const Filter interest_filters[] = {
	{.column = "id", .required = true},
	{0}
};

static const Endpoint interest_endpoints[] = {
	{
		.path = "/resources/targeting/interests/{id}",
		.rows = "",
		.filters = interest_filters,
	},
	{0}
};

static const ParentColumn interest_parent[] = {
	{.variable = "id", .column = "id"},
	{.column = "targeting_type", .value = "INTEREST"},
	{0}
};

const Stream interests_stream = {
	.name = "interests",
	.aliases = (const char *const[]) {"interest", NULL},
	.comment = "Interests that ads can be aimed at, with those below them",
	.category = "ads_read",
	.scopes = ads_scopes,
	.key = id_key,
	.columns = interest_columns,
	.source = {
		.endpoints = interest_endpoints,
		.parent = &targeting_options_stream,
		.parent_columns = interest_parent,
		.typical = {.rows = 1, .row_bytes = 150},
	},
};

/*
 * ad_account_countries
 */
static const Column ad_account_country_columns[] = {
	ITEM("code", TYPE_TEXT, "Country, as its two-letter code"),
	ITEM("name", TYPE_TEXT, "Name of the country"),
	ITEM("currency", TYPE_TEXT, "Name of the country's currency"),
	ITEM("index", TYPE_BIGINT, "Place of the country in the list"),
	WHOLE_ITEM,
	{0}
};

static const Endpoint ad_account_country_endpoints[] = {
	{.path = "/resources/ad_account_countries", .rows = "items.[]"},
	{0}
};

const Stream ad_account_countries_stream = {
	.name = "ad_account_countries",
	.aliases = (const char *const[]) {"ad_account_country", NULL},
	.comment = "Countries that an ad account can be in",
	.category = "ads_read",
	.scopes = ads_scopes,
	.key = (const char *const[]) {"code", NULL},
	.columns = ad_account_country_columns,
	.source = {
		.endpoints = ad_account_country_endpoints,
		.typical = {.rows = 250, .row_bytes = 80},
	},
};

/*
 * delivery_metrics
 *
 * A metric may be one of both kinds of report, so that these are no parts of
 * the list: without report_type it is whole.
 */
static const Column delivery_metric_columns[] = {
	ITEM("name", TYPE_TEXT, "Metric, as parameters name it"),
	ITEM("category", TYPE_TEXT, "ADS or ORGANIC"),
	ITEM("display_name", TYPE_TEXT, "Name in Pinterest's own tools; absent where they have none"),
	ITEM("definition", TYPE_TEXT, "How the metric is defined"),
	SETTING("report_type", TYPE_TEXT, "Reports that have the metric: SYNC or ASYNC; null for any"),
	WHOLE_ITEM,
	{0}
};

static const Endpoint delivery_metric_endpoints[] = {
	{.path = "/resources/delivery_metrics", .rows = "items.[]"},
	{0}
};

static const Setting delivery_metric_settings[] = {
	{
		.filter = {
			.column = "report_type",
			.param = "report_type",
			.values = (const char *const[]) {"SYNC", "ASYNC", NULL},
			.strict = true,
		},
	},
	{.filter = {0}}
};

const Stream delivery_metrics_stream = {
	.name = "delivery_metrics",
	.aliases = (const char *const[]) {"delivery_metric", NULL},
	.comment = "All metrics that the API has, with their definitions",
	.category = "ads_read",
	.scopes = (const char *const[]) {
		"ads:read", "pins:read", "user_accounts:read", NULL
	},
	.key = (const char *const[]) {"category", "name", NULL},
	.columns = delivery_metric_columns,
	.settings = delivery_metric_settings,
	.source = {
		.endpoints = delivery_metric_endpoints,
		.typical = {.rows = 700, .row_bytes = 300},
	},
};

/*
 * metrics_ready_state
 *
 * The description sets no limit to the day; none has metrics beyond the 914
 * days that reports reach back.
 */
static const Column metrics_ready_state_columns[] = {
	{.name = "date", .type = TYPE_DATE, .origin = FROM_REQUEST,
	.comment = "Day, in UTC"},
	ITEM("conversion_metrics_ready", TYPE_BOOLEAN, "Whether the day's conversion metrics are final"),
	ITEM("non_conversion_metrics_ready", TYPE_BOOLEAN, "Whether the day's other metrics are final"),
	WHOLE_ITEM,
	{0}
};

static const Filter metrics_ready_state_filters[] = {
	{.column = "date", .param = "date", .kind = FILTER_DATES},
	{0}
};

static const Endpoint metrics_ready_state_endpoints[] = {
	{
		.path = "/resources/metrics_ready_state",
		.rows = "",
		.filters = metrics_ready_state_filters,
	},
	{0}
};

/* One request a day. */
static const DateLimit metrics_ready_state_limits[] = {
	{.granularity = "", .history_days = 914, .span_days = 0, .default_days = 7},
	{0}
};

const Stream metrics_ready_state_stream = {
	.name = "metrics_ready_state",
	.aliases = (const char *const[]) {"metrics_ready_states", NULL},
	.comment = "Whether the metrics of a day are final; the last 7 days without a condition on date",
	.category = "ads_analytics",
	.scopes = ads_scopes,
	.key = (const char *const[]) {"date", NULL},
	.columns = metrics_ready_state_columns,
	.source = {
		.endpoints = metrics_ready_state_endpoints,
		.date_limits = metrics_ready_state_limits,
		.typical = {.rows = 1, .row_bytes = 80},
	},
};

/*
 * terms_related, terms_suggested
 *
 * terms_related asks for one term a request, although the API takes several,
 * since its response need not spell a term as it was asked for.
 */
static const Column related_term_columns[] = {
	{.name = "term", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Term that was asked for"},
	{.name = "related_term", .type = TYPE_TEXT, .origin = FROM_ELEMENT,
	.comment = "Term that goes with it"},
	{0}
};

static const Filter related_term_filters[] = {
	{.column = "term", .param = "terms", .words = WORDS_ANY, .required = true},
	{0}
};

static const Endpoint related_term_endpoints[] = {
	{
		.path = "/terms/related",
		.rows = "related_terms_list.[]",
		.filters = related_term_filters,
	},
	{0}
};

const Stream terms_related_stream = {
	.name = "terms_related",
	.aliases = (const char *const[]) {"related_terms", "related_term", NULL},
	.comment = "Terms that go with the one that WHERE names",
	.category = "ads_read",
	.scopes = ads_scopes,
	.key = (const char *const[]) {"term", "related_term", NULL},
	.columns = related_term_columns,
	.elements = (const char *const[]) {"related_terms.[]", NULL},
	.source = {
		.endpoints = related_term_endpoints,
		.typical = {.rows = 20, .row_bytes = 25},
	},
};

static const Column suggested_term_columns[] = {
	{.name = "term", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Beginning that was asked for"},
	{.name = "suggested_term", .type = TYPE_TEXT, .origin = FROM_WHOLE_ITEM,
	.comment = "Popular search term that begins so"},
	{0}
};

static const Filter suggested_term_filters[] = {
	{.column = "term", .param = "term", .words = WORDS_ANY, .required = true},
	{0}
};

static const Endpoint suggested_term_endpoints[] = {
	{
		.path = "/terms/suggested",
		.rows = "[]",
		.params = "limit=10",
		.filters = suggested_term_filters,
	},
	{0}
};

const Stream terms_suggested_stream = {
	.name = "terms_suggested",
	.aliases = (const char *const[]) {
		"suggested_terms", "suggested_term", NULL
	},
	.comment = "Up to 10 popular search terms that begin with the one that WHERE names",
	.category = "ads_read",
	.scopes = ads_scopes,
	.key = (const char *const[]) {"term", "suggested_term", NULL},
	.columns = suggested_term_columns,
	.source = {
		.endpoints = suggested_term_endpoints,
		.typical = {.rows = 10, .row_bytes = 25},
	},
};

/*
 * search_pins, search_boards
 */
static const char *const search_key[] = {"query", "id", NULL};

static const Filter search_filters[] = {
	{.column = "query", .param = "query", .words = WORDS_ANY, .required = true},
	{0}
};

static const Column search_pin_columns[] = {
	{.name = "query", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "What was searched for: words, or ids of Pins joined by commas"},
	ITEM("id", TYPE_TEXT, "Pin"),
	ITEM("board_id", TYPE_TEXT, "Board that the Pin is on"),
	PIN_COLUMNS(""),
	NO_PIN_METRICS,
	PIN_CREATED_AT(""),
	ACCESS_COLUMN,
	WHOLE_ITEM,
	{0}
};

static const Endpoint search_pin_endpoints[] = {
	{
		.path = "/search/pins",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK_ONLY,
		.filters = search_filters,
	},
	{0}
};

const Stream search_pins_stream = {
	.name = "search_pins",
	.aliases = (const char *const[]) {"search_pin", "pins_search", NULL},
	.comment = "The user's Pins that a search finds",
	.category = "org_read",
	.scopes = (const char *const[]) {
		"boards:read", "boards:read_secret", "pins:read",
		"pins:read_secret", NULL
	},
	.key = search_key,
	.columns = search_pin_columns,
	.settings = access_settings,
	.source = {
		.endpoints = search_pin_endpoints,
		.typical = {.rows = 25, .row_bytes = 2000},
	},
};

static const Column search_board_columns[] = {
	{.name = "query", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Words that were searched for"},
	BOARD_COLUMNS,
	{0}
};

static const Endpoint search_board_endpoints[] = {
	{
		.path = "/search/boards",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
		.filters = search_filters,
	},
	{0}
};

const Stream search_boards_stream = {
	.name = "search_boards",
	.aliases = (const char *const[]) {"search_board", "boards_search", NULL},
	.comment = "The user's boards that a search finds",
	.category = "org_read",
	.scopes = (const char *const[]) {
		"boards:read", "boards:read_secret", NULL
	},
	.key = search_key,
	.columns = search_board_columns,
	.settings = access_settings,
	.source = {
		.endpoints = search_board_endpoints,
		.typical = {.rows = 5, .row_bytes = 700},
	},
};
