"""Lists around boards, pins and the user account."""

from simulator import pages
from simulator.answer import Answer, encode_entity, encode_item, page_answer
from simulator.entities import BOARD_NOT_FOUND, find_board, matching_pins, pin_encoder, visible
from simulator.errors import not_found
from simulator.organic_world import OrganicWorld, is_creator, is_explicit

USER_NOT_FOUND = 30
SEARCH_PAGE = 5
ODD_END = pages.Style(fill=(4, 5), empty_last_page=True)


def _extras(call):
    return call.world.part(OrganicWorld)


def _page(call, rows, style=pages.Style()):
    return page_answer(call, rows, lambda row: encode_entity(call.world, row), style)


# Sections of boards.

def board_sections(call):
    return _page(call, _extras(call).sections[find_board(call).id])


def section_pins(call):
    """The pins of a section, the newest first. Only here a pin tells its section."""
    sections = {section.id: section for section in _extras(call).sections[find_board(call).id]}
    section = sections.get(call["section_id"])
    if section is None:
        raise not_found(BOARD_NOT_FOUND, "Board or section")
    rows = matching_pins(call, section.children, protected=True)
    encoder = pin_encoder(call, "section", lambda _, item: {**item, "board_section_id": section.id})
    return page_answer(call, rows, encoder, pages.Style(fill=(4, 5)))


# The user account.

def media(call):
    return _page(call, _extras(call).media, pages.Style(empty_last_page=True))


def followers(call):
    return _page(call, _extras(call).followers, ODD_END)


def following(call):
    """Those whom the user follows; a ranked feed has an order of its own."""
    rows = _explicit(call, _extras(call).following)
    if call["feed_type"].endswith("CREATOR_ONLY"):
        rows = [row for row in rows if is_creator(row)]
    if call["feed_type"].startswith("RANKED"):
        rows = sorted(rows, key=lambda row: row.key)
    return _page(call, rows)


def following_boards(call):
    return _page(call, _explicit(call, _extras(call).followed_boards))


def _explicit(call, rows):
    return [row for row in rows if is_explicit(row)] if call["explicit_following"] else rows


def websites(call):
    return _page(call, _extras(call).websites)


def businesses(call):
    texts = (encode_item(item, number) for number, item in enumerate(_extras(call).businesses()))
    return Answer(f"[{','.join(texts)}]")


def followed_interests(call):
    """The interests of anybody whom the user knows."""
    rows = _extras(call).interests.get(call["username"])
    if rows is None:
        raise not_found(USER_NOT_FOUND, "User")
    return _page(call, rows)


# Searches among the user's own boards and pins. Their last page is empty.

def search_pins(call):
    """Pins of these ids, or with all words of the query; the API decides how long a page is."""
    wanted = set(call["query"].split(","))
    words = call["query"].lower().split()
    rows = [row for row in matching_pins(call, call.world.pins, protected=True)
            if row.id in wanted or _has_words(_pin_text(row), words)]
    style = pages.Style(empty_last_page=True)
    return page_answer(call, rows, pin_encoder(call), style, SEARCH_PAGE)


def search_boards(call):
    words = (call["query"] or "").lower().split()
    rows = [row for row in reversed(call.world.boards)
            if visible(call, row, "boards:read_secret") and _has_words(row.item["name"].lower(), words)]
    return _page(call, rows, ODD_END)


def _pin_text(pin):
    return f"{pin.item['title']} {pin.item['description']}".lower()


def _has_words(text, words):
    return all(word in text for word in words)
