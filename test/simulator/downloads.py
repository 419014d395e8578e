"""The host that reports are downloaded from: no API of Pinterest's, but files behind signed links."""

import secrets
import time
import urllib.parse

from simulator.faults import Response


class DownloadError(Exception):
    """An answer other than a file. `blame` as in errors.py."""

    def __init__(self, status, code, message, blame=True):
        super().__init__(message)
        self.status = status
        self.message = message
        self.blame = blame
        self.body = (f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code>'
                     f"<Message>{message}</Message><RequestId>{secrets.token_hex(8).upper()}</RequestId></Error>")


def respond(simulator, request):
    """(Response, the fault Rule that hit or None, DownloadError or None) for a request."""
    error = None
    try:
        response = Response(200, _file(simulator.reports, request), "application/octet-stream")
    except DownloadError as caught:
        error = caught
        response = Response(error.status, error.body.encode("utf-8"), "application/xml")
    rule = simulator.rules.catch(request.method, request.api_path, request.raw_query)
    return (rule.apply(response) if rule else response), rule, error


def _file(reports, request):
    """The file that a link leads to. A link is good as it is or not at all, and for a while."""
    if request.method != "GET":
        raise DownloadError(405, "MethodNotAllowed", "A link serves GET alone")
    if "authorization" in request.headers:
        raise DownloadError(400, "InvalidArgument", "The link is signed, and there is an Authorization header, too")
    job = reports.find(request.path)
    if job is None:
        raise DownloadError(404, "NoSuchKey", "There is no such file", blame=False)
    signature = urllib.parse.parse_qs(request.raw_query).get("X-Amz-Signature", [""])[0]
    link = job.links.get(signature)
    if link is None or link.query != request.raw_query:
        raise DownloadError(403, "SignatureDoesNotMatch", "The link was changed")
    if time.time() >= link.expires:
        raise DownloadError(403, "AccessDenied", "Request has expired", blame=False)
    return job.file


def usual_headers():
    """Headers that every answer of the host carries."""
    return {
        "server": "AmazonS3", "accept-ranges": "bytes", "x-amz-request-id": secrets.token_hex(8).upper(),
        "x-amz-server-side-encryption": "AES256",
    }
