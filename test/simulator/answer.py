"""What a handler is told about a request and what it answers."""

import functools
import json
import random
import time
from dataclasses import dataclass, replace

from simulator import items, pages
from simulator.errors import forbidden_ad_account


@dataclass(frozen=True)
class Token:
    """An access token: a name to show instead of it, and what it may see (None: everything).

    `expires` is in seconds since 1970, or None; `holder` is whose rate limits count its calls, None for its own.
    """

    name: str
    accounts: frozenset = None
    scopes: frozenset = None
    expires: float = None
    holder: str = None

    @property
    def works(self):
        return self.expires is None or time.time() < self.expires

    def sees(self, account):
        return self.accounts is None or account.id in self.accounts

    def has(self, scope):
        return self.scopes is None or scope in self.scopes


@dataclass(frozen=True)
class Call:
    """A request that passed validation."""

    world: object
    today: object
    token: Token
    path: str
    query: dict
    arguments: dict
    page_cap: int = None
    switches: dict = None
    reports: object = None

    def __getitem__(self, name):
        return self.arguments.get(name)

    def account(self, name="ad_account_id"):
        """The ad account that the request is about, if the token may see it."""
        account = self.world.find("ad_account", self[name])
        if account is None or not self.token.sees(account):
            raise forbidden_ad_account(self[name], blame=account is None)
        return account

    def for_operation_user(self):
        """The call in the world of the owner of its ad account, which must be a visible one, if it names one."""
        if self["ad_account_id"] is None:
            return self
        return replace(self, world=self.world.owned_by(self.account()))


@dataclass(frozen=True)
class Answer:
    """A JSON text; for a page of a list also the place where the page began."""

    text: str
    place: pages.Place = None


encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
encode_ascii = json.JSONEncoder(separators=(",", ":")).encode


@functools.cache
def _key_order(count, number):
    """One of a few orders of `count` things."""
    order = list(range(count))
    random.Random(number).shuffle(order)
    return order


def encode_entity(world, entity, variant="", change=None):
    """An entity's item as JSON text: keys in an order of its own, with fields that nobody described.

    Texts are kept per variant; `change` makes the variant's item out of the plain one.
    """
    key = (entity.kind, entity.id, variant)
    if key not in world.encoded:
        item = {**entity.item, **items.UNDESCRIBED.get(entity.kind, {})}
        if change:
            item = change(entity, item)
        world.encoded[key] = encode_item(item, entity.key)
    return world.encoded[key]


def encode_item(item, key):
    """An item as JSON text; its key decides on the order of the fields and on how texts are escaped."""
    fields = list(item.items())
    shuffled = dict(fields[place] for place in _key_order(len(fields), key % 8))
    return (encode if key % 2 else encode_ascii)(shuffled)


def page_answer(call, entities, encode_one, style=pages.Style(), page_size=None):
    """One page of a list of entities. With page_size it is the API that decides how long a page is."""
    mark = pages.signature(call.path, call.query, call.world.size.seed)
    place = pages.find_place(call["bookmark"], mark, len(entities))
    rows, following = pages.cut(entities, place, page_size or call["page_size"], call.page_cap, style)
    bookmark = encode(following.bookmark() if following else None)
    texts = ",".join(encode_one(entity) for entity in rows)
    return Answer(f'{{"items":[{texts}],"bookmark":{bookmark}}}', place)
