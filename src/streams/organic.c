/*-------------------------------------------------------------------------
 *
 * organic.c
 *		  The user account, its boards, Pins, and whom and what the user follows.
 *
 * Names, types and limits are those of the API's description, version 5.28;
 * columns whose comment says "not in the API's description" were seen in
 * responses of the year 2026.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/streams/organic.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "streams/organic.h"

static const char *const id_key[] = {"id", NULL};
static const char *const username_key[] = {"username", NULL};
static const char *const board_scopes[] = {"boards:read", NULL};
static const char *const pin_scopes[] = {"boards:read", "pins:read", NULL};
static const char *const user_scopes[] = {"user_accounts:read", NULL};

const Setting access_settings[] = {
	ACCESS_SETTING,
	{.filter = {0}}
};

/*
 * user_account
 */
static const Column user_account_columns[] = {
	ITEM("id", TYPE_TEXT, "User account"),
	ITEM("username", TYPE_TEXT, "Name in the profile's address"),
	ITEM("account_type", TYPE_TEXT, "PINNER or BUSINESS"),
	ITEM("business_name", TYPE_TEXT, "Name of the business"),
	ITEM("about", TYPE_TEXT, "Text of the profile; may be empty"),
	ITEM("website_url", TYPE_TEXT, "Website of the profile; may be empty"),
	ITEM("profile_image", TYPE_TEXT, "Address of the profile's image"),
	ITEM("board_count", TYPE_BIGINT, "Number of boards"),
	ITEM("pin_count", TYPE_BIGINT, "Number of Pins created and saved"),
	ITEM("follower_count", TYPE_BIGINT, "Number of followers"),
	ITEM("following_count", TYPE_BIGINT, "Number of accounts followed"),
	ITEM("monthly_views", TYPE_BIGINT, "Views within a month; -1 where unknown"),
	ACCESS_COLUMN,
	WHOLE_ITEM,
	{0}
};

static const Endpoint user_account_endpoints[] = {
	{.path = "/user_account", .rows = ""},
	{0}
};

const Stream user_account_stream = {
	.name = "user_account",
	.aliases = (const char *const[]) {"user_accounts", NULL},
	.comment = "The user account that the access token belongs to",
	.category = "org_read",
	.scopes = user_scopes,
	.key = id_key,
	.columns = user_account_columns,
	.settings = access_settings,
	.source = {
		.endpoints = user_account_endpoints,
		.typical = {.rows = 1, .row_bytes = 400},
	},
};

static const ParentColumn board_parent[] = {
	ACCESS_LINK,
	{.variable = "board_id", .column = "id"},
	{0}
};

/*
 * boards
 */
