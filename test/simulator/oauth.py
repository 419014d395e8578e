"""The OAuth side: apps, the token endpoint, and the settings of both; the page that asks the user is consent.py."""

import base64
import re
import threading
import time
import urllib.parse

from simulator.errors import ApiError, authentication_failed, invalid_parameter
from simulator.tokens import Credentials, Grant

TOKEN_PATH = "/v5/oauth/token"
CATEGORY = "org_read"
FORM = "application/x-www-form-urlencoded"
DEFAULT_APP = "1234567"
DEFAULT_SECRET = "simulator-app-secret"

# The user of all apps, and the name of the token that is there from the start.
USER = "default"

DAY = 86400
CODE_SECONDS = 600
LEGACY_REFRESH_SECONDS = 365 * DAY

SCOPES = (
    "ads:read", "ads:write", "billing:read", "billing:write", "biz_access:read", "biz_access:write", "boards:read",
    "boards:read_secret", "boards:write", "boards:write_secret", "catalogs:read", "catalogs:write", "msot:write",
    "pins:read", "pins:read_secret", "pins:write", "pins:write_secret", "user_accounts:read", "user_accounts:write",
)

# The fields of each grant's form beside grant_type, and whether they are required.
GRANT_FIELDS = {
    "authorization_code": {"code": True, "redirect_uri": True, "continuous_refresh": False},
    "refresh_token": {"refresh_token": True, "scope": False},
    "client_credentials": {"scope": True},
}

ANSWER_FIELDS = {"access_token", "token_type", "expires_in", "scope", "response_type", "refresh_token",
                 "refresh_token_expires_in", "refresh_token_expires_at"}


def _is_seconds(value):
    return type(value) in (int, float) and value >= 0


def _is_bool(value):
    return type(value) is bool


def _is_url_list(value):
    return value is None or (isinstance(value, list) and all(map(is_redirect_uri, value)))


def _is_token_answer(value):
    checks = {"numeric_strings": _is_bool, "same_within": _is_seconds,
              "omit": lambda names: isinstance(names, list) and set(names) <= ANSWER_FIELDS}
    return isinstance(value, dict) and all(name in checks and checks[name](option) for name, option in value.items())


# What control calls may set: the default, and whether a value makes sense.
SETTINGS = {
    "rotation": ("dies", lambda value: value in ("dies", "stays", "none")),
    "access_seconds": (30 * DAY, _is_seconds),
    "refresh_seconds": (60 * DAY, _is_seconds),
    "legacy_refresh": (False, _is_bool),
    "token_answer": ({}, _is_token_answer),
    "redirect_uris": (None, _is_url_list),
    "deny": (False, _is_bool),
}


def is_redirect_uri(text):
    """Whether a text is an absolute URL that a browser can be sent to."""
    if not isinstance(text, str) or not re.fullmatch("[!-~]+", text):
        return False
    try:
        parts = urllib.parse.urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.fragment


def parse_scopes(text):
    """The scopes of a comma-separated list, or ValueError."""
    scopes = tuple(text.split(","))
    if not set(scopes) <= set(SCOPES) or len(set(scopes)) < len(scopes):
        raise ValueError("has an unknown scope, or one twice")
    return scopes


def check_scopes(text):
    """The scopes of a comma-separated list, or ApiError."""
    try:
        return parse_scopes(text)
    except ValueError as error:
        raise invalid_parameter("scope", str(error)) from None


def holder(app):
    """Whose rate limits count a call of an app: those of the app and its user."""
    return USER if app == DEFAULT_APP else f"{USER} of app {app}"


