"""What the self tests share: one server, requests to it, and checks of what it answers."""

import csv
import gzip
import http.client
import io
import json
import time
import unittest
import unittest.mock
import urllib.parse

from simulator.core import Simulator
from simulator.facts import ITEM_FIELDS
from simulator.server import Server
from simulator.world import Size

TODAY = "2026-08-15"

# Seconds after which a test gives up, which no machine is too slow for.
PATIENCE = 600
AUTHORIZED = {"authorization": "Bearer pina_simulator"}


class Reply:
    """An HTTP answer, unpacked."""

    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.raw = response.read()

    @property
    def bytes(self):
        return gzip.decompress(self.raw) if self.headers.get("content-encoding") == "gzip" else self.raw

    @property
    def json(self):
        return json.loads(self.bytes)


def later(seconds):
    """A context in which it is so much later."""
    now = time.time
    return unittest.mock.patch("time.time", lambda: now() + seconds)


class Case(unittest.TestCase):
    """One server for all tests, reset before each."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server(Simulator(Size(), today=TODAY))
        cls.server.start()
        cls.addClassCleanup(cls.server.stop)

    def setUp(self):
        self.connection = self.connect()
        self.addCleanup(self.connection.close)
        self.control("reset", {"seed": 1})
        self.addCleanup(lambda: self.assertEqual(self.server.bugs, 0))

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.server.server_address[1], timeout=PATIENCE)

    def request(self, method, target, headers=AUTHORIZED, body=None):
        self.connection.request(method, target, body=body, headers=headers)
        return Reply(self.connection.getresponse())

    def get(self, path, headers=AUTHORIZED, **query):
        text = urllib.parse.urlencode(query, doseq=True)
        return self.request("GET", f"/v5{path}" + (f"?{text}" if text else ""), headers)

    def control(self, name, value=None):
        method = "GET" if value is None else "POST"
        reply = self.request(method, f"/__sim/{name}", body=None if value is None else json.dumps(value))
        self.assertEqual(reply.status, 200, reply.bytes)
        return reply.json if reply.headers["content-type"] == "application/json" else reply.bytes.decode()

    def log(self):
        return self.control("requests")["requests"]

    def truth(self, name, **query):
        text = self.control(f"table/{name}.csv?{urllib.parse.urlencode(query)}")
        return list(csv.DictReader(io.StringIO(text, newline="")))

    def all_items(self, path, **query):
        items, pages = [], 0
        while True:
            page = self.get(path, **query).json
            items += page["items"]
            pages += 1
            if page["bookmark"] is None:
                return items, pages
            query["bookmark"] = page["bookmark"]

    def assert_refused(self, reply, name, status=400, code=1):
        self.assertEqual((reply.status, reply.json["code"]), (status, code), reply.bytes)
        self.assertIn(name, reply.json["message"])
        self.assertFalse(self.log()[-1]["valid"])

    def assert_foreign(self, reply, name):
        """Refused, as ids are that are not the ad account's; a client may ask for them all the same."""
        self.assert_answer(reply, 400, 1)
        self.assertIn(name, reply.json["message"])

    def assert_answer(self, reply, status, code):
        """Refused, but nothing that a correct client never asks for."""
        self.assertEqual((reply.status, reply.json["code"]), (status, code), reply.bytes)
        self.assertTrue(self.log()[-1]["valid"])

    @staticmethod
    def truth_text(value):
        """A JSON value as the text that stands in the CSV."""
        if value is None:
            return ""
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, (dict, list)):
            return json.dumps(value, ensure_ascii=False)
        return value if isinstance(value, str) else repr(value)

    def assert_truth(self, name, schema, items, variables=(), times=(), **options):
        """Items of a schema, with further fields, are the rows of a table, whatever the order.

        `times` are fields that have times without a zone, although the schema calls them strings.
        """
        kinds = {name: "date-time" if name in times else kind for name, kind in ITEM_FIELDS[schema].items()}
        kinds.update(dict.fromkeys(variables, "string"))
        rows = self.truth(name, **options)
        self.assertTrue(rows)
        self.assertEqual(list(rows[0]), list(kinds))
        given = sorted(self._truth_texts(item, kinds) for item in items)
        self.assertEqual(given, sorted(list(row.values()) for row in rows))

    def _truth_texts(self, item, kinds):
        texts = ((self.truth_text(item.get(field)), kind) for field, kind in kinds.items())
        return [text + "+00:00" if text and kind == "date-time" else text for text, kind in texts]
