"""The catalogs of the token's user: one of each vertical, with feeds, product groups and what came of them.

Catalogs belong to the user, feeds and product groups to a catalog, processing results to a feed, issues to a
result, products to a product group.
"""

import datetime

from simulator.records import Kind, number_of, records, same

FIRST_MOMENT = datetime.datetime(2026, 3, 14, 15, 15, 22)
VERTICALS = ("RETAIL", "HOTEL", "CREATIVE_ASSETS")
EPOCH_MS = 1_721_350_033_000


def _moments(thing):
    """When a thing was made and changed: in UTC, which one in three does not say."""
    created = FIRST_MOMENT + datetime.timedelta(hours=thing.index % 1000)
    updated = created + datetime.timedelta(seconds=thing.key % 10 ** 6)
    if thing.index % 3 == 1:
        return {"created_at": created.isoformat(), "updated_at": updated.replace(microsecond=377_000).isoformat()}
    return {"created_at": f"{created.isoformat()}Z", "updated_at": f"{updated.isoformat()}Z"}


def _vertical(thing):
    """The vertical of a catalog or of something in it."""
    return VERTICALS[thing.ancestor("catalog").index]


def _catalog(catalog):
    return {
        "id": catalog.id, "catalog_type": VERTICALS[catalog.index], "name": ("Tents ⛺", None, "")[catalog.index],
        **_moments(catalog),
    }


CATALOG = Kind("catalog", same(3), _catalog, 864_344_156_814_050_986)


def _feed(feed):
    """Feeds of retail do not tell their catalog; hotels have no country."""
    vertical, n = _vertical(feed), feed.index % 100
    item = {
        "id": feed.id, "catalog_type": vertical, "default_currency": ("EUR", None, "USD")[n], "default_locale": "en-US",
        "credentials": {"username": "feeduser", "password": f"feed-password-{feed.index}"} if n != 1 else None,
        "format": ("TSV", "CSV", "XML")[n], "location": f"https://feeds.example.com/é/{feed.index}.tsv?a=1&b=\"2\"",
        "name": ("Main feed, \"EU\"", None, "")[n], "status": ("ACTIVE", "ACTIVE", "INACTIVE")[n],
        "preferred_processing_schedule": {"time": "02:59", "timezone": "Pacific/Honolulu"} if n == 0 else None,
        **_moments(feed),
    }
    if vertical == "RETAIL":
        item["default_availability"] = ("IN_STOCK", None, "PREORDER")[n]
    else:
        item["catalog_id"] = feed.parent.id if n == 0 or vertical == "CREATIVE_ASSETS" else None
    if vertical != "HOTEL":
        item["default_country"] = ("FR", "US", "DE")[n]
    return item


