"""The error answers of the API."""

# In place of the status with which foreign_id() refuses: an order of a report, always 400.
FOREIGN_TO_REPORTS = "order"


class ApiError(Exception):
    """An answer other than 2xx.

    `blame` is true when the request itself breaks a rule of the API that a correct client never
    breaks; the request log then flags the request as invalid.
    """

    def __init__(self, status, code, message, blame=False, more=None):
        super().__init__(message)
        self.status = status
        self.blame = blame
        self.body = {"code": code, "message": message, **(more or {})}

    @property
    def message(self):
        return self.body["message"]


def invalid_parameter(name, problem):
    """The API's answer to a bad parameter: the message names it."""
    return ApiError(400, 1, f"Invalid parameter '{name}': {problem}", blame=True)


def authentication_failed():
    return ApiError(401, 2, "Authentication failed.", more={"status": "failure"})


def restricted_feature(what):
    """The app may not use a feature; a token of another kind would not help."""
    return ApiError(401, 3, f"This app may not use {what}.", more={"status": "failure"})


def missing_scope(scopes):
    return ApiError(403, 7, "Not authorized: the access token lacks the scope " + ", ".join(scopes))


def forbidden_ad_account(account_id, blame):
    return ApiError(403, 7, f"Not authorized to access ad account {account_id}.", blame=blame)


def foreign_id(status, name, entity_id, account_id):
    """The refusal of an id that is not the ad account's. Only an order of a report has to know whose they are."""
    invalid = invalid_parameter(name, f"{entity_id} does not belong to ad account {account_id}")
    invalid.blame = status == FOREIGN_TO_REPORTS
    return {
        403: ApiError(403, 7, f"Not authorized to access {entity_id} in ad account {account_id}."),
        404: not_found(50, entity_id),
    }.get(status, invalid)


def not_found(code, what):
    return ApiError(404, code, f"{what} not found.")


def unknown_path(path):
    return ApiError(404, 404, f"There is no endpoint {path}", blame=True)


def method_not_allowed(method):
    return ApiError(405, 5, f"Method {method} is not allowed.", blame=True)


def rate_limited():
    return ApiError(429, 8, "You have exceeded your rate limit. Try again later.")
