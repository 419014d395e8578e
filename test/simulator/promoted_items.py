"""The API items of what ad groups promote and are found by: product groups and keywords.

They belong to the world's own entities because reports tell their metrics, too.
"""

VALUES = (
    "camping tent", "zelt für 4 ⛺", "o'neill \"jacket\"", "c++ book", "50% off", "テント", "NULL", "tent, blue; red",
    "running\tshoes", "\\d+ tents",
)
MATCH_TYPES = ("BROAD", "PHRASE", "EXACT", None, "EXACT_NEGATIVE", "PHRASE_NEGATIVE")
NEGATIVE = ("EXACT_NEGATIVE", "PHRASE_NEGATIVE")
PARENT_TYPES = {"ad_account": "ADVERTISER", "campaign": "CAMPAIGN", "ad_group": "AD_GROUP"}

# Two of the first catalog's product groups; a promotion may also do without one.
CATALOG_GROUPS = ("443727193917", "443727193954", None)
DEFINITIONS = (None, "product_type_0='kitchen'", "custom_label_0='Été & co'", "")


def keyword(entity):
    """Only ad groups have keywords that include."""
    match_types = MATCH_TYPES if entity.parent.kind == "ad_group" else NEGATIVE
    item = {
        "bid": None, "match_type": match_types[entity.index % len(match_types)],
        "value": f"{VALUES[entity.index % len(VALUES)]} {entity.index}" if entity.index % 9 else "tent",
        "archived": entity.status == "ARCHIVED", "id": entity.id, "parent_id": entity.parent.id,
        "parent_type": PARENT_TYPES[entity.parent.kind], "type": "KEYWORD",
    }
    if entity.index % 7 == 5:
        del item["bid"]
    return item


def _collection(entity):
    """What only a product group that is promoted as a collection has."""
    told = entity.index % 4 == 2
    return {
        "collections_header_type": "ON_SALE" if told else None,
        "collections_hero_destination_url": "https://shop.example.com/ü?a=1,2" if told else None,
        "collections_hero_pin_id": "1019431921789654321" if told else None,
        "slideshow_collections_description": "" if told else None,
        "slideshow_collections_title": "Tents 🏕" if told else None,
    }


def product_group_promotion(entity):
    definition = DEFINITIONS[entity.index % len(DEFINITIONS)]
    catalog_group = CATALOG_GROUPS[entity.index % len(CATALOG_GROUPS)]
    item = {
        "id": entity.id, "ad_group_id": entity.parent.id, "status": entity.status,
        "bid_in_micro_currency": (None, 14_000_000, 8_589_934_592_000_000, 0)[entity.index % 4],
        "catalog_product_group_id": catalog_group,
        "catalog_product_group_name": catalog_group and f"Most popular, \"{entity.index}\"",
        "creative_type": "COLLECTION" if entity.index % 4 == 2 else "SHOPPING",
        "customizable_cta_type": ("SHOP_NOW", None)[entity.index % 2], "definition": definition and f"*/{definition}",
        "relative_definition": definition,
        "grid_click_type": ("CLOSEUP", "DIRECT_TO_DESTINATION", None)[entity.index % 3],
        "included": entity.index % 5 != 3, "is_generate_background": None,
        "is_image_auto_resizing": (None, True, False)[entity.index % 3], "is_mdl": entity.index % 2 == 0,
        "parent_id": "1231234" if definition else None,
        "preferred_media_type": (None, "VIDEO", "IMAGE")[entity.index % 3], "selected_image_tag": None,
        "selected_video_tag": "holiday_sale" if entity.index % 3 == 1 else None,
        "tracking_url": "https://track.example.com/?pg={product_group_id}" if entity.index % 3 else None,
        **_collection(entity),
    }
    if entity.index % 6 == 5:
        del item["is_mdl"]
    return item
