"""HTTP/1.1, one request after the other."""

import time

from transport.connection import LOOK_SECONDS, Connection, Ended

PIECE = 256 * 1024
TLS_HANDSHAKE = b"\x16"     # the first byte of who takes this port for one of TLS
REASONS = {103: "Early Hints", 200: "OK", 400: "Bad Request", 404: "Not Found", 421: "Misdirected Request"}


class Http1(Connection):
    """A connection."""

    def serve(self):
        buffer = b""
        count = 0
        while True:
            while b"\r\n\r\n" not in buffer:
                buffer += self.receive()
                if buffer[:1] == TLS_HANDSHAKE:
                    self.send(self.head(400, [("content-length", "0"), ("connection", "close")]))
                    self.close()
            head, buffer = buffer.split(b"\r\n\r\n", 1)
            lines = head.decode("latin-1").split("\r\n")
            method, target, _ = lines[0].split(" ", 2)
            headers = {}
            for line in lines[1:]:
                name, value = line.split(":", 1)
                headers[name.lower()] = value.strip()
            count += 1
            self.answer(self.case.answer(method, target, headers, self.number, None, count == 1))

    def answer(self, answer):
        shape = self.case["shape"]
        self.play(answer, "start")
        if shape.get("interim"):
            self.send(self.head(103, [("link", "</style.css>; rel=preload")]))
        has_length = any(name == "content-length" for name, _ in answer.headers)
        fields = list(answer.headers)
        if not has_length:
            fields.append(("transfer-encoding", "chunked"))
            if shape.get("trailers"):
                fields.append(("trailer", "x-trailer"))
        head = self.head(answer.status, fields)
        if shape.get("dribble"):
            self.send_in_pieces(head, shape["dribble"])
        else:
            self.send(head)
        self.play(answer, "headers")
        while self.case.is_quiet(answer):
            self.look()
        self.send_body(answer, not has_length)
        self.write("answered", bytes=len(answer.body))
        self.case.note_answer()
        self.play(answer, "after")

    @staticmethod
    def head(status, fields):
        lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Status')}"]
        lines += [f"{name}: {value}" for name, value in fields]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def send_body(self, answer, chunked):
        body, at, number = memoryview(answer.body), 0, 0
        shape = self.case["shape"]
        cut = self.case.cut_of(answer)
        while at < len(body):
            size = self.case.frame_bytes(number) if shape.get("frames") else PIECE
            until = at + size
            if answer.event and answer.event.get("at") == "body" and at < cut:
                until = min(until, cut)
            part = bytes(body[at:until])
            self.send(b"%x\r\n%s\r\n" % (len(part), part) if chunked else part)
            at += len(part)
            number += 1
            time.sleep(shape.get("slow", 0) / 1000)
            if at == cut:
                self.play(answer, "body")
        if chunked:
            trailer = b"x-trailer: end\r\n" if shape.get("trailers") else b""
            self.send(b"0\r\n" + trailer + b"\r\n")

    def play(self, answer, at):
        """Plays the event of an answer if this is the point for it; those of HTTP/2 are not for this protocol."""
        event = answer.event
        if not event or event.get("at", "start") != at:
            return
        if event["do"] == "restart":
            self.port.restart()
            self.case.note_played()
            raise Ended
        self.case.note_played()
        if event["do"] == "close":
            self.close(event.get("how", "fin"))
        elif event["do"] == "hold":
            self.hold(event)

    def hold(self, event):
        """Sends no more until the case lets it go on, or the client goes."""
        self.write("hold")
        while self.case.is_held(event):
            self.look()
        if event.get("then") == "close":
            self.close(event.get("how", "fin"))

    def look(self):
        """Waits a moment; the client's end is noticed."""
        if self.wait_readable(LOOK_SECONDS):
            self.receive()
