"""A made-up ingest: a ROUTER that speaks the link of proto/README.md to storage workers, in pyzmq and msgpack."""
import hashlib
import os
import time
import uuid

import msgpack
import zmq

HELLO, WELCOME, DELIVER, DONE, REFUSE, BEAT, BYE, WHO, QUIET, TERMINATE, STATUS, BOOKS = range(1, 13)
EPOCH = 7


def signature(command):
    return b"NM\x01" + bytes([command])


def new_key(count=[0]):
    """A version 7 UUID; they rise."""
    count[0] += 1
    head = int(time.time() * 1000) << 80 | 7 << 76 | (count[0] & 0xFFF) << 64
    return uuid.UUID(int=head | 2 << 62 | int.from_bytes(os.urandom(7), "big"))


def hashed(text):
    return uuid.UUID(bytes=hashlib.blake2b(text.encode(), digest_size=16).digest())


class Item:
    """One article as ingest hands it out, with what analysis found."""

    def __init__(self, url, text, key=None, **result):
        self.key = key or new_key()
        self.article = hashed(url)
        self.content = hashed(text)
        self.received = 1_790_000_000_123
        self.original = msgpack.packb({"id": f"id of {url}", "url": url, "body": text})
        self.result = {"id": f"id of {url}", "article": self.article.bytes, "url": url, "text": text,
                       "source": "example.org", "title": "A title", "authors": ["A. Uthor", "B. Ylined"],
                       "published": 1_780_000_000_000, "published_from": "given",
                       "language": {"code": "en", "confidence": 0.5}, "analyzer": "test 1",
                       "tone": {"tone": 1.5, "positive": 2.0, "negative": 0.5, "polarity": 2.5,
                                "activity": 1.0, "self_group": 0.0, "words": len(text.split())},
                       "fingerprint": 0xFEDCBA9876543210, **result}
        self.packed_result = None  # instead of result, when set
        self.replay = 0  # 1: comes again; 2: is made anew whatever made what is there

    def envelope(self):
        return msgpack.packb({"key": self.key.bytes, "article": self.article.bytes,
                              "content": self.content.bytes, "received": self.received,
                              "replay": self.replay})


class FakeIngest:
    """Waits for one worker; deliver() and outcomes() are all most tests need."""

    def __init__(self):
        self.socket = zmq.Context.instance().socket(zmq.ROUTER)
        self.socket.linger = 0
        self.port = self.socket.bind_to_random_port("tcp://127.0.0.1")
        self.endpoint = f"tcp://127.0.0.1:{self.port}"
        self.peer = None
        self.credit = 0
        self.goodbyes = 0
        self.leases = 0
        self.held = {}
        self.finished = {}  # lease: outcome, or the refusal
        self.beats = 0

    def close(self):
        self.socket.close()

    def send(self, command, header, *payloads):
        self.socket.send_multipart([self.peer, signature(command), msgpack.packb(header), *payloads])

    def deliver(self, *items, attempt=1, solo=False, dead=None):
        """Hands out items; their leases."""
        leases = []
        for item in items:
            self.leases += 1
            header = {"epoch": EPOCH, "lease": self.leases, "attempt": attempt, "solo": solo, **(dead or {})}
            payloads = [item.envelope(), item.original]
            if not dead:
                payloads.append(item.packed_result or msgpack.packb(item.result))
            self.held[self.leases] = item
            leases.append(self.leases)
            self.send(DELIVER, header, *payloads)
        return leases

    def turn(self, timeout_ms=20):
        """Receives what is there."""
        while self.socket.poll(timeout_ms):
            peer, first, *rest = self.socket.recv_multipart()
            header = msgpack.unpackb(rest[0]) if rest and rest[0] else {}
            self.take(peer, first[3], header)
            timeout_ms = 0

    def take(self, peer, command, header):
        if command == HELLO:
            if peer != self.peer:  # a new connection; its goodbye on the old one may come later
                self.held.clear()
            self.peer, self.credit, self.role = peer, header["credit_messages"], header["role"]
            self.send(WELCOME, {"epoch": EPOCH, "node": "fake", "heartbeat_ms": 100, "silence_ms": 120000})
        elif command == DONE:
            for outcome in header["outcomes"]:
                self.finish(outcome["lease"], outcome["outcome"])
        elif command == REFUSE:
            self.finish(header["lease"], header)
        elif command == BYE:
            self.goodbyes += 1
            if peer == self.peer:
                self.credit = 0
                self.held.clear()
        elif command == BEAT:
            self.beats += 1
            self.send(BEAT, {"epoch": EPOCH, "lease": 0})

    def finish(self, lease, outcome):
        self.held.pop(lease, None)
        self.finished[lease] = outcome

    def outcomes(self, leases, deadline_s=180):
        """What became of each of the leases, in their order."""
        self.until(lambda: all(lease in self.finished for lease in leases), deadline_s, "outcomes")
        return [self.finished[lease] for lease in leases]

    def wait_credit(self, deadline_s=180):
        """Until it takes articles. A goodbye of its standby connection is told apart by its peer."""
        self.until(lambda: self.credit > 0, deadline_s, "credit")

    def until(self, condition, deadline_s, what):
        end = time.monotonic() + deadline_s
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"waited {deadline_s} s for {what}; finished: {self.finished}")
            self.turn()
