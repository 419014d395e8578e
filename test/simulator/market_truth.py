"""The truth about targeting options, metrics, trends, terms and searches.

What a request has to name is an option of the same name here; several values are joined by commas.
"""

from simulator import market_world
from simulator.facts import ENDPOINTS
from simulator.truth_rows import item_rows, with_variables

MOST_TRENDS, MOST_SUGGESTIONS = 50, 10


def _values(view, option, otherwise=None):
    text = view.options[option] if otherwise is None else view.options.get(option, otherwise)
    return text.split(",")


def _of_each(schema, names, found):
    """Rows of a schema with variables: `found` are pairs of an item and the values of these."""
    rows = item_rows(schema, [item for item, _ in found])
    return with_variables(rows, names, [values for _, values in found])


def _enumeration(path, name):
    return ",".join(sorted(next(endpoint for endpoint in ENDPOINTS if endpoint.path == path).parameters[name].enum))


# Resources.

def targeting_options(view):
    yield ["targeting_type", "id", "name"]
    every = _enumeration("/resources/targeting/{targeting_type}", "targeting_type")
    for targeting_type in _values(view, "targeting_type", every):
        options = market_world.OPTIONS.get(targeting_type)
        if targeting_type == "INTEREST":
            options = {interest["id"]: interest["name"] for interest in market_world.interests().values()}
        for name, meaning in (options or {}).items():
            yield [targeting_type, name, meaning]


def metrics_ready_state(view):
    return _of_each("BookClosedResponse", ["date"], [
        (market_world.ready_state(date, view.today), [date.isoformat()]) for date in view.dates()])


# Trends. A group that an option names narrows them: it is no part of the rows.

GROUPS = (("interest", "interests"), ("gender", "genders"), ("age", "ages"))


def _in_groups(view, groups):
    return all(groups[group] == view.options.get(option, groups[group]) for option, group in GROUPS if group in groups)


def trends_keywords(view):
    """Demographics are null unless include_demographics=true; nobody can ask for predictions."""
    hidden = {"has_prediction": False, "predicted_time_series": None}
    if view.options.get("include_demographics") != "true":
        hidden["demographics"] = None
    types = _enumeration("/trends/keywords/{region}/top/{trend_type}", "trend_type")
    found = []
    for region in _values(view, "region"):
        for trend_type in _values(view, "trend_type", types):
            trends = market_world.trending_keywords(view.world, region, trend_type, view.today)
            shown = [{**item, **hidden} for item, groups in trends if _in_groups(view, groups)]
            found += [(item, [region, trend_type]) for item in shown[:MOST_TRENDS]]
    return _of_each("TrendingKeyword", ["region", "trend_type"], found)


def trends_topics(view):
    found = []
    for region in _values(view, "region"):
        for topics in market_world.featured_topics(view.world, region, view.today):
            values = [topics["interest"], topics["market"], region]
            found += [(topic, values) for topic in topics.get("trends", [])]
    return _of_each("TrendingTopic", ["interest", "market", "region"], found)


def trends_product_categories(view):
    kinds = _enumeration("/trends/product_categories/trending", "engagement_type")
    found = []
    for region in _values(view, "region"):
        for kind in _values(view, "engagement_type", kinds):
            categories = market_world.trending_categories(view.world, region, kind)
            found += [(item, [region]) for item, groups in categories if _in_groups(view, groups)]
    if "vertical" in view.options:
        found = [(item, values) for item, values in found if view.options["vertical"] in item.get("verticals", ())]
    return _of_each("TrendingProductCategory", ["region"], found)


def trends_product_categories_details(view):
    lookback = view.options.get("lookback_window", "365")
    kind = view.options.get("engagement_type", "ENGAGEMENT")
    found = []
    for region in _values(view, "region"):
        for category in _values(view, "product_category"):
            item = market_world.category_details(view.world, region, category, lookback, kind, view.today)
            found += [(item, [region])] if item else []
    return _of_each("ProductCategoryDetails", ["region"], found)


# Terms and searches.

def terms_related(view):
    yield ["term", "related_term"]
    for term in _values(view, "term"):
        yield from ([term, related] for related in market_world.related_terms(view.world, term))


def terms_suggested(view):
    yield ["term", "suggested_term"]
    for term in _values(view, "term"):
        yield from ([term, longer] for longer in market_world.suggested_terms(view.world, term)[:MOST_SUGGESTIONS])


def search_pins(view):
    """Pins with all words of the query in title and description, and those whose ids it lists."""
    query = view.options["query"]
    pins = [pin for pin in view.pins() if pin.id in query.split(",") or all(
        word in f"{pin.item['title']} {pin.item['description']}".lower() for word in query.lower().split())]
    return _of_each("Pin", ["query"], [(pin.item, [query]) for pin in pins])


def search_boards(view):
    query = view.options["query"]
    boards = [board for board in view.boards()
              if all(word in board.item["name"].lower() for word in query.lower().split())]
    return _of_each("Board", ["query"], [(board.item, [query]) for board in boards])


TABLES = {
    "targeting_options": targeting_options,
    "interests": lambda view: item_rows("SingleInterestTargetingOptionResponse", market_world.interests().values()),
    "ad_account_countries": lambda view: item_rows("AdAccountsCountryResponseData", market_world.countries()),
    "delivery_metrics": lambda view: item_rows(
        "DeliveryMetric", market_world.delivery_metrics(view.options.get("report_type"))),
    "metrics_ready_state": metrics_ready_state,
    "trends_keywords": trends_keywords,
    "trends_topics": trends_topics,
    "trends_product_categories": trends_product_categories,
    "trends_product_categories_details": trends_product_categories_details,
    "terms_related": terms_related,
    "terms_suggested": terms_suggested,
    "search_pins": search_pins,
    "search_boards": search_boards,
}
