#!/usr/bin/python3
"""Where the bottleneck is, as status and top say it, with real workers that are missing, slow or cut off."""
import os
import pty
import signal
import struct
import subprocess
import termios
import fcntl
import unittest

from support import articles, link
from support.mill import MillCase
from support.process import binary, environment, run
from support.pushing import Pusher
from support.waiting import wait_for

DEADLINE_S = 60


class TopCase(MillCase):
    def push(self, count, **kind):
        with Pusher(self.mill.endpoints["push"], resend_s=5) as pusher:
            replies = pusher.push(articles.articles(count, **kind))
        self.assertTrue(all(reply["ok"] for reply in replies.values()))

    def said(self):
        return self.mill.status()[1].get("bottleneck") or {}

    def wait_for_bottleneck(self, stage, part=""):
        wait_for(lambda: self.said().get("stage") == stage and part in self.said()["why"], DEADLINE_S,
                 lambda: f"{stage} {part!r}: {self.mill.status()}")

    def stage(self, name):
        return next(s for s in self.mill.status()[1]["stages"] if s["stage"] == name)

    def once(self):
        done = run("top", "--data", self.mill.data)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout


class Bottleneck(TopCase):
    def test_it_follows_what_is_missing(self):
        self.mill.migrate()
        self.mill.start_ingest()
        self.wait_for_bottleneck("none")
        self.push(30)
        self.wait_for_bottleneck("store", "start newsmill store")
        store = self.mill.start_store()
        self.wait_for_bottleneck("analyze", "start newsmill analyze")
        stage = self.stage("analyze")
        self.assertEqual((stage["ready"], stage["leased"], stage["waiting"]), (30, 0, 0))
        self.assertGreater(stage["oldest_ms"], 0)
        slow = link.Worker(self.mill.endpoints["work"], "analyze", credit=4, pid=5)
        def held():
            slow.turn()
            return self.said().get("stage") == "analyze" and "26 articles wait" in self.said()["why"]
        wait_for(held, DEADLINE_S, lambda: f"a full analyzer: {self.mill.status()}")
        self.assertEqual(self.stage("analyze")["leased"], 4)
        slow.leave()
        self.mill.start_analyze()
        self.mill.wait_idle(30)
        wait_for(lambda: self.stage("store")["rate"] > 0, DEADLINE_S, "a rate")
        self.wait_for_bottleneck("none")
        self.assertIn("bottleneck  none", self.once())
        self.assertEqual(store.terminate(), 0)

    def test_a_database_that_hangs(self):
        """Articles of the storage worker cannot commit: somebody holds a lock."""
        import psycopg2
        self.start_all()
        self.push(3)
        self.mill.wait_idle(3)
        locker = psycopg2.connect(self.mill.database)
        self.addCleanup(locker.close)
        locker.cursor().execute("LOCK TABLE newsmill_data.ledger IN ACCESS EXCLUSIVE MODE")
        self.push(3, seed="stuck")
        self.wait_for_bottleneck("database", "without a commit")
        self.assertIn("bottleneck  database", self.once())
        locker.rollback()
        self.mill.wait_idle(6)

    def test_a_database_without_schema(self):
        self.mill.start_ingest()
        self.mill.start_store()
        self.mill.start_analyze()
        self.push(3)
        self.wait_for_bottleneck("database", "not usable")
        self.mill.migrate()
        self.mill.wait_idle(3)


class Top(TopCase):
    def test_one_picture(self):
        self.start_all()
        self.push(20)
        self.mill.wait_idle(20)
        said = self.once()
        for part in ("1 of 1 ingest nodes", "accepted 20 = stored 20", "the books balance", "analyze", "store", "running"):
            self.assertIn(part, said)
        self.assertNotIn("\x1b", said)
        self.assertEqual(run("top", "--data", "/nonexistent").returncode, 3)

    def test_live_on_a_terminal_until_q(self):
        self.start_all()
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        before = termios.tcgetattr(theirs)
        child = subprocess.Popen([binary(), "top", "--data", self.mill.data, "--interval-ms", "100"], stdin=theirs,
                                 stdout=theirs, stderr=theirs, env=environment(TERM="xterm"))
        screen = b""
        def shown(part):
            nonlocal screen
            def look():
                nonlocal screen
                screen += os.read(ours, 65536)
                return part in screen
            wait_for(look, DEADLINE_S, lambda: f"{part}: {screen[-3000:]}")
        shown(b"\x1b[?1049h")
        shown(b"accepted 0 = stored 0")
        self.push(5)
        shown(b"accepted 5 = stored 5")
        self.mill.processes["ingest"].kill()
        shown(b"nothing answers")
        self.mill.start_ingest(again=True)
        screen = b""
        shown(b"accepted 5 = stored 5")
        os.write(ours, b"q")
        self.assertEqual(child.wait(DEADLINE_S), 0)
        shown(b"\x1b[?1049l")
        self.assertEqual(termios.tcgetattr(theirs), before, "the terminal is as it was")
        os.close(theirs)
        os.close(ours)


if __name__ == "__main__":
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    unittest.main()
