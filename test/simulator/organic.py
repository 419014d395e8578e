"""Organic analytics of the user account and of pins: one element for every day of the range, and the top pins."""

import datetime

from simulator.answer import Answer, encode, encode_item
from simulator.entities import find_pin, visible
from simulator.errors import invalid_parameter, restricted_feature
from simulator.facts import ENDPOINTS
from simulator.metrics import salt
from simulator.world import LIFETIME_METRICS, PROCESSING_DAYS

FILTER_DEFAULTS = {
    "from_claimed_content": "BOTH", "pin_format": "ALL", "app_types": "ALL", "content_type": "ALL",
    "source": "ALL",
}

# The names of the parts that a split makes of the whole. A part is what the parameter of that value shows.
SPLITS = {
    "NO_SPLIT": ("all",),
    "APP_TYPE": ("all", "mobile", "tablet", "web"),
    "OWNED_CONTENT": ("all", "claimed", "other"),
    "SOURCE": ("all", "your_pins", "other_pins"),
    "PIN_FORMAT": ("all", "organic_image", "organic_product", "organic_video", "ads_standard"),
}
SPLIT_PARAMETERS = {
    "APP_TYPE": "app_types", "OWNED_CONTENT": "from_claimed_content", "SOURCE": "source", "PIN_FORMAT": "pin_format",
}
EVERY_METRIC, EVERY_VIDEO_METRIC = (
    sorted(next(endpoint for endpoint in ENDPOINTS if endpoint.path == path).parameters["metric_types"].enum)
    for path in ("/user_account/analytics", "/user_account/analytics/top_video_pins"))

# This metric of a top pin is only ever an estimate.
ESTIMATED = "OUTBOUND_CLICK"
LAST_SECOND = datetime.time(23, 59, 59, tzinfo=datetime.timezone.utc)


def user_account_analytics(call):
    names = call["metric_types"] or EVERY_METRIC
    return Answer(encode({
        split: _series(call, _days(call, call.world.user, split), names) for split in SPLITS[call["split_field"]]}))


def pin_analytics(call):
    pin = find_pin(call, call["pin_id"])
    _check_metrics(call, pin)
    return Answer(encode({
        split: _pin_series(call, pin, _days(call, pin, split)) for split in SPLITS[call["split_field"]]}))


def pins_analytics(call):
    """Several pins at once, which most apps may not do. Pins that had no impression are left out."""
    if not call.switches["multi_pin"]:
        raise restricted_feature("analytics of several Pins")
    answer = {}
    for pin in [find_pin(call, pin_id) for pin_id in call["pin_ids"]]:
        _check_metrics(call, pin)
        days = _days(call, pin, "all")
        if any(counts["IMPRESSION"] for _, _, counts in days):
            answer[pin.id] = {"all": _pin_series(call, pin, days)}
    return Answer(encode_item(answer, len(answer)))


def is_video_metric(name):
    return name.startswith("VIDEO_") or name == "QUARTILE_95_PERCENT_VIEW"


def _check_metrics(call, pin):
    for name in call["metric_types"]:
        if is_video_metric(name) and not pin.video:
            raise invalid_parameter("metric_types", f"{name} is for video pins only, which {pin.id} is not")


def _pin_series(call, pin, days):
    """Comments and reactions are told for a pin's life alone, all others for the days alone."""
    series = _series(call, days, [name for name in call["metric_types"] if name not in LIFETIME_METRICS])
    lifetime = [name for name in call["metric_types"] if name in LIFETIME_METRICS]
    return {**series, "lifetime_metrics": {name: call.world.lifetime_value(pin, name) for name in lifetime}}


def _variant(call, split):
    """A number for the filters and split of a request, 0 for the plain view."""
    values = {name: call[name] for name in FILTER_DEFAULTS}
    if split != "all":
        values[SPLIT_PARAMETERS[call["split_field"]]] = split.upper()
    chosen = [name + values[name] for name, default in FILTER_DEFAULTS.items() if values[name] not in (None, default)]
    return salt(",".join(chosen)) if chosen else 0


def _days(call, entity, split):
    """[(day, data_status, counts)] of the range, the day as an ordinal."""
    variant = _variant(call, split)
    days = []
    for day in range(call["start_date"].toordinal(), call["end_date"].toordinal() + 1):
        status = call.world.organic_status(entity, day, call.today)
        before = status.startswith("BEFORE_")
        days.append((day, status, {} if before else call.world.organic_counts(entity, day, variant)))
    return days


def _total(days):
    totals = {}
    for _, _, counts in days:
        for name, count in counts.items():
            totals[name] = totals.get(name, 0) + count
    return totals


def _series(call, days, names):
    daily = [{"date": datetime.date.fromordinal(day).isoformat(), "data_status": status,
              "metrics": _metrics(call.world, counts, names)} for day, status, counts in days]
    return {"summary_metrics": _metrics(call.world, _total(days), names), "daily_metrics": daily}


def _metrics(world, counts, names):
    if not counts:
        return {}
    values = {name: world.organic_value(counts, name) for name in names}
    return {name: value for name, value in values.items() if value is not None}


# The pins that did best.

def top_pins(call):
    return _top(call, call.world.pins, EVERY_METRIC)


def top_video_pins(call):
    return _top(call, [pin for pin in call.world.pins if pin.video], EVERY_VIDEO_METRIC)


def _top(call, candidates, every_metric):
    ranked = []
    for pin in candidates:
        if not (visible(call, pin, "pins:read_secret") and _is_new(call, pin)):
            continue
        totals = _total(_days(call, pin, "all"))
        value = call.world.organic_value(totals, call["sort_by"])
        if value:
            ranked.append((-value, int(pin.id), pin, totals))
    ranked = sorted(ranked, key=lambda entry: entry[:2])[:call["num_of_pins"]]
    names = call["metric_types"] or every_metric
    rows = [{"pin_id": pin.id, "metrics": _metrics(call.world, totals, names),
             "data_status": _statuses(call, pin, names)} for _, _, pin, totals in ranked]
    return Answer(encode({"sort_by": call["sort_by"], "pins": rows, "date_availability": _availability(call, rows)}))


def _is_new(call, pin):
    """Whether a pin is as new as the request asks for."""
    if call["created_in_last_n_days"] is None:
        return True
    first = call.today - datetime.timedelta(days=call["created_in_last_n_days"])
    return pin.item["created_at"][:10] >= first.isoformat()


def _statuses(call, pin, names):
    """The data_status by metric; metrics without a value have one, too."""
    whole = call.world.organic_status(pin, call["end_date"].toordinal(), call.today)
    return {name: "ESTIMATE" if name == ESTIMATED else whole for name in names}


def _availability(call, rows):
    """Until when there are final data, in milliseconds; nothing where there are no pins."""
    if not rows:
        return {}
    last = min(call["end_date"], call.today - datetime.timedelta(days=PROCESSING_DAYS))
    moment = datetime.datetime.combine(last, LAST_SECOND)
    return {"latest_available_timestamp": int(moment.timestamp()) * 1000, "is_realtime": False}
