"""What an ad account has besides campaigns and what is in them: audiences, lists, tags, forms, labels, templates.

As awkward as the world's entities: see items.py. Times are in seconds unless a comment says otherwise.
"""

from simulator.records import Kind, account_first, is_barren, records, same

EPOCH = 1_735_689_600
DAY = 86_400
EPOCH_MS = 1_783_592_433_000
NAMES = ("Tent lovers ⛺", "", 'a "quoted" name', "Été, hiver; & co", "new\nline", "NULL", "<i>旅行</i>", "\\N")
# An ad account of somebody else, who shares audiences.
SENDER = "549755800001"


def _name(thing):
    name = NAMES[thing.index % len(NAMES)]
    return f"{name} {thing.index}" if name and thing.index >= len(NAMES) else name


def _created(thing):
    return EPOCH + thing.index * 4001


def _updated(thing):
    return _created(thing) + thing.key % (90 * DAY)


def _without(item, thing, field, n):
    """The item, but for one thing in n without a field."""
    if thing.index % n == n - 1:
        del item[field]
    return item


# Audiences

AUDIENCE_RULES = {
    "VISITOR": {"retention_days": 180, "visitor_source_id": "2612511566392"},
    "ENGAGEMENT": {"engagement_domain": ["www.example.com"], "engager_type": 1, "pin_id": ["1019431921789654321"],
                   "url": "https://shop.example.com/é"},
    "CUSTOMER_LIST": {"customer_list_id": "4189730", "prefill": True},
    "ACTALIKE": {"country": "US", "percentage": 3, "seed_id": ["2542620639259", "2542620639296"]},
}


def _audience(audience, owner_id):
    kind = list(AUDIENCE_RULES)[audience.index % len(AUDIENCE_RULES)]
    item = {
        "ad_account_id": owner_id, "audience_type": kind, "id": audience.id, "name": _name(audience),
        "created_by_company_name": (None, "Simulated Brand ™", "")[audience.index % 3],
        "created_timestamp": _created(audience) if audience.index % 6 else None,
        "updated_timestamp": _updated(audience), "rule": AUDIENCE_RULES[kind], "type": "audience",
        "description": (None, "", "People who \"love\" tents 🏕")[audience.index % 3],
        "size": (0, None, 12_345_678_901, -1)[audience.index % 4],
        "status": ("INITIALIZING", "READY", "READY", "TOO_SMALL")[audience.index % 4],
        "is_nca": audience.index % 5 == 2,
    }
    return _without(item, audience, "created_by_company_name", 5)


AUDIENCE_EXTRAS = {"is_ctv_enabled": None}
AUDIENCE = Kind(
    "audience", same(9), lambda thing: _audience(thing, thing.parent.id), 2_542_620_639_259, AUDIENCE_EXTRAS)
RECEIVED_AUDIENCE = Kind(
    "received_audience", same(3), lambda thing: _audience(thing, SENDER), 2_543_720_639_259, AUDIENCE_EXTRAS)


def audiences(world, account, ownership_type):
    """An account's audiences; those of others in the order of their sharing, the last first."""
    if ownership_type == "OWNED":
        return records(world, account, AUDIENCE)
    return records(world, account, RECEIVED_AUDIENCE)[::-1]


def _customer_list(listed):
    item = {
        "ad_account_id": listed.parent.id, "created_time": _created(listed), "exceptions": {}, "id": listed.id,
        "name": _name(listed), "num_batches": float(listed.index), "num_removed_user_records": 0,
        "num_uploaded_user_records": listed.key % 10 ** 10, "type": "customerlist", "updated_time": _updated(listed),
        "status": ("PROCESSING", "READY", "TOO_SMALL", "UPLOADING")[listed.index % 4],
        "is_nca": listed.index % 3 == 1,
    }
    return _without(item, listed, "exceptions", 4)


# Ids as short as these were seen.
CUSTOMER_LIST = Kind("customer_list", same(6), _customer_list, 4_189_730)


# Conversion tags and events

SNIPPET = """<!-- Pinterest Tag -->
<script>
!function(e){if(!window.pintrk){window.pintrk = function () { /* "quoted" \\n and 'single' */ };}}(window);
pintrk('load', '%s', {em: '<user_email_address>'});
</script>
<noscript><img height="1" width="1" alt="" src="https://ct.example.com/v3/?event=init&tid=%s" /></noscript>
""" + "<!-- " + "padding " * 60 + "-->"