class Authority:
    """The apps, what was issued to them, and the settings."""

    def __init__(self, secret):
        self.lock = threading.Lock()
        self.apps = {DEFAULT_APP: secret}
        self.settings = {name: default for name, (default, _) in SETTINGS.items()}
        self.credentials = Credentials()
        self.clock_offset = 0

    def configure(self, name, value):
        """Change a setting, or ValueError."""
        if not SETTINGS[name][1](value):
            raise ValueError(f"{name} cannot be {value!r}")
        self.settings[name] = value

    def set_app(self, app, secret):
        """Add an app or give it another secret; None takes the app away. ValueError: they cannot be."""
        if not re.fullmatch("[0-9]+", app) or not (secret is None or (isinstance(secret, str) and secret)):
            raise ValueError("an app has digits for an id and a text for a secret")
        if secret is None:
            self.apps.pop(app, None)
        else:
            self.apps[app] = secret

    def state(self):
        return {**self.settings, "apps": sorted(self.apps), "clock_offset": self.clock_offset,
                "issued": self.credentials.state()}

    def mint(self, kind, app, scope, redirect_uri, seconds, legacy):
        """A code or token for a test; what is None is as usual. ValueError: there cannot be one."""
        app = app or next(iter(self.apps), None)
        if app not in self.apps:
            raise ValueError("there is no such app")
        if (kind == "code" or redirect_uri is not None) and not is_redirect_uri(redirect_uri):
            raise ValueError("redirect_uri is not an absolute URL, which a code needs")
        scopes = SCOPES if scope is None else parse_scopes(str(scope))
        usual = {"code": CODE_SECONDS, "access_token": self.settings["access_seconds"],
                 "refresh_token": LEGACY_REFRESH_SECONDS if legacy else self.settings["refresh_seconds"]}
        seconds = usual[kind] if seconds is None else seconds
        return self.credentials.issue(kind, Grant(app, scopes, redirect_uri, legacy), seconds)

    def exchange(self, app, form):
        """The token endpoint's answer to a checked form of an app, one at a time."""
        with self.lock:
            answer = {"authorization_code": self._redeem_code, "refresh_token": self._refresh,
                      "client_credentials": self._own_token}[form["grant_type"]](app, form)
        return self._styled({"response_type": form["grant_type"], **answer})

    def _redeem_code(self, app, form):
        code = self._presented("code", app, form["code"])
        if form["redirect_uri"] != code.grant.redirect_uri:
            raise authentication_failed()
        code.alive = False
        grant = code.grant
        grant.legacy = self.settings["legacy_refresh"] and form.get("continuous_refresh") != "true"
        return {**self._access(grant, grant.scopes), **self._next_refresh(grant)}

    def _refresh(self, app, form):
        refresh = self._presented("refresh_token", app, form["refresh_token"])
        grant = refresh.grant
        scopes = check_scopes(form["scope"]) if "scope" in form else grant.scopes
        if not set(scopes) <= set(grant.scopes):
            raise invalid_parameter("scope", "has a scope that was not granted")
        answer = self._access(grant, scopes, self.settings["token_answer"].get("same_within", 0))
        if grant.legacy or self.settings["rotation"] == "none":
            return answer
        if self.settings["rotation"] == "dies":
            refresh.alive = False
        return {**answer, **self._next_refresh(grant)}

    def _own_token(self, app, form):
        scopes = check_scopes(form["scope"])
        return self._access(Grant(app, scopes), scopes)

    def _presented(self, kind, app, text):
        """The working credential of the app with a text, or ApiError."""
        credential = self.credentials.find(kind, text)
        if credential is None or not credential.works or credential.grant.app != app:
            raise authentication_failed()
        return credential

    def _access(self, grant, scopes, same_within=0):
        """An access token's fields; within so many seconds it is the same again."""
        token = self.credentials.latest(grant, scopes, same_within)
        token = token or self.credentials.issue("access_token", grant, self.settings["access_seconds"], scopes)
        return {"access_token": token.text, "token_type": "bearer", "expires_in": round(token.expires - time.time()),
                "scope": ",".join(scopes)}

    def _next_refresh(self, grant):
        """A new refresh token's fields."""
        seconds = LEGACY_REFRESH_SECONDS if grant.legacy else self.settings["refresh_seconds"]
        token = self.credentials.issue("refresh_token", grant, seconds)
        return {"refresh_token": token.text, "refresh_token_expires_in": round(seconds),
                "refresh_token_expires_at": round(token.expires + self.clock_offset)}

    def _styled(self, answer):
        """An answer as the setting token_answer wants it."""
        style = self.settings["token_answer"]
        kept = {name: value for name, value in answer.items() if name not in style.get("omit", ())}
        if style.get("numeric_strings"):
            return {name: str(value) for name, value in kept.items()}
        return kept


def basic_pair(request):
    """(app id, secret) of a request's header Authorization, or None if it is not Basic."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    try:
        app, colon, secret = base64.b64decode(text, validate=True).decode("utf-8").partition(":")
    except ValueError:
        return None
    return (app, secret) if scheme.lower() == "basic" and colon else None


def check_app(apps, request):
    """The id of the app that a request's header Authorization proves, or ApiError."""
    pair = basic_pair(request)
    if pair is None:
        raise ApiError(401, 2, "Authentication failed.", blame=True, more={"status": "failure"})
    app, secret = pair
    if app not in apps or apps[app] != secret:
        raise authentication_failed()
    return app


def parse_form(body):
    """[(name, value)] of a form, or ValueError, which tells nothing of what is in it."""
    try:
        return urllib.parse.parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True,
                                      errors="strict")
    except ValueError:
        raise ValueError("the body is not a form") from None


def check_form(request):
    """The fields of a request to the token endpoint, or ApiError. No message repeats a value: it may be a secret."""
    if request.raw_query:
        raise ApiError(400, 1, "This endpoint takes no query parameters.", blame=True)
    if media_type(request) != FORM:
        raise ApiError(400, 1, f"The body has to be {FORM}.", blame=True)
    try:
        pairs = parse_form(request.body)
    except ValueError as error:
        raise ApiError(400, 1, str(error), blame=True) from None
    form = dict(pairs)
    if len(form) < len(pairs):
        raise ApiError(400, 1, "A field of the form is given more than once.", blame=True)
    grant = form.get("grant_type")
    if grant not in GRANT_FIELDS:
        raise invalid_parameter("grant_type", "is missing or not one of its values")
    _check_fields(form, GRANT_FIELDS[grant])
    return form


def media_type(request):
    """A request's Content-Type without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _check_fields(form, fields):
    """ApiError unless a form has the fields that it needs, and no others."""
    if not set(form) <= {"grant_type", *fields}:
        raise ApiError(400, 1, "The form has a field that this grant does not know.", blame=True)
    for name, required in fields.items():
        if form.get(name) == "" or (required and name not in form):
            raise invalid_parameter(name, "required field is missing" if name not in form else "has an empty value")
    if form.get("continuous_refresh", "true") not in ("true", "false"):
        raise invalid_parameter("continuous_refresh", "is not a boolean")
    if "scope" in form:
        check_scopes(form["scope"])
