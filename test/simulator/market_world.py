"""What the API tells everybody: targeting options, interests, countries, metrics, trends and terms.

Nothing here belongs to the world's entities; it follows from the seed, and from today where it is about trends.
"""

import datetime

from simulator.facts import ALL_COLUMN_TYPES, COLUMN_TYPES, FACTS
from simulator.items import INTEREST_NAMES
from simulator.metrics import mix, salt

# Names of targeting options. What an account brings along itself has none; keywords are no options at all.
GEO_OPTIONS = {f"US:{94_100 + n}": f"San Francisco, {94_100 + n}" for n in range(40)}
OPTIONS = {
    "APPTYPE": {"iphone": "iPhone", "ipad": "iPad", "android_mobile": "Android phone",
                "android_tablet": "Android tablet", "web": "Web", "web_mobile": "Mobile web"},
    "GENDER": {"female": "Female", "male": "Male", "unknown": "Unspecified"},
    "LOCALE": {"en": "English", "fr": "Français", "ja": "日本語", "pt-BR": "Português (Brasil)", "zh-Hant": "繁體中文"},
    "AGE_BUCKET": {name: name for name in ("18-24", "25-34", "35-44", "45-49", "50-54", "55-64", "65+")},
    "LOCATION": {"US": "United States", "CI": "Côte d'Ivoire", "501": "U.S.: New York",
                 "36109": "Australia: \"Murray\"", "807": None, "554017": ""},
    "GEO": {**GEO_OPTIONS, "DE:10115": "Berlin, 10115", "GB:SW1A": "London, SW1A"},
    "KEYWORD": None, "AUDIENCE_INCLUDE": {}, "AUDIENCE_EXCLUDE": {},
}

# The first interests are those that ad groups target.
ROOT_INTERESTS = {**INTEREST_NAMES, "945391946569": "Women's fashion 👗", "941870572865": "", "920236059316": "Été"}
FIRST_CHILD_INTEREST = 948_192_000_000
CHILDREN_PER_ROOT = (3, 0, 1, 5, 2, 4)

COUNTRIES = (
    ("US", "United States of America", "Dollars"), ("GB", "United Kingdom", "Pounds"), ("DE", "Germany", "Euros"),
    ("CI", "Côte d'Ivoire", None), ("JP", "Japan", "Yen"), ("NO", "Norway", "Kroner"), ("NA", "Namibia", ""),
    ("NULL", "\"Testland\"", "Dollars"), ("FR", "France", "Euros"), ("BR", "Brazil", "Reais"),
    ("MX", "Mexico", "Pesos"), ("AX", "Åland Islands", "Euros"),
)

ORGANIC_METRICS = (
    "ENGAGEMENT", "ENGAGEMENT_RATE", "IMPRESSION", "OUTBOUND_CLICK", "OUTBOUND_CLICK_RATE", "PIN_CLICK",
    "PIN_CLICK_RATE", "PRODUCT_TAG_CLICK", "PRODUCT_TAG_CLICK_RATE", "PRODUCT_TAG_IMPRESSION",
    "PRODUCT_TAG_OUTBOUND_CLICK", "PRODUCT_TAG_OUTBOUND_CLICK_RATE", "PRODUCT_TAG_SAVE", "PRODUCT_TAG_SAVE_RATE",
    "QUARTILE_95_PERCENT_VIEW", "SAVE", "SAVE_RATE", "VIDEO_10S_VIEW", "VIDEO_AVG_WATCH_TIME", "VIDEO_MRC_VIEW",
    "VIDEO_START", "VIDEO_V50_WATCH_TIME",
)

WEEKS, PREDICTED_WEEKS = 52, 12
TREND_COUNTS = {"US": 53, "DE+AT+CH": 50, "NL+BE+LU": 0}
TREND_WORDS = (("tent", "garden", "süße", "diy", "summer", "☀️", "\"retro\"", "boho"),
               ("ideas", "garden", "küche", "outfits, women", "nails", "wedding", "旅行"))
LARGEST_GROWTH = 10_001
AGES = ("18-24", "25-34", "35-44", "45-49", "50-54", "55-64", "65+")
SUFFIXES = ("ideas", "aesthetic", "for beginners", "diy", "2026", "crème", "& more", "\"easy\"", "a,b", "💡", "near me")


def _enumeration(path, parameter):
    return FACTS["endpoints"][path]["params"][parameter]["enum"]


