"""The simulated Pinterest: accounts, campaigns, ad groups, ads, boards, pins and what they delivered.

Everything follows from a seed and a size. Entities exist as small records; their API items are built when
first asked for, and metrics are computed (see metrics.py). What was delivered on a day depends on its distance
from the anchor, the UTC day on which the world was built: it holds the same whenever that was. Today may move later
without any effect on past days.
"""

import threading
from dataclasses import asdict, dataclass, field, replace

from simulator import items
from simulator.metrics import events, is_attribute, is_video, metric, mix, salt

FIRST_ACCOUNT_ID = 549755885175
STATUS_CYCLE = ("ACTIVE", "ACTIVE", "PAUSED", "ARCHIVED", "ACTIVE", "DRAFT", "DELETED_DRAFT", "ACTIVE")
PRIVACY_CYCLE = ("PUBLIC", "PUBLIC", "SECRET", "PROTECTED", "PUBLIC", "PUBLIC")
CREATIVE_CYCLE = ("REGULAR", "VIDEO", "REGULAR", "CAROUSEL", "IDEA", "REGULAR", "SHOPPING", "VIDEO", "COLLECTION")

# Entities that are born when first asked for: the kinds of their parents, and how many a parent has at most.
# They do not count among a parent's children.
LATE_KINDS = {
    "product_group": (("ad_group",), 3),
    "keyword": (("ad_account", "campaign", "ad_group"), 3),
    "product_item": (("product_group",), 2),
}
LATE_STATUSES = {
    "product_group": STATUS_CYCLE, "keyword": ("ACTIVE", "ACTIVE", "ACTIVE", "ARCHIVED"), "product_item": ("ACTIVE",),
}

# The account at this position has no campaigns.
EMPTY_ACCOUNT = 2

DELIVERY_PERCENT = {
    "ad_account": 95, "campaign": 80, "ad_group": 75, "ad": 70,
    "product_group": 60, "keyword": 50, "product_item": 45, "ad_pin": 65,
}
LARGEST_DAY = {
    "ad_account": 2_000_000, "campaign": 900_000, "ad_group": 200_000, "ad": 40_000,
    "product_group": 30_000, "keyword": 20_000, "product_item": 8_000, "ad_pin": 60_000,
}
ARCHIVED_DAYS = 45
BUSINESS_DAYS = 85
PROCESSING_DAYS = 2

# First ids, for accounts at even positions (12 or 13 digits) and at odd ones (18 digits).
FIRST_IDS = {
    "campaign": (626_747_962_992, 626_747_962_992_000_000),
    "ad_group": (2_680_060_704_746, 268_006_070_474_600_000),
    "ad": (687_247_811_001, 687_247_811_001_000_000),
    "product_group": (2_901_480_112_233, 290_148_011_223_300_000),
    "keyword": (3_012_665_008_417, 301_266_500_841_700_000),
    "product_item": (5_466_010_203_040, 546_601_020_304_000_000),
}
ACCOUNT_SPACING = 10_000_000_000
FIRST_BOARD_ID = 914_862_415_104_000_000
FIRST_PIN_ID = 998_743_221_000_000_000
PIN_SPACING = 1_000_000_000_000

# Organic counts per million impressions. A rate is its count per impression.
ORGANIC = {
    "PIN_CLICK": 21_000, "OUTBOUND_CLICK": 6_000, "SAVE": 9_000, "ENGAGEMENT": 36_000,
    "USER_FOLLOW": 700, "PROFILE_VISIT": 1_900,
}
ORGANIC_VIDEO = {
    "VIDEO_START": 420_000, "VIDEO_MRC_VIEW": 240_000, "VIDEO_10S_VIEW": 110_000,
    "QUARTILE_95_PERCENT_VIEW": 60_000, "VIDEO_V50_WATCH_TIME": 3_000_000,
}
LIFETIME_METRICS = ("TOTAL_COMMENTS", "TOTAL_REACTIONS")


