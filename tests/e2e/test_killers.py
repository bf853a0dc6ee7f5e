#!/usr/bin/python3
"""An article that kills analyzers (a crash, an endless loop, all the memory) is dead after its own
attempts and costs its neighbours none; a supervisor starts the analyzers again with growing pauses."""
import os
import pathlib
import shutil
import signal
import tempfile
import unittest

from support import articles, mill, postgres, sanitizers
from support.mill import FREE_PORT, READY, MillCase
from support.process import Process
from support.pushing import Pusher
from support.waiting import wait_for

NEIGHBOURS = 200


def with_killer(kind, count=NEIGHBOURS):
    """`count` articles with one in their middle that rehearses `kind`."""
    for number, article in enumerate(articles.articles(count, seed=kind, body_bytes=1000)):
        if number == count // 2:
            yield {"id": f"rehearse:{kind}", "url": f"https://example.org/{kind}", "body": "Talks resumed."}
        yield article


class Killers(MillCase):
    level = "fast"

    def keep_running(self, count, *more):
        """Starts analyzers, and starts again those that died, as a supervisor would."""
        running = []

        def look():
            for process in [p for p in running if not p.running()]:
                process.wait()
                running.remove(process)
            while len(running) < count:
                running.append(self.mill.start_analyze("--rehearse", *more, **sanitizers.crashing()))
        return look

    def kill_with(self, kind, *more):
        self.mill.migrate()
        self.mill.start_ingest()
        self.mill.start_store()
        look = self.keep_running(2, *more)
        look()
        self.mill.wait_workers("analyze", 2)
        with Pusher(self.mill.endpoints["push"]) as pusher:
            pusher.push(with_killer(kind), lambda _: look())

        def idle():
            look()
            code, books = self.mill.status()
            return code == 0 and books.get("in_flight") == 0 and books["accepted"] > NEIGHBOURS and books
        books = wait_for(idle, 120, lambda: f"idle: {self.mill.status()}\n{self.mill.tails()}")
        self.assertTrue(mill.balances(books), books)
        self.assertEqual((books["stored"], books["dead"]), (NEIGHBOURS, 1), books)
        return self.mill.rows("SELECT id, stage, code, attempts FROM newsmill.dead")[0]

    def check_deaths(self, letter, deaths):
        self.assertEqual(letter, ("rehearse:" + self.kind, "analysis", "worker-crash", 3))
        _, books = self.mill.status()
        self.assertEqual(books["nodes"][0]["deaths"], deaths, "a worker died for nothing")

    def test_a_crash(self):
        self.kind = "crash"
        self.check_deaths(self.kill_with("crash"), 3)
        dumps = [p for p in self.mill.processes.values() if p.child.poll() == -11]
        self.assertEqual(len(dumps), 3)

    @unittest.skipIf(sanitizers.THREAD, sanitizers.SIGNALS_LATE)
    def test_an_endless_loop(self):
        self.kind = "hang"
        letter = self.kill_with("hang", "--article-ms", 300 * sanitizers.PATIENCE)
        self.check_deaths(letter, 3)
        said = [p for p in self.mill.processes.values() if "longer than --article-ms" in p.err()]
        self.assertEqual([p.wait(30) for p in said], [3, 3, 3])

    @unittest.skipIf(sanitizers.ACTIVE, "a sanitizer needs terabytes of address space")
    def test_all_the_memory(self):
        letter = self.kill_with("memory", "--memory-bytes", 384 << 20)
        # The first who finds none may be ZeroMQ's thread, which ends the process.
        self.assertIn(letter, [("rehearse:memory", "analysis", "out-of-memory", 5),
                               ("rehearse:memory", "analysis", "worker-crash", 3)])

    def slow(self):
        self.mill.migrate()
        self.mill.start_ingest()
        self.mill.start_store()
        analyzer = self.mill.start_analyze("--rehearse")
        self.mill.wait_workers("analyze", 1)
        with Pusher(self.mill.endpoints["push"]) as pusher:
            pusher.push([{"id": "rehearse:slow", "body": "Talks resumed."}, *articles.articles(3)])
        return analyzer

    def test_one_that_takes_longer_than_the_silence_is_no_death(self):
        self.slow()
        books = self.mill.wait_idle(4)
        self.assertEqual((books["stored"], books["dead"]), (4, 0))
        self.assertEqual(books["nodes"][0]["deaths"], 0)

    def test_one_that_is_stopped_meanwhile_is_found_out(self):
        analyzer = self.slow()
        os.kill(analyzer.pid, signal.SIGSTOP)
        wait_for(lambda: self.mill.status()[1]["nodes"][0]["deaths"] == 1, 30, "its death")
        self.mill.start_analyze()
        books = self.mill.wait_idle(4)
        self.assertEqual((books["stored"], books["dead"]), (4, 0))

    def test_nothing_happens_without_the_option(self):
        self.start_all()
        with Pusher(self.mill.endpoints["push"]) as pusher:
            pusher.push(with_killer("crash", 10))
        books = self.mill.wait_idle(11)
        self.assertEqual((books["stored"], books["dead"]), (11, 0))


class UnderUp(unittest.TestCase):
    def test_up_starts_them_again(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="nm-up-", dir="/tmp"))
        folder.chmod(0o755)
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        process = Process(folder, "up", "up", "--data", folder / "data", "--push", FREE_PORT, "--ingest",
                          FREE_PORT, "--work", FREE_PORT, "--http", "127.0.0.1:0", "--analyzers", 2,
                          NEWSMILL_REHEARSE="yes", NEWSMILL_HTTP="127.0.0.1:1",
                          **sanitizers.crashing())
        self.addCleanup(process.terminate, 60)
        ready = process.wait_out(READY, 60).groupdict()
        with Pusher(ready["push"], resend_s=5) as pusher:
            pusher.push(with_killer("crash", 100))

        def idle():
            code, books = mill.status(folder / "data")
            return code == 0 and books.get("in_flight") == 0 and books
        books = wait_for(idle, 120, lambda: process.tail())
        self.assertEqual((books["stored"], books["dead"]), (100, 1), books)
        self.assertEqual(postgres.rows(ready["database"], "SELECT code FROM newsmill.dead"),
                         [("worker-crash",)])
        pauses = [line for line in process.err().splitlines() if "it is started again" in line]
        self.assertEqual(len(pauses), 3, process.tail())
        self.assertTrue(all("in_ms=" in line and "code=139" in line for line in pauses))


if __name__ == "__main__":
    unittest.main()
