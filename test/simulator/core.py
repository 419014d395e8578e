"""The simulator's state, and the way of a request from its line to an answer."""

import datetime
import json
import threading
import time
from dataclasses import dataclass, replace

from simulator.answer import Answer, Call, Token, encode
from simulator.body import check_body
from simulator.carousels import show_carousels
from simulator.endpoints import HANDLERS, POST_HANDLERS
from simulator.errors import (ApiError, authentication_failed, method_not_allowed, missing_scope,
                              rate_limited, unknown_path)
from simulator.facts import REPORT, match_path
from simulator.faults import Response, Rules
from simulator.limits import Limiter
from simulator.oauth import (CATEGORY, DEFAULT_SECRET, TOKEN_PATH, USER, Authority, check_app, check_form, holder)
from simulator.reports import Reports
from simulator.requestlog import RequestLog
from simulator.validation import check_arguments, parse_date, parse_query
from simulator.world import Size, World

PREFIX = "/v5"
DEFAULT_TOKEN = "pina_simulator"

# What an app may or may not use, and whether it may here: by default, as most apps.
SWITCHES = {"catalogs": True, "flat_labels": True, "label_parents": True, "multi_pin": False}

# The answer to a request for metrics of ids that are not the ad account's: its status, or "rows" of these ids.
FOREIGN_IDS = (400, 403, 404, "rows")


@dataclass(frozen=True)
class Request:
    """A request as it came in; header names are in lower case."""

    method: str
    path: str
    raw_query: str
    headers: dict
    body: bytes = b""

    @property
    def api_path(self):
        return self.path.removeprefix(PREFIX) if self.path.startswith(PREFIX + "/") else self.path


def _bearer(request):
    """The text of the access token that a request presents, or None."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    return secret if scheme == "Bearer" else None


def utc_today():
    return datetime.datetime.now(datetime.timezone.utc).date()


class Simulator:
    """One simulated Pinterest. Settings change through control.py only."""

    def __init__(self, size=Size(), token=DEFAULT_TOKEN, latency=0.0, today=None, log_path=None,
                 app_secret=DEFAULT_SECRET):
        self.default_size = size
        self.default_token = token
        self.default_latency = latency
        self.default_secret = app_secret
        self.default_today = parse_date("today", today) if today else None
        self.stopping = threading.Event()
        self.log = RequestLog(log_path)
        self.rules = Rules()
        self.reports = Reports()
        self._defaults()
        self.build(size)

    def _defaults(self):
        self.tokens = {self.default_token: Token(USER)}
        self.authority = Authority(self.default_secret)
        self.latency, self.jitter = self.default_latency, 0.0
        self.fixed_today = self.default_today
        self.page_cap = None
        self.switches = {**SWITCHES, "foreign_ids": FOREIGN_IDS[0]}
        self.limiter = Limiter()
        self.reports.forget()

    def build(self, size):
        """Make the world anew, anchored at today."""
        self.world = World(size, self.today())

    def reset(self, config):
        """Forget everything that control calls did; with a config also build another world."""
        self._defaults()
        self.log.clear()
        self.rules.clear()
        self.world.restated.clear()
        show_carousels(self.world, False)
        if config:
            config = dict(config)
            if "today" in config:
                self.fixed_today = parse_date("today", config.pop("today"))
            self.build(replace(self.default_size, **config))

    def today(self):
        return self.fixed_today or utc_today()

    def own_token(self):
        """The token whose view the truth tables show."""
        return self.tokens.get(self.default_token, Token(USER))

    def token_name(self, request):
        """The name of the access token that a request presents, even if it has ended, or "unknown"."""
        secret = _bearer(request)
        token = self.tokens.get(secret)
        return token.name if token else self.authority.credentials.name(secret)

    def _admit(self, request):
        """The access token that a request presents, or ApiError. An issued one sees what the default one does."""
        secret = _bearer(request)
        token = self.tokens.get(secret)
        if token and token.works:
            return token
        issued = self.authority.credentials.admit(secret)
        if issued is None:
            raise authentication_failed()
        own = self.own_token()
        scopes = frozenset(scope for scope in issued.scopes if own.has(scope))
        return Token(issued.name, own.accounts, scopes, holder=holder(issued.grant.app))

    @staticmethod
    def category(request):
        """The rate limit category that a request counts against, or None."""
        if request.path == TOKEN_PATH:
            return CATEGORY
        endpoint, _ = match_path(request.api_path)
        return endpoint.category if endpoint else None

    def respond(self, request):
        """(Response, the fault Rule that hit or None, ApiError or None) for an API request.

        The error tells what the request deserved, whatever a fault made of the answer.
        """
        headers, place, error = {}, None, None
        try:
            answer = self._answer(request, headers)
            status, body, place = 200, answer.text.encode("utf-8"), answer.place
        except ApiError as caught:
            error = caught
            status, body = error.status, json.dumps(error.body).encode("ascii")
        response = Response(status, body, headers=headers, place=place)
        rule = self.rules.catch(request.method, request.api_path, request.raw_query)
        return (rule.apply(response) if rule else response), rule, error

    def _answer(self, request, headers):
        """The Answer to a request, or ApiError. Rate limit headers are added to `headers`."""
        if request.path == TOKEN_PATH:
            return self._answer_tokens(request, headers)
        endpoint, path_values = match_path(request.api_path)
        if endpoint is None or not request.path.startswith(PREFIX + "/") or endpoint.path not in HANDLERS:
            raise unknown_path(request.path)
        handler = {"GET": HANDLERS, "POST": POST_HANDLERS}.get(request.method, {}).get(endpoint.path)
        if handler is None:
            raise method_not_allowed(request.method)
        token = self._admit(request)
        self._count(token.holder or token.name, endpoint.category, headers)
        lacking = [scope for scope in endpoint.scopes if not token.has(scope)]
        if lacking:
            raise missing_scope(lacking)
        today = self.today()
        query, arguments = self._arguments(request, endpoint, path_values, today)
        call = Call(self.world, today, token, request.api_path, query, arguments, self.page_cap, self.switches,
                    self.reports)
        return handler(call.for_operation_user() if endpoint.takes_operation_user else call)

    def _answer_tokens(self, request, headers):
        """The token endpoint's Answer, or ApiError."""
        if request.method != "POST":
            raise method_not_allowed(request.method)
        app = check_app(self.authority.apps, request)
        self._count(holder(app), CATEGORY, headers)
        return Answer(encode(self.authority.exchange(app, check_form(request))))

    def _count(self, whose, category, headers):
        """Count a call against rate limits and tell of them in `headers`, or ApiError."""
        allowed, limit_headers = self.limiter.take(whose, category, time.monotonic())
        headers.update(limit_headers)
        if not allowed:
            raise rate_limited()

    @staticmethod
    def _arguments(request, endpoint, path_values, today):
        """The query and the checked arguments, which those of POST have in the body."""
        if request.method == "POST":
            return {}, check_body(REPORT, path_values, request)
        query = parse_query(request.raw_query)
        return query, check_arguments(endpoint, path_values, query, today)
