/*-------------------------------------------------------------------------
 *
 * streams.h
 *		  The streams, and the words that their tables of columns use.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/streams/streams.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_STREAMS_H
#define PINTEREST_STREAMS_H

#include "streams/stream.h"

/*
 * The usual kinds of column, so that a list of columns reads as a
 * table.  Unusual columns are written out.
 */

/* A field of the item, under its own name. */
#define ITEM(column_name, column_type, column_comment) \
	{.name = column_name, .field = column_name, .type = column_type, \
	 .comment = column_comment}

/* A setting, which the request tells; see Stream.settings. */
#define SETTING(column_name, column_type, column_comment) \
	{.name = column_name, .type = column_type, .comment = column_comment, \
	 .origin = FROM_REQUEST}

/* The item itself. */
#define WHOLE_ITEM \
	{.name = "attrs", .type = TYPE_JSONB, .origin = FROM_WHOLE_ITEM, \
	 .comment = "The whole object as the API returned it"}

/* A metric, which has to be asked for. */
#define METRIC(column_name, api_name, column_type, column_comment) \
	{.name = column_name, .field = api_name, .type = column_type, \
	 .comment = column_comment, .origin = FROM_METRIC}

/* A metric that the set 'standard' has, too. */
#define STANDARD(column_name, api_name, column_type, column_comment) \
	{.name = column_name, .field = api_name, .type = column_type, \
	 .comment = column_comment, .origin = FROM_METRIC, .standard = true}

/* Likewise, metrics of which a period's value is the sum of its days'. */
#define SUM(column_name, api_name, column_comment) \
	{.name = column_name, .field = api_name, .type = TYPE_BIGINT, \
	 .comment = column_comment, .origin = FROM_METRIC, .additive = true}

#define STANDARD_SUM(column_name, api_name, column_comment) \
	{.name = column_name, .field = api_name, .type = TYPE_BIGINT, \
	 .comment = column_comment, .origin = FROM_METRIC, .additive = true, .standard = true}

/* entities.c */
extern const Stream ad_accounts_stream;
extern const Stream campaigns_stream;
extern const Stream ad_groups_stream;
extern const Stream ads_stream;

/* ads.c */
extern const Stream audiences_stream;
extern const Stream keywords_stream;
extern const Stream customer_lists_stream;
extern const Stream product_group_promotions_stream;
extern const Stream lead_forms_stream;
extern const Stream leads_subscriptions_stream;
extern const Stream labels_stream;
extern const Stream targeting_templates_stream;
extern const Stream promotions_stream;

/* measurement.c */
extern const Stream conversion_tags_stream;
extern const Stream conversion_tags_page_visit_stream;
extern const Stream advertiser_defined_events_stream;
extern const Stream conversion_eqs_stream;
extern const Stream audience_insights_stream;
extern const Stream insights_audiences_stream;
extern const Stream templates_stream;

/* billing.c */
extern const Stream order_lines_stream;
extern const Stream ssio_order_lines_stream;
extern const Stream billing_profiles_stream;
extern const Stream billing_invoices_stream;
extern const Stream ads_credit_discounts_stream;

/* business.c */
extern const Stream businesses_employers_stream;
extern const Stream businesses_members_stream;
extern const Stream businesses_partners_stream;
extern const Stream businesses_assets_stream;
extern const Stream businesses_invites_stream;

/* organic.c */
extern const Stream user_account_stream;
extern const Stream boards_stream;
extern const Stream board_sections_stream;
extern const Stream board_pins_stream;
extern const Stream board_section_pins_stream;
extern const Stream pins_stream;
extern const Stream pin_media_stream;
extern const Stream followers_stream;
extern const Stream following_stream;
extern const Stream following_boards_stream;
extern const Stream user_interests_stream;
extern const Stream websites_stream;
extern const Stream linked_businesses_stream;
extern const Stream media_stream;

/* organic_analytics.c */
extern const Stream user_account_analytics_stream;
extern const Stream top_pins_stream;
extern const Stream top_video_pins_stream;
extern const Stream pins_analytics_stream;

/* catalogs.c */
extern const Stream catalogs_stream;
extern const Stream catalogs_feeds_stream;
extern const Stream feed_processing_results_stream;
extern const Stream item_issues_stream;
extern const Stream catalogs_product_groups_stream;
extern const Stream product_group_products_stream;

/* market.c */
extern const Stream targeting_options_stream;
extern const Stream interests_stream;
extern const Stream ad_account_countries_stream;
extern const Stream delivery_metrics_stream;
extern const Stream metrics_ready_state_stream;
extern const Stream terms_related_stream;
extern const Stream terms_suggested_stream;
extern const Stream search_pins_stream;
extern const Stream search_boards_stream;

/* trends.c */
extern const Stream trends_keywords_stream;
extern const Stream trends_topics_stream;
extern const Stream trends_product_categories_stream;
extern const Stream trends_product_categories_details_stream;

/* analytics.c */
extern const Stream ad_account_analytics_stream;
extern const Stream campaigns_analytics_stream;
extern const Stream ad_groups_analytics_stream;
extern const Stream ads_analytics_stream;
extern const Stream product_groups_analytics_stream;
extern const Stream ad_pins_analytics_stream;
extern const Stream keywords_analytics_stream;
extern const Stream product_items_analytics_stream;

/* targeting_analytics.c */
extern const Stream ad_account_targeting_analytics_stream;
extern const Stream campaigns_targeting_analytics_stream;
extern const Stream ad_groups_targeting_analytics_stream;
extern const Stream ads_targeting_analytics_stream;
extern const Stream product_groups_targeting_analytics_stream;
extern const Stream product_items_targeting_analytics_stream;

/* metrics.c: what the ads analytics endpoints can be asked for */
extern const Column ads_metrics[];

/* report_metrics.c: what only a report of ads analytics can be asked for */
extern const Column ads_report_metrics[];

/* analytics.c: shared by all levels of ads analytics */
extern const Setting ads_analytics_settings[];
extern const DateLimit ads_date_limits[];
extern const DateLimit ads_report_date_limits[];
extern const ParentColumn ad_account_parent[];
extern const ParentColumn campaign_parent[];
extern const ParentColumn ad_group_parent[];

#endif							/* PINTEREST_STREAMS_H */
