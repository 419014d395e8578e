"""Puts a response on the wire, whole or as a fault wants it."""

import select
import ssl

HANG_POLL_SECONDS = 0.05
HOLD_POLL_SECONDS = 0.02


class Wire:
    """A client's connection, as far as answers need it."""

    def __init__(self, connection, stopping):
        self.connection = connection
        self.stopping = stopping

    def send(self, data):
        self.connection.sendall(data)

    def wait_for_client_to_leave(self):
        """Return when the client has closed the connection or the server stops."""
        while not self.stopping.is_set():
            readable, _, _ = select.select([self.connection], [], [], HANG_POLL_SECONDS)
            if readable and not self._receive():
                return

    def wait_for(self, event):
        """Return whether an event came, before the client closed the connection or the server stopped."""
        while not event.wait(HOLD_POLL_SECONDS):
            readable, _, _ = select.select([self.connection], [], [], 0)
            if self.stopping.is_set() or (readable and not self._receive()):
                return False
        return True

    def _receive(self):
        try:
            return self.connection.recv(4096)
        except ssl.SSLWantReadError:
            return b"?"


def deliver(wire, head, body, rule):
    """Send an answer. Answers whether the connection may serve another request."""
    if rule is None:
        wire.send(head + body)
        return True
    if rule.action == "hold":
        return _hold(wire, head, body, rule.released)
    DELIVERIES[rule.action](wire, head, body, rule.options)
    return rule.action == "slow"


def _hold(wire, head, body, released):
    """The whole answer, but not before it is released."""
    if not wire.wait_for(released):
        return False
    wire.send(head + body)
    return True


def _slow(wire, head, body, options):
    """The body in chunks, with a pause before each."""
    chunk = options.get("chunk", 1024)
    wire.send(head)
    for start in range(0, len(body), chunk):
        if wire.stopping.wait(options.get("pause", 0.1)):
            return
        wire.send(body[start:start + chunk])


def _hang(wire, head, body, options):
    """Nothing at all, or nothing more after the headers or after half of the body."""
    sent = {"headers": head, "body": head + body[:len(body) // 2]}.get(options.get("after"), b"")
    wire.send(sent)
    wire.wait_for_client_to_leave()


def _drop(wire, head, _, options):
    """Close without an answer, or in the middle of the headers."""
    if options.get("after") == "headers":
        wire.send(head[:len(head) // 2])


def _truncate(wire, head, body, options):
    """The headers promise more than the body then holds."""
    wire.send(head + body[:options.get("bytes", len(body) // 2)])


DELIVERIES = {"slow": _slow, "hang": _hang, "drop": _drop, "truncate": _truncate}
