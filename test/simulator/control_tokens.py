"""The control call `oauth`: codes and tokens made for a test, and their end."""

from simulator.tokens import KINDS

ISSUE_OPTIONS = {"app", "scope", "redirect_uri", "expires_in", "legacy"}


class ControlError(Exception):
    """A control call that makes no sense; answered with status 400."""


def control_tokens(simulator, order):
    """Carry out an order, which has one of the verbs below, and answer what it made."""
    verbs = set(order) & set(VERBS)
    if len(verbs) != 1:
        raise ControlError(f"say one of {sorted(VERBS)}")
    verb = verbs.pop()
    options = {name: value for name, value in order.items() if name != verb}
    action, known = VERBS[verb]
    if set(options) - known:
        raise ControlError(f"{verb} has the options {sorted(known)} only")
    return action(simulator.authority, order[verb], **options)


def _issue(authority, kind, app=None, scope=None, redirect_uri=None, expires_in=None, legacy=False):
    if kind not in KINDS:
        raise ControlError(f"there are {sorted(KINDS)} to issue")
    credential = authority.mint(kind, app, scope, redirect_uri, expires_in, legacy)
    return {**credential.state(), "text": credential.text}


def _end(authority, which):
    """End all of a kind, or the one of a name."""
    authority.credentials.end(which)
    return {"issued": authority.credentials.state()}


def _end_after(authority, count):
    if count is not None and (type(count) is not int or count < 1):
        raise ControlError("a number of requests is 1 or more")
    authority.credentials.end_after(count)
    return {"issued": authority.credentials.state()}


VERBS = {
    "issue": (_issue, ISSUE_OPTIONS), "revoke": (_end, set()), "refuse": (_end, set()),
    "revoke_after": (_end_after, set()),
}
