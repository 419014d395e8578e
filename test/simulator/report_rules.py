"""What a report may be asked for, beyond the types and values that body.py checks."""

from simulator.errors import FOREIGN_TO_REPORTS, invalid_parameter
from simulator.facts import FACTS
from simulator.metric_rows import own_entities
from simulator.product_items import PRODUCT_ITEM_COLUMNS
from simulator.targeting import UNDIVIDED

REPORT_FACTS = FACTS["report"]
TARGETING = "_TARGETING"
KINDS = {
    "ADVERTISER": "ad_account", "CAMPAIGN": "campaign", "AD_GROUP": "ad_group", "PIN_PROMOTION": "ad",
    "KEYWORD": "keyword", "PRODUCT_GROUP": "product_group", "PRODUCT_ITEM": "product_item",
}
ABOVE = {
    "ad_account": (), "campaign": (), "ad_group": ("campaign",), "ad": ("campaign", "ad_group"),
    "keyword": ("campaign", "ad_group"), "product_group": ("campaign", "ad_group"),
    "product_item": ("campaign", "ad_group", "product_group"),
}
ID_FILTERS = {
    "campaign_ids": "campaign", "ad_group_ids": "ad_group", "ad_ids": "ad", "product_group_ids": "product_group",
    "product_item_ids": "product_item",
}
# Filters by a column: the kind of the entities that have it, and the column.
VALUE_FILTERS = {
    "campaign_statuses": ("campaign", "CAMPAIGN_STATUS"), "ad_group_statuses": ("ad_group", "AD_GROUP_STATUS"),
    "ad_statuses": ("ad", "AD_STATUS"), "product_group_statuses": ("product_group", "PRODUCT_GROUP_STATUS"),
    "campaign_objective_types": ("campaign", "CAMPAIGN_OBJECTIVE_TYPE"),
}
# What would need facts that nobody has: the values of these members that can be served.
SIMULATED = {
    "report_format": "JSON", "metrics_filters": None, "campaign_brand_label": None, "campaign_custom_label": None,
    "custom_conversion_event_metrics": None, "start_hour": None, "end_hour": None,
}


def kind_of(call):
    """The kind of the entities that a report is about."""
    return KINDS[call["level"].removesuffix(TARGETING)]


def check_report(call):
    """Raise ApiError for a report that the API would refuse."""
    _check_members(call)
    _check_dates(call)
    _check_columns(call)
    _check_filters(call)


def _check_members(call):
    level = call["level"]
    if level.endswith(TARGETING) != (call["targeting_types"] is not None):
        raise invalid_parameter("targeting_types", "belongs to the targeting levels, and to all of them")
    if call["combine_targeting_types"] and len(call["targeting_types"] or ()) < 2:
        raise invalid_parameter("combine_targeting_types", "needs several targeting_types")
    for name in REPORT_FACTS["hourly_only"]:
        if call[name] is not None and call["granularity"] != "HOUR":
            raise invalid_parameter(name, "is for granularity HOUR only")
    for name in REPORT_FACTS["not_for_product_item"]:
        if call[name] is not None and kind_of(call) == "product_item":
            raise invalid_parameter(name, f"is not for level {level}")
    for name, served in SIMULATED.items():
        if call[name] != served:
            raise invalid_parameter(name, "this value is not simulated")


def _limit(call, name):
    """The strictest limit, in days, of those that apply."""
    limits = REPORT_FACTS["limits"]
    which = ["", call["granularity"], kind_of(call).upper()]
    return min(limits[case][name] for case in which if case in limits)


def _check_dates(call):
    start, end = call["start_date"], call["end_date"]
    history, longest = _limit(call, "history"), _limit(call, "span")
    if start > end:
        raise invalid_parameter("start_date", "is after end_date")
    if end > call.today:
        raise invalid_parameter("end_date", f"is in the future, today is {call.today} UTC")
    if (call.today - start).days > history:
        raise invalid_parameter("start_date", f"You can only get data from the last {history} days")
    if (end - start).days + 1 > longest:
        raise invalid_parameter("end_date", f"a report is about at most {longest} days, the last one included")


def _is_about_ads(column):
    return column.startswith("PIN_PROMOTION_") or column in ("AD_ID", "AD_NAME", "AD_STATUS", "PIN_ID")


def _check_columns(call):
    item_level = kind_of(call) == "product_item"
    undivided = UNDIVIDED if call["level"].endswith(TARGETING) or call["level"] == "KEYWORD" else ()
    for column in call["columns"]:
        foreign = _is_about_ads(column) if item_level else column in PRODUCT_ITEM_COLUMNS
        if foreign or column in undivided:
            raise invalid_parameter("columns", f"{column} is not available at level {call['level']}")


def _check_filters(call):
    """Ids have to be the account's. Filters by what is below the level would change sums, which is not simulated."""
    kind = kind_of(call)
    filters = {**ID_FILTERS, **{name: filtered for name, (filtered, _) in VALUE_FILTERS.items()}}
    for name, filtered in filters.items():
        if call[name] is not None and filtered != kind and filtered not in ABOVE[kind]:
            raise invalid_parameter(name, f"is below level {call['level']}, which is not simulated")
    for name, filtered in ID_FILTERS.items():
        if call[name] is not None:
            own_entities(call, filtered, name, FOREIGN_TO_REPORTS)
