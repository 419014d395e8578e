"""The businesses of the token's user: employers, members, partners, assets and invites.

The user's own business has the user's id. Times are in milliseconds.
"""

from simulator.ads_items import EPOCH_MS
from simulator.catalogs_items import CATALOG
from simulator.records import Kind, records, same

DAY_MS = 86_400_000
ACCOUNT_PERMISSIONS = (["OWNER"], ["ANALYST", "CAMPAIGN_MANAGER"], ["ADMIN"], ["FINANCE_VIEW"])


def _user(number, name):
    return {"email": f"{name}@business.example" if number % 2 else None, "id": str(number), "username": name}


OWNER = _user(987654321098765432, "simulated_brand")


def _relation(thing, roles, name):
    """What a relation between a business and a user tells in any list."""
    item = {
        "assets_summary": None, "business_roles": roles, "created_by_business": None if thing.index % 2 else OWNER,
        "created_by_user": OWNER if thing.index % 3 else None, "created_time": EPOCH_MS - thing.index * DAY_MS - 7,
        "id": thing.id, "is_shared_partner": False, "user": _user(int(thing.id), name),
    }
    if thing.index % 4 == 3:
        item["created_time"] = item["user"] = None
    return item


def _employer(employer):
    item = _relation(employer, ["EMPLOYEE"], f"employer_{employer.index}")
    del item["assets_summary"]
    return item


def _member(member):
    roles = (["BIZ_ADMIN"], ["EMPLOYEE"], ["EMPLOYEE", "BIZ_ADMIN"])[member.index % 3]
    return _relation(member, roles, f"mémber_{member.index} 👩")


def _system_user(member):
    return _relation(member, ["EMPLOYEE"], f"system.{member.index}")


def _internal_partner(partner):
    return _relation(partner, ["PARTNER"], f"agency_{partner.index}")


def _external_partner(partner):
    return {**_relation(partner, ["PARTNER"], f"client_{partner.index}"), "is_shared_partner": True}


EMPLOYER = Kind("employer", same(2), _employer, 383_791_336_903_426_391)
MEMBERS = {
    False: Kind("member", same(7), _member, 401_791_336_903_426_391),
    True: Kind("system_user", same(2), _system_user, 402_791_336_903_426_391),
}
# The external partners are internal ones, too: ids are unique within a type only.
PARTNERS = {
    "INTERNAL": Kind("internal_partner", same(3), _internal_partner, 403_791_336_903_426_391),
    "EXTERNAL": Kind("external_partner", same(2), _external_partner, 403_791_336_903_426_391),
}


def assets_summary(world, relation):
    """What a relation carries as its summary when it is asked for."""
    account = world.accounts[relation.index % len(world.accounts)] if world.accounts else None
    permissions = ACCOUNT_PERMISSIONS[relation.index % len(ACCOUNT_PERMISSIONS)]
    return {
        "ad_accounts": [{"id": account.id, "permissions": permissions}] if account else [],
        "profiles": [{"id": world.user.id, "permissions": ["PROFILE_PUBLISHER"]}] if relation.index % 2 else [],
    }


# Assets: (item, the permissions on it, the ids of what is in it)

FIRST_GROUP = 7_078_106_104_032


def _group(world, n):
    catalogs = [catalog.id for catalog in records(world, world.user, CATALOG)]
    accounts = [account.id for account in world.accounts[n::2]]
    info = {
        "ad_accounts_ids": accounts or None, "asset_group_description": None if n else "Ad accounts \"in\" 🇨🇦",
        "asset_group_name": ("Canada", "")[n], "asset_group_types": ["LOCATION_OR_LANGUAGE"], "created_by": OWNER,
        "catalogs_ids": catalogs[n:], "created_time": EPOCH_MS + n, "id": str(FIRST_GROUP + n * 1009), "owner": OWNER,
        "profiles_ids": [], "updated_time": EPOCH_MS + DAY_MS,
    }
    item = {"asset_group_info": info, "asset_id": info["id"], "asset_type": "ASSET_GROUP", "catalog_info": None}
    return item, {"ADMIN"}, {*accounts, *catalogs[n:]}


def assets(world, asset_type):
    """[(item, permissions, ids within)] of the business's assets of one type. There are no consumers."""
    if asset_type == "AD_ACCOUNT":
        return [({"asset_group_info": None, "asset_id": account.id, "asset_type": asset_type},
                 set(account.item["permissions"]), set()) for account in world.accounts]
    if asset_type == "PROFILE":
        return [({"asset_id": world.user.id, "asset_type": asset_type, "catalog_info": None},
                 {"OWNER", "PROFILE_PUBLISHER"}, set())]
    if asset_type == "ASSET_GROUP":
        return [_group(world, n) for n in range(2)]
    if asset_type == "CATALOG":
        return [(_catalog_asset(catalog), {"CATALOGS_MANAGER"}, set())
                for catalog in records(world, world.user, CATALOG)]
    return []


def asset_item(asset):
    """An asset as an answer has it."""
    item, permissions, _ = asset
    return {**item, "permissions": sorted(permissions)}


def _catalog_asset(catalog):
    info = {"catalog_type": catalog.item["catalog_type"], "id": catalog.id, "name": catalog.item["name"]}
    return {"asset_group_info": None, "asset_id": catalog.id, "asset_type": "CATALOG", "catalog_info": info}


# Invites: those to membership, and those to partnership with the requests for it

INVITE_STATUSES = ("PENDING", "EXPIRED", "ACCEPTED", "CANCELLED")


def _invite(invite, invite_type):
    status = INVITE_STATUSES[invite.index % len(INVITE_STATUSES)]
    sent = EPOCH_MS + invite.index * DAY_MS + 1
    item = {
        "id": invite.id, "is_received_invite": invite_type == "PARTNER_REQUEST",
        "invite_data": {"invite_expiration": sent + 30 * DAY_MS, "invite_status": status, "invite_type": invite_type,
                        "last_updated_time": sent + 999, "sent_at": sent},
        "user": {"email": f"invited{invite.index}@example.com", "id": None, "username": None},
        "assets_summary": None if invite.index % 2 else {"ad_accounts": [], "profiles": []},
        "business_roles": ["EMPLOYEE"] if invite_type == "MEMBER_INVITE" else ["PARTNER"],
        "created_by_business": OWNER, "created_by_user": None, "created_time": sent,
    }
    if invite.index % 4 == 3:
        del item["assets_summary"]
    return item


def _member_invite(invite):
    return _invite(invite, "MEMBER_INVITE")


def _partner_invite(invite):
    return _invite(invite, ("PARTNER_INVITE", "PARTNER_REQUEST")[invite.index % 2])


# By is_member.
INVITES = {
    True: Kind("member_invite", same(5), _member_invite, 404_791_336_903_426_391),
    False: Kind("partner_invite", same(4), _partner_invite, 405_791_336_903_426_391),
}
