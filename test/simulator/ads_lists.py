"""The lists below an ad account besides campaigns, ad groups and ads."""

from simulator import ads_items, billing_items
from simulator.answer import Answer, encode, encode_entity, encode_item, page_answer
from simulator.errors import ApiError, invalid_parameter
from simulator.pages import Style
from simulator.record_pages import encode_record, in_order, record_page
from simulator.records import records

LABELS_PER_ITEM = 2


def _list(kind, style=Style()):
    """All things of a kind, page by page."""
    return lambda call: record_page(call, records(call.world, call.account(), kind), kind, style)


def _whole_list(kind, wanted=lambda call, thing: True):
    """All things of a kind at once, in an object without a bookmark."""
    def handler(call):
        texts = _texts(call, kind, records(call.world, call.account(), kind), wanted)
        return Answer(f'{{"items":[{texts}]}}')

    return handler


def _texts(call, kind, things, wanted):
    return ",".join(encode_record(call.world, thing, kind) for thing in things if wanted(call, thing))


def _exactly_one(call, *names):
    given = [name for name in names if call[name] is not None]
    if len(given) != 1:
        raise ApiError(400, 1, "Give exactly one of these parameters: " + ", ".join(names), blame=True)
    return given[0]


# Audiences, lists, tags and forms.

def audiences(call):
    """The account's own, or those shared with it. The latter have an order of their own."""
    owned = call["ownership_type"] == "OWNED"
    kind = ads_items.AUDIENCE if owned else ads_items.RECEIVED_AUDIENCE
    found = ads_items.audiences(call.world, call.account(), call["ownership_type"])
    return record_page(call, _of_others(call, found), kind)


def customer_lists(call):
    kind = ads_items.CUSTOMER_LIST
    return record_page(call, _of_others(call, records(call.world, call.account(), kind)), kind)


def _of_others(call, things):
    """What is left without those for the acquisition of new customers, if that is asked for."""
    return [thing for thing in things if not (call["exclude_nca"] and thing.item["is_nca"])]


conversion_tags = _whole_list(
    ads_items.CONVERSION_TAG, lambda call, tag: not (call["filter_deleted"] and ads_items.is_deleted(tag)))
advertiser_defined_events = _whole_list(ads_items.DEFINED_EVENT)
lead_forms = _list(ads_items.LEAD_FORM)
lead_subscriptions = _list(ads_items.LEAD_SUBSCRIPTION, Style(empty_last_page=True))


def page_visits(call):
    return record_page(call, ads_items.page_visits(call.world, call.account()), ads_items.PAGE_VISIT)


def conversion_eqs(call):
    """A bare array."""
    def wanted(_, score):
        return all(call[name] in (None, score.item[name])
                   for name in ("lookback_period", "source_platform", "ingestion_source"))

    kind = ads_items.QUALITY_SCORE
    return Answer(f"[{_texts(call, kind, records(call.world, call.account(), kind), wanted)}]")


# Keywords and promoted product groups: the world's entities, by what they hang on.

class ByParent:
    def __init__(self, world):
        self.found = {}
        for kind in ("keyword", "product_group"):
            for account in world.accounts:
                for entity in world.level(account, kind):
                    self.found.setdefault((kind, account.id, entity.parent.id), []).append(entity)

    def of(self, kind, account, parent_id):
        return self.found.get((kind, account.id, parent_id), [])


def _entity_page(call, entities):
    return page_answer(call, in_order(call, entities), lambda entity: encode_entity(call.world, entity))


def keywords(call):
    """Those of one parent, exactly: of the account itself, unless a campaign or an ad group is named."""
    account = call.account()
    if call["ad_group_ids"] is not None:
        raise invalid_parameter("ad_group_ids", "is in beta and not available to this app")
    if call["campaign_id"] is not None and call["ad_group_id"] is not None:
        raise invalid_parameter("campaign_id", "and ad_group_id exclude each other")
    parent_id = call["campaign_id"] or call["ad_group_id"] or account.id
    found = call.world.part(ByParent).of("keyword", account, parent_id)
    if call["match_types"] is not None:
        found = [keyword for keyword in found if keyword.item["match_type"] in call["match_types"]]
    return _entity_page(call, found)


