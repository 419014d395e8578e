"""What connections of both protocols share: the socket, and how it ends."""

import select
import socket
import struct
import time

LOOK_SECONDS = 0.01     # how often what is held is looked at


class Ended(Exception):
    """The connection is over."""


class Connection:
    """A connection at the server's side, with its number."""

    def __init__(self, port, sock, number):
        self.port = port
        self.case = port.case
        self.sock = sock
        self.number = number

    def write(self, what, **record):
        self.case.write(what, connection=self.number, **record)

    def send(self, data):
        try:
            self.sock.sendall(data)
        except (OSError, ValueError):
            self.write("gone")
            raise Ended from None

    def send_in_pieces(self, data, size):
        """Sends few bytes at a time, each in a packet and TLS record of its own."""
        for at in range(0, len(data), size):
            self.send(data[at:at + size])
            time.sleep(0.0005)

    def wait_readable(self, timeout):
        """Whether something can be read; None waits for ever."""
        if hasattr(self.sock, "pending") and self.sock.pending():
            return True
        try:
            return bool(select.select([self.sock], [], [], timeout)[0])
        except (OSError, ValueError):
            raise Ended from None

    def receive(self):
        try:
            data = self.sock.recv(65536)
        except (OSError, ValueError):
            data = b""
        if not data:
            self.write("gone")
            raise Ended
        return data

    def close(self, how="fin"):
        """
        Closes the server's side: fin lets all that was sent arrive, notify announces it by TLS's
        close_notify, too, and reset does not care.
        """
        self.write("close", how=how)
        try:
            if how == "notify" and hasattr(self.sock, "unwrap"):
                self.sock.setblocking(False)
                self.notify()
            if how == "reset":
                self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            else:
                self.sock.shutdown(socket.SHUT_WR)
                self.sock.settimeout(5)
                while socket.socket.recv(self.sock, 65536):
                    pass
        except (OSError, ValueError):
            pass
        raise Ended

    def notify(self):
        """Sends close_notify, without a wait for the other side's."""
        try:
            self.sock.unwrap()
        except (OSError, ValueError):
            pass
