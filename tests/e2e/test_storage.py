"""The storage worker against a made-up ingest: what becomes a row, what is a copy, a revision, a dead
letter, and what happens while the database is away or wrong."""
import json
import pathlib
import re
import shutil
import signal
import tempfile
import unittest

import msgpack
import psycopg2

from support import postgres
from support.fake_ingest import BOOKS, FakeIngest, Item
from support.process import ROOT, Process, run
from support.waiting import wait_for

TEXT = "Tokio praised Seoül. “Good,” said the minister 😀 of Japan."


def span(part, text=TEXT):
    start = text.index(part)
    return {"start": start, "end": start + len(part)}


NAMES = [{**span("Seoül"), "text": "Seoül", "type": "place", "name": "Seoul", "key": "city/seoul", "confidence": 0.75},
         {**span("Japan"), "text": "Japan", "type": "place", "name": "Japan", "key": None, "confidence": 1.0}]
FACTS = {
    "names": NAMES,
    "places": [{**span("Seoül"), "text": "Seoül", "name": "Seoul", "kind": "city", "country": "KR",
                "admin1": None, "lat": 37.5, "lon": 127.0, "geonames": 1835848, "confidence": 0.5}],
    "events": [{**span("praised"), "sentence": 0, "type": "SUPPORT", "mode": None, "contexts": ["a", "b"],
                "cameo": "051", "goldstein": 3.5, "quad": 1, "negated": False, "modality": "actual",
                "source": [{**span("Tokio"), "text": "Tokio", "code": "JPN", "sector": "GOV"},
                           {**span("Good"), "text": "Good", "code": "KOR", "sector": None}], "target": [],
                "attributed": {**span("the minister"), "text": "the minister"}, "mentions": 2, "lead": True,
                "place": 0, "date": "2026-11-24", "confidence": 0.25}],
    "quotes": [{**span("“Good,”"), "direct": True, "speaker": {**span("the minister"), "text": "the minister"},
                "cue": {**span("said"), "text": "said"}, "confidence": 1.0}],
    "targets": [{**span("Seoül"), "text": "Seoül", "tone": 2.0, "confidence": 1.0}],
    "dates": [{**span("Good"), "text": "Good", "value": "2026", "grain": "year", "confidence": 1.0}],
    "amounts": [{**span("Good"), "text": "Good", "kind": "number", "value": 1.25, "unit": None, "object": None,
                 "confidence": 1.0}],
    "sentences": [{"start": 0, "end": 20, "tone": 1.0}, {"start": 21, "end": len(TEXT), "tone": -1.0}],
    "removed": [{"text": "We use cookies", "why": "cookie-notice"}],
    "themes": [{"code": "T", "count": 2, "score": 0.5}],
    "keyphrases": [{"text": "praise", "score": 0.5}],
    "summary": [{"start": 0, "end": 20}],
    "languages": [{"start": 0, "end": 20, "code": "de", "confidence": 0.9375}],
    "meta": json.dumps({"a": [1, None, "ü"]}),
}
FACT_VIEWS = ("names", "places", "events", "quotes", "targets", "dates", "amounts", "sentences")


class StorageCase(unittest.TestCase):
    OPTIONS = ()

    def make_cluster(self):
        return postgres.shared_cluster()

    def setUp(self):
        self.cluster = self.make_cluster()
        self.db = self.cluster.new_database()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="nm-store-", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.ingest = FakeIngest()
        self.addCleanup(self.ingest.close)
        self.store = None

    def migrate(self):
        done = run("migrate", "--db", self.db)
        self.assertEqual(done.returncode, 0, done.stderr)

    def start(self, *more, ready=True, db=None):
        self.store = Process(self.folder, "store", "store", "--db", db or self.db, "--work", self.ingest.endpoint,
                             *self.OPTIONS, *more)
        self.addCleanup(self.store.kill)
        if ready:
            self.ingest.wait_credit()
        return self.store

    def rows(self, sql, parameters=None):
        return postgres.rows(self.db, sql, parameters)

    def value(self, sql, parameters=None):
        return postgres.value(self.db, sql, parameters)

    def push(self, *items, **more):
        return self.ingest.outcomes(self.ingest.deliver(*items, **more))

    def wait_said(self, words, deadline_s=30):
        def said():
            self.ingest.turn(0)
            return words in self.store.err()
        wait_for(said, deadline_s, lambda: f"{words!r}\n{self.store.tail()}")