def _conversion_tag(tag):
    item = {
        "ad_account_id": tag.parent.id, "code_snippet": SNIPPET % (tag.id, tag.id), "id": tag.id, "name": _name(tag),
        "configs": {"aem_enabled": tag.index % 2 == 0, "aem_db_enabled": None, "md_frequency": 0.6,
                    "no_code_capi_domains": ["https://sub.example.com"] if tag.index % 2 else []},
        "enhanced_match_status": (None, "NOT_VALIDATED", "VALIDATION_COMPLETE")[tag.index % 3],
        "last_fired_time_ms": EPOCH_MS + tag.key % 10 ** 9 if tag.index % 2 else None,
        "status": ("ACTIVE", "ACTIVE", "PAUSED", "ARCHIVED", "DELETED_DRAFT")[tag.index % 5], "version": "3",
    }
    return _without(item, tag, "last_fired_time_ms", 4)


CONVERSION_TAG = Kind("conversion_tag", same(6), _conversion_tag, 2_612_511_566_392)


def is_deleted(tag):
    """What filter_deleted leaves out."""
    return tag.status in ("ARCHIVED", "DELETED_DRAFT")


def _page_visit(visit):
    return {
        "ad_account_id": visit.parent.parent.id, "conversion_tag_id": visit.parent.id,
        "conversion_event": ("PAGE_VISIT", "PAGE_LOAD")[visit.index % 2],
        "reporting_conversion_event": ("PAGE_VISIT", None)[visit.index % 2],
        "created_time": _created(visit.parent) + visit.index % 100,
    }


PAGE_VISIT = Kind("page_visit", lambda tag: tag.index % 3, _page_visit)


def page_visits(world, account):
    """The page visit events of all tags of an account, in the order of the tags."""
    return [visit for tag in records(world, account, CONVERSION_TAG) for visit in records(world, tag, PAGE_VISIT)]


def _defined_event(event):
    """The events have neither ids nor an order."""
    return {
        "name": ("download_picture", "añadir 🛒", "")[event.index % 3],
        "mapped_conversion_type": ("PAGE_LOAD", None, "START_TRIAL")[event.index % 3],
    }


DEFINED_EVENT = Kind("defined_event", same(3), _defined_event)

QUALITY = ("hashed_email", "click_id_epik", "external_event_id", "ip_address")
EQS_SOURCES = (("1d", "WEB", "TAG"), ("1d", "WEB", "CONVERSIONS_API"), ("14d", "WEB", "TAG"),
               ("14d", "OFFLINE", "FILE_UPLOAD"), ("14d", "MOBILE_IOS", "MMP"))


def _quality_score(score):
    lookback, platform, source = EQS_SOURCES[score.index]
    return {
        "ingestion_source": source, "lookback_period": lookback, "source_platform": platform,
        "overall_status": ("NEEDS_IMPROVEMENT", "FAIR", "GOOD")[score.index % 3],
        "quality_components": {name: {"PAGE_VISIT": {"coverage": (score.key >> n) % 101 / 100, "status": "GOOD"}}
                               for n, name in enumerate(QUALITY[:1 + score.index % 4])},
    }


QUALITY_SCORE = Kind("quality_score", same(len(EQS_SOURCES)), _quality_score)


# Leads

def _lead_form(form):
    item = {
        "ad_account_id": form.parent.id, "completion_message": (None, "Merci ! 🎉", "")[form.index % 3],
        "created_time": _created(form), "disclosure_language": None, "has_accepted_terms": form.index % 2 == 0,
        "id": form.id, "name": _name(form) or None, "status": ("ACTIVE", "DRAFT")[form.index % 2],
        "policy_links": [{"label": "Terms \"A\"", "link": "https://example.com/t"}] if form.index % 2 else [],
        "privacy_policy_link": "https://example.com/privacy?é", "updated_time": _updated(form),
        "questions": [
            {"question_type": "EMAIL", "custom_question_field_type": None, "custom_question_label": None,
             "custom_question_options": None},
            {"question_type": "CUSTOM", "custom_question_field_type": "CHECKBOX",
             "custom_question_label": "Farbe?", "custom_question_options": ["red", "grün", "{blue}"]}],
    }
    return _without(item, form, "disclosure_language", 3)


