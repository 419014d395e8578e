"""Checks nginx in front of the simulator: what it speaks, and that nothing is lost on the way."""

import http.client
import json
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import unittest
import urllib.parse
from pathlib import Path

from simulator.front import FrontError, find_nginx, find_program
from simulator.selftest_base import AUTHORIZED, TODAY, Reply

ACCOUNT = "549755885175"


def missing_program():
    try:
        find_nginx()
        find_program("openssl")
    except FrontError as error:
        return str(error)
    return None


@unittest.skipIf(missing_program(), missing_program())
class Behind(unittest.TestCase):
    """The command line with --front."""

    def setUp(self):
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).resolve().parent), "--until-eof", "--today", TODAY,
             "--front", f"{folder}/front"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.process.wait, 10)
        self.addCleanup(self.process.stdout.close)
        self.addCleanup(self.process.stdin.close)
        lines = [self.process.stdout.readline() for _ in range(2)]
        self.url, self.downloads_url = (line.split()[-1] for line in lines)
        self.context = ssl.create_default_context(cafile=f"{folder}/front/cert.pem")

    def request(self, method, url, headers, body=None):
        parts = urllib.parse.urlsplit(url)
        connection = http.client.HTTPSConnection(parts.hostname, parts.port, timeout=10, context=self.context)
        self.addCleanup(connection.close)
        connection.request(method, url.removeprefix(f"{parts.scheme}://{parts.netloc}"), body=body, headers=headers)
        return Reply(connection.getresponse())

    def test_http2(self):
        for url in (self.url, self.downloads_url):
            parts = urllib.parse.urlsplit(url)
            self.assertEqual(parts.scheme, "https")
            self.context.set_alpn_protocols(["h2", "http/1.1"])
            with (socket.create_connection((parts.hostname, parts.port), timeout=10) as client,
                  self.context.wrap_socket(client, server_hostname=parts.hostname) as tls):
                self.assertEqual(tls.selected_alpn_protocol(), "h2")

    def test_answers(self):
        url = f"{self.url}/v5/ad_accounts/{ACCOUNT}/campaigns?page_size=250"
        plain = self.request("GET", url, AUTHORIZED)
        packed = self.request("GET", url, {**AUTHORIZED, "accept-encoding": "gzip"})
        self.assertNotIn("content-encoding", plain.headers)
        self.assertEqual(packed.headers["content-encoding"], "gzip")
        self.assertLess(len(packed.raw), len(plain.raw))
        self.assertEqual(packed.json, plain.json)
        self.assertEqual(plain.headers["x-cdn"], "fastly")

    def test_reports(self):
        body = json.dumps({"start_date": "2026-01-01", "end_date": "2026-01-02", "granularity": "DAY",
                           "level": "CAMPAIGN", "columns": ["SPEND_IN_DOLLAR"], "report_format": "JSON"})
        reports = f"{self.url}/v5/ad_accounts/{ACCOUNT}/reports"
        token = self.request("POST", reports, {**AUTHORIZED, "content-type": "application/json"}, body).json["token"]
        states = [self.request("GET", f"{reports}?{urllib.parse.urlencode({'token': token})}", AUTHORIZED).json
                  for _ in range(2)]
        self.assertEqual([state["report_status"] for state in states], ["IN_PROGRESS", "FINISHED"])
        self.assertTrue(states[1]["url"].startswith(self.downloads_url + "/"), states[1]["url"])
        file = self.request("GET", states[1]["url"], {"accept-encoding": "gzip"})
        self.assertEqual((file.status, len(file.bytes)), (200, states[1]["size"]))

    def test_it_ends_with_the_simulator(self):
        ports = [urllib.parse.urlsplit(url).port for url in (self.url, self.downloads_url)]
        self.process.stdin.close()
        self.assertEqual(self.process.wait(10), 0)
        for port in ports:
            self.assertRaises(ConnectionRefusedError, socket.create_connection, ("127.0.0.1", port))
