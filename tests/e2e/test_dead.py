#!/usr/bin/python3
"""newsmill dead: list, show and drop, against a real database."""
import base64
import json
import os
import pty
import subprocess
import unittest
import uuid

from support import articles, postgres
from support.mill import Mill, MillCase
from support.process import binary, environment, run
from support.pushing import Forgetter, pack
from support.waiting import wait_for

INSERT = """INSERT INTO newsmill_data.dead (key, article, id, source, stage, code, message, attempts,
    original, received, died) VALUES (%s, %s, %s, %s, %s, %s, %s, 3, %s, %s, %s)"""
NASTY = "two\nlines \x1b[31mred\x1b[0m"


class DeadCase(MillCase):
    def setUp(self):
        self.cluster = postgres.shared_cluster()
        self.mill = Mill(self.cluster.new_database())
        self.addCleanup(self._end)
        self.mill.migrate()

    def put(self, number, code="worker-crash", stage="analysis", source="example.org", hour=0, name=None,
            original=b"\x81\xa4body\xa2hi\x1b[2J"):
        """A dead letter as storage leaves it; its key."""
        key = str(uuid.UUID(int=0x01900000 << 96 | 7 << 76 | 2 << 62 | number))
        when = f"2026-11-20T{hour:02}:00:00Z"
        self.mill.rows(INSERT, (key, str(uuid.UUID(int=number)), name or f"a-{number}", source, stage, code,
                                "It did not work.", original, when, when))
        return key

    def dead(self, *arguments, **more):
        return run("dead", *arguments, "--db", self.mill.database, **more)

    def listed(self, *arguments):
        """The ids of a list, in its order."""
        done = self.dead("list", "--json", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line)["id"] for line in done.stdout.splitlines()]

    def left(self):
        return self.mill.value("SELECT count(*) FROM newsmill.dead")


class List(DeadCase):
    def test_empty(self):
        done = self.dead("list")
        self.assertEqual((done.returncode, done.stdout), (0, "no dead letters\n"))
        self.assertEqual(self.dead("list", "--json").stdout, "")

    def test_filters(self):
        self.put(1)
        self.put(2, code="database-refused", stage="storage", hour=5)
        self.put(3, source="example.net", hour=10)
        self.assertEqual(self.listed(), ["a-3", "a-2", "a-1"])
        self.assertEqual(self.listed("--code", "worker-crash"), ["a-3", "a-1"])
        self.assertEqual(self.listed("--stage", "storage"), ["a-2"])
        self.assertEqual(self.listed("--source", "example.net"), ["a-3"])
        self.assertEqual(self.listed("--id", "a-1"), ["a-1"])
        self.assertEqual(self.listed("--since", "2026-11-20T05:00:00Z"), ["a-3", "a-2"])
        self.assertEqual(self.listed("--until", "2026-11-20T05:00:00Z"), ["a-1"])
        self.assertEqual(self.listed("--limit", 2), ["a-3", "a-2"])
        self.assertEqual(self.listed("a-1", str(uuid.UUID(int=2))), ["a-2", "a-1"])
        self.assertEqual(self.listed("--code", "other"), [])

    def test_many_in_constant_pages(self):
        self.mill.rows("""INSERT INTO newsmill_data.dead (key, article, id, stage, code, message, attempts, original,
            received, died) SELECT gen_random_uuid(), gen_random_uuid(), n::text, 'analysis', 'x', '', 1, '', now(), now()
            FROM generate_series(1, 1234) n""")
        found = self.listed()
        self.assertEqual((len(found), len(set(found))), (1234, 1234))
        done = self.dead("list")
        self.assertEqual(len(done.stdout.splitlines()), 101)
        self.assertIn("newest 100", done.stderr)

    def test_what_strangers_wrote_obeys_nobody(self):
        self.put(1, name=NASTY)
        done = self.dead("list")
        self.assertIn("two lines  [31mred", done.stdout)
        self.assertEqual(len(done.stdout.splitlines()), 2)
        self.assertNotIn("\x1b", done.stdout)

    def test_a_reader_may_look_and_not_drop(self):
        self.put(1)
        self.mill.rows("CREATE ROLE looker LOGIN; GRANT newsmill_reader TO looker")
        uri = self.mill.database.replace("postgres@", "looker@")
        self.assertEqual(run("dead", "list", "--db", uri).returncode, 0)
        done = run("dead", "drop", "--all", "--db", uri)
        self.assertEqual(done.returncode, 3)
        self.assertIn("GRANT newsmill_writer", done.stderr)
        self.assertEqual(self.left(), 1)