LEAD_FORM = Kind("lead_form", same(5), _lead_form, 7_765_300_871_171)


def _lead_subscription(subscription):
    """Its time is in milliseconds, and its key a secret."""
    form = str(account_first(subscription.parent, LEAD_FORM.first))
    return {
        "ad_account_id": subscription.parent.id, "api_version": "v5",
        "created_time": EPOCH_MS + subscription.index * 86_400_123, "id": subscription.id,
        "cryptographic_algorithm": ("AES-256-GCM", None)[subscription.index % 2],
        "cryptographic_key": f"secret-key-{subscription.key % 10 ** 9}=", "user_account_id": "987654321098765432",
        "lead_form_id": None if subscription.index % 2 else form, "webhook_url": "https://hook.example.com/ü?a=1",
    }


LEAD_SUBSCRIPTION = Kind("lead_subscription", same(3), _lead_subscription, 8_078_432_025_948)


# Labels: one is on several campaigns, and is told once for each.

FIRST_LABEL = 1_106_385_754_497
LABELS = (("Brand ™", "BRAND", "ACTIVE"), ("Q4; \"sale\"", "CUSTOM", "ACTIVE"), ("", "CUSTOM", "ARCHIVED"),
          ("été 🌞", "CUSTOM", "ACTIVE"), ("Old brand", "BRAND", "ARCHIVED"))


def _label(label):
    campaign = label.parent
    number = (campaign.index + label.index) % len(LABELS)
    value, label_type, status = LABELS[number]
    return {
        "id": str(account_first(campaign.parent, FIRST_LABEL) + number), "label_type": label_type,
        "parent_id": campaign.id, "parent_type": None if number == 3 else "CAMPAIGN", "status": status, "value": value,
    }


LABEL = Kind("label", lambda campaign: campaign.index % 4, _label)


def labels(world, account):
    """All labels of an account, campaign by campaign."""
    return [label for campaign in account.children for label in records(world, campaign, LABEL)]


# Templates

def _targeting_template(template):
    item = {
        "ad_account_id": template.parent.id, "auto_targeting_enabled": template.index % 2 == 0,
        "created_time": _created(template), "id": template.id,
        "keywords": [{"match_type": "BROAD", "value": "zelt, \"neu\""}] if template.index % 2 else [],
        "name": _name(template), "placement_group": ("ALL", "SEARCH", "BROWSE")[template.index % 3], "sizing": None,
        "status": ("ACTIVE", "ACTIVE", "DELETED")[template.index % 3], "updated_time": _updated(template),
        "targeting_attributes": {"GENDER": ["female"], "LOCALE": [], "MINIMUM_AGE": "18", "AUDIENCE_INCLUDE": ["2542"]},
        "tracking_urls": {"click": ["https://t.example/c"], "engagement": None} if template.index % 2 else None,
        "valid": (True, None, False)[template.index % 3],
    }
    return _without(item, template, "placement_group", 5)


# Ids as short as these were seen.
TARGETING_TEMPLATE = Kind(
    "targeting_template", same(7), _targeting_template, 643, {"placement_traffic_type": None})


