"""HTTP/2: streams side by side, with the client's windows honoured, and its events."""

import time

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.settings
import hyperframe.frame

from transport.connection import LOOK_SECONDS, Connection, Ended

ROUND = 128 * 1024      # bytes that are sent before the next look at what arrives
LAST_OF_ALL = 2 ** 31 - 1


def code_of(name):
    """An error code, by its name in RFC 9113."""
    return int(h2.errors.ErrorCodes[name])


class Stream:
    """An answer under way."""

    def __init__(self, number, answer):
        self.number = number
        self.answer = answer
        self.body = memoryview(answer.body)
        self.at = 0
        self.frames = 0
        self.held = False


class Http2(Connection):
    """A connection."""

    def serve(self):
        self.opened = time.monotonic()
        self.streams = {}
        self.waiting = []           # requests that are held back by streams [0, ...]
        self.last = 0               # the highest stream that arrived
        self.limit = LAST_OF_ALL    # streams above are ignored
        self.closing = False        # when the last answer is complete
        self.requests = 0
        self.timers = []            # [(time, function)]
        self.conn = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        self.start()
        while True:
            self.wait_readable_and_receive(0 if self.send_round() else self.until_timer())
            self.run_timers()
            self.end_if_closing()

    def start(self):
        streams = self.case["streams"]
        self.held_back = bool(streams) and streams[0] == 0
        if streams and len(streams) > 1:
            self.timers.append((self.opened + streams[2], lambda: self.allow_streams(streams[1])))
        event = self.case.goaway_after()
        if event:
            self.timers.append((self.opened + event["seconds"], lambda: self.goaway_after(event)))
        # h2 has a client keep to a number only when it has acknowledged it, if that is not the first one
        self.conn.local_settings = h2.settings.Settings(client=False)
        self.conn.initiate_connection()
        if streams:
            self.conn.update_settings({h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: streams[0]})
        self.flush()

    # ---- what arrives ----

    def until_timer(self):
        return max(0, min(at for at, _ in self.timers) - time.monotonic()) if self.timers else None

    def run_timers(self):
        now = time.monotonic()
        due = [timer for timer in self.timers if timer[0] <= now]
        self.timers = [timer for timer in self.timers if timer[0] > now]
        for _, function in due:
            function()

    def wait_readable_and_receive(self, timeout):
        # streams that wait are looked at again, since what they wait for may happen elsewhere
        if any(self.is_waiting(stream) for stream in self.streams.values()):
            timeout = LOOK_SECONDS if timeout is None else min(timeout, LOOK_SECONDS)
        if not self.wait_readable(timeout):
            return
        try:
            events = self.conn.receive_data(self.receive())
        except h2.exceptions.ProtocolError as error:
            self.write("violation", error=f"{type(error).__name__}: {error}")
            self.flush()
            self.close()
        # what the client gave up at once is not answered
        given_up = {event.stream_id for event in events if isinstance(event, h2.events.StreamReset)}
        for event in events:
            if not (isinstance(event, h2.events.RequestReceived) and event.stream_id in given_up):
                self.take(event)
        self.flush()

    def take(self, event):
        if isinstance(event, h2.events.RequestReceived):
            self.last = max(self.last, event.stream_id)
            if event.stream_id > self.limit:
                self.write("ignored", stream=event.stream_id)
            elif self.held_back:
                self.write("held_back", stream=event.stream_id)
                self.waiting.append(event)
            else:
                self.begin(event)
        elif isinstance(event, h2.events.StreamReset):
            self.write("reset_by_client", stream=event.stream_id, code=int(event.error_code))
            self.streams.pop(event.stream_id, None)
            self.waiting = [request for request in self.waiting if request.stream_id != event.stream_id]
        elif isinstance(event, h2.events.ConnectionTerminated):
            self.write("goaway_by_client", code=int(event.error_code))
            self.close()
        elif isinstance(event, h2.events.DataReceived):
            self.conn.acknowledge_received_data(event.flow_controlled_length, event.stream_id)

    def begin(self, request):
        headers = dict(request.headers)
        self.requests += 1
        answer = self.case.answer(headers[":method"], headers[":path"], headers, self.number, request.stream_id,
                                  self.requests == 1)
        stream = Stream(request.stream_id, answer)
        self.streams[stream.number] = stream
        self.play(stream, "start")
        if stream.number not in self.streams:
            return
        shape = self.case["shape"]
        if shape.get("interim"):
            self.conn.send_headers(stream.number, [(":status", "103"), ("link", "</style.css>; rel=preload")])
        self.flush()
        self.conn.send_headers(stream.number, [(":status", str(answer.status)), *answer.headers])
        if shape.get("dribble"):
            self.send_in_pieces(self.conn.data_to_send(), shape["dribble"])
        self.play(stream, "headers")

    def allow_streams(self, number):
        """Streams may be opened from now on; those that came too early are answered."""
        self.held_back = False
        self.conn.update_settings({h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: number})
        self.write("allow_streams", number=number)
        waiting, self.waiting = self.waiting, []
        for request in waiting:
            self.begin(request)
        self.flush()

    # ---- what is sent ----

    def flush(self):
        data = self.conn.data_to_send()
        if data:
            self.send(data)

    def send_round(self):
        """Sends some of each body; whether there is more that the windows let through."""
        budget = ROUND
        again = False
        for stream in list(self.streams.values()):
            if self.release_or_hold(stream):
                continue
            sent = self.send_frame(stream)
            again = again or (sent and stream.number in self.streams)
            budget -= sent
            if budget <= 0:
                break
        if again and self.streams:
            # the next round begins with another stream
            number, stream = next(iter(self.streams.items()))
            del self.streams[number]
            self.streams[number] = stream
        self.flush()
        time.sleep(self.case["shape"].get("slow", 0) / 1000)
        return again

    def is_waiting(self, stream):
        return stream.held or self.case.is_quiet(stream.answer)

    def release_or_hold(self, stream):
        """Whether nothing of a stream may be sent now."""
        if stream.held and not self.case.is_held(stream.answer.event):
            stream.held = False
            stream.answer.event = {**stream.answer.event, "do": stream.answer.event.get("then", "none")}
            self.play(stream, "body")
        return self.is_waiting(stream) or stream.number not in self.streams

    def send_frame(self, stream):
        """A DATA frame, or the end; returns bytes, 0 if the window is closed."""
        shape, number = self.case["shape"], stream.number
        left = len(stream.body) - stream.at
        if left == 0:
            self.end(stream)
            return 1
        size = self.case.frame_bytes(stream.frames) if shape.get("frames") else self.conn.max_outbound_frame_size
        padding = stream.frames * 11 % 200 if shape.get("padding") else None
        room = self.conn.local_flow_control_window(number) - (0 if padding is None else padding + 1)
        cut = self.case.cut_of(stream.answer)
        if stream.answer.event and stream.answer.event.get("at") == "body" and stream.at < cut:
            left = cut - stream.at
        size = min(size, left, room, self.conn.max_outbound_frame_size - (0 if padding is None else padding + 1))
        if size <= 0:
            return 0
        if shape.get("empty"):
            self.conn.send_data(number, b"")
        last = stream.at + size == len(stream.body) and not (shape.get("late_end") or shape.get("trailers"))
        self.conn.send_data(number, stream.body[stream.at:stream.at + size].tobytes(), end_stream=last,
                            pad_length=padding)
        stream.at += size
        stream.frames += 1
        if shape.get("frames"):
            self.flush()
        if stream.at == cut:
            self.play(stream, "body")
        if last:
            self.ended(stream)
        return size

    def end(self, stream):
        if self.case["shape"].get("trailers"):
            self.conn.send_headers(stream.number, [("x-trailer", "end")], end_stream=True)
        else:
            self.conn.end_stream(stream.number)
        self.ended(stream)

    def ended(self, stream):
        del self.streams[stream.number]
        self.flush()
        self.write("answered", stream=stream.number, bytes=len(stream.body))
        self.case.note_answer()
        self.play(stream, "after")

    # ---- events ----

    def play(self, stream, at):
        """Plays the event of a stream if this is the point for it."""
        event = stream.answer.event
        if not event or event.get("at", "start") != at:
            return
        if event["do"] == "restart":
            self.port.restart()
            self.case.note_played()
            raise Ended
        self.case.note_played()
        if event["do"] == "rst":
            self.reset(stream)
        elif event["do"] == "close":
            self.flush()
            self.close(event.get("how", "fin"))
        elif event["do"] == "goaway":
            self.goaway(stream, event)
        elif event["do"] == "hold":
            self.write("hold", stream=stream.number)
            stream.held = True

    def reset(self, stream):
        code = stream.answer.event["code"]
        self.write("rst", stream=stream.number, code=code)
        self.conn.reset_stream(stream.number, code_of(code))
        self.streams.pop(stream.number, None)
        self.flush()

    def send_goaway(self, last, code):
        """As a frame of our own: after its own one, h2 would send nothing more."""
        self.write("goaway", last=last, code=code)
        self.flush()
        self.send(hyperframe.frame.GoAwayFrame(0, last_stream_id=last, error_code=code_of(code)).serialize())

    def goaway(self, stream, event):
        """
        graceful: the last stream is 2^31-1, what arrives is answered; a second GOAWAY follows the last answer.
        last: this stream is the last one, higher ones are ignored.
        zero: as if no stream had been processed, though all are answered.
        abrupt: as last, and the connection is closed at once.
        """
        form, code = event["form"], event.get("code", "NO_ERROR")
        if form == "graceful":
            self.send_goaway(LAST_OF_ALL, code)
            self.closing = True
        elif form == "zero":
            self.send_goaway(0, code)
        else:
            self.limit = stream.number
            self.streams = {number: other for number, other in self.streams.items() if number <= self.limit}
            self.send_goaway(self.limit, code)
            self.closing = True
            if form == "abrupt":
                self.close(event.get("how", "fin"))

    def goaway_after(self, event):
        """GOAWAY some time after the connection was opened, whatever goes on."""
        self.send_goaway(event.get("last", 0), event.get("code", "NO_ERROR"))

    def end_if_closing(self):
        if self.closing and not self.streams and not self.wait_readable(0):
            if self.limit == LAST_OF_ALL:
                self.send_goaway(self.last, "NO_ERROR")
            self.close()
