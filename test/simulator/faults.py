"""Faults on demand: rules that choose requests, and what they do to the answers.

An action either alters the answer (its status, headers or bytes) or the way in which the server delivers it;
the latter are carried out by delivery.py.
"""

import json
import re
import threading
from dataclasses import dataclass, field, replace

from simulator.pages import Place

BIG_NUMBER = b"123456789012345678901234567890"
NESTING = b"[" * 100_000 + b"]" * 100_000
PLACEHOLDER = "@@simulator-placeholder@@"
HTML_PAGE = b"<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Oh no!</h1></body></html>"

# Actions that put one raw JSON value into one field of one row: the value, and the type of the value whose
# place they take unless the rule names a field.
RAW_VALUES = {
    "nul": (rb'"before\u0000after"', str),
    "lone_surrogate": (rb'"\ud800 alone"', str),
    "invalid_utf8": (b'"\xff\xfe\xc0"', str),
    "big_number": (BIG_NUMBER, int),
    "nesting": (NESTING, str),
}
NEEDED = {
    "status": ("status",), "redirect": ("location",), "replace": ("body",), "set_field": ("field", "value"),
}
LISTS = ("items", "data", "pins", "related_terms_list")
DELIVERIES = ("slow", "hang", "hold", "drop", "truncate")


@dataclass(frozen=True)
class Response:
    """An answer on its way out. `fault` is the rule that the delivery has to obey, if any."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: dict = field(default_factory=dict)
    place: Place = None
    fault: "Rule" = None


class Rule:
    """Which requests to hit (the nth matching one and those after it, so many times) and how."""

    def __init__(self, options):
        self.options = options
        self.action = options["action"]
        self.name = options.get("name", self.action)
        self.method = options.get("method")
        self.path = re.compile(options.get("match", ""))
        self.query = re.compile(options.get("query", ""))
        self.seen = 0
        self.hits = 0
        self.memory = {}
        self.released = threading.Event()
        if self.action not in ALTERATIONS and self.action not in DELIVERIES:
            raise ValueError(f"unknown action: {self.action}")
        for option in NEEDED.get(self.action, ()):
            if option not in options:
                raise ValueError(f"{self.action} needs {option}")

    def catches(self, method, path, raw_query):
        """Whether this request is to be hit; counts it."""
        if self.method not in (None, method) or not (self.path.search(path) and self.query.search(raw_query)):
            return False
        self.seen += 1
        if self.seen < self.options.get("nth", 1) or self.hits >= self.options.get("times", float("inf")):
            return False
        self.hits += 1
        if self.hits >= self.options.get("together", float("inf")):
            self.released.set()
        return True

    def apply(self, response):
        if self.action in DELIVERIES:
            return replace(response, fault=self)
        return ALTERATIONS[self.action](self, response)


class Rules:
    """The active rules; the first that catches a request has it."""

    def __init__(self):
        self.lock = threading.Lock()
        self.rules = []

    def add(self, many):
        rules = [Rule(options) for options in many]
        with self.lock:
            self.rules += rules

    def clear(self):
        with self.lock:
            self._release()
            self.rules.clear()

    def release(self):
        """Let go what rules hold, and hold nothing more."""
        with self.lock:
            self._release()

    def _release(self):
        for rule in self.rules:
            rule.released.set()

    def catch(self, method, path, raw_query):
        with self.lock:
            caught = [rule for rule in self.rules if rule.catches(method, path, raw_query)]
        return caught[0] if caught else None

    def state(self):
        with self.lock:
            return [{**rule.options, "seen": rule.seen, "hits": rule.hits} for rule in self.rules]


def _json_bytes(value):
    return json.dumps(value, separators=(",", ":")).encode("ascii")


def rows_of(document):
    """The row objects inside an answer of any shape."""
    if isinstance(document, list):
        return [row for row in document if isinstance(row, dict)]
    for name in LISTS:
        if name in document:
            return document[name]
    if "all" in document:
        return [day["metrics"] for day in document["all"]["daily_metrics"]]
    if document and all(isinstance(pin, dict) and "all" in pin for pin in document.values()):
        return [day["metrics"] for pin in document.values() for day in pin["all"]["daily_metrics"]]
    if document and all(isinstance(group, list) for group in document.values()):
        return [row for group in document.values() for row in group]
    return [document]


def _status(rule, response):
    options = rule.options
    body = {"code": options.get("code", 0), "message": options.get("message", "Simulated failure.")}
    extra = {name.lower(): value for name, value in options.get("headers", {}).items()}
    headers = {name: value for name, value in {**response.headers, **extra}.items() if value is not None}
    return replace(response, status=options["status"], body=_json_bytes(body), headers=headers)


def _html(rule, response):
    return replace(response, status=rule.options.get("status", 200), body=HTML_PAGE, content_type="text/html")


def _garbage(_, response):
    return replace(response, status=200, body=b"\x00\x01{]this is not JSON\xff")


def _replace(rule, response):
    options = rule.options
    return replace(response, status=options.get("status", 200), body=options["body"].encode("utf-8"),
                   content_type=options.get("content_type", response.content_type))


def _redirect(rule, response):
    headers = {**response.headers, "location": rule.options["location"]}
    return replace(response, status=302, body=b"", headers=headers)


def _wrong(value):
    if isinstance(value, str):
        return len(value)
    if isinstance(value, bool):
        return "yes"
    if isinstance(value, (int, float)):
        return "not a number"
    if isinstance(value, list):
        return {"unexpected": value}
    return [value] if isinstance(value, dict) else value


def _wrong_types(_, response):
    document = json.loads(response.body)
    for row in rows_of(document):
        row.update({name: _wrong(value) for name, value in row.items()})
    return replace(response, body=_json_bytes(document))


def _repeat_bookmark(rule, response):
    """The first bookmark of the list again and again, even on its last page."""
    if response.place is None:
        return response
    document = json.loads(response.body)
    first = document["bookmark"] or replace(response.place, offset=0).bookmark()
    document["bookmark"] = rule.memory.setdefault(response.place.signature, first)
    return replace(response, body=_json_bytes(document))


def _empty_page(_, response):
    """No items, and a bookmark for the very page that should have been here."""
    if response.place is None:
        return response
    return replace(response, body=_json_bytes({"items": [], "bookmark": response.place.bookmark()}))


def _choose_field(row, preferred_type):
    for name, value in row.items():
        if type(value) is preferred_type:
            return name
    return next(iter(row), "unexpected")


def _put_raw(rule, response, raw, preferred_type):
    """Put raw bytes in the place of one field's value."""
    document = json.loads(response.body)
    rows = rows_of(document)
    if not rows:
        return response
    row = rows[min(rule.options.get("row", 0), len(rows) - 1)]
    name = rule.options.get("field") or _choose_field(row, preferred_type)
    row[name] = PLACEHOLDER
    body = _json_bytes(document).replace(_json_bytes(PLACEHOLDER), raw)
    return replace(response, body=body)


def _raw_action(raw, preferred_type):
    return lambda rule, response: _put_raw(rule, response, raw, preferred_type)


def _set_field(rule, response):
    return _put_raw(rule, response, _json_bytes(rule.options["value"]), str)


ALTERATIONS = {
    "status": _status,
    "html": _html,
    "garbage": _garbage,
    "replace": _replace,
    "redirect": _redirect,
    "wrong_types": _wrong_types,
    "repeat_bookmark": _repeat_bookmark,
    "empty_page": _empty_page,
    "set_field": _set_field,
    **{action: _raw_action(*value) for action, value in RAW_VALUES.items()},
}
