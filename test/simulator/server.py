"""The HTTP face: a threading server with keep-alive, gzip and optional TLS."""

import gzip
import http.client
import http.server
import itertools
import random
import socket
import ssl
import sys
import threading
import time
import urllib.parse

from simulator import consent, control, downloads
from simulator.core import Request
from simulator.delivery import Wire, deliver
from simulator.shown import shown_body, shown_headers, shown_query

GZIP_FROM_BYTES = 500


class Host(http.server.ThreadingHTTPServer):
    """Listens on 127.0.0.1; one thread per connection. What it answers is up to the classes below."""

    request_queue_size = 128
    daemon_threads = True
    block_on_close = False

    def __init__(self, name, simulator, port, tls):
        self.name = name
        self.simulator = simulator
        self.tls = tls
        self.connections = itertools.count(1)
        self.bugs = 0
        super().__init__(("127.0.0.1", port), Handler)
        self.url = f"{'https' if self.tls else 'http'}://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request, client_address):
        """Clients that leave early are ordinary here; anything else is a bug worth its traceback."""
        if not isinstance(sys.exc_info()[1], (ConnectionError, ssl.SSLError, TimeoutError)):
            self.bugs += 1
            super().handle_error(request, client_address)

    def host_of(self, _):
        """The name of the host that a request is for, as the log shows it."""
        return self.name

    def start(self):
        """Serve in the background."""
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        self.simulator.stopping.set()
        self.shutdown()
        self.server_close()


class DownloadHost(Host):
    """Serves the files of reports."""

    has_control = False

    def __init__(self, simulator, port, tls):
        super().__init__("download", simulator, port, tls)
        simulator.reports.host = self.url

    def respond(self, request):
        return downloads.respond(self.simulator, request)

    @staticmethod
    def usual_headers(_):
        return downloads.usual_headers()


class Server(Host):
    """Serves the API, the page that asks the user, and the control interface; has the other host beside it."""

    has_control = True

    def __init__(self, simulator, port=0, tls=None, download_port=0):
        super().__init__("api", simulator, port, tls)
        self.downloads = DownloadHost(simulator, download_port, tls)

    def host_of(self, request):
        return consent.HOST if request.path == consent.PATH else self.name

    def stand_behind(self, urls):
        """Be reached by other URLs: the API by the first, the files of reports by the second."""
        self.url, self.downloads.url = urls
        self.simulator.reports.host = self.downloads.url

    def respond(self, request):
        if request.path == consent.PATH:
            return consent.respond(self.simulator, request)
        return self.simulator.respond(request)

    @staticmethod
    def usual_headers(started):
        return real_headers(started)

    def start(self):
        super().start()
        self.downloads.start()

    def stop(self):
        super().stop()
        self.downloads.stop()


def tls_context(certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self):
        if self.server.tls:
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        self.number = next(self.server.connections)
        super().setup()

    def finish(self):
        """Close both directions, so that a client that still reads sees the end at once."""
        super().finish()
        try:
            self.request.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.request.close()

    def log_message(self, format, *args):
        """Silence: requests are told by the request log."""

    def _serve(self):
        parts = urllib.parse.urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.server.has_control and parts.path.startswith(control.PREFIX):
            self._serve_control(parts, body)
        else:
            self._serve_request(parts, body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _serve

    def _serve_control(self, parts, body):
        status, content_type, data = control.handle(
            self.server.simulator, self.command, parts.path, parts.query, body)
        self.connection.sendall(self._head(status, content_type, len(data), {}) + data)

    def _serve_request(self, parts, body):
        simulator = self.server.simulator
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, parts.path, parts.query, headers, body)
        record = self._record(simulator, request)
        simulator.log.begin(record)
        try:
            self._answer(simulator, request, record)
        finally:
            simulator.log.finish(record, time.time())

    def _record(self, simulator, request):
        """The log's view of a request that has no answer yet."""
        return {
            "seq": None, "host": self.server.host_of(request), "method": request.method, "path": request.api_path,
            **shown_query(request), "body": shown_body(simulator, request),
            "status": None, "valid": None, "reason": None,
            "category": simulator.category(request), "rule": None, "bytes": None,
            "connection": self.number, "started": time.time(), "answered": None, "finished": None,
            "headers": shown_headers(simulator, request),
        }

    def _answer(self, simulator, request, record):
        latency = simulator.latency + random.random() * simulator.jitter
        if latency:
            simulator.stopping.wait(latency)
        response, rule, error = self.server.respond(request)
        body, encoding = self._encode(request, response.body)
        simulator.log.answered(record, {
            "status": response.status, "valid": error is None or not error.blame,
            "reason": error.message if error else None, "rule": rule.name if rule else None,
            "bytes": len(body), "answered": time.time()})
        own = {**self.server.usual_headers(record["started"]), **response.headers, **encoding}
        head = self._head(response.status, response.content_type, len(body), own)
        sent = b"" if self.command == "HEAD" else body
        wire = Wire(self.connection, simulator.stopping)
        if not deliver(wire, head, sent, response.fault):
            self.close_connection = True

    def date_time_string(self, timestamp=None):
        """The time for the header Date, by the simulated clock."""
        return super().date_time_string((timestamp or time.time()) + self.server.simulator.authority.clock_offset)

    @staticmethod
    def _encode(request, body):
        """The body as the client wants it, with the headers that say so."""
        if len(body) <= GZIP_FROM_BYTES or "gzip" not in request.headers.get("accept-encoding", ""):
            return body, {}
        return gzip.compress(body, compresslevel=1, mtime=0), {"content-encoding": "gzip"}

    def _head(self, status, content_type, length, headers):
        phrase = http.client.responses.get(status, "Unknown")
        fields = {"date": self.date_time_string(), "content-type": content_type, "content-length": length, **headers}
        lines = [f"HTTP/1.1 {status} {phrase}"] + [f"{name}: {value}" for name, value in fields.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def real_headers(started):
    """Headers that every real answer carries."""
    number = random.randrange(10 ** 15, 10 ** 16)
    return {
        "x-pinterest-rid": str(number),
        "x-pinterest-rid-128bit": f"{random.getrandbits(128):032x}",
        "pinterest-version": "5e1f0aa",
        "pinterest-generated-by": "tpp-api-prod-simulator",
        "x-envoy-upstream-service-time": str(int((time.time() - started) * 1000)),
        "x-cdn": "fastly",
        "cache-control": "no-cache, no-store, must-revalidate",
        "set-cookie": "_ir=0; Max-Age=1800; HttpOnly; Path=/; Secure",
    }
