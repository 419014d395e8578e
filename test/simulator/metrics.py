"""Metric values: pure functions of an entity's key, a day and a column, so that nothing is stored.

A delivery is a pair (seed, impressions): what one entity did in one day or hour. Every metric follows
from it. Counts and micro currency amounts add up over deliveries; rates are quotients of two such sums.
A metric that is zero or undefined is None: the API leaves its key out.
"""

import re
import zlib

from simulator.facts import COLUMN_TYPES

MASK = (1 << 64) - 1
PART = 1024 * 1_000_000

# Expected events per million impressions, by the first pattern found in the column's name.
FREQUENCY = [
    (r"^(PAID_IMPRESSION|IMPRESSION_1)$", 1_000_000),
    (r"^IMPRESSION_1_GROSS$", 1_040_000),
    (r"^TOTAL_IMPRESSION_USER$", 450_000),
    (r"^IMPRESSION_2$", 90_000),
    (r"VIDEO_(P0|3SEC)", 380_000),
    (r"VIDEO_(MRC|P25)", 210_000),
    (r"VIDEO_(P50|15SEC)", 120_000),
    (r"VIDEO_(P75|P95|P100)", 60_000),
    (r"VIDEO", 50_000),
    (r"ENGAGEMENT_1", 32_000),
    (r"ENGAGEMENT_2", 4_000),
    (r"CLICKTHROUGH_1", 11_000),
    (r"CLICKTHROUGH_2", 1_500),
    (r"OUTBOUND_CLICK", 7_000),
    (r"REPIN", 3_500),
    (r"WEB_SESSIONS|PAGE_VISIT", 5_000),
    (r"SHOWCASE|QUIZ|IDEA_PIN", 900),
    (r"CHECKOUT|CONVERSIONS|ADD_TO_CART", 1_200),
]
OTHER_FREQUENCY = 500

