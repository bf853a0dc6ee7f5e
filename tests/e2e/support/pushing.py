"""Producers made of pyzmq and python3-msgpack, knowing nothing but the contract."""
import time

import msgpack
import zmq

from . import sanitizers

_context = zmq.Context.instance()


def pack(thing):
    return msgpack.packb(thing, use_bin_type=True)


def unpack(frame):
    return msgpack.unpackb(frame, raw=False, timestamp=3, strict_map_key=False)


class Requester:
    """A REQ socket: one article, one answer."""

    def __init__(self, endpoint, timeout_s=10):
        self.socket = _context.socket(zmq.REQ)
        self.socket.linger = 0
        self.socket.rcvtimeo = int(timeout_s * 1000) * sanitizers.PATIENCE
        self.socket.connect(endpoint)

    def push_bytes(self, frame):
        self.socket.send(frame)
        return unpack(self.socket.recv())

    def push(self, article):
        return self.push_bytes(pack(article))

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Pusher:
    """A DEALER with up to `window` articles in flight; answers are told apart by their `id`.

    With resend_s, an article without an answer for that long is sent again (the same bytes), as a
    producer does that must not lose any. Answers that say retry are followed by a resend too.
    `bundle` articles go into one message, when there are so many to send at once.
    """

    def __init__(self, endpoint, window=256, resend_s=None, keys=None, bundle=1):
        self.endpoint, self.window, self.resend_s, self.bundle = endpoint, window, resend_s, bundle
        self.gathered = []   # keys of what is sent with the next message
        self.keys = keys     # (our key as keyed.read_key() gives it, the server's), where ingest has one
        self.socket = None
        self.replies = {}    # id -> the last answer
        self.in_flight = {}  # id -> [frame, when to send it again]
        self.resent = self.retries = 0
        self._connect()

    def _connect(self):
        self.socket = _context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.reconnect_ivl, self.socket.reconnect_ivl_max = 20, 200
        if self.keys:  # elsewhere, where links are cut
            ours, server = self.keys
            self.socket.curve_publickey, self.socket.curve_secretkey = ours["public"].encode(), ours["secret"].encode()
            self.socket.curve_serverkey = server["public"].encode()
            self.socket.heartbeat_ivl, self.socket.heartbeat_timeout = 1000, 3000
        self.socket.connect(self.endpoint)

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _send(self, key, frame):
        self.in_flight[key] = [frame, float("inf")]
        self.gathered.append(key)
        if len(self.gathered) >= self.bundle:
            self._flush()

    def _flush(self):
        """What was gathered, as one message."""
        keys, self.gathered = self.gathered, []
        if not keys:
            return
        frames = [self.in_flight[key][0] for key in keys]
        due = time.monotonic() + self.resend_s if self.resend_s else float("inf")
        try:
            self.socket.send(frames[0] if len(frames) == 1 else msgpack.Packer().pack_array_header(len(frames)) + b"".join(frames), zmq.DONTWAIT)
        except zmq.Again:  # the peer is away and the queue full: later, as with a lost one
            due = time.monotonic() + 0.05
        for key in keys:
            self.in_flight[key][1] = due

    def _receive(self, timeout_s):
        if not self.socket.poll(int(timeout_s * 1000)):
            return
        while True:
            try:
                answer = unpack(self.socket.recv(zmq.DONTWAIT))
            except zmq.Again:
                return
            for reply in answer if isinstance(answer, list) else [answer]:
                self._take(reply)

    def _take(self, reply):
        key = reply.get("id")
        if key not in self.in_flight:
            return  # the answer to an earlier copy
        if not reply["ok"] and reply.get("retry"):
            self.retries += 1
            self.in_flight[key][1] = time.monotonic() + reply.get("retry_after_ms", 50) / 1000
            return
        del self.in_flight[key]
        self.replies[key] = reply

    def _resend(self):
        now = time.monotonic()
        for key, (frame, due) in list(self.in_flight.items()):
            if due <= now:
                self.resent += 1
                self._send(key, frame)

    def push(self, articles, on_answer=None, deadline_s=300):
        """Pushes all of them and waits for every answer. on_answer(number answered) may start and
        kill things. Returns the answers by id."""
        end = time.monotonic() + deadline_s * sanitizers.PATIENCE
        source = iter(articles)
        more = True
        told = len(self.replies)
        while more or self.in_flight:
            while more and len(self.in_flight) < self.window:
                article = next(source, None)
                more = article is not None
                if more:
                    self._send(article["id"], pack(article))
            self._flush()
            self._receive(0.05)
            self._resend()
            if on_answer and len(self.replies) != told:
                told = len(self.replies)
                on_answer(told)
            if time.monotonic() > end:
                raise AssertionError(f"{len(self.in_flight)} articles without an answer after "
                                     f"{deadline_s} s, {len(self.replies)} answered")
        return self.replies


class Forgetter:
    """A PUSH socket: no answers."""

    def __init__(self, endpoint):
        self.socket = _context.socket(zmq.PUSH)
        self.socket.linger = 5000
        self.socket.connect(endpoint)

    def push_bytes(self, frame):
        self.socket.send(frame)

    def push(self, article):
        self.push_bytes(pack(article))

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
