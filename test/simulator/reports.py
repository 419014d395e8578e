"""Asynchronous reports: POST orders one, GET tells how far it is and where to download it.

A report that was ordered before, with the same content, is not made again. Links and their hosts: downloads.py.
"""

import base64
import hashlib
import json
import random
import threading
import time
import urllib.parse
from dataclasses import dataclass

from simulator.answer import Answer, encode_item
from simulator.errors import ApiError
from simulator.report_files import LAYOUTS, report_file
from simulator.report_rules import REPORT_FACTS, check_report

TOKEN_PARTS = (16, 206)
FOLDER = "/async_reporting_v3/"
FILE = "metrics_report.txt"


def order_report(call):
    """POST: the report's token, of a report like it if there is one."""
    call.reports.check_enabled(call)
    check_report(call)
    job, finished = call.reports.order(call)
    message = f"This job is finished. Ask for it by GET with this token: {job.token}" if finished else job.no_message
    return _answer(job.key, report_status="FINISHED" if finished else "IN_PROGRESS", token=job.token, message=message)


def poll_report(call):
    """GET: the report's status, and a link when it is finished."""
    call.reports.check_enabled(call)
    status, link, size = call.reports.poll(call.account().id, call["token"])
    return _answer(size or 0, report_status=status, url=link, size=size)


def _answer(key, **item):
    return Answer(encode_item(item, key))


@dataclass(frozen=True)
class Link:
    """A way to a file: its query has to come as it is, and in time."""

    query: str
    expires: float


class Job:
    """One ordered report."""

    def __init__(self, call, digest, polls, outcome, seconds, layout):
        self.call = call
        self.account_id = call.account().id
        self.key = int.from_bytes(digest[:8], "big")
        self.token = _token(digest)
        self.no_message = (None, "")[self.key % 2]
        self.polls = polls
        self.outcome = outcome
        self.layout = layout
        self.ordered = time.time()
        self.expires = self.ordered + seconds
        self.folder = f"{FOLDER}{self.account_id}-{int(self.ordered)}-{random.randrange(10 ** 15, 10 ** 16)}"
        self.finished = False
        self.links = {}
        self.file = None
        self.lock = threading.Lock()

    @property
    def expired(self):
        return time.time() >= self.expires

    @property
    def reusable(self):
        """Whether another order of the same report comes to this job."""
        return not self.expired and (self.outcome == "FINISHED" or not self.finished)

    def poll(self):
        """The job's status; each time it is asked for, the job comes closer to its end."""
        with self.lock:
            if self.expired:
                return "EXPIRED"
            if self.polls > 0:
                self.polls -= 1
                return "IN_PROGRESS"
            self.finished = True
            if self.outcome == "FINISHED" and self.file is None:
                self.file = report_file(self.call, self.layout)
            return self.outcome

    def link(self, host, seconds):
        """A new link to the file, which serves for so many seconds."""
        now = time.time()
        moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
        signature = f"{random.getrandbits(256):064x}"
        query = urllib.parse.urlencode({
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Date": moment, "X-Amz-SignedHeaders": "host",
            "X-Amz-Expires": str(int(seconds)), "X-Amz-Credential": f"SIMULATED/{moment[:8]}/us-east-1/s3/aws4_request",
            "X-Amz-Signature": signature})
        self.links[signature] = Link(query, now + seconds)
        return f"{host}{self.folder}/{FILE}?{query}"


def _token(digest):
    """Two parts of URL-safe base64, both padded."""
    source = random.Random(digest)
    return "".join(base64.urlsafe_b64encode(source.randbytes(count)).decode("ascii") for count in TOKEN_PARTS)


class Reports:
    """All ordered reports, and the settings that decide how the next ones go."""

    def __init__(self):
        self.lock = threading.Lock()
        self.host = None
        self.forget()

    def forget(self):
        """Back to no reports and to the usual settings."""
        self.by_token = {}
        self.by_content = {}
        self.settings = {
            "reports_enabled": True, "report_polls": 1, "report_fail": [], "report_layout": None,
            "report_seconds": REPORT_FACTS["report_seconds"], "link_seconds": REPORT_FACTS["link_seconds"],
        }

    def configure(self, name, value):
        """Change a setting, or ValueError."""
        if not REPORT_SETTINGS[name](value):
            raise ValueError(f"{name} cannot be {value!r}")
        with self.lock:
            self.settings[name] = value

    def state(self):
        with self.lock:
            return {"download_url": self.host, **self.settings}

    def check_enabled(self, call):
        """The sandbox has no reports."""
        call.account()
        if not self.settings["reports_enabled"]:
            raise ApiError(403, 29, "You are not permitted to access that resource.")

    def order(self, call):
        """The job for a report, and whether it was finished already."""
        content = json.dumps(call.arguments, sort_keys=True, default=str)
        with self.lock:
            jobs = self.by_content.setdefault(content, [])
            if jobs and jobs[-1].reusable:
                return jobs[-1], jobs[-1].finished
            digest = hashlib.blake2b(f"{content} {len(jobs)}".encode("utf-8")).digest()
            job = Job(call, digest, self.settings["report_polls"], self._take("report_fail", "FINISHED"),
                      self.settings["report_seconds"], self.settings["report_layout"] or call["primary_sort"])
            jobs.append(job)
            self.by_token[job.token] = job
        return job, False

    def _take(self, name, otherwise):
        """What a setting has for the next one: a list gives its first element, until it has no more."""
        value = self.settings[name]
        if not isinstance(value, list):
            return value
        if not value:
            return otherwise
        self.settings[name] = value[1:]
        return value[0]

    def poll(self, account_id, token):
        """(status, link, size) of a report; the last two are None unless it is finished."""
        job = self.by_token.get(token)
        if job is None or job.account_id != account_id:
            return "DOES_NOT_EXIST", None, None
        status = job.poll()
        if status != "FINISHED":
            return status, None, None
        with self.lock:
            seconds = self._take("link_seconds", REPORT_FACTS["link_seconds"])
        return status, job.link(self.host, seconds), len(job.file)

    def find(self, path):
        """The job whose file has a path, or None; the file goes with the report."""
        jobs = list(self.by_token.values())
        return next((job for job in jobs if path == f"{job.folder}/{FILE}" and not job.expired), None)


def _is_seconds(value):
    return type(value) in (int, float) and value >= 0


REPORT_SETTINGS = {
    "reports_enabled": lambda value: type(value) is bool,
    "report_polls": lambda value: type(value) is int and value >= 0,
    "report_fail": lambda value: isinstance(value, list) and set(value) <= set(REPORT_FACTS["statuses"]),
    "report_layout": lambda value: value is None or value in LAYOUTS,
    "report_seconds": _is_seconds,
    "link_seconds": lambda value: all(map(_is_seconds, value)) if isinstance(value, list) else _is_seconds(value),
}
