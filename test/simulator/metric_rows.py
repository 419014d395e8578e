"""Rows of ads analytics as the API writes them: one object for an entity and a period in which it delivered."""

import datetime
import functools
import random

from simulator.errors import foreign_id
from simulator.facts import ALL_COLUMN_TYPES
from simulator.metrics import mix

OWN_ID = {
    "ad_account": "AD_ACCOUNT_ID", "campaign": "CAMPAIGN_ID", "ad_group": "AD_GROUP_ID", "ad": "AD_ID",
    "product_group": "PRODUCT_GROUP_ID", "ad_pin": "PIN_ID",
}
EXACT_AS_FLOAT = 2 ** 53


def own_entity(call, kind, name, entity_id, answer=None):
    """The account's entity that a parameter names; answer: to an id that is not the account's."""
    account = call.account()
    entity = call.world.find(kind, entity_id)
    answer = answer or call.switches["foreign_ids"]
    if entity is not None and (entity.ancestor("ad_account") is account or answer == "rows"):
        return entity
    raise foreign_id(answer, name, entity_id, account.id)


def own_entities(call, kind, name, answer=None):
    """The same, for a list of ids."""
    call.account()
    return [own_entity(call, kind, name, entity_id, answer) for entity_id in call[name]]


class Periods:
    """The periods of a request, and what entities delivered in them."""

    def __init__(self, world, arguments, today):
        self.world = world
        self.hourly = arguments["granularity"] == "HOUR"
        self.all = list(_periods(arguments["granularity"], arguments["start_date"], arguments["end_date"]))
        self.in_zone = in_account_zone(arguments.get("reporting_timezone"), today)

    def delivered(self, entity):
        """(what tells the period in a row, deliveries) of the periods in which an entity delivered."""
        for grain, days in self.all:
            deliveries = self._hour(entity, grain, days) if self.hourly else self._days(entity, days)
            if deliveries:
                yield grain, deliveries

    def _days(self, entity, days):
        return [delivery for day in days for delivery in self.in_zone(self.world, entity, day)]

    def _hour(self, entity, grain, days):
        delivery = self.world.hourly_delivery(entity, days[0], grain["HOUR"])
        return [] if delivery is None else [delivery]


# The zones of ad accounts, as hours that their clocks are ahead of UTC.
HOURS_AHEAD = {"America/Los_Angeles": -8, "Pacific/Auckland": 12, "Asia/Kolkata": 5}


def _utc_day(world, entity, day):
    delivery = world.delivery(entity, day)
    return [] if delivery is None else [delivery]


def _account_day(today, world, entity, day):
    """What an entity delivered on a day of its ad account: in the last hours of one day of UTC, the first of another."""
    ahead = HOURS_AHEAD.get(entity.ancestor("ad_account").item.get("time_zone"), 0)
    shares = {day: 24 - abs(ahead), day - 1 if ahead > 0 else day + 1: abs(ahead)}
    found = ((world.delivery(entity, utc_day), hours) for utc_day, hours in sorted(shares.items())
             if hours and utc_day <= today.toordinal())
    return [(mix(delivery[0], hours), delivery[1] * hours // 24) if hours < 24 else delivery
            for delivery, hours in found if delivery is not None]


def in_account_zone(reporting_timezone, today):
    """The function (world, entity, day) that answers what an entity delivered on a day of that zone until today."""
    of_account = reporting_timezone == "AD_ACCOUNT_TIME_ZONE"
    return functools.partial(_account_day, today) if of_account else _utc_day


def _periods(granularity, start, end):
    """(what tells the period in a row, its days as ordinals)."""
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


class RowWriter:
    """Makes rows of the wanted columns, whose order differs from row to row."""

    def __init__(self, world, columns, windows):
        self.world = world
        self.windows = windows
        self.orders = [list(columns) for _ in range(8)]
        for number, order in enumerate(self.orders):
            random.Random(number).shuffle(order)

    def row(self, entity, head, deliveries):
        """A row: its head somewhere among the columns, and no key for a column without a value."""
        seed = deliveries[0][0]
        row = {} if seed & 4 else dict(head)
        for column in self.orders[seed % len(self.orders)]:
            value = self.world.value(entity, column, deliveries, self.windows)
            if value is not None:
                row[column] = _wire_value(column, value)
        row.update(head)
        return row


def _wire_value(column, value):
    """Ids other than the row's own are numbers, and some counts pass through float columns."""
    if type(value) is str:
        return int(value) if column.endswith("_ID") else value
    if type(value) is int and value % 29 == 0 and value < EXACT_AS_FLOAT and ALL_COLUMN_TYPES[column] == "bigint":
        return float(value)
    return value
