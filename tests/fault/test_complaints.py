#!/usr/bin/python3
"""Fifteen complaints about other ways of getting messages into PostgreSQL, each with a test named
after it that does here what went wrong there. README.md has the table."""
import os
import pathlib
import random
import re
import signal
import struct
import subprocess
import sys
import unittest
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import disk
import journal_reader
import small
from support import postgres
from support.link import WELCOME, WHO, Worker
from support.mill import MillCase, balances
from support.process import ROOT, binary, die_with_parent, environment, run
from support.pushing import Pusher, pack
from support.waiting import wait_for

BUILD = pathlib.Path(os.environ.get("BUILD_FOLDER", pathlib.Path(binary()).parent))
RESEND_S = 2
SEGMENT_BYTES = 64 << 10  # the least


def some(count, seed="c", first=1):
    return [small.article(seed, number) for number in range(first, first + count)]


class Complaints(MillCase):
    def push(self, articles, on_answer=None, **more):
        with Pusher(self.mill.endpoints["push"], resend_s=RESEND_S, **more) as pusher:
            replies = pusher.push(articles, on_answer)
        self.assertTrue(all(reply["ok"] for reply in replies.values()), replies)
        return replies

    def check(self, accepted, rows, dead=0):
        """Everything is worked off: so many rows, none twice."""
        books = self.mill.wait_idle(accepted, deadline_s=180)
        self.assertTrue(balances(books), books)
        self.assertEqual(books["dead"], dead, books)
        found = self.mill.rows("SELECT count(*), count(DISTINCT (article, revision)) FROM newsmill_data.articles")
        self.assertEqual(found, [(rows, rows)])
        return books

    def at(self, marks, action):
        """An on_answer that acts when so many are answered."""
        left = list(marks)

        def look(answered):
            while left and answered >= left[0]:  # several may have come at once
                left.pop(0)
                action()
        self.addCleanup(lambda: self.assertEqual(left, [], "it never came to that"))
        return look

    def stale(self):
        return self.mill.status()[1]["nodes"][0]["stale"]

    # 1. ZeroMQ PUSH/PULL loses on restart, ROUTER drops in silence.
    def test_complaint_01_push_pull_loses_on_restart(self):
        self.start_all()

        def restart():
            self.mill.processes["ingest"].kill()
            self.mill.start_ingest(again=True)
        self.push(some(1000), self.at([200, 500, 800], restart), window=256)
        self.check(1000, 1000)

    # 2. PUSH deals round and round into queues: one slow worker hoards what others could do.
    def test_complaint_02_one_worker_hoards_the_queue(self):
        self.mill.migrate()
        self.mill.start_ingest()
        slow = Worker(self.mill.endpoints["work"], "analyze", credit=3)
        many = Worker(self.mill.endpoints["work"], "analyze", credit=1000, credit_bytes=2000, pid=2)
        for worker in slow, many:
            wait_for(lambda w=worker: w.turn() or w.epoch, 20, "a welcome")
        self.push(some(100))
        wait_for(lambda: slow.turn() or many.turn() or (len(slow.leases) >= 3 and many.leases), 20, "leases")
        for _ in range(20):
            slow.turn()
            many.turn()
        self.assertEqual(len(slow.leases), 3, "no more than it asked for")
        held = sum(len(lease.body) for lease in many.leases.values())
        self.assertLessEqual(held, 2000, "nor more bytes")
        self.mill.start_analyze()
        self.mill.start_store()

        def done():
            slow.turn()
            many.turn()
            return self.mill.status()[1]["in_flight"] == 3 + len(many.leases)
        wait_for(done, 60, lambda: f"the others to do the rest: {self.mill.status()}")
        slow.leave()
        many.leave()
        self.check(100, 100)

    # 3. The acknowledgement comes before the disk has it.
    def test_complaint_03_ack_before_durable(self):
        """Of all that ingest wrote, only what it had synced is kept: each acknowledged article is in it."""
        journal = self.mill.data / "journal"
        log = self.mill.folder / "disk.log"
        journal.mkdir(parents=True)
        self.mill.start_ingest("--segment-bytes", SEGMENT_BYTES, LD_PRELOAD=str(BUILD / "tests" / "disk_shim.so"),
                               FAULT_DISK_FOLDERS=str(journal), FAULT_DISK_LOG=str(log))
        with Pusher(self.mill.endpoints["push"], window=64) as pusher:
            replies = self.push_until_killed(pusher)
        for path in journal.iterdir():
            path.unlink()
        found = disk.Disk([journal])
        found.play(log.read_bytes())
        found.write({path: made.sure for path, made in found.names.items()})
        kept = set(journal_reader.live_ids(journal))
        self.assertGreater(len(replies), 300)
        self.assertEqual(set(replies) - kept, set(), "acknowledged and not on the disk")

    def push_until_killed(self, pusher):
        """Kills ingest after some answers; the answers that came."""
        def stop(answered):
            if answered > 300:
                self.mill.processes["ingest"].child.kill()
                self.mill.processes["ingest"].wait()
                raise StopIteration
        try:
            pusher.push(some(5000), stop)
        except StopIteration:
            pass
        return dict(pusher.replies)

    # 4. A corrupt buffer hangs the engine, or it crashes again and again, or must be deleted.
    def test_complaint_04_corrupt_buffer(self):
        self.mill.migrate()
        self.mill.start_ingest("--segment-bytes", SEGMENT_BYTES)
        self.push(some(500))
        self.assertEqual(self.mill.processes["ingest"].terminate(), 0)
        chance, hurt = random.Random(4), 0
        files = sorted((self.mill.data / "journal").glob("*.segment"))
        for path in files:
            data = bytearray(path.read_bytes())
            if len(data) > 2000:
                at = chance.randrange(200, len(data) - 200)
                data[at:at + 8] = bytes(8)
                hurt += 1
            path.write_bytes(data)
        files[-1].write_bytes(files[-1].read_bytes()[:-100] + os.urandom(500))
        self.assertGreater(hurt, 1)
        self.assertEqual(run("journal", "verify", "--data", self.mill.data).returncode, 1)
        self.assertEqual(run("journal", "repair", "--data", self.mill.data).returncode, 0)
        self.assertEqual(run("journal", "verify", "--data", self.mill.data).returncode, 0)
        self.mill.start_ingest(again=True)
        self.mill.start_analyze()
        self.mill.start_store()
        books = self.mill.wait_idle()
        self.assertTrue(balances(books), books)
        self.assertGreaterEqual(books["stored"], 500 - 2 * hurt - 1, "damage costs what it hit")
        self.push(some(20, first=1001))

    # 5. One bad row kills the batch, or has it dropped.
    def test_complaint_05_one_bad_row_drops_the_batch(self):
        self.start_all()
        postgres.rows(self.mill.database, "ALTER TABLE newsmill_data.articles ADD CHECK (title NOT LIKE 'bad%')")
        articles = some(300)
        for number in 77, 78, 200:
            articles[number]["title"] = "bad luck"
        self.push(articles)
        self.check(300, 297, dead=3)
        letters = self.mill.rows("SELECT id, stage, sqlstate FROM newsmill.dead ORDER BY id")
        self.assertEqual(letters, [(articles[n]["id"], "storage", "23514") for n in (200, 77, 78)])

    # 6. There is no dead-letter queue, or it is lost, or nothing can be sent again from it.
    def test_complaint_06_no_dead_letters_or_no_way_back(self):
        self.start_all()
        postgres.rows(self.mill.database, "ALTER TABLE newsmill_data.articles ADD CONSTRAINT no CHECK (title <> 'bad')")
        self.push([{**article, "title": "bad"} for article in some(5)])
        self.mill.wait_idle(5)
        at = ("--db", self.mill.database, "--work", self.mill.endpoints["work"])
        listed = run("dead", "list", "--json", "--db", self.mill.database)
        self.assertEqual(len([line for line in listed.stdout.splitlines() if "23514" in line]), 5, listed.stdout)
        self.assertIn("would retry 5", run("dead", "retry", "--all", "--dry-run", *at).stderr)
        postgres.rows(self.mill.database, "ALTER TABLE newsmill_data.articles DROP CONSTRAINT no")
        done = run("dead", "retry", "--all", *at)
        self.assertEqual(done.returncode, 0, done.stderr)
        wait_for(lambda: self.mill.value("SELECT count(*) FROM newsmill_data.articles") == 5, 60, "five rows")
        wait_for(lambda: self.mill.value("SELECT count(*) FROM newsmill.dead") == 0, 60, "no dead letters")

    # 7. The PostgreSQL output loses under pressure, and its table has no key.
    def test_complaint_07_output_loses_under_pressure(self):
        self.start_all(2, 2)

        def cut():
            postgres.rows(self.mill.database, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                                              "WHERE datname = current_database() AND pid <> pg_backend_pid()")
        self.push(some(3000), self.at(range(300, 3000, 300), cut), window=512)
        self.check(3000, 3000)
        self.assertEqual(self.mill.value("SELECT count(*) FROM pg_constraint WHERE contype = 'p' AND "
                                         "conrelid = 'newsmill_data.articles'::regclass"), 1)

    # 8. Duplicates after a retry: no ON CONFLICT.
    def test_complaint_08_duplicates_after_retry(self):
        self.start_all(2, 2)
        stores = [name for name in self.mill.processes if name.startswith("store")]

        def kill():
            self.mill.processes[stores[0]].kill()
            stores.append(stores.pop(0))
            self.mill.processes[stores[-1]] = self.mill.start_store()
        articles = some(600)
        self.push(articles, self.at(range(60, 600, 60), kill), window=64)
        for _ in range(2):
            self.push(articles)
        books = self.check(1800, 600)
        self.assertEqual(books["duplicate"], 1200)

    # 9. Duplicates are not found where the table is partitioned by time.
    def test_complaint_09_dedupe_across_partitions(self):
        clock = self.mill.folder / "clock"
        clock.write_bytes(struct.pack("<q", 0))
        shim = {"LD_PRELOAD": str(BUILD / "tests" / "clock_shim.so"), "FAULT_CLOCK": str(clock)}
        self.mill.migrate()
        self.mill.start_ingest(**shim)
        self.mill.start_analyze(**shim)
        self.mill.start_store(**shim)
        articles = some(20)
        for day in range(3):
            with open(clock, "r+b") as moved:
                moved.write(struct.pack("<q", day * 40 * 86_400_000))
            self.mill.processes["ingest"].kill()  # it forgets what it has seen lately
            self.mill.start_ingest(again=True, **shim)
            self.push(articles + some(5, first=100 * (day + 1)))
        books = self.check(75, 35)
        self.assertEqual(books["duplicate"], 40)
        days = self.mill.value("SELECT count(DISTINCT received::date) FROM newsmill_data.articles")
        self.assertEqual(days, 3, "40 days apart")

    # 10. Upserts deadlock, or touch a row a second time.
    def test_complaint_10_upsert_deadlocks(self):
        self.mill.migrate()
        self.mill.start_ingest()
        revisions = [{**article, "id": f"{article['id']}-{n}", "body": f"{article['body']} Revision {n}."}
                     for n in range(6) for article in some(150) if article["id"] != "fc-50"]
        urls = len({article["url"] for article in revisions})
        random.Random(10).shuffle(revisions)
        self.push(revisions)
        for _ in range(3):
            self.mill.start_analyze()
            self.mill.start_store("--batch-rows", 50)
        self.check(len(revisions), len(revisions))
        latest = self.mill.value("SELECT count(*) FROM newsmill.articles")
        self.assertEqual(latest, urls, "one latest revision each")
        self.assertEqual(self.mill.value("SELECT count(*) FROM newsmill.dead"), 0)

    # 11. A NUL byte poisons the queue.
    def test_complaint_11_nul_bytes(self):
        self.start_all()
        poison = {"id": "nul", "url": "https://example.org/nul", "title": "A\0B", "body": "One\0 word.\0",
                  "meta": {"k\0": "v\0"}}
        self.push([*some(50), poison, *some(50, first=101)])
        self.check(101, 101)
        row = self.mill.rows("SELECT text, repaired, original FROM newsmill_data.articles WHERE url LIKE '%%/nul'")
        self.assertNotIn("\0", row[0][0])
        self.assertGreater(row[0][1], 0, "counted")
        self.assertEqual(bytes(row[0][2]), pack(poison), "and kept as it came")

    # 12. A long task is delivered again, a crash counts as done, a stale acknowledgement is believed.
    def test_complaint_12_stale_acks_and_long_tasks(self):
        self.mill.migrate()
        self.mill.start_ingest()
        long = Worker(self.mill.endpoints["work"], "analyze", credit=1)
        wait_for(lambda: long.turn() or long.epoch, 20, "a welcome")
        self.push(some(1))
        lease = wait_for(lambda: long.turn() and list(long.leases.values()), 20, "a lease")[0]
        end = long.said + 5  # longer than silence is borne; but it beats
        wait_for(lambda: long.turn() or long.said > end, 20, "a long task")
        other = Worker(self.mill.endpoints["work"], "analyze", credit=1, pid=2)
        wait_for(lambda: (long.turn(), other.turn()) and other.epoch, 20, "a welcome")
        self.assertEqual(len(other.leases), 0, "it is not delivered again")

        def silent():  # no beat: taken for dead
            long.said = float("inf")
            other.turn()
            return other.leases
        again = next(iter(wait_for(silent, 20, "the lease to come again").values()))
        self.assertGreater(again.attempt, lease.attempt)
        before, told = self.stale(), len(long.heard)
        long.done("analyzed", lease, result=b"\x80")
        wait_for(lambda: other.turn() or long.turn() or WHO in long.heard[told:] and WELCOME in long.heard[told:], 20,
                 "to be told that nobody knows it")
        long.done("analyzed", lease, result=b"\x80")
        wait_for(lambda: other.turn() or self.stale() > before, 20, "the stale answer to be counted")
        self.assertEqual(self.mill.status()[1]["in_flight"], 1, "and not believed")
        long.vanish()
        other.leave()
        self.mill.start_analyze()
        self.mill.start_store()
        self.check(1, 1)

    # 13. Typos in the configuration are ignored, and a dry run lies.
    def test_complaint_13_config_typos_are_ignored(self):
        file = self.mill.folder / "newsmill.conf"
        file.write_text("batch-row = 5\n")
        for arguments, more in ((("store", "--batch-row", 5), {}), (("store", "--config", file), {}),
                                (("store",), {"NEWSMILL_BATCH_ROW": "5"})):
            done = run(*arguments, **more)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn("batch-rows", done.stderr.lower().replace("_", "-"), "it suggests")
        file.write_text("batch-rows = many\n")
        self.assertEqual(run("store", "--config", file).returncode, 2)
        self.assertFalse(self.mill.data.exists(), "and nothing was touched")

    # 14. Migrations of several pods race.
    def test_complaint_14_migrations_race(self):
        with open(self.mill.folder / "migrations", "wb") as out:
            racing = [subprocess.Popen([binary(), "migrate", "--db", self.mill.database], stdout=out, stderr=out,
                                       env=environment(), preexec_fn=die_with_parent()) for _ in range(8)]
            self.assertEqual([process.wait(120) for process in racing], [0] * 8)
        self.assertEqual(run("migrate", "status", "--db", self.mill.database).returncode, 0)
        versions = len(list((ROOT / "migrations").glob("[0-9]*.sql")))
        self.assertEqual(self.mill.value("SELECT count(*) FROM newsmill.schema_version"), versions, "each once")

    # 15. SIGTERM loses what is in flight; readiness is wrong; nobody can see the bottleneck.
    def test_complaint_15_sigterm_readiness_bottleneck(self):
        self.start_all(2, 2)
        kinds = {"analyze": self.mill.start_analyze, "store": self.mill.start_store}

        def stop():
            for kind, start in kinds.items():
                name = next(n for n, p in self.mill.processes.items() if n.startswith(kind) and p.running())
                self.assertEqual(self.mill.processes[name].terminate(), 0)
                start()
            self.assertEqual(self.mill.processes["ingest"].terminate(), 0)
            self.mill.start_ingest(again=True)
        self.push(some(1500), self.at(range(300, 1500, 300), stop), window=256)
        self.check(1500, 1500)
        self.check_readiness()
        for name, process in self.mill.processes.items():
            if name.startswith("store") and process.running():
                self.assertEqual(process.terminate(), 0)
        self.push(some(50, first=5001))
        wait_for(lambda: (self.mill.status()[1].get("bottleneck") or {}).get("stage") == "store", 30,
                 lambda: f"the bottleneck to be named: {self.mill.status()}")

    def check_readiness(self):
        """A store without its schema is alive and not ready."""
        empty = self.cluster.new_database()
        store = self.mill.start_worker("store", "--db", empty, "--http", "127.0.0.1:0", name="unready")
        url = wait_for(lambda: re.search(r"url=(http://\S+)", store.err()), 30, store.tail).group(1)

        def ready():
            try:
                return urllib.request.urlopen(url + "/readyz", timeout=10).status
            except urllib.error.HTTPError as error:
                return error.code
        wait_for(lambda: ready() == 503, 30, "/readyz to be red")
        self.assertEqual(urllib.request.urlopen(url + "/healthz", timeout=10).status, 200)
        run("migrate", "--db", empty)
        wait_for(lambda: ready() == 200, 30, "/readyz to be green")
        store.child.send_signal(signal.SIGTERM)
        self.assertEqual(store.wait(), 0)


if __name__ == "__main__":
    unittest.main()
