"""Organic analytics of the user account and of single pins: one element for every day of the range."""

import datetime

from simulator.answer import Answer, encode
from simulator.entities import find_pin
from simulator.errors import invalid_parameter
from simulator.facts import ENDPOINTS
from simulator.metrics import salt
from simulator.world import LIFETIME_METRICS

FILTER_DEFAULTS = {
    "from_claimed_content": "BOTH", "pin_format": "ALL", "app_types": "ALL", "content_type": "ALL",
    "source": "ALL",
}
SPLITS = {
    "NO_SPLIT": ("all",),
    "APP_TYPE": ("all", "mobile", "tablet", "web"),
    "OWNED_CONTENT": ("all", "claimed", "other"),
    "SOURCE": ("all", "your_pins", "other_pins"),
    "PIN_FORMAT": ("all", "organic_image", "organic_product", "organic_video", "ads_standard"),
}
EVERY_METRIC = sorted(next(
    endpoint.parameters["metric_types"].enum for endpoint in ENDPOINTS
    if endpoint.path == "/user_account/analytics"))


def user_account_analytics(call):
    call.check_operation_account()
    names = call["metric_types"] or EVERY_METRIC
    return Answer(encode({
        split: _series(call, call.world.user, names, split) for split in SPLITS[call["split_field"]]}))


def pin_analytics(call):
    pin = find_pin(call)
    for name in call["metric_types"]:
        if is_video_metric(name) and not pin.video:
            raise invalid_parameter("metric_types", f"{name} is for video pins only")
    daily = [name for name in call["metric_types"] if name not in LIFETIME_METRICS]
    lifetime = [name for name in call["metric_types"] if name in LIFETIME_METRICS]
    answer = {}
    for split in SPLITS[call["split_field"]]:
        answer[split] = _series(call, pin, daily, split)
        answer[split]["lifetime_metrics"] = {name: call.world.lifetime_value(pin, name) for name in lifetime}
    return Answer(encode(answer))


def is_video_metric(name):
    return name.startswith("VIDEO_") or name == "QUARTILE_95_PERCENT_VIEW"


def _variant(call, split):
    """A number for the filters and split of a request, 0 for the plain view."""
    chosen = [name + call[name] for name, default in FILTER_DEFAULTS.items() if call[name] not in (None, default)]
    if split != "all":
        chosen.append(split)
    return salt(",".join(chosen)) if chosen else 0


def _series(call, entity, names, split):
    variant = _variant(call, split)
    totals, daily = {}, []
    for day in range(call["start_date"].toordinal(), call["end_date"].toordinal() + 1):
        status = call.world.organic_status(entity, day, call.today)
        counts = {}
        if not status.startswith("BEFORE_"):
            counts = call.world.organic_counts(entity, day, variant)
        for name, count in counts.items():
            totals[name] = totals.get(name, 0) + count
        date = datetime.date.fromordinal(day).isoformat()
        daily.append({"date": date, "data_status": status, "metrics": _metrics(call.world, counts, names)})
    return {"summary_metrics": _metrics(call.world, totals, names), "daily_metrics": daily}


def _metrics(world, counts, names):
    if not counts:
        return {}
    values = {name: world.organic_value(counts, name) for name in names}
    return {name: value for name, value in values.items() if value is not None}
