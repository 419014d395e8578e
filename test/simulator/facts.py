"""The facts of the API: endpoints, parameters, item fields and metric columns, read from api_facts.json."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

FACTS_FILE = Path(__file__).resolve().parent.parent / "api_facts.json"
FACTS = json.loads(FACTS_FILE.read_text(encoding="utf-8"))

COLUMN_TYPES = FACTS["ReportingColumnSync"]
ALL_COLUMN_TYPES = {**FACTS["ReportingColumnAsync"], **COLUMN_TYPES}
ITEM_FIELDS = FACTS["items"]


@dataclass(frozen=True)
class Parameter:
    """One path or query parameter and the rules for its value."""

    name: str
    place: str
    type: str
    item_type: str = "string"
    is_date: bool = False
    required: bool = False
    default: object = None
    enum: frozenset = None
    pattern: re.Pattern = None
    max_length: int = None
    minimum: int = None
    maximum: int = None
    min_items: int = 1
    max_items: int = None


@dataclass(frozen=True)
class Endpoint:
    """One endpoint: its path template, rate limit category, scopes and parameters."""

    path: str
    category: str
    scopes: tuple
    parameters: dict = field(repr=False)
    regex: re.Pattern = field(repr=False)

    @property
    def takes_operation_user(self):
        """Whether a request may be for the owner of an ad account in the place of the token's user."""
        parameter = self.parameters.get("ad_account_id")
        return parameter is not None and parameter.place == "query"


def _enum(facts):
    values = facts.get("enum")
    if isinstance(values, str):
        values = FACTS[values]
    return None if values is None else frozenset(str(value) for value in values)


def _parameter(name, facts):
    is_array = facts["type"] == "array"
    pattern = facts.get("item_pattern" if is_array else "pattern")
    return Parameter(
        name=name,
        place=facts["in"],
        type=facts["type"],
        item_type=facts.get("item_type", "string"),
        is_date=facts.get("format") == "date",
        required=facts.get("required", False),
        default=facts.get("default"),
        enum=_enum(facts),
        pattern=re.compile(pattern, re.ASCII) if pattern else None,
        max_length=facts.get("item_maxLength" if is_array else "maxLength"),
        minimum=facts.get("minimum"),
        maximum=facts.get("maximum"),
        min_items=facts.get("min_items", 1),
        max_items=facts.get("max_items"),
    )


def _endpoint(path, facts):
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)
    parameters = {name: _parameter(name, rules) for name, rules in facts["params"].items()}
    return Endpoint(path, facts["category"], tuple(facts["scopes"]), parameters, re.compile(pattern))


ENDPOINTS = [_endpoint(path, facts) for path, facts in FACTS["endpoints"].items()]
REPORT = _endpoint(FACTS["report"]["path"], FACTS["report"])
SCOPES = frozenset(scope for endpoint in ENDPOINTS for scope in endpoint.scopes) | {
    "boards:read_secret", "pins:read_secret"}


def match_path(path):
    """The endpoint that serves `path`, with its path parameters, or (None, {}).

    A literal segment wins over a parameter, as in /pins/analytics against /pins/{pin_id}.
    """
    best, values = None, {}
    for endpoint in ENDPOINTS:
        match = endpoint.regex.fullmatch(path)
        if match and (best is None or len(match.groupdict()) < len(values)):
            best, values = endpoint, match.groupdict()
    return best, values
