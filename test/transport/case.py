"""A case: what is served at one port, how, and which event is played; it keeps the books of what arrived."""

import concurrent.futures
import json
import os
import threading
import time
import urllib.parse

from transport import content

DEFAULTS = {
    "name": "",         # how the log calls the case
    "host": "127.0.0.1",    # the address that it is served at, or ::1
    "http": 2,          # 1 or 2, which TLS negotiates; 1 without TLS
    "tls": "any",       # any, 1.3, 1.2, 1.0 (no other), none, or plain (no TLS where https is expected)
    "coding": "identity",   # of content.CODINGS, if the request offers it
    "length": None,     # whether Content-Length is sent; by default with identity only, as servers do
    "accounts": 1,
    "pages": 4,         # of each account's campaigns
    "rows": 5,          # of a page
    "name_bytes": 100,  # of a row's name
    "filler": "mixed",  # what hardly compresses; same: one letter
    "shape": {},        # how answers look, see below
    "streams": None,    # HTTP/2's SETTINGS_MAX_CONCURRENT_STREAMS: [at first, later, after seconds]
    "event": None,      # or several, of which a request gets the first that is due on it
    "quiet": False,     # of no campaigns page but the event's own any body is sent before the event was played
}
CUT = 20    # bytes of a body, of any coding: before the first row is complete
# shape:
#   header_bytes: N     so many bytes of further header lines
#   dribble: N          the headers leave N bytes at a time, a TLS record each
#   interim: true       a 103 before the answer
#   trailers: true      a trailer after the body
#   frames: N           DATA frames of 1 to N bytes, a TLS record each (HTTP/1.1: chunks, if no length is sent)
#   padding: true       DATA frames are padded
#   empty: true         before each DATA frame an empty one
#   slow: N             N ms between the frames of all streams, or chunks
#   late_end: true      END_STREAM comes in an empty DATA frame of its own


class Log:
    """A file of JSON lines."""

    def __init__(self, path):
        self.file = open(path, "a", encoding="utf-8") if path else None
        self.lock = threading.Lock()

    def write(self, **record):
        if self.file:
            with self.lock:
                self.file.write(json.dumps({"time": time.monotonic(), **record}) + "\n")
                self.file.flush()


class Answer:
    """What one request gets: status, header fields, body, and the event that is played on it or None."""

    def __init__(self, status, headers, body, event, is_page=False):
        self.status = status
        self.headers = headers
        self.body = body
        self.event = event
        self.is_page = is_page


def damaged(body, how):
    """A body that is sent as if it were complete, but is not what it was."""
    half = len(body) // 2
    if how == "cut":
        return body[:half]
    if how == "flip":
        return body[:half] + bytes([body[half] ^ 255]) + body[half + 1:]
    if how == "more":
        return body + b"and more"
    raise ValueError(how)


