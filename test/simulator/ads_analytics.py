"""The synchronous ads analytics endpoints: a bare array with one object per entity and period."""

import datetime
import random

from simulator.answer import Answer, encode
from simulator.errors import ApiError, invalid_parameter
from simulator.facts import COLUMN_TYPES

OWN_ID = {"ad_account": "AD_ACCOUNT_ID", "campaign": "CAMPAIGN_ID", "ad_group": "AD_GROUP_ID", "ad": "AD_ID"}
EXACT_AS_FLOAT = 2 ** 53


def account_analytics(call):
    return _answer(call, "ad_account", [call.account()])


def campaigns_analytics(call):
    return _answer(call, "campaign", _own(call, "campaign", "campaign_ids"))


def ad_groups_analytics(call):
    return _answer(call, "ad_group", _own(call, "ad_group", "ad_group_ids"))


def ads_analytics(call):
    return _answer(call, "ad", _ads(call))


def _own(call, kind, name):
    """The entities that a parameter names, all of them the account's."""
    account = call.account()
    entities = []
    for entity_id in call[name]:
        entity = call.world.find(kind, entity_id)
        if entity is None or entity.ancestor("ad_account") is not account:
            raise invalid_parameter(name, f"{entity_id} does not belong to ad account {account.id}")
        entities.append(entity)
    return entities


def _ads(call):
    """The ads meant by ad_ids alone, or by campaign_ids and pin_ids together."""
    given = [name for name in ("ad_ids", "campaign_ids", "pin_ids") if call[name] is not None]
    if given == ["ad_ids"]:
        return _own(call, "ad", "ad_ids")
    if given != ["campaign_ids", "pin_ids"]:
        raise ApiError(400, 1, "Give either ad_ids or both campaign_ids and pin_ids", blame=True)
    pins = set(call["pin_ids"])
    unknown = [pin_id for pin_id in call["pin_ids"] if call.world.find("pin", pin_id) is None]
    if unknown:
        raise invalid_parameter("pin_ids", f"{unknown[0]} is not a pin")
    return [ad for campaign in _own(call, "campaign", "campaign_ids")
            for group in campaign.children for ad in group.children if ad.item["pin_id"] in pins]


def _answer(call, kind, entities):
    columns = [column for column in call["columns"] if column != OWN_ID[kind]]
    orders = _key_orders(columns)
    periods = _periods(call["granularity"], call["start_date"], call["end_date"])
    deliveries_in = _hourly if call["granularity"] == "HOUR" else _daily
    rows = []
    for entity in entities:
        for grain, days in periods:
            deliveries = deliveries_in(call.world, entity, grain, days)
            if deliveries:
                order = orders[deliveries[0][0] % len(orders)]
                rows.append(_row(call.world, entity, {OWN_ID[kind]: entity.id, **grain}, order, deliveries))
    return Answer(encode(rows))


def _periods(granularity, start, end):
    """[(what tells the period in a row, its days as ordinals)]."""
    days = range(start.toordinal(), end.toordinal() + 1)
    if granularity == "TOTAL":
        return [({}, days)]
    if granularity == "HOUR":
        return [({"DATE": _text(day), "HOUR": hour}, (day,)) for day in days for hour in range(24)]
    periods = {}
    for day in days:
        periods.setdefault(PERIOD_START[granularity](datetime.date.fromordinal(day)), []).append(day)
    return [({"DATE": first.isoformat()}, members) for first, members in periods.items()]


PERIOD_START = {
    "DAY": lambda date: date,
    "WEEK": lambda date: date - datetime.timedelta(days=date.weekday()),
    "MONTH": lambda date: date.replace(day=1),
}


def _text(day):
    return datetime.date.fromordinal(day).isoformat()


def _daily(world, entity, _, days):
    found = (world.delivery(entity, day) for day in days)
    return [delivery for delivery in found if delivery is not None]


def _hourly(world, entity, grain, days):
    delivery = world.hourly_delivery(entity, days[0], grain["HOUR"])
    return [] if delivery is None else [delivery]


def _key_orders(columns):
    """A few orders of the columns, for the rows to choose from."""
    orders = [list(columns) for _ in range(8)]
    for number, order in enumerate(orders):
        random.Random(number).shuffle(order)
    return orders


def _row(world, entity, head, columns, deliveries):
    """A row: the grain somewhere among the columns, and no key for a column without a value."""
    row = {} if deliveries[0][0] & 4 else dict(head)
    for column in columns:
        value = world.value(entity, column, deliveries)
        if value is not None:
            row[column] = _wire_value(column, value)
    row.update(head)
    return row


def _wire_value(column, value):
    """Ids other than the row's own are numbers, and some counts pass through float columns."""
    if type(value) is str:
        return int(value) if column.endswith("_ID") else value
    if type(value) is int and value % 29 == 0 and value < EXACT_AS_FLOAT and COLUMN_TYPES[column] == "bigint":
        return float(value)
    return value
