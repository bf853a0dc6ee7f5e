#!/usr/bin/python3
"""newsmill replay and dead retry: facts are made anew in place, whatever is killed meanwhile."""
import os
import random
import signal
import unittest

import msgpack
import zmq

from support import articles, fake_ingest, link
from support.mill import MillCase, balances
from support.process import run
from support.pushing import Forgetter, Pusher, pack
from support.waiting import wait_for

REPLAY = 13
DEADLINE_S = 120
FACTS = """SELECT a.id, a.article::text, a.revision, a.latest, a.received, a.key::text, a.tone, a.words,
    (SELECT count(*) FROM newsmill_data.names n WHERE n.article_key = a.key),
    (SELECT md5(string_agg(n::text, '' ORDER BY n.ordinal)) FROM newsmill_data.names n WHERE n.article_key = a.key)
    FROM newsmill_data.articles a ORDER BY a.key"""


FAST = ("--level", "fast")  # what is found does not matter here, only that it is found again


class ReplayCase(MillCase):
    def start_all(self):
        self.mill.migrate()
        self.mill.start_ingest()
        self.mill.start_analyze(*FAST)
        self.mill.start_store()
        self.mill.wait_workers("analyze", 1)
        self.mill.wait_workers("store", 1)

    def push(self, count, **kind):
        with Pusher(self.mill.endpoints["push"], resend_s=5) as pusher:
            replies = pusher.push(articles.articles(count, **kind))
        self.assertTrue(all(reply["ok"] for reply in replies.values()))

    def replay(self, *more, code=0):
        done = run("replay", "--db", self.mill.database, "--work", self.mill.endpoints["work"], *FAST, *more,
                   timeout=300)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stderr + done.stdout

    def retry(self, *more, code=0):
        done = run("dead", "retry", "--db", self.mill.database, "--work", self.mill.endpoints["work"], *more)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stderr + done.stdout

    def make_old(self, where="true"):
        """As if an older version had made the facts, and got them wrong."""
        self.mill.rows(f"""WITH old AS (UPDATE newsmill_data.articles SET analyzer = 'old 1', tone = -99, words = 1
            WHERE {where} RETURNING key)
            UPDATE newsmill_data.names n SET name = 'Nonsense' FROM old WHERE n.article_key = old.key""")

    def of_version(self, version):
        return self.mill.value("SELECT count(*) FROM newsmill_data.articles WHERE analyzer = %s", (version,))

    def wait_done(self, accepted):
        return self.mill.wait_idle(accepted, deadline_s=DEADLINE_S)


