#!/usr/bin/python3
"""Each worker's own HTTP port: /healthz while it turns, /readyz red with the reason when it cannot do
its work, /metrics that Prometheus can read."""
import re
import unittest
import urllib.error
import urllib.request

from support import articles, postgres
from support.mill import FREE_PORT, MillCase
from support.process import run
from support.pushing import Pusher
from support.waiting import wait_for

URL = re.compile(r"url=(http://127\.0\.0\.1:\d+)")
HTTP = ("--http", "127.0.0.1:0")
SAMPLE = re.compile(r"^[a-z_]+(\{[^}]*\})? \d+$")


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
        code, text = get(self.url(process) + "/metrics")
        self.assertEqual(code, 200)
        self.assertTrue(text.endswith("# EOF\n"))
        samples = [line for line in text.splitlines() if not line.startswith("#")]
        self.assertTrue(all(SAMPLE.match(line) for line in samples), text)
        return {name: int(value) for name, value in (line.rsplit(" ", 1) for line in samples)}

    def test_all_three_count_what_they_do(self):
        self.mill.migrate()
        ingest = self.mill.start_ingest(*HTTP)
        analyze, store = self.mill.start_analyze(*HTTP), self.mill.start_store(*HTTP)
        for process in (ingest, analyze, store):
            self.wait_ready(process)
        with Pusher(self.mill.endpoints["push"]) as pusher:
            pusher.push(articles.articles(50))
        self.mill.wait_idle(50)
        books = self.metrics(ingest)
        self.assertEqual(books["newsmill_accepted_total"], 50)
        self.assertEqual(books["newsmill_accepted_total"],
                         books["newsmill_stored_total"] + books["newsmill_duplicate_total"]
                         + books["newsmill_dead_total"] + books["newsmill_in_flight"])
        self.assertEqual(self.metrics(analyze)["newsmill_analyze_done_total"], 50)
        self.assertEqual(self.metrics(store)["newsmill_store_stored_total"], 50)

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