class Writing(StorageCase):
    def setUp(self):
        super().setUp()
        self.migrate()
        self.start()

    def test_an_article_with_every_fact(self):
        item = Item("https://example.org/1", TEXT, **FACTS)
        self.assertEqual(self.push(item), ["stored"])
        found = self.rows(
            "SELECT article::text, id, url, source, title, authors, text, language, revision, removed, meta,"
            " fingerprint, words, tone, analyzer, themes, keyphrases, summary, languages, key::text,"
            " extract(epoch FROM published), round(extract(epoch FROM received), 3) FROM newsmill.articles")
        self.assertEqual(found, [(
            str(item.article), item.result["id"], "https://example.org/1", "example.org", "A title",
            ["A. Uthor", "B. Ylined"], TEXT, "en", 1, FACTS["removed"], {"a": [1, None, "ü"]},
            "fedcba9876543210", item.result["tone"]["words"], 1.5, "test 1", FACTS["themes"], FACTS["keyphrases"],
            FACTS["summary"], FACTS["languages"], str(item.key), 1_780_000_000, found[0][-1])])
        self.assertAlmostEqual(float(found[0][-1]), 1_790_000_000.123, 3)
        self.assertEqual(self.rows("SELECT start_offset, end_offset, text, type, name, key, confidence FROM newsmill.names"
                                   " ORDER BY ordinal"),
                         [(n["start"], n["end"], n["text"], "place", n["name"], n["key"], n["confidence"]) for n in NAMES])
        self.assertEqual(self.rows("SELECT type, source_code, source_text, target_code, cameo, goldstein, modality,"
                                   " contexts, place_name, lat, lon, date FROM newsmill.events"),
                         [("SUPPORT", "JPN", "Tokio", None, "051", 3.5, "actual", ["a", "b"], "Seoul", 37.5, 127.0,
                           "2026-11-24")])
        self.assertEqual(self.rows("SELECT speaker, cue, direct FROM newsmill.quotes"), [("the minister", "said", True)])
        self.assertEqual(self.rows("SELECT ordinal, tone FROM newsmill.sentences ORDER BY 1"), [(0, 1.0), (1, -1.0)])
        self.assertEqual(self.rows("SELECT kind, value FROM newsmill.amounts"), [("number", 1.25)])

    def test_every_fact_shows_its_evidence(self):
        self.push(Item("https://example.org/1", TEXT, **FACTS))
        for view in FACT_VIEWS:
            columns = {name for name, in self.rows(
                "SELECT column_name FROM information_schema.columns WHERE table_schema = 'newsmill' AND table_name = %s",
                (view,))}
            self.assertLessEqual({"article", "received", "start_offset", "end_offset", "confidence", "analyzer"}, columns)
            self.assertGreater(self.value(f"SELECT count(*) FROM newsmill.{view}"), 0, view)
            if "text" in columns:
                self.assertEqual(self.value(
                    "SELECT count(*) FROM newsmill.%s f JOIN newsmill.articles a USING (article) WHERE f.text <>"
                    " substring(a.text FROM f.start_offset + 1 FOR f.end_offset - f.start_offset)" % view), 0, view)

    def test_absent_facts(self):
        item = Item("https://example.org/bare", "x")
        item.packed_result = msgpack.packb({"article": item.article.bytes, "text": "x"})
        self.assertEqual(self.push(item), ["stored"])
        self.assertEqual(self.rows("SELECT title, url, authors, removed, tone, published, meta FROM newsmill.articles"),
                         [(None, None, [], [], None, None, None)])

    def test_a_copy_is_a_duplicate(self):
        first, copy = Item("https://example.org/1", TEXT, names=NAMES), Item("https://example.org/1", TEXT, names=NAMES)
        self.assertEqual(self.push(first), ["stored"])
        self.assertEqual(self.push(copy), ["duplicate"])
        self.assertEqual(self.rows("SELECT key::text FROM newsmill.article_revisions"), [(str(first.key),)])
        self.assertEqual(self.value("SELECT count(*) FROM newsmill.names"), len(NAMES))

    def test_a_copy_in_the_same_batch(self):
        items = [Item("https://example.org/1", TEXT) for _ in range(20)]
        self.assertEqual(self.push(*reversed(items)), ["duplicate"] * 19 + ["stored"])
        self.assertEqual(self.rows("SELECT key::text FROM newsmill.articles"), [(str(items[0].key),)])

    def test_delivered_again_is_stored_once(self):
        item = Item("https://example.org/1", TEXT, names=NAMES)
        self.assertEqual(self.push(item), ["stored"])
        self.assertEqual(self.push(item, attempt=2), ["stored"])
        self.assertEqual(self.push(item, item, attempt=3), ["stored", "stored"])
        self.assertEqual(self.value("SELECT count(*) FROM newsmill.article_revisions"), 1)
        self.assertEqual(self.value("SELECT count(*) FROM newsmill.names"), len(NAMES))

    def test_revisions(self):
        url = "https://example.org/live"
        self.assertEqual(self.push(Item(url, "one", names=NAMES)), ["stored"])
        later = [Item(url, text, names=NAMES[:1]) for text in ("two", "three")]
        self.assertEqual(self.push(*later), ["stored", "stored"])
        self.assertEqual(self.push(Item(url, "one")), ["duplicate"])
        self.assertEqual(self.rows("SELECT revision, text, latest FROM newsmill.article_revisions ORDER BY 1"),
                         [(1, "one", False), (2, "two", False), (3, "three", True)])
        self.assertEqual(self.rows("SELECT revision, text FROM newsmill.articles"), [(3, "three")])
        self.assertEqual(self.value("SELECT count(*) FROM newsmill.names"), 1)

    def test_what_a_revision_changed(self):
        url = "https://example.org/live"
        texts = ("Head.\n\nSame.\n\nSame.\n\nEnd.", "Head.\n\nNew.\n\nSame.\n\nNewer.\n\nEnd.",
                 "Head.\n\nNew.\n\nSame.\n\nNewer.\n\nEnd. ", "")
        items = [Item(url, text) for text in texts]
        items[2].result["text"] = texts[1]  # another body, the same article
        items[3].result["title"] = "Gone"
        for item in items:
            item.packed_result = msgpack.packb(item.result)
        self.assertEqual(self.push(*items), ["stored"] * 4)
        self.push(Item("https://example.org/other", "once"))
        self.assertEqual(self.rows(
            "SELECT article::text, revision, title_changed, title, added, removed, key::text, previous_key::text"
            " FROM newsmill.changes ORDER BY revision"),
            [(str(items[0].article), 2, False, "A title", ["New.", "Newer."], ["Same."], str(items[1].key),
              str(items[0].key)),
             (str(items[0].article), 4, True, "Gone", [], ["Head.", "New.", "Same.", "Newer.", "End."],
              str(items[3].key), str(items[2].key))])
        self.assertEqual(self.rows("SELECT (newsmill.text_changes(NULL, 'a')).*, (newsmill.text_changes('b', NULL)).*"),
                         [(["a"], [], [], ["b"])])

    def test_a_dead_letter(self):
        item = Item("https://example.org/dead", "body")
        dead = {"dead_stage": "analysis", "dead_code": "worker-crash", "dead_sqlstate": None,
                "dead_message": "It crashed three analyzers.", "dead_ms": 1_790_000_001_000, "dead_attempts": 3}
        self.assertEqual(self.push(item, dead=dead), ["dead"])
        self.assertEqual(self.push(item, dead=dead, attempt=2), ["dead"])
        self.assertEqual(self.rows("SELECT article::text, id, stage, code, sqlstate, message, attempts, original,"
                                   " extract(epoch FROM died)::bigint FROM newsmill.dead")[0][:7],
                         (str(item.article), item.result["id"], "analysis", "worker-crash", None,
                          "It crashed three analyzers.", 3))
        self.assertEqual(bytes(self.value("SELECT original FROM newsmill.dead")), item.original)
        self.assertEqual(self.value("SELECT count(*) FROM newsmill.dead"), 1)

    def test_a_dead_letter_that_is_no_article(self):
        item = Item("https://example.org/dead", "body")
        item.original = b"\x00\xff not MessagePack \x00"
        self.assertEqual(self.push(item, dead={"dead_stage": "ingest", "dead_code": "truncated"}), ["dead"])
        self.assertEqual(self.rows("SELECT id, message FROM newsmill.dead"), [(None, "")])
        self.assertEqual(bytes(self.value("SELECT original FROM newsmill.dead")), item.original)

    def test_the_books(self):
        books = {"node": "n1", "accepted": 10, "stored": 5, "duplicate": 1, "dead": 1, "in_flight": 3, "refused": 2}
        self.ingest.send(BOOKS, books)
        self.ingest.send(BOOKS, {**books, "node": "n2", "accepted": 7, "in_flight": 0})
        expected = (17, 10, 2, 2, 3)
        def kept():
            self.ingest.turn(0)
            found = self.rows("SELECT accepted, stored, duplicate, dead, in_flight FROM newsmill.pipeline")
            return found == [expected]
        wait_for(kept, 10, lambda: f"books; {self.rows('TABLE newsmill.pipeline')}")

    def test_tone_by_hour(self):
        self.push(Item("https://example.org/1", "one"), Item("https://example.org/2", "two"))
        self.assertEqual(self.rows("SELECT source, language, articles, words, tone FROM newsmill.tone_by_hour"),
                         [("example.org", "en", 2, 2, 1.5)])

    def test_told_to_stop_it_writes_what_it_holds(self):
        leases = self.ingest.deliver(*[Item(f"https://example.org/{n}", TEXT) for n in range(50)])
        self.ingest.outcomes(leases[:1])
        goodbyes = self.ingest.goodbyes
        self.store.child.send_signal(signal.SIGTERM)
        self.ingest.until(lambda: self.ingest.goodbyes > goodbyes, 10, "goodbye")
        self.assertEqual(self.store.wait(10), 0)
        finished = [lease for lease in leases if lease in self.ingest.finished]
        self.assertEqual(self.value("SELECT count(*) FROM newsmill.articles"), len(finished))