@dataclass(frozen=True)
class Size:
    """How large a world is. Campaigns, ad groups and ads are counted per parent.

    In a steady world, all that is in flight delivers on every day, and in each of its hours.
    """

    seed: int = 1
    accounts: int = 3
    campaigns: int = 8
    ad_groups: int = 2
    ads: int = 3
    boards: int = 6
    pins: int = 60
    steady: bool = False


@dataclass(eq=False, slots=True)
class Entity:
    """One thing with an id. `key` seeds all that is random about it; `index` is its place in birth order."""

    kind: str
    id: str
    key: int
    index: int
    parent: "Entity" = None
    status: str = "ACTIVE"
    pin: "Entity" = None
    creative_type: str = None
    privacy: str = None
    video: bool = False
    children: list = field(default_factory=list, repr=False)
    cached_item: dict = field(default=None, repr=False)

    @property
    def item(self):
        """The fields that the API's schema describes, as in the API's JSON."""
        if self.cached_item is None:
            self.cached_item = items.BUILDERS[self.kind](self)
        return self.cached_item

    def ancestor(self, kind):
        """The entity of a kind on the way from here up to the account, or None."""
        entity = self
        while entity is not None and entity.kind != kind:
            entity = entity.parent
        return entity


class World:
    """All entities of one seed and size, and their deliveries."""

    def __init__(self, size, anchor, user_number=0):
        self.size = size
        self.user_number = user_number
        self.anchor = anchor
        self.restated = {}
        self.by_id = {}
        self.levels = {}
        self.encoded = {}
        self.parts = {}
        self.owners = {}
        self.carousels = False
        self.birth = threading.RLock()
        self.born = set()
        self.user = self._entity("user", items.USER_ID + user_number, 0)
        self.boards = [self._board(index) for index in range(size.boards)]
        self.user.children.extend(self.boards)
        self.pins = [self._pin(index) for index in range(size.pins)] if self.boards else []
        self.accounts = [self._account(index) for index in range(size.accounts)]

    def counts(self):
        """How many entities of each kind there are."""
        kinds = {}
        for kind, _ in list(self.by_id):
            kinds[kind] = kinds.get(kind, 0) + 1
        return {"size": asdict(self.size), "anchor": str(self.anchor), "entities": kinds}

    def find(self, kind, entity_id):
        self._bear(kind)
        return self.by_id.get((kind, entity_id))

    def level(self, account, kind):
        """An account's entities of one kind, in the order of their ids."""
        self._bear(kind)
        return self.levels[account.id, kind]

    def part(self, build):
        """What one family of endpoints adds to the world: build(world), when first asked for."""
        if build not in self.parts:
            self.parts[build] = build(self)
        return self.parts[build]

    def owned_by(self, account):
        """The world of the user who owns an ad account: boards, pins and catalogs of their own, but no ads."""
        with self.birth:
            if account.id not in self.owners:
                size = replace(self.size, seed=mix(self.size.seed, account.key) % 10 ** 6, accounts=0)
                self.owners[account.id] = World(size, self.anchor, account.index + 1)
                self.owners[account.id].restated = self.restated
            return self.owners[account.id]

    # Birth of entities.

    def _entity(self, kind, entity_id, index, **more):
        key = mix(mix(self.size.seed, salt(kind)), entity_id)
        entity = Entity(kind, str(entity_id), key, index, **more)
        self.by_id[kind, entity.id] = entity
        return entity

    def _board(self, index):
        privacy = PRIVACY_CYCLE[index % len(PRIVACY_CYCLE)]
        entity_id = FIRST_BOARD_ID + index * 7_919_000_003 + self.user_number
        return self._entity("board", entity_id, index, parent=self.user, privacy=privacy)

    def _pin(self, index):
        """A pin. The newer half of the ids has 19 digits."""
        entity_id = FIRST_PIN_ID + index * PIN_SPACING + index * 31 + self.user_number
        if index >= self.size.pins // 2:
            entity_id += 10 ** 18
        board = self.boards[(index * index + index // 3) % len(self.boards)]
        creative_type = CREATIVE_CYCLE[index % len(CREATIVE_CYCLE)]
        pin = self._entity("pin", entity_id, index, parent=board, creative_type=creative_type,
                           privacy=board.privacy, video=creative_type == "VIDEO")
        board.children.append(pin)
        return pin

    def _account(self, index):
        entity_id = FIRST_ACCOUNT_ID + index * 1009
        if index % 2:
            entity_id = FIRST_ACCOUNT_ID * 1_000_000 + index
        account = self._entity("ad_account", entity_id, index, video=True)
        self.levels[account.id, "ad_account"] = [account]
        parents = [account]
        sizes = (("campaign", self.size.campaigns), ("ad_group", self.size.ad_groups), ("ad", self.size.ads))
        for kind, per_parent in sizes:
            parents = self._level(account, kind, parents, per_parent)
        return account

    def _level(self, account, kind, parents, per_parent):
        """Give each parent its children. Drafts have none, neither has the empty account."""
        level = []
        next_id = FIRST_IDS[kind][account.index % 2] + account.index // 2 * ACCOUNT_SPACING
        for parent in parents:
            barren = parent.status == "DRAFT" or account.index == EMPTY_ACCOUNT
            for _ in range(0 if barren else per_parent):
                child = self._advertised(kind, next_id, len(level), parent)
                next_id += 1 + child.key % 37
                level.append(child)
                parent.children.append(child)
        self.levels[account.id, kind] = level
        return level

    def _advertised(self, kind, entity_id, index, parent):
        status = STATUS_CYCLE[(index * 5 if kind == "ad" else index) % len(STATUS_CYCLE)]
        entity = self._entity(kind, entity_id, index, parent=parent, status=status, video=True)
        if kind == "ad":
            entity.pin = self.pins[entity.key % len(self.pins)] if self.pins else None
            entity.creative_type = entity.pin.creative_type if entity.pin else "REGULAR"
            entity.video = entity.creative_type == "VIDEO"
        return entity

    def _bear(self, kind):
        """Give all accounts their entities of a late kind, unless they have them."""
        if kind not in LATE_KINDS or kind in self.born:
            return
        with self.birth:
            if kind not in self.born:
                for account in self.accounts:
                    self.levels[account.id, kind] = self._late_level(account, kind)
                self.born.add(kind)

    def _late_level(self, account, kind):
        """An account's entities of a late kind: some parents have none, and an account itself the most."""
        level = []
        kinds, most = LATE_KINDS[kind]
        statuses = LATE_STATUSES[kind]
        next_id = FIRST_IDS[kind][account.index % 2] + account.index // 2 * ACCOUNT_SPACING
        for parent in (parent for parent_kind in kinds for parent in self.level(account, parent_kind)):
            barren = parent.status == "DRAFT" or account.index == EMPTY_ACCOUNT
            count = most if parent is account else (parent.key >> 5) % (most + 1)
            for _ in range(0 if barren else count):
                status = statuses[len(level) % len(statuses)]
                child = self._entity(kind, next_id, len(level), parent=parent, status=status, video=True)
                next_id += 1 + child.key % 37
                level.append(child)
        return level

    # Delivery of ads.

    def restate(self, today, days, factor, vanish=0):
        """Let the metrics of the last days, up to today, differ from now on; vanish: percent of deliveries that are not there."""
        for day in range(today.toordinal() - days + 1, today.toordinal() + 1):
            version, before, _ = self.restated.get(day, (0, 1, 0))
            self.restated[day] = (version + 1, before * factor, vanish)

    def _day_seed(self, entity, day):
        """What is random about an entity on a day (an ordinal)."""
        return mix(entity.key, day - self.anchor.toordinal())

    def _in_flight(self, entity, day):
        """Whether an entity's status and age let it deliver on a day at all."""
        anchor = self.anchor.toordinal()
        if entity.kind == "ad_account":
            return bool(entity.children)
        if entity.status == "PAUSED":
            return day < anchor - entity.key % 60
        if entity.status == "ARCHIVED":
            return day < anchor - ARCHIVED_DAYS
        return entity.status == "ACTIVE" and (entity.key >> 8) % 11 != 0

    def _restatement(self, day, seed, count):
        """A day's seed and count after the restatements of the day."""
        if day not in self.restated:
            return seed, count
        version, factor, _ = self.restated[day]
        return mix(seed, version), int(count * factor)

    def _has_vanished(self, day, seed):
        """Whether the last restatement of a day took a delivery away, whose seed this is after it."""
        return day in self.restated and (seed >> 24) % 100 < self.restated[day][2]

    def delivery(self, entity, day):
        """(seed, impressions) of an entity on a day (an ordinal), or None without delivery."""
        seed = self._day_seed(entity, day)
        idle = seed % 100 >= DELIVERY_PERCENT[entity.kind] and not self.size.steady
        if idle or not self._in_flight(entity, day):
            return None
        largest = LARGEST_DAY[entity.kind] * (entity.key % 97 + 3) // 100
        impressions = 0 if (seed >> 8) % 41 == 0 else 1 + (seed >> 16) % largest
        seed, impressions = self._restatement(day, seed, impressions)
        return None if self._has_vanished(day, seed) else (seed, impressions)

    def hourly_delivery(self, entity, day, hour):
        """Like delivery(), for one hour of the day. An hour in three has none, unless the world is steady."""
        whole = self.delivery(entity, day)
        if whole is None:
            return None
        seed = mix(whole[0], 1000 + hour)
        idle = seed % 3 == 0 and not self.size.steady
        return None if idle else (seed, whole[1] * (seed % 7) // 72)

    @staticmethod
    def value(entity, column, deliveries, windows=None):
        """The value of an analytics column over some deliveries, None where the API has none."""
        if is_attribute(column):
            return items.attribute(entity, column)
        if is_video(column) and not entity.video:
            return None
        return metric(column, windows).measure(deliveries)

    # Organic metrics.

    def organic_status(self, entity, day, today):
        """The data_status of a day (an ordinal)."""
        if entity.kind == "user" and day < self.anchor.toordinal() - BUSINESS_DAYS:
            return "BEFORE_BUSINESS_CREATED"
        return "PROCESSING" if day > today.toordinal() - PROCESSING_DAYS else "READY"

    def organic_counts(self, entity, day, variant=0):
        """{metric: count} of a day (an ordinal), without the rates. A variant is a filtered view."""
        seed = self._day_seed(entity, day)
        impressions = (seed >> 9) % (60_000 if entity.kind == "user" else 900)
        if entity.kind == "pin" and seed % 5 == 0:
            impressions = 0
        seed, impressions = self._restatement(day, seed, impressions)
        if variant:
            seed, impressions = mix(seed, variant), impressions * (variant % 60 + 20) // 100
        counts = {"IMPRESSION": impressions}
        for name, per_million in (ORGANIC | ORGANIC_VIDEO if entity.video else ORGANIC).items():
            counts[name] = events(seed, impressions, per_million, salt(name))
        return counts

    @staticmethod
    def organic_value(counts, name):
        """An organic metric out of counts: a count, a rate, an average, or None where undefined."""
        if name in counts:
            return counts[name]
        if name == "VIDEO_AVG_WATCH_TIME":
            starts = counts.get("VIDEO_START")
            return counts["VIDEO_V50_WATCH_TIME"] / starts if starts else None
        count = counts.get(name.removesuffix("_RATE"))
        if count is None or not counts["IMPRESSION"]:
            return None
        return count / counts["IMPRESSION"]

    @staticmethod
    def lifetime_value(entity, name):
        return mix(entity.key, salt(name)) % 300
