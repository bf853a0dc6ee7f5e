"""Rollups: exact at every moment, whatever comes, in whatever order, through however many workers; and what
retention leaves of them."""
import datetime
import random
import threading
import unittest

import psycopg2

from support.fake_ingest import FakeIngest, Item
from support.process import Process, run
from support.waiting import wait_for

from test_storage import TEXT, StorageCase

NAMES = ["Oslo", "Bergen", "Nansen", "Telenor", "Ålesund", "Lofoten"]
CODES = ["NOR", "SWE", "FIN", "RUS", None]
FOLDED = "SELECT sum(n)::int FROM (SELECT count(*) AS n FROM newsmill_data.pending_hours UNION ALL" \
         " SELECT count(*) FROM newsmill_data.pending_terms) p"
DAY = 86_400_000


def ms(*date):
    return int(datetime.datetime(*date, tzinfo=datetime.timezone.utc).timestamp() * 1000)


def random_item(random, url, received):
    """Facts of every kind, with gaps: no name, no code, no tone, no theme."""
    made = Item(url, f"{TEXT} {random.random()}")
    made.received = received
    names = [random.choice(NAMES) for _ in range(random.randrange(6))]
    made.result.update({
        "focus": random.choice(["NO", "SE", None]), "source": random.choice(["a.example", "b.example", None]),
        "published": random.choice([None, received - 3_600_000, received + 60_000, received - 30 * DAY]),
        "names": [{"start": 0, "end": 4, "text": name, "type": random.choice(["place", None]),
                   "name": random.choice([name, None])} for name in names],
        "places": [{"start": 0, "end": 4, "text": name, "name": name, "kind": "city", "country": "NO",
                    "lat": random.choice([59.9, None]), "lon": 10.7} for name in names],
        "events": [{"start": 0, "end": 4, "sentence": 0, "type": random.choice(["AID", "ACCUSE"]),
                    "contexts": [], "quad": random.choice([1, 2, 3, 4, None]), "negated": random.random() < 0.2,
                    "goldstein": random.choice([None, 6.4, -2.2]), "mentions": random.randrange(1, 4),
                    "modality": random.choice(["actual", "future", None]),
                    "source": [{"start": 0, "end": 4, "text": "x", "code": random.choice(CODES)}],
                    "target": random.choice([[], [{"start": 0, "end": 4, "text": "y", "code": random.choice(CODES)}]])}
                   for _ in range(random.randrange(4))],
        "themes": [{"code": code, "count": random.randrange(9), "score": 0.5}
                   for code in random.sample(["health", "war", "x" * 300], random.randrange(3))],
    })
    if random.random() < 0.3:
        made.result["tone"] = {"tone": None, "words": 3}
    return made


class RollupCase(StorageCase):
    def setUp(self):
        super().setUp()
        self.random = random.Random(7)
        self.migrate()

    def newsmill(self, *arguments, code=0):
        done = run(*arguments, "--db", self.db)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout

    def verify(self, code=0):
        return self.newsmill("rollups", "verify", code=code)

    def items(self, count, since=ms(2026, 1, 30), step=7_000_000, urls=1000):
        return [random_item(self.random, f"https://example.org/{n % urls}", since + n * step) for n in range(count)]

    def folded(self):
        def done():
            self.ingest.turn(0)
            return self.value(FOLDED) == 0
        wait_for(done, 30, "everything folded")


