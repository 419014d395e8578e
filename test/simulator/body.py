"""From a JSON body to checked arguments, by the rules in the facts and nothing looser."""

import json
import urllib.parse

from simulator.errors import ApiError, invalid_parameter
from simulator.validation import argument, check_text, in_range, parse_date

PYTHON_TYPES = {
    "string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,), "array": (list,),
    "object": (dict,),
}


def check_body(endpoint, path_values, request):
    """The arguments of a request with a body, with defaults filled in, or ApiError."""
    if request.raw_query:
        raise ApiError(400, 1, "This endpoint takes no query parameters.", blame=True)
    members = _members(request)
    for name in members:
        if name not in endpoint.parameters or endpoint.parameters[name].place != "body":
            raise invalid_parameter(name, "unknown member of the body")
    arguments = {}
    for name, parameter in endpoint.parameters.items():
        if parameter.place == "path":
            arguments[name] = argument(parameter, [urllib.parse.unquote(path_values[name])])
        elif name in members:
            arguments[name] = _checked(parameter, parameter.type, members[name])
        elif parameter.required:
            raise invalid_parameter(name, "required member of the body is missing")
        else:
            arguments[name] = parameter.default
    return arguments


def _members(request):
    """The body's members; a name may not come twice."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise ApiError(400, 1, f"The body has to be application/json, not '{content_type}'.", blame=True)
    try:
        document = json.loads(request.body.decode("utf-8"), object_pairs_hook=_object, parse_constant=_no_constant)
    except ValueError as error:
        raise ApiError(400, 1, f"The body is not JSON: {error}", blame=True) from None
    if not isinstance(document, dict):
        raise ApiError(400, 1, "The body is not a JSON object.", blame=True)
    return document


def _object(pairs):
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        raise ValueError("a member's name comes twice")
    return dict(pairs)


def _no_constant(name):
    raise ValueError(f"{name} is not a number")


def _checked(parameter, wanted, value):
    """A value of the wanted type that keeps the parameter's rules."""
    name = parameter.name
    if type(value) not in PYTHON_TYPES[wanted]:
        raise invalid_parameter(name, f"{json.dumps(value)} is not of type {wanted}")
    if wanted == "array":
        return _array(parameter, value)
    if wanted in ("string", "integer"):
        check_text(parameter, str(value))
    if wanted in ("integer", "number"):
        in_range(parameter, value)
    if parameter.is_date:
        return parse_date(name, value)
    return value


def _array(parameter, items):
    name = parameter.name
    if len(items) < parameter.min_items:
        raise invalid_parameter(name, f"needs at least {parameter.min_items} value(s)")
    if parameter.max_items is not None and len(items) > parameter.max_items:
        raise invalid_parameter(name, f"takes at most {parameter.max_items} values, got {len(items)}")
    if len({json.dumps(item, sort_keys=True) for item in items}) < len(items):
        raise invalid_parameter(name, "has a value twice")
    return [_checked(parameter, parameter.item_type, item) for item in items]