# Rate column: (numerator, denominator or None for one, scale). Rates that are not listed are
# engagements per impression.
SPEND = "SPEND_IN_MICRO_DOLLAR"
MICRO = 1 / 1_000_000
QUOTIENTS = {
    "SPEND_IN_DOLLAR": (SPEND, None, MICRO),
    "VIDEO_SPEND_IN_DOLLAR": (SPEND, None, MICRO),
    "CPC_IN_MICRO_DOLLAR": (SPEND, "CLICKTHROUGH_1", 1),
    "ECPC_IN_MICRO_DOLLAR": (SPEND, "TOTAL_CLICKTHROUGH", 1),
    "ECPC_IN_DOLLAR": (SPEND, "TOTAL_CLICKTHROUGH", MICRO),
    "CTR": ("CLICKTHROUGH_1", "IMPRESSION_1", 1),
    "ECTR": ("TOTAL_CLICKTHROUGH", "TOTAL_IMPRESSION", 1),
    "CTR_2": ("CLICKTHROUGH_2", "IMPRESSION_2", 1),
    "OUTBOUND_CTR_1": ("OUTBOUND_CLICK_1", "IMPRESSION_1", 1),
    "ECPE_IN_DOLLAR": (SPEND, "TOTAL_ENGAGEMENT", MICRO),
    "ENGAGEMENT_RATE": ("ENGAGEMENT_1", "IMPRESSION_1", 1),
    "EENGAGEMENT_RATE": ("TOTAL_ENGAGEMENT", "TOTAL_IMPRESSION", 1),
    "ECPM_IN_MICRO_DOLLAR": (SPEND, "TOTAL_IMPRESSION", 1000),
    "CPM_IN_MICRO_DOLLAR": (SPEND, "IMPRESSION_1", 1000),
    "CPM_IN_DOLLAR": (SPEND, "IMPRESSION_1", 1000 * MICRO),
    "REPIN_RATE": ("REPIN_1", "IMPRESSION_1", 1),
    "TOTAL_REPIN_RATE": ("REPIN_1", "TOTAL_IMPRESSION", 1),
    "TOTAL_IMPRESSION_FREQUENCY": ("TOTAL_IMPRESSION", "TOTAL_IMPRESSION_USER", 1),
    "COST_PER_OUTBOUND_CLICK_IN_DOLLAR": (SPEND, "OUTBOUND_CLICK_2", MICRO),
    "COST_PER_OUTBOUND_CLICK_IN_DOLLAR_1": (SPEND, "OUTBOUND_CLICK_1", MICRO),
    "PAGE_VISIT_COST_PER_ACTION": (SPEND, "TOTAL_PAGE_VISIT", MICRO),
    "PAGE_VISIT_ROAS": ("TOTAL_CUSTOM_VALUE_IN_MICRO_DOLLAR", SPEND, 1),
    "CHECKOUT_ROAS": ("TOTAL_CHECKOUT_VALUE_IN_MICRO_DOLLAR", SPEND, 1),
    "CUSTOM_ROAS": ("TOTAL_CUSTOM_VALUE_IN_MICRO_DOLLAR", SPEND, 1),
    "WEB_CHECKOUT_ROAS": ("TOTAL_WEB_CHECKOUT_VALUE_IN_MICRO_DOLLAR", SPEND, 1),
    "WEB_CHECKOUT_COST_PER_ACTION": (SPEND, "TOTAL_WEB_CHECKOUT", MICRO),
    "INAPP_CHECKOUT_COST_PER_ACTION": (SPEND, "TOTAL_CHECKOUT", MICRO),
    "PAID_VIDEO_VIEWABLE_RATE": ("VIDEO_MRC_VIEWS_1", "IMPRESSION_1", 1),
    "ECPV_IN_DOLLAR": (SPEND, "TOTAL_VIDEO_MRC_VIEWS", MICRO),
    "ECPCV_IN_DOLLAR": (SPEND, "TOTAL_VIDEO_P100_COMPLETE", MICRO),
    "ECPCV_P95_IN_DOLLAR": (SPEND, "TOTAL_VIDEO_P95_COMBINED", MICRO),
    "TOTAL_VIDEO_AVG_WATCHTIME_IN_SECOND": ("TOTAL_VIDEO_P50_COMBINED", "TOTAL_VIDEO_P0_COMBINED", 14),
    "COST_PER_LEAD": (SPEND, "LEADS", MICRO),
    "QUIZ_COMPLETION_RATE": ("QUIZ_COMPLETED", "QUIZ_PIN_RESULT_OPEN", 1),
    "SHOWCASE_AVERAGE_SUBPAGE_CLOSEUP_PER_SESSION":
        ("SHOWCASE_SUBPAGE_CLOSEUP", "SHOWCASE_PIN_CLICKTHROUGH", 1),
    "TOTAL_CHECKOUT_CONVERSION_RATE": ("TOTAL_CHECKOUT", "TOTAL_CLICKTHROUGH", 1),
    "TOTAL_SIGNUP_CONVERSION_RATE": ("TOTAL_SIGNUP", "TOTAL_CLICKTHROUGH", 1),
    "TOTAL_PAGE_VISIT_CONVERSION_RATE": ("TOTAL_PAGE_VISIT", "TOTAL_CLICKTHROUGH", 1),
    "TOTAL_LEAD_CONVERSION_RATE": ("TOTAL_LEAD", "TOTAL_CLICKTHROUGH", 1),
    "TOTAL_CUSTOM_CONVERSION_RATE": ("TOTAL_CUSTOM", "TOTAL_CLICKTHROUGH", 1),
}
OTHER_QUOTIENT = ("TOTAL_ENGAGEMENT", "TOTAL_IMPRESSION", 1)

# Columns that describe the entity rather than measure it, besides all text and boolean columns.
ATTRIBUTES = frozenset([
    "AD_GROUP_BUDGET_IN_LOCAL_CURRENCY", "AD_GROUP_BID_MULTIPLIER", "VIDEO_LENGTH",
    "CAMPAIGN_LIFETIME_SPEND_CAP", "CAMPAIGN_DAILY_SPEND_CAP",
])
VALUE_SUFFIX = "_VALUE_IN_MICRO_DOLLAR"


