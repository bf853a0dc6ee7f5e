#!/usr/bin/python3
"""One flood starves nobody: sources share by bytes, and the low lane gets what is left and a share.

The analyzer is ours, so that the order of what ingest hands out can be seen; it answers one article
at a time, and the window is far smaller than the flood.
"""
import json
import unittest

import msgpack

from support import articles
from support.link import Worker
from support.mill import MillCase
from support.process import run
from support.pushing import Pusher
from support.waiting import wait_for

WINDOW = 32
FLOOD = 3000
LOW_EVERY = 16


def of_source(source, count, body_bytes=200, **more):
    for article in articles.articles(count, seed=source, body_bytes=body_bytes):
        yield {**article, "source": source, **more}


class Turns(MillCase):
    def setUp(self):
        super().setUp()
        self.mill.start_ingest("--window-messages", WINDOW)

    def push(self, things):
        with Pusher(self.mill.endpoints["push"], window=1024) as pusher:
            replies = pusher.push(things)
        self.assertTrue(all(reply["ok"] for reply in replies.values()))

    def handed_out(self, enough, work=None):
        """The articles in the order an analyzer got them, until enough(them); storage takes all."""
        analyzer = Worker(self.mill.endpoints["work"], "analyze", credit=1, pid=1)
        storage = Worker(self.mill.endpoints["work"], "store", credit=64, pid=2)
        seen = []

        def turn():
            for lease in analyzer.turn(1):
                seen.append(lease.article)
                analyzer.done("analyzed", lease, result=msgpack.packb({}))
            stored = storage.turn(0)
            if stored:
                storage.done("stored", *stored)
            if work:
                work(seen)
            return enough(seen)
        wait_for(turn, 60, lambda: f"{len(seen)} handed out")
        analyzer.leave()
        storage.leave()
        return seen

    def test_a_flood_longer_than_the_window(self):
        self.push(of_source("flood.example", FLOOD))
        self.push(of_source("small.example", 10))
        self.push(of_source("other.example", 10))
        small = {"small.example", "other.example"}
        seen = self.handed_out(lambda seen: sum(a["source"] in small for a in seen) == 20)
        # What was in the window already, then every third turn for each.
        self.assertLess(len(seen), WINDOW + 4 * 20, "the others waited behind the flood")
        for source in small:
            numbers = [a["meta"]["number"] for a in seen if a["source"] == source]
            self.assertEqual(numbers, sorted(numbers), "the order within a source")

    def test_what_comes_while_the_flood_is_worked_off(self):
        self.push(of_source("flood.example", FLOOD))
        came = {}

        def later(seen):
            if len(seen) >= 200 and not came:
                came["at"] = len(seen)
                self.push(of_source("late.example", 5))
        seen = self.handed_out(lambda seen: sum(a["source"] == "late.example" for a in seen) == 5, later)
        self.assertLess(len(seen) - came["at"], WINDOW + 50)

    def test_articles_a_thousand_times_as_large(self):
        """Their source gets no more bytes for it; the window is one article, so that all is by turns."""
        self.mill.processes["ingest"].terminate()
        self.mill.start_ingest("--window-messages", 1)
        self.push(of_source("large.example", 20, body_bytes=200_000))
        self.push(of_source("small.example", 300))
        seen = self.handed_out(lambda seen: len(seen) == 150)
        large = sum(a["source"] == "large.example" for a in seen)
        # Handling one counts for 4 KB: a large one is worth nearly 50 small ones.
        self.assertIn(large, range(3, 6), "half of the bytes")

    def test_a_restart_forgets_no_turn(self):
        self.push(of_source("flood.example", FLOOD))
        self.push(of_source("small.example", 5))
        self.mill.processes["ingest"].kill()
        self.mill.start_ingest("--window-messages", WINDOW, again=True)
        seen = self.handed_out(lambda seen: sum(a["source"] == "small.example" for a in seen) == 5)
        self.assertLess(len(seen), FLOOD // 2)

    def test_the_low_lane(self):
        self.push(of_source("replay.example", 200, lane="low"))
        self.push(of_source("news.example", 600))
        seen = self.handed_out(lambda seen: len(seen) == 800)
        news = [i for i, a in enumerate(seen) if a["source"] == "news.example"]
        while_news = seen[WINDOW:news[-1]]
        low = sum(a.get("lane") == "low" for a in while_news)
        share = len(while_news) / LOW_EVERY
        self.assertGreater(low, share * 0.6, "never zero for ever")
        self.assertLess(low, share * 1.4 + 2, "behind the others")

    def test_push_chooses_the_lane(self):
        lines = "".join(json.dumps(a) + "\n" for a in of_source("backfill.example", 3))
        done = run("push", "--to", self.mill.endpoints["push"], "--lane", "low", "-", stdin=lines)
        self.assertEqual(done.returncode, 0, done.stderr)
        seen = self.handed_out(lambda seen: len(seen) == 3)
        self.assertEqual([a["lane"] for a in seen], ["low"] * 3)
        done = run("push", "--lane", "fast", "-", stdin=lines)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("--lane wants low", done.stderr)


if __name__ == "__main__":
    unittest.main()
