/*-------------------------------------------------------------------------
 *
 * metrics.c
 *		  The metrics that the ads analytics endpoints can be asked for.
 *
 * They are the values of ReportingColumnSync in the API's description,
 * version 5.28, which gives no types: those follow from the names.  Counts
 * and sums in micro currency are whole numbers; rates, quotients and all that
 * is in whole currency units are double precision; ids are text, because the
 * API writes the same id as a string here and as a number there.
 *
 * _1 is paid, _2 is earned, that is, what people did with Pins that others
 * saved from an ad; TOTAL_ is both.  "Dollar" is the ad account's currency.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/streams/metrics.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "streams/streams.h"

const Column ads_metrics[] = {
	/* Money and prices */
	STANDARD_SUM("spend_in_micro_dollar", "SPEND_IN_MICRO_DOLLAR", "Spend, in millionths of the account's currency"),
	STANDARD("spend_in_dollar", "SPEND_IN_DOLLAR", TYPE_DOUBLE, "Spend, in the account's currency"),
	METRIC("video_spend_in_dollar", "VIDEO_SPEND_IN_DOLLAR", TYPE_DOUBLE, "Spend on video ads, in the account's currency"),
	STANDARD("cpc_in_micro_dollar", "CPC_IN_MICRO_DOLLAR", TYPE_DOUBLE, "Spend per paid click, in millionths of the account's currency"),
	METRIC("ecpc_in_micro_dollar", "ECPC_IN_MICRO_DOLLAR", TYPE_DOUBLE, "Spend per paid or earned click, in millionths of the account's currency"),
	STANDARD("ecpc_in_dollar", "ECPC_IN_DOLLAR", TYPE_DOUBLE, "Spend per paid or earned click, in the account's currency"),
	METRIC("cpm_in_micro_dollar", "CPM_IN_MICRO_DOLLAR", TYPE_DOUBLE, "Spend per thousand paid impressions, in millionths of the account's currency"),
	STANDARD("cpm_in_dollar", "CPM_IN_DOLLAR", TYPE_DOUBLE, "Spend per thousand paid impressions, in the account's currency"),
	STANDARD("ecpm_in_micro_dollar", "ECPM_IN_MICRO_DOLLAR", TYPE_DOUBLE, "Spend per thousand paid or earned impressions, in millionths of the account's currency"),
	METRIC("ecpe_in_dollar", "ECPE_IN_DOLLAR", TYPE_DOUBLE, "Spend per paid or earned engagement, in the account's currency"),
	METRIC("cost_per_outbound_click_in_dollar", "COST_PER_OUTBOUND_CLICK_IN_DOLLAR", TYPE_DOUBLE, "Spend per paid or earned outbound click, in the account's currency"),
	METRIC("cost_per_outbound_click_in_dollar_1", "COST_PER_OUTBOUND_CLICK_IN_DOLLAR_1", TYPE_DOUBLE, "Spend per paid outbound click, in the account's currency"),
	METRIC("ecpv_in_dollar", "ECPV_IN_DOLLAR", TYPE_DOUBLE, "Spend per video view, in the account's currency"),
	METRIC("ecpcv_in_dollar", "ECPCV_IN_DOLLAR", TYPE_DOUBLE, "Spend per video watched to its end, in the account's currency"),
	METRIC("ecpcv_p95_in_dollar", "ECPCV_P95_IN_DOLLAR", TYPE_DOUBLE, "Spend per video watched to 95 percent, in the account's currency"),

	/* Names, ids and settings of what was advertised */
	STANDARD("campaign_id", "CAMPAIGN_ID", TYPE_TEXT, "Campaign"),
	STANDARD("campaign_name", "CAMPAIGN_NAME", TYPE_TEXT, "Name of the campaign"),
	STANDARD("campaign_entity_status", "CAMPAIGN_ENTITY_STATUS", TYPE_TEXT, "Status of the campaign"),
	STANDARD("campaign_objective_type", "CAMPAIGN_OBJECTIVE_TYPE", TYPE_TEXT, "What the campaign is to achieve"),
	METRIC("campaign_brand_label", "CAMPAIGN_BRAND_LABEL", TYPE_TEXT, "Brand label of the campaign"),
	METRIC("campaign_daily_spend_cap", "CAMPAIGN_DAILY_SPEND_CAP", TYPE_BIGINT, "Most that the campaign spends a day, in millionths of the account's currency"),
	METRIC("campaign_lifetime_spend_cap", "CAMPAIGN_LIFETIME_SPEND_CAP", TYPE_BIGINT, "Most that the campaign spends in all, in millionths of the account's currency"),
	METRIC("campaign_budget_optimization", "CAMPAIGN_BUDGET_OPTIMIZATION", TYPE_BOOLEAN, "Whether the campaign shares its budget out to its ad groups"),
	METRIC("is_premiere_campaign", "IS_PREMIERE_CAMPAIGN", TYPE_BOOLEAN, "Whether the campaign is a Premiere one"),
	STANDARD("ad_group_id", "AD_GROUP_ID", TYPE_TEXT, "Ad group"),
	STANDARD("ad_group_name", "AD_GROUP_NAME", TYPE_TEXT, "Name of the ad group"),
	STANDARD("ad_group_entity_status", "AD_GROUP_ENTITY_STATUS", TYPE_TEXT, "Status of the ad group"),
	METRIC("ad_group_budget_type", "AD_GROUP_BUDGET_TYPE", TYPE_TEXT, "Kind of the ad group's budget"),
	METRIC("ad_group_budget_in_local_currency", "AD_GROUP_BUDGET_IN_LOCAL_CURRENCY", TYPE_DOUBLE, "Budget of the ad group, in the account's currency"),
	METRIC("ad_group_bid_multiplier", "AD_GROUP_BID_MULTIPLIER", TYPE_DOUBLE, "Bid multiplier of the ad group, in percent"),
	METRIC("ad_group_optimization", "AD_GROUP_OPTIMIZATION", TYPE_TEXT, "What delivery of the ad group works for"),
	STANDARD("ad_id", "AD_ID", TYPE_TEXT, "Ad"),
	STANDARD("ad_name", "AD_NAME", TYPE_TEXT, "Name of the ad"),
	STANDARD("pin_id", "PIN_ID", TYPE_TEXT, "Pin that the ad shows"),
	METRIC("pin_promotion_id", "PIN_PROMOTION_ID", TYPE_TEXT, "Ad, by its older name"),
	METRIC("advertiser_id", "ADVERTISER_ID", TYPE_TEXT, "Ad account, by its older name"),
	METRIC("ad_account_id", "AD_ACCOUNT_ID", TYPE_TEXT, "Ad account"),
	METRIC("promo_id", "PROMO_ID", TYPE_TEXT, "Promotion"),
	METRIC("promo_name", "PROMO_NAME", TYPE_TEXT, "Name of the promotion"),
	METRIC("order_line_id", "ORDER_LINE_ID", TYPE_TEXT, "Order line on the invoice"),
	METRIC("order_line_name", "ORDER_LINE_NAME", TYPE_TEXT, "Name of the order line"),
	METRIC("product_group_ad_image_tag", "PRODUCT_GROUP_AD_IMAGE_TAG", TYPE_TEXT, "Image tag of the product group's ad"),
	METRIC("product_group_ad_video_tag", "PRODUCT_GROUP_AD_VIDEO_TAG", TYPE_TEXT, "Video tag of the product group's ad"),

	/* Impressions */
	STANDARD_SUM("paid_impression", "PAID_IMPRESSION", "Paid impressions, the same as impression_1"),
	STANDARD_SUM("impression_1", "IMPRESSION_1", "Paid impressions"),
	STANDARD_SUM("impression_2", "IMPRESSION_2", "Earned impressions: of Pins that people saved from the ad"),
	SUM("impression_1_gross", "IMPRESSION_1_GROSS", "Paid impressions before invalid ones are taken out"),
	STANDARD_SUM("total_impression", "TOTAL_IMPRESSION", "Paid and earned impressions"),
	METRIC("total_impression_user", "TOTAL_IMPRESSION_USER", TYPE_BIGINT, "People who saw a paid or earned impression"),
	METRIC("total_impression_frequency", "TOTAL_IMPRESSION_FREQUENCY", TYPE_DOUBLE, "Paid and earned impressions per person"),

	/* Clicks */
	STANDARD_SUM("clickthrough_1", "CLICKTHROUGH_1", "Paid clicks on the Pin"),
	STANDARD_SUM("clickthrough_2", "CLICKTHROUGH_2", "Earned clicks on the Pin"),
	SUM("clickthrough_1_gross", "CLICKTHROUGH_1_GROSS", "Paid clicks on the Pin before invalid ones are taken out"),
	STANDARD_SUM("total_clickthrough", "TOTAL_CLICKTHROUGH", "Paid and earned clicks on the Pin"),
	STANDARD_SUM("outbound_click_1", "OUTBOUND_CLICK_1", "Paid clicks that left Pinterest"),
	STANDARD_SUM("outbound_click_2", "OUTBOUND_CLICK_2", "Earned clicks that left Pinterest"),
	STANDARD("ctr", "CTR", TYPE_DOUBLE, "Paid clicks per paid impression"),
	METRIC("ctr_2", "CTR_2", TYPE_DOUBLE, "Earned clicks per earned impression"),
	STANDARD("ectr", "ECTR", TYPE_DOUBLE, "Paid and earned clicks per impression"),
	METRIC("outbound_ctr_1", "OUTBOUND_CTR_1", TYPE_DOUBLE, "Paid outbound clicks per paid impression"),

	/* Engagements and saves */
	STANDARD_SUM("engagement_1", "ENGAGEMENT_1", "Paid engagements: saves and clicks of any kind"),
	STANDARD_SUM("engagement_2", "ENGAGEMENT_2", "Earned engagements: saves and clicks of any kind"),
	STANDARD_SUM("total_engagement", "TOTAL_ENGAGEMENT", "Paid and earned engagements: saves and clicks of any kind"),
	STANDARD("engagement_rate", "ENGAGEMENT_RATE", TYPE_DOUBLE, "Paid engagements per paid impression"),
	METRIC("eengagement_rate", "EENGAGEMENT_RATE", TYPE_DOUBLE, "Paid and earned engagements per impression"),
	STANDARD_SUM("repin_1", "REPIN_1", "Paid saves"),
	STANDARD_SUM("repin_2", "REPIN_2", "Earned saves"),
	METRIC("repin_rate", "REPIN_RATE", TYPE_DOUBLE, "Paid saves per paid impression"),
	METRIC("total_repin_rate", "TOTAL_REPIN_RATE", TYPE_DOUBLE, "Paid and earned saves per impression"),

	/* Web sessions */
	METRIC("web_sessions_1", "WEB_SESSIONS_1", TYPE_BIGINT, "Paid web sessions"),
	METRIC("web_sessions_2", "WEB_SESSIONS_2", TYPE_BIGINT, "Earned web sessions"),
	METRIC("total_web_sessions", "TOTAL_WEB_SESSIONS", TYPE_BIGINT, "Paid and earned web sessions"),

	/* Conversions */
	STANDARD_SUM("total_conversions", "TOTAL_CONVERSIONS", "Conversions of all kinds"),
	STANDARD_SUM("total_page_visit", "TOTAL_PAGE_VISIT", "Page visits"),
	STANDARD_SUM("total_signup", "TOTAL_SIGNUP", "Signups"),
	STANDARD_SUM("total_checkout", "TOTAL_CHECKOUT", "Checkouts"),
	SUM("total_custom", "TOTAL_CUSTOM", "Custom events"),
	STANDARD_SUM("total_lead", "TOTAL_LEAD", "Leads"),
	SUM("total_add_to_wishlist", "TOTAL_ADD_TO_WISHLIST", "Additions to a wishlist"),
	SUM("total_subscribe", "TOTAL_SUBSCRIBE", "Subscriptions"),
	SUM("total_signup_value_in_micro_dollar", "TOTAL_SIGNUP_VALUE_IN_MICRO_DOLLAR", "Value of the signups, in millionths of the account's currency"),
	STANDARD_SUM("total_checkout_value_in_micro_dollar", "TOTAL_CHECKOUT_VALUE_IN_MICRO_DOLLAR", "Value of the checkouts, in millionths of the account's currency"),
	SUM("total_custom_value_in_micro_dollar", "TOTAL_CUSTOM_VALUE_IN_MICRO_DOLLAR", "Value of the custom events, in millionths of the account's currency"),
	SUM("total_click_signup", "TOTAL_CLICK_SIGNUP", "Signups after a click"),
	SUM("total_click_checkout", "TOTAL_CLICK_CHECKOUT", "Checkouts after a click"),
	SUM("total_click_add_to_cart", "TOTAL_CLICK_ADD_TO_CART", "Additions to a cart after a click"),
	SUM("total_click_lead", "TOTAL_CLICK_LEAD", "Leads after a click"),
	SUM("total_engagement_signup", "TOTAL_ENGAGEMENT_SIGNUP", "Signups after an engagement"),
	SUM("total_engagement_checkout", "TOTAL_ENGAGEMENT_CHECKOUT", "Checkouts after an engagement"),
	SUM("total_engagement_lead", "TOTAL_ENGAGEMENT_LEAD", "Leads after an engagement"),
	SUM("total_view_signup", "TOTAL_VIEW_SIGNUP", "Signups after a view"),
	SUM("total_view_checkout", "TOTAL_VIEW_CHECKOUT", "Checkouts after a view"),
	SUM("total_view_add_to_cart", "TOTAL_VIEW_ADD_TO_CART", "Additions to a cart after a view"),
	SUM("total_view_lead", "TOTAL_VIEW_LEAD", "Leads after a view"),
	SUM("total_click_signup_value_in_micro_dollar", "TOTAL_CLICK_SIGNUP_VALUE_IN_MICRO_DOLLAR", "Value of signups after a click, in millionths of the account's currency"),
	SUM("total_click_checkout_value_in_micro_dollar", "TOTAL_CLICK_CHECKOUT_VALUE_IN_MICRO_DOLLAR", "Value of checkouts after a click, in millionths of the account's currency"),
	SUM("total_engagement_signup_value_in_micro_dollar", "TOTAL_ENGAGEMENT_SIGNUP_VALUE_IN_MICRO_DOLLAR", "Value of signups after an engagement, in millionths of the account's currency"),
	SUM("total_engagement_checkout_value_in_micro_dollar", "TOTAL_ENGAGEMENT_CHECKOUT_VALUE_IN_MICRO_DOLLAR", "Value of checkouts after an engagement, in millionths of the account's currency"),
	SUM("total_view_signup_value_in_micro_dollar", "TOTAL_VIEW_SIGNUP_VALUE_IN_MICRO_DOLLAR", "Value of signups after a view, in millionths of the account's currency"),
	SUM("total_view_checkout_value_in_micro_dollar", "TOTAL_VIEW_CHECKOUT_VALUE_IN_MICRO_DOLLAR", "Value of checkouts after a view, in millionths of the account's currency"),
	METRIC("page_visit_cost_per_action", "PAGE_VISIT_COST_PER_ACTION", TYPE_DOUBLE, "Spend per page visit, in the account's currency"),
	METRIC("page_visit_roas", "PAGE_VISIT_ROAS", TYPE_DOUBLE, "Value of page visits per spend"),
	STANDARD("checkout_roas", "CHECKOUT_ROAS", TYPE_DOUBLE, "Value of checkouts per spend"),
	METRIC("custom_roas", "CUSTOM_ROAS", TYPE_DOUBLE, "Value of custom events per spend"),
	METRIC("total_checkout_conversion_rate", "TOTAL_CHECKOUT_CONVERSION_RATE", TYPE_DOUBLE, "Rate of checkouts"),
	METRIC("total_view_category_conversion_rate", "TOTAL_VIEW_CATEGORY_CONVERSION_RATE", TYPE_DOUBLE, "Rate of category views"),
	METRIC("total_add_to_cart_conversion_rate", "TOTAL_ADD_TO_CART_CONVERSION_RATE", TYPE_DOUBLE, "Rate of additions to a cart"),
	METRIC("total_signup_conversion_rate", "TOTAL_SIGNUP_CONVERSION_RATE", TYPE_DOUBLE, "Rate of signups"),
	METRIC("total_page_visit_conversion_rate", "TOTAL_PAGE_VISIT_CONVERSION_RATE", TYPE_DOUBLE, "Rate of page visits"),
	METRIC("total_lead_conversion_rate", "TOTAL_LEAD_CONVERSION_RATE", TYPE_DOUBLE, "Rate of leads"),
	METRIC("total_search_conversion_rate", "TOTAL_SEARCH_CONVERSION_RATE", TYPE_DOUBLE, "Rate of searches"),
	METRIC("total_watch_video_conversion_rate", "TOTAL_WATCH_VIDEO_CONVERSION_RATE", TYPE_DOUBLE, "Rate of videos watched"),
	METRIC("total_unknown_conversion_rate", "TOTAL_UNKNOWN_CONVERSION_RATE", TYPE_DOUBLE, "Rate of conversions of unknown kind"),
	METRIC("total_custom_conversion_rate", "TOTAL_CUSTOM_CONVERSION_RATE", TYPE_DOUBLE, "Rate of custom events"),
	METRIC("total_app_install_conversion_rate", "TOTAL_APP_INSTALL_CONVERSION_RATE", TYPE_DOUBLE, "Rate of app installs"),
	METRIC("inapp_skan_app_install", "INAPP_SKAN_APP_INSTALL", TYPE_BIGINT, "App installs that SKAdNetwork reported"),
	METRIC("inapp_skan_assisted_app_install", "INAPP_SKAN_ASSISTED_APP_INSTALL", TYPE_BIGINT, "Assisted app installs that SKAdNetwork reported"),
	METRIC("inapp_skan_app_install_cost_per_action", "INAPP_SKAN_APP_INSTALL_COST_PER_ACTION", TYPE_DOUBLE, "Spend per app install that SKAdNetwork reported, in the account's currency"),
	METRIC("inapp_skan_app_install_conversion_rate", "INAPP_SKAN_APP_INSTALL_CONVERSION_RATE", TYPE_DOUBLE, "Rate of app installs that SKAdNetwork reported"),
	METRIC("total_inapp_app_install_conversion_rate", "TOTAL_INAPP_APP_INSTALL_CONVERSION_RATE", TYPE_DOUBLE, "Rate of app installs that an app reported"),

	/* Conversions by where they happened */
	SUM("total_web_checkout", "TOTAL_WEB_CHECKOUT", "Checkouts on the web"),
	SUM("total_web_checkout_value_in_micro_dollar", "TOTAL_WEB_CHECKOUT_VALUE_IN_MICRO_DOLLAR", "Value of checkouts on the web, in millionths of the account's currency"),
	SUM("total_web_click_checkout", "TOTAL_WEB_CLICK_CHECKOUT", "Checkouts on the web after a click"),
	SUM("total_web_click_checkout_value_in_micro_dollar", "TOTAL_WEB_CLICK_CHECKOUT_VALUE_IN_MICRO_DOLLAR", "Value of checkouts on the web after a click, in millionths of the account's currency"),
	SUM("total_web_engagement_checkout", "TOTAL_WEB_ENGAGEMENT_CHECKOUT", "Checkouts on the web after an engagement"),
	SUM("total_web_engagement_checkout_value_in_micro_dollar", "TOTAL_WEB_ENGAGEMENT_CHECKOUT_VALUE_IN_MICRO_DOLLAR", "Value of checkouts on the web after an engagement, in millionths of the account's currency"),
	SUM("total_web_view_checkout", "TOTAL_WEB_VIEW_CHECKOUT", "Checkouts on the web after a view"),
	SUM("total_web_view_checkout_value_in_micro_dollar", "TOTAL_WEB_VIEW_CHECKOUT_VALUE_IN_MICRO_DOLLAR", "Value of checkouts on the web after a view, in millionths of the account's currency"),
	METRIC("web_checkout_cost_per_action", "WEB_CHECKOUT_COST_PER_ACTION", TYPE_DOUBLE, "Spend per checkout on the web, in the account's currency"),
	METRIC("web_checkout_roas", "WEB_CHECKOUT_ROAS", TYPE_DOUBLE, "Value of checkouts on the web per spend"),
	METRIC("inapp_checkout_cost_per_action", "INAPP_CHECKOUT_COST_PER_ACTION", TYPE_DOUBLE, "Spend per checkout in an app, in the account's currency"),
	SUM("total_offline_checkout", "TOTAL_OFFLINE_CHECKOUT", "Checkouts outside web and app"),

	/* Lead ads */
	SUM("leads", "LEADS", "Leads from lead ads"),
	METRIC("cost_per_lead", "COST_PER_LEAD", TYPE_DOUBLE, "Spend per lead from lead ads, in the account's currency"),

	/* Video */
	SUM("video_3sec_views_1", "VIDEO_3SEC_VIEWS_1", "Paid video views of 3 seconds or more"),
	SUM("video_3sec_views_2", "VIDEO_3SEC_VIEWS_2", "Earned video views of 3 seconds or more"),
	STANDARD_SUM("total_video_3sec_views", "TOTAL_VIDEO_3SEC_VIEWS", "Paid and earned video views of 3 seconds or more"),
	METRIC("video_15sec_unique_views_1", "VIDEO_15SEC_UNIQUE_VIEWS_1", TYPE_BIGINT, "People with a paid video view of 15 seconds or more"),
	METRIC("video_15sec_unique_views_2", "VIDEO_15SEC_UNIQUE_VIEWS_2", TYPE_BIGINT, "People with an earned video view of 15 seconds or more"),
	METRIC("total_video_15sec_unique_views", "TOTAL_VIDEO_15SEC_UNIQUE_VIEWS", TYPE_BIGINT, "People with a paid or earned video view of 15 seconds or more"),
	SUM("video_mrc_views_1", "VIDEO_MRC_VIEWS_1", "Paid video views of 2 seconds or more with half of the video on the screen"),
	SUM("video_mrc_views_2", "VIDEO_MRC_VIEWS_2", "Earned video views of 2 seconds or more with half of the video on the screen"),
	STANDARD_SUM("total_video_mrc_views", "TOTAL_VIDEO_MRC_VIEWS", "Paid and earned video views of 2 seconds or more with half of the video on the screen"),
	SUM("video_p0_combined_2", "VIDEO_P0_COMBINED_2", "Earned video starts"),
	SUM("video_p25_combined_2", "VIDEO_P25_COMBINED_2", "Earned video views of a quarter or more"),
	SUM("video_p50_combined_2", "VIDEO_P50_COMBINED_2", "Earned video views of a half or more"),
	SUM("video_p75_combined_2", "VIDEO_P75_COMBINED_2", "Earned video views of three quarters or more"),
	SUM("video_p95_combined_2", "VIDEO_P95_COMBINED_2", "Earned video views of 95 percent or more"),
	SUM("video_p100_complete_2", "VIDEO_P100_COMPLETE_2", "Earned video views to the end"),
	SUM("total_video_p0_combined", "TOTAL_VIDEO_P0_COMBINED", "Paid and earned video starts"),
	SUM("total_video_p25_combined", "TOTAL_VIDEO_P25_COMBINED", "Paid and earned video views of a quarter or more"),
	SUM("total_video_p50_combined", "TOTAL_VIDEO_P50_COMBINED", "Paid and earned video views of a half or more"),
	SUM("total_video_p75_combined", "TOTAL_VIDEO_P75_COMBINED", "Paid and earned video views of three quarters or more"),
	SUM("total_video_p95_combined", "TOTAL_VIDEO_P95_COMBINED", "Paid and earned video views of 95 percent or more"),
	STANDARD_SUM("total_video_p100_complete", "TOTAL_VIDEO_P100_COMPLETE", "Paid and earned video views to the end"),
	METRIC("total_video_avg_watchtime_in_second", "TOTAL_VIDEO_AVG_WATCHTIME_IN_SECOND", TYPE_DOUBLE, "Time watched per paid or earned video view, in seconds"),
	METRIC("paid_video_viewable_rate", "PAID_VIDEO_VIEWABLE_RATE", TYPE_DOUBLE, "Share of paid video impressions that count as views"),
	METRIC("video_length", "VIDEO_LENGTH", TYPE_DOUBLE, "Length of the video"),

	/* Idea Pins, quizzes and showcases */
	METRIC("collection_pin_item_impression_1", "COLLECTION_PIN_ITEM_IMPRESSION_1", TYPE_BIGINT, "Paid impressions of the items below a collection"),
	METRIC("collection_pin_item_impression_2", "COLLECTION_PIN_ITEM_IMPRESSION_2", TYPE_BIGINT, "Earned impressions of the items below a collection"),
	METRIC("total_collection_pin_item_impression", "TOTAL_COLLECTION_PIN_ITEM_IMPRESSION", TYPE_BIGINT, "Paid and earned impressions of the items below a collection"),
	METRIC("collection_pin_item_clickthrough_1", "COLLECTION_PIN_ITEM_CLICKTHROUGH_1", TYPE_BIGINT, "Paid clicks on the items below a collection"),
	METRIC("collection_pin_item_clickthrough_2", "COLLECTION_PIN_ITEM_CLICKTHROUGH_2", TYPE_BIGINT, "Earned clicks on the items below a collection"),
	METRIC("total_collection_pin_item_clickthrough", "TOTAL_COLLECTION_PIN_ITEM_CLICKTHROUGH", TYPE_BIGINT, "Paid and earned clicks on the items below a collection"),
	SUM("idea_pin_product_tag_visit_1", "IDEA_PIN_PRODUCT_TAG_VISIT_1", "Paid visits to products tagged in Idea Pins"),
	SUM("idea_pin_product_tag_visit_2", "IDEA_PIN_PRODUCT_TAG_VISIT_2", "Earned visits to products tagged in Idea Pins"),
	SUM("total_idea_pin_product_tag_visit", "TOTAL_IDEA_PIN_PRODUCT_TAG_VISIT", "Paid and earned visits to products tagged in Idea Pins"),
	SUM("quiz_completed", "QUIZ_COMPLETED", "Quizzes answered to the end"),
	METRIC("quiz_completion_rate", "QUIZ_COMPLETION_RATE", TYPE_DOUBLE, "Share of quizzes that were answered to the end"),
	SUM("quiz_pin_result_open", "QUIZ_PIN_RESULT_OPEN", "Quiz results opened; reports do not have it, so null for days that only they reach"),
	SUM("showcase_pin_clickthrough", "SHOWCASE_PIN_CLICKTHROUGH", "Clicks on the showcase's Pin"),
	SUM("showcase_subpage_clickthrough", "SHOWCASE_SUBPAGE_CLICKTHROUGH", "Clicks on the showcase's pages"),
	SUM("showcase_subpin_clickthrough", "SHOWCASE_SUBPIN_CLICKTHROUGH", "Clicks on Pins within the showcase"),
	SUM("showcase_subpage_impression", "SHOWCASE_SUBPAGE_IMPRESSION", "Impressions of the showcase's pages"),
	SUM("showcase_subpin_impression", "SHOWCASE_SUBPIN_IMPRESSION", "Impressions of Pins within the showcase"),
	SUM("showcase_subpage_swipe_left", "SHOWCASE_SUBPAGE_SWIPE_LEFT", "Swipes to the left on the showcase's pages"),
	SUM("showcase_subpage_swipe_right", "SHOWCASE_SUBPAGE_SWIPE_RIGHT", "Swipes to the right on the showcase's pages"),
	SUM("showcase_subpin_swipe_left", "SHOWCASE_SUBPIN_SWIPE_LEFT", "Swipes to the left on Pins within the showcase"),
	SUM("showcase_subpin_swipe_right", "SHOWCASE_SUBPIN_SWIPE_RIGHT", "Swipes to the right on Pins within the showcase"),
	SUM("showcase_subpage_repin", "SHOWCASE_SUBPAGE_REPIN", "Saves of the showcase's pages"),
	SUM("showcase_subpin_repin", "SHOWCASE_SUBPIN_REPIN", "Saves of Pins within the showcase"),
	SUM("showcase_subpage_closeup", "SHOWCASE_SUBPAGE_CLOSEUP", "Closeups of the showcase's pages"),
	SUM("showcase_card_thumbnail_swipe_forward", "SHOWCASE_CARD_THUMBNAIL_SWIPE_FORWARD", "Forward swipes over the showcase's thumbnails"),
	SUM("showcase_card_thumbnail_swipe_backward", "SHOWCASE_CARD_THUMBNAIL_SWIPE_BACKWARD", "Backward swipes over the showcase's thumbnails"),
	METRIC("showcase_average_subpage_closeup_per_session", "SHOWCASE_AVERAGE_SUBPAGE_CLOSEUP_PER_SESSION", TYPE_DOUBLE, "Closeups of the showcase's pages per session"),
	{0}
};