class BadRows(StorageCase):
    OPTIONS = ("--batch-rows", "64", "--batch-age-ms", "200")

    def setUp(self):
        super().setUp()
        self.migrate()
        self.start()

    def test_one_row_the_database_refuses(self):
        items = [Item(f"https://example.org/{n}", TEXT, names=NAMES) for n in range(64)]
        items[37].result["meta"] = "{not json"
        outcomes = self.push(*items)
        self.assertEqual(outcomes[:37] + outcomes[38:], ["stored"] * 63)
        refusal = outcomes[37]
        self.assertEqual((refusal["retry"], refusal["stage"], refusal["code"], refusal["sqlstate"]),
                         (False, "storage", "database-refused", "22P02"))
        self.assertNotIn("praised", self.store.err())
        self.assertEqual(self.value("SELECT count(*) FROM newsmill.articles"), 63)
        self.assertEqual(self.value("SELECT count(*) FROM newsmill.names"), 63 * len(NAMES))

    def test_several_bad_ones_and_a_constraint(self):
        self.rows("ALTER TABLE newsmill_data.names ADD CONSTRAINT short CHECK (length(name) < 50)")
        items = [Item(f"https://example.org/{n}", TEXT, names=NAMES) for n in range(64)]
        for n in (0, 1, 63):
            items[n].result["names"] = [{**NAMES[0], "name": "x" * 60}]
        outcomes = self.push(*items)
        self.assertEqual([n for n, outcome in enumerate(outcomes) if outcome != "stored"], [0, 1, 63])
        self.assertEqual({outcomes[n]["sqlstate"] for n in (0, 1, 63)}, {"23514"})

    def test_a_bad_owner_leaves_its_copies(self):
        """The first of two copies is refused: the other is stored in its place."""
        items = [Item("https://example.org/1", TEXT) for _ in range(2)]
        items[0].result["meta"] = "{not json"
        outcomes = self.push(*items)
        self.assertEqual((outcomes[0]["sqlstate"], outcomes[1]), ("22P02", "stored"))

    def test_results_that_cannot_be_decoded(self):
        good, *bad = [Item(f"https://example.org/{n}", TEXT) for n in range(4)]
        bad[0].packed_result = b"\xc1"
        bad[1].packed_result = msgpack.packb({"text": 5})
        bad[2].packed_result = msgpack.packb({"names": [{"start": 0, "end": 1, "text": b"\xff"}]})
        outcomes = self.push(good, *bad)
        self.assertEqual(outcomes[0], "stored")
        for outcome in outcomes[1:]:
            self.assertEqual((outcome["retry"], outcome["stage"]), (False, "storage"), outcome)

    def test_broken_results_leave_their_batch(self):
        """Where they stand, and although one is the first of two copies."""
        items = [Item(f"https://example.org/{n}", TEXT, names=NAMES) for n in range(64)] + [Item("https://example.org/0", TEXT, names=NAMES)]
        for n in (0, 31, 63):
            items[n].packed_result = msgpack.packb({"names": [{"start": 0, "end": 1, "text": 5}]})
        outcomes = self.push(*items)
        self.assertEqual([n for n, outcome in enumerate(outcomes) if outcome != "stored"], [0, 31, 63])
        self.assertEqual({(outcomes[n]["code"], outcomes[n]["sqlstate"]) for n in (0, 31, 63)}, {("wrong-type", "")})
        self.assertEqual(self.value("SELECT count(*) FROM newsmill.articles"), 62)
        self.assertEqual(self.value("SELECT count(*) FROM newsmill.names"), 62 * len(NAMES))

    def test_an_envelope_that_cannot_be_decoded(self):
        item = Item("https://example.org/1", TEXT)
        item.envelope = lambda: b"\xc1"
        self.assertFalse(self.push(item)[0]["retry"])


