"""Lists of things that a family of endpoints adds to the world, each made when it is first asked for.

A thing is an Entity that only its owner's list knows: it has an item of the API's and nothing below it but
further such lists. How many there are does not depend on the world's size, but on the owner alone.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from simulator.items import user_number
from simulator.metrics import mix, salt
from simulator.world import ACCOUNT_SPACING, EMPTY_ACCOUNT, Entity

STEP = 37
OWNER_SPACING = 100
USER_SPACING = 10 ** 8
WIDER = 100_000


@dataclass(frozen=True)
class Kind:
    """How things of one kind come about: how many an owner has, their items, and the first id.

    Ids of accounts at odd positions are five digits longer. None: the items show no id.
    """

    name: str
    count: Callable
    build: Callable
    first: int = None
    # Fields that answers carry although the API's description lacks them.
    undescribed: dict = field(default_factory=dict)


def same(count):
    """Every owner has so many."""
    return lambda _: count


def account_first(account, first):
    """The first id of an account, for a kind whose first id that is."""
    return first * (WIDER if account.index % 2 else 1) + account.index // 2 * ACCOUNT_SPACING


def is_barren(owner):
    return owner.kind == "ad_account" and owner.index == EMPTY_ACCOUNT


def number_of(owner, kind, n):
    """The id of an owner's nth thing of a kind, as a number."""
    if kind.first is None:
        return int(owner.id) * OWNER_SPACING + n
    if owner.kind != "ad_account":
        return kind.first + user_number(owner) * USER_SPACING + (owner.index * OWNER_SPACING + n) * STEP
    return account_first(owner, kind.first) + n * STEP


class Records:
    """The lists that were asked for so far."""

    def __init__(self, world):
        self.world = world
        self.lists = {}

    def of(self, owner, kind):
        key = kind.name, owner.id
        if key not in self.lists:
            self.lists[key] = [self._born(owner, kind, n) for n in range(self._count(owner, kind))]
        return self.lists[key]

    @staticmethod
    def _count(owner, kind):
        """The account without campaigns has nothing else, either."""
        return 0 if is_barren(owner) else kind.count(owner)

    def _born(self, owner, kind, n):
        number = number_of(owner, kind, n)
        key = mix(mix(self.world.size.seed, salt(kind.name)), number)
        index = n if owner.kind == "ad_account" else owner.index * OWNER_SPACING + n
        thing = Entity(kind.name, str(number), key, index, parent=owner)
        thing.cached_item = kind.build(thing)
        thing.status = thing.cached_item.get("status", thing.status)
        return thing


def records(world, owner, kind):
    """The things of a kind that belong to an owner, in the order of their ids."""
    return world.part(Records).of(owner, kind)
