"""Articles and facts by month: a database of an older version moves over, months are made when they are needed
by a worker that has no right to make tables, and an article has one latest revision across months and workers."""
import datetime
import unittest

import psycopg2

from support.fake_ingest import FakeIngest, Item
from support.process import ROOT, Process, run
from support.waiting import wait_for

from test_storage import FACTS, TEXT, StorageCase

VIEWS = ("articles", "article_revisions", "changes", "names", "places", "events", "quotes", "targets", "dates",
         "amounts", "sentences")
TABLES = ("articles", "names", "places", "events", "targets", "quotes", "dates", "amounts")
LATEST = """SELECT count(*) FROM (SELECT article FROM newsmill_data.articles GROUP BY article
    HAVING count(*) FILTER (WHERE latest) <> 1) wrong"""
STRAY = """SELECT count(*) FROM newsmill_data.names f LEFT JOIN newsmill_data.articles a
    ON a.key = f.article_key AND a.received = f.received AND a.article = f.article AND a.latest = f.latest
    WHERE a.key IS NULL"""


def ms(*date):
    return int(datetime.datetime(*date, tzinfo=datetime.timezone.utc).timestamp() * 1000)


def item(url, received, text=TEXT, **more):
    made = Item(url, text, **{**FACTS, **more})
    made.received = received
    return made


class FromVersion8(StorageCase):
    FILL = """
        INSERT INTO newsmill_data.articles (key, article, revision, latest, received, authors, removed, sentence_starts,
            sentence_ends, sentence_tones, words, themes, keyphrases, summary, fingerprint, analyzer, repaired,
            unknown_keys, original, title, text, tone, focus)
        SELECT key, article, revision, latest, received, '{}', '[]', '{0}', '{4}', '{1}', 2, '[{"code":"T","count":1}]',
            '[]', '[]', n, 'old 1', 0, 0, 'x', 'title ' || revision, 'Oslo' || repeat(' said', (n + 1) * revision), 0.5, 'NO'
        FROM (SELECT n, r AS revision, r = 2 OR n % 2 = 1 AS latest, md5(n::text)::uuid AS article,
                     md5(n || 'k' || r)::uuid AS key,
                     timestamptz '2025-11-30 22:00+00' + (n * 20 + r) * interval '1 day' + interval '1 hour' * n AS received
              FROM generate_series(0, 19) n, generate_series(1, 2) r WHERE r = 1 OR n % 2 = 0) made;
        INSERT INTO newsmill_data.ledger
            SELECT article, md5(key::text)::uuid, key, revision, received FROM newsmill_data.articles;
        INSERT INTO newsmill_data.names SELECT key, 0, 0, 4, 1, 'Oslo', 'place', 'Oslo', NULL FROM newsmill_data.articles;
        INSERT INTO newsmill_data.places (article_key, ordinal, start_offset, end_offset, text, name, kind, country, lat, lon)
            SELECT key, 0, 0, 4, 'Oslo', repeat('Oslo', 800), 'city', 'NO', 59.9, 10.7 FROM newsmill_data.articles;
        INSERT INTO newsmill_data.events (article_key, ordinal, start_offset, end_offset, sentence, type, contexts, negated,
            modality, place, source_code, goldstein, quad)
            SELECT key, 0, 5, 9, 0, 'CONSULT', '{a}', false, 'actual', 0, 'NOR', 1, 1 FROM newsmill_data.articles;
        INSERT INTO newsmill_data.quotes (article_key, ordinal, start_offset, end_offset, direct)
            SELECT key, 0, 0, 4, true FROM newsmill_data.articles"""

    def setUp(self):
        super().setUp()
        self.rows("CREATE SCHEMA newsmill; CREATE TABLE newsmill.schema_version (version integer PRIMARY KEY,"
                  " name text NOT NULL, program text NOT NULL, applied timestamptz NOT NULL DEFAULT now())")
        for number in range(1, 9):
            (path,) = (ROOT / "migrations").glob(f"{number:04}_*.sql")
            self.rows(path.read_text())
            self.rows("INSERT INTO newsmill.schema_version VALUES (%s, 'old', 'old')", (number,))
        self.rows(self.FILL)

    def seen(self):
        return {view: self.rows(f"SELECT to_jsonb(t) FROM newsmill.{view} t ORDER BY to_jsonb(t)::text") for view in VIEWS}

    def test_rows_move_to_their_months(self):
        before = self.seen()
        self.migrate()
        after = self.seen()
        for view, rows in before.items():
            for (old,), (new,) in zip(rows, after[view], strict=True):
                self.assertEqual(cut(old), {name: cut(new)[name] for name in old}, view)
        self.assertEqual(len(before["articles"]), 20)
        self.assertEqual(self.value("SELECT count(*) FROM newsmill_data.articles_default"), 0)
        self.assertEqual(self.value("SELECT count(*) FROM newsmill_data.names WHERE tableoid::regclass::text ="
                                    " 'newsmill_data.names' || to_char(received AT TIME ZONE 'UTC', '\"_y\"YYYY\"m\"MM')"), 30)
        self.assertEqual(self.rows("SELECT relname FROM pg_class WHERE relname LIKE 'old_%'"), [])
        self.assertEqual(self.value(LATEST), 0)
        self.start()
        self.assertEqual(self.push(item("https://example.org/new", ms(2025, 12, 1))), ["stored"])

    def test_a_migration_that_fails_leaves_everything(self):
        before = self.seen()
        self.rows("CREATE VIEW public.mine AS SELECT key FROM newsmill_data.names")
        self.assertEqual(run("migrate", "--db", self.db).returncode, 3)
        (path,) = (ROOT / "migrations").glob("*_partitions.sql")
        self.assertEqual(self.value("SELECT max(version) FROM newsmill.schema_version"), int(path.name[:4]) - 1)
        self.assertEqual(self.rows("SELECT relkind FROM pg_class WHERE oid = 'newsmill_data.names'::regclass"), [("r",)])
        self.assertEqual(len(self.seen()["names"]), len(before["names"]))
        self.rows("DROP VIEW public.mine")
        self.migrate()
        self.assertEqual(len(self.seen()["names"]), len(before["names"]))


