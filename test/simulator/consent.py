"""The page of www.pinterest.com that asks the user whether an app may have access; here the user answers at once."""

import json
import urllib.parse

from simulator.errors import ApiError, invalid_parameter, method_not_allowed
from simulator.faults import Response
from simulator.oauth import CODE_SECONDS, check_scopes, is_redirect_uri
from simulator.tokens import Grant
from simulator.validation import parse_query

PATH = "/oauth/"
HOST = "www"
PARAMETERS = {"client_id": True, "redirect_uri": True, "response_type": True, "scope": True, "state": True,
              "refreshable": False}


def respond(simulator, request):
    """(Response, the fault Rule that hit or None, ApiError or None) for a request."""
    error = None
    try:
        response = Response(302, b"", "text/html", {"location": _answer(simulator.authority, request)})
    except ApiError as caught:
        error = caught
        response = Response(error.status, json.dumps(error.body).encode("ascii"))
    rule = simulator.rules.catch(request.method, request.api_path, request.raw_query)
    return (rule.apply(response) if rule else response), rule, error


def _answer(authority, request):
    """Where the browser goes next: to the app, with a code or the user's refusal."""
    if request.method != "GET":
        raise method_not_allowed(request.method)
    query = _checked(authority, request)
    if authority.settings["deny"]:
        answer = {"error": "access_denied", "state": query["state"]}
    else:
        grant = Grant(query["client_id"], check_scopes(query["scope"]), query["redirect_uri"])
        code = authority.credentials.issue("code", grant, CODE_SECONDS)
        answer = {"code": code.text, "state": query["state"]}
    joint = "&" if urllib.parse.urlsplit(query["redirect_uri"]).query else "?"
    return query["redirect_uri"] + joint + urllib.parse.urlencode(answer)


def _checked(authority, request):
    """The parameters, each once, or ApiError."""
    query = parse_query(request.raw_query)
    for name, values in query.items():
        if name not in PARAMETERS:
            raise invalid_parameter(name, "unknown parameter of this page")
        if len(values) > 1 or values[0] == "":
            raise invalid_parameter(name, "is empty or given more than once")
    for name, required in PARAMETERS.items():
        if required and name not in query:
            raise invalid_parameter(name, "required parameter is missing")
    query = {name: values[0] for name, values in query.items()}
    allowed = authority.settings["redirect_uris"]
    if query["client_id"] not in authority.apps:
        raise invalid_parameter("client_id", "there is no such app")
    if not is_redirect_uri(query["redirect_uri"]) or (allowed is not None and query["redirect_uri"] not in allowed):
        raise invalid_parameter("redirect_uri", "is not one that the app registered")
    if query["response_type"] != "code":
        raise invalid_parameter("response_type", "has to be code")
    check_scopes(query["scope"])
    return query