class FromDatabase(ReplayCase):
    def test_facts_are_made_anew_in_place(self):
        self.start_all()
        self.push(50)
        self.wait_done(50)
        before = self.mill.rows(FACTS)
        self.make_old("revision = 1")
        self.assertNotEqual(self.mill.rows(FACTS), before)
        said = self.replay("--all")
        self.assertIn("50 sent, 0 of this version", said)
        books = self.wait_done(100)
        self.assertEqual(self.mill.rows(FACTS), before, "same keys, revisions and times; the facts are right again")
        self.assertEqual((books["accepted"], books["stored"], books["duplicate"], books["dead"]), (100, 100, 0, 0))
        self.assertEqual(self.of_version("old 1"), 0)
        self.assertIn("0 sent, 50 of this version", self.replay("--all"))
        self.assertIn("50 sent", self.replay("--all", "--force"))
        self.wait_done(150)
        self.assertEqual(self.mill.rows(FACTS), before)

    def test_filters(self):
        self.start_all()
        self.push(20)
        self.wait_done(20)
        self.make_old()
        keys = self.mill.rows("SELECT article::text, source, received FROM newsmill_data.articles ORDER BY key")
        self.assertIn("would replay 20", self.replay("--all", "--dry-run"))
        self.assertIn("would replay 1;", self.replay("--article", keys[3][0], "--dry-run"))
        self.assertIn("would replay 2;", self.replay("--article", f"{keys[3][0]},{keys[4][0]}", "--dry-run"))
        self.assertIn("would replay 20;", self.replay("--source", "example.org", "--dry-run"))
        self.assertIn("would replay 0;", self.replay("--source", "example.net", "--dry-run"))
        self.assertIn("would replay 0;", self.replay("--since", "2126-01-01", "--dry-run"))
        self.assertIn("would replay 20;", self.replay("--since", "1h", "--dry-run"))
        self.assertIn("would replay 0;", self.replay("--until", "1h", "--dry-run"))
        self.assertIn("would replay 20;", self.replay("--analyzer", "old 1", "--dry-run"))
        self.assertIn("would replay 0;", self.replay("--not-analyzer", "old 1", "--dry-run"))
        self.assertIn("would replay 7;", self.replay("--all", "--limit", 7, "--dry-run"))
        self.assertEqual(self.of_version("old 1"), 20, "nothing was done")
        self.replay("--article", keys[3][0])
        self.wait_done(21)
        self.assertEqual(self.of_version("old 1"), 19)
        self.assertIn("--all", self.replay(code=2))
        self.assertIn("UUIDs", self.replay("--article", "x", code=2))
        self.assertIn("--analyzer", self.replay("--from-archive", "/tmp", "--analyzer", "x", code=2))

    def test_only_the_latest_revision_stays_the_latest(self):
        self.start_all()
        for body in ("First.", "Second.", "Third."):
            with Pusher(self.mill.endpoints["push"]) as pusher:
                pusher.push([{"id": body, "url": "https://example.org/one", "body": body}])
        self.wait_done(3)
        before = self.mill.rows(FACTS)
        self.make_old()
        self.replay("--all")
        self.wait_done(6)
        self.assertEqual(self.mill.rows(FACTS), before)
        self.assertEqual(self.mill.value("SELECT text FROM newsmill.articles"), "Third.")

    def test_whatever_is_killed_meanwhile(self):
        """Workers, ingest and the replay itself die at random; run again, everything is right, once."""
        self.mill.migrate()
        self.mill.start_ingest()
        analyze, store = self.mill.start_analyze(*FAST), self.mill.start_store()
        self.push(200)
        self.wait_done(200)
        before = self.mill.rows(FACTS)
        self.make_old()
        dice = random.Random(7)
        for round_ in range(8):
            replay = self.mill.start(f"replay-{round_}", "replay", "--db", self.mill.database, "--work",
                                     self.mill.endpoints["work"], *FAST, "--all")
            left = self.of_version("old 1")
            goal = left - dice.randrange(1, 20)
            wait_for(lambda: self.of_version("old 1") <= goal or not replay.running(), DEADLINE_S, "some progress")
            if round_ % 4 == 0:
                replay.kill()
            elif round_ % 4 == 1:
                store.kill()
                store = self.mill.start_store()
            elif round_ % 4 == 2:
                analyze.kill()
                analyze = self.mill.start_analyze(*FAST)
            else:
                self.mill.processes["ingest"].kill()
                self.mill.start_ingest(again=True)
            if replay.running():
                replay.kill()
            self.assertEqual(self.mill.value("SELECT count(*) FROM newsmill.articles"), 200, "never none, never both")
        self.replay("--all")
        books = self.wait_done(201)
        self.assertEqual(self.mill.rows(FACTS), before)
        self.assertTrue(balances(books))
        self.assertEqual(books["accepted"], books["stored"], "a replay ends as stored, however often it comes")
        self.assertEqual(self.mill.value("SELECT count(*) FROM newsmill_data.names n WHERE NOT EXISTS "
                                         "(SELECT FROM newsmill_data.articles a WHERE a.key = n.article_key)"), 0)

    def test_nobody_sees_none_or_both(self):
        """Readers look all the time."""
        self.start_all()
        self.push(30)
        self.wait_done(30)
        names = self.mill.value("SELECT count(*) FROM newsmill.names")
        self.assertGreater(names, 100)
        seen = set()
        for round_ in range(3):
            self.replay("--all", "--force")
            def look():
                seen.add(self.mill.rows("SELECT (SELECT count(*) FROM newsmill.articles), (SELECT count(*) FROM newsmill.names)")[0])
                return self.mill.status()[1].get("in_flight") == 0
            wait_for(look, DEADLINE_S, "the replay to end")
        self.assertEqual(seen, {(30, names)})

    def test_a_producer_is_not_in_its_way(self):
        """While a replay of everything waits in the low lane, a new article is stored before most of it."""
        self.start_all()
        self.push(300)
        self.wait_done(300)
        self.make_old()
        analyze = self.mill.processes["analyze-1"]
        os.kill(analyze.child.pid, signal.SIGSTOP)
        self.replay("--all")
        self.push(1, seed="live")
        os.kill(analyze.child.pid, signal.SIGCONT)
        self.wait_done(601)
        self.assertEqual(self.of_version("old 1"), 0)
        # A row's xmin is the transaction that wrote it, numbered as they begin; one writes 200 at most.
        behind = self.mill.value("""SELECT count(*) FROM newsmill_data.articles a, newsmill_data.articles live
            WHERE live.id = 'live-0' AND a.xmin::text::bigint > live.xmin::text::bigint""")
        self.assertGreaterEqual(behind, 100, "it was before what had waited longer")


