"""The API items of entities, and the analytics columns that describe an entity.

Names, nulls, missing keys and numbers are chosen to be as awkward as the real ones: emoji, markup, quotes,
line breaks, empty texts, amounts beyond 32 bits, -1 for "unknown", 18 digits.
"""

import datetime

from simulator.product_items import PRODUCT_ITEM_COLUMNS, product_item
from simulator.promoted_items import keyword, product_group_promotion

HOUR = 3600
EPOCHS = {
    "ad_account": 1_577_880_000, "campaign": 1_709_285_400, "ad_group": 1_725_183_000, "ad": 1_740_823_200,
}
STEP = 300
BOARD_EPOCH = datetime.datetime(2025, 2, 3, 8, 15, 30)
PIN_EPOCH = datetime.datetime(2025, 7, 9, 10, 22, 11)

# Those of the token's user; the owner of the nth ad account, from 1, has the id after it by n.
USER_ID = 987654321098765432
USERNAME = "simulated_brand"
NAMES = {
    "ad_account": ("Fjord Outdoor 🏔", 'Maison "Été" & Fils', "Leeres Konto", "Fourth, with comma"),
    "campaign": ("Spring Sale 🌷", "", 'He said "buy" \\ now', "line one\nline two", "<b>Été</b> & co",
                 "日本語キャンペーン", "O'Brien; DROP TABLE ads; --", "tab\tand {braces}, [brackets]"),
    "ad_group": ("Women 25-34", "Retargeting ♻️", "Ünïcödé", "a,b;c|d", "NULL", " leading space", "\\N"),
    "ad": ("Blue tent", None, "👩‍👩‍👧 family", "He said \"hi\"", "C:\\ads\\new", "",
           "<script>alert(1)</script>"),
    "board": ("Tents", "Küche & Bad", "Secret ideas 🤫", "Ads only", "旅行", "Empty description"),
    "pin": ("A red tent", None, "▶ $120.0 deal", "", "Crème \"brûlée\"", "multi\nline", "夏のピン"),
}
OBJECTIVES = ("AWARENESS", "CONSIDERATION", "WEB_CONVERSION", "CATALOG_SALES", "VIDEO_COMPLETION")
RUNNING_STATUS = {"ACTIVE": "RUNNING", "PAUSED": "ADVERTISER_DISABLED"}
COUNTRIES = (("US", "USD"), ("FR", "EUR"), ("DE", "EUR"), ("GB", "GBP"))
# Those of the ad accounts, in turn; some have none yet.
TIME_ZONES = ("America/Los_Angeles", "Pacific/Auckland", None, "Asia/Kolkata")
PERFORMANCE_PLUS = {"boost_prospecting_ad_group_bid": True, "pinner_list_exclusions": ["2542620639259"]}
INTEREST_NAMES = {"955": "Outdoor", "956": "Home décor", "957": "Food and drinks"}


def _name(entity):
    names = NAMES[entity.kind]
    name = names[entity.index % len(names)]
    if entity.index < len(names) or not name:
        return name
    return f"{name} {entity.index}"


def _times(entity):
    created = EPOCHS[entity.kind] + entity.index * STEP
    return {"created_time": created, "updated_time": created + entity.key % (90 * 24 * HOUR)}


def _one_in(entity, n, shift=3):
    """True for about one entity in n, independent of other choices with another shift."""
    return (entity.key >> shift) % n == 0


def _tracking_urls(entity):
    if not _one_in(entity, 3):
        return None
    return {
        "impression": [f"https://track.example.com/i?e={entity.id}&v=1"],
        "click": ["https://track.example.com/c", "https://second.example.org/ü"],
        "engagement": [], "buyable_button": None, "audience_verification": None,
    }


def user_number(entity):
    """Whose an organic entity is: 0 for the token's user, n for the owner of the nth ad account."""
    return int(entity.ancestor("user").id) - USER_ID


