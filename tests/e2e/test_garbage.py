#!/usr/bin/python3
"""A port scan's worth of garbage: every worker goes on, memory stays flat, and what came is counted."""
import json
import os
import pathlib
import re
import resource
import socket
import ssl
import sys
import unittest
import urllib.request

import msgpack

from support.keyed import KeyedCase
from support.process import run
from support.pushing import Requester
from support.waiting import wait_for

GREETING = b"\xff\0\0\0\0\0\0\0\1\x7f\3\1"  # ZMTP 3.1; then 20 bytes of mechanism, as-server, 31 of filler
SLOW = 1200
FLAT_BYTES = 12 << 20


def greeting(mechanism):
    return GREETING + mechanism.ljust(20, b"\0") + bytes(32)


def tls_hello():
    out = ssl.MemoryBIO()
    try:
        ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), out, server_hostname="example.org").do_handshake()
    except ssl.SSLWantReadError:
        pass
    return out.read()


GARBAGE = (
    os.urandom(64), os.urandom(70000), b"\xff" * 4096, bytes(4096), b"\n", b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n",
    b"POST /metrics HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", b"GET /" + b"a" * 100000, tls_hello(),
    greeting(b"NULL"), greeting(b"NULL") + b"\4\x26\5READY\x0bSocket-Type\0\0\0\6DEALER\x08Identity\0\0\0\0",
    greeting(b"PLAIN"), greeting(b"PLAIN") + b"\4\x0a\5HELLO\1a\1b", greeting(b"GSSAPI"), greeting(b"UNKNOWN"),
    greeting(b"CURVE"), greeting(b"CURVE") + b"\4\xc8\5HELLO\1\0" + os.urandom(192), greeting(b"CURVE") + b"\6" + b"\xff" * 8,
    greeting(b"CURVE") + b"\4\6\5READY", b"\xff\0\0\0\0\0\0\0\1\x7f\1", b"\1\0\0\xff" + os.urandom(300))


def resident(process):
    lines = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"^VmRSS:\s+(\d+) kB", lines, re.M).group(1)) * 1024


def get(url):
    with urllib.request.urlopen(url, timeout=20) as answer:
        return answer.read().decode()


def raise_descriptors(test):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard))
    test.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))


