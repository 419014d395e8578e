"""The synchronous ads analytics endpoints: a bare array with one object per entity and period."""

from simulator.answer import Answer, encode
from simulator.errors import ApiError, invalid_parameter
from simulator.metric_rows import OWN_ID, Periods, RowWriter, own_entities, own_entity
from simulator.metrics import windows_of
from simulator.promoted_pins import promoted_pins


def account_analytics(call):
    return _answer(call, "ad_account", [call.account()])


def campaigns_analytics(call):
    return _answer(call, "campaign", own_entities(call, "campaign", "campaign_ids"))


def ad_groups_analytics(call):
    return _answer(call, "ad_group", own_entities(call, "ad_group", "ad_group_ids"))


def ads_analytics(call):
    return _answer(call, "ad", _ads(call))


def product_groups_analytics(call):
    return _answer(call, "product_group", own_entities(call, "product_group", "product_group_ids"))


def ad_pins_analytics(call):
    return _answer(call, "ad_pin", _promoted_pins(call))


def _ads(call):
    """The ads meant by ad_ids alone, or by campaign_ids and pin_ids together."""
    given = [name for name in ("ad_ids", "campaign_ids", "pin_ids") if call[name] is not None]
    if given == ["ad_ids"]:
        return own_entities(call, "ad", "ad_ids")
    if given != ["campaign_ids", "pin_ids"]:
        raise ApiError(400, 1, "Give either ad_ids or both campaign_ids and pin_ids", blame=True)
    pins = set(call["pin_ids"])
    unknown = [pin_id for pin_id in call["pin_ids"] if call.world.find("pin", pin_id) is None]
    if unknown:
        raise invalid_parameter("pin_ids", f"{unknown[0]} is not a pin")
    return [ad for campaign in own_entities(call, "campaign", "campaign_ids")
            for group in campaign.children for ad in group.children if ad.item["pin_id"] in pins]


def _promoted_pins(call):
    """The pins meant by campaign_id and pin_ids, all of them shown by ads of that campaign."""
    campaign = own_entity(call, "campaign", "campaign_id", call["campaign_id"])
    pins = {pin.id: pin for pin in call.world.part(promoted_pins)[campaign.id]}
    foreign = [pin_id for pin_id in call["pin_ids"] if pin_id not in pins]
    if foreign:
        raise invalid_parameter("pin_ids", f"no ad of campaign {campaign.id} shows {foreign[0]}")
    return [pins[pin_id] for pin_id in call["pin_ids"]]


def _answer(call, kind, entities):
    columns = [column for column in call["columns"] if column != OWN_ID[kind]]
    writer = RowWriter(call.world, columns, windows_of(call.arguments))
    periods = Periods(call.world, call.arguments, call.today)
    return Answer(encode([
        writer.row(entity, {OWN_ID[kind]: entity.id, **grain}, deliveries)
        for entity in entities for grain, deliveries in periods.delivered(entity)]))
