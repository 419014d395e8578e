/*-------------------------------------------------------------------------
 *
 * ads_analytics.h
 *		  What the streams of ads analytics have in common.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/streams/ads_analytics.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_ADS_ANALYTICS_H
#define PINTEREST_ADS_ANALYTICS_H

#include "streams/streams.h"

/* ---------- columns ---------- */

/* The ad account, which the path of every request names. */
#define ACCOUNT_COLUMN(column_comment) \
	{.name = "ad_account_id", .type = TYPE_TEXT, .origin = FROM_REQUEST, \
	 .comment = column_comment}

/* When; prefix leads to the fields, "" or "metrics.". */
#define PERIOD_COLUMNS(prefix) \
	{.name = "date", .field = prefix "DATE", .type = TYPE_DATE, \
	 .comment = "Day, or first day of the period; null for granularity TOTAL"}, \
	{.name = "hour", .type = TYPE_TIME, .origin = FROM_HOUR, \
	 .comment = "Beginning of the hour; null unless granularity is HOUR"}

#define COUNTING_COLUMNS \
	SETTING("granularity", TYPE_TEXT, "Period of a row: TOTAL, DAY, HOUR, WEEK or MONTH; DAY unless told otherwise"), \
	SETTING("click_window_days", TYPE_BIGINT, "Days after a click in which a conversion counts: 0, 1, 7, 14, 30 or 60"), \
	SETTING("engagement_window_days", TYPE_BIGINT, "Days after an engagement in which a conversion counts: 0, 1, 7, 14, 30 or 60; the API has no new data for it"), \
	SETTING("view_window_days", TYPE_BIGINT, "Days after a view in which a conversion counts: 0, 1, 7, 14, 30 or 60"), \
	SETTING("conversion_report_time", TYPE_TEXT, "Whether a conversion counts at TIME_OF_AD_ACTION or TIME_OF_CONVERSION")

#define SETTING_COLUMNS \
	COUNTING_COLUMNS, \
	SETTING("reporting_timezone", TYPE_TEXT, "Whose days are counted: PINTEREST_TIME_ZONE, which is UTC, or AD_ACCOUNT_TIME_ZONE, as in Ads Manager")

/*
 * What reports of product items tell of the item: the values of
 * ReportingColumnAsync that are valid at no other level.
 */
#define PRODUCT_ITEM_COLUMNS \
	STANDARD("product_item_name", "PRODUCT_ITEM_NAME", TYPE_TEXT, "Name of the product item"), \
	METRIC("product_item_description", "PRODUCT_ITEM_DESCRIPTION", TYPE_TEXT, "Text about the product item"), \
	STANDARD("product_item_brand", "PRODUCT_ITEM_BRAND", TYPE_TEXT, "Brand"), \
	METRIC("product_item_product_type", "PRODUCT_ITEM_PRODUCT_TYPE", TYPE_TEXT, "Type of product, in the merchant's words"), \
	METRIC("product_item_product_category", "PRODUCT_ITEM_PRODUCT_CATEGORY", TYPE_TEXT, "Category of the product"), \
	STANDARD("product_item_price", "PRODUCT_ITEM_PRICE", TYPE_DOUBLE, "Price, in product_item_currency"), \
	METRIC("product_item_sale_price", "PRODUCT_ITEM_SALE_PRICE", TYPE_DOUBLE, "Price while on sale, in product_item_currency"), \
	STANDARD("product_item_currency", "PRODUCT_ITEM_CURRENCY", TYPE_TEXT, "Currency of the prices"), \
	METRIC("product_item_image_url", "PRODUCT_ITEM_IMAGE_URL", TYPE_TEXT, "Address of the image"), \
	METRIC("product_item_product_url", "PRODUCT_ITEM_PRODUCT_URL", TYPE_TEXT, "Page of the product"), \
	METRIC("product_item_pin_url", "PRODUCT_ITEM_PIN_URL", TYPE_TEXT, "Page of the Pin that shows the product")

/* ---------- filters ---------- */

/* ids that a request takes */
#define SYNC_IDS 250
#define REPORT_IDS 500

#define ACCOUNT_FILTER \
	{.column = "ad_account_id", .required = true}

#define IDS_FILTER(id, ids, most) \
	{.column = id, .param = ids, .style = LIST_COMMA, .batch = most, \
	 .required = true}

/* Chooses among what the parent lists; the request does not tell. */
#define PARENT_FILTER(id) \
	{.column = id}

#define DATE_FILTER \
	{.column = "date", .kind = FILTER_DATES, .exactness = FILTER_EXACT_IN_TOTAL}

/* ---------- endpoints ---------- */

/*
 * The level of a report.  The file is an object of arrays of rows, by the id
 * of the level's entity or by day, or one such array.  What a row does not tell
 * of the two, the name of its array does; of KEYED_LEVEL no row tells the id.
 */
#define LEVEL(level, id) \
	.rows = "@?.[?]", .key_variable = id, .params = "level=" level
