"""Pages of a list: page_size, bookmarks and their quirks."""

import base64
import hashlib
from dataclasses import dataclass

from simulator.errors import invalid_parameter

# With the prefix, bookmarks contain the characters + and /, that a URL must escape.
PREFIX = "???>>>?c-1|"
TEXT_LENGTH = 94


@dataclass(frozen=True)
class Style:
    """How a list fills its pages."""

    # Part of page_size that a page really holds, as numerator and denominator.
    fill: tuple = (1, 1)
    # Whether one more page follows, empty, when all items were delivered.
    empty_last_page: bool = False


@dataclass(frozen=True)
class Place:
    """Where in which list a page began, which is what a bookmark tells."""

    signature: str
    offset: int

    def bookmark(self):
        text = f"{PREFIX}{self.offset}|{self.signature}*GQL*|"
        tail = "|NEW|"
        text += "0" * (TEXT_LENGTH - len(text) - len(tail)) + tail
        return base64.b64encode(text.encode("ascii")).decode("ascii")


def signature(path, query, seed):
    """What a bookmark is good for: the same path and the same parameters."""
    parameters = sorted((name, ",".join(values)) for name, values in query.items() if name != "bookmark")
    return hashlib.blake2b(repr((path, parameters, seed)).encode("utf-8"), digest_size=16).hexdigest()


def find_place(bookmark, expected_signature, count):
    """Where to continue, for a bookmark that was issued for this list and these parameters."""
    if bookmark is None:
        return Place(expected_signature, 0)
    try:
        text = base64.b64decode(bookmark, validate=True).decode("ascii")
        offset, given = text.removeprefix(PREFIX).split("*GQL*|")[0].split("|")
        place = Place(given, int(offset))
    except ValueError:
        raise invalid_parameter("bookmark", "is not a bookmark") from None
    if place.bookmark() != bookmark or not 0 <= place.offset <= count:
        raise invalid_parameter("bookmark", "is not a bookmark")
    if given != expected_signature:
        raise invalid_parameter("bookmark", "was issued for other parameters")
    return place


def cut(rows, place, page_size, page_cap, style):
    """The rows of the page that begins at place, and the Place of the next page or None."""
    size = max(1, page_size * style.fill[0] // style.fill[1])
    if page_cap:
        size = min(size, page_cap)
    end = place.offset + size
    page = rows[place.offset:end]
    more = end < len(rows) or (style.empty_last_page and len(page) > 0)
    return page, Place(place.signature, min(end, len(rows))) if more else None
