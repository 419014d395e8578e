"""The truth about boards, pins, the user account and their organic analytics."""

import datetime

from simulator.items import USERNAME
from simulator.metrics import salt
from simulator.organic_world import OrganicWorld
from simulator.truth_rows import item_rows, with_variables
from simulator.world import LIFETIME_METRICS, PROCESSING_DAYS

USER_METRICS = ("ENGAGEMENT", "ENGAGEMENT_RATE", "IMPRESSION", "OUTBOUND_CLICK", "OUTBOUND_CLICK_RATE",
                "PIN_CLICK", "PIN_CLICK_RATE", "SAVE", "SAVE_RATE")
PIN_METRICS = ("IMPRESSION", "OUTBOUND_CLICK", "PIN_CLICK", "SAVE", "SAVE_RATE", "USER_FOLLOW", "PROFILE_VISIT")
VIDEO_METRICS = ("IMPRESSION", "OUTBOUND_CLICK", "SAVE", "QUARTILE_95_PERCENT_VIEW", "VIDEO_10S_VIEW",
                 "VIDEO_AVG_WATCH_TIME", "VIDEO_MRC_VIEW", "VIDEO_START", "VIDEO_V50_WATCH_TIME")

# Options that narrow what is counted, in the order of the parameters: (option, parameter, value without effect).
FILTERS = (
    ("from_claimed_content", "from_claimed_content", "BOTH"), ("pin_format", "pin_format", "ALL"),
    ("app_type", "app_types", "ALL"), ("content_type", "content_type", "ALL"), ("source", "source", "ALL"),
)
SPLITS = {
    "APP_TYPE": ("app_type", ("mobile", "tablet", "web")),
    "OWNED_CONTENT": ("from_claimed_content", ("claimed", "other")),
    "SOURCE": ("source", ("your_pins", "other_pins")),
    "PIN_FORMAT": ("pin_format", ("organic_image", "organic_product", "organic_video", "ads_standard")),
}
SIZES = ("150x150", "400x300", "600x", "1200x")


# Lists.

def _extras(view):
    return view.world.part(OrganicWorld)


def _items(entities):
    return [entity.item for entity in entities]


def board_sections(view):
    sections = [section for board in view.boards() for section in _extras(view).sections[board.id]]
    rows = item_rows("BoardSection", _items(sections))
    return with_variables(rows, ["board_id"], [[section.parent.id] for section in sections])


def board_pins(view):
    boards = {board.id for board in view.boards()}
    return item_rows("Pin", [pin.item for pin in view.pins() if pin.parent.id in boards])


def board_section_pins(view):
    pins, boards = set(view.pins()), view.boards()
    found = [(section, pin) for board in boards for section in _extras(view).sections[board.id]
             for pin in section.children if pin in pins]
    rows = item_rows("Pin", [{**pin.item, "board_section_id": section.id} for section, pin in found])
    return with_variables(rows, ["section_id"], [[section.id] for section, _ in found])


def pin_media(view):
    yield ["pin_id", "board_id", "creative_type", "media_type", "size", "width", "height", "url",
           "duration", "video_width", "video_height", "video_url", "cover_image_url"]
    for pin in view.pins():
        media = pin.item["media"]
        video = [media.get(name) for name in ("duration", "width", "height", "video_url", "cover_image_url")]
        for holder in [media, *media.get("items", [])]:
            for size, image in (holder.get("images") or {}).items():
                yield [pin.id, pin.item["board_id"], pin.creative_type, media["media_type"], size,
                       image["width"], image["height"], image["url"], *video]


def user_interests(view):
    username = view.options.get("username", USERNAME)
    interests = _items(_extras(view).interests[username])
    return with_variables(item_rows("Interest", interests), ["username"], [[username] for _ in interests])


def _list(schema, entities_of, times=()):
    return lambda view: item_rows(schema, _items(entities_of(_extras(view))), times)


# Analytics.

def _counts(view, entity, day, options):
    """The counts of a day (an ordinal), as the filters among the options have them."""
    chosen = [parameter + options[option] for option, parameter, whole in FILTERS
              if options.get(option, whole) != whole]
    if view.world.organic_status(entity, day, view.today).startswith("BEFORE_"):
        return {}
    return view.world.organic_counts(entity, day, salt(",".join(chosen)) if chosen else 0)


def _totals(view, entity, options):
    totals = {}
    for date in view.dates():
        for name, count in _counts(view, entity, date.toordinal(), options).items():
            totals[name] = totals.get(name, 0) + count
    return totals


