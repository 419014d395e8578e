"""The endpoints of catalogs. With the switch `catalogs` off, the account has none."""

from dataclasses import replace

from simulator import catalogs_items, items
from simulator.errors import ApiError, not_found
from simulator.pages import Style
from simulator.record_pages import record_page
from simulator.records import records

FEED_NOT_FOUND, GROUP_NOT_FOUND, RESULT_NOT_FOUND = 4161, 4180, 4184
NOT_IMPLEMENTED, NO_CATALOG = 4181, 4182


def _check(call):
    """What all endpoints of catalogs ask for."""
    if not call.switches["catalogs"]:
        raise ApiError(409, NO_CATALOG, "Can't access this feature without an existing catalog.")


def _find(call, things, name, code, what):
    """The thing that a parameter names."""
    for thing in things:
        if thing.id == call[name]:
            return thing
    raise not_found(code, what)


def _find_feed(call):
    return _find(call, catalogs_items.feeds(call.world), "feed_id", FEED_NOT_FOUND, "Feed")


def catalogs(call):
    _check(call)
    kind = catalogs_items.CATALOG
    return record_page(call, records(call.world, call.world.user, kind), kind)


def feeds(call):
    _check(call)
    found = [feed for feed in catalogs_items.feeds(call.world) if call["catalog_id"] in (None, feed.parent.id)]
    return record_page(call, found, catalogs_items.FEED)


def processing_results(call):
    """The first page, whatever the bookmark: paging does not work here."""
    _check(call)
    kind = catalogs_items.PROCESSING_RESULT
    found = records(call.world, _find_feed(call), kind)[:min(call["page_size"], call.page_cap or call["page_size"])]
    return record_page(replace(call, arguments={**call.arguments, "bookmark": None}), found, kind)


def item_issues(call):
    _check(call)
    result = _find(call, catalogs_items.processing_results(call.world), "processing_result_id", RESULT_NOT_FOUND,
                   "Processing result")
    if call["item_numbers"] is not None and call["item_validation_issue"] is not None:
        raise ApiError(501, NOT_IMPLEMENTED, "item_numbers and item_validation_issue exclude each other.", blame=True)
    kind = catalogs_items.ITEM_ISSUE
    found = [issue for issue in records(call.world, result, kind) if _issue_matches(call, issue.item)]
    return record_page(call, found, kind, Style(fill=(4, 5)))


def _issue_matches(call, item):
    if call["item_numbers"] is not None:
        return str(item["item_number"]) in call["item_numbers"]
    return call["item_validation_issue"] in (None, *item["errors"], *item["warnings"])


def product_groups(call):
    _check(call)
    if call["feed_id"] is not None:
        _find_feed(call)
    wanted = None if call["id"] is None else {str(int(text)) for text in call["id"]}
    found = [group for group in catalogs_items.product_groups(call.world)
             if (wanted is None or group.id in wanted)
             and call["catalog_id"] in (None, group.parent.id)
             and call["feed_id"] in (None, group.item.get("feed_id"))]
    return record_page(call, found, catalogs_items.PRODUCT_GROUP)


def products(call):
    """An empty page ends the list."""
    _check(call)
    group = _find(call, catalogs_items.product_groups(call.world), "product_group_id", GROUP_NOT_FOUND, "Product group")
    kind, style = catalogs_items.PRODUCT, Style(empty_last_page=True)
    found = records(call.world, group, kind)
    if not call["pin_metrics"]:
        return record_page(call, found, kind, style)

    def with_metrics(_, item):
        pin = call.world.find("pin", item["pin"]["id"])
        return {**item, "pin": {**item["pin"], "pin_metrics": items.pin_metrics(pin)}}

    return record_page(call, found, kind, style, "metrics", with_metrics)
