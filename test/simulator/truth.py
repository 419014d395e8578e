"""The truth as CSV: what a client that reads everything must end up with.

Computed from the world alone, not from the code that builds the API's answers. Null is an empty unquoted
field and an empty text is "", as PostgreSQL's COPY reads CSV.
"""

import json

from simulator import analytics_truth, lists_truth, market_truth, organic_truth
from simulator.facts import ITEM_FIELDS
from simulator.truth_rows import View, field_value

SCHEMAS = {
    "user_account": "Account", "ad_accounts": "AdAccount", "campaigns": "CampaignResponse",
    "ad_groups": "AdGroupResponse", "ads": "AdResponse", "boards": "Board", "pins": "Pin",
}
LEVELS = {"campaigns": "campaign", "ad_groups": "ad_group", "ads": "ad"}

# Of the families with a module of their own: the rows, the header first, for a View.
TABLES = {**analytics_truth.TABLES, **lists_truth.TABLES, **market_truth.TABLES, **organic_truth.TABLES}
NAMES = sorted([*SCHEMAS, *TABLES])


def table(name, options, world, token, today):
    """The CSV text of one table. Options are the texts of the control request's query."""
    account = world.find("ad_account", options.get("ad_account_id"))
    view = View(options, world.owned_by(account) if account else world, token, today)
    if name in SCHEMAS:
        rows = _entity_rows(name, view)
    else:
        rows = TABLES[name](view)
    return "".join(",".join(map(_cell, row)) + "\n" for row in rows)


def _cell(value):
    if value is None:
        return ""
    if isinstance(value, (dict, list)):
        value = json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        plain = value.isascii() and value.replace("_", "").replace("-", "").isalnum()
        return value if plain else '"' + value.replace('"', '""') + '"'
    return repr(value)


def _accounts(world, token):
    return [account for account in world.accounts if token.sees(account)]


def _of_accounts(world, token, kind):
    return [entity for account in _accounts(world, token) for entity in world.level(account, kind)]


def _entities(name, view):
    if name in LEVELS:
        return _of_accounts(view.world, view.token, LEVELS[name])
    return {
        "user_account": lambda: [view.world.user],
        "ad_accounts": lambda: _accounts(view.world, view.token),
        "boards": view.boards,
        "pins": lambda: view.pins(view.options.get("include_protected_pins") == "true"),
    }[name]()


def _entity_rows(name, view):
    fields = ITEM_FIELDS[SCHEMAS[name]]
    yield list(fields)
    for entity in _entities(name, view):
        yield [field_value(entity.item.get(field), kind) for field, kind in fields.items()]
