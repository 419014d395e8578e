/*-------------------------------------------------------------------------
 *
 * measurement.c
 *		  What ad accounts measure with and learn: conversion tags and events,
 *		  insights into audiences, templates of reports.
 *
 * Names, types and limits are those of the API's description, version 5.28.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/streams/measurement.c
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
 * conversion_tags
 *
 * Parameter filter_deleted is left at its default: the description does not
 * say whether it leaves deleted tags out or asks for them, and status tells
 * them apart.
 */
static const Column conversion_tag_columns[] = {
	ITEM("id", TYPE_TEXT, "Conversion tag"),
	{.name = "ad_account_id", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Ad account that the tag belongs to"},
	ITEM("name", TYPE_TEXT, "Name of the tag"),
	ITEM("status", TYPE_TEXT, "ACTIVE, PAUSED, ARCHIVED, DRAFT or DELETED_DRAFT"),
	ITEM("version", TYPE_TEXT, "Version of the tag"),
	ITEM("code_snippet", TYPE_TEXT, "HTML that puts the tag on a page"),
	ITEM("configs", TYPE_JSONB, "Settings: which data enhanced match takes, and more"),
	ITEM("enhanced_match_status", TYPE_TEXT, "UNKNOWN, NOT_VALIDATED, VALIDATING_IN_PROGRESS or VALIDATION_COMPLETE"),
	{.name = "last_fired_time", .field = "last_fired_time_ms", .type = TYPE_TIME,
	.comment = "When the tag last sent an event"},
	WHOLE_ITEM,
	{0}
};

static const Endpoint conversion_tag_endpoints[] = {
	{
		.path = "/ad_accounts/{ad_account_id}/conversion_tags",
		.rows = "items.[]",
		.filters = ad_account_filters,
	},
	{0}
};

const Stream conversion_tags_stream = {
	.name = "conversion_tags",
	.aliases = (const char *const[]) {
		"conversion_tag", "conversion_tag_history", NULL
	},
	.comment = "Conversion tags of the ad accounts",
	.category = "ads_read",
	.scopes = ads_scopes,
	.key = ad_account_id_key,
	.columns = conversion_tag_columns,
	.source = {
		.endpoints = conversion_tag_endpoints,
		.parent = &ad_accounts_stream,
		.parent_columns = ad_account_parent,
		.typical = {.rows = 3, .row_bytes = 1500},
	},
};

/*
 * conversion_tags_page_visit
 */
static const Column page_visit_columns[] = {
	{.name = "ad_account_id", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Ad account that the tag belongs to"},
	ITEM("conversion_tag_id", TYPE_TEXT, "Conversion tag"),
	ITEM("conversion_event", TYPE_TEXT, "Kind of event, PAGE_VISIT for instance"),
	ITEM("reporting_conversion_event", TYPE_TEXT, "Kind of event that reports count it as"),
	ITEM("created_time", TYPE_TIME, "When the event was set up"),
	WHOLE_ITEM,
	{0}
};

static const Endpoint page_visit_endpoints[] = {
	{
		.path = "/ad_accounts/{ad_account_id}/conversion_tags/page_visit",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
		.filters = ad_account_filters,
	},
	{0}
};

const Stream conversion_tags_page_visit_stream = {
	.name = "conversion_tags_page_visit",
	.aliases = (const char *const[]) {
		"page_visit_conversion_tags", "conversion_tags_page_visits", NULL
	},
	.comment = "Page visit events of conversion tags",
	.category = "ads_read",
	.scopes = ads_scopes,
	.key = (const char *const[]) {
		"ad_account_id", "conversion_tag_id", "conversion_event", NULL
	},
	.columns = page_visit_columns,
	.source = {
		.endpoints = page_visit_endpoints,
		.parent = &ad_accounts_stream,
		.parent_columns = ad_account_parent,
		.typical = {.rows = 3, .row_bytes = 150},
	},
};

/*
 * advertiser_defined_events
 */
static const Column advertiser_defined_event_columns[] = {
	{.name = "ad_account_id", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Ad account that the event belongs to"},
	ITEM("name", TYPE_TEXT, "Name that the advertiser gave the event"),
	ITEM("mapped_conversion_type", TYPE_TEXT, "Standard kind of event that delivery takes it for; null for none"),
	WHOLE_ITEM,
	{0}
};

static const Endpoint advertiser_defined_event_endpoints[] = {
	{
		.path = "/ad_accounts/{ad_account_id}/advertiser_defined_events",
		.rows = "items.[]",
		.filters = ad_account_filters,
	},
	{0}
};

const Stream advertiser_defined_events_stream = {
	.name = "advertiser_defined_events",
	.aliases = (const char *const[]) {"advertiser_defined_event", NULL},
	.comment = "Conversion events that advertisers defined themselves",
	.category = "ads_read",
	.scopes = ads_scopes,
	.key = (const char *const[]) {"ad_account_id", "name", NULL},
	.columns = advertiser_defined_event_columns,
	.source = {
		.endpoints = advertiser_defined_event_endpoints,
		.parent = &ad_accounts_stream,
		.parent_columns = ad_account_parent,
		.typical = {.rows = 5, .row_bytes = 100},
	},
};

/*
 * conversion_eqs
 */
static const Column conversion_eqs_columns[] = {
	{.name = "ad_account_id", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Ad account that the events belong to"},
	{.name = "lookback_period", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Days that are looked at: 1d or 14d"},
	ITEM("source_platform", TYPE_TEXT, "Where events happened, WEB for instance"),
	ITEM("ingestion_source", TYPE_TEXT, "How events came in, CONVERSIONS_API for instance"),
	ITEM("overall_status", TYPE_TEXT, "NEEDS_IMPROVEMENT, FAIR or GOOD"),
	ITEM("quality_components", TYPE_JSONB, "Coverage and details of each thing that events can tell"),
	WHOLE_ITEM,
	{0}
};

static const Filter conversion_eqs_filters[] = {
	{.column = "ad_account_id", .required = true},
	{
		.column = "lookback_period",
		.param = "lookback_period",
		.values = (const char *const[]) {"1d", "14d", NULL},
		.send_all = true,
	},
	{
		.column = "source_platform",
		.param = "source_platform",
		.values = (const char *const[]) {
			"WEB",
			"MOBILE",
			"MOBILE_ANDROID",
			"MOBILE_IOS",
			"OFFLINE",
			"PINTEREST_WEB",
			"PINTEREST_ANDROID",
			"PINTEREST_IOS",
			"POINT_OF_SALE",
			NULL
		},
	},
	{
		.column = "ingestion_source",
		.param = "ingestion_source",
		.values = (const char *const[]) {
			"TAG", "MMP", "FILE_UPLOAD", "CONVERSIONS_API", "NATIVE", NULL
		},
	},
	{0}
};

static const Endpoint conversion_eqs_endpoints[] = {
	{
		.path = "/ad_accounts/{ad_account_id}/conversion_eqs",
		.rows = "[]",
		.filters = conversion_eqs_filters,
	},
	{0}
};

const Stream conversion_eqs_stream = {
	.name = "conversion_eqs",
	.aliases = (const char *const[]) {"event_quality_scores", NULL},
	.comment = "Quality scores of conversion events, by their source",
	.category = "ads_read",
	.scopes = ads_scopes,
	.key = (const char *const[]) {
		"ad_account_id", "lookback_period", "source_platform", "ingestion_source", NULL
	},
	.columns = conversion_eqs_columns,
	.source = {
		.endpoints = conversion_eqs_endpoints,
		.parent = &ad_accounts_stream,
		.parent_columns = ad_account_parent,
		.typical = {.rows = 4, .row_bytes = 2000},
	},
};

/*
 * audience_insights
 *
 * One object for each of the three audiences.
 */
static const Column audience_insights_columns[] = {
	{.name = "ad_account_id", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Ad account"},
	{.name = "type", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "YOUR_TOTAL_AUDIENCE, YOUR_ENGAGED_AUDIENCE or PINTEREST_TOTAL_AUDIENCE"},
	ITEM("date", TYPE_DATE, "Day that the insights are of"),
	ITEM("size", TYPE_BIGINT, "Number of people"),
	ITEM("size_is_upper_bound", TYPE_BOOLEAN, "Whether size was rounded up"),
	ITEM("categories", TYPE_JSONB, "Interests and their parts: ratio of the audience, and index of affinity"),
	ITEM("demographics", TYPE_JSONB, "Ratio of the audience by ages, countries, devices, genders and metros"),
	WHOLE_ITEM,
	{0}
};

static const Filter audience_insights_filters[] = {
	{.column = "ad_account_id", .required = true},
	{
		.column = "type",
		.param = "audience_insight_type",
		.values = (const char *const[]) {
			"YOUR_TOTAL_AUDIENCE",
			"YOUR_ENGAGED_AUDIENCE",
			"PINTEREST_TOTAL_AUDIENCE",
			NULL
		},
		.open = true,
		.send_all = true,
	},
	{0}
};

static const Endpoint audience_insights_endpoints[] = {
	{
		.path = "/ad_accounts/{ad_account_id}/audience_insights",
		.rows = "",
		.filters = audience_insights_filters,
	},
	{0}
};

const Stream audience_insights_stream = {
	.name = "audience_insights",
	.aliases = (const char *const[]) {"audience_insight", NULL},
	.comment = "Interests and demographics of the ad account's audiences and of Pinterest's",
	.category = "ads_read",
	.scopes = ads_scopes,
	.key = (const char *const[]) {"ad_account_id", "type", NULL},
	.columns = audience_insights_columns,
	.source = {
		.endpoints = audience_insights_endpoints,
		.parent = &ad_accounts_stream,
		.parent_columns = ad_account_parent,
		.typical = {.rows = 1, .row_bytes = 30000},
	},
};

/*
 * insights_audiences
 */
static const Column insights_audience_columns[] = {
	{.name = "ad_account_id", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Ad account"},
	ITEM("type", TYPE_TEXT, "What the audience did, IMPRESSION_PLUS_ENGAGEMENT for instance"),
	ITEM("scope", TYPE_TEXT, "Whose Pins the audience did it with: PARTNER or PINTEREST"),
	ITEM("date", TYPE_DATE, "Day that the audience is of"),
	WHOLE_ITEM,
	{0}
};

static const Endpoint insights_audience_endpoints[] = {
	{
		.path = "/ad_accounts/{ad_account_id}/insights/audiences",
		.rows = "items.[]",
		.filters = ad_account_filters,
	},
	{0}
};

const Stream insights_audiences_stream = {
	.name = "insights_audiences",
	.aliases = (const char *const[]) {"insights_audience", NULL},
	.comment = "Audiences that insights exist for",
	.category = "ads_read",
	.scopes = ads_scopes,
	.key = (const char *const[]) {"ad_account_id", "type", "scope", NULL},
	.columns = insights_audience_columns,
	.source = {
		.endpoints = insights_audience_endpoints,
		.parent = &ad_accounts_stream,
		.parent_columns = ad_account_parent,
		.typical = {.rows = 4, .row_bytes = 100},
	},
};

/*
 * templates
 *
 * A template shows in each ad account that has access to it.
 */
static const Column template_columns[] = {
	ITEM("id", TYPE_TEXT, "Report template"),
	{.name = "ad_account_id", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Ad account that has access to the template"},
	{.name = "owner_ad_account_id", .field = "ad_account_id", .type = TYPE_TEXT,
	.comment = "Ad account that owns the template"},
	ITEM("ad_account_ids", TYPE_TEXT_ARRAY, "Ad accounts that have access to the template"),
	ITEM("user_id", TYPE_TEXT, "User account that created the template"),
	ITEM("name", TYPE_TEXT, "Name of the template"),
	ITEM("type", TYPE_TEXT, "UNSPECIFIED, BULK, OVERVIEW or TABLE"),
	ITEM("report_level", TYPE_TEXT, "What the report's rows are about, CAMPAIGN for instance"),
	ITEM("report_format", TYPE_TEXT, "JSON or CSV"),
	ITEM("granularity", TYPE_TEXT, "Period of the report's rows: TOTAL, DAY, HOUR, WEEK or MONTH"),
	ITEM("columns", TYPE_TEXT_ARRAY, "Metrics of the report"),
	ITEM("custom_column_ids", TYPE_TEXT_ARRAY, "Metrics that the user defined"),
	ITEM("ade_columns", TYPE_TEXT_ARRAY, "Metrics of advertiser-defined events: metric and event of each, joined by -"),
	ITEM("sort_by", TYPE_JSONB, "Order of the report's rows"),
	ITEM("filters_json", TYPE_TEXT, "Conditions on the report's rows, as a text of JSON"),
	ITEM("date_range", TYPE_JSONB, "Days of the report: absolute, relative or named; not in the API's description since 5.28"),
	ITEM("report_start_relative_days_in_past", TYPE_BIGINT, "First day of the report, in days before its delivery"),
	ITEM("report_end_relative_days_in_past", TYPE_BIGINT, "Last day of the report, in days before its delivery"),
	ITEM("click_window_days", TYPE_BIGINT, "Days after a click in which a conversion counts"),
	ITEM("engagement_window_days", TYPE_BIGINT, "Days after an engagement in which a conversion counts"),
	ITEM("view_window_days", TYPE_BIGINT, "Days after a view in which a conversion counts"),
	ITEM("conversion_report_time_type", TYPE_TEXT, "TIME_OF_AD_ACTION or TIME_OF_CONVERSION"),
	ITEM("attribution_type", TYPE_JSONB, "How conversions are attributed"),
	ITEM("reporting_time_zone", TYPE_TEXT, "Whose days the report counts: PINTEREST_TIME_ZONE, which is UTC, or AD_ACCOUNT_TIME_ZONE"),
	ITEM("ingestion_sources", TYPE_TEXT_ARRAY, "Sources of the conversions that count"),
	ITEM("creation_source", TYPE_TEXT, "Where the template was made, ADS_API for instance"),
	ITEM("is_default", TYPE_BOOLEAN, "Whether the template is the default of its type"),
	ITEM("display_metadata", TYPE_TEXT, "How the report is displayed"),
	ITEM("is_owned_by_user", TYPE_BOOLEAN, "Whether the user owns the template"),
	ITEM("is_scheduled", TYPE_BOOLEAN, "Whether reports are made from the template on a schedule"),
	ITEM("is_deleted", TYPE_BOOLEAN, "Whether the template was deleted"),
	ITEM("updated_time", TYPE_TIME, "When the template was last changed"),
	WHOLE_ITEM,
	{0}
};

static const Endpoint template_endpoints[] = {
	{
		.path = "/ad_accounts/{ad_account_id}/templates",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
		.filters = ad_account_filters,
		.order_column = "id",
	},
	{0}
};

const Stream templates_stream = {
	.name = "templates",
	.aliases = (const char *const[]) {"template", "report_templates", NULL},
	.comment = "Templates of reports",
	.category = "ads_read",
	.scopes = ads_scopes,
	.key = ad_account_id_key,
	.columns = template_columns,
	.source = {
		.endpoints = template_endpoints,
		.parent = &ad_accounts_stream,
		.parent_columns = ad_account_parent,
		.typical = {.rows = 5, .row_bytes = 1500},
	},
};
