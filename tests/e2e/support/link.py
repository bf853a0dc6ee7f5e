"""Workers made of pyzmq and python3-msgpack, written from proto/README.md alone."""
import time

import msgpack
import zmq

from .pushing import pack

(HELLO, WELCOME, DELIVER, DONE, REFUSE, BEAT, BYE, WHO, QUIET, TERMINATE, STATUS,
 BOOKS) = range(1, 13)
_context = zmq.Context.instance()


def frame0(command):
    return bytes([ord("N"), ord("M"), 1, command])


class Lease:
    """One DELIVER: its header, envelope and payload frames."""

    def __init__(self, header, frames):
        self.header = header
        self.lease, self.attempt = header["lease"], header["attempt"]
        self.envelope = msgpack.unpackb(frames[0], raw=False, timestamp=3)
        self.body = frames[1]
        self.result = frames[2] if len(frames) > 2 else None

    @property
    def article(self):
        return msgpack.unpackb(self.body, raw=False, timestamp=3)


class Worker:
    """A DEALER at the work socket. turn() receives, beats when it is time, and says HELLO when it is
    told to; what was delivered stands in .leases until it is answered."""

    def __init__(self, endpoint, role, credit=64, credit_bytes=8 << 20, pid=1):
        self.hello = {"role": role, "host": "python", "version": "0", "pid": pid,
                      "credit_messages": credit, "credit_bytes": credit_bytes}
        self.epoch, self.beat_ms, self.said = 0, 250, 0.0
        self.leases, self.books, self.heard = {}, None, []
        self.socket = _context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.reconnect_ivl, self.socket.reconnect_ivl_max = 20, 200
        self.socket.connect(endpoint)
        self.say(HELLO, self.hello)

    def say(self, command, header=None, *payload):
        self.socket.send_multipart([frame0(command), pack(header) if header is not None else b"",
                                    *payload])
        self.said = time.monotonic()

    def turn(self, timeout_ms=20):
        """Receives what is there; returns the leases that came."""
        came = []
        if self.socket.poll(timeout_ms):
            while True:
                try:
                    frames = self.socket.recv_multipart(zmq.DONTWAIT)
                except zmq.Again:
                    break
                came += self._take(frames)
        if time.monotonic() - self.said > self.beat_ms / 1000:
            self.say(BEAT, {"epoch": self.epoch, "lease": 0})
        return came

    def _take(self, frames):
        command = frames[0][3]
        header = msgpack.unpackb(frames[1], raw=False) if len(frames) > 1 and frames[1] else {}
        self.heard.append(command)
        if command == WELCOME:
            self.epoch, self.beat_ms = header["epoch"], header["heartbeat_ms"]
        elif command == WHO:
            self.leases.clear()
            self.say(HELLO, self.hello)
        elif command == BOOKS:
            self.books = header
        elif command == DELIVER and header["epoch"] == self.epoch:
            lease = self.leases[header["lease"]] = Lease(header, frames[2:])
            return [lease]
        return []

    def done(self, outcome, *leases, result=None):
        """One DONE for all of them; with `result` from analysis, for one."""
        outcomes = [{"lease": x.lease, "attempt": x.attempt, "outcome": outcome} for x in leases]
        self.say(DONE, {"epoch": self.epoch, "outcomes": outcomes},
                 *([result] if result is not None else []))
        for lease in leases:
            self.leases.pop(lease.lease, None)

    def refuse(self, lease, code, retry):
        self.say(REFUSE, {"epoch": self.epoch, "lease": lease.lease, "attempt": lease.attempt,
                          "retry": retry, "stage": "analysis", "code": code,
                          "message": "A test says no."})
        self.leases.pop(lease.lease, None)

    def vanish(self):
        """Gone without a word, as after SIGKILL."""
        self.socket.close()

    def leave(self):
        self.say(BYE)
        self.socket.linger = 1000
        self.socket.close()


def ask_status(endpoint, timeout_s=10):
    """The answer to STATUS."""
    socket = _context.socket(zmq.DEALER)
    socket.linger, socket.rcvtimeo = 0, int(timeout_s * 1000)
    socket.connect(endpoint)
    try:
        socket.send_multipart([frame0(STATUS)])
        answer = socket.recv_multipart()
    finally:
        socket.close()
    return msgpack.unpackb(answer[1], raw=False)
