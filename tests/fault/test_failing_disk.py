#!/usr/bin/python3
"""A running ingest whose disk fails: nothing more is acknowledged, it says so, and after a restart on a
good disk everything that was acknowledged arrives."""
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import small
from support.mill import MillCase, balances
from support.process import binary
from support.pushing import Pusher
from support.waiting import wait_for

BUILD = pathlib.Path(os.environ.get("BUILD_FOLDER", pathlib.Path(binary()).parent))


class Enough(Exception):
    pass


class Until(Pusher):
    """Stops when there is enough of what it waits for."""

    def _receive(self, timeout_s):
        super()._receive(timeout_s)
        if self.enough(self):
            raise Enough


class FailingDisk(MillCase):
    def start_failing(self, **fault):
        journal = self.mill.data / "journal"
        journal.mkdir(parents=True, exist_ok=True)
        faults = {f"FAULT_DISK_{key.upper()}": str(value) for key, value in fault.items()}
        return self.mill.start_ingest("--segment-bytes", 64 << 10, LD_PRELOAD=str(BUILD / "tests" / "disk_shim.so"),
                                      FAULT_DISK_FOLDERS=str(journal), **faults)

    def push_until(self, enough):
        """Pushes until `enough(pusher)`: ({id: answer} of those that were answered for good, the pusher)."""
        with Until(self.mill.endpoints["push"], window=32, resend_s=1) as pusher:
            pusher.enough = enough
            try:
                pusher.push((small.article("d", number) for number in range(1, 1_000_000)), deadline_s=60)
            except Enough:
                pass
            return dict(pusher.replies), pusher

    def check_all(self, replies):
        """On a good disk: every acknowledged article is a row."""
        taken = {key for key, reply in replies.items() if reply["ok"]}
        self.mill.start_ingest(again=True)
        self.mill.start_analyze()
        self.mill.start_store()
        books = self.mill.wait_idle(len(taken))
        self.assertTrue(balances(books), books)
        self.check_rows(replies)

    def check_rows(self, replies):
        taken = {key for key, reply in replies.items() if reply["ok"]}
        rows = {ident for ident, in self.mill.rows("SELECT id FROM newsmill_data.articles")}
        self.assertEqual(taken - rows, set(), "acknowledged and not stored")
        self.assertGreater(len(taken), 50)

    def fail_with(self, **fault):
        self.mill.migrate()
        process = self.start_failing(**fault)
        replies, _ = self.push_until(lambda pusher: not process.running() or pusher.retries > 3 or any(
            not reply["ok"] for reply in pusher.replies.values()))
        wait_for(lambda: "journal" in process.err(), 20, "a word about it")
        self.assertIn("nothing more is accepted", process.err())
        if process.running():
            process.kill()
        self.check_all(replies)

    def test_a_sync_fails(self):
        self.fail_with(at=100, do="EIO", only="fdatasync", lasting=1)

    def test_one_sync_fails_and_the_next_would_not(self):
        """What the kernel dropped after a failed fsync is not there when the next one succeeds."""
        self.fail_with(at=100, do="EIO", only="fdatasync")

    def test_a_write_fails(self):
        self.fail_with(at=100, do="EIO", only="pwrite", lasting=1)

    def test_a_segment_that_cannot_be_begun(self):
        """The append that needs it has left nothing to sync, and ingest says so all the same."""
        self.fail_with(at=4, do="EIO", only="openat", lasting=1)

    def test_a_disk_that_stands_still(self):
        """What is durable goes on to the workers, and who pushes hears that it takes too long."""
        self.mill.migrate()
        stall = self.mill.data.parent / "stall"
        process = self.start_failing(stall=stall)
        replies, _ = self.push_until(lambda pusher: len(pusher.replies) >= 200)
        taken = sum(reply["ok"] for reply in replies.values())
        stall.touch()
        self.mill.start_analyze()
        self.mill.start_store()
        wait_for(lambda: self.mill.rows("SELECT count(*) FROM newsmill_data.articles")[0][0] >= taken, 30,
                 "the rows of what was durable before")
        late, pusher = self.push_until(lambda pusher: pusher.retries > 0)
        self.assertTrue(process.running(), process.tail())
        self.assertEqual([key for key, reply in late.items() if reply["ok"] and key not in replies], [],
                         "acknowledged while nothing is durable")
        stall.unlink()
        again, _ = self.push_until(lambda pusher: len(pusher.replies) >= 400)
        self.assertTrue(all(reply["ok"] for reply in again.values()))
        self.mill.wait_idle(len(again))
        self.check_rows(again)

    def test_a_disk_that_becomes_full(self):
        """Refused with "overloaded", and taken again when there is room."""
        self.mill.migrate()
        process = self.start_failing(at=4, do="ENOSPC", only="posix_fallocate", lasting=1)
        replies, pusher = self.push_until(lambda pusher: pusher.retries > 5)
        self.assertTrue(process.running(), process.tail())
        self.assertTrue(all(reply["ok"] for reply in replies.values()), "nobody was told that it can never be")
        self.assertGreater(pusher.retries, 5)
        process.kill()
        self.check_all(replies)


if __name__ == "__main__":
    unittest.main()
