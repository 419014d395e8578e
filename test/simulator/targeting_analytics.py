"""The synchronous targeting analytics endpoints: {"data": [...]}, a row per entity, period, type and value."""

import itertools

from simulator.answer import Answer, encode
from simulator.errors import invalid_parameter
from simulator.metric_rows import OWN_ID, Periods, RowWriter, own_entities
from simulator.metrics import windows_of
from simulator.targeting import UNDIVIDED, parts, values_of


def account_targeting_analytics(call):
    return _answer(call, "ad_account", [call.account()])


def campaigns_targeting_analytics(call):
    return _answer(call, "campaign", own_entities(call, "campaign", "campaign_ids"))


def ad_groups_targeting_analytics(call):
    return _answer(call, "ad_group", own_entities(call, "ad_group", "ad_group_ids"))


def ads_targeting_analytics(call):
    return _answer(call, "ad", own_entities(call, "ad", "ad_ids"))


def check_columns(columns):
    """Refuse the columns that targeting cannot break down."""
    for column in UNDIVIDED:
        if column in columns:
            raise invalid_parameter("columns", f"{column} is not available by targeting")


def breakdown(targeting_types, deliveries):
    """(targeting type, value, its part of the deliveries) of all that have any."""
    for targeting_type in targeting_types:
        for value in values_of(targeting_type):
            found = parts(deliveries, targeting_type, value)
            if found:
                yield targeting_type, value, found


def _answer(call, kind, entities):
    check_columns(call["columns"])
    columns = [column for column in call["columns"] if column != OWN_ID[kind]]
    writer = RowWriter(call.world, columns, windows_of(call.arguments))
    periods = Periods(call.world, call.arguments, call.today)
    rows = itertools.chain.from_iterable(_rows(call, kind, entity, writer, periods) for entity in entities)
    return Answer(encode({"data": list(rows)}))


def _rows(call, kind, entity, writer, periods):
    """An entity's rows; its own id is a number here, and where the metrics stand differs."""
    for grain, deliveries in periods.delivered(entity):
        head = {OWN_ID[kind]: int(entity.id), **grain}
        for targeting_type, value, found in breakdown(call["targeting_types"], deliveries):
            metrics = {"metrics": writer.row(entity, head, found)}
            first, last = ({}, metrics) if found[0][0] & 8 else (metrics, {})
            yield {**first, "targeting_value": value, "targeting_type": targeting_type, **last}