class Exact(RollupCase):
    def test_before_and_after_folding(self):
        self.start()
        self.assertEqual(set(self.push(*self.items(120))), {"stored"})
        self.verify()
        sums = "SELECT sum(articles), sum(tone * toned), sum(words) FROM newsmill.tone_by_hour"
        before = self.rows(sums)
        self.folded()
        self.verify()
        self.assertEqual(self.rows(sums)[0][0], 120)
        self.assertEqual(self.rows(sums), before)
        self.assertAlmostEqual(before[0][1], self.value("SELECT sum(tone) FROM newsmill.articles"), 3)
        self.assertEqual(
            self.rows("SELECT day, source_code, target_code, type, sum(events), sum(goldstein_sum)::numeric(9,2)"
                      " FROM newsmill.pairs_by_day GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"),
            self.rows("SELECT (received AT TIME ZONE 'UTC')::date, source_code, target_code, type, count(*),"
                      " sum(goldstein)::numeric(9,2) FROM newsmill.events GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"))
        self.assertEqual(
            self.rows("SELECT name, type, sum(articles), sum(mentions) FROM newsmill.names_by_day GROUP BY 1, 2 ORDER BY 1, 2"),
            self.rows("SELECT name, coalesce(type, 'other'), count(DISTINCT article), count(*) FROM newsmill.names"
                      " WHERE name IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2"))
        self.assertEqual(self.value("SELECT sum(delayed) FROM newsmill.volume_by_hour"),
                         self.value("SELECT count(*) FROM newsmill.articles WHERE received - published BETWEEN"
                                    " interval '0' AND interval '7 days'"))

    def test_revisions_and_replays_take_out_what_was(self):
        self.start()
        items = self.items(90, urls=30)
        self.assertEqual(set(self.push(*items)), {"stored"})
        self.assertEqual(self.value("SELECT sum(articles) FROM newsmill.tone_by_hour"), 30)
        self.verify()
        for item in items:
            item.result = {**random_item(self.random, "https://example.org/x", item.received).result, "analyzer": "test 2"}
            item.replay = 1
        self.assertEqual(set(self.push(*items)), {"stored"})
        self.assertEqual(self.value("SELECT count(DISTINCT analyzer) FROM newsmill.names"), 1)
        self.assertEqual(self.value("SELECT sum(articles) FROM newsmill.tone_by_hour"), 30)
        self.verify()
        self.folded()
        self.verify()

    def test_several_workers_one_of_them_killed(self):
        ingests = [FakeIngest() for _ in range(3)]
        stores = []
        for n, ingest in enumerate(ingests):
            self.addCleanup(ingest.close)
            stores.append(Process(self.folder, f"store{n}", "store", "--db", self.db, "--work", ingest.endpoint,
                                  "--batch-rows", "20"))
            self.addCleanup(stores[-1].kill)
            ingest.wait_credit()
        items = self.items(600, urls=200)
        leases = [(ingest, ingest.deliver(*items[n::3])) for n, ingest in enumerate(ingests)]

        def done(which, part):
            for ingest, _ in leases:
                ingest.turn(5)
            return all(sum(lease in ingest.finished for lease in given) >= part * len(given) for ingest, given in which)
        wait_for(lambda: done(leases[:1], 0.3), 60, "a third stored")
        stores[0].kill()
        self.verify()
        wait_for(lambda: done(leases[1:], 1), 60, "all outcomes")
        again = Process(self.folder, "again", "store", "--db", self.db, "--work", ingests[1].endpoint)
        self.addCleanup(again.kill)
        left = [item for n, item in enumerate(items[0::3]) if leases[0][1][n] not in ingests[0].finished]
        ingests[2].outcomes(ingests[2].deliver(*left))
        self.verify()
        self.ingest = ingests[2]
        self.folded()
        self.verify()
        self.assertEqual(self.value("SELECT sum(articles) FROM newsmill.volume_by_hour"), 200)

    def test_copies_are_counted_when_they_are_found(self):
        self.start()
        text = " ".join(f"word{n}" for n in range(300))
        items = [Item(f"https://example.org/{n}", text + f" {n}", source=f"s{n}.example") for n in range(3)]
        for item in items:
            item.received = ms(2026, 5, 5)
        self.push(*items)

        def found():
            self.ingest.turn(0)
            return self.value("SELECT sum(copies) FROM newsmill.volume_by_hour") == 2
        wait_for(found, 30, "two copies")
        self.verify()

    def test_rebuilt(self):
        self.start("--without-rollups")
        self.push(*self.items(60))
        self.assertIn("differ", run("rollups", "verify", "--db", self.db).stderr)
        self.newsmill("rollups", "rebuild")
        self.verify()
        self.rows("UPDATE newsmill_data.rollup_terms SET mentions = mentions + 1 WHERE term = 'Oslo'")
        self.rows("INSERT INTO newsmill_data.corrections_pairs SELECT '2026-02-01', 'X', 'Y', 'AID', true, 1, 1, 1, 1, 1, 1, 1, 1")
        self.verify(code=1)
        self.newsmill("rollups", "rebuild")
        self.verify()

    def test_verified_while_a_month_is_made(self):
        """An article comes into a month that is made between the plan and the snapshot."""
        self.start()
        self.push(*self.items(1))
        maker = psycopg2.connect(self.db)
        self.addCleanup(maker.close)
        cursor = maker.cursor()
        cursor.execute("SELECT newsmill_data.partition_add('newsmill_data.articles', '2020-01-01')")
        verifying = threading.Thread(target=self.verify)
        verifying.start()
        wait_for(lambda: self.value("SELECT count(*) FROM pg_locks WHERE NOT granted"), 30, "verify to wait")
        cursor.execute("CREATE TEMP TABLE moved AS SELECT * FROM newsmill_data.articles")
        cursor.execute("UPDATE moved SET key = gen_random_uuid(), received = '2020-01-05'")
        cursor.execute("INSERT INTO newsmill_data.articles SELECT * FROM moved")
        for rollup in ("hours", "terms"):
            columns = self.value("SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute WHERE attnum > 0 AND attrelid ="
                                 f" 'newsmill_data.corrections_{rollup}'::regclass")
            cursor.execute(f"INSERT INTO newsmill_data.corrections_{rollup} ({columns}) SELECT {columns}"
                           f" FROM newsmill_data.facts_{rollup} WHERE received = '2020-01-05'")
        failed = []
        threading.excepthook, before = lambda args: failed.append(args.exc_value), threading.excepthook
        maker.commit()
        verifying.join()
        threading.excepthook = before
        self.assertEqual(failed, [])

    def test_trending(self):
        self.start()
        items = self.items(280, since=ms(2026, 3, 1), step=DAY // 10)
        items += self.items(6, since=ms(2026, 3, 29), step=60_000, urls=10 ** 6)
        for item in items:
            item.result["names"] = [{"start": 0, "end": 4, "text": "n", "type": "place", "name": "Oslo"}]
        for n, item in enumerate(items):
            item.url = item.article = None
        for n, item in enumerate(items):
            fresh = Item(f"https://example.org/t/{n}", f"{TEXT} {n}")
            item.article = fresh.article
        for item in items[-5:]:
            item.result["names"].append({"start": 0, "end": 4, "text": "n", "type": "person", "name": "Nansen"})
        for item in items[:2]:
            item.result["names"].append({"start": 0, "end": 4, "text": "n", "type": "person", "name": "Nansen"})
        self.push(*items)
        rows = {name: rest for name, *rest in self.rows(
            "SELECT name, day, articles, usual, expected, score FROM newsmill.trending_names")}
        self.assertEqual(set(rows), {"Oslo", "Nansen"})
        self.assertEqual(rows["Nansen"][:2], [datetime.date(2026, 3, 29), 5])
        self.assertAlmostEqual(rows["Nansen"][2], 2 / 28)
        self.assertAlmostEqual(rows["Nansen"][3], 6 * 2.5 / 281)
        self.assertGreater(rows["Nansen"][4], 3)
        self.assertLess(abs(rows["Oslo"][4]), 0.1)


class Retention(RollupCase):
    def test_months_go_and_the_rest_stays(self):
        self.start()
        now = self.value("SELECT (extract(epoch FROM now()) * 1000)::bigint")
        items = self.items(40, since=now - 800 * DAY, step=20 * DAY, urls=10 ** 6)
        self.assertEqual(set(self.push(*items)), {"stored"})
        self.folded()
        kept = "received >= date_trunc('month', now() AT TIME ZONE 'UTC' - interval '12 months') AT TIME ZONE 'UTC'"
        before = self.value(f"SELECT count(*) FROM newsmill.articles WHERE NOT ({kept})")
        names = self.value(f"SELECT count(*) FROM newsmill_data.names WHERE {kept}")
        counted = self.rows("SELECT sum(articles) FROM newsmill.tone_by_hour")
        self.assertGreater(before, 10)
        said = self.newsmill("retain", "--keep", "12mo", "--dry-run")
        self.assertIn(f"would drop ledger {before:>30} rows".replace(" ", ""), said.replace(" ", ""))
        self.assertEqual(self.value("SELECT count(*) FROM newsmill.articles"), 40)
        self.newsmill("retain", "--keep", "1y")
        self.assertEqual(self.value("SELECT count(*) FROM newsmill.articles"), 40 - before)
        self.assertEqual(self.value("SELECT count(*) FROM newsmill_data.names"), names)
        self.assertEqual(self.value("SELECT count(*) FROM newsmill_data.ledger"), 40 - before)
        self.assertEqual(self.rows("SELECT sum(articles) FROM newsmill.tone_by_hour"), counted, "rollups stay")
        self.verify()
        self.newsmill("rollups", "rebuild")
        self.assertEqual(self.rows("SELECT sum(articles) FROM newsmill.tone_by_hour"), counted)
        for item in (items[0], items[-1]):  # one that was dropped is new, one that is kept is known
            again = Item("https://example.org/x", "x")
            item.key, item.received = again.key, now
        self.assertEqual(self.push(items[0], items[-1]), ["stored", "duplicate"])
        self.assertEqual(self.newsmill("retain", "--keep", "12mo").strip(), "dropped 0 partitions, 0 rows, 0 bytes")
        self.newsmill("retain", "--keep", "12mo", "--rollups")
        self.assertEqual(self.value("SELECT sum(articles) FROM newsmill.tone_by_hour"),
                         self.value("SELECT count(*) FROM newsmill.articles"))
        self.verify()

    def test_what_to_keep_is_said(self):
        for keep in ((), ("--keep", "24"), ("--keep", "0mo"), ("--keep", "x")):
            self.newsmill("retain", *keep, code=2)


if __name__ == "__main__":
    unittest.main()
