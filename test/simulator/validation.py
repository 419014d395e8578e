"""From a raw query string to checked arguments, by the rules in the facts and nothing looser."""

import datetime
import re
import urllib.parse

from simulator.errors import invalid_parameter

HISTORY_DAYS = 90
HOUR_HISTORY_DAYS = 8
HOUR_RANGE_DAYS = 3


def parse_query(raw_query):
    """{name: [values in order]} of a raw query string."""
    query = {}
    for name, value in urllib.parse.parse_qsl(raw_query, keep_blank_values=True):
        query.setdefault(name, []).append(value)
    return query


def check_arguments(endpoint, path_values, query, today):
    """The arguments of a request, typed and with defaults filled in, or ApiError."""
    for name in query:
        parameter = endpoint.parameters.get(name)
        if parameter is None or parameter.place != "query":
            raise invalid_parameter(name, "unknown parameter of this endpoint")
    arguments = {}
    for name, parameter in endpoint.parameters.items():
        if parameter.place == "path":
            values = [_decoded(name, path_values[name])]
        else:
            values = query.get(name)
        arguments[name] = argument(parameter, values)
    _check_dates(arguments, today)
    return arguments


def _decoded(name, text):
    """A value from the path. A plus sign would mean a space to some, so it has to be escaped."""
    if "+" in text:
        raise invalid_parameter(name, "has a + that is not written as %2B")
    try:
        return urllib.parse.unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise invalid_parameter(name, "is not UTF-8") from None


def argument(parameter, values):
    if values is None:
        if parameter.required:
            raise invalid_parameter(parameter.name, "required parameter is missing")
        return parameter.default
    if parameter.type == "array":
        return _array(parameter, values)
    if len(values) > 1:
        raise invalid_parameter(parameter.name, "given more than once")
    return _scalar(parameter, values[0])


def _array(parameter, values):
    items = [item for value in values for item in value.split(",")]
    if items == [""] or len(items) < parameter.min_items:
        raise invalid_parameter(parameter.name, f"needs at least {parameter.min_items} value(s)")
    if parameter.max_items is not None and len(items) > parameter.max_items:
        raise invalid_parameter(
            parameter.name, f"takes at most {parameter.max_items} values, got {len(items)}")
    if len(set(items)) != len(items):
        raise invalid_parameter(parameter.name, "has a value twice")
    for item in items:
        check_text(parameter, item)
        if parameter.item_type == "integer":
            _integer(parameter, item)
    return items


def _scalar(parameter, text):
    check_text(parameter, text)
    if parameter.type == "integer":
        return _integer(parameter, text)
    if parameter.type == "number":
        return _number(parameter, text)
    if parameter.is_date:
        parse_date(parameter.name, text)
    if parameter.type == "boolean":
        if text not in ("true", "false"):
            raise invalid_parameter(parameter.name, f"'{text}' is not a boolean")
        return text == "true"
    return text


def check_text(parameter, text):
    if text == "":
        raise invalid_parameter(parameter.name, "has an empty value")
    if parameter.enum is not None and text not in parameter.enum:
        raise invalid_parameter(parameter.name, f"'{text}' is not one of its values")
    if parameter.pattern is not None and not parameter.pattern.fullmatch(text):
        raise invalid_parameter(parameter.name, f"'{text}' does not match {parameter.pattern.pattern}")
    if parameter.max_length is not None and len(text) > parameter.max_length:
        raise invalid_parameter(parameter.name, f"is longer than {parameter.max_length} characters")


def _integer(parameter, text):
    if not re.fullmatch(r"-?[0-9]+", text):
        raise invalid_parameter(parameter.name, f"'{text}' is not an integer")
    return in_range(parameter, int(text))


def _number(parameter, text):
    if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text):
        raise invalid_parameter(parameter.name, f"'{text}' is not a number")
    return in_range(parameter, float(text))


def in_range(parameter, number):
    below = parameter.minimum is not None and number < parameter.minimum
    above = parameter.maximum is not None and number > parameter.maximum
    if below or above:
        raise invalid_parameter(
            parameter.name, f"{number} is outside {parameter.minimum}..{parameter.maximum}")
    return number


def parse_date(name, text):
    """A date in the one form that the API takes."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise invalid_parameter(name, f"'{text}' is not of the form YYYY-MM-DD")
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise invalid_parameter(name, f"'{text}' is not a date") from None


def _check_dates(arguments, today):
    """Replace start_date and end_date by dates within the range that the API serves."""
    if "start_date" not in arguments:
        return
    start = parse_date("start_date", arguments["start_date"])
    end = parse_date("end_date", arguments["end_date"])
    hourly = arguments.get("granularity") == "HOUR"
    history = HOUR_HISTORY_DAYS if hourly else HISTORY_DAYS
    longest = HOUR_RANGE_DAYS if hourly else HISTORY_DAYS
    if start > end:
        raise invalid_parameter("start_date", "is after end_date")
    if (today - start).days > history:
        raise invalid_parameter("start_date", f"You can only get data from the last {history} days")
    if (end - start).days > longest:
        raise invalid_parameter("end_date", f"is more than {longest} days after start_date")
    if end > today:
        raise invalid_parameter("end_date", f"is in the future, today is {today} UTC")
    arguments["start_date"], arguments["end_date"] = start, end
