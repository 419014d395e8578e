"""The truth about what ad accounts, businesses and catalogs have besides campaigns and metrics.

Columns have the names of the tables: fields in mixed case become snake case, some have another name, secrets
are left out. Times in milliseconds become texts with a Z.
"""

import datetime
import re

from simulator import ads_items, billing_items, business_items, catalogs_items
from simulator.facts import ITEM_FIELDS
from simulator.records import records

METADATA = ("item_id", "item_group_id", "hotel_id", "creative_assets_id", "availability", "price", "sale_price",
            "currency", "visibility")
INVITE_TIMES = ("sent_at", "last_updated_time", "invite_expiration")


class Table:
    """A schema's fields as columns, then the variables of the request that a row is from, which win over fields."""

    def __init__(self, schema, *variables, names=None, milliseconds=(), hidden=()):
        self.fields = {field: (names or {}).get(field, _snake_case(field))
                       for field in ITEM_FIELDS[schema] if field not in hidden}
        self.kinds = ITEM_FIELDS[schema]
        self.milliseconds = milliseconds
        self.variables = variables

    def rows(self, entries):
        """The header, then a row for each (item, values of the variables)."""
        yield list(dict.fromkeys([*self.fields.values(), *self.variables]))
        for item, *values in entries:
            row = {column: self._told(field, item.get(field)) for field, column in self.fields.items()}
            row.update(zip(self.variables, values, strict=True))
            yield list(row.values())

    def _told(self, field, value):
        if value is None:
            return None
        if field in self.milliseconds:
            return _moment(value)
        if self.kinds[field] == "date-time" and not value.endswith("Z"):
            return value + "+00:00"
        whole = isinstance(value, float) and value.is_integer()
        return int(value) if whole else value


def _snake_case(name):
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _moment(milliseconds):
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=milliseconds)
    return moment.isoformat() + "Z"


def _accounts(view):
    return [account for account in view.world.accounts if view.token.sees(account)]


# Below an ad account.

def _of_accounts(table, things_of):
    """Rows of the things that things_of(world, account) answers, with the account."""
    return lambda view: table.rows(
        (thing.item, account.id) for account in _accounts(view) for thing in things_of(view.world, account))


def _list(schema, kind, **options):
    return _of_accounts(Table(schema, "ad_account_id", **options), lambda world, account: records(world, account, kind))


def audiences(view):
    table = Table("Audience", "ad_account_id", "ownership_type", names={"ad_account_id": "owner_ad_account_id"})
    return table.rows((audience.item, account.id, kind) for account in _accounts(view) for kind in ("OWNED", "RECEIVED")
                      for audience in ads_items.audiences(view.world, account, kind))


def labels(view):
    """With the campaign that each is on, which is not described any more."""
    table = Table("Label", "ad_account_id", "parent_id", "parent_type")
    return table.rows((label.item, account.id, label.item["parent_id"], label.item["parent_type"])
                      for account in _accounts(view) for label in ads_items.labels(view.world, account))


def keywords(view):
    table = Table("Keyword", "ad_account_id", "campaign_id", "ad_group_id")
    return table.rows((keyword.item, account.id, *(_id(keyword.ancestor(kind)) for kind in ("campaign", "ad_group")))
                      for account in _accounts(view) for keyword in view.world.level(account, "keyword"))


def _id(entity):
    return entity.id if entity else None


def targeting_templates(view):
    """With the sizing that a request can have."""
    return Table("TargetingTemplateGetResponseData", "ad_account_id").rows(
        ({**template.item, "sizing": ads_items.template_sizing(template)}, account.id) for account in _accounts(view)
        for template in records(view.world, account, ads_items.TARGETING_TEMPLATE))


def audience_insights(view):
    return Table("AudienceInsightsResponse", "ad_account_id").rows(
        (ads_items.insight(account, kind), account.id)
        for account in _accounts(view) for kind in ads_items.INSIGHT_TYPES)


def insights_audiences(view):
    return Table("AudienceDefinition", "ad_account_id").rows(
        (item, account.id) for account in _accounts(view) for item in ads_items.insight_audiences(account))


# Business access.

def _relations(*variables):
    return Table("UserBusinessRoleBinding", *variables, names={"user": "user_info"}, milliseconds=("created_time",))


def employers(view):
    return _relations().rows(
        (employer.item,) for employer in records(view.world, view.world.user, business_items.EMPLOYER))


def _summarized(variable, kinds):
    """Members or partners, with the summary that a request can have."""
    def rows(view):
        user = view.world.user
        return _relations("business_id", variable).rows(
            ({**relation.item, "assets_summary": business_items.assets_summary(view.world, relation)}, user.id, value)
            for value, kind in kinds.items() for relation in records(view.world, user, kind))

    return rows