def cut(row):
    """Terms are cut to what an index takes."""
    return {name: value[:256] if name in ("name", "place_name") and value else value for name, value in row.items()}


class Months(StorageCase):
    def setUp(self):
        super().setUp()
        self.migrate()

    def partitions(self, table):
        return {name for name, in self.rows(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", (f"newsmill_data.{table}",))}

    def test_months_are_there_ahead_of_time(self):
        now = self.value("SELECT now() AT TIME ZONE 'UTC'")
        for table in TABLES:
            for ahead in range(3):
                month = now.year * 12 + now.month - 1 + ahead
                self.assertIn(f"newsmill_data.{table}_y{month // 12}m{month % 12 + 1:02}", self.partitions(table))

    def test_compression_comes_with_a_month(self):
        self.assertEqual(self.rows(
            "SELECT DISTINCT a.attcompression FROM pg_attribute a JOIN pg_inherits i ON i.inhrelid = a.attrelid"
            " WHERE a.attname = 'text' AND i.inhparent = 'newsmill_data.articles'::regclass"), [("l",)])

    def test_a_writer_without_rights_makes_months(self):
        self.rows("CREATE ROLE scribe LOGIN IN ROLE newsmill_writer")
        try:
            self.start(db=self.db.replace("postgres@", "scribe@", 1))
            times = [ms(2024, 2, 29, 23, 59, 59), ms(2024, 3, 1), ms(2026, 7, 4), ms(1971, 1, 1), ms(2090, 1, 1)]
            items = [item(f"https://example.org/{n}", time) for n, time in enumerate(times)]
            self.assertEqual(self.push(*items), ["stored"] * 5)
            where = self.rows("SELECT tableoid::regclass::text FROM newsmill_data.events ORDER BY received")
            self.assertEqual([name.removeprefix("newsmill_data.events_") for name, in where],
                             ["default", "y2024m02", "y2024m03", "y2026m07", "default"])
        finally:
            self.store.kill()
            self.rows("DROP ROLE scribe")

    def test_what_waited_in_the_default_moves(self):
        """Somebody holds the default partition: the article is stored there, and moves later."""
        holder = psycopg2.connect(self.db)
        self.addCleanup(holder.close)
        holder.cursor().execute("SELECT count(*) FROM newsmill_data.places_default")
        self.start()
        self.assertEqual(self.push(item("https://example.org/1", ms(2024, 5, 5))), ["stored"])
        self.assertEqual(self.value("SELECT count(*) FROM newsmill_data.names_default"), 2)
        holder.rollback()
        self.assertEqual(self.value("SELECT newsmill_data.partitions_make(now(), now())"), len(TABLES))
        self.assertEqual(self.value("SELECT count(*) FROM newsmill_data.names_y2024m05"), 2)
        self.assertEqual(self.value("SELECT count(*) FROM newsmill_data.names_default"), 0)

    def test_a_range_of_received_reads_its_months_only(self):
        self.start()
        self.push(*[item(f"https://example.org/{n}", ms(2025, 1 + n, 3)) for n in range(12)])
        for view in ("articles", "names", "places", "events", "quotes", "sentences"):
            plan = "\n".join(line for line, in self.rows(
                f"EXPLAIN SELECT * FROM newsmill.{view} WHERE received >= '2025-03-01' AND received < '2025-04-15'"))
            self.assertIn("_y2025m03", plan)
            self.assertIn("_y2025m04", plan)
            self.assertNotIn("_y2025m05", plan)
            self.assertNotIn("_default", plan)

    def test_a_revision_in_another_month(self):
        self.start()
        for n, month in enumerate((3, 4, 4, 6)):
            self.assertEqual(self.push(item("https://example.org/1", ms(2025, month, 3), f"{TEXT} {n}")), ["stored"])
        self.assertEqual(self.rows("SELECT revision FROM newsmill_data.articles WHERE latest"), [(4,)])
        self.assertEqual(self.rows("SELECT DISTINCT received::date FROM newsmill.names"), [(datetime.date(2025, 6, 3),)])
        self.assertEqual(self.value("SELECT count(*) FROM newsmill_data.names"), 8, "those of earlier revisions are kept")
        self.assertEqual(self.value(STRAY), 0)
        self.assertEqual(self.value("SELECT count(*) FROM newsmill.changes"), 3)

    def test_workers_that_bring_revisions_at_once(self):
        """Four workers, the same twenty articles in twelve contents each, over a year, and replays of all."""
        ingests = [self.ingest] + [FakeIngest() for _ in range(3)]
        for ingest in ingests[1:]:
            self.addCleanup(ingest.close)
        stores = [Process(self.folder, f"store{n}", "store", "--db", self.db, "--work", ingest.endpoint,
                          "--batch-rows", "10") for n, ingest in enumerate(ingests)]
        for store, ingest in zip(stores, ingests):
            self.addCleanup(store.kill)
            ingest.wait_credit()
        items = [item(f"https://example.org/{n % 20}", ms(2025, 1 + n // 20, 1 + n % 20), f"{TEXT} {n // 20}")
                 for n in range(240)]
        self.spread(ingests, items)
        for again in items:
            again.result["analyzer"] = "test 2"
            again.replay = 2
        self.spread(ingests, items + [item(f"https://example.org/{n}", ms(2026, 2, 1), f"{TEXT} new") for n in range(20)])
        self.assertEqual(self.value(LATEST), 0)
        self.assertEqual(self.value("SELECT count(*) FROM newsmill_data.articles"), 260)
        self.assertEqual(self.value(STRAY), 0)
        self.assertEqual(self.value("SELECT count(*) FROM newsmill.articles"), 20)
        self.assertEqual(self.value("SELECT count(*) FROM newsmill.names"), 40)

    def spread(self, ingests, items):
        leases = [(ingest, ingest.deliver(*items[n::len(ingests)])) for n, ingest in enumerate(ingests)]

        def done():
            for ingest in ingests:
                ingest.turn(5)
            return all(lease in ingest.finished for ingest, given in leases for lease in given)
        wait_for(done, 60, "all outcomes")
        self.assertEqual({ingest.finished[lease] for ingest, given in leases for lease in given}, {"stored"})


if __name__ == "__main__":
    unittest.main()
