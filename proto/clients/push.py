#!/usr/bin/python3
"""Pushes JSON Lines to newsmill, each article acknowledged: push.py [ENDPOINT [KEY SERVER_KEY]] < articles.jsonl

Up to WINDOW articles are in flight. One without an answer is sent again, after a restart of ingest or a cut connection;
copies are found. "overloaded" is waited out. Exit code 0: all are acknowledged, 1: some were refused, 3: nothing
answers. KEY and SERVER_KEY are files of `newsmill keys make`, for an ingest with keys."""
import json
import random
import sys
import time

import msgpack
import zmq

WINDOW, RESEND_S, GIVE_UP_S, BACKOFF_S = 256, 5.0, 30.0, (0.05, 5.0)


def read_key(path):
    with open(path, encoding="utf-8") as lines:
        return dict(line.strip().split(" = ", 1) for line in lines if " = " in line and not line.startswith("#"))


class Client:  # answered(tag, reply) is called once for each article that was pushed, in any order
    def __init__(self, endpoint, answered, key=None, server_key=None):
        self.answered, self.in_flight, self.heard = answered, {}, time.monotonic()
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.linger, self.socket.sndhwm = 0, WINDOW
        self.socket.reconnect_ivl, self.socket.reconnect_ivl_max = 50, 2000
        self.socket.heartbeat_ivl, self.socket.heartbeat_timeout = 2000, 6000  # a cut connection ends, and is made anew
        if key:
            ours = read_key(key)
            self.socket.curve_publickey, self.socket.curve_secretkey = ours["public"].encode(), ours["secret"].encode()
            self.socket.curve_serverkey = read_key(server_key)["public"].encode()
        self.socket.connect(endpoint)

    def push(self, tag, article):
        """Waits while the window is full: that is how slow storage slows its producers."""
        while len(self.in_flight) >= WINDOW:
            self.run(0.1)
        self.heard = self.heard if self.in_flight else time.monotonic()
        self.in_flight[tag] = [msgpack.packb(article), 0.0, 0]  # the message, when to send it (again), times put off
        self._send(tag)

    def _send(self, tag):
        try:  # what stands before the article comes back before its answer
            self.socket.send_multipart([tag.to_bytes(8, "big"), self.in_flight[tag][0]], zmq.DONTWAIT)
            self.in_flight[tag][1] = time.monotonic() + RESEND_S
        except zmq.Again:  # nobody is connected and the queue is full
            self.in_flight[tag][1] = time.monotonic() + 0.05

    def _take(self, frames):
        tag, reply = int.from_bytes(frames[0], "big"), msgpack.unpackb(frames[-1])
        self.heard = time.monotonic()
        entry = self.in_flight.get(tag)  # None: the answer to a copy
        if entry and (reply["ok"] or not reply["retry"]):
            del self.in_flight[tag]
            self.answered(tag, reply)
        elif entry:  # overloaded: not before it says, and not all at once
            pause = min(BACKOFF_S[1], BACKOFF_S[0] * 2 ** entry[2])
            entry[1] = self.heard + reply.get("retry_after_ms", 0) / 1000 + random.uniform(0, pause)
            entry[2] += 1

    def run(self, timeout_s):
        """Takes answers, and sends again what is due."""
        while self.socket.poll(timeout_s * 1000):
            self._take(self.socket.recv_multipart())
            timeout_s = 0
        now = time.monotonic()
        for tag in [tag for tag, entry in self.in_flight.items() if entry[1] <= now]:
            self._send(tag)
        if self.in_flight and now - self.heard > GIVE_UP_S:
            raise TimeoutError(f"nothing has answered for {GIVE_UP_S:.0f} s: does ingest run there, and does it know our key?")


def main():
    count = {True: 0, False: 0}

    def answered(line, reply):
        count[reply["ok"]] += 1
        if not reply["ok"]:
            print(f"line {line}: {reply['error']}: {reply['message']}", file=sys.stderr)
    client = Client(*(sys.argv[1:2] or ["tcp://127.0.0.1:5552"]), answered, *sys.argv[2:4])
    for number, line in enumerate(sys.stdin.buffer, 1):
        try:
            client.push(number, json.loads(line))
        except ValueError as error:
            answered(number, {"ok": False, "error": "not-json", "message": error})
    while client.in_flight:
        client.run(0.1)
    print(f"{count[True]} acknowledged, {count[False]} refused", file=sys.stderr)
    return 1 if count[False] else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (TimeoutError, OSError, zmq.ZMQError) as fault:
        print(f"push.py: {fault}", file=sys.stderr)
        sys.exit(3)