class WrongDatabase(StorageCase):
    """Nothing of this is an article's fault: no dead letters, no outcomes."""

    def test_no_schema_yet(self):
        self.start(ready=False)
        self.wait_said("run newsmill migrate")
        self.assertEqual(self.ingest.credit, 0)
        self.migrate()
        self.ingest.wait_credit()
        self.assertEqual(self.push(Item("https://example.org/1", TEXT)), ["stored"])
        # Another line may follow when the worker looks between two migrations: that is another reason.
        self.assertEqual(self.store.err().count("has no newsmill schema"), 1, "said once")

    def test_a_newer_schema(self):
        self.migrate()
        self.rows("INSERT INTO newsmill.schema_version VALUES (999, 'future', '9')")
        self.start(ready=False)
        self.wait_said("999")
        self.assertEqual(self.ingest.credit, 0)
        done = run("migrate", "--db", self.db)
        self.assertEqual(done.returncode, 3)
        self.assertIn("999", done.stderr)

    def test_a_table_that_vanishes_and_comes_back(self):
        self.migrate()
        self.start()
        goodbyes = self.ingest.goodbyes
        self.rows("ALTER TABLE newsmill_data.quotes RENAME TO away")
        self.ingest.deliver(*[Item(f"https://example.org/{n}", TEXT, **FACTS) for n in range(30)])
        self.ingest.until(lambda: self.ingest.goodbyes > goodbyes, 20, "the leases to come back")
        self.assertEqual(self.ingest.finished, {})
        self.wait_said("42P01")
        self.rows("ALTER TABLE newsmill_data.away RENAME TO quotes")
        self.ingest.wait_credit()
        items = [Item(f"https://example.org/{n}", TEXT, **FACTS) for n in range(30)]
        self.assertEqual(set(self.push(*items)), {"stored"})
        self.assertEqual(self.value("SELECT count(*) FROM newsmill.quotes"), 30)

    def test_no_right_to_write(self):
        self.migrate()
        self.rows("CREATE ROLE poor LOGIN")
        poor = self.db.replace("postgres@", "poor@", 1)
        try:
            self.start(ready=False, db=poor)
            self.wait_said("permission denied")
            self.rows("GRANT newsmill_writer TO poor")
            self.ingest.wait_credit()
            self.assertEqual(self.push(Item("https://example.org/1", TEXT, **FACTS)), ["stored"])
            dead = {"dead_stage": "analysis", "dead_code": "x"}
            self.assertEqual(self.push(Item("https://example.org/2", TEXT), dead=dead), ["dead"])
            self.assertEqual(self.push(Item("https://example.org/1", "new")), ["stored"])
        finally:
            self.store.kill()
            self.rows("DROP ROLE poor")

    def test_a_wrong_endpoint_is_bad_usage(self):
        self.assertEqual(run("store", "--db", self.db, "--work", "nonsense").returncode, 2)