class Garbage(KeyedCase):
    level = "fast"

    def http(self, process):
        found = wait_for(lambda: re.search(r"url=http://127.0.0.1:(\d+)", process.err()), 30, process.tail)
        return int(found.group(1))

    def throw(self, port, content):
        """Sends it and lets go; whether it is taken is the other side's affair."""
        with socket.create_connection(("127.0.0.1", port), timeout=20) as thrown:
            try:
                thrown.sendall(content)
            except OSError:
                pass

    def slow(self, port):
        """As many handshakes as there are, begun and never gone on with."""
        held = []
        for number in range(SLOW):
            one = socket.socket()
            one.bind((f"127.0.1.{1 + number % 8}", 0))  # as from several hosts
            one.settimeout(20)
            one.connect(("127.0.0.1", port))
            try:
                one.send(greeting(b"CURVE")[: 1 + number % 63])
            except OSError:
                pass
            held.append(one)
        return held

    def metric(self, name):
        return int(re.search(rf"^{re.escape(name)} (\d+)$", get(f"http://127.0.0.1:{self.ports[-1]}/metrics"), re.M).group(1))

    def push(self, producer, title):
        producer.send(msgpack.packb({"title": title, "body": "Beijing and Tokyo met on Monday."}))
        self.assertTrue(msgpack.unpackb(producer.recv())["ok"])

    def post(self, port, title):
        article = json.dumps({"title": title, "body": "Beijing and Tokyo met on Monday."}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{port}/articles", article, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            self.assertEqual(answer.status, 200)

    def test_every_worker_goes_on(self):
        raise_descriptors(self)
        http = ("--http", "127.0.0.1:0")
        self.mill.migrate()
        workers = [self.start_ingest("--connections", 300, *http), self.mill.start_analyze(*self.as_("worker"), *http),
                   self.mill.start_store(*self.as_("worker"), *http)]
        endpoint = self.mill.endpoints["push"]
        front = self.mill.start("http", "http", "--listen", "127.0.0.1:0", "--to", endpoint, *self.as_("crawler"), *http)
        workers.append(front)
        zmq_ports = [int(self.mill.endpoints[name].rsplit(":", 1)[1]) for name in ("push", "ingest", "work")]
        listening = int(front.wait_out(re.compile(r"ready http=http://127.0.0.1:(\d+)")).group(1))
        self.ports = [*zmq_ports, listening, *(self.http(worker) for worker in reversed(workers))]
        producer = self.socket("crawler", endpoint)
        self.push(producer, "before")
        self.mill.wait_rows(1)
        before = None
        for again in range(3):
            for port in self.ports:
                for content in GARBAGE:
                    self.throw(port, content)
            held = self.slow(zmq_ports[again % 3])
            wait_for(lambda: self.metric("newsmill_connections") <= 310, 30, "too many connections are cut")
            self.push(producer, f"during {again}")
            self.post(listening, f"post {again}")
            # Somebody new finds a place as well.
            self.push(self.socket("crawler", endpoint.replace("//", "//127.0.0.9:0;")), f"new {again}")
            for one in held:
                one.close()
            before = before or [resident(worker) for worker in workers]
        self.mill.wait_rows(10)
        after = [resident(worker) for worker in workers]
        print("resident MiB:", [f"{a / 2**20:.1f} -> {b / 2**20:.1f}" for a, b in zip(before, after)], file=sys.stderr)
        for grown, worker in zip((b - a for a, b in zip(before, after)), workers):
            self.assertTrue(worker.running(), worker.tail())
            self.assertLess(grown, FLAT_BYTES, worker.name)
        self.assertGreater(self.metric("newsmill_connections_cut_total"), SLOW)
        self.assertGreater(self.metric('newsmill_handshakes_failed_total{why="broken"}'), 100)
        self.assertGreater(self.metric('newsmill_handshakes_failed_total{why="no-keys"}'), 20)
        self.assertEqual(self.mill.value("SELECT count(*) FROM newsmill.dead"), 0)
        lines = workers[0].err().splitlines()
        self.assertLess(len(lines), 100, "log lines of garbage")

    def test_a_handshake_has_no_room_for_a_flood(self):
        ingest = self.start_ingest("--http", "127.0.0.1:0")
        self.ports = [self.http(ingest)]
        before, sent = resident(ingest), 0
        with socket.create_connection(("127.0.0.1", int(self.mill.endpoints["push"].rsplit(":", 1)[1]))) as flood:
            # A command of 50 MB, of which libzmq would keep all that comes.
            flood.sendall(greeting(b"CURVE") + b"\6" + (50 << 20).to_bytes(8, "big"))

            def is_cut():
                nonlocal sent
                try:
                    sent += flood.send(bytes(1 << 18))
                    return False
                except OSError:
                    return True
            wait_for(is_cut, 20, "the flood to be cut")
        self.assertLess(sent, 25 << 20)
        wait_for(lambda: self.metric("newsmill_connections_cut_total") == 1, 10, "it is counted")
        self.assertLess(resident(ingest) - before, 40 << 20)

    def test_ingest_without_keys_goes_on(self):
        raise_descriptors(self)
        ingest = self.mill.start_ingest("--connections", 300, "--http", "127.0.0.1:0")
        zmq_ports = [int(self.mill.endpoints[name].rsplit(":", 1)[1]) for name in ("push", "ingest", "work")]
        self.ports = zmq_ports + [self.http(ingest)]
        before = None
        with Requester(self.mill.endpoints["push"], timeout_s=20) as producer:
            # Who has said nothing is a stranger, and may be cut with the others; a REQ socket would wait for ever then.
            self.assertTrue(producer.push({"title": "before", "body": "Beijing and Tokyo met on Monday."})["ok"])
            for again in range(2):
                for port in self.ports:
                    for content in GARBAGE:
                        self.throw(port, content)
                held = self.slow(zmq_ports[again])
                self.assertTrue(producer.push({"title": f"{again}", "body": "Beijing and Tokyo met on Monday."})["ok"])
                # Somebody new is heard as well, when he asks again as our client does.
                done = run("push", "--to", self.mill.endpoints["push"], "-", stdin=f'{{"title": "new {again}", "body": "Tokyo"}}')
                self.assertEqual(done.returncode, 0, done.stderr)
                wait_for(lambda: self.metric("newsmill_connections") <= 310, 30, "too many connections are cut")
                for one in held:
                    one.close()
                before = before or resident(ingest)
        self.assertTrue(ingest.running(), ingest.tail())
        self.assertLess(resident(ingest) - before, FLAT_BYTES)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
