"""Endpoints that answer entities: single ones and lists."""

from simulator import items, pages
from simulator.answer import Answer, encode_entity, page_answer
from simulator.errors import ApiError, forbidden_ad_account, not_found

ACCOUNT_NOT_FOUND, BOARD_NOT_FOUND, PIN_NOT_FOUND = 30, 40, 50
BOARD_PRIVACY = {
    None: ("PUBLIC", "PROTECTED", "SECRET"), "ALL": ("PUBLIC", "PROTECTED", "SECRET"),
    "PUBLIC": ("PUBLIC",), "PROTECTED": ("PROTECTED",), "SECRET": ("SECRET",),
    "PUBLIC_AND_SECRET": ("PUBLIC", "SECRET"),
}


def user_account(call):
    return Answer(encode_entity(call.world, call.world.user))


def ad_account(call):
    account = call.world.find("ad_account", call["ad_account_id"])
    if account is None:
        raise not_found(ACCOUNT_NOT_FOUND, "Ad account")
    if not call.token.sees(account):
        raise forbidden_ad_account(account.id, blame=False)
    return Answer(encode_entity(call.world, account))


def ad_accounts(call):
    accounts = [account for account in call.world.accounts if call.token.sees(account)]
    if not call["include_shared_accounts"]:
        accounts = [account for account in accounts if "OWNER" in account.item["permissions"]]
    return page_answer(call, accounts, lambda account: encode_entity(call.world, account))


# The list endpoints below an ad account: kind and {parameter: kind of the entity it names}. Of the
# parameters of one list at most one may be given.
def _account_list(kind, id_parameters):
    def handler(call):
        account = call.account()
        given = [name for name in id_parameters if call[name] is not None]
        if len(given) > 1:
            raise ApiError(400, 1, "Only one of these parameters may be given: " + ", ".join(given), blame=True)
        statuses = set(call["entity_statuses"])
        rows = [row for row in call.world.level(account, kind) if row.status in statuses]
        for name in given:
            wanted = set(call[name])
            rows = [row for row in rows if row.ancestor(id_parameters[name]).id in wanted]
        if call["order"] == "DESCENDING":
            rows.reverse()
        return page_answer(call, rows, _row_encoder(call))

    return handler


def _row_encoder(call):
    if call["translate_interests_to_names"]:
        return lambda row: encode_entity(call.world, row, "translated", _with_interest_names)
    return lambda row: encode_entity(call.world, row)


def _with_interest_names(_, item):
    spec = dict(item["targeting_spec"])
    spec["INTEREST"] = [items.INTEREST_NAMES[interest] for interest in spec["INTEREST"]]
    return {**item, "targeting_spec": spec}


campaigns = _account_list("campaign", {"campaign_ids": "campaign"})
ad_groups = _account_list("ad_group", {"campaign_ids": "campaign", "ad_group_ids": "ad_group"})
ads = _account_list("ad", {"campaign_ids": "campaign", "ad_group_ids": "ad_group", "ad_ids": "ad"})


def visible(call, entity, scope):
    """Secret boards and pins show only to tokens with the scope for them."""
    return entity.privacy != "SECRET" or call.token.has(scope)


def _find(call, kind, entity_id, scope, code):
    entity = call.world.find(kind, entity_id)
    if entity is None or not visible(call, entity, scope):
        raise not_found(code, kind.capitalize())
    return entity


def find_pin(call, pin_id):
    return _find(call, "pin", pin_id, "pins:read_secret", PIN_NOT_FOUND)


def find_board(call):
    return _find(call, "board", call["board_id"], "boards:read_secret", BOARD_NOT_FOUND)


def board(call):
    return Answer(encode_entity(call.world, find_board(call)))


def boards(call):
    """Boards, the newest first."""
    rows = [row for row in reversed(call.world.boards)
            if row.privacy in BOARD_PRIVACY[call["privacy"]] and visible(call, row, "boards:read_secret")]
    return page_answer(call, rows, lambda row: encode_entity(call.world, row))


def pin(call):
    return Answer(pin_encoder(call)(find_pin(call, call["pin_id"])))


def pins(call):
    """Pins, the newest first. An empty page ends the list."""
    return page_answer(call, matching_pins(call, call.world.pins), pin_encoder(call),
                       pages.Style(empty_last_page=True))


def board_pins(call):
    """The pins of a board, whatever its privacy. Pages are shorter than page_size."""
    rows = matching_pins(call, find_board(call).children, protected=True)
    return page_answer(call, rows, pin_encoder(call), pages.Style(fill=(4, 5)))


def matching_pins(call, candidates, protected=False):
    tests = [lambda row: visible(call, row, "pins:read_secret")]
    if not (protected or call["include_protected_pins"]):
        tests.append(lambda row: row.privacy != "PROTECTED")
    if call["pin_type"] == "PRIVATE":
        tests.append(lambda row: row.privacy == "SECRET")
    if call["creative_types"] is not None:
        tests.append(lambda row: row.creative_type in call["creative_types"])
    if call["pin_filter"] is not None:
        tests.append(PIN_FILTERS[call["pin_filter"]])
    return [row for row in reversed(candidates) if all(test(row) for test in tests)]


PIN_FILTERS = {
    "exclude_native": lambda row: row.item["parent_pin_id"] is not None,
    "exclude_repins": lambda row: row.item["parent_pin_id"] is None,
    "has_been_promoted": lambda row: row.item["has_been_promoted"],
}


def pin_encoder(call, variant="", change=None):
    if call["pin_metrics"]:
        return lambda row: encode_entity(call.world, row, "metrics", _with_pin_metrics)
    return lambda row: encode_entity(call.world, row, variant, change)


def _with_pin_metrics(entity, item):
    return {**item, "pin_metrics": items.pin_metrics(entity)}