def username(entity):
    """The name of the user whose an organic entity is."""
    number = user_number(entity)
    return f"client_{number}" if number else USERNAME


def _user(user):
    return {
        "about": "", "account_type": "BUSINESS", "business_name": "Simulated Brand ™",
        "board_count": len(user.children), "pin_count": sum(len(board.children) for board in user.children),
        "follower_count": 1234, "following_count": 0, "id": user.id, "monthly_views": -1, "username": username(user),
        "profile_image": "https://i.pinimg.example/600x600_R/aa/bb/cc.jpg", "website_url": "",
    }


def _ad_account(account):
    country, currency = COUNTRIES[account.index % len(COUNTRIES)]
    shared = account.index % 2 == 1
    return {
        "country": country, "currency": currency, "id": account.id, "name": _name(account),
        "owner": {"id": "383791336903426391" if shared else str(USER_ID),
                  "username": "partner_agency" if shared else USERNAME},
        "permissions": ["ANALYST", "CAMPAIGN_MANAGER"] if shared else ["OWNER"],
        **({} if TIME_ZONES[account.index % len(TIME_ZONES)] is None
           else {"time_zone": TIME_ZONES[account.index % len(TIME_ZONES)]}),
        **_times(account),
    }


def _campaign(campaign):
    big = 100_000_000 + campaign.key % 9_000_000_000
    item = {
        "id": campaign.id, "ad_account_id": campaign.parent.id, "name": _name(campaign),
        "status": campaign.status, "summary_status": RUNNING_STATUS.get(campaign.status, campaign.status),
        "daily_spend_cap": 8_589_934_592_000_000 if campaign.index == 0 else big,
        "lifetime_spend_cap": 0, "order_line_id": None, "type": "campaign",
        "start_time": EPOCHS["campaign"] + campaign.index * STEP,
        "end_time": None if _one_in(campaign, 2) else 1_924_991_999,
        "objective_type": OBJECTIVES[campaign.index % len(OBJECTIVES)],
        "tracking_urls": _tracking_urls(campaign), "is_automated_campaign": False,
        "is_campaign_budget_optimization": campaign.index % 2 == 0, "is_flexible_daily_budgets": None,
        "bid_options": {"app_type_multipliers": {"web": 1.25}, "age_bucket_multipliers": {"25-34": 1.5},
                        "freq_bid_multiplier_time_window": "WEEK"} if _one_in(campaign, 4, 7) else None,
        "default_ad_group_budget_in_micro_currency": big if campaign.index % 4 == 1 else None,
        "intended_promotion_type": ("STANDARD_AD", "CATALOG", "LEGACY")[campaign.index % 3],
        "is_carting": campaign.index % 4 == 3, "is_ltv_optimized": False, "is_top_of_search": campaign.index % 5 == 2,
        "performance_plus_campaign_settings": PERFORMANCE_PLUS if campaign.index % 3 == 2 else None,
        **_times(campaign),
    }
    if campaign.index % 3:
        item["is_performance_plus"] = campaign.index % 2 == 1
    return item


def _targeting_spec(group):
    return {
        "AGE_BUCKET": ["25-34", "35-44"], "GENDER": ["female"], "LOCATION": ["US", "CA"],
        "APPTYPE": [], "INTEREST": list(INTEREST_NAMES)[: 1 + group.index % 3],
        "TARGETING_STRATEGY": ["CHOOSE_YOUR_OWN"],
    }


