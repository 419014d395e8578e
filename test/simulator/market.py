"""Endpoints that answer everybody the same: resources of ads, trends and terms. Most are no pages."""

from simulator import market_world
from simulator.answer import Answer, encode, encode_item
from simulator.errors import not_found
from simulator.metrics import salt
from simulator.validation import parse_date

INTEREST_NOT_FOUND = 50
USUAL_ENGAGEMENT, USUAL_LOOKBACK = "ENGAGEMENT", 365


def _array(items):
    return Answer(_array_text(items))


def _array_text(items):
    return "[" + ",".join(encode_item(item, salt(str(place))) for place, item in enumerate(items)) + "]"


def _items(items):
    """A list that has no pages, and so no bookmark."""
    return Answer(f'{{"items":{_array_text(items)}}}')


# Resources.

def ad_account_countries(_):
    return _items(market_world.countries())


def delivery_metrics(call):
    return _items(market_world.delivery_metrics(call["report_type"]))


def metrics_ready_state(call):
    return Answer(encode(market_world.ready_state(parse_date("date", call["date"]), call.today)))


def targeting_options(call):
    return Answer(encode(market_world.targeting_answer(call["targeting_type"])))


def interest(call):
    found = market_world.interests().get(call["interest_id"])
    if found is None:
        raise not_found(INTEREST_NOT_FOUND, "Interest")
    return Answer(encode_item(found, int(found["id"])))


# Trends.

def trending_keywords(call):
    """The first trends that pass the filters. Predictions and demographics are told only when asked for."""
    trends = market_world.trending_keywords(call.world, call["region"], call["trend_type"], call.today)
    rows = [(item, groups) for item, groups in trends if _passes(call, groups, ("interests", "genders", "ages"))]
    if call["include_keywords"] is not None:
        rows = [row for row in rows if any(word in row[0]["keyword"] for word in call["include_keywords"])]
    texts = _array_text(_told(call, *row) for row in rows[:call["limit"]])
    return Answer(f'{{"trends":{texts}}}')


def _passes(call, groups, names):
    return all(call[name] is None or groups[name] in call[name] for name in names)


def _told(call, item, groups):
    item = dict(item)
    item["has_prediction"] = False  # nobody can ask for one any more
    item.pop("predicted_time_series", None)
    if not call["include_demographics"]:
        item["demographics"] = None
    if call["normalize_against_group"]:
        item["time_series"] = {date: value * groups["weight"] // 100 for date, value in item["time_series"].items()}
    return item


def featured_topics(call):
    topics = market_world.featured_topics(call.world, call["region"], call.today)
    return _array([item for item in topics if call["interest"] in (None, item["interest"])])


def trending_categories(call):
    """Of one kind of engagement; a category without verticals is in none that a request could name."""
    kind = call["engagement_type"] or USUAL_ENGAGEMENT
    rows = [item for item, groups in market_world.trending_categories(call.world, call["region"], kind)
            if _passes(call, groups, ("ages", "genders"))]
    if call["verticals"] is not None:
        rows = [item for item in rows if set(item.get("verticals", ())) & set(call["verticals"])]
    return _array(rows)


def category_details(call):
    lookback, kind = call["lookback_window"] or USUAL_LOOKBACK, call["engagement_type"] or USUAL_ENGAGEMENT
    found = (market_world.category_details(call.world, call["region"], category, lookback, kind, call.today)
             for category in call["product_categories"])
    return _array([item for item in found if item is not None])


# Terms.

def related_terms(call):
    """An element for each term that was given, even where nothing relates to it."""
    rows = [{"term": term, "related_terms": market_world.related_terms(call.world, term)} for term in call["terms"]]
    count = sum(len(row["related_terms"]) for row in rows)
    return Answer(encode({"id": call["terms"][0], "related_term_count": count, "related_terms_list": rows}))


def suggested_terms(call):
    return Answer(encode(market_world.suggested_terms(call.world, call["term"])[:call["limit"]]))
