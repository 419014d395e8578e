"""What the truth tables of all families are made with."""

import datetime
from dataclasses import dataclass

from simulator.facts import ITEM_FIELDS


@dataclass(frozen=True)
class View:
    """What is to be told, and to whom: the texts of the control request's query, and a token's sight of the world."""

    options: dict
    world: object
    token: object
    today: datetime.date

    def boards(self):
        return [board for board in self.world.boards if self._shows(board, "boards:read_secret")]

    def pins(self, protected=True):
        """The user's pins, those of protected boards only if wanted."""
        return [pin for pin in self.world.pins
                if self._shows(pin, "pins:read_secret") and (protected or pin.privacy != "PROTECTED")]

    def _shows(self, entity, scope):
        return entity.privacy != "SECRET" or self.token.has(scope)

    def dates(self):
        """The days from option start to option end."""
        start = datetime.date.fromisoformat(self.options["start"])
        end = datetime.date.fromisoformat(self.options["end"])
        return [start + datetime.timedelta(days=n) for n in range((end - start).days + 1)]


def item_rows(schema, items, times=()):
    """The header and a row for each item: the schema's fields in order, those of `times` being times, too."""
    fields = ITEM_FIELDS[schema]
    kinds = {name: "date-time" if name in times else kind for name, kind in fields.items()}
    yield list(fields)
    for item in items:
        yield [field_value(item.get(name), kind) for name, kind in kinds.items()]


def with_variables(rows, names, values):
    """Rows with further columns: their names for the header, then the values for each row."""
    rows = iter(rows)
    yield [*next(rows), *names]
    for row, more in zip(rows, values, strict=True):
        yield [*row, *more]


def field_value(value, kind):
    """Zone-less times are UTC; the table says so."""
    return value + "+00:00" if kind == "date-time" and value is not None else value
