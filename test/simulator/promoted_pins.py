"""Pins as a campaign promotes them: all ads of the campaign that show one pin are one entity."""

from simulator.metrics import mix
from simulator.world import Entity


def promoted_pins(world):
    """{campaign id: the entities of its pins, by the pins' ids}; see World.part()."""
    return {campaign.id: _pins(campaign) for account in world.accounts
            for campaign in world.level(account, "campaign")}


def _pins(campaign):
    pins = {ad.pin.id: ad.pin for group in campaign.children for ad in group.children if ad.pin}
    return [_promoted(campaign, pin) for _, pin in sorted(pins.items())]


def _promoted(campaign, pin):
    return Entity("ad_pin", pin.id, mix(campaign.key, pin.key), pin.index, parent=campaign, pin=pin,
                  creative_type=pin.creative_type, video=pin.video)