def _parts(view):
    """[(name of the part, the options that make it)] of the split that the options ask for."""
    split = view.options.get("split_field", "NO_SPLIT")
    if split == "NO_SPLIT":
        return [("all", view.options)]
    option, names = SPLITS[split]
    return [("all", view.options), *((name, {**view.options, option: name.upper()}) for name in names)]


def _values(view, counts, metrics):
    return [view.world.organic_value(counts, metric) if counts else None for metric in metrics]


def _analytics(view, entities, id_column, every_metric):
    """A row for each entity, part of a split, and day, or one for all days with granularity TOTAL."""
    metrics = view.options["columns"].upper().split(",") if "columns" in view.options else every_metric
    total = view.options.get("granularity", "DAY") == "TOTAL"
    split = ["split_value"] if "split_field" in view.options else []
    yield [*([] if total else ["date", "data_status"]), *([id_column] if id_column else []), *split,
           *[metric.lower() for metric in metrics]]
    rows_of = _total_row if total else _daily_rows
    for entity in entities:
        for part, options in _parts(view):
            own = [*([entity.id] if id_column else []), *([part] if split else [])]
            yield from rows_of(view, entity, options, metrics, own)


def _daily_rows(view, entity, options, metrics, own):
    """What only exists for a pin's life is null here."""
    daily = [None if metric in LIFETIME_METRICS else metric for metric in metrics]
    for date in view.dates():
        counts = _counts(view, entity, date.toordinal(), options)
        status = view.world.organic_status(entity, date.toordinal(), view.today)
        values = [view.world.organic_value(counts, metric) if counts and metric else None for metric in daily]
        yield [date.isoformat(), status, *own, *values]


def _total_row(view, entity, options, metrics, own):
    totals = _totals(view, entity, options)
    lifetime = {metric: view.world.lifetime_value(entity, metric) for metric in LIFETIME_METRICS}
    if entity.kind != "pin":
        lifetime = {}
    yield [*own, *(lifetime.get(metric, value) for metric, value in zip(metrics, _values(view, totals, metrics)))]


def user_account_analytics(view):
    return _analytics(view, [view.world.user], None, USER_METRICS)


def pins_analytics(view):
    """Of one pin with option pin_id; with multi_pin=true without the pins that had no impression."""
    pins = view.pins(view.options.get("include_protected_pins") == "true")
    pins = [pin for pin in pins if view.options.get("pin_id", pin.id) == pin.id]
    if view.options.get("multi_pin") == "true":
        pins = [pin for pin in pins if _totals(view, pin, view.options).get("IMPRESSION")]
    return _analytics(view, pins, "pin_id", PIN_METRICS)


def _top(view, pins, every_metric, usual):
    """The pins that did best by option sort_by, at most num_of_pins."""
    sort_by = view.options.get("sort_by", usual)
    first = view.today - datetime.timedelta(days=int(view.options.get("created_in_last_n_days", 10 ** 5)))
    ranked = []
    for pin in pins:
        totals = _totals(view, pin, view.options)
        value = view.world.organic_value(totals, sort_by)
        if value and pin.item["created_at"] >= first.isoformat():
            ranked.append((value, -int(pin.id), pin, totals))
    ranked.sort(key=lambda entry: entry[:2], reverse=True)
    yield ["sort_by", "pin_id", "data_status", *[metric.lower() for metric in every_metric]]
    fresh = view.dates()[-1] > view.today - datetime.timedelta(days=PROCESSING_DAYS)
    status = {metric: "PROCESSING" if fresh else "READY" for metric in every_metric} | {"OUTBOUND_CLICK": "ESTIMATE"}
    for _, _, pin, totals in ranked[:int(view.options.get("num_of_pins", 50))]:
        yield [sort_by, pin.id, status, *_values(view, totals, every_metric)]


TABLES = {
    "board_sections": board_sections,
    "board_pins": board_pins,
    "board_section_pins": board_section_pins,
    "pin_media": pin_media,
    "followers": _list("UserSummary", lambda extras: extras.followers),
    "following": _list("UserSummary", lambda extras: extras.following),
    "following_boards": _list("Board", lambda extras: extras.followed_boards),
    "user_interests": user_interests,
    "websites": _list("UserWebsiteSummary", lambda extras: extras.websites, ["verified_at"]),
    "linked_businesses": lambda view: item_rows("LinkedBusiness", _extras(view).businesses()),
    "media": _list("Media", lambda extras: extras.media),
    "user_account_analytics": user_account_analytics,
    "pins_analytics": pins_analytics,
    "top_pins": lambda view: _top(view, view.pins(), USER_METRICS, "IMPRESSION"),
    "top_video_pins": lambda view: _top(
        view, [pin for pin in view.pins() if pin.video], VIDEO_METRICS, "VIDEO_MRC_VIEW"),
}
