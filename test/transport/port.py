"""A port at which one case is served; its connections, one thread each."""

import socket
import ssl
import threading

from transport.case import Case
from transport.connection import Ended
from transport.http1 import Http1
from transport.http2 import Http2

HANDSHAKE_SECONDS = 30
VERSIONS = {"1.0": ssl.TLSVersion.TLSv1, "1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


class Port:
    """Listens on one address of this machine."""

    def __init__(self, settings, certificate, key, log):
        self.case = Case(settings, log)
        self.certificate, self.key = certificate, key
        self.lock = threading.Lock()
        self.connections = {}       # by number, those that are open
        self.count = 0
        self.number = 0
        self.listen()

    @property
    def url(self):
        scheme = "http" if self.case["tls"] == "none" else "https"
        host = self.case["host"]
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.number}/v5"

    def listen(self):
        self.context = self.new_context()
        family = socket.AF_INET6 if ":" in self.case["host"] else socket.AF_INET
        self.listener = socket.create_server((self.case["host"], self.number), family=family, backlog=128)
        self.number = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def new_context(self):
        """TLS with keys of its own for session tickets."""
        tls = self.case["tls"]
        if tls in ("none", "plain"):
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        if tls in VERSIONS:
            if tls == "1.0":
                context.set_ciphers("DEFAULT:@SECLEVEL=0")
            context.minimum_version = context.maximum_version = VERSIONS[tls]
        context.set_alpn_protocols(["h2", "http/1.1"] if self.case["http"] == 2 else ["http/1.1"])
        return context

    def accept(self, listener):
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            with self.lock:
                self.count += 1
                number = self.count
                self.connections[number] = sock
            self.case.write("accept", connection=number)
            threading.Thread(target=self.serve, args=(sock, number), daemon=True).start()

    def serve(self, sock, number):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            protocol = Http1
            if self.context:
                sock.settimeout(HANDSHAKE_SECONDS)
                sock = self.context.wrap_socket(sock, server_side=True)
                sock.settimeout(None)
                self.connections[number] = sock
                protocol = Http2 if sock.selected_alpn_protocol() == "h2" else Http1
                self.case.write("connect", connection=number, tls=sock.version(), alpn=sock.selected_alpn_protocol(),
                                resumed=sock.session_reused)
            else:
                self.case.write("connect", connection=number, tls=None, alpn=None, resumed=False)
            protocol(self, sock, number).serve()
        except Ended:
            pass
        except (OSError, ssl.SSLError) as error:
            self.case.write("handshake_failed", connection=number, error=str(error))
        except ValueError as error:
            self.case.write("not_http", connection=number, error=str(error))
        finally:
            with self.lock:
                self.connections.pop(number, None)
            sock.close()

    def stop(self):
        """Closes the port and all of its connections."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        with self.lock:
            open_now = list(self.connections.values())
        for sock in open_now:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def restart(self):
        """As a server that was stopped and started: other ticket keys, no connection."""
        self.stop()
        self.case.write("restart")
        self.listen()
