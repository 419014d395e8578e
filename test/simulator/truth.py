"""The truth as CSV: what a client that reads everything must end up with.

Computed from the world alone, not from the code that builds the API's answers. Null is an empty unquoted
field and an empty text is "", as PostgreSQL's COPY reads CSV.
"""

import datetime
import json

from simulator.facts import COLUMN_TYPES, ITEM_FIELDS
from simulator.world import LIFETIME_METRICS

SCHEMAS = {
    "user_account": "Account", "ad_accounts": "AdAccount", "campaigns": "CampaignResponse",
    "ad_groups": "AdGroupResponse", "ads": "AdResponse", "boards": "Board", "pins": "Pin",
}
LEVELS = {"campaigns": "campaign", "ad_groups": "ad_group", "ads": "ad"}
ANALYTICS = {
    "ad_account_analytics": "ad_account", "campaigns_analytics": "campaign",
    "ad_groups_analytics": "ad_group", "ads_analytics": "ad",
}
ORGANIC_METRICS = {
    "user_account_analytics": "ENGAGEMENT,ENGAGEMENT_RATE,IMPRESSION,OUTBOUND_CLICK,OUTBOUND_CLICK_RATE,"
                              "PIN_CLICK,PIN_CLICK_RATE,SAVE,SAVE_RATE",
    "pins_analytics": "IMPRESSION,OUTBOUND_CLICK,PIN_CLICK,SAVE,SAVE_RATE,USER_FOLLOW,PROFILE_VISIT",
}
NAMES = sorted([*SCHEMAS, *ANALYTICS, *ORGANIC_METRICS])


def table(name, options, world, token, today):
    """The CSV text of one table. Options are the texts of the control request's query."""
    if name in SCHEMAS:
        rows = _entity_rows(name, options, world, token)
    elif name in ANALYTICS:
        rows = _analytics_rows(ANALYTICS[name], options, world, token)
    else:
        rows = _organic_rows(name, options, world, token, today)
    return "".join(",".join(map(_cell, row)) + "\n" for row in rows)


def _cell(value):
    if value is None:
        return ""
    if isinstance(value, (dict, list)):
        value = json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        plain = value.isascii() and value.replace("_", "").replace("-", "").isalnum()
        return value if plain else '"' + value.replace('"', '""') + '"'
    return repr(value)


def _accounts(world, token):
    return [account for account in world.accounts if token.sees(account)]


def _of_accounts(world, token, kind):
    return [entity for account in _accounts(world, token) for entity in world.level(account, kind)]


def _boards(world, token):
    return [board for board in world.boards if board.privacy != "SECRET" or token.has("boards:read_secret")]


def _pins(world, token, options):
    """The pins that /pins lists: without those of protected boards unless they are asked for."""
    protected = options.get("include_protected_pins") == "true"
    return [pin for pin in world.pins
            if (pin.privacy != "SECRET" or token.has("pins:read_secret"))
            and (protected or pin.privacy != "PROTECTED")]


def _entities(name, options, world, token):
    if name in LEVELS:
        return _of_accounts(world, token, LEVELS[name])
    return {
        "user_account": lambda: [world.user],
        "ad_accounts": lambda: _accounts(world, token),
        "boards": lambda: _boards(world, token),
        "pins": lambda: _pins(world, token, options),
    }[name]()


def _entity_rows(name, options, world, token):
    fields = ITEM_FIELDS[SCHEMAS[name]]
    yield list(fields)
    for entity in _entities(name, options, world, token):
        yield [_field_value(entity.item.get(field), kind) for field, kind in fields.items()]


def _field_value(value, kind):
    """Zone-less times are UTC; the table says so."""
    return value + "+00:00" if kind == "date-time" and value is not None else value


def _date_range(options):
    start = datetime.date.fromisoformat(options["start"])
    end = datetime.date.fromisoformat(options["end"])
    return [start + datetime.timedelta(days=n) for n in range((end - start).days + 1)]


def _period_of(date, granularity):
    """The first day of the period that a date is in, None for the period of all time."""
    if granularity == "TOTAL":
        return None
    if granularity == "WEEK":
        return date - datetime.timedelta(days=date.isoweekday() - 1)
    return datetime.date(date.year, date.month, 1) if granularity == "MONTH" else date


def _analytics_rows(kind, options, world, token):
    columns = options["columns"].upper().split(",")
    granularity = options.get("granularity", "DAY")
    own_id = [] if kind == "ad_account" else [kind + "_id"]
    grain = {"TOTAL": [], "HOUR": ["date", "hour"]}.get(granularity, ["date"])
    yield ["ad_account_id", *own_id, *grain, *[column.lower() for column in columns]]
    for entity in _of_accounts(world, token, kind):
        ids = [entity.ancestor("ad_account").id] + [entity.id for _ in own_id]
        for period, deliveries in _delivered(world, entity, _date_range(options), granularity).items():
            values = [_metric_value(world.value(entity, column, deliveries), column) for column in columns]
            yield [*ids, *(part for part in period if part is not None), *values]


def _delivered(world, entity, dates, granularity):
    """{(first day, hour): deliveries} of the periods in which the entity delivered."""
    found = {}
    for date in dates:
        if granularity == "HOUR":
            for hour in range(24):
                delivery = world.hourly_delivery(entity, date.toordinal(), hour)
                if delivery is not None:
                    found[date.isoformat(), hour] = [delivery]
            continue
        delivery = world.delivery(entity, date.toordinal())
        if delivery is not None:
            first = _period_of(date, granularity)
            found.setdefault((first and first.isoformat(), None), []).append(delivery)
    return found


def _metric_value(value, column):
    return str(value) if value is not None and COLUMN_TYPES[column] == "text" else value


def _organic_rows(name, options, world, token, today):
    metrics = options.get("columns", ORGANIC_METRICS[name]).upper().split(",")
    with_pin = name == "pins_analytics"
    yield ["date", "data_status", *(["pin_id"] if with_pin else []), *[metric.lower() for metric in metrics]]
    for entity in _pins(world, token, options) if with_pin else [world.user]:
        if options.get("pin_id", entity.id) != entity.id:
            continue
        for date in _date_range(options):
            status = world.organic_status(entity, date.toordinal(), today)
            values = _organic_values(world, entity, date, metrics, status)
            yield [date.isoformat(), status, *([entity.id] if with_pin else []), *values]


def _organic_values(world, entity, date, metrics, status):
    """The metrics of a day; those that only exist for a pin's lifetime are null."""
    if status.startswith("BEFORE_"):
        return [None for _ in metrics]
    counts = world.organic_counts(entity, date.toordinal())
    return [None if metric in LIFETIME_METRICS else world.organic_value(counts, metric) for metric in metrics]