TREND_INTERESTS = _enumeration("/trends/keywords/{region}/top/{trend_type}", "interests")
TOPIC_INTERESTS = _enumeration("/trends/topics/featured", "interest")
CATEGORIES = _enumeration("/trends/product_categories/details", "product_categories")
VERTICALS = _enumeration("/trends/product_categories/trending", "verticals")


def _key(world, *what):
    return mix(world.size.seed, salt("|".join(map(str, what))))


# Resources.

def targeting_answer(targeting_type):
    """One object with all options in an array, or an empty array."""
    options = OPTIONS[targeting_type] if targeting_type != "INTEREST" else {
        interest["id"]: interest["name"] for interest in interests().values()}
    return [] if options is None else [options]


def interests():
    """{id: interest}: some have children, some of which have a child in turn."""
    found = {}
    for place, (root, name) in enumerate(ROOT_INTERESTS.items()):
        children = [str(FIRST_CHILD_INTEREST + place * 1000 + n) for n in range(CHILDREN_PER_ROOT[place])]
        found[root] = {"id": root, "name": name, "child_interests": children, "level": 1, "is_curated": True}
        for n, child in enumerate(children):
            grandchild = str(int(child) + 900)
            below = [grandchild] if n == 0 else (None, [])[n % 2]
            found[child] = {"id": child, "name": f"{name} {n}", "child_interests": below, "level": 2}
            if below:
                found[grandchild] = {"id": grandchild, "name": f"{name} {n} ›", "level": 3}
    return found


def countries():
    """Each with a place in the list, now and then a number with a fraction of zero."""
    return [{"code": code, "name": name, "currency": currency, "index": float(place) if place % 5 == 3 else place}
            for place, (code, name, currency) in enumerate(COUNTRIES, start=1)]


def delivery_metrics(report_type=None):
    """All metrics that requests of a type can have; the name of one says two things."""
    names = {"SYNC": COLUMN_TYPES, "ASYNC": FACTS["ReportingColumnAsync"], None: ALL_COLUMN_TYPES}[report_type]
    organic = () if report_type == "ASYNC" else ORGANIC_METRICS
    return [_delivery_metric("ADS", name) for name in names] + [_delivery_metric("ORGANIC", name) for name in organic]


def _delivery_metric(category, name):
    words = name.replace("_", " ").lower()
    item = {"category": category, "name": name, "definition": f"What \"{words}\" says,\nfor {category.lower()}"}
    if salt(name) % 80:
        item["display_name"] = words.capitalize()
    return item


def ready_state(date, today):
    """Metrics of a day are ready the day after, those of conversions two days later."""
    return {"conversion_metrics_ready": (today - date).days > 2,
            "non_conversion_metrics_ready": (today - date).days > 0}


# Trends.

def _saturdays(last, count):
    return [(last + datetime.timedelta(weeks=n)).isoformat() for n in range(1 - count, 1)]


def _last_saturday(today):
    return today - datetime.timedelta(days=(today.weekday() - 5) % 7)


def _series(key, dates, peak=100):
    """Values by date, of which one is the peak."""
    values = [mix(key, n) % (peak + 1) for n in range(len(dates))]
    values[key % len(values)] = peak
    return dict(zip(dates, values))


def trending_keywords(world, region, trend_type, today):
    """The trends of a region in order of rank, each with what it is filtered by as a second dictionary."""
    found = {}
    count = TREND_COUNTS.get(region, 5 + _key(world, region, trend_type) % 15)
    for rank in range(count):
        key = _key(world, region, trend_type, rank)
        adjective, noun = TREND_WORDS[0][key % 8], TREND_WORDS[1][(key >> 8) % 7]
        keyword = f"{adjective} {noun}"
        keyword = keyword if keyword not in found else f"{keyword} {rank}"
        found[keyword] = _trend(keyword, key, rank, today)
    return list(found.values())


def _trend(keyword, key, rank, today):
    last = _last_saturday(today)
    item = {
        "keyword": keyword, "pct_growth_wow": -1 if rank % 7 == 3 else key % 150 - 50,
        "pct_growth_mom": LARGEST_GROWTH if rank % 11 == 5 else (key >> 8) % 1000 - 90,
        "time_series": _series(key, _saturdays(last, WEEKS)), "demographics": _demographics(key),
        "has_prediction": key % 3 != 0, "rank_change": None,
    }
    if rank % 5 != 4:
        item["pct_growth_yoy"] = None if rank % 5 == 2 else (key >> 16) % 3000 - 99
    if item["has_prediction"]:
        coming = _saturdays(last + datetime.timedelta(weeks=PREDICTED_WEEKS), PREDICTED_WEEKS)
        item["predicted_time_series"] = _series(key >> 5, coming, 90)
    groups = {"interests": TREND_INTERESTS[key % len(TREND_INTERESTS)], "ages": AGES[key % 7],
              "genders": ("female", "male", "unknown")[key % 3], "weight": 1 + key % 100}
    return item, groups


