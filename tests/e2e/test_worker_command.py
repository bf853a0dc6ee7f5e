#!/usr/bin/python3
"""newsmill worker: quiet and terminate reach workers through ingest, the right ones and no others."""
import unittest

from support import articles, mill
from support.mill import MillCase
from support.process import run
from support.pushing import Pusher
from support.waiting import wait_for


class WorkerCommand(MillCase):
    level = "fast"

    def setUp(self):
        super().setUp()
        self.mill.migrate()
        self.mill.start_ingest()
        self.first, self.second = self.mill.start_analyze(), self.mill.start_analyze()
        self.store = self.mill.start_store()
        self.mill.wait_workers("analyze", 2)
        self.mill.wait_workers("store", 1)

    def tell(self, *words):
        return run("worker", *words, "--data", self.mill.data)

    def states(self):
        _, books = self.mill.status()
        return {worker["pid"]: worker["state"] for worker in books["workers"]}

    def push(self, count, seed):
        with Pusher(self.mill.endpoints["push"]) as pusher:
            pusher.push(articles.articles(count, seed=seed))
        books = self.mill.wait_idle(count)
        self.assertTrue(mill.balances(books), books)

    def done_by(self, process):
        _, books = self.mill.status()
        return next(w["done"] for w in books["workers"] if w["pid"] == process.pid)

    def test_a_quiet_worker_takes_no_more_and_stays(self):
        told = self.tell("quiet", str(self.first.pid))
        self.assertEqual((told.returncode, told.stdout),
                         (0, f"{self.first.pid}: 1 told to take no more\n"), told.stderr)
        wait_for(lambda: self.states()[self.first.pid] == "quiet", 10, "quiet")
        before = self.done_by(self.first)
        self.push(100, "quiet")
        self.assertEqual(self.done_by(self.first), before)
        self.assertEqual(self.done_by(self.second), 100)
        self.assertTrue(self.first.running())

    def test_a_role_is_told_to_end_and_returns_what_it_holds(self):
        with Pusher(self.mill.endpoints["push"]) as pusher:
            pusher.push(articles.articles(300, seed="end"))
        told = self.tell("terminate", "analyze")
        self.assertEqual((told.returncode, told.stdout), (0, "analyze: 2 told to finish and end\n"))
        self.assertEqual((self.first.wait(), self.second.wait()), (0, 0))
        self.assertTrue(self.store.running())
        self.mill.start_analyze()
        books = self.mill.wait_idle(300)
        self.assertEqual((books["stored"], books["dead"]), (300, 0))

    def test_the_storage_worker_ends(self):
        self.assertEqual(self.tell("terminate", "store").returncode, 0)
        self.assertEqual(self.store.wait(), 0)

    def test_everybody_is_quiet_and_new_ones_are_not(self):
        self.assertIn("all: 3 told", self.tell("quiet", "all").stdout)
        wait_for(lambda: set(self.states().values()) - {"running"} == {"quiet"}, 10, "quiet")
        self.mill.start_analyze()
        self.mill.start_store()
        self.push(20, "new")

    def test_nobody_and_nonsense(self):
        told = self.tell("quiet", "1", "analyze@x")
        self.assertEqual(told.returncode, 2, told.stderr)
        told = self.tell("quiet", f"{self.first.pid}@elsewhere")
        self.assertEqual((told.returncode, told.stdout), (1, ""))
        self.assertIn("no worker is", told.stderr)
        self.assertEqual(self.states()[self.first.pid], "running")
        self.assertEqual(self.tell("resign", "all").returncode, 2)
        self.assertEqual(self.tell("quiet").returncode, 2)
        self.assertEqual(run("worker", "quiet", "all", "--data", self.mill.folder).returncode, 3)
        self.assertEqual(run("worker", "quiet", "all", "--work", "tcp://127.0.0.1:9").returncode, 3)


if __name__ == "__main__":
    unittest.main()