def _ad_group(group):
    by_campaign = group.parent.item["is_campaign_budget_optimization"]
    item = {
        "id": group.id, "ad_account_id": group.parent.parent.id, "campaign_id": group.parent.id,
        "name": _name(group), "status": group.status, "type": "adgroup",
        "summary_status": RUNNING_STATUS.get(group.status, group.status),
        "auto_targeting_enabled": group.index % 2 == 0, "bid_in_micro_currency": 2_000_000 + group.key % 10 ** 10,
        "bid_strategy_type": ("AUTOMATIC_BID", "MAX_BID", None)[group.index % 3],
        "billable_event": ("CLICKTHROUGH", "IMPRESSION")[group.index % 2],
        "budget_in_micro_currency": None if by_campaign else 5_000_000_000 + group.index,
        "budget_type": "CBO_ADGROUP" if by_campaign else "DAILY", "end_time": None,
        "start_time": None if _one_in(group, 3) else EPOCHS["ad_group"] + group.index * STEP,
        "is_creative_optimization": None, "lifetime_frequency_cap": -1 if group.index % 4 else 7,
        "optimization_goal_metadata": {}, "pacing_delivery_type": "STANDARD", "placement_group": "ALL",
        "promotion_application_level": None, "promotion_id": None, "targeting_spec": _targeting_spec(group),
        "targeting_template_ids": ["643", "644"] if _one_in(group, 4, 7) else None,
        "tracking_urls": _tracking_urls(group), "bid_multiplier": (None, 1.1, 0.75)[group.index % 3],
        "placement_traffic_type": (None, "ALL", "TWO_COLUMN_FEED", "FULLSCREEN_FEED")[group.index % 4],
        "promotion_ids": ["7834020347906"] if _one_in(group, 5) else [],
        "customer_segment_id": "5497558" if _one_in(group, 6, 5) else None,
        "ext_features": {"enabled": ["TRENDS", "AD_ROTATION"]} if group.index % 3 == 1 else None,
        "is_local_inventory": group.index % 4 == 1,
        "local_inventory_radius_in_miles": 12.5 if group.index % 4 == 1 else None,
        "performance_plus_campaign_settings": PERFORMANCE_PLUS if group.index % 5 == 0 else None,
        "feed_profile_id": "0", "conversion_learning_mode_type": ("ACTIVE", None)[group.index % 2],
        **_times(group),
    }
    if group.index % 5 == 4:
        del item["pacing_delivery_type"]
    return item


def _ad(ad):
    group = ad.parent
    link = f"https://shop.example.com/p/{ad.index}?utm=pin&q=a%20b"
    rejected = ad.index % 6 == 5
    item = {
        "id": ad.id, "ad_account_id": group.parent.parent.id, "campaign_id": group.parent.id,
        "ad_group_id": group.id, "pin_id": ad.pin.id if ad.pin else None, "name": _name(ad), "type": "pinpromotion",
        "status": ad.status, "creative_type": ad.creative_type,
        "summary_status": "APPROVED" if ad.status == "ACTIVE" else RUNNING_STATUS.get(ad.status, ad.status),
        "review_status": "REJECTED" if rejected else "APPROVED",
        "rejected_reasons": ["CONTENT_ALCOHOL", "LANDING_PAGE_BROKEN"] if rejected else [],
        "rejection_labels": ["Broken link, \"404\""] if rejected else [],
        "destination_url": link if ad.index % 4 else None, "click_tracking_url": None, "view_tracking_url": None,
        "android_deep_link": None, "ios_deep_link": "shop://p/1" if _one_in(ad, 3) else None,
        "carousel_destination_urls": [link, "https://é.example"] if ad.creative_type == "CAROUSEL" else None,
        "carousel_android_deep_links": None, "carousel_ios_deep_links": None,
        "collection_items_destination_url_template": None, "customizable_cta_type": ("SHOP_NOW", None)[ad.index % 2],
        "disclosure_type": None, "disclosure_url": None, "grid_click_type": ("CLOSEUP", None)[ad.index % 2],
        "is_pin_deleted": _one_in(ad, 9, 5), "is_removable": False, "lead_form_id": None,
        "quiz_pin_data": {"questions": [], "results": []} if _one_in(ad, 7, 11) else None,
        "collections_header_type": "SHOP_THIS_COLLECTION" if ad.creative_type == "COLLECTION" else None,
        "is_collage_accepted_terms": ad.creative_type == "COLLAGE", "is_collage_single_destination": False,
        "is_carting": _one_in(ad, 6, 13), "carting_platform_type": 1 + ad.index % 2 if _one_in(ad, 6, 13) else None,
        "carting_products": [{
            "carting_product_id": "p \"1\"", "display_product_price": True, "randomize_preferred_retailers": False,
            "preferred_retailers": [{"retailer_id": "77", "retailer_name": "Été & Co"}],
        }] if _one_in(ad, 6, 13) else None,
        "tracking_urls": _tracking_urls(ad), **_times(ad),
    }
    if ad.index % 5 == 3:
        del item["is_removable"]
    return item


