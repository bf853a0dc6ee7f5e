#!/usr/bin/python3
"""Storage is stopped under full push: memory of every process stays flat, producers hear "overloaded"
with a time to retry, newsmill push honours it; once storage is back, everything arrives.

NEWSMILL_E2E_STOPPED_S says for how long it is stopped (6); the articles are NEWSMILL_E2E_ARTICLES."""
import json
import os
import pathlib
import time
import unittest

from support import articles, mill, sanitizers
from support.mill import MillCase, article_count
from support.process import Process
from support.pushing import Requester
from support.waiting import wait_for

STOPPED_S = float(os.environ.get("NEWSMILL_E2E_STOPPED_S", 6))
BACKLOG = 4 << 20
WINDOW = 256
RETRY_AFTER_S = 0.5


def resident(process):
    """Bytes of its memory that are its own."""
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("RssAnon:"))
    return int(line.split()[1]) * 1024


class BackPressure(MillCase):
    level = "fast"

    def test_storage_stopped_under_full_push(self):
        count = max(1500, article_count(1500))  # more than the backlog takes
        self.mill.migrate()
        ingest = self.mill.start_ingest("--backlog-bytes", BACKLOG, "--segment-bytes", 1 << 20,
                                        "--window-bytes", 4 << 20)
        analyze = self.mill.start_analyze()
        file = self.mill.folder / "articles.jsonl"
        with file.open("w") as out:
            for article in articles.articles(count):
                out.write(json.dumps(article) + "\n")
        push = Process(self.mill.folder, "push", "push", "--window", WINDOW, "--to",
                       self.mill.endpoints["push"], file)
        self.mill.processes["push"] = push
        watched = {"ingest": ingest, "analyze": analyze, "push": push}

        def refused():
            return self.mill.status()[1].get("refused", 0)
        wait_for(refused, 120, lambda: f"overloaded: {self.mill.status()}")
        with Requester(self.mill.endpoints["push"]) as requester:
            reply = requester.push(articles.article(1, seed="one more"))
        self.assertEqual((reply["ok"], reply["error"], reply["retry"]), (False, "overloaded", True))
        self.assertEqual(reply["retry_after_ms"], RETRY_AFTER_S * 1000)

        before, first, start = refused(), {n: resident(p) for n, p in watched.items()}, time.monotonic()
        peak = dict(first)

        def watch():
            for name, process in watched.items():
                peak[name] = max(peak[name], resident(process))
            return time.monotonic() - start > STOPPED_S
        wait_for(watch, STOPPED_S + 60, "the time storage is stopped")
        rounds = (time.monotonic() - start) / RETRY_AFTER_S + 1
        for name in watched:
            print(f"{name}: {first[name] >> 20} MiB at the first refusal, {peak[name] >> 20} MiB at most")
            if not sanitizers.ACTIVE:  # its own bookkeeping grows
                self.assertLess(peak[name], first[name] * 1.1 + (4 << 20), name)
        self.assertLessEqual(refused() - before, WINDOW * rounds, "push comes back too soon")
        self.assertTrue(push.running())

        self.mill.start_store()
        self.assertEqual(push.wait(300), 0, push.tail())
        books = self.mill.wait_idle(count)
        self.assertTrue(mill.balances(books), books)
        self.assertEqual((books["stored"], books["dead"]), (count, 0), books)


if __name__ == "__main__":
    unittest.main()