class FromArchive(ReplayCase):
    def test_into_another_database(self):
        archive = self.mill.folder / "archive"
        self.mill.migrate()
        self.mill.start_ingest("--archive", archive, "--segment-bytes", 65536)
        self.mill.start_analyze(*FAST)
        store = self.mill.start_store()
        self.push(100)
        self.wait_done(100)
        before = self.mill.rows(FACTS)
        journal = self.mill.data / "journal"
        self.assertGreater(len(list(archive.glob("*.segment"))), 2)
        store.terminate()
        other = self.cluster.new_database()
        first, self.mill.database = self.mill.database, other
        self.mill.migrate()
        self.mill.start_store()
        self.assertIn("would replay", self.replay("--all", "--from-archive", archive, "--dry-run"))
        self.replay("--all", "--from-archive", archive)
        self.replay("--all", "--from-archive", journal)
        def all_there():
            return self.mill.value("SELECT count(*) FROM newsmill.articles") == 100
        wait_for(all_there, DEADLINE_S, "all in the other database")
        self.mill.wait_idle()
        self.assertEqual(self.mill.rows(FACTS), before)
        self.assertNotEqual(first, other)
        self.assertEqual(run("replay", "--all", "--from-archive", "/nonexistent", "--work",
                             self.mill.endpoints["work"]).returncode, 3)

    def test_an_old_revision_that_comes_late_is_not_the_latest(self):
        archive = self.mill.folder / "archive"
        self.start_all()
        def push(body):
            with Pusher(self.mill.endpoints["push"]) as pusher:
                pusher.push([{"id": body, "url": "https://example.org/one", "body": body}])
        push("Old.")
        self.wait_done(1)
        journal = self.mill.data / "journal"
        self.mill.rows("DELETE FROM newsmill_data.articles; DELETE FROM newsmill_data.ledger")
        push("New.")
        self.wait_done(2)
        self.replay("--all", "--from-archive", journal)
        self.mill.wait_idle(3)
        found = self.mill.rows("SELECT text, revision, latest FROM newsmill.article_revisions ORDER BY revision")
        self.assertEqual(found, [("New.", 1, True), ("Old.", 2, False)])
        self.assertFalse(archive.exists())


class Poison(ReplayCase):
    def test_a_replay_that_dies_leaves_what_is_stored(self):
        self.mill.migrate()
        self.mill.start_ingest()
        self.mill.start_store()
        analyze = self.mill.start_analyze(*FAST)
        self.push(3)
        self.wait_done(3)
        before = self.mill.rows(FACTS)
        analyze.terminate()
        self.make_old()
        old = self.mill.rows(FACTS)
        worker = link.Worker(self.mill.endpoints["work"], "analyze", pid=77)
        self.replay("--all")
        refused = []
        def refuse():
            for lease in worker.turn(20):
                worker.refuse(lease, "test-refusal", False)
                refused.append(lease.envelope["replay"])
            return len(refused) == 3
        wait_for(refuse, 30, "leases to refuse")
        worker.leave()
        self.wait_done(6)
        self.assertEqual(self.mill.rows(FACTS), old, "the facts of the old version stay")
        self.assertEqual(self.mill.rows("SELECT key::text FROM newsmill.dead ORDER BY 1"), [(row[5],) for row in before])
        self.mill.start_analyze(*FAST)
        self.assertIn("3 sent again", self.retry("--all"))
        books = self.wait_done(9)
        self.assertEqual((books["stored"], books["dead"]), (6, 3))
        self.assertEqual(self.mill.rows(FACTS), before)
        self.assertEqual(self.mill.value("SELECT count(*) FROM newsmill.dead"), 0)