def _moment(moment, microseconds):
    """A time as the organic endpoints write it: without a zone, sometimes with microseconds."""
    return moment.replace(microsecond=microseconds).isoformat()


def _board(board):
    created = BOARD_EPOCH + datetime.timedelta(hours=board.index * 7)
    modified = created + datetime.timedelta(seconds=board.key % (100 * 24 * HOUR))
    return {
        "id": board.id, "name": _name(board), "privacy": board.privacy,
        "description": (None, " ", "", "Ideas for «tents» ⛺")[board.index % 4],
        "created_at": _moment(created, 0),
        "board_pins_modified_at": _moment(modified, 377_000 if board.index % 2 else 0),
        "collaborator_count": 0, "follower_count": board.key % 500, "is_ads_only": board.privacy == "PROTECTED",
        "media": {"image_cover_url": None, "pin_thumbnail_urls": []},
        "owner": {"username": username(board)}, "pin_count": len(board.children),
    }


def _image(pin, width, height):
    return {"url": f"https://i.pinimg.example/{width}x/{pin.index:06x}.jpg", "width": width, "height": height}


def _media(pin):
    images = {"150x150": _image(pin, 150, 150), "400x300": _image(pin, 400, 300), "600x": _image(pin, 564, 846),
              "1200x": _image(pin, 600, 900)}
    if pin.video:
        return {"media_type": "video", "images": images, "cover_image_url": images["600x"]["url"],
                "duration": None if pin.index % 4 == 3 else 15_033, "height": 1280, "width": 720, "video_url": None}
    return {"media_type": "image", "images": images}


def _pin(pin):
    created = PIN_EPOCH + datetime.timedelta(hours=pin.index * 3)
    item = {
        "id": pin.id, "board_id": pin.parent.id, "board_owner": {"username": username(pin)}, "board_section_id": None,
        "title": _name(pin), "description": (" ", "A tent 🏕 & more", None)[pin.index % 3],
        "alt_text": None if pin.index % 2 else "a \"quoted\" alt",
        "link": f"https://shop.example.com/pin/{pin.index}" if pin.index % 4 else None,
        "created_at": _moment(created, 120_000 if pin.index % 5 == 2 else 0),
        "creative_type": pin.creative_type, "dominant_color": f"#{pin.key & 0xffffff:06x}",
        "has_been_promoted": pin.index % 3 == 0, "is_owner": True, "is_standard": pin.index % 7 != 0,
        "media": _media(pin), "parent_pin_id": "1019431921789654321" if pin.index % 6 == 1 else None,
        "pin_metrics": None, "is_product": pin.index % 9 == 4,
        "ai_disclosures": {"values": ["AI_MODIFIED"]} if pin.index % 7 == 3 else None,
    }
    if pin.index % 8 == 6:
        del item["alt_text"]
    return item


BUILDERS = {
    "user": _user, "ad_account": _ad_account, "campaign": _campaign, "ad_group": _ad_group, "ad": _ad,
    "board": _board, "pin": _pin,
    "keyword": keyword, "product_group": product_group_promotion, "product_item": product_item,
}