static const Column board_columns[] = {
	BOARD_COLUMNS,
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

static const Endpoint board_endpoints[] = {
	{
		.path = "/boards/{id}",
		.rows = "",
		.filters = board_lookup_filters,
		.when = "id",
		.when_limit = 10,
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
	.scopes = board_scopes,
	.key = id_key,
	.columns = board_columns,
	.settings = access_settings,
	.source = {
		.endpoints = board_endpoints,
		.typical = {.rows = 30, .row_bytes = 700},
	},
};

/*
 * board_sections
 */
static const Column board_section_columns[] = {
	ITEM("id", TYPE_TEXT, "Section"),
	{.name = "board_id", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Board that the section is part of"},
	ITEM("name", TYPE_TEXT, "Name of the section"),
	ACCESS_COLUMN,
	WHOLE_ITEM,
	{0}
};

static const Filter board_section_filters[] = {
	{.column = "board_id", .required = true},
	{0}
};

static const Endpoint board_section_endpoints[] = {
	{
		.path = "/boards/{board_id}/sections",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
		.filters = board_section_filters,
	},
	{0}
};

const Stream board_sections_stream = {
	.name = "board_sections",
	.aliases = (const char *const[]) {"board_section", NULL},
	.comment = "Sections of the user's boards",
	.category = "org_read",
	.scopes = board_scopes,
	.key = (const char *const[]) {"board_id", "id", NULL},
	.columns = board_section_columns,
	.settings = access_settings,
	.source = {
		.endpoints = board_section_endpoints,
		.parent = &boards_stream,
		.parent_columns = board_parent,
		.typical = {.rows = 2, .row_bytes = 60},
	},
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
	"APP",
	NULL
};

#define CREATIVE_TYPE_FILTER \
	{ \
		.column = "creative_type", \
		.param = "creative_types", \
		.style = LIST_REPEATED, \
		.batch = lengthof(creative_types) - 1, \
		.values = creative_types, \
	}

/* Shared with board_pins. */
static const Column pin_columns[] = {
	ITEM("id", TYPE_TEXT, "Pin"),
	ITEM("board_id", TYPE_TEXT, "Board that the Pin is on"),
	PIN_COLUMNS(""),
	PIN_METRICS(""),
	PIN_CREATED_AT(""),
	ACCESS_COLUMN,
	WHOLE_ITEM,
	{0}
};

static const Filter pin_lookup_filters[] = {
	{.column = "id", .required = true},
	{0}
};

static const Filter board_pin_filters[] = {
	{.column = "board_id", .required = true},
	CREATIVE_TYPE_FILTER,
	{0}
};

static const Filter pin_list_filters[] = {
	CREATIVE_TYPE_FILTER,
	{0}
};

/* The endpoints that pins and pin_media share, board_pins in part. */
#define BOARD_PIN_ENDPOINT(when_variable) \
	{ \
		.path = "/boards/{board_id}/pins", \
		.rows = "items.[]", \
		.paging = PAGING_BOOKMARK, \
		.filters = board_pin_filters, \
		.when = when_variable, \
	}

/* Without the parameter, Pins of protected boards stay hidden. */
#define PIN_LIST_ENDPOINT \
	{ \
		.path = "/pins", \
		.rows = "items.[]", \
		.paging = PAGING_BOOKMARK, \
		.params = "include_protected_pins=true", \
		.filters = pin_list_filters, \
	}

static const Endpoint pin_endpoints[] = {
	{
		.path = "/pins/{id}",
		.rows = "",
		.filters = pin_lookup_filters,
		.when = "id",
		.when_limit = 50,
	},
	BOARD_PIN_ENDPOINT("board_id"),
	PIN_LIST_ENDPOINT,
	{0}
};

const Stream pins_stream = {
	.name = "pins",
	.aliases = (const char *const[]) {"pin", NULL},
	.comment = "Pins of the user, protected ones too",
	.category = "org_read",
	.scopes = pin_scopes,
	.key = id_key,
	.columns = pin_columns,
	.settings = access_settings,
	.source = {
		.endpoints = pin_endpoints,
		.typical = {.rows = 500, .row_bytes = 2000},
	},
};

/*
 * board_pins
 *
 * Unlike pins, it has what other people put on the user's group boards.
 */
static const Endpoint board_pin_endpoints[] = {
	BOARD_PIN_ENDPOINT(NULL),
	{0}
};

const Stream board_pins_stream = {
	.name = "board_pins",
	.aliases = (const char *const[]) {"board_pin", NULL},
	.comment = "Pins on the user's boards, whoever owns them",
	.category = "org_read",
	.scopes = pin_scopes,
	.key = id_key,
	.columns = pin_columns,
	.settings = access_settings,
	.source = {
		.endpoints = board_pin_endpoints,
		.parent = &boards_stream,
		.parent_columns = board_parent,
		.typical = {.rows = 20, .row_bytes = 2000},
	},
};

/*
 * board_section_pins
 */
static const Column board_section_pin_columns[] = {
	ITEM("id", TYPE_TEXT, "Pin"),
	{.name = "board_id", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Board that the Pin is on"},
	{.name = "section_id", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Section that was asked for"},
	PIN_COLUMNS(""),
	NO_PIN_METRICS,
	PIN_CREATED_AT(""),
	ACCESS_COLUMN,
	WHOLE_ITEM,
	{0}
};

static const Filter board_section_pin_filters[] = {
	{.column = "board_id", .required = true},
	{.column = "section_id", .required = true},
	{0}
};

static const Endpoint board_section_pin_endpoints[] = {
	{
		.path = "/boards/{board_id}/sections/{section_id}/pins",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
		.filters = board_section_pin_filters,
	},
	{0}
};

static const ParentColumn board_section_parent[] = {
	ACCESS_LINK,
	{.variable = "board_id", .column = "board_id"},
	{.variable = "section_id", .column = "id"},
	{0}
};

const Stream board_section_pins_stream = {
	.name = "board_section_pins",
	.aliases = (const char *const[]) {"board_section_pin", NULL},
	.comment = "Pins in the sections of the user's boards",
	.category = "org_read",
	.scopes = pin_scopes,
	.key = (const char *const[]) {"board_id", "section_id", "id", NULL},
	.columns = board_section_pin_columns,
	.settings = access_settings,
	.source = {
		.endpoints = board_section_pin_endpoints,
		.parent = &board_sections_stream,
		.parent_columns = board_section_parent,
		.typical = {.rows = 15, .row_bytes = 2000},
	},
};

/*
 * pin_media
 *
 * An image or a video has its sizes in media.images, each item of several
 * media has them in an images of its own.  The videos of a Pin with several
 * have no sizes, so that they have no row here: pins.media shows them.
 */
static const Column pin_media_columns[] = {
	{.name = "pin_id", .field = "id", .type = TYPE_TEXT, .comment = "Pin"},
	ITEM("board_id", TYPE_TEXT, "Board that the Pin is on"),
	ITEM("creative_type", TYPE_TEXT, "Kind of creative, VIDEO for instance"),
	{.name = "media_type", .field = "media.media_type", .type = TYPE_TEXT,
	.comment = "What the Pin has: image, video, multiple_images, multiple_videos or multiple_mixed"},
	{.name = "size", .type = TYPE_TEXT, .origin = FROM_KEY,
	.comment = "Name of the size, 600x for instance, which need not be the true width"},
	{.name = "width", .field = "width", .type = TYPE_BIGINT, .origin = FROM_ELEMENT,
	.comment = "Width, in pixels"},
	{.name = "height", .field = "height", .type = TYPE_BIGINT, .origin = FROM_ELEMENT,
	.comment = "Height, in pixels"},
	{.name = "url", .field = "url", .type = TYPE_TEXT, .origin = FROM_ELEMENT,
	.comment = "Address of the image"},
	{.name = "duration", .field = "media.duration", .type = TYPE_DOUBLE,
	.comment = "Length of the Pin's one video, in milliseconds; null while it is processed"},
	{.name = "video_width", .field = "media.width", .type = TYPE_BIGINT,
	.comment = "Width of the Pin's one video, in pixels; null while it is processed"},
	{.name = "video_height", .field = "media.height", .type = TYPE_BIGINT,
	.comment = "Height of the Pin's one video, in pixels; null while it is processed"},
	{.name = "video_url", .field = "media.video_url", .type = TYPE_TEXT,
	.comment = "Address of the Pin's one video; few apps are told it"},
	{.name = "cover_image_url", .field = "media.cover_image_url", .type = TYPE_TEXT,
	.comment = "Address of the image that stands for the Pin's one video"},
	ACCESS_COLUMN,
	{.name = "attrs", .type = TYPE_JSONB, .origin = FROM_ELEMENT,
	.comment = "The whole size as the API returned it"},
	{0}
};

static const Filter pin_media_lookup_filters[] = {
	{.column = "pin_id", .required = true},
	{0}
};

static const Endpoint pin_media_endpoints[] = {
	{
		.path = "/pins/{pin_id}",
		.rows = "",
		.filters = pin_media_lookup_filters,
		.when = "pin_id",
		.when_limit = 50,
	},
	BOARD_PIN_ENDPOINT("board_id"),
	PIN_LIST_ENDPOINT,
	{0}
};

const Stream pin_media_stream = {
	.name = "pin_media",
	.aliases = (const char *const[]) {"pins_media", NULL},
	.comment = "Images of the user's Pins, one row for each size",
	.category = "org_read",
	.scopes = pin_scopes,
	.key = (const char *const[]) {"pin_id", "url", "size", NULL},
	.columns = pin_media_columns,
	.elements = (const char *const[]) {
		"media.images.@", "media.items.[].images.@", NULL
	},
	.settings = access_settings,
	.source = {
		.endpoints = pin_media_endpoints,
		.typical = {.rows = 2000, .row_bytes = 2000},
	},
};

/*
 * followers, following
 */
#define USER_COLUMNS \
	ITEM("username", TYPE_TEXT, "Name in the profile's address"), \
	ITEM("type", TYPE_TEXT, "Always user")

static const Column follower_columns[] = {
	USER_COLUMNS,
	WHOLE_ITEM,
	{0}
};

static const Column following_columns[] = {
	USER_COLUMNS,
	ACCESS_COLUMN,
	WHOLE_ITEM,
	{0}
};

static const Endpoint follower_endpoints[] = {
	{
		.path = "/user_account/followers",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
	},
	{0}
};

const Stream followers_stream = {
	.name = "followers",
	.aliases = (const char *const[]) {
		"follower", "user_followers", "user_account_followers", NULL
	},
	.comment = "Users who follow the user",
	.category = "ads_read",
	.scopes = user_scopes,
	.key = username_key,
	.columns = follower_columns,
	.source = {
		.endpoints = follower_endpoints,
		.typical = {.rows = 1000, .row_bytes = 50},
	},
};

/* The API's defaults leave nobody out. */
static const Endpoint following_endpoints[] = {
	{
		.path = "/user_account/following",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
	},
	{0}
};

const Stream following_stream = {
	.name = "following",
	.aliases = (const char *const[]) {
		"user_following", "user_account_following", NULL
	},
	.comment = "Users whom the user follows, if only by one of their boards",
	.category = "org_read",
	.scopes = user_scopes,
	.key = username_key,
	.columns = following_columns,
	.settings = access_settings,
	.source = {
		.endpoints = following_endpoints,
		.typical = {.rows = 200, .row_bytes = 50},
	},
};

/*
 * following_boards
 */
static const Endpoint following_board_endpoints[] = {
	{
		.path = "/user_account/following/boards",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
	},
	{0}
};

const Stream following_boards_stream = {
	.name = "following_boards",
	.aliases = (const char *const[]) {
		"following_board", "user_following_boards",
		"user_account_following_boards", NULL
	},
	.comment = "Boards that the user follows",
	.category = "org_read",
	.scopes = user_scopes,
	.key = id_key,
	.columns = board_columns,
	.settings = access_settings,
	.source = {
		.endpoints = following_board_endpoints,
		.typical = {.rows = 100, .row_bytes = 700},
	},
};

/*
 * user_interests
 */
static const Column user_interest_columns[] = {
	{.name = "username", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "User who follows the interest"},
	ITEM("id", TYPE_TEXT, "Interest"),
	ITEM("name", TYPE_TEXT, "Name of the interest"),
	ITEM("key", TYPE_TEXT, "Name of the interest in lower case"),
	ITEM("canonical_url", TYPE_TEXT, "Page of the interest"),
	WHOLE_ITEM,
	{0}
};

static const Filter user_interest_filters[] = {
	{.column = "username", .words = WORDS_ANY, .required = true},
	{0}
};

static const Endpoint user_interest_endpoints[] = {
	{
		.path = "/users/{username}/interests/follow",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
		.filters = user_interest_filters,
	},
	{0}
};

static const ParentColumn username_parent[] = {
	{.variable = "username", .column = "username", .own_only = true},
	{0}
};

const Stream user_interests_stream = {
	.name = "user_interests",
	.aliases = (const char *const[]) {"user_interest", NULL},
	.comment = "Interests that the user follows, or another user whom WHERE names",
	.category = "org_read",
	.scopes = user_scopes,
	.key = (const char *const[]) {"username", "id", NULL},
	.columns = user_interest_columns,
	.source = {
		.endpoints = user_interest_endpoints,
		.parent = &user_account_stream,
		.parent_columns = username_parent,
		.typical = {.rows = 50, .row_bytes = 150},
	},
};

/*
 * websites
 */
static const Column website_columns[] = {
	ITEM("website", TYPE_TEXT, "Address of the website, with or without a path"),
	ITEM("status", TYPE_TEXT, "How far the verification is, success for instance"),
	ITEM("verified_at", TYPE_TIME, "When the website was verified; may be absent"),
	WHOLE_ITEM,
	{0}
};

static const Endpoint website_endpoints[] = {
	{
		.path = "/user_account/websites",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
	},
	{0}
};

const Stream websites_stream = {
	.name = "websites",
	.aliases = (const char *const[]) {
		"website", "user_websites", "user_account_websites", NULL
	},
	.comment = "Websites of the user, claimed or not",
	.category = "org_read",
	.scopes = user_scopes,
	.key = (const char *const[]) {"website", NULL},
	.columns = website_columns,
	.source = {
		.endpoints = website_endpoints,
		.typical = {.rows = 2, .row_bytes = 100},
	},
};

/*
 * linked_businesses
 */
static const Column linked_business_columns[] = {
	ITEM("username", TYPE_TEXT, "Name in the address of the business account's profile"),
	ITEM("image_small_url", TYPE_TEXT, "Address of the profile's image, small"),
	ITEM("image_medium_url", TYPE_TEXT, "Address of the profile's image, medium"),
	ITEM("image_large_url", TYPE_TEXT, "Address of the profile's image, large"),
	ITEM("image_xlarge_url", TYPE_TEXT, "Address of the profile's image, largest"),
	WHOLE_ITEM,
	{0}
};

static const Endpoint linked_business_endpoints[] = {
	{.path = "/user_account/businesses", .rows = "[]"},
	{0}
};

const Stream linked_businesses_stream = {
	.name = "linked_businesses",
	.aliases = (const char *const[]) {
		"linked_business", "user_businesses", "user_account_businesses", NULL
	},
	.comment = "Business accounts that are linked to the user's",
	.category = "org_read",
	.scopes = user_scopes,
	.key = username_key,
	.columns = linked_business_columns,
	.source = {
		.endpoints = linked_business_endpoints,
		.typical = {.rows = 1, .row_bytes = 400},
	},
};

/*
 * media
 */
static const Column media_columns[] = {
	ITEM("media_id", TYPE_TEXT, "Upload"),
	ITEM("media_type", TYPE_TEXT, "Always video"),
	ITEM("status", TYPE_TEXT, "How far the upload is: registered, processing, succeeded or failed"),
	WHOLE_ITEM,
	{0}
};

static const Endpoint media_endpoints[] = {
	{
		.path = "/media",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
	},
	{0}
};

const Stream media_stream = {
	.name = "media",
	.aliases = (const char *const[]) {"media_uploads", NULL},
	.comment = "Videos that were uploaded to make Pins of",
	.category = "org_read",
	.scopes = (const char *const[]) {"pins:read", NULL},
	.key = (const char *const[]) {"media_id", NULL},
	.columns = media_columns,
	.source = {
		.endpoints = media_endpoints,
		.typical = {.rows = 20, .row_bytes = 80},
	},
};