class Retry(ReplayCase):
    def refused(self, count=3):
        """Dead letters whose message is fine: an analyzer of the test refuses them."""
        self.mill.migrate()
        self.mill.start_ingest()
        self.mill.start_store()
        worker = link.Worker(self.mill.endpoints["work"], "analyze", pid=77)
        self.push(count)
        done = []
        def refuse():
            for lease in worker.turn(20):
                worker.refuse(lease, "test-refusal", False)
                done.append(lease)
            return len(done) == count
        wait_for(refuse, 30, "leases to refuse")
        worker.leave()
        wait_for(lambda: self.dead() == count, 30, "dead letters")

    def dead(self):
        return self.mill.value("SELECT count(*) FROM newsmill.dead")

    def test_what_works_now_is_stored_and_its_row_ends(self):
        self.refused()
        keys = self.mill.rows("SELECT key, article, received FROM newsmill.dead ORDER BY key")
        self.assertIn("would retry 3", self.retry("--all", "--dry-run"))
        self.assertEqual(self.mill.value("SELECT sum(retries) FROM newsmill.dead"), 0)
        self.mill.start_analyze(*FAST)
        self.assertIn("1 sent again", self.retry("newsmill-1"))
        self.wait_done(4)
        self.assertEqual(self.dead(), 2)
        self.assertIn("2 sent again", self.retry("--code", "test-refusal"))
        books = self.wait_done(6)
        self.assertEqual(self.dead(), 0)
        self.assertEqual((books["accepted"], books["stored"], books["dead"]), (6, 3, 3), "the books only grow")
        self.assertEqual(self.mill.rows("SELECT key, article, received FROM newsmill.articles ORDER BY key"), keys)
        self.retry("newsmill-1", code=1)

    def test_what_dies_again_keeps_its_row_and_is_guarded(self):
        self.mill.migrate()
        self.mill.start_ingest()
        self.mill.start_store()
        self.mill.start_analyze(*FAST)
        with Forgetter(self.mill.endpoints["ingest"]) as socket:
            socket.push_bytes(pack({"id": "p", "body": 5}))
        wait_for(lambda: self.dead() == 1, 30, "a dead letter")
        self.mill.rows("UPDATE newsmill_data.dead SET attempts = 2")
        for round_ in range(1, 4):
            died = self.mill.value("SELECT died FROM newsmill.dead")
            self.assertIn("1 sent again", self.retry("--all"))
            wait_for(lambda: self.mill.value("SELECT died FROM newsmill.dead") > died, 30, "its death")
            self.assertEqual(self.mill.value("SELECT retries FROM newsmill.dead"), round_)
        stage, attempts = self.mill.rows("SELECT stage, attempts FROM newsmill.dead")[0]
        self.assertEqual((stage, attempts), ("analysis", 5))
        self.assertIn("--max-retries", self.retry("--all", code=1))
        self.assertIn("1 sent again", self.retry("--all", "--max-retries", 9))
        books = self.mill.wait_idle(5)
        self.assertEqual((books["accepted"], books["dead"], self.dead()), (5, 5, 1))

    def test_a_retry_that_could_not_be_sent_does_not_count(self):
        self.refused(1)
        socket = zmq.Context.instance().socket(zmq.ROUTER)
        port = socket.bind_to_random_port("tcp://127.0.0.1")
        process = self.mill.start("retry", "dead", "retry", "--all", "--db", self.mill.database,
                                  "--work", f"tcp://127.0.0.1:{port}")
        self.assertTrue(socket.poll(30000))
        route, first, header, envelope, _ = socket.recv_multipart()
        self.assertEqual((first[3], msgpack.unpackb(envelope)["replay"]), (REPLAY, 1))
        socket.send_multipart([route, first, header, pack({"ok": False, "error": "no", "message": "No.", "retry": False})])
        self.assertEqual(process.wait(), 1)
        self.assertEqual(self.mill.value("SELECT retries FROM newsmill.dead"), 0)
        socket.close()


class Wire(ReplayCase):
    """REPLAY by hand, as proto/README.md says."""

    def setUp(self):
        super().setUp()
        self.mill.start_ingest("--window-messages", 40)
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.connect(self.mill.endpoints["work"])
        self.addCleanup(self.socket.close)

    def ask(self, tag, envelope, article=b"\x81\xa4body\xa2hi"):
        self.socket.send_multipart([link.frame0(REPLAY), pack({"tag": tag}), envelope, article])
        self.assertTrue(self.socket.poll(10000))
        first, header, reply = self.socket.recv_multipart()
        self.assertEqual((first, msgpack.unpackb(header)), (link.frame0(REPLAY), {"tag": tag}))
        return msgpack.unpackb(reply)

    def envelope(self, name="a"):
        return fake_ingest.Item(f"https://example.org/{name}", name).envelope()

    def books(self):
        return link.ask_status(self.mill.endpoints["work"])["books"]

    def test_accepted_refused_and_bounded(self):
        self.assertTrue(self.ask(7, self.envelope())["ok"])
        self.assertTrue(self.ask(8, self.envelope())["ok"], "never a duplicate")
        whole = msgpack.unpackb(self.envelope())
        less = [pack({k: v for k, v in whole.items() if k != key}) for key in ("key", "article", "content", "received")]
        for bad in (b"", b"\x80", b"\xc1", pack({"key": b"x"}), *less, pack({**whole, "received": 1 << 60}),
                    pack({**whole, "received": -1}), pack({**whole, "refused_code": "no"})):
            reply = self.ask(9, bad)
            self.assertEqual((reply["ok"], reply["retry"]), (False, False), reply)
        answers = [self.ask(n, self.envelope(str(n))) for n in range(20)]
        full = [answer for answer in answers if not answer["ok"]]
        self.assertEqual(len(full), 11, "a part of the window is theirs: 11 of 40")
        self.assertTrue(all((a["error"], a["retry"]) == ("overloaded", True) and a["retry_after_ms"] > 0 for a in full))
        books = self.books()
        self.assertEqual((books["accepted"], books["in_flight"]), (11, 11))


if __name__ == "__main__":
    unittest.main()