def assets(view):
    kinds = ("AD_ACCOUNT", "PROFILE", "ASSET_GROUP", "CATALOG", "CONSUMER")
    return Table("GetBusinessAssetsResponse", "business_id").rows(
        (business_items.asset_item(asset), view.world.user.id)
        for kind in kinds for asset in business_items.assets(view.world, kind))


def invites(view):
    table = Table("InviteResponse", "business_id", "is_member", "invite_type", "invite_status", *INVITE_TIMES,
                  names={"user": "user_info"}, milliseconds=("created_time",))
    return table.rows((invite.item, view.world.user.id, is_member, *_invite_data(invite.item["invite_data"]))
                      for is_member, kind in business_items.INVITES.items()
                      for invite in records(view.world, view.world.user, kind))


def _invite_data(data):
    return [data["invite_type"], data["invite_status"], *(_moment(data[name]) for name in INVITE_TIMES)]


# Catalogs.

def catalogs(view):
    return Table("Catalog").rows(
        (catalog.item,) for catalog in records(view.world, view.world.user, catalogs_items.CATALOG))


def feeds(view):
    return Table("CatalogsFeed", hidden=("credentials",)).rows(
        (feed.item,) for feed in catalogs_items.feeds(view.world))


def processing_results(view):
    return Table("CatalogsFeedProcessingResult", "feed_id").rows(
        (result.item, result.parent.id) for result in catalogs_items.processing_results(view.world))


def item_issues(view):
    return Table("CatalogsItemValidationIssues", "processing_result_id").rows(
        (issue.item, result.id) for result in catalogs_items.processing_results(view.world)
        for issue in records(view.world, result, catalogs_items.ITEM_ISSUE))


def product_groups(view):
    return Table("CatalogsVerticalProductGroup", milliseconds=("created_at", "updated_at")).rows(
        (group.item,) for group in catalogs_items.product_groups(view.world))


def products(view):
    table = Table("CatalogsProduct", "product_group_id", "pin_id", *METADATA)
    return table.rows(
        (product.item, group.id, product.item["pin"]["id"], *(product.item["metadata"].get(name) for name in METADATA))
        for group in catalogs_items.product_groups(view.world)
        for product in records(view.world, group, catalogs_items.PRODUCT))


TABLES = {
    "audiences": audiences,
    "keywords": keywords,
    "customer_lists": _list("CustomerList", ads_items.CUSTOMER_LIST),
    "conversion_tags": _list("ConversionTag", ads_items.CONVERSION_TAG, milliseconds=("last_fired_time_ms",),
                             names={"last_fired_time_ms": "last_fired_time"}),
    "conversion_tags_page_visit": _of_accounts(
        Table("ConversionEventResponse", "ad_account_id"), ads_items.page_visits),
    "product_group_promotions": _of_accounts(
        Table("ProductGroupPromotion", "ad_account_id"), lambda world, account: world.level(account, "product_group")),
    "order_lines": _list("OrderLine", billing_items.ORDER_LINE),
    "ssio_order_lines": _list("SSIOOrderLine", billing_items.SSIO_ORDER_LINE),
    "ssio_insertion_orders_status": _list("SSIOInsertionOrderStatus", billing_items.INSERTION_ORDER),
    "lead_forms": _list("LeadFormResponse", ads_items.LEAD_FORM),
    "leads_subscriptions": _list("LeadSubscription", ads_items.LEAD_SUBSCRIPTION, milliseconds=("created_time",),
                                 hidden=("cryptographic_key",)),
    "labels": labels,
    "targeting_templates": targeting_templates,
    "templates": _list("TemplateResponse", ads_items.TEMPLATE, names={"ad_account_id": "owner_ad_account_id"}),
    "promotions": _list("PromotionResponse", ads_items.PROMOTION),
    "billing_profiles": _list("BillingProfilesResponse", billing_items.BILLING_PROFILE),
    "billing_invoices": _list("BillingInvoiceResponse", billing_items.BILLING_INVOICE),
    "ads_credit_discounts": _list("AdsCreditDiscountsResponse", billing_items.DISCOUNT),
    "advertiser_defined_events": _list("AdvertiserDefinedEvent", ads_items.DEFINED_EVENT),
    "audience_insights": audience_insights,
    "insights_audiences": insights_audiences,
    "conversion_eqs": _list("EventQualityScore", ads_items.QUALITY_SCORE),
    "businesses_employers": employers,
    "businesses_members": _summarized("is_system_user", business_items.MEMBERS),
    "businesses_partners": _summarized("partner_type", business_items.PARTNERS),
    "businesses_assets": assets,
    "businesses_invites": invites,
    "catalogs": catalogs,
    "catalogs_feeds": feeds,
    "feed_processing_results": processing_results,
    "item_issues": item_issues,
    "catalogs_product_groups": product_groups,
    "product_group_products": products,
}
