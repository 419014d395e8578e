"""The truth about ads analytics, whether they come from the endpoints or from reports.

Options: start, end, columns (of reports, too), granularity, the attribution windows by the names of their
parameters, attribution_types, reporting_timezone, and targeting_types where there is targeting; by default all that the level has.
"""

import datetime
import functools

from simulator.facts import ALL_COLUMN_TYPES
from simulator.metric_rows import in_account_zone
from simulator.metrics import windows_of
from simulator.promoted_pins import promoted_pins
from simulator.targeting import part, types_of, values_of

# Of each table: the kind of its entities, and the ids besides the account's.
LEVELS = {
    "ad_account": ("ad_account", {}),
    "campaigns": ("campaign", {"campaign_id": "campaign"}),
    "ad_groups": ("ad_group", {"ad_group_id": "ad_group"}),
    "ads": ("ad", {"ad_id": "ad"}),
    "product_groups": ("product_group", {"product_group_id": "product_group"}),
    "product_items": ("product_item", {"product_item_id": "product_item"}),
    "keywords": ("keyword", {"keyword_id": "keyword"}),
    "ad_pins": ("ad_pin", {"campaign_id": "campaign", "pin_id": "ad_pin"}),
}
WITH_TARGETING = ("ad_account", "campaigns", "ad_groups", "ads", "product_groups", "product_items")


def _rows(level, by_targeting, view):
    kind, id_kinds = LEVELS[level]
    columns = view.options["columns"].upper().split(",")
    granularity = view.options.get("granularity", "DAY")
    windows = windows_of(view.options)
    values = _targeting_values(kind, view.options) if by_targeting else [()]
    grain = {"TOTAL": [], "HOUR": ["date", "hour"]}.get(granularity, ["date"])
    targeting = ["targeting_type", "targeting_value"] if by_targeting else []
    yield ["ad_account_id", *id_kinds, *grain, *targeting, *[column.lower() for column in columns]]
    for entity in _entities(kind, view):
        ids = [entity.ancestor(id_kind).id for id_kind in ("ad_account", *id_kinds.values())]
        for period, deliveries in _delivered(view, entity, granularity).items():
            for value in values:
                found = [part(delivery, *value) for delivery in deliveries] if value else deliveries
                found = [delivery for delivery in found if delivery is not None]
                if found:
                    yield [*ids, *period, *map(str, value), *_metrics(view.world, entity, columns, found, windows)]


def _targeting_values(kind, options):
    """(type, value) of the targeting that is to be told."""
    types = options["targeting_types"].split(",") if "targeting_types" in options else types_of(kind)
    return [(targeting_type, value) for targeting_type in types for value in values_of(targeting_type)]


def _entities(kind, view):
    accounts = [account for account in view.world.accounts if view.token.sees(account)]
    if kind == "ad_pin":
        pins = view.world.part(promoted_pins)
        return [pin for account in accounts for campaign in view.world.level(account, "campaign")
                for pin in pins[campaign.id]]
    return [entity for account in accounts for entity in view.world.level(account, kind)]


def _period_of(date, granularity):
    """What tells the period that a date is in: its first day, or nothing for the period of all time."""
    if granularity == "TOTAL":
        return ()
    if granularity == "WEEK":
        date -= datetime.timedelta(days=date.isoweekday() - 1)
    return (date.replace(day=1) if granularity == "MONTH" else date).isoformat(),


def _delivered(view, entity, granularity):
    """{what tells the period: deliveries} of the periods in which the entity delivered."""
    found = {}
    in_zone = in_account_zone(view.options.get("reporting_timezone"), view.today)
    for date in view.dates():
        if granularity == "HOUR":
            for hour in range(24):
                delivery = view.world.hourly_delivery(entity, date.toordinal(), hour)
                if delivery is not None:
                    found[date.isoformat(), f"{date}T{hour:02}:00:00Z"] = [delivery]
            continue
        deliveries = in_zone(view.world, entity, date.toordinal())
        if deliveries:
            found.setdefault(_period_of(date, granularity), []).extend(deliveries)
    return found


def _metrics(world, entity, columns, deliveries, windows):
    for column in columns:
        value = world.value(entity, column, deliveries, windows)
        yield str(value) if value is not None and ALL_COLUMN_TYPES[column] == "text" else value


TABLES = {
    **{f"{level}_analytics": functools.partial(_rows, level, False) for level in LEVELS},
    **{f"{level}_targeting_analytics": functools.partial(_rows, level, True) for level in WITH_TARGETING},
}
