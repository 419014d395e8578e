/*-------------------------------------------------------------------------
 *
 * business.c
 *		  Who has access to a business: its members, partners and invites, and
 *		  the assets that it shares.
 *
 * Names, types and limits are those of the API's description, version 5.28.
 *
 * The business is that of the token's own user account unless the query names
 * another.  Fields named user are called user_info, because a bare user is
 * PostgreSQL's word for the current role.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/streams/business.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "streams/streams.h"

static const char *const business_scopes[] = {"biz_access:read", NULL};

static const ParentColumn business_parent[] = {
	{.variable = "business_id", .column = "id", .own_only = true},
	{0}
};

/*
 * As many ids as the 500 characters that the parameter may have hold, of 20
 * digits each.
 */
#define IDS_IN_500_CHARACTERS 23

/* The fields that all relations between businesses and users have. */
#define RELATION_FIELDS \
	{.name = "user_info", .field = "user", .type = TYPE_JSONB, \
	.comment = "Who it is: id, username and email"}, \
	ITEM("business_roles", TYPE_TEXT_ARRAY, "EMPLOYEE, BIZ_ADMIN or PARTNER"), \
	ITEM("created_by_business", TYPE_JSONB, "Business that made the relation: id, username and email"), \
	ITEM("created_by_user", TYPE_JSONB, "User that made the relation: id, username and email"), \
	ITEM("created_time", TYPE_TIME, "When the relation was made")

#define SHARED_PARTNER \
	ITEM("is_shared_partner", TYPE_BOOLEAN, "Of a partner: whether its assets are the shared ones, instead of those of the business")

/* The API leaves the summary empty unless it is asked for. */
#define ASSETS_SUMMARY \
	{.name = "assets_summary", .field = "assets_summary", .type = TYPE_JSONB, \
		.param = "assets_summary=true", \
	.comment = "Ad accounts and profiles shared, with the permissions on each"}

/*
 * businesses_employers
 */
static const Column employer_columns[] = {
	ITEM("id", TYPE_TEXT, "Business that the user works for"),
	RELATION_FIELDS,
	SHARED_PARTNER,
	ITEM("assets_summary", TYPE_JSONB, "Ad accounts and profiles shared; the API may leave it empty"),
	WHOLE_ITEM,
	{0}
};

static const Endpoint employer_endpoints[] = {
	{
		.path = "/businesses/employers",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
	},
	{0}
};

const Stream businesses_employers_stream = {
	.name = "businesses_employers",
	.aliases = (const char *const[]) {
		"business_employers", "business_employer", NULL
	},
	.comment = "Businesses that the user works for",
	.category = "ads_read",
	.scopes = business_scopes,
	.key = (const char *const[]) {"id", NULL},
	.columns = employer_columns,
	.source = {
		.endpoints = employer_endpoints,
		.typical = {.rows = 2, .row_bytes = 600},
	},
};

/*
 * businesses_members
 *
 * The list has either people or system users.
 */
