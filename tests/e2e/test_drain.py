#!/usr/bin/python3
"""SIGTERM ends each worker within its --drain-ms, and what it held comes to others uncounted; a second
SIGTERM ends it at once, and nothing is lost. (Storage alone: test_storage.)"""
import signal
import time
import unittest

from support import articles, sanitizers
from support.link import Worker
from support.mill import MillCase
from support.pushing import Pusher, pack
from support.waiting import wait_for

HANG = {"id": "rehearse:hang", "url": "https://example.org/hang", "body": "Talks resumed."}
PACE_S = 0.2   # an article; ingest gives up after a second without one
AT_ONCE_S = 3  # a slow machine's "at once"; the limits below are an hour


class Drain(MillCase):
    level = "fast"

    def push(self, things):
        with Pusher(self.mill.endpoints["push"]) as pusher:
            pusher.push(things)

    def ended_within(self, process, limit_s, *signals):
        start = time.monotonic()
        for number in signals:
            process.child.send_signal(number)
        code = process.wait(60)
        self.assertLess(time.monotonic() - start, limit_s, process.tail())
        return code

    def hanging(self, *more):
        """An analyzer with a hanging article in work and others in hand."""
        self.mill.migrate()
        self.mill.start_ingest()
        analyzer = self.mill.start_analyze("--rehearse", "--article-ms", 3600000, *more)
        self.mill.wait_workers("analyze", 1)
        self.push([HANG, *articles.articles(10, seed="neighbours")])

        def holds():
            _, books = self.mill.status()
            return any(w["outstanding"] > 5 for w in books["workers"] if w["role"] == "analyze")
        wait_for(holds, 20, lambda: f"{self.mill.status()}")
        return analyzer

    def check_neighbours(self):
        self.mill.start_analyze()  # without --rehearse the article is harmless
        self.mill.start_store()
        books = self.mill.wait_idle(11)
        self.assertEqual((books["stored"], books["dead"]), (11, 0), books)

    @unittest.skipIf(sanitizers.THREAD, sanitizers.SIGNALS_LATE)
    def test_an_analyzer_in_a_long_article(self):
        analyzer = self.hanging("--drain-ms", 300)
        self.assertEqual(self.ended_within(analyzer, 0.3 + AT_ONCE_S, signal.SIGTERM), 0)
        self.check_neighbours()

    @unittest.skipIf(sanitizers.THREAD, sanitizers.SIGNALS_LATE)
    def test_an_analyzer_told_twice(self):
        analyzer = self.hanging("--drain-ms", 3600000)
        analyzer.child.send_signal(signal.SIGTERM)
        # The first is taken from the process by then: the second is another one.
        wait_for(lambda: not pending(analyzer.pid), 10, "the first signal being seen")
        self.assertEqual(self.ended_within(analyzer, AT_ONCE_S, signal.SIGTERM), 0)
        self.check_neighbours()

    def test_an_analyzer_finishes_what_it_holds(self):
        self.mill.migrate()
        self.mill.start_ingest()
        analyzer = self.mill.start_analyze()
        self.mill.wait_workers("analyze", 1)
        self.push(articles.articles(100))
        self.assertEqual(analyzer.terminate(), 0)
        _, books = self.mill.status()
        self.assertEqual(books["nodes"][0]["deaths"], 0)
        self.mill.start_analyze()
        self.mill.start_store()
        books = self.mill.wait_idle(100)
        self.assertEqual((books["stored"], books["dead"]), (100, 0))

    def with_a_lease_out(self, *more):
        """Ingest, whose only worker never answers."""
        ingest = self.mill.start_ingest(*more)
        worker = Worker(self.mill.endpoints["work"], "analyze", credit=4)
        self.push(articles.articles(8))
        wait_for(lambda: worker.turn() is not None and len(worker.leases) == 4, 20, "leases")
        return ingest, worker

    def check_backlog(self):
        self.mill.start_ingest(again=True)
        _, books = self.mill.status()
        self.assertEqual((books["accepted"], books["in_flight"]), (8, 8))

    def test_ingest_with_leases_out(self):
        ingest, worker = self.with_a_lease_out("--drain-ms", 500)
        self.assertEqual(self.ended_within(ingest, 0.5 + AT_ONCE_S, signal.SIGTERM), 0)
        worker.vanish()
        self.check_backlog()

    def draining(self, count):
        """Ingest told to stop, and workers that finish an article every PACE_S: it goes on while they
        do. A function that lets them work, and says how many are finished."""
        ingest = self.mill.start_ingest("--drain-ms", 3600000)
        analyzer = Worker(self.mill.endpoints["work"], "analyze", credit=count)
        store = Worker(self.mill.endpoints["work"], "store", credit=1, pid=2)
        self.addCleanup(analyzer.vanish)
        self.addCleanup(store.vanish)
        self.push(articles.articles(count))
        finished, since = 0, time.monotonic()

        def work():
            nonlocal finished, since
            for lease in analyzer.turn(0):
                analyzer.done("analyzed", lease, result=pack({}))
            store.turn(5)
            if store.leases and time.monotonic() - since > PACE_S:
                store.done("stored", *store.leases.values())
                finished, since = finished + 1, time.monotonic()
            return finished
        wait_for(lambda: work() >= 1, 20, "the first article")
        ingest.child.send_signal(signal.SIGTERM)
        return ingest, work

    def test_ingest_told_once_goes_on_while_workers_do(self):
        ingest, work = self.draining(12)
        wait_for(lambda: work() and not ingest.running(), 60, ingest.tail)
        self.assertEqual((ingest.wait(), work()), (0, 12))

    def test_ingest_told_twice(self):
        ingest, work = self.draining(60)
        # Longer than it waits without progress: the first signal alone does not end it.
        wait_for(lambda: work() >= 8, 20, "some articles")
        self.assertTrue(ingest.running(), ingest.tail())
        start, before = time.monotonic(), work()
        ingest.child.send_signal(signal.SIGTERM)
        wait_for(lambda: work() and not ingest.running(), 60, ingest.tail)
        self.assertEqual(ingest.wait(), 0)
        self.assertLess(time.monotonic() - start, AT_ONCE_S)
        self.assertLess(work(), before + 25, "it ended with most of its work undone")
        self.mill.start_ingest(again=True)
        _, books = self.mill.status()
        self.assertEqual(books["accepted"], 60)
        self.assertGreater(books["in_flight"], 60 - before - 25)


def pending(pid):
    """True while a signal to the process waits to be seen."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        line = next(line for line in status if line.startswith("ShdPnd:"))
    return int(line.split()[1], 16) != 0


if __name__ == "__main__":
    unittest.main()
