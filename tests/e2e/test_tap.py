#!/usr/bin/python3
"""newsmill tap: some of what passes each stage is seen, and nothing waits for the watcher."""
import json
import time
import unittest

import msgpack
import zmq

from support import articles, link
from support.mill import MillCase
from support.process import run
from support.pushing import Forgetter, Pusher, pack
from support.waiting import wait_for

TAP = 14
DEADLINE_S = 60
SECRET = "\x1b[2J"


class TapCase(MillCase):
    def push(self, count, **kind):
        with Pusher(self.mill.endpoints["push"], resend_s=5) as pusher:
            replies = pusher.push(articles.articles(count, **kind))
        self.assertTrue(all(reply["ok"] for reply in replies.values()))

    def tap(self, stage, *more):
        """A running tap that ingest knows."""
        began = self.mill.processes["ingest"].err().count("a tap begins")
        process = self.mill.start(f"tap-{stage}", "tap", stage, "--data", self.mill.data, *more)
        wait_for(lambda: self.mill.processes["ingest"].err().count("a tap begins") > began, DEADLINE_S, process.tail)
        return process


class Commands(TapCase):
    def test_every_stage(self):
        self.start_all()
        taps = {stage: self.tap(stage, "--json", "--limit", 3, "--rate", 100) for stage in ("ingest", "analyze", "store")}
        taps["dead"] = self.tap("dead", "--json", "--limit", 1)
        self.push(3)
        with Forgetter(self.mill.endpoints["ingest"]) as socket:
            socket.push_bytes(pack({"id": "p", "body": 5}))
        said = {}
        for stage, process in taps.items():
            self.assertEqual(process.wait(DEADLINE_S), 0, self.mill.tails())
            said[stage] = [json.loads(line) for line in process.out().splitlines()]
            self.assertTrue(all(s["stage"] == stage for s in said[stage]))
            self.assertIn("shown of", process.err())
        for stage, outcome in (("ingest", "accepted"), ("analyze", "analyzed"), ("store", "stored")):
            self.assertEqual({s["id"] for s in said[stage]}, {"newsmill-0", "newsmill-1", "newsmill-2"})
            self.assertEqual({s["outcome"] for s in said[stage]}, {outcome})
            self.assertTrue(all(s["bytes"] > 4000 and len(s["body"]) <= 200 and s["dropped"] == 0 for s in said[stage]))
        self.assertTrue(all(s["language"] == "en" and s["names"] > 0 for s in said["analyze"]))
        keys = {str(key) for key, in self.mill.rows("SELECT key FROM newsmill.articles")}
        self.assertEqual({s["key"] for s in said["store"]}, keys)
        self.assertEqual((said["dead"][0]["code"], said["dead"][0]["outcome"]), ("wrong-type", "dead"))

    def test_lines_for_people(self):
        self.start_all()
        tap = self.tap("store", "--limit", 1)
        with Pusher(self.mill.endpoints["push"]) as pusher:
            pusher.push([{"id": "x", "source": "paper", "title": f"Bad {SECRET} title", "body": f"Words {SECRET} here. " * 20}])
        self.assertEqual(tap.wait(DEADLINE_S), 0)
        self.assertEqual(len(tap.out().splitlines()), 1)
        self.assertIn("stored after", tap.out())
        self.assertIn("paper", tap.out())
        self.assertNotIn("\x1b", tap.out())
        self.assertLess(len(tap.out()), 250)

    def test_usage(self):
        self.assertEqual(run("tap").returncode, 2)
        self.assertEqual(run("tap", "nowhere").returncode, 2)
        self.assertEqual(run("tap", "store", "--data", "/nonexistent").returncode, 3)


class Wire(TapCase):
    """TAP by hand, as proto/README.md says."""

    def setUp(self):
        super().setUp()
        self.mill.start_ingest()
        self.socket = self.watcher()

    def watcher(self):
        socket = zmq.Context.instance().socket(zmq.DEALER)
        socket.linger = 0
        socket.connect(self.mill.endpoints["work"])
        self.addCleanup(socket.close)
        return socket

    def say(self, stage="ingest", rate=100, fetched=0, socket=None):
        """What came with the answer: samples before it are left out."""
        socket = socket or self.socket
        socket.send_multipart([link.frame0(TAP), pack({"stage": stage, "rate": rate, "fetched": fetched})])
        while rate:
            self.assertTrue(socket.poll(5000))
            frames = socket.recv_multipart()
            if len(frames) == 2:
                return msgpack.unpackb(frames[1])

    def ended(self):
        return self.mill.processes["ingest"].err().count("a tap ends")

    def fetch(self):
        """The samples that are there."""
        found = []
        while self.socket.poll(300):
            frames = self.socket.recv_multipart()
            if len(frames) > 2:
                found.append(frames)
        return found

    def test_a_slow_watcher_loses_samples_and_nobody_waits(self):
        self.say()
        self.push(90)
        found = self.fetch()
        self.assertEqual(len(found), 32, "no more on the way than this")
        said = self.say(fetched=32)
        self.assertEqual((said["passed"], said["dropped"]), (90, 58))
        self.push(5, seed="more")
        self.assertEqual(len(self.fetch()), 5)
        envelope, article = msgpack.unpackb(found[0][2], timestamp=3), msgpack.unpackb(found[0][3])
        self.assertEqual((len(envelope["key"]), article["id"]), (16, "newsmill-0"))

    def test_the_rate_holds(self):
        began = time.monotonic()
        self.say(rate=2)
        self.push(50)
        found = len(self.fetch())
        self.assertLessEqual(found, 2 + 2 * (time.monotonic() - began) + 1)
        self.assertLess(found, 50)
        self.assertEqual(self.say(rate=2, fetched=2)["dropped"], 0, "not shown is not dropped")

    def test_what_is_large_stays_behind(self):
        self.say()
        self.push(1, body_bytes=300_000)
        frames = self.fetch()[0]
        self.assertEqual(frames[3], b"")
        self.assertGreater(msgpack.unpackb(frames[1])["bytes"], 300_000)

    def test_it_ends_when_told_and_when_silent(self):
        self.say()
        self.say(rate=0)
        wait_for(lambda: self.ended() == 1, DEADLINE_S, "the tap to end")
        self.push(1)
        self.assertEqual(self.fetch(), [])
        others = [self.watcher() for _ in range(8)]
        for other in others:
            self.say(socket=other)
        self.socket.send_multipart([link.frame0(TAP), pack({"stage": "ingest", "rate": 1, "fetched": 0})])
        self.assertFalse(self.socket.poll(500), "eight are enough")
        wait_for(lambda: self.ended() == 9, DEADLINE_S, "silence to end them")
        self.say()


if __name__ == "__main__":
    unittest.main()
