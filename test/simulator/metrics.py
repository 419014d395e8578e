"""Metric values: pure functions of an entity's key, a day and a column, so that nothing is stored.

A delivery is a pair (seed, impressions): what one entity did in one day or hour. Every metric follows
from it. Counts and micro currency amounts add up over deliveries; rates are quotients of two such sums.
A metric that is zero or undefined is None: the API leaves its key out.

What counts as a conversion depends on the attribution windows; None stands for those that the API takes by default.
"""

import functools
import re
import zlib
from decimal import Decimal
from fractions import Fraction

from simulator.facts import ALL_COLUMN_TYPES, COLUMN_TYPES

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
MICRO = Fraction(1, 1_000_000)
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
    "ADS_CREDIT_SPEND_IN_DOLLAR": ("ADS_CREDIT_SPEND_IN_MICRO_DOLLAR", None, MICRO),
    "OUTBOUND_CTR": ("OUTBOUND_CLICK_2", "IMPRESSION_2", 1),
    "COST_PER_OUTBOUND_CLICK": (SPEND, "OUTBOUND_CLICK_2", 1),
    "CPV_IN_MICRO_DOLLAR": (SPEND, "VIDEO_MRC_VIEWS_1", 1),
    "CPCV_IN_MICRO_DOLLAR": (SPEND, "VIDEO_P100_COMPLETE_1", 1),
    "CPCV_P95_IN_MICRO_DOLLAR": (SPEND, "VIDEO_P95_COMBINED_1", 1),
    "VIDEO_AVG_WATCHTIME_IN_SECOND_1": ("VIDEO_P50_COMBINED_1", "VIDEO_P0_COMBINED_1", 14),
    "VIDEO_AVG_WATCHTIME_IN_SECOND_2": ("VIDEO_P50_COMBINED_2", "VIDEO_P0_COMBINED_2", 14),
}
OTHER_QUOTIENT = ("TOTAL_ENGAGEMENT", "TOTAL_IMPRESSION", 1)

# Columns that describe the entity rather than measure it, besides all text and boolean columns.
ATTRIBUTES = frozenset([
    "AD_GROUP_BUDGET_IN_LOCAL_CURRENCY", "AD_GROUP_BID_MULTIPLIER", "VIDEO_LENGTH",
    "CAMPAIGN_LIFETIME_SPEND_CAP", "CAMPAIGN_DAILY_SPEND_CAP", "PRODUCT_ITEM_PRICE", "PRODUCT_ITEM_SALE_PRICE",
])
VALUE_SUFFIX = "_VALUE_IN_MICRO_DOLLAR"
COST_SUFFIX, ROAS_SUFFIX = "_COST_PER_ACTION", "_ROAS"

CONVERSION = re.compile(
    "CONVERSION|CHECKOUT|SIGNUP|LEAD|ADD_TO|PAGE_VISIT|CUSTOM|APP_INSTALL|WATCH_VIDEO|VIEW_CATEGORY|SEARCH|UNKNOWN"
    "|SUBSCRIBE")
WINDOW_DEFAULTS = {
    "click_window_days": 30, "engagement_window_days": 30, "view_window_days": 1,
    "conversion_report_time": "TIME_OF_AD_ACTION",
}
NO_CHOICE = tuple(str(value) for value in [*WINDOW_DEFAULTS.values(), ""])


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
    return column in ATTRIBUTES or ALL_COLUMN_TYPES[column] in ("text", "boolean")


def is_video(column):
    return "VIDEO" in column or column.startswith("ECPV") or column.startswith("ECPCV")


def is_conversion(column):
    return CONVERSION.search(column) is not None


def windows_of(options):
    """The attribution that options (values or their texts) choose, None for what counts by default."""
    asked = {name: value for name, value in options.items() if name in WINDOW_DEFAULTS and value is not None}
    household = "HOUSEHOLD" if "HOUSEHOLD" in (options.get("attribution_types") or "") else ""
    chosen = tuple(str(value) for value in [*{**WINDOW_DEFAULTS, **asked}.values(), household])
    return None if chosen == NO_CHOICE else chosen