FEED = Kind("feed", lambda catalog: 3 - catalog.index // 2, _feed, 2_680_059_592_705)


def feeds(world):
    return [feed for catalog in records(world, world.user, CATALOG) for feed in records(world, catalog, FEED)]


def _processing_result(result):
    status = ("COMPLETED", "FAILED", "PROCESSING")[result.index % 3]
    item = {
        "id": result.id, "status": status,
        "ingestion_details": {"errors": {"LINE_LEVEL_INTERNAL_ERROR": result.index % 5} if status == "FAILED" else {},
                              "info": {"IN_STOCK": result.key % 10 ** 10, "PREORDER": 0}, "warnings": {}},
        "product_counts": {"ingested": 5, "original": 10_000_000_000} if status == "COMPLETED" else None,
        "validation_details": {"errors": {"LINK_FORMAT_INVALID": 1}, "warnings": {"AGE_GROUP_INVALID": 3}},
        "video_counts": {"ingested_videos": 0, "not_ingested_videos": -1, "total_videos": 7}, **_moments(result),
    }
    if result.index % 2:
        del item["video_counts"]
    return item


def _results_of(feed):
    """A feed in the middle was never processed."""
    return (4, 0, 2)[feed.index % 100]


PROCESSING_RESULT = Kind("processing_result", _results_of, _processing_result, 1_018_432_025_948_005_911)


def processing_results(world):
    return [result for feed in feeds(world) for result in records(world, feed, PROCESSING_RESULT)]


def _details(attribute, value):
    return {"attribute_name": attribute, "provided_value": value}


def _item_issue(issue):
    """The first item of a feed has the number 0."""
    n = issue.index % 100
    return {
        "item_number": n * n, "item_id": (f"DS0294-{n}", None, "ö \"1\"", "")[n % 4],
        "errors": {"DESCRIPTION_MISSING": _details("DESCRIPTION", None)} if n % 2 else {},
        "warnings": {"AGE_GROUP_INVALID": _details("AGE_GROUP", "60+"), "GENDER_INVALID": _details(None, "")}
        if n % 3 == 0 else {},
    }


def _issues_of(result):
    """Samples are known for retail alone, and only of what was processed."""
    if _vertical(result) != "RETAIL" or result.status == "PROCESSING":
        return 0
    return 7 if result.index % 2 else 3


ITEM_ISSUE = Kind("item_issue", _issues_of, _item_issue)

RETAIL_TYPES = ("ALL_PRODUCTS", "MERCHANT_CREATED", "TOP_SELLERS", "BEST_DEALS")


def _product_group(group):
    """Times are in milliseconds, against the description. Only retail has feeds, countries and states."""
    vertical, n = _vertical(group), group.index % 100
    item = {
        "id": group.id, "catalog_id": group.parent.id, "catalog_type": vertical,
        "created_at": EPOCH_MS + group.index * 1_000_999, "updated_at": EPOCH_MS + group.key % 10 ** 10,
        "description": (None, "", "Most \"popular\" ✨")[n % 3], "name": ("All products", "Été, hiver", "", "🏕")[n],
        "filters": {"any_of": [{"MIN_PRICE": {"inclusion": False, "values": 9.5}}, {"ITEM_ID": {"values": ["a,b"]}}]},
    }
    if vertical == "HOTEL":
        item["type"] = "MERCHANT_CREATED"
    if vertical == "RETAIL":
        feed = str(number_of(group.parent, FEED, n)) if n < 2 else None
        item.update(type=RETAIL_TYPES[n], country=("FR", None)[n % 2], feed_id=feed, is_featured=n == 0,
                    locale=("fr-FR", None)[n % 2], status=("ACTIVE", "INACTIVE")[n % 2])
    return item


PRODUCT_GROUP = Kind("catalog_product_group", lambda catalog: 4 - catalog.index, _product_group, 443_727_193_917)


def product_groups(world):
    return [group for catalog in records(world, world.user, CATALOG)
            for group in records(world, catalog, PRODUCT_GROUP)]


def _pins(thing):
    """The pins of the user whose catalogs these are."""
    return [pin for board in thing.ancestor("user").children for pin in board.children]


def _product(product):
    pins = _pins(product)
    n = product.index
    metadata = {
        "RETAIL": {"availability": "IN_STOCK", "currency": "EUR", "item_group_id": None if n % 2 else "DS0294",
                   "item_id": f"DS0294-{n}", "price": 24.99 + n, "sale_price": None if n % 3 else 14},
        "HOTEL": {"hotel_id": f"hötel {n}"},
        "CREATIVE_ASSETS": {"creative_assets_id": f"asset/{n}", "visibility": "VISIBLE"},
    }[_vertical(product)]
    return {"catalog_type": _vertical(product), "metadata": metadata, "pin": pins[n % len(pins)].item}


def _products_of(group):
    """No pin is twice in a product group, and the last product group of a catalog is empty."""
    n = group.index % 100
    return 0 if n == 3 - group.parent.index else min(5 + n * 3, len(_pins(group)))


PRODUCT = Kind("product", _products_of, _product)
