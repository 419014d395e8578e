"""By which values of targeting types delivery is told apart, and which part of a delivery each value has.

Every type and value is on its own: their parts are not meant to add up to the whole.
"""

import itertools
import re

from simulator.facts import ENDPOINTS, REPORT
from simulator.metrics import mix, salt

# Two of the types name things by number.
VALUES = {
    "KEYWORD": ("camping tent", "zelt für 4 ⛺", "a, \"b\"; c"),
    "APPTYPE": ("iphone", "ipad", "web", "web_mobile", "android_mobile", "android_tablet"),
    "GENDER": ("female", "male", "unknown"),
    "LOCATION": (500, 807),
    "PLACEMENT": ("SEARCH", "BROWSE"),
    "COUNTRY": ("US", "FR"),
    "TARGETED_INTEREST": ("955", "Home décor"),
    "PINNER_INTEREST": ("Outdoor", ""),
    "AUDIENCE_INCLUDE": (254261234567, 2542620639259),
    "GEO": ("US:94102", "FR:75001"),
    "AGE_BUCKET": ("25-34", "45-49", "65+"),
    "REGION": ("US-CA", "FR-IDF"),
    "CREATIVE_TYPE": ("REGULAR", "VIDEO"),
    "AGE_BUCKET_AND_GENDER": ("25-34&female", "65+&unknown"),
    "AUDIENCE_MULTIPLIER": ("1.5", "NULL"),
    "CREATIVE_ENHANCEMENTS": ("BACKGROUND_GENERATION", "NONE"),
    "QUIZ_RESULT": ("You are a \"tent\" person 🏕", "\\N"),
    "MEDIA_TYPE": ("IMAGE", "VIDEO"),
    "LOCAL_ADS_STORE_CODE": ("0042", "Straße 7"),
}
# Reach cannot be told by targeting.
UNDIVIDED = ("TOTAL_IMPRESSION_USER", "TOTAL_IMPRESSION_FREQUENCY")

REPORT_TYPES = REPORT.parameters["targeting_types"].enum
SYNC_TYPES = {
    endpoint.path: endpoint.parameters["targeting_types"].enum for endpoint in ENDPOINTS
    if endpoint.path.endswith("/targeting_analytics")}


def types_of(kind):
    """The targeting types that any endpoint has for a kind of entity, in the order of VALUES."""
    path = "/ad_accounts/{ad_account_id}" + ("" if kind == "ad_account" else f"/{kind}s") + "/targeting_analytics"
    known = SYNC_TYPES.get(path, REPORT_TYPES)
    return [name for name in VALUES if name in known]


def values_of(targeting_type):
    """The values of a type; of several that are joined by _AND_, those of each joined by &."""
    if targeting_type in VALUES:
        return VALUES[targeting_type]
    names = [name for name in VALUES if re.search(rf"(^|_AND_){name}(_AND_|$)", targeting_type)]
    names.sort(key=targeting_type.index)
    return ["&".join(map(str, parts)) for parts in itertools.product(*(VALUES[name] for name in names))]


def part(delivery, targeting_type, value):
    """What a targeting value has of a delivery (seed, impressions): nothing of one in three."""
    seed = mix(delivery[0], salt(f"{targeting_type}={value}"))
    return None if seed % 3 == 0 else (seed, delivery[1] * (10 + (seed >> 8) % 50) // 100)


def parts(deliveries, targeting_type, value):
    """The same of several deliveries."""
    found = (part(delivery, targeting_type, value) for delivery in deliveries)
    return [delivery for delivery in found if delivery is not None]
