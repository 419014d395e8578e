/*-------------------------------------------------------------------------
 *
 * organic.h
 *		  The columns of boards and Pins, which several streams show, and the
 *		  setting that says whose they are.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/streams/organic.h
 *-------------------------------------------------------------------------
 */
#ifndef PINTEREST_ORGANIC_H
#define PINTEREST_ORGANIC_H

#include "streams/streams.h"

/*
 * Business access: the setting of streams that show the owner of an ad account
 * in the place of the token's user, its column, and how a parent passes it on.
 */
#define ACCESS_SETTING \
	{ \
		.filter = {.column = ACCOUNT_VARIABLE, .param = "ad_account_id"}, \
		.parent = &ad_accounts_stream, \
		.parent_columns = ad_account_parent, \
	}

#define ACCESS_COLUMN \
	SETTING(ACCOUNT_VARIABLE, TYPE_TEXT, "Ad account for whose owner the API was asked; null for the token's user")

#define ACCESS_LINK {.variable = ACCOUNT_VARIABLE, .column = ACCOUNT_VARIABLE}

/* organic.c: of streams that have no other setting */
extern const Setting access_settings[];

/* The columns of a board. */
#define BOARD_COLUMNS \
	ITEM("id", TYPE_TEXT, "Board"), \
	ITEM("name", TYPE_TEXT, "Name of the board"), \
	ITEM("description", TYPE_TEXT, "Text about the board"), \
	ITEM("privacy", TYPE_TEXT, "PUBLIC, PROTECTED or SECRET"), \
	ITEM("owner", TYPE_JSONB, "Owner: username"), \
	ITEM("pin_count", TYPE_BIGINT, "Number of Pins on the board"), \
	ITEM("follower_count", TYPE_BIGINT, "Number of followers"), \
	ITEM("collaborator_count", TYPE_BIGINT, "Number of collaborators"), \
	ITEM("is_ads_only", TYPE_BOOLEAN, "Whether the board is for ads alone"), \
	ITEM("media", TYPE_JSONB, "Addresses of the cover and of thumbnails"), \
	ITEM("created_at", TYPE_TIME, "When the board was created"), \
	ITEM("board_pins_modified_at", TYPE_TIME, "When the board's Pins last changed"), \
	ACCESS_COLUMN, \
	WHOLE_ITEM

/* A field of a Pin that stands in the item below prefix, "" or "pin.". */
#define PIN_COLUMN(prefix, column_name, column_type, column_comment) \
	{.name = column_name, .field = prefix column_name, .type = column_type, \
	 .comment = column_comment}

/*
 * The columns of a Pin between its board and its metrics, which not every
 * endpoint can be asked for.
 */
#define PIN_COLUMNS(prefix) \
	PIN_COLUMN(prefix, "board_section_id", TYPE_TEXT, "Section of the board that the Pin is in"), \
	PIN_COLUMN(prefix, "parent_pin_id", TYPE_TEXT, "Pin that this one was saved from"), \
	PIN_COLUMN(prefix, "title", TYPE_TEXT, "Title"), \
	PIN_COLUMN(prefix, "description", TYPE_TEXT, "Text about the Pin; may be a single space"), \
	PIN_COLUMN(prefix, "alt_text", TYPE_TEXT, "Text in place of the image"), \
	PIN_COLUMN(prefix, "link", TYPE_TEXT, "Page that the Pin leads to"), \
	PIN_COLUMN(prefix, "creative_type", TYPE_TEXT, "Kind of creative, VIDEO for instance"), \
	PIN_COLUMN(prefix, "dominant_color", TYPE_TEXT, "Main colour, as # and six hexadecimal digits"), \
	PIN_COLUMN(prefix, "board_owner", TYPE_JSONB, "Owner of the board: username"), \
	PIN_COLUMN(prefix, "is_owner", TYPE_BOOLEAN, "Whether the user owns the Pin"), \
	PIN_COLUMN(prefix, "is_standard", TYPE_BOOLEAN, "Whether the Pin is a standard one"), \
	PIN_COLUMN(prefix, "is_product", TYPE_BOOLEAN, "Whether the Pin shows a product"), \
	PIN_COLUMN(prefix, "is_removable", TYPE_BOOLEAN, "Whether the Pin can be removed; not in the API's description"), \
	PIN_COLUMN(prefix, "ai_disclosures", TYPE_JSONB, "What of the Pin was made with AI: values lists AI_MODIFIED and SYNTHETIC_PERFORMER"), \
	PIN_COLUMN(prefix, "has_been_promoted", TYPE_BOOLEAN, "Whether the Pin was ever an ad"), \
	PIN_COLUMN(prefix, "product_tags", TYPE_JSONB, "Products tagged; not in the API's description"), \
	PIN_COLUMN(prefix, "media", TYPE_JSONB, "Images and videos, with media_type and sizes")

#define PIN_METRICS(prefix) \
	{.name = "pin_metrics", .field = prefix "pin_metrics", .type = TYPE_JSONB, \
	 .param = "pin_metrics=true", \
	 .comment = "Metrics of 90 days and of the Pin's life"}

#define NO_PIN_METRICS \
	ITEM("pin_metrics", TYPE_JSONB, "Metrics of the Pin, which this endpoint cannot be asked for")

#define PIN_CREATED_AT(prefix) \
	PIN_COLUMN(prefix, "created_at", TYPE_TIME, "When the Pin was created")

#endif							/* PINTEREST_ORGANIC_H */