def mix(a, b):
    """A cheap 64-bit hash of two integers."""
    x = (a ^ (b * 0x9E3779B97F4A7C15)) & MASK
    x = ((x ^ (x >> 29)) * 0xBF58476D1CE4E5B9) & MASK
    return x ^ (x >> 32)


def salt(name):
    """A stable integer for a name (the built-in hash of a text differs per process)."""
    return zlib.crc32(name.encode("utf-8"))


def events(seed, exposure, per_million, name_salt):
    """How often something happened: around exposure * per_million / 10^6, rounded up at random."""
    x = mix(seed, name_salt)
    expected = exposure * per_million * (512 + (x & 1023))
    return (expected + (x >> 12) % PART) // PART


def is_attribute(column):
    return column in ATTRIBUTES or COLUMN_TYPES[column] in ("text", "boolean")


def is_video(column):
    return "VIDEO" in column or column.startswith("ECPV") or column.startswith("ECPCV")


def _frequency(column):
    for pattern, per_million in FREQUENCY:
        if re.search(pattern, column):
            return per_million
    return OTHER_FREQUENCY


class Count:
    """An event counter."""

    def __init__(self, column):
        self.per_million = _frequency(column)
        self.salt = salt(column)
        self.exact = self.per_million == 1_000_000

    def total(self, deliveries):
        if self.exact:
            return sum(impressions for _, impressions in deliveries)
        result = 0
        for seed, impressions in deliveries:
            result += events(seed, impressions, self.per_million, self.salt)
        return result


class Spend:
    """Micro currency spent: a price per impression that differs by delivery."""

    @staticmethod
    def total(deliveries):
        return sum(impressions * (2500 + seed % 9973) for seed, impressions in deliveries)


class Value:
    """Micro currency earned by counted events."""

    def __init__(self, column):
        self.count = counter(column.removesuffix(VALUE_SUFFIX))
        self.salt = salt(column)

    def total(self, deliveries):
        result = 0
        for delivery in deliveries:
            price = 8_000_000 + mix(delivery[0], self.salt) % 140_000_000
            result += self.count.total((delivery,)) * price
        return result


class Sum:
    """A TOTAL_ column: paid plus earned."""

    def __init__(self, paid, earned):
        self.paid, self.earned = counter(paid), counter(earned)

    def total(self, deliveries):
        return self.paid.total(deliveries) + self.earned.total(deliveries)


class Rate:
    """A quotient of two sums."""

    def __init__(self, column):
        numerator, denominator, self.scale = QUOTIENTS.get(column, OTHER_QUOTIENT)
        self.numerator = counter(numerator)
        self.denominator = counter(denominator) if denominator else None

    def measure(self, deliveries):
        above = self.numerator.total(deliveries)
        below = self.denominator.total(deliveries) if self.denominator else 1
        return above / below * self.scale if above and below else None


class Amount:
    """A count or amount as a metric: zero means that there is no value."""

    def __init__(self, column):
        self.total = counter(column).total

    def measure(self, deliveries):
        return self.total(deliveries) or None


_counters = {}
_metrics = {}


def counter(column):
    """The additive quantity of a column."""
    if column not in _counters:
        _counters[column] = _new_counter(column)
    return _counters[column]


def _new_counter(column):
    if column == SPEND:
        return Spend()
    if column.endswith(VALUE_SUFFIX):
        return Value(column)
    if column.startswith("TOTAL_"):
        parts = [column.removeprefix("TOTAL_") + suffix for suffix in ("_1", "_2")]
        if all(part in COLUMN_TYPES for part in parts):
            return Sum(*parts)
    return Count(column)


def metric(column):
    """The object whose measure(deliveries) answers the column's value or None."""
    if column not in _metrics:
        is_rate = COLUMN_TYPES[column] == "double precision"
        _metrics[column] = Rate(column) if is_rate else Amount(column)
    return _metrics[column]
