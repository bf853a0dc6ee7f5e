#!/usr/bin/python3
"""The journal's disk: watermarks, the archive, and the command that looks and repairs."""
import json
import unittest

from support import articles
from support.mini import IngestCase
from support.process import run
from support.pushing import Requester
from support.waiting import wait_for

DEADLINE_S = 60
SMALL = ("--segment-bytes", 65536)


class Disk(IngestCase):
    def push_one(self, name):
        with Requester(self.push) as requester:
            return requester.push({"id": name, "body": f"{name} said so."})

    def test_a_disk_nearly_full_warns_then_refuses_and_goes_on_by_itself(self):
        process = self.start("--disk-warn", 1 << 60)
        self.assertTrue(self.push_one("a")["ok"])
        wait_for(lambda: "room on the journal's disk" in process.err(), DEADLINE_S, "a warning")
        process = self.start_again("--disk-warn", 1 << 60, "--disk-stop", 1 << 60)
        reply = self.push_one("b")
        self.assertEqual((reply["ok"], reply["error"], reply["retry"]), (False, "overloaded", True))
        self.assertGreater(reply["retry_after_ms"], 0)
        self.assertEqual(self.books()["accepted"], 1)
        mini = self.mini()  # what is in the journal is worked off meanwhile
        mini.run_until(lambda: self.books()["stored"] == 1, "1 stored")
        done = run("status", "--data", self.mill.data, "--json")
        self.assertEqual(json.loads(done.stdout)["nodes"][0]["disk"], "stop")
        self.start_again()
        self.assertTrue(self.push_one("b")["ok"])

    def start_again(self, *more):
        self.mill.processes["ingest"].terminate()
        return self.start(*more, again=True)


class Archive(IngestCase):
    def test_segments_go_to_the_archive(self):
        archive = self.mill.folder / "archive"
        self.start(*SMALL, "--archive", archive)
        self.push_all(300)
        mini = self.mini()
        mini.run_until(lambda: self.books()["stored"] == 300, "300 stored")
        wait_for(lambda: len(self.segments(self.mill.data / "journal")) == 1, DEADLINE_S, "one segment")
        kept = b"".join(path.read_bytes() for path in self.segments(archive))
        last = articles.article(0)["id"].encode()
        self.assertIn(last, kept)

    def test_an_archive_that_cannot_be_is_said_at_the_start(self):
        done = run("ingest", "--data", self.mill.data, "--archive", "/proc/none", "--push", "tcp://127.0.0.1:0",
                   "--ingest", "tcp://127.0.0.1:0", "--work", "tcp://127.0.0.1:0")
        self.assertEqual(done.returncode, 3)
        self.assertIn("--archive", done.stderr)

    @staticmethod
    def segments(folder):
        return sorted(folder.glob("*.segment"))


class Command(IngestCase):
    def journal(self, what, *more):
        done = run("journal", what, "--data", self.mill.data, "--json", *more)
        return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr

    def test_stats_verify_and_repair(self):
        process = self.start(*SMALL)
        self.push_all(100)
        code, said = self.journal("stats")
        self.assertEqual((code, said["accepted"], said["in_flight"], said["damaged"]), (0, 100, 100, 0))
        code, said = self.journal("repair")
        self.assertEqual(code, 3, "while ingest has it")
        self.assertIn("another ingest", said)
        process.terminate()
        self.assertEqual(self.journal("verify")[0], 0)
        self.damage_the_second()
        code, said = self.journal("verify")
        self.assertEqual((code, said["damaged"], said["in_flight"]), (1, 1, 99))
        code, said = self.journal("repair")
        self.assertEqual((code, said["in_flight"]), (0, 99))
        self.assertEqual(self.journal("verify")[0], 0)
        self.assertEqual(len(list((self.mill.data / "journal").glob("*.damaged"))), 1)
        self.start(*SMALL, again=True)
        mini = self.mini()
        mini.run_until(lambda: self.books()["stored"] == 99, "99 stored")
        self.assertEqual(self.books()["accepted"], 99)

    def damage_the_second(self):
        """One bit in the middle of an article of the second segment."""
        path = sorted((self.mill.data / "journal").glob("*.segment"))[1]
        bytes_ = bytearray(path.read_bytes())
        bytes_[len(bytes_) // 2] ^= 1
        path.write_bytes(bytes_)

    def test_bad_usage(self):
        self.assertEqual(run("journal", "dance").returncode, 2)
        self.assertEqual(run("journal", "stats", "--data", "/nonexistent").returncode, 3)


if __name__ == "__main__":
    unittest.main()
