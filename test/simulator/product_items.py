"""Product items: what product groups advertise, known to reports alone."""

from simulator.facts import ALL_COLUMN_TYPES

PRODUCT_ITEM_COLUMNS = [column for column in ALL_COLUMN_TYPES if column.startswith("PRODUCT_ITEM_")]

BRANDS = ("Fjord", "Été & Fils", "", None, "O'Brien")
TYPES = ("Outdoor > Tents", "Küche > \"Töpfe\"", None)


def product_item(item):
    """The columns of a report that describe an item."""
    price = 5 + item.key % 20_000 / 100
    return {
        "PRODUCT_ITEM_NAME": f"Tent {item.index} ⛺" if item.index % 4 else "",
        "PRODUCT_ITEM_IMAGE_URL": f"https://i.shop.example.com/{item.index}.jpg?w=600&h=900",
        "PRODUCT_ITEM_PRICE": price, "PRODUCT_ITEM_SALE_PRICE": price / 2 if item.index % 3 == 0 else None,
        "PRODUCT_ITEM_PRODUCT_URL": f"https://shop.example.com/p/{item.index}?a=b%20c",
        "PRODUCT_ITEM_PIN_URL": f"https://www.pinterest.example/pin/{item.key % 10 ** 18}/",
        "PRODUCT_ITEM_BRAND": BRANDS[item.index % len(BRANDS)],
        "PRODUCT_ITEM_DESCRIPTION": ("line one\nline two", None, "50 % off, \"new\"")[item.index % 3],
        "PRODUCT_ITEM_PRODUCT_TYPE": TYPES[item.index % len(TYPES)],
        "PRODUCT_ITEM_PRODUCT_CATEGORY": "Sporting Goods > Outdoor Recreation",
        "PRODUCT_ITEM_CURRENCY": item.ancestor("ad_account").item["currency"],
    }
