"""The control interface under /__sim/: settings, faults, the request log and the truth tables."""

import json
import re
import time
import urllib.parse

from simulator import truth
from simulator.answer import Token
from simulator.control_tokens import ControlError, control_tokens
from simulator.carousels import show_carousels
from simulator.core import FOREIGN_IDS, SWITCHES
from simulator.limits import STANDARD
from simulator.oauth import SETTINGS as OAUTH_SETTINGS
from simulator.oauth import USER
from simulator.reports import REPORT_SETTINGS
from simulator.validation import parse_date

PREFIX = "/__sim/"
JSON = "application/json"
TOKEN_KEYS = {"name", "accounts", "scopes", "expires_in"}


def handle(simulator, method, path, raw_query, body):
    """(status, content type, bytes) for a control call."""
    name = path.removeprefix(PREFIX)
    options = dict(urllib.parse.parse_qsl(raw_query, keep_blank_values=True))
    try:
        if method == "GET":
            return _read(simulator, name, options)
        return _write(simulator, name, json.loads(body) if body.strip() else {})
    except ControlError as error:
        return _json(400, {"error": str(error)})
    except (KeyError, TypeError, ValueError, re.error) as error:
        return _json(400, {"error": f"{type(error).__name__}: {error}"})


def _json(status, value):
    return status, JSON, json.dumps(value).encode("utf-8")


def _read(simulator, name, options):
    if name == "requests":
        return _json(200, simulator.log.since(int(options.get("since", 0))))
    if name == "state":
        return _json(200, _state(simulator))
    match = re.fullmatch(r"table/(\w+)\.csv", name)
    if match and match[1] in truth.NAMES:
        text = truth.table(match[1], options, simulator.world, simulator.own_token(), simulator.today())
        return 200, "text/csv; charset=utf-8", text.encode("utf-8")
    raise ControlError(f"nothing to read at {name}; tables are {', '.join(truth.NAMES)}")


def _write(simulator, name, value):
    if name == "oauth":
        return _json(200, control_tokens(simulator, value))
    actions = {"reset": simulator.reset, "faults": lambda rules: _add_faults(simulator, rules),
               "config": lambda settings: _configure(simulator, settings),
               "release": lambda _: simulator.rules.release()}
    if name not in actions:
        raise ControlError(f"nothing to write at {name}")
    actions[name](value)
    return _json(200, _state(simulator))


def _state(simulator):
    return {
        "today": str(simulator.today()), "latency": simulator.latency, "jitter": simulator.jitter,
        "page_cap": simulator.page_cap, "enforce_limits": simulator.limiter.enforced,
        "limits": simulator.limiter.limits, "tier": simulator.limiter.tier,
        "rate_limited": simulator.log.rate_limited,
        **simulator.authority.state(), **simulator.switches, **simulator.reports.state(),
        "carousels": simulator.world.carousels, "faults": simulator.rules.state(),
        "tokens": {token.name: {"accounts": _sorted(token.accounts), "scopes": _sorted(token.scopes),
                                "expires": token.expires}
                   for token in simulator.tokens.values()},
        "ad_account_ids": [account.id for account in simulator.world.accounts],
        **simulator.world.counts(),
    }


def _sorted(names):
    return None if names is None else sorted(names)


def _add_faults(simulator, rules):
    simulator.rules.add(rules if isinstance(rules, list) else [rules])


def _configure(simulator, settings):
    """Apply settings, all or (if one is unknown) none of them."""
    unknown = set(settings) - set(SETTINGS)
    if unknown:
        raise ControlError(f"unknown settings {sorted(unknown)}; there are {sorted(SETTINGS)}")
    for name, value in settings.items():
        SETTINGS[name](simulator, value)


def _set_latency(simulator, seconds):
    simulator.latency = float(seconds)


def _set_jitter(simulator, seconds):
    simulator.jitter = float(seconds)


def _set_page_cap(simulator, items):
    simulator.page_cap = items


def _set_switch(name):
    return lambda simulator, on: simulator.switches.update({name: bool(on)})


def _set_foreign_ids(simulator, answer):
    if answer not in FOREIGN_IDS:
        raise ControlError(f"foreign ids are answered with one of {FOREIGN_IDS}")
    simulator.switches["foreign_ids"] = answer


def _set_report(name):
    return lambda simulator, value: simulator.reports.configure(name, value)


def _set_today(simulator, text):
    simulator.fixed_today = parse_date("today", text) if text else simulator.default_today


def _set_enforcement(simulator, enforced):
    simulator.limiter.configure({}, bool(enforced))


def _set_limits(simulator, limits):
    unknown = set(limits) - set(STANDARD)
    if unknown:
        raise ControlError(f"unknown rate limit categories {sorted(unknown)}")
    simulator.limiter.configure(limits, simulator.limiter.enforced)


def _set_tokens(simulator, tokens):
    """Add tokens or, with null for one, take it away."""
    for secret, rights in tokens.items():
        if rights is None:
            simulator.tokens.pop(secret, None)
            continue
        if set(rights) - TOKEN_KEYS:
            raise ControlError(f"a token has {sorted(TOKEN_KEYS)} only")
        name = rights.get("name", USER if secret == simulator.default_token else "*" + secret[-4:])
        expires = time.time() + rights["expires_in"] if "expires_in" in rights else None
        simulator.tokens[secret] = Token(name, _frozen(rights.get("accounts")), _frozen(rights.get("scopes")), expires)


def _set_apps(simulator, apps):
    """Add apps or, with null for the secret of one, take it away."""
    for app, secret in apps.items():
        simulator.authority.set_app(app, secret)


def _set_oauth(name):
    return lambda simulator, value: simulator.authority.configure(name, value)


def _set_clock_offset(simulator, seconds):
    simulator.authority.clock_offset = float(seconds)


def _set_tier(simulator, tier):
    simulator.limiter.set_tier(tier)


def _frozen(names):
    return None if names is None else frozenset(names)


def _set_carousels(simulator, shown):
    show_carousels(simulator.world, bool(shown))


def _restate(simulator, change):
    simulator.world.restate(simulator.today(), change["days"], change.get("factor", 1), change.get("vanish", 0))


SETTINGS = {
    "latency": _set_latency, "jitter": _set_jitter, "page_cap": _set_page_cap, "today": _set_today,
    "enforce_limits": _set_enforcement, "limits": _set_limits, "tokens": _set_tokens, "restate": _restate,
    "apps": _set_apps, "clock_offset": _set_clock_offset, "tier": _set_tier, "carousels": _set_carousels,
    "foreign_ids": _set_foreign_ids,
    **{name: _set_oauth(name) for name in OAUTH_SETTINGS},
    **{name: _set_switch(name) for name in SWITCHES},
    **{name: _set_report(name) for name in REPORT_SETTINGS},
}