class DatabaseAway(StorageCase):
    def make_cluster(self):
        cluster = postgres.Cluster()
        self.addCleanup(cluster.remove)
        return cluster

    def items(self, count, first=0):
        return [Item(f"https://example.org/{n}", TEXT, names=NAMES) for n in range(first, first + count)]

    def test_a_commit_is_on_the_disk_whatever_the_database_is_set_to(self):
        self.migrate()
        self.rows(f"ALTER DATABASE {self.value('SELECT current_database()')} SET synchronous_commit = off")
        self.rows("ALTER TABLE newsmill_data.ledger ADD COLUMN how text DEFAULT current_setting('synchronous_commit')")
        self.start()
        self.assertEqual(self.push(Item("https://example.org/1", TEXT)), ["stored"])
        self.assertEqual(self.value("SELECT how FROM newsmill_data.ledger"), "on")

    def test_it_waits_at_the_start(self):
        self.migrate()
        self.cluster.stop()
        self.start(ready=False)
        self.wait_said("waiting for the database")
        self.assertEqual(self.ingest.credit, 0)
        self.cluster.start()
        self.ingest.wait_credit()
        self.assertEqual(set(self.push(*self.items(10))), {"stored"})

    def test_it_holds_its_batch_and_beats(self):
        self.migrate()
        self.start()
        self.assertEqual(set(self.push(*self.items(10))), {"stored"})
        self.cluster.stop(signal.SIGQUIT)
        leases = self.ingest.deliver(*self.items(20, first=10))
        self.wait_said("waiting for the database")
        beats = self.ingest.beats
        self.ingest.until(lambda: self.ingest.beats > beats + 10, 10, "heartbeats")
        self.assertEqual([lease for lease in leases if lease in self.ingest.finished], [])
        self.cluster.start()
        self.assertEqual(set(self.ingest.outcomes(leases)), {"stored"})
        self.assertEqual(self.value("SELECT count(*) FROM newsmill.articles"), 30)

    def test_told_to_stop_meanwhile(self):
        self.migrate()
        self.start()
        self.cluster.stop()
        self.ingest.deliver(*self.items(20))
        self.wait_said("waiting for the database")
        goodbyes = self.ingest.goodbyes
        self.store.child.send_signal(signal.SIGTERM)
        self.ingest.until(lambda: self.ingest.goodbyes > goodbyes, 15, "goodbye")
        self.assertEqual(self.store.wait(5), 0)
        self.assertEqual(self.ingest.finished, {})

    def test_the_second_signal_ends_it_at_once(self):
        self.migrate()
        self.start()
        self.cluster.stop()
        self.ingest.deliver(*self.items(20))
        self.wait_said("waiting for the database")
        self.store.child.send_signal(signal.SIGTERM)
        self.wait_said("stopping")
        self.store.child.send_signal(signal.SIGTERM)
        self.assertEqual(self.store.wait(3), 0)

    def test_it_beats_while_a_statement_waits_for_a_lock(self):
        self.migrate()
        self.start()
        blocker = psycopg2.connect(self.db)
        with blocker.cursor() as cursor:
            cursor.execute("LOCK TABLE newsmill_data.articles")
        leases = self.ingest.deliver(*self.items(5))
        beats = self.ingest.beats
        self.ingest.until(lambda: self.ingest.beats > beats + 10, 10, "heartbeats")
        self.assertEqual([lease for lease in leases if lease in self.ingest.finished], [])
        blocker.close()
        self.assertEqual(set(self.ingest.outcomes(leases)), {"stored"})


