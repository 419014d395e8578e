"""What the user account has besides boards and pins: sections, uploads, followers, websites, interests.

Sections only order the pins that boards have anyway: a pin does not say that it is in one, as the lists
that name no section leave the field empty.
"""

import datetime

from simulator.items import BOARD_EPOCH, username
from simulator.metrics import mix, salt
from simulator.world import Entity

SECTIONS_PER_BOARD = (5, 0, 3, 27, 1, 2)
SECTION_NAMES = ("Zelte & Planen", "Salads 🥗", "\"Quoted\"", "一", "a,b;c", " ", "NULL", "Duplicate", "Duplicate")

# First ids of sections, for boards at even positions (13 digits) and at odd ones (19 digits).
FIRST_SECTION_IDS = (5_027_630_889_000, 5_027_630_889_000_000_000)
FIRST_MEDIA_IDS = (7_245_118_300_211, 5_267_401_882_013_000_000)
FIRST_FOLLOWED_BOARD_ID = 411_938_700_000_000_000
FIRST_INTEREST_ID = 903_972_677_000
USER_SPACING = 10 ** 7

MEDIA_STATUSES = ("succeeded", "processing", "registered", "failed")
PEOPLE = ("été_boutique", "tent.maker", "O-Brien_99", "_", "NULL")
INTERESTS = ("Man cave", "Camping 🏕", "Crème brûlée", "Été", "旅行", "Tiny \"houses\"", "Food, drinks & co", "Knots")
MEDIA, FOLLOWERS, FOLLOWING, FOLLOWED_BOARDS, OWN_INTERESTS = 11, 57, 31, 17, 9

WEBSITES = (
    {"website": "shop.example.com", "status": "success", "verified_at": "2022-12-14T21:03:01.602000"},
    {"website": "example.org/blog", "status": "success", "verified_at": "2024-02-29T00:00:00"},
    {"website": "bücher.example", "status": "pending", "verified_at": None},
    {"website": "old.example.net", "status": "", "is_etsy": False},
    {"website": "no.example/ü?a=b&c", "status": "failed", "verified_at": "2025-03-30T02:30:00.000001"},
)
BUSINESSES = ("fjord_outdoor", "maison.été", "third")


class OrganicWorld:
    """All of it, for one world; see World.part()."""

    def __init__(self, world):
        self.seed = world.size.seed
        self.user_number = world.user_number
        self.sections = {board.id: self._sections(board) for board in world.boards}
        self.media = [self._media(index) for index in range(MEDIA)]
        self.followers = [self._person("follower", index) for index in range(FOLLOWERS)]
        self.following = [self._person("followee", index) for index in range(FOLLOWING)]
        self.followed_boards = [self._followed_board(index) for index in range(FOLLOWED_BOARDS)]
        self.websites = [self._entity("website", index, index, dict(item)) for index, item in enumerate(WEBSITES)]
        self.interests = {person.id: self._interests(person.key % 4, person.key)
                          for person in self.followers + self.following}
        self.interests[username(world.user)] = self._interests(OWN_INTERESTS, 0)

    def _entity(self, kind, entity_id, index, item, parent=None):
        key = mix(mix(self.seed, salt(kind)), index if isinstance(entity_id, str) else entity_id)
        return Entity(kind, str(entity_id), key, index, parent=parent, cached_item=item)

    def _sections(self, board):
        first = FIRST_SECTION_IDS[board.index % 2] + board.index * 1000 + self.user_number * USER_SPACING
        found = []
        for index in range(SECTIONS_PER_BOARD[board.index % len(SECTIONS_PER_BOARD)]):
            item = {"id": str(first + index * 7), "name": SECTION_NAMES[index % len(SECTION_NAMES)]}
            found.append(self._entity("board_section", first + index * 7, index, item, board))
        for place, pin in enumerate(board.children):
            if place % (len(found) + 1):
                found[place % (len(found) + 1) - 1].children.append(pin)
        return found

    def _media(self, index):
        media_id = FIRST_MEDIA_IDS[index % 2] + index * 911
        item = {"media_id": str(media_id), "media_type": "video", "upload_source": None}
        if index % 5 != 4:
            item["status"] = MEDIA_STATUSES[index % len(MEDIA_STATUSES)]
        return self._entity("media", media_id, index, item)

    def _person(self, kind, index):
        name = PEOPLE[index] if kind == "followee" and index < len(PEOPLE) else f"{kind}_{index}"
        if self.user_number:
            name = f"{name}_of_{self.user_number}"
        return self._entity(kind, name, index, {"type": "user", "username": name, "is_verified": None})

    def _followed_board(self, index):
        """A board of somebody else; such summaries lack fields now and then."""
        board_id = FIRST_FOLLOWED_BOARD_ID + index * 77_003 + self.user_number * USER_SPACING
        created = BOARD_EPOCH - datetime.timedelta(days=index * 11, seconds=index)
        item = {
            "id": str(board_id), "name": SECTION_NAMES[index % len(SECTION_NAMES)], "privacy": "PUBLIC",
            "description": (None, "", "Ideas for «tents» ⛺")[index % 3],
            "created_at": created.isoformat(), "board_pins_modified_at": None,
            "collaborator_count": index % 3, "follower_count": 2 ** 31 + index,
            "media": {"image_cover_url": None, "pin_thumbnail_urls": []},
            "owner": {"username": f"followee_{index}"}, "pin_count": index * 100,
        }
        if index % 4 == 1:
            del item["media"], item["pin_count"]
        return self._entity("followed_board", board_id, index, item)

    def _interests(self, count, start):
        return [self._interest((start + number) % 100) for number in range(count)]

    def _interest(self, index):
        interest_id = FIRST_INTEREST_ID + index * 830
        name = INTERESTS[index % len(INTERESTS)] + (f" {index}" if index >= len(INTERESTS) else "")
        item = {"id": str(interest_id), "name": name, "key": name.lower(), "recommended": False}
        if index % 4 != 3:
            item["canonical_url"] = None if index % 4 == 2 else f"https://www.pinterest.example/ideas/{interest_id}/"
        return self._entity("interest", interest_id, index, item)

    @staticmethod
    def businesses():
        """The linked businesses, as a bare array."""
        items = []
        for index, username in enumerate(BUSINESSES):
            item = {"username": username}
            for size in ("small", "medium", "large", "xlarge"):
                item[f"image_{size}_url"] = f"https://i.pinimg.example/{size}/{index}.jpg"
            items.append(item)
        items[1]["image_xlarge_url"] = ""
        items[1]["image_large_url"] = None
        del items[2]["image_small_url"]
        return items


def is_creator(person):
    return person.index % 3 == 0


def is_explicit(followed):
    """Whether somebody or a board is followed for its own sake, not by way of something else."""
    return followed.index % 4 != 0
