/*-------------------------------------------------------------------------
 *
 * parents.c
 *		  Which column of a parent lists which variable.
 *
 * Streams of ads analytics, and others that hang on the same entities, share these.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/streams/parents.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "streams/ads_analytics.h"

const ParentColumn ad_account_parent[] = {
	{.variable = "ad_account_id", .column = "id"},
	{0}
};

const ParentColumn campaign_parent[] = {
	{.variable = "ad_account_id", .column = "ad_account_id"},
	{.variable = "campaign_id", .column = "id"},
	{0}
};

const ParentColumn ad_group_parent[] = {
	{.variable = "ad_account_id", .column = "ad_account_id"},
	{.variable = "ad_group_id", .column = "id"},
	{.variable = "campaign_id", .column = "campaign_id"},
	{0}
};

const ParentColumn ad_parent[] = {
	{.variable = "ad_account_id", .column = "ad_account_id"},
	{.variable = "ad_id", .column = "id"},
	{.variable = "ad_group_id", .column = "ad_group_id"},
	{.variable = "campaign_id", .column = "campaign_id"},
	{0}
};

const ParentColumn product_group_parent[] = {
	{.variable = "ad_account_id", .column = "ad_account_id"},
	{.variable = "product_group_id", .column = "id"},
	{.variable = "ad_group_id", .column = "ad_group_id"},
	{0}
};