class Races(StorageCase):
    """Several storage workers, the same articles."""

    def test_revisions_by_two_workers(self):
        self.migrate()
        other = FakeIngest()
        self.addCleanup(other.close)
        self.start("--batch-rows", "10")
        second = Process(self.folder, "second", "store", "--db", self.db, "--work", other.endpoint, "--batch-rows", "10")
        self.addCleanup(second.kill)
        other.wait_credit()
        leases = []
        for round_number in range(20):
            for ingest in (self.ingest, other):
                items = [Item(f"https://example.org/{n}", f"{round_number} {id(ingest)} {n}", names=NAMES)
                         for n in range(10)]
                leases.append((ingest, ingest.deliver(*items)))
            self.ingest.turn(0)
            other.turn(0)
        def done():
            self.ingest.turn(0)
            other.turn(0)
            return all(lease in ingest.finished for ingest, some in leases for lease in some)
        wait_for(done, 60, lambda: f"outcomes\n{self.store.tail()}\n{second.tail()}")
        self.assertEqual({ingest.finished[lease] for ingest, some in leases for lease in some}, {"stored"})
        self.assertEqual(self.rows("SELECT count(*), count(DISTINCT article), min(revision), max(revision)"
                                   " FROM newsmill.article_revisions"), [(400, 10, 1, 40)])
        self.assertEqual(self.rows("SELECT count(*), min(revision), max(revision) FROM newsmill.articles"), [(10, 40, 40)])
        self.assertEqual(self.value("SELECT count(*) FROM newsmill.names"), 20)


