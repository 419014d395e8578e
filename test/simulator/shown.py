"""What the request log shows of a request: names stand in the place of secrets."""

import json
import urllib.parse

from simulator.oauth import FORM, TOKEN_PATH, basic_pair, media_type, parse_form

# The fields of forms whose values are no secrets, and those whose are. A name of another field may be anything.
PLAIN_FIELDS = {"grant_type", "redirect_uri", "continuous_refresh", "scope"}
SECRET_FIELDS = {"code", "refresh_token", "access_token", "client_id", "client_secret", "token"}


def shown_query(request):
    """A request's query, parsed and as it came; the token endpoint takes none, so one there may hold a secret."""
    raw = "hidden" if request.raw_query and request.path == TOKEN_PATH else request.raw_query
    return {"query": urllib.parse.parse_qs(raw, keep_blank_values=True), "raw_query": raw}


def shown_body(simulator, request):
    """A request's body: a dict for a form, JSON, or text where it is neither; None without a body."""
    if not request.body:
        return None
    if media_type(request) == FORM or request.path == TOKEN_PATH:
        return _shown_form(simulator.authority.credentials, request.body)
    try:
        return json.loads(request.body)
    except ValueError:
        return request.body.decode("utf-8", "replace")


def _shown_form(credentials, body):
    """A form's fields; what comes more than once is a list."""
    try:
        pairs = parse_form(body)
    except ValueError:
        return "unreadable form"
    shown = {}
    for name, value in pairs:
        name = name if name in PLAIN_FIELDS | SECRET_FIELDS else "unknown"
        shown.setdefault(name, []).append(value if name in PLAIN_FIELDS else credentials.name(value))
    return {name: values[0] if len(values) == 1 else values for name, values in shown.items()}


def shown_headers(simulator, request):
    """The headers, with the name of the token or the id of the app, or "unknown", in that of Authorization."""
    shown = dict(request.headers)
    if "authorization" in shown:
        shown["authorization"] = _shown_authorization(simulator, request)
    return shown


def _shown_authorization(simulator, request):
    pair = basic_pair(request)
    if pair:
        return "Basic " + (pair[0] if pair[0] in simulator.authority.apps else "unknown")
    return simulator.token_name(request)