#define ACCOUNT_LEVEL(level) \
	.rows = "@?.[?]", .params = "level=" level
#define KEYED_LEVEL(level) \
	.rows = "@?.[?]", .params = "level=" level "&primary_sort=BY_ID"

/*
 * A report for the ids of a variable that the query binds.  They have to be
 * those of the ad account that the report is ordered for, so the parent says
 * whose they are.  The arguments at the end are the filters.
 */
#define REPORT_FOR_IDS(level, variable, ids_parent, ids_columns, ...) \
	{.path = "/ad_accounts/{ad_account_id}/reports", \
	 .transport = TRANSPORT_REPORT, level, .when = variable, \
	 .filters = (const Filter[]) {ACCOUNT_FILTER, __VA_ARGS__, {0}}, \
	 .parent = &ids_parent, .parent_columns = ids_columns}

/* A report for whole ad accounts, whose parent is that of the stream. */
#define REPORT_FOR_ACCOUNT(level, ...) \
	{.path = "/ad_accounts/{ad_account_id}/reports", \
	 .transport = TRANSPORT_REPORT, level, \
	 .filters = (const Filter[]) {ACCOUNT_FILTER, __VA_ARGS__, {0}}}

/* ---------- sources ---------- */

/*
 * What the reports of all levels have in common as a stream's second source:
 * they are had for whole ad accounts.
 */
#define REPORTS_BY_ACCOUNT \
	.without_fields = (const char *const[]) {NOT_IN_REPORTS, NULL}, \
	.parent = &ad_accounts_stream, \
	.parent_columns = ad_account_parent, \
	.date_limits = ads_report_date_limits

/* A column of the stream that a report tells only where it is asked for. */
#define ASKED_FOR(column_name, api_name) \
	{.name = column_name, .field = api_name, .origin = FROM_METRIC}

/* ---------- settings, metrics ---------- */

/* 0 is a window, not the lack of one. */
#define WINDOW_SETTING(window, api_default) \
	{ \
		.filter = { \
			.column = window, \
			.param = window, \
			.values = (const char *const[]) {"0", "1", "7", "14", "30", "60", NULL}, \
			.strict = true, \
		}, \
		.fallback = api_default, \
	}

/* Those of all endpoints of ads analytics. */
#define COUNTING_SETTINGS \
	{ \
		.filter = { \
			.column = "granularity", \
			.param = "granularity", \
			.values = (const char *const[]) { \
				"TOTAL", "DAY", "HOUR", "WEEK", "MONTH", NULL \
			}, \
			.strict = true, \
		}, \
		.initial = "DAY", \
	}, \
	WINDOW_SETTING("click_window_days", "30"), \
	WINDOW_SETTING("engagement_window_days", "30"), \
	WINDOW_SETTING("view_window_days", "1"), \
	{ \
		.filter = { \
			.column = "conversion_report_time", \
			.param = "conversion_report_time", \
			.values = (const char *const[]) { \
				"TIME_OF_AD_ACTION", "TIME_OF_CONVERSION", NULL \
			}, \
			.strict = true, \
		}, \
		.fallback = "TIME_OF_AD_ACTION", \
	}

/*
 * Hours are moments, and where they begin depends on the zone: of the ad
 * account's days the hours would be told by a clock that no row names.
 */
#define ADS_ANALYTICS_SETTINGS \
	COUNTING_SETTINGS, \
	{ \
		.filter = { \
			.column = "reporting_timezone", \
			.param = "reporting_timezone", \
			.values = (const char *const[]) { \
				"PINTEREST_TIME_ZONE", "AD_ACCOUNT_TIME_ZONE", NULL \
			}, \
			.strict = true, \
		}, \
		.fallback = "PINTEREST_TIME_ZONE", \
		.beta = true, \
		.default_only_variable = "granularity", \
		.default_only_value = "HOUR", \
	}

#define METRICS_PARAM(values_prefix, id) \
	(&(const MetricsParam) { \
		.param = "columns", .prefix = values_prefix, .fallback = id, \
		.account = "AD_ACCOUNT_ID" \
	})

/* A sync metric that reports do not know. */
#define NOT_IN_REPORTS "QUIZ_PIN_RESULT_OPEN"

/* People are not counted by keyword or by targeting. */
#define NOT_OF_PARTS "TOTAL_IMPRESSION_USER", "TOTAL_IMPRESSION_FREQUENCY"

/* Reports of product items know nothing of ads. */
#define NOT_OF_PRODUCT_ITEMS \
	"AD_ID", "AD_NAME", "AD_STATUS", \
	"PIN_PROMOTION_ID", "PIN_PROMOTION_NAME", "PIN_PROMOTION_STATUS", \
	"PIN_ID"

/* analytics.c */
extern const ParentColumn ad_parent[];
extern const ParentColumn product_group_parent[];
extern const DateLimit product_item_date_limits[];

#endif							/* PINTEREST_ADS_ANALYTICS_H */