class Schema(StorageCase):
    def test_the_readme_says_what_the_views_say(self):
        self.migrate()
        documented, view = {}, None
        for line in (ROOT / "migrations" / "README.md").read_text(encoding="utf-8").splitlines():
            if line.startswith("### newsmill."):
                view = line.removeprefix("### newsmill.")
            match = re.fullmatch(r"\| `(\w+)` \| ([^|]+) \| (.+) \|", line)
            if view and match:
                documented[view, match[1]] = (match[2], match[3])
        found = {(relation, column): (kind, comment) for relation, column, kind, comment in self.rows(
            "SELECT c.relname, a.attname, format_type(a.atttypid, NULL), col_description(c.oid, a.attnum)"
            " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
            " WHERE c.relnamespace = 'newsmill'::regnamespace AND c.relkind IN ('v', 'm')")}
        short = {"timestamp with time zone": "timestamptz"}
        found = {key: (short.get(kind, kind), comment) for key, (kind, comment) in found.items()}
        self.assertEqual(documented, found)

    def test_many_migrate_at_once(self):
        runs = [Process(self.folder, f"migrate-{n}", "migrate", "--db", self.db) for n in range(6)]
        self.assertEqual([process.wait(60) for process in runs], [0] * 6)
        self.assertEqual(self.value("SELECT count(*) = max(version) FROM newsmill.schema_version"), True)
        self.assertEqual(run("migrate", "status", "--db", self.db).returncode, 0)

    def test_an_owner_who_may_not_create_roles(self):
        cluster = postgres.Cluster()
        self.addCleanup(cluster.remove)
        db = cluster.new_database()
        postgres.rows(db, "CREATE ROLE modest LOGIN")
        postgres.rows(db, f"GRANT CREATE ON DATABASE {db.split('@/')[1].split('?')[0]} TO modest")
        modest = db.replace("postgres@", "modest@", 1)
        done = run("migrate", "--db", modest)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("CREATE ROLE newsmill_writer NOLOGIN", done.stderr)
        postgres.rows(db, "CREATE ROLE newsmill_writer NOLOGIN; CREATE ROLE newsmill_reader NOLOGIN")
        self.assertEqual(run("migrate", "--db", modest).stderr, "")
        self.assertTrue(postgres.value(db, "SELECT has_table_privilege('newsmill_reader', 'newsmill.articles', 'SELECT')"))

    def test_a_stranger_may_not_migrate(self):
        self.rows("CREATE ROLE stranger LOGIN")
        try:
            done = run("migrate", "--db", self.db.replace("postgres@", "stranger@", 1))
        finally:
            self.rows("DROP ROLE stranger")
        self.assertEqual(done.returncode, 3)
        self.assertIn("owner of the database", done.stderr)

    def test_a_reader_reads_the_views_only(self):
        self.migrate()
        self.rows("CREATE ROLE dashboard LOGIN IN ROLE newsmill_reader")
        try:
            reader = self.db.replace("postgres@", "dashboard@", 1)
            for view, in self.rows("SELECT viewname FROM pg_views WHERE schemaname = 'newsmill'"):
                postgres.rows(reader, f"SELECT * FROM newsmill.{view} LIMIT 1")
            for forbidden in ("SELECT * FROM newsmill_data.articles", "DELETE FROM newsmill.dead"):
                with self.assertRaises(psycopg2.errors.InsufficientPrivilege):
                    postgres.rows(reader, forbidden)
        finally:
            self.rows("DROP ROLE dashboard")


if __name__ == "__main__":
    unittest.main()
