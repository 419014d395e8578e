"""Answers with the things of records.py."""

from simulator.answer import encode_entity, page_answer
from simulator.pages import Style


def encode_record(world, thing, kind, variant="", change=None):
    """A thing's item as JSON text; `change` makes the variant's item out of the plain one."""
    def whole(entity, item):
        item = {**item, **kind.undescribed}
        return change(entity, item) if change else item

    return encode_entity(world, thing, variant, whole)


def in_order(call, things):
    """A list in the order that the request asks for; by id, if the list has a choice."""
    return things[::-1] if call["order"] == "DESCENDING" else things


def record_page(call, things, kind, style=Style(), variant="", change=None):
    """One page of a list of things."""
    return page_answer(call, in_order(call, things),
                       lambda thing: encode_record(call.world, thing, kind, variant, change), style)