class Case:
    """See DEFAULTS."""

    def __init__(self, settings, log):
        unknown = settings.keys() - DEFAULTS.keys()
        if unknown:
            raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}")
        self.settings = {**DEFAULTS, **settings}
        self.log = log
        self.lock = threading.Lock()
        self.answers = 0        # complete ones
        self.tries = {}         # by request: how often it arrived
        self.ordinal = {}       # by request: the how manieth distinct one it is
        event = self["event"] or []
        self.events = event if isinstance(event, list) else [event]
        self.chosen = [0] * len(self.events)    # how often each was due
        self.played = 0         # how often any was played to the end
        self.bodies = self.make_bodies()
        self.released = False   # what is held for ever goes on

    def __getitem__(self, name):
        return self.settings[name]

    def write(self, what, **record):
        self.log.write(what=what, case=self["name"], **record)

    # ---- events ----

    def event_for(self, request, first_on_connection):
        """The event that is due now, on this request, or None."""
        for number, event in enumerate(self.events):
            if self.is_due(number, event, request, first_on_connection):
                self.chosen[number] += 1
                return event
        return None

    def is_due(self, number, event, request, first_on_connection):
        """Whether an event is: on every nth distinct request, or the nth, its first tries."""
        ordinal, tries = self.ordinal[request], self.tries[request]
        return (event["do"] != "goaway_after"
                and (ordinal == event["nth"] if "nth" in event else ordinal % event.get("every", 3) == 0)
                and tries <= event.get("tries", 1)
                and self.chosen[number] < event.get("most", 1 << 30)
                and not (event.get("reused") and first_on_connection))

    def goaway_after(self):
        """The event of this kind, or None: it is for the first connections."""
        with self.lock:
            for number, event in enumerate(self.events):
                if event["do"] == "goaway_after" and self.chosen[number] < event.get("most", 1):
                    self.chosen[number] += 1
                    return event
        return None

    def is_quiet(self, answer):
        """Whether the body of an answer waits for the event."""
        return self["quiet"] and self.played == 0 and answer.is_page and not answer.event

    def is_held(self, event):
        """Whether what this event holds is still to be held."""
        return self.answers < event["answers"] if "answers" in event else not self.released

    def note_played(self):
        with self.lock:
            self.played += 1

    def note_answer(self):
        with self.lock:
            self.answers += 1

    # ---- answers ----

    def make_bodies(self):
        """All campaigns pages as they are sent, made beforehand: no request waits for it."""
        pages = [
            (content.account_of(account), page)
            for account in range(1, self["accounts"] + 1) for page in range(self["pages"])
        ]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            return dict(zip(pages, pool.map(lambda page: self.body_of_page(*page, self["coding"]), pages)))

    def body_of_page(self, account, page, coding):
        return content.coded(content.campaigns_page(account, page, self.settings), coding)

    def body_for(self, path, query, coding):
        """The body of a path in a coding, or None."""
        parts = path.strip("/").split("/")[1:]
        if parts == ["ad_accounts"]:
            return content.coded(content.accounts_page(self["accounts"]), coding)
        if len(parts) == 3 and parts[0] == "ad_accounts" and parts[2] == "campaigns":
            page = int(query.get("bookmark", ["page0"])[0].removeprefix("page"))
            if coding == self["coding"]:
                return self.bodies.get((parts[1], page))
            return self.body_of_page(parts[1], page, coding)
        return None

    def answer(self, method, target, headers, connection, stream, first_on_connection):
        """What a request gets; it is logged first."""
        url = urllib.parse.urlsplit(target)
        query = urllib.parse.parse_qs(url.query)
        request = f"{method} {url.path}?{','.join(query.get('bookmark', []))}"
        with self.lock:
            self.tries[request] = self.tries.get(request, 0) + 1
            self.ordinal.setdefault(request, len(self.ordinal) + 1)
            tries = self.tries[request]
            event = self.event_for(request, first_on_connection)
        accepted = headers.get("accept-encoding", "")
        coding = content.coding_for(self["coding"], accepted)
        self.write("request", method=method, path=url.path, query=url.query, connection=connection, stream=stream,
                   tries=tries, accept_encoding=accepted, coding=coding, event=event and event["do"])
        body = self.body_for(url.path, query, coding)
        if event and event["do"] == "damage":
            body = damaged(body, event["how"])
        if body is None:
            return Answer(404, [("content-length", "0")], b"", None)
        if event and event["do"] == "status":
            status, body, coding = event["status"], b'{"code":0,"message":"played"}', "identity"
        else:
            status = 200
        return Answer(status, self.headers_for(body, coding, stream), body, event, url.path.endswith("/campaigns"))

    def headers_for(self, body, coding, stream):
        named = content.CODINGS[coding][0]
        fields = [("content-type", "application/json")]
        if named:
            fields.append(("content-encoding", named))
        if self["length"] or (self["length"] is None and not named):
            fields.append(("content-length", str(len(body))))
        left = self["shape"].get("header_bytes", 0)
        while left > 0:
            # no two are alike: HPACK would send the second as one byte
            value = content.name_of(len(fields) + 97 * (stream or 0), min(left, 900), "mixed")
            fields.append((f"x-header-{len(fields)}", value))
            left -= len(value)
        return fields

    @staticmethod
    def cut_of(answer):
        """How many bytes of the body come before what is played within it."""
        cut = (answer.event or {}).get("cut", CUT)
        return max(1, min(len(answer.body) // 2, len(answer.body) // 2 if cut == "half" else cut))

    def frame_bytes(self, number):
        """How many bytes the body's frame of this number takes: of a shape with frames, from 1 to that many."""
        return number * 37 % self["shape"]["frames"] + 1
