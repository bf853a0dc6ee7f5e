#!/usr/bin/python3
"""A proxy for TCP and unix sockets whose connections can be cut, stalled and refused.

    proxy.py FROM=TO…

FROM is a port of 127.0.0.1 (0: a free one) or the path of a unix socket, TO likewise. Says on its
first line where it listens, a JSON list. Then takes commands on stdin, one a line:

    reset SHARE SEED    resets (RST, whatever is on its way is lost) that share of the connections
    stall MS            nothing passes for so long
    refuse MS           resets everything, and new connections too, for so long
"""
import json
import os
import random
import select
import socket
import struct
import sys
import time

CHUNK = 1 << 16
HELD_MAX = 1 << 18  # bytes held for a slow reader before its writer is no longer read


def connect(where):
    """A socket on its way to there."""
    unix = where.startswith("/")
    made = socket.socket(socket.AF_UNIX if unix else socket.AF_INET)
    made.setblocking(False)
    try:
        made.connect(where if unix else ("127.0.0.1", int(where)))
    except BlockingIOError:
        pass
    if not unix:
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def listen(where):
    unix = where.startswith("/")
    made = socket.socket(socket.AF_UNIX if unix else socket.AF_INET)
    if unix:
        made.bind(where)
        os.chmod(where, 0o777)
    else:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(("127.0.0.1", int(where)))
    made.listen(64)
    made.setblocking(False)
    return made, where if unix else made.getsockname()[1]


class Side:
    """One end of a connection: what it must still be sent."""

    def __init__(self, made):
        self.socket, self.other, self.held = made, None, bytearray()


class Proxy:
    def __init__(self, pairs):
        self.poll = select.epoll()
        self.listeners = {}  # fd -> (socket, where it leads)
        self.sides = {}      # fd -> Side
        self.pairs = set()
        self.stalled_until = self.refused_until = 0.0
        self.said = []
        for pair in pairs:
            where, to = pair.split("=", 1)
            made, at = listen(where)
            self.said.append(at)
            self.listeners[made.fileno()] = made, to
            self.poll.register(made, select.EPOLLIN)

    def accept(self, listener, to):
        try:
            near = Side(listener.accept()[0])
        except OSError:
            return
        if time.monotonic() < self.refused_until:
            return self.cut_socket(near.socket)
        near.socket.setblocking(False)
        try:
            far = Side(connect(to))
        except OSError:
            return self.cut_socket(near.socket)
        near.other, far.other = far, near
        self.pairs.add((near, far))
        for side in (near, far):
            self.sides[side.socket.fileno()] = side
            self.poll.register(side.socket, select.EPOLLIN)
        return None

    @staticmethod
    def cut_socket(made):
        if made.family == socket.AF_INET:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        made.close()

    def cut(self, pair):
        if pair not in self.pairs:
            return
        self.pairs.remove(pair)
        for side in pair:
            self.forget(side)
            self.cut_socket(side.socket)

    def forget(self, side):
        self.poll.unregister(side.socket)
        del self.sides[side.socket.fileno()]

    def pair_of(self, side):
        return (side, side.other) if (side, side.other) in self.pairs else (side.other, side)

    def watch(self, side):
        """Reads while the other end keeps up, writes while there is something to write."""
        reads = select.EPOLLIN if len(side.other.held) < HELD_MAX else 0
        self.poll.modify(side.socket, reads | (select.EPOLLOUT if side.held else 0))

    def move(self, side, mask):
        pair = self.pair_of(side)
        try:
            if mask & select.EPOLLOUT and side.held:
                del side.held[:side.socket.send(side.held)]
            if mask & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR):
                got = side.socket.recv(CHUNK)
                if not got:
                    return self.end(pair, side)
                side.other.held += got
                del side.other.held[:side.other.socket.send(side.other.held)]
        except BlockingIOError:
            pass
        except OSError:
            return self.cut(pair)
        self.watch(side)
        return self.watch(side.other)

    def end(self, pair, side):
        """One end said that it is done: what is left goes to the other, then both close."""
        try:
            side.other.socket.setblocking(True)
            side.other.socket.settimeout(0.2)
            side.other.socket.sendall(side.other.held)
        except OSError:
            pass
        self.pairs.discard(pair)
        for one in pair:
            self.forget(one)
            one.socket.close()

    def command(self, line):
        what, *words = line.split()
        if what == "reset":
            chance = random.Random(words[1])
            for pair in list(self.pairs):
                if chance.random() < float(words[0]):
                    self.cut(pair)
        elif what == "stall":
            self.stalled_until = time.monotonic() + int(words[0]) / 1000
        elif what == "refuse":
            self.refused_until = time.monotonic() + int(words[0]) / 1000
            for pair in list(self.pairs):
                self.cut(pair)

    def turn(self, fd, mask, stalled):
        if fd in self.listeners:
            self.accept(*self.listeners[fd])
        elif fd in self.sides and not stalled:
            self.move(self.sides[fd], mask)

    def run(self):
        print(json.dumps(self.said), flush=True)
        self.poll.register(0, select.EPOLLIN)
        while True:
            stalled = self.stalled_until - time.monotonic()
            if stalled > 0:  # only commands are heard
                select.select([0], [], [], stalled)
            for fd, mask in self.poll.poll(0.5):
                if fd != 0:
                    self.turn(fd, mask, self.stalled_until > time.monotonic())
                    continue
                text = os.read(0, CHUNK)
                if not text:
                    return
                for line in text.decode().splitlines():
                    self.command(line)


if __name__ == "__main__":
    Proxy(sys.argv[1:]).run()