def _percent(windows):
    """How many conversions windows find, in percent of those that the default ones find."""
    click, engagement, view, *others = windows
    return 58 + int(click) + int(engagement) // 2 + int(view) * 2 - salt(" ".join(others)) % 7


def _frequency(column):
    for pattern, per_million in FREQUENCY:
        if re.search(pattern, column):
            return per_million
    return OTHER_FREQUENCY


class Count:
    """An event counter."""

    def __init__(self, column, windows):
        self.per_million = _frequency(column)
        self.salt = salt(column)
        if windows:
            self.per_million = self.per_million * _percent(windows) // 100
            self.salt = salt(column + " " + " ".join(windows))
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

    def __init__(self, column, windows):
        self.count = counter(column.removesuffix(VALUE_SUFFIX), windows)
        self.salt = salt(column)

    def total(self, deliveries):
        result = 0
        for delivery in deliveries:
            price = 8_000_000 + mix(delivery[0], self.salt) % 140_000_000
            result += self.count.total((delivery,)) * price
        return result


class Sum:
    """A TOTAL_ column: paid plus earned."""

    def __init__(self, paid, earned, windows):
        self.paid, self.earned = counter(paid, windows), counter(earned, windows)

    def total(self, deliveries):
        return self.paid.total(deliveries) + self.earned.total(deliveries)


class Rate:
    """A quotient of two sums, which is the same on machines whose floats are rounded otherwise (i386)."""

    def __init__(self, column, windows):
        numerator, denominator, self.scale = _quotient(column)
        self.numerator = counter(numerator, windows)
        self.denominator = counter(denominator, windows) if denominator else None
        if windows and is_conversion(column) and not is_conversion(f"{numerator} {denominator}"):
            self.scale *= Fraction(_percent(windows), 100)

    def measure(self, deliveries):
        above = self.numerator.total(deliveries)
        below = self.denominator.total(deliveries) if self.denominator else 1
        if not above or not below:
            return None
        return float(Decimal(above * self.scale.numerator) / Decimal(below * self.scale.denominator))


def _quotient(column):
    """Numerator, denominator and scale of a rate; those of actions that are not listed follow from its name."""
    if column in QUOTIENTS:
        return QUOTIENTS[column]
    action = "TOTAL_" + column.removesuffix(COST_SUFFIX).removesuffix(ROAS_SUFFIX)
    if column.endswith(COST_SUFFIX):
        return SPEND, action, MICRO
    if column.endswith(ROAS_SUFFIX):
        return action + VALUE_SUFFIX, SPEND, 1
    return OTHER_QUOTIENT


class Amount:
    """A count or amount as a metric: zero means that there is no value."""

    def __init__(self, column, windows):
        self.total = counter(column, windows).total

    def measure(self, deliveries):
        return self.total(deliveries) or None


@functools.cache
def counter(column, windows=None):
    """The additive quantity of a column."""
    if not is_conversion(column):
        windows = None
    if column == SPEND:
        return Spend()
    if column.endswith(VALUE_SUFFIX):
        return Value(column, windows)
    if column.startswith("TOTAL_"):
        parts = [column.removeprefix("TOTAL_") + suffix for suffix in ("_1", "_2")]
        known = COLUMN_TYPES if column in COLUMN_TYPES else ALL_COLUMN_TYPES
        if all(part in known for part in parts):
            return Sum(*parts, windows)
    return Count(column, windows)


@functools.cache
def metric(column, windows=None):
    """The object whose measure(deliveries) answers the column's value or None."""
    is_rate = ALL_COLUMN_TYPES[column] == "double precision"
    return Rate(column, windows) if is_rate else Amount(column, windows)
