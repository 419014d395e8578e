"""The files of reports: flat rows, in an object by id or by date, or in an array."""

import itertools

from simulator import items
from simulator.answer import encode
from simulator.metric_rows import OWN_ID, Periods, RowWriter
from simulator.metrics import windows_of
from simulator.report_rules import ID_FILTERS, VALUE_FILTERS, kind_of
from simulator.targeting_analytics import breakdown

LAYOUTS = ("BY_ID", "BY_DATE", "array", "bare BY_ID", "bare BY_DATE")


def report_file(call, layout):
    """The bytes of a report's file. In a bare one no row tells what the name of its array does."""
    rows = itertools.chain.from_iterable(_entity_rows(call))
    told = None
    if layout == "array":
        document = [row for _, row in rows]
    elif layout.endswith("BY_DATE"):
        told = "DATE"
        document = _grouped((row.get("DATE", call["start_date"].isoformat()), row) for _, row in rows)
    else:
        told = OWN_ID.get(kind_of(call))
        document = _grouped((entity.id, row) for entity, row in rows)
    if layout.startswith("bare"):
        for row in itertools.chain.from_iterable(document.values()):
            row.pop(told, None)
    return encode(document).encode("utf-8")


def _grouped(rows):
    groups = {}
    for key, row in rows:
        groups.setdefault(key, []).append(row)
    return groups


def _entity_rows(call):
    """For each entity that the report is about, (entity, row) of all its rows."""
    kind = kind_of(call)
    own_id = OWN_ID.get(kind)
    wanted = [column for column in call["columns"] if column not in (own_id, "AD_ACCOUNT_ID")]
    writer = RowWriter(call.world, wanted, windows_of(call.arguments))
    periods = Periods(call.world, call.arguments, call.today)
    tests = list(_tests(call))
    for entity in call.world.level(call.account(), kind):
        if all(test(entity) for test in tests):
            yield _rows(call, entity, _ids(call, entity, own_id), writer, periods)


def _tests(call):
    """One function for each filter of the report."""
    for name, kind in ID_FILTERS.items():
        if call[name] is not None:
            yield lambda entity, kind=kind, ids=set(call[name]): _id_of(entity.ancestor(kind)) in ids
    for name, (_, column) in VALUE_FILTERS.items():
        if call[name] is not None:
            yield lambda entity, column=column, values=set(call[name]): items.attribute(entity, column) in values


def _id_of(entity):
    return entity and entity.id


def _ids(call, entity, own_id):
    """The account's id is a text in all rows, the entity's in some; they are there only when asked for."""
    ids = {own_id: entity.id if entity.key & 1 else int(entity.id),
           "AD_ACCOUNT_ID": entity.ancestor("ad_account").id}
    return {name: value for name, value in ids.items() if name in call["columns"]}


def _told_types(call):
    """The types that rows are told by: those asked for, or what joins them."""
    types = call["targeting_types"]
    return ["_AND_".join(types)] if call["combine_targeting_types"] else types


def _rows(call, entity, ids, writer, periods):
    for grain, deliveries in periods.delivered(entity):
        if call["targeting_types"] is None:
            yield entity, writer.row(entity, {**ids, **grain}, deliveries)
            continue
        for targeting_type, value, found in breakdown(_told_types(call), deliveries):
            head = {**ids, **grain, "TARGETING_TYPE": targeting_type, "TARGETING_VALUE": value}
            yield entity, writer.row(entity, head, found)
