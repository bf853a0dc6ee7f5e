#!/usr/bin/python3
"""Each worker's own HTTP port: /healthz while it turns, /readyz red with the reason when it cannot do
its work, /metrics that Prometheus can read."""
import re
import unittest
import urllib.error
import urllib.request

from support import articles, postgres, scraping
from support.mill import FREE_PORT, MillCase
from support.process import run
from support.pushing import Pusher
from support.scraping import value
from support.waiting import wait_for

URL = re.compile(r"url=(http://127\.0\.0\.1:\d+)")
HTTP = ("--http", "127.0.0.1:0")


def get(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


class Probes(MillCase):
    level = "fast"

    def url(self, process):
        found = wait_for(lambda: URL.search(process.err()), 20, lambda: f"a URL\n{process.tail()}")
        return found.group(1)

    def wait_ready(self, process, code=200, why="ready"):
        url = self.url(process)

        def as_wanted():
            found, text = get(url + "/readyz")
            return found == code and why in text
        wait_for(as_wanted, 20, lambda: f"{code} {why}: {get(url + '/readyz')}\n{process.tail()}")
        self.assertEqual(get(url + "/healthz"), (200, "ok\n"))

    def metrics(self, process):
        url = self.url(process)
        self.assertEqual(scraping.lint(url), "")
        return scraping.scrape(url)

    def test_all_three_count_what_they_do(self):
        self.mill.migrate()
        ingest = self.mill.start_ingest(*HTTP)
        analyze, store = self.mill.start_analyze(*HTTP), self.mill.start_store(*HTTP)
        for process in (ingest, analyze, store):
            self.wait_ready(process)
        with Pusher(self.mill.endpoints["push"]) as pusher:
            pusher.push(articles.articles(50))
        self.mill.wait_idle(50)
        found = self.metrics(ingest)
        self.assertEqual(value(found, "newsmill_articles_accepted_total"), 50)
        self.assertTrue(scraping.balances(found), found)
        self.assertEqual(value(found, "newsmill_ingest_sync_articles_sum"), 50)
        self.assertGreater(value(found, "newsmill_ingest_sync_seconds_sum"), 0)
        self.assertEqual(value(found, "newsmill_workers", role="analyze", state="running"), 1)
        found = self.metrics(analyze)
        self.assertEqual(value(found, "newsmill_analyze_done_total"), 50)
        self.assertEqual(value(found, "newsmill_analyze_article_seconds_count"), 50)
        self.assertEqual(value(found, "newsmill_analyze_stage_seconds_count", stage="sentences"), 50)
        found = self.metrics(store)
        self.assertEqual(value(found, "newsmill_store_done_total", outcome="stored"), 50)
        self.assertEqual(value(found, "newsmill_accept_to_commit_seconds_count", outcome="stored"), 50)
        self.assertEqual(value(found, "newsmill_store_batch_articles_sum"), 50)
        self.assertEqual(value(found, "newsmill_store_database_usable"), 1)

    def test_the_books_balance_in_every_scrape(self):
        """While articles come, some of them for the second time."""
        self.mill.migrate()
        ingest = self.mill.start_ingest(*HTTP)
        self.mill.start_analyze()
        self.mill.start_store()
        url = self.url(ingest)
        for turn in range(6):
            with Pusher(self.mill.endpoints["push"]) as pusher:
                pusher.push(articles.articles(60, seed=f"balance-{turn // 2}"))
            for _ in range(5):
                self.assertTrue(scraping.balances(scraping.scrape(url)))
        self.mill.wait_idle(360)
        found = scraping.scrape(url)
        self.assertEqual((value(found, "newsmill_articles_stored_total"),
                          value(found, "newsmill_articles_duplicate_total")), (180, 180))

    def test_an_analyzer_without_ingest(self):
        self.mill.endpoints = {"work": "tcp://127.0.0.1:9"}
        self.wait_ready(self.mill.start_analyze(*HTTP), 503, "no ingest answers")

    def test_a_quiet_one(self):
        self.mill.start_ingest()
        process = self.mill.start_analyze(*HTTP)
        self.wait_ready(process)
        self.assertEqual(run("worker", "quiet", process.pid, "--data", self.mill.data).returncode, 0)
        self.wait_ready(process, 503, "told to be quiet")

    def test_storage_without_its_schema(self):
        self.mill.start_ingest()
        store = self.mill.start_store(*HTTP)
        self.wait_ready(store, 503, "newsmill migrate")
        self.mill.migrate()
        self.wait_ready(store)

    def test_storage_that_lost_its_rights(self):
        self.mill.migrate()
        self.mill.start_ingest()
        self.mill.start_analyze()
        store = self.mill.start_store(*HTTP)
        self.wait_ready(store)
        postgres.rows(self.mill.database, "ALTER TABLE newsmill_data.ledger RENAME TO gone")
        with Pusher(self.mill.endpoints["push"]) as pusher:
            pusher.push(articles.articles(20))
        self.wait_ready(store, 503, "ledger")
        _, books = self.mill.status()
        self.assertEqual((books["dead"], books["in_flight"]), (0, 20))
        postgres.rows(self.mill.database, "ALTER TABLE newsmill_data.gone RENAME TO ledger")
        self.mill.wait_idle(20)
        self.wait_ready(store)

    def test_ingest_with_a_full_backlog(self):
        ingest = self.mill.start_ingest(*HTTP, "--backlog-bytes", 1 << 20, "--segment-bytes", 1 << 18)
        self.wait_ready(ingest)
        pusher = Pusher(self.mill.endpoints["push"], window=50)
        with pusher, self.assertRaises(AssertionError):
            pusher.push(articles.articles(1000), deadline_s=5)
        self.wait_ready(ingest, 503, "the backlog is full")

    def test_an_address_that_is_none(self):
        for command in ("ingest", "analyze", "store"):
            done = run(command, "--http", "nowhere", *(("--data", self.mill.data) if command == "ingest" else ()),
                       *(("--push", FREE_PORT, "--ingest", FREE_PORT, "--work", FREE_PORT)
                         if command == "ingest" else ()))
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn("an address looks like", done.stderr)


if __name__ == "__main__":
    unittest.main()