static const Column member_columns[] = {
	{.name = "business_id", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Business"},
	ITEM("id", TYPE_TEXT, "Member of the business"),
	{.name = "is_system_user", .type = TYPE_BOOLEAN, .origin = FROM_REQUEST,
	.comment = "Whether the member is a system user, not a person"},
	RELATION_FIELDS,
	SHARED_PARTNER,
	ASSETS_SUMMARY,
	WHOLE_ITEM,
	{0}
};

static const Filter member_filters[] = {
	{.column = "business_id", .required = true},
	{
		.column = "id",
		.param = "member_ids",
		.style = LIST_COMMA,
		.batch = IDS_IN_500_CHARACTERS,
	},
	{
		.column = "is_system_user",
		.param = "fetch_system_users",
		.values = (const char *const[]) {"false", "true", NULL},
		.send_all = true,
	},
	{0}
};

static const Endpoint member_endpoints[] = {
	{
		.path = "/businesses/{business_id}/members",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
		.filters = member_filters,
	},
	{0}
};

const Stream businesses_members_stream = {
	.name = "businesses_members",
	.aliases = (const char *const[]) {"business_members", "business_member", NULL},
	.comment = "People and system users that are members of a business",
	.category = "ads_read",
	.scopes = business_scopes,
	.key = (const char *const[]) {"business_id", "id", NULL},
	.columns = member_columns,
	.source = {
		.endpoints = member_endpoints,
		.parent = &user_account_stream,
		.parent_columns = business_parent,
		.typical = {.rows = 20, .row_bytes = 600},
	},
};

/*
 * businesses_partners
 *
 * A partner can be of both types, each with assets of its own.
 */
static const Column partner_columns[] = {
	{.name = "business_id", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Business"},
	{.name = "partner_type", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "INTERNAL: the partner has access to assets of the business; EXTERNAL: the business to those of the partner"},
	ITEM("id", TYPE_TEXT, "Partner of the business"),
	RELATION_FIELDS,
	SHARED_PARTNER,
	ASSETS_SUMMARY,
	WHOLE_ITEM,
	{0}
};

static const Filter partner_filters[] = {
	{.column = "business_id", .required = true},
	{
		.column = "id",
		.param = "partner_ids",
		.style = LIST_COMMA,
		.batch = IDS_IN_500_CHARACTERS,
	},
	{
		.column = "partner_type",
		.param = "partner_type",
		.values = (const char *const[]) {"INTERNAL", "EXTERNAL", NULL},
		.send_all = true,
	},
	{0}
};

static const Endpoint partner_endpoints[] = {
	{
		.path = "/businesses/{business_id}/partners",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
		.filters = partner_filters,
	},
	{0}
};

const Stream businesses_partners_stream = {
	.name = "businesses_partners",
	.aliases = (const char *const[]) {
		"business_partners", "business_partner", NULL
	},
	.comment = "Partners of a business, in both directions",
	.category = "ads_read",
	.scopes = business_scopes,
	.key = (const char *const[]) {"business_id", "partner_type", "id", NULL},
	.columns = partner_columns,
	.source = {
		.endpoints = partner_endpoints,
		.parent = &user_account_stream,
		.parent_columns = business_parent,
		.typical = {.rows = 5, .row_bytes = 600},
	},
};

/*
 * businesses_assets
 */
static const Column asset_columns[] = {
	{.name = "business_id", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Business that has access to the asset"},
	{.name = "asset_type", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "AD_ACCOUNT, PROFILE, ASSET_GROUP, CATALOG or CONSUMER"},
	ITEM("asset_id", TYPE_TEXT, "Asset: an ad account, for instance"),
	ITEM("permissions", TYPE_TEXT_ARRAY, "What the business may do with the asset"),
	ITEM("asset_group_info", TYPE_JSONB, "Of an asset group: its name, owner and the assets in it"),
	ITEM("catalog_info", TYPE_JSONB, "Of a catalog: its id, name and catalog_type"),
	WHOLE_ITEM,
	{0}
};

static const Filter asset_filters[] = {
	{.column = "business_id", .required = true},
	{
		.column = "asset_type",
		.param = "asset_type",
		.values = (const char *const[]) {
			"AD_ACCOUNT", "PROFILE", "ASSET_GROUP", "CATALOG", "CONSUMER", NULL
		},
		.open = true,
		.send_all = true,
	},
	{0}
};

static const Endpoint asset_endpoints[] = {
	{
		.path = "/businesses/{business_id}/assets",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
		.filters = asset_filters,
	},
	{0}
};

const Stream businesses_assets_stream = {
	.name = "businesses_assets",
	.aliases = (const char *const[]) {"business_assets", "business_asset", NULL},
	.comment = "Assets that a business owns or has access to, of every type",
	.category = "ads_read",
	.scopes = business_scopes,
	.key = (const char *const[]) {
		"business_id", "asset_type", "asset_id", NULL
	},
	.columns = asset_columns,
	.source = {
		.endpoints = asset_endpoints,
		.parent = &user_account_stream,
		.parent_columns = business_parent,
		.typical = {.rows = 5, .row_bytes = 300},
	},
};

/*
 * businesses_invites
 *
 * Without parameters invite_status and invite_type the list is whole; the
 * first could not even name all statuses that an invite can have.
 */
static const Column invite_columns[] = {
	{.name = "business_id", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Business"},
	ITEM("id", TYPE_TEXT, "Invite or request"),
	{.name = "is_member", .type = TYPE_BOOLEAN, .origin = FROM_REQUEST,
	.comment = "Whether the invite is to membership, not to partnership"},
	{.name = "invite_type", .field = "invite_data.invite_type", .type = TYPE_TEXT,
	.comment = "MEMBER_INVITE, PARTNER_INVITE or PARTNER_REQUEST"},
	{.name = "invite_status", .field = "invite_data.invite_status", .type = TYPE_TEXT,
	.comment = "PENDING, ACCEPTED, DECLINED, CANCELLED or EXPIRED"},
	ITEM("is_received_invite", TYPE_BOOLEAN, "Whether the business received the invite, instead of sending it"),
	{.name = "sent_at", .field = "invite_data.sent_at", .type = TYPE_TIME,
	.comment = "When the invite was sent"},
	{.name = "last_updated_time", .field = "invite_data.last_updated_time", .type = TYPE_TIME,
	.comment = "When the invite was last changed"},
	{.name = "invite_expiration", .field = "invite_data.invite_expiration", .type = TYPE_TIME,
	.comment = "When the invite expires"},
	ITEM("invite_data", TYPE_JSONB, "Type, status and times of the invite, in one object"),
	RELATION_FIELDS,
	ITEM("assets_summary", TYPE_JSONB, "Ad accounts and profiles that would be shared, with the permissions on each"),
	WHOLE_ITEM,
	{0}
};

static const Filter invite_filters[] = {
	{.column = "business_id", .required = true},
	{
		.column = "is_member",
		.param = "is_member",
		.values = (const char *const[]) {"true", "false", NULL},
		.send_all = true,
	},
	{
		.column = "invite_type",
		.param = "invite_type",
		.values = (const char *const[]) {
			"MEMBER_INVITE", "PARTNER_INVITE", "PARTNER_REQUEST", NULL
		},
	},
	{
		.column = "invite_status",
		.param = "invite_status",
		.style = LIST_REPEATED,
		.batch = 2,
		.values = (const char *const[]) {"PENDING", "EXPIRED", NULL},
	},
	{0}
};

static const Endpoint invite_endpoints[] = {
	{
		.path = "/businesses/{business_id}/invites",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
		.filters = invite_filters,
	},
	{0}
};

const Stream businesses_invites_stream = {
	.name = "businesses_invites",
	.aliases = (const char *const[]) {"business_invites", "business_invite", NULL},
	.comment = "Invites and requests to join a business or to be its partner",
	.category = "ads_read",
	.scopes = business_scopes,
	.key = (const char *const[]) {"business_id", "id", NULL},
	.columns = invite_columns,
	.source = {
		.endpoints = invite_endpoints,
		.parent = &user_account_stream,
		.parent_columns = business_parent,
		.typical = {.rows = 5, .row_bytes = 800},
	},
};
