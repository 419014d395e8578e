/*-------------------------------------------------------------------------
 *
 * billing.c
 *		  Orders, invoices and what else ad accounts pay with.
 *
 * Names, types and limits are those of the API's description, version 5.28.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/streams/billing.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "streams/streams.h"

static const char *const ads_scopes[] = {"ads:read", NULL};
static const char *const billing_scopes[] = {"ads:read", "billing:read", NULL};
static const char *const ad_account_id_key[] = {"ad_account_id", "id", NULL};

static const Filter ad_account_filters[] = {
	{.column = "ad_account_id", .required = true},
	{0}
};

/*
 * order_lines
 */
static const Column order_line_columns[] = {
	ITEM("id", TYPE_TEXT, "Order line"),
	{.name = "ad_account_id", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Ad account that the order line belongs to"},
	ITEM("name", TYPE_TEXT, "Name of the order line"),
	ITEM("status", TYPE_TEXT, "ACTIVE, PAUSED or DELETED"),
	ITEM("purchase_order_id", TYPE_TEXT, "Purchase order"),
	ITEM("campaign_ids", TYPE_TEXT_ARRAY, "Campaigns that the order line pays for"),
	ITEM("budget", TYPE_BIGINT, "Budget, in millionths of the account's currency"),
	ITEM("paid_budget", TYPE_BIGINT, "Part of the budget that is paid for, in millionths of the account's currency"),
	ITEM("paid_type", TYPE_TEXT, "PAID, BONUS, MAKE_GOOD or TEST"),
	ITEM("start_time", TYPE_TIME, "When the order line begins"),
	ITEM("end_time", TYPE_TIME, "When the order line ends; null where it goes on"),
	ITEM("type", TYPE_TEXT, "Always orderline"),
	WHOLE_ITEM,
	{0}
};

static const Endpoint order_line_endpoints[] = {
	{
		.path = "/ad_accounts/{ad_account_id}/order_lines",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
		.filters = ad_account_filters,
		.order_column = "id",
	},
	{0}
};

const Stream order_lines_stream = {
	.name = "order_lines",
	.aliases = (const char *const[]) {"order_line", NULL},
	.comment = "Order lines of the ad accounts",
	.category = "ads_read",
	.scopes = ads_scopes,
	.key = ad_account_id_key,
	.columns = order_line_columns,
	.source = {
		.endpoints = order_line_endpoints,
		.parent = &ad_accounts_stream,
		.parent_columns = ad_account_parent,
		.typical = {.rows = 5, .row_bytes = 400},
	},
};

/*
 * ssio_order_lines
 *
 * Order lines as the sales system (Salesforce) has them.
 */
static const Column ssio_order_line_columns[] = {
	ITEM("salesforce_order_line_id", TYPE_TEXT, "Order line in Salesforce"),
	{.name = "ad_account_id", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Ad account that the order line belongs to"},
	ITEM("ads_manager_order_line_id", TYPE_TEXT, "Order line, as in order_lines"),
	ITEM("pin_order_id", TYPE_TEXT, "Insertion order in Salesforce"),
	ITEM("order_name", TYPE_TEXT, "Name of the order"),
	ITEM("po_number", TYPE_TEXT, "Number of the purchase order"),
	ITEM("start_date", TYPE_DATE, "First day of the order line"),
	ITEM("end_date", TYPE_DATE, "Last day of the order line; null where it goes on"),
	ITEM("budget_amount", TYPE_DOUBLE, "Budget, where there is one; its unit is not described"),
	ITEM("estimated_monthly_spend", TYPE_DOUBLE, "What a month will cost, where the order line has no end; its unit is not described"),
	ITEM("currency_info", TYPE_TEXT, "Currency of the amounts"),
	ITEM("bill_to_company_name", TYPE_TEXT, "Company that gets the bill"),
	ITEM("billing_contact_firstname", TYPE_TEXT, "First name of the contact for bills"),
	ITEM("billing_contact_lastname", TYPE_TEXT, "Last name of the contact for bills"),
	ITEM("billing_contact_email", TYPE_TEXT, "Mail address of the contact for bills"),
	ITEM("media_contact_firstname", TYPE_TEXT, "First name of the contact for media"),
	ITEM("media_contact_lastname", TYPE_TEXT, "Last name of the contact for media"),
	ITEM("media_contact_email", TYPE_TEXT, "Mail address of the contact for media"),
	ITEM("agency_link", TYPE_TEXT, "Link of the agency; may be empty"),
	ITEM("pmp_name", TYPE_TEXT, "Pinterest's marketing partner"),
	ITEM("accepted_terms_id", TYPE_TEXT, "Terms that were accepted"),
	ITEM("accepted_terms_time", TYPE_TIME, "When the terms were accepted"),
	ITEM("last_modified_date_time", TYPE_TIME, "When the order line was last changed"),
	WHOLE_ITEM,
	{0}
};

static const Filter ssio_order_line_filters[] = {
	{.column = "ad_account_id", .required = true},
	{
		.column = "pin_order_id",
		.param = "pin_order_id",
		.words = WORDS_ANY,
	},
	{0}
};

static const Endpoint ssio_order_line_endpoints[] = {
	{
		.path = "/ad_accounts/{ad_account_id}/ssio/order_lines",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
		.filters = ssio_order_line_filters,
	},
	{0}
};

const Stream ssio_order_lines_stream = {
	.name = "ssio_order_lines",
	.aliases = (const char *const[]) {"ssio_order_line", NULL},
	.comment = "Order lines of insertion orders, as Salesforce has them",
	.category = "ads_read",
	.scopes = ads_scopes,
	.key = (const char *const[]) {
		"ad_account_id", "salesforce_order_line_id", NULL
	},
	.columns = ssio_order_line_columns,
	.source = {
		.endpoints = ssio_order_line_endpoints,
		.parent = &ad_accounts_stream,
		.parent_columns = ad_account_parent,
		.typical = {.rows = 5, .row_bytes = 800},
	},
};

/*
 * billing_profiles
 *
 * The endpoint insists on is_active; despite the name, false means all
 * profiles, active ones too.
 */
static const Column billing_profile_columns[] = {
	ITEM("id", TYPE_TEXT, "Billing profile"),
	{.name = "ad_account_id", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Ad account that the profile was asked for"},
	ITEM("advertiser_id", TYPE_TEXT, "Ad account that the profile itself names"),
	ITEM("status", TYPE_TEXT, "VALID, INVALID, PENDING, DELETED or SECONDARY for instance"),
	ITEM("billing_type", TYPE_TEXT, "CREDIT_CARD, INVOICE, INTERNAL, RECURRING or PREPAID"),
	ITEM("card_type", TYPE_TEXT, "Kind of card, VISA for instance"),
	ITEM("payment_method_brand", TYPE_TEXT, "Brand of the means of payment, VISA for instance"),
	WHOLE_ITEM,
	{0}
};

static const Endpoint billing_profile_endpoints[] = {
	{
		.path = "/ad_accounts/{ad_account_id}/billing_profiles",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
		.params = "is_active=false",
		.filters = ad_account_filters,
	},
	{0}
};

const Stream billing_profiles_stream = {
	.name = "billing_profiles",
	.aliases = (const char *const[]) {"billing_profile", NULL},
	.comment = "How the ad accounts pay, in the past too; not open to all apps",
	.category = "ads_read",
	.scopes = billing_scopes,
	.key = ad_account_id_key,
	.columns = billing_profile_columns,
	.source = {
		.endpoints = billing_profile_endpoints,
		.parent = &ad_accounts_stream,
		.parent_columns = ad_account_parent,
		.typical = {.rows = 2, .row_bytes = 200},
	},
};

/*
 * billing_invoices
 *
 * No order is asked for: the endpoint sorts by the due date, not by id.
 */
static const Column billing_invoice_columns[] = {
	ITEM("id", TYPE_TEXT, "Invoice or credit memo"),
	{.name = "ad_account_id", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Ad account that the invoice belongs to"},
	ITEM("ad_account_name", TYPE_TEXT, "Name of the ad account"),
	ITEM("document_type", TYPE_TEXT, "INVOICE or CREDIT_MEMO"),
	ITEM("status", TYPE_TEXT, "OPEN or CLOSED"),
	ITEM("invoice_due_date", TYPE_DATE, "Day on which the invoice is due"),
	ITEM("payment_terms", TYPE_TEXT, "Terms of payment, NET 30 for instance"),
	ITEM("billing_period_start_date", TYPE_DATE, "First day that the invoice is for"),
	ITEM("billing_period_end_date", TYPE_DATE, "Last day that the invoice is for"),
	ITEM("amount_billed_micro_currency", TYPE_BIGINT, "Amount, in millionths of the currency"),
	ITEM("amount_net_micro_currency", TYPE_BIGINT, "Amount without tax, in millionths of the currency"),
	ITEM("amount_tax_micro_currency", TYPE_BIGINT, "Tax, in millionths of the currency"),
	ITEM("amount_discount_micro_currency", TYPE_BIGINT, "Discount, in millionths of the currency"),
	ITEM("currency", TYPE_TEXT, "Currency of the amounts"),
	ITEM("bill_to_country", TYPE_TEXT, "Country of the address that the invoice goes to"),
	WHOLE_ITEM,
	{0}
};

static const Filter billing_invoice_filters[] = {
	{.column = "ad_account_id", .required = true},
	{
		.column = "status",
		.param = "status",
		.values = (const char *const[]) {"OPEN", "CLOSED", NULL},
	},
	{
		.column = "document_type",
		.param = "document_type",
		.values = (const char *const[]) {"INVOICE", "CREDIT_MEMO", NULL},
	},
	{
		.column = "invoice_due_date",
		.param = "start_due_date",
		.last_param = "end_due_date",
		.kind = FILTER_DATES,
	},
	{0}
};

static const Endpoint billing_invoice_endpoints[] = {
	{
		.path = "/ad_accounts/{ad_account_id}/billing_invoices",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
		.filters = billing_invoice_filters,
	},
	{0}
};

const Stream billing_invoices_stream = {
	.name = "billing_invoices",
	.aliases = (const char *const[]) {"billing_invoice", "invoices", NULL},
	.comment = "Invoices and credit memos of the ad accounts",
	.category = "ads_read",
	.scopes = billing_scopes,
	.key = ad_account_id_key,
	.columns = billing_invoice_columns,
	.source = {
		.endpoints = billing_invoice_endpoints,
		.parent = &ad_accounts_stream,
		.parent_columns = ad_account_parent,
		.typical = {.rows = 24, .row_bytes = 500},
	},
};

/*
 * ads_credit_discounts
 *
 * There is no key: a discount has no id, and nothing else of it is unique.
 */
static const Column ads_credit_discount_columns[] = {
	{.name = "ad_account_id", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "Ad account that the discount was asked for"},
	ITEM("advertiser_id", TYPE_TEXT, "Ad account that the discount itself names"),
	ITEM("title", TYPE_TEXT, "Name of the offer"),
	ITEM("active", TYPE_BOOLEAN, "Whether the offer is in force"),
	{.name = "discount_type", .field = "discountType", .type = TYPE_TEXT,
	.comment = "Kind of discount, COUPON for instance"},
	{.name = "discount_currency", .field = "discountCurrency", .type = TYPE_TEXT,
	.comment = "Currency of the amounts"},
	{.name = "discount_in_micro_currency", .field = "discountInMicroCurrency",
		.type = TYPE_BIGINT,
	.comment = "Discount, in millionths of the currency"},
	{.name = "remaining_discount_in_micro_currency",
		.field = "remainingDiscountInMicroCurrency", .type = TYPE_BIGINT,
	.comment = "What is left of the discount, in millionths of the currency"},
	WHOLE_ITEM,
	{0}
};

static const Endpoint ads_credit_discount_endpoints[] = {
	{
		.path = "/ad_accounts/{ad_account_id}/ads_credit/discounts",
		.rows = "items.[]",
		.paging = PAGING_BOOKMARK,
		.filters = ad_account_filters,
	},
	{0}
};

const Stream ads_credit_discounts_stream = {
	.name = "ads_credit_discounts",
	.aliases = (const char *const[]) {
		"ads_credits_discounts", "ads_credit_discount", NULL
	},
	.comment = "Discounts that the ad accounts have; not open to all apps",
	.category = "ads_read",
	.scopes = billing_scopes,
	.columns = ads_credit_discount_columns,
	.source = {
		.endpoints = ads_credit_discount_endpoints,
		.parent = &ad_accounts_stream,
		.parent_columns = ad_account_parent,
		.typical = {.rows = 2, .row_bytes = 300},
	},
};