def _demographics(key):
    female = 40 + key % 50
    return {"age_distribution": {age: 0.04 if n else 0.76 for n, age in enumerate(AGES)},
            "gender_distribution": {"female": female / 100, "male": (96 - female) / 100, "unspecified": 0.04}}


def featured_topics(world, region, today):
    """Per interest at most five topics; some interests have none, or say nothing about them."""
    found = []
    for place, interest in enumerate(TOPIC_INTERESTS):
        item = {"interest": interest, "market": region}
        if place % 6 != 4:
            topics = 0 if place % 6 == 5 else 1 + _key(world, region, interest) % 5
            item["trends"] = [_topic(world, region, interest, n, today) for n in range(topics)]
        found.append(item)
    return found


def _topic(world, region, interest, n, today):
    key = _key(world, region, interest, n)
    name = f"{interest.replace('_', ' ').title()} {TREND_WORDS[0][key % 8]} {n}"
    series = _series(key, _saturdays(_last_saturday(today), 8))
    pins = [{"id": str(10 ** 18 + key % 10 ** 17 + pin), "src": f"https://i.pinimg.example/236x/{key % 997}.jpg",
             "width": 236, "height": 354 + pin} for pin in range(key % 7)]
    return {"title": name, "description": ("", f"All about «{name}»\n✨")[n % 2], "id": str(key % 10 ** 12),
            "percent_growth_mom": key % 500 - 1, "related_interests": [] if n == 2 else ["home decor", "Été"],
            "related_searches": [f"{name} ideas", "a,b", "\"quoted\""][:key % 4], "pins": pins,
            "time_series": {date: value / 8 for date, value in series.items()}}


def trending_categories(world, region, engagement_type):
    """The categories in order of volume, each with what it is filtered by as a second dictionary."""
    found = []
    for place, category in enumerate(CATEGORIES):
        key = _key(world, region, engagement_type, category)
        if key % 23:
            continue
        item = {"engagement_type": engagement_type, "product_category": category,
                "pct_change_mom": -1 if place % 4 == 1 else key % 300 - 100,
                "percent_relative_volume": 1 + (key >> 9) % 100, "pinterest_product_category_id": place}
        if place % 5:
            item["verticals"] = sorted({VERTICALS[place % 3], VERTICALS[place % 2]})
        groups = {"ages": AGES[key % 7], "genders": ("MALE", "FEMALE", "UNSPECIFIED")[place % 3]}
        found.append((item, groups))
    return sorted(found, key=lambda pair: -pair[0]["percent_relative_volume"])


def category_details(world, region, category, lookback, engagement_type, today):
    """Details of a category, or None: the API has none of every ninth."""
    weeks = int(lookback) // 7
    key = _key(world, region, category, weeks, engagement_type)
    if salt(category) % 9 == 0:
        return None
    item = {
        "product_category": category, "has_prediction": False,
        "demographics": {"age": {age: (n + 1) / 28 for n, age in enumerate(AGES)},
                         "gender": {"female": 0.61, "male": 0.0, "unspecified": 0.39}},
        "metrics_highlights": {"engagement": {"pct_change_mom": key % 90 - 1}, "pin_saves": None},
        "related_searches": [f"{category.lower()} {suffix}" for suffix in SUFFIXES[:key % 5]],
        "time_series": _series(key, _saturdays(_last_saturday(today), weeks)),
    }
    if key % 4 == 1:
        item["has_prediction"] = True
        coming = _last_saturday(today) + datetime.timedelta(weeks=PREDICTED_WEEKS)
        item["predicted_time_series"] = _series(key >> 5, _saturdays(coming, PREDICTED_WEEKS))
    if key % 4 == 2:
        item["demographics"] = None
    return item


# Terms.

def related_terms(world, term):
    """What relates to a term: nothing to every eighth."""
    key = _key(world, "related", term)
    return [f"{term} {SUFFIXES[(key + n) % len(SUFFIXES)]}" for n in range(key % 8)]


def suggested_terms(world, term):
    """Longer terms that begin with this one, at most ten."""
    key = _key(world, "suggested", term)
    return [f"{term} {SUFFIXES[(key + n) % len(SUFFIXES)]}" for n in range(3 + key % 8)]