def template_sizing(template):
    """The estimate that a template carries when it is asked for."""
    estimate = template.key % 10 ** 11
    return {"reach_estimate": {"estimate": estimate, "lower_bound": estimate * 3 // 4, "upper_bound": estimate + 1}}


def _template(template):
    item = {
        "ad_account_id": template.parent.id if template.index % 3 else SENDER,
        "ad_account_ids": [template.parent.id, SENDER], "click_window_days": 30.0,
        "columns": ["SPEND_IN_DOLLAR", "TOTAL_CONVERSIONS"][: 1 + template.index % 2],
        "conversion_report_time_type": "TIME_OF_AD_ACTION",
        "creation_source": "ADS_MANAGER_REPORT_BUILDER",
        "custom_column_ids": ["1597252063"] if template.index % 2 else None,
        "ade_columns": ["ADE_COST_PER_ACTION-download_picture"] if template.index % 2 else [],
        "attribution_type": None, "sort_by": {"column": "SPEND_IN_DOLLAR", "ascending": False}, "display_metadata": None,
        "is_default": template.index == 0,
        "reporting_time_zone": ("PINTEREST_TIME_ZONE", "AD_ACCOUNT_TIME_ZONE", None)[template.index % 3],
        "engagement_window_days": 30, "view_window_days": 0, "granularity": ("TOTAL", "DAY")[template.index % 2],
        "filters_json": '[{"field": "SPEND_IN_DOLLAR", "operator": "=", "value": 100}]' if template.index % 2 else None,
        "id": template.id, "ingestion_sources": (None, ["TAG", "MMP"], [])[template.index % 3],
        "is_deleted": (None, False, True)[template.index % 3], "is_owned_by_user": template.index % 3 > 0,
        "is_scheduled": False, "name": _name(template) or None, "report_end_relative_days_in_past": 1,
        "report_format": ("JSON", "CSV")[template.index % 2], "report_level": "CAMPAIGN",
        "report_start_relative_days_in_past": 7, "type": ("BULK", "TABLE", "UNSPECIFIED")[template.index % 3],
        "updated_time": float(_updated(template)), "user_id": 784_762_938_748_396,
    }
    return _without(item, template, "ingestion_sources", 4)


TEMPLATE = Kind("template", same(6), _template, 6_739_202_847_590)


def _promotion(promotion):
    item = {
        "ad_account_id": promotion.parent.id,
        "discount_status": ("ACTIVE", "SCHEDULED", "EXPIRED")[promotion.index % 3],
        "start_time": _created(promotion), "end_time": 0 if promotion.index % 4 == 3 else _updated(promotion),
        "external_id": None, "id": promotion.id, "platform_type": ("DEFAULT", "SHOPIFY")[promotion.index % 2],
        "promotion_code": "blackfriday10", "promotion_custom_id": promotion.id, "promotion_title": _name(promotion),
        "promotion_type": ("FREE_SHIPPING", "PERCENT_OFF_CLEARANCE", "X_OFF_Y")[promotion.index % 3],
        "status": ("ACTIVE", "PAUSED", "ARCHIVED", "DRAFT")[promotion.index % 4],
        "template_values": [{"amount": 100.5, "currency_code": "EUR"}, {"percent": 10}][: promotion.index % 3],
    }
    # Recorded answers lack these two.
    for field in ("external_id", "promotion_code"):
        _without(item, promotion, field, 2)
    return item


PROMOTION = Kind("promotion", same(5), _promotion, 7_834_020_347_906)


# Insights

INSIGHT_TYPES = ("YOUR_TOTAL_AUDIENCE", "YOUR_ENGAGED_AUDIENCE", "PINTEREST_TOTAL_AUDIENCE")


def _shares(*keys):
    return [{"key": key, "name": key.title(), "ratio": 0.551 / (n + 1)} for n, key in enumerate(keys)]


def insight(account, insight_type):
    """What is known of an audience: nothing, for the account without campaigns."""
    if is_barren(account):
        return {"categories": [], "date": None, "demographics": {}, "size": 0, "size_is_upper_bound": True,
                "type": insight_type}
    number = INSIGHT_TYPES.index(insight_type)
    return {
        "categories": [{
            "id": "955", "index": 1.2 + number, "key": "955", "name": "outdoor 🏕", "ratio": 0.25,
            "subcategories": [{"id": "958862518888", "index": -1, "key": "958862518888", "name": "", "ratio": 0}]}],
        "date": "2026-07-05", "size": 10_000_000_000 + account.key % 1000 * (number + 1),
        "demographics": {"ages": _shares("18-24", "25-34"), "countries": _shares("us"), "devices": [],
                         "genders": _shares("female", "male", "unknown"), "metros": None},
        "size_is_upper_bound": number > 0, "type": insight_type,
    }


def insight_audiences(account):
    """The audiences that insights exist for; they have no ids."""
    if is_barren(account):
        return []
    return [{"type": kind, "scope": scope, "date": date} for kind, scope, date in (
        ("IMPRESSION_PLUS_ENGAGEMENT", "PARTNER", "2026-07-05"), ("IMPRESSION_PLUS_ENGAGEMENT", "PINTEREST", None),
        ("ENGAGEMENT", "PARTNER", "2026-07-05"))]
