"""The log of API requests, with which a test proves what a client really sent."""

import itertools
import json
import threading


class RequestLog:
    """Records of requests in the order of their arrival, and how many ran at once."""

    def __init__(self, path=None):
        self.lock = threading.Lock()
        self.file = open(path, "a", encoding="utf-8") if path else None
        self.sequence = itertools.count(1)
        self.records = []
        self.in_flight = 0
        self.max_in_flight = 0
        self.rate_limited = 0

    def begin(self, record):
        """Enter a request, numbered, before there is an answer."""
        with self.lock:
            self.in_flight += 1
            self.max_in_flight = max(self.max_in_flight, self.in_flight)
            record["seq"] = next(self.sequence)
            self.records.append(record)

    def answered(self, record, outcome):
        """Tell what the answer is, before the first byte of it leaves."""
        with self.lock:
            record.update(outcome)
            self.rate_limited += outcome["status"] == 429

    def finish(self, record, finished):
        with self.lock:
            self.in_flight -= 1
            record["finished"] = finished
            if self.file:
                self.file.write(json.dumps(record) + "\n")
                self.file.flush()

    def clear(self):
        with self.lock:
            self.records.clear()
            self.rate_limited = 0
            self.max_in_flight = self.in_flight

    def since(self, sequence):
        """Everything after a sequence number, as the control interface shows it."""
        with self.lock:
            requests = [dict(record) for record in self.records if record["seq"] > sequence]
        return {"requests": requests, "max_in_flight": self.max_in_flight, "in_flight": self.in_flight}
