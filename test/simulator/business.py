"""The endpoints of business access. The user's own business has the user's id."""

import re

from simulator import business_items
from simulator.answer import encode_item, page_answer
from simulator.errors import ApiError, invalid_parameter, not_found
from simulator.pages import Style
from simulator.record_pages import record_page
from simulator.records import records

USER_NOT_FOUND = 30


def _business(call):
    """The user that is the business asked for; those that only employ the user do not show."""
    user = call.world.user
    employers = [employer.id for employer in records(call.world, user, business_items.EMPLOYER)]
    if call["business_id"] in employers:
        raise ApiError(403, 7, f"Not authorized to access business {call['business_id']}.")
    if call["business_id"] != user.id:
        raise not_found(USER_NOT_FOUND, "Business")
    return user


def _ids(call, name):
    """The ids in a text with commas, None if there is no such parameter."""
    if call[name] is None:
        return None
    if not re.fullmatch(r"[0-9]+(,[0-9]+)*", call[name]):
        raise invalid_parameter(name, f"'{call[name]}' is no list of ids")
    return call[name].split(",")


def employers(call):
    kind = business_items.EMPLOYER
    return record_page(call, records(call.world, call.world.user, kind), kind)


def members(call):
    """People, or else system users."""
    kind = business_items.MEMBERS[call["fetch_system_users"]]
    ids = _ids(call, "member_ids")
    found = [member for member in records(call.world, _business(call), kind)
             if (ids is None or member.id in ids)
             and (call["business_roles"] is None or set(member.item["business_roles"]) & set(call["business_roles"]))]
    return _relations(call, found, kind)


def partners(call):
    """Partners of one type: without the parameter those who have access to the business's assets."""
    kind = business_items.PARTNERS[call["partner_type"] or "INTERNAL"]
    ids = _ids(call, "partner_ids")
    found = [partner for partner in records(call.world, _business(call), kind) if ids is None or partner.id in ids]
    return _relations(call, found, kind)


def _relations(call, found, kind):
    found = found[call["start_index"]:]
    if not call["assets_summary"]:
        return record_page(call, found, kind)

    def with_summary(relation, item):
        return {**item, "assets_summary": business_items.assets_summary(call.world, relation)}

    return record_page(call, found, kind, variant="summary", change=with_summary)


def assets(call):
    """Assets of one type, optionally those in an asset group, or the asset groups that hold an asset."""
    _business(call)
    found = business_items.assets(call.world, call["asset_type"])
    if call["permissions"] is not None:
        found = [asset for asset in found if asset[1] & set(call["permissions"])]
    if call["child_asset_id"] is not None:
        found = [asset for asset in found if call["child_asset_id"] in asset[2]]
    if call["asset_group_id"] is not None:
        within = {group[0]["asset_id"]: group[2] for group in business_items.assets(call.world, "ASSET_GROUP")}
        found = [asset for asset in found if asset[0]["asset_id"] in within.get(call["asset_group_id"], ())]
    return page_answer(call, found[call["start_index"]:],
                       lambda asset: encode_item(business_items.asset_item(asset), int(asset[0]["asset_id"])), Style(empty_last_page=True))


def invites(call):
    """Invites to membership, or else those to partnership; of every status unless some are named."""
    kind = business_items.INVITES[call["is_member"]]
    found = [invite for invite in records(call.world, _business(call), kind)
             if _invite_matches(call, invite.item["invite_data"])]
    return record_page(call, found, kind)


def _invite_matches(call, data):
    return (call["invite_type"] in (None, data["invite_type"])
            and (call["invite_status"] is None or data["invite_status"] in call["invite_status"]))
