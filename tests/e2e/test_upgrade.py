#!/usr/bin/python3
"""What deploy/guide/upgrade.md says of a schema that is not the program's, and of the way back: a dump from before, and the archive."""
import subprocess
import unittest

from support.mill import MillCase
from support.process import run
from support.pushing import Requester
from support.waiting import wait_for

SEGMENT = 1 << 20  # the smallest: files go to the archive while the test runs
BEFORE, AFTER = 5, 30
FUTURE = "INSERT INTO newsmill.schema_version SELECT max(version) + 1, 'future', '9.9.9' FROM newsmill.schema_version"
PAST = "DELETE FROM newsmill.schema_version WHERE name = 'future'"


class Upgrade(MillCase):
    level = "fast"

    def push(self, first, count, words=1):
        with Requester(self.mill.endpoints["push"]) as requester:
            for n in range(first, first + count):
                reply = requester.push({"url": f"https://example.org/{n}", "body": f"Tokyo praised Seoul {n} times. " + "Aye. " * words})
                self.assertTrue(reply["ok"], reply)

    def stored(self):
        return self.mill.value("SELECT count(*) FROM newsmill.articles")

    def command(self, *words):
        done = subprocess.run(list(map(str, words)), capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def start_store(self):
        self.mill.start_store()
        self.mill.wait_workers("store", 1)

    def test_a_newer_schema_stops_who_is_connected(self):
        self.start_all()
        store, = (process for name, process in self.mill.processes.items() if name.startswith("store"))
        self.push(0, 1)
        self.mill.wait_idle(1)
        self.mill.rows(FUTURE)
        pushed = 1

        def noticed():  # by the next batch some seconds later
            nonlocal pushed
            self.push(pushed, 1)
            pushed += 1
            return "run the newer newsmill" in store.err()
        wait_for(noticed, 60, "it to say why")
        self.assertLess(self.stored(), pushed)
        done = run("migrate", "--db", self.mill.database)
        self.assertEqual(done.returncode, 3)
        self.assertIn("use the newsmill that made it\n", done.stderr)
        done = run("dead", "list", "--db", self.mill.database)
        self.assertEqual((done.returncode, "run the newer newsmill\n" in done.stderr), (3, True), done.stderr)
        self.mill.rows(PAST)
        self.mill.wait_idle(pushed)  # by itself
        self.assertEqual(self.stored(), pushed)
        self.assertTrue(store.running())

    def test_the_way_back(self):
        archive, dump = self.mill.folder / "archive", self.mill.folder / "before.dump"
        archive.mkdir()
        self.mill.migrate()
        self.mill.start_ingest("--archive", archive, "--segment-bytes", SEGMENT)
        self.mill.start_analyze()
        self.start_store()
        self.push(0, BEFORE)
        self.mill.wait_idle(BEFORE)
        self.command("pg_dump", "--format=custom", f"--file={dump}", self.mill.database)
        self.push(BEFORE, AFTER, words=8000)
        self.mill.wait_idle(BEFORE + AFTER)
        wait_for(lambda: list(archive.iterdir()), 60, "a file in the archive")
        for process in list(self.mill.processes.values()):
            process.terminate()
        self.command("psql", "-Xq", self.mill.database, "-c", "DROP SCHEMA newsmill CASCADE", "-c", "DROP SCHEMA newsmill_data CASCADE")
        self.command("pg_restore", "--no-owner", f"--dbname={self.mill.database}", dump)
        self.assertEqual(self.stored(), BEFORE)
        self.mill.start_ingest("--archive", archive, again=True)
        self.mill.start_analyze()
        self.start_store()
        for source in (archive, self.mill.data / "journal"):
            done = run("replay", "--data", self.mill.data, "--db", self.mill.database, "--from-archive", source, "--all",
                       "--level", "fast", timeout=120)
            self.assertEqual(done.returncode, 0, done.stderr)
        self.mill.wait_idle()
        self.assertEqual(self.stored(), BEFORE + AFTER)
        done = run("rollups", "verify", "--db", self.mill.database)
        self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == "__main__":
    unittest.main()