class Show(DeadCase):
    def test_every_column_and_the_original_made_harmless(self):
        key = self.put(7)
        for name in (key, "a-7", str(uuid.UUID(int=7))):
            done = self.dead("show", name)
            self.assertEqual(done.returncode, 0, done.stderr)
            for part in (key, "example.org", "analysis", "worker-crash", "It did not work.", "2026-11-20T00:00:00",
                         "13 bytes", "\\x81\\xa4body\\xa2hi\\x1b[2J"):
                self.assertIn(part, done.stdout)
            self.assertNotIn("\x1b", done.stdout)

    def test_the_original_itself(self):
        original = bytes(range(256)) * 40
        self.put(1, original=original)
        with open(self.mill.folder / "message", "wb") as out:
            subprocess.run([binary(), "dead", "show", "a-1", "--original", "--db", self.mill.database], stdout=out,
                           env=environment(), check=True)
        self.assertEqual((self.mill.folder / "message").read_bytes(), original)
        said = json.loads(self.dead("show", "a-1", "--json").stdout)
        self.assertEqual(base64.b64decode(said["original"]), original)
        self.assertIn("6144 more", self.dead("show", "a-1").stdout)

    def test_nobody_of_that_name(self):
        self.assertEqual(self.dead("show", "nobody").returncode, 1)
        self.assertEqual(self.dead("show").returncode, 2)

    def test_a_real_one_says_whose_it_is(self):
        self.mill.start_ingest()
        self.mill.start_store()
        with Forgetter(self.mill.endpoints["ingest"]) as socket:
            socket.push_bytes(pack({"body": "No.", "published": "the day before", "id": "p"}))
        wait_for(lambda: self.left() == 1, 30, "a dead letter")
        said = json.loads(self.dead("list", "--json").stdout)
        self.assertEqual((said["stage"], said["code"], said["retries"]), ("ingest", "bad-published", 0))


class Drop(DeadCase):
    def test_it_must_be_told_which(self):
        self.put(1)
        done = self.dead("drop")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--all", done.stderr)
        self.assertEqual(self.left(), 1)

    def test_dry_run_then_for_good(self):
        for number in range(5):
            self.put(number, code="a" if number < 3 else "b")
        done = self.dead("drop", "--code", "a", "--dry-run")
        self.assertEqual((done.returncode, len(done.stdout.splitlines())), (0, 3))
        self.assertIn("would drop 3", done.stderr)
        self.assertEqual(self.left(), 5)
        self.assertIn("dropped 3", self.dead("drop", "--code", "a").stderr)
        self.assertEqual(self.listed(), ["a-4", "a-3"])
        self.assertEqual(self.dead("drop", "a-3", "--yes").returncode, 0)
        self.assertEqual(self.dead("drop", "a-3").returncode, 1, "it is gone")
        self.assertIn("dropped 1", self.dead("drop", "--all").stderr)
        self.assertEqual(self.left(), 0)

    def answer(self, words, *more):
        """Runs drop --all on a terminal on which somebody types `words`."""
        ours, theirs = pty.openpty()
        child = subprocess.Popen([binary(), "dead", "drop", "--all", "--db", self.mill.database, *more],
                                 stdin=theirs, stderr=subprocess.PIPE, env=environment(), text=True)
        os.close(theirs)
        os.write(ours, words)
        said = child.communicate(timeout=30)[1]
        os.close(ours)
        return said

    def test_on_a_terminal_it_asks(self):
        self.put(1)
        said = self.answer(b"n\n")
        self.assertIn("drop 1 dead letters for good?", said)
        self.assertEqual(self.left(), 1)
        self.answer(b"y\n")
        self.assertEqual(self.left(), 0)
        self.put(2)
        self.assertNotIn("?", self.answer(b"", "--yes"))
        self.assertEqual(self.left(), 0)


class Usage(DeadCase):
    def test_bad_usage_and_a_database_that_is_not_there(self):
        self.assertEqual(run("dead").returncode, 2)
        done = run("dead", "dance")
        self.assertEqual(done.returncode, 2)
        self.assertIn("dance", done.stderr)
        self.assertEqual(self.dead("list", "--since", "yesterday").returncode, 2)
        done = run("dead", "list", "--data", "/nonexistent")
        self.assertEqual(done.returncode, 3)
        self.assertIn("--db", done.stderr)
        self.assertEqual(run("dead", "list", "--db", "postgresql:///none?host=/nonexistent").returncode, 3)
        done = run("dead", "list", "--db", self.cluster.new_database())
        self.assertEqual(done.returncode, 3)
        self.assertIn("newsmill migrate", done.stderr)


if __name__ == "__main__":
    unittest.main()