# Fields that real answers carry although the API's description lacks them.
UNDESCRIBED = {
    "user": {},
    "ad_account": {},
    "campaign": {"ext_features": None},
    "ad_group": {"is_automated_campaign": False, "is_creative_expansion": False, "enabled_catalog_expansion": True},
    "ad": {"ext_features": None},
    "board": {},
    "pin": {"product_tags": [{"pin_id": "1"}], "is_removable": False},
}


# Analytics columns that describe an entity: (kind of the entity to look at, how to read it).
def _field(name):
    return lambda entity: entity.item.get(name)


def _id(entity):
    return entity.id


def _summary(entity):
    return RUNNING_STATUS.get(entity.status, entity.status)


ATTRIBUTES = {
    "AD_ACCOUNT_ID": ("ad_account", _id),
    "ADVERTISER_ID": ("ad_account", _id),
    "CAMPAIGN_ID": ("campaign", _id),
    "CAMPAIGN_NAME": ("campaign", _field("name")),
    "CAMPAIGN_ENTITY_STATUS": ("campaign", _field("status")),
    "CAMPAIGN_OBJECTIVE_TYPE": ("campaign", _field("objective_type")),
    "CAMPAIGN_DAILY_SPEND_CAP": ("campaign", _field("daily_spend_cap")),
    "CAMPAIGN_LIFETIME_SPEND_CAP": ("campaign", _field("lifetime_spend_cap")),
    "CAMPAIGN_BUDGET_OPTIMIZATION": ("campaign", _field("is_campaign_budget_optimization")),
    "IS_PREMIERE_CAMPAIGN": ("campaign", lambda campaign: False),
    "AD_GROUP_ID": ("ad_group", _id),
    "AD_GROUP_NAME": ("ad_group", _field("name")),
    "AD_GROUP_ENTITY_STATUS": ("ad_group", _field("status")),
    "AD_GROUP_BUDGET_TYPE": ("ad_group", _field("budget_type")),
    "AD_GROUP_BUDGET_IN_LOCAL_CURRENCY":
        ("ad_group", lambda group: (group.item["budget_in_micro_currency"] or 0) / 1_000_000 or None),
    "AD_GROUP_BID_MULTIPLIER": ("ad_group", _field("bid_multiplier")),
    "AD_GROUP_OPTIMIZATION": ("ad_group", _field("billable_event")),
    "AD_ID": ("ad", _id),
    "PIN_PROMOTION_ID": ("ad", _id),
    "AD_NAME": ("ad", _field("name")),
    "PIN_ID": ("ad", _field("pin_id")),
    "VIDEO_LENGTH": ("ad", lambda ad: 15.033 if ad.video else None),
    # Of reports alone.
    "CAMPAIGN_STATUS": ("campaign", _summary),
    "AD_GROUP_STATUS": ("ad_group", _summary),
    "AD_STATUS": ("ad", _field("summary_status")),
    "PIN_PROMOTION_STATUS": ("ad", _field("summary_status")),
    "PIN_PROMOTION_NAME": ("ad", _field("name")),
    "PRODUCT_GROUP_ID": ("product_group", _id),
    "PRODUCT_GROUP_STATUS": ("product_group", lambda group: "PAUSED" if group.status == "PAUSED" else _summary(group)),
    **{name: ("product_item", _field(name)) for name in PRODUCT_ITEM_COLUMNS},
}


def attribute(entity, column):
    """The value of a describing column for an entity, None if there is none at its level."""
    kind, read = ATTRIBUTES.get(column, (None, None))
    owner = entity.ancestor(kind) if kind else None
    return read(owner) if owner is not None else None


def pin_metrics(pin):
    """What a pin carries as pin_metrics when asked for."""
    views = 50 + pin.key % 5000
    return {
        "90d": {"pin_click": views // 40, "impression": views, "clickthrough": views // 90},
        "lifetime_metrics": {"pin_click": views // 10, "impression": views * 4, "clickthrough": views // 30,
                             "reaction": pin.key % 40, "comment": pin.key % 7},
    }