def product_group_promotions(call):
    account = call.account()
    if _exactly_one(call, "ad_group_id", "product_group_promotion_ids") == "ad_group_id":
        found = call.world.part(ByParent).of("product_group", account, call["ad_group_id"])
    else:
        wanted = set(call["product_group_promotion_ids"])
        found = [group for group in call.world.level(account, "product_group") if group.id in wanted]
    return _entity_page(call, [group for group in found if group.status in call["entity_statuses"]])


# Labels and templates.

def labels(call):
    """Each item of the page is a label, once for each campaign or, without them, once; or holds a few, as before 5.28."""
    found = [label for label in ads_items.labels(call.world, call.account()) if _label_matches(call, label.item)]
    if call.switches["flat_labels"]:
        if not call.switches["label_parents"]:
            found = list({label.item["id"]: label for label in found}.values())
        return page_answer(call, found, lambda label: _encode_label(call, label))
    groups = [found[start:start + LABELS_PER_ITEM] for start in range(0, len(found), LABELS_PER_ITEM)]
    return page_answer(call, [*groups, []] if groups else [], lambda group: _encode_labels(call, group))


def _label_matches(call, item):
    return (item["status"] in call["entity_statuses"] and item["label_type"] in call["label_types"]
            and (call["label_ids"] is None or item["id"] in call["label_ids"])
            and (call["campaign_ids"] is None or item["parent_id"] in call["campaign_ids"]))


def _encode_label(call, label):
    def alone(_, item):
        return {name: value for name, value in item.items() if not name.startswith("parent_")}

    if call.switches["label_parents"]:
        return encode_record(call.world, label, ads_items.LABEL)
    return encode_record(call.world, label, ads_items.LABEL, "alone", alone)


def _encode_labels(call, group):
    texts = ",".join(encode_record(call.world, label, ads_items.LABEL) for label in group)
    return f'{{"errors":[],"labels":[{texts}]}}'


def targeting_templates(call):
    kind = ads_items.TARGETING_TEMPLATE
    found = records(call.world, call.account(), kind)
    if call["search_query"] is not None:
        found = [template for template in found if call["search_query"].lower() in template.item["name"].lower()]
    if call["include_sizing"]:
        return record_page(call, found, kind, variant="sizing", change=_with_sizing)
    return record_page(call, found, kind)


def _with_sizing(template, item):
    return {**item, "sizing": ads_items.template_sizing(template)}


templates = _list(ads_items.TEMPLATE)
promotions = _list(ads_items.PROMOTION)


# Insights.

def audience_insights(call):
    account = call.account()
    return Answer(encode_item(ads_items.insight(account, call["audience_insight_type"]), account.key))


def insights_audiences(call):
    return Answer(encode({"items": ads_items.insight_audiences(call.account())}))


# Billing.

order_lines = _list(billing_items.ORDER_LINE)
insertion_orders = _list(billing_items.INSERTION_ORDER)
discounts = _list(billing_items.DISCOUNT, Style(empty_last_page=True))


def ssio_order_lines(call):
    kind = billing_items.SSIO_ORDER_LINE
    found = [line for line in records(call.world, call.account(), kind)
             if call["pin_order_id"] in (None, line.item["pin_order_id"])]
    return record_page(call, found, kind)


def billing_profiles(call):
    found = billing_items.billing_profiles(call.world, call.account(), call["is_active"])
    return record_page(call, found, billing_items.BILLING_PROFILE)


def billing_invoices(call):
    """Sorted by the due date unless the request asks for another order."""
    kind = billing_items.BILLING_INVOICE
    first, last = call["start_due_date"], call["end_due_date"]
    if first and last and first > last:
        raise invalid_parameter("start_due_date", "is after end_due_date")
    found = [invoice for invoice in records(call.world, call.account(), kind)
             if all(call[name] in (None, invoice.item[name]) for name in ("status", "document_type"))
             and (first or "") <= invoice.item["invoice_due_date"] <= (last or "9999")]
    return record_page(call, sorted(found, key=billing_items.invoice_order(call["sort"])), kind)
