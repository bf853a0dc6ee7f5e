#!/usr/bin/python3
"""What the dashboard answers: its questions on the samples, what it refuses, and that a slow or dead database holds up
nothing else."""
import json
import pathlib
import re
import shutil
import signal
import socket
import tempfile
import threading
import time
import unittest

import psycopg2

from support import postgres
from support.process import ROOT, Process, run
from support.site import HOSTILE, SAMPLE_COUNT, Site
from support.waiting import wait_for

PAGE = ROOT / "worker" / "dashboard" / "page"
QUESTIONS = ROOT / "worker" / "dashboard" / "questions.c"
STATEMENTS = ROOT / "worker" / "dashboard" / "sql"
# What grows with the articles; rollups and small tables may be read whole.
FACTS = re.compile(r"(articles|names|places|events|quotes|targets|dates|amounts|ledger|sketches|story_articles|search)(_y\w+|_default)?")
# What each statement is asked with, beside a stretch of time.
BEGINS, ENDS, SOME = "'2026-01-01'", "'2100-01-01'", f"'{'0' * 8}-0000-0000-0000-{'0' * 12}'"
VALUES = {
    "pipeline": "", "dead": "NULL, NULL", "sources": f"{BEGINS}, {ENDS}", "articles": f"{BEGINS}, {ENDS}, 'Bay Courier', NULL, NULL, 'newest'",
    "search": f"'ferry', {BEGINS}, {ENDS}, NULL, NULL, '0'", "article": SOME, "map": f"{BEGINS}, {ENDS}, NULL",
    "mentions": f"{BEGINS}, {ENDS}, 'Japan', NULL", "tone": f"{BEGINS}, {ENDS}, '3600', 'source'", "matrix": f"{BEGINS}, {ENDS}",
    "events": f"{BEGINS}, {ENDS}, 'KEN', 'SOM', NULL, NULL, 'true'", "trending": f"{BEGINS}, {ENDS}",
    "stories": f"{BEGINS}, {ENDS}, 'wide'", "story": SOME,
}
READY = re.compile(r"^ready http=(?P<http>http://\S+)$", re.M)


class Dashboard(Site):
    def test_the_books_and_the_minutes(self):
        wait_for(lambda: self.ask("pipeline")["books"]["stored"] == SAMPLE_COUNT + 1, 30, "the books to be told")
        answer = self.ask("pipeline")
        self.assertEqual(sum(n for _, n in answer["volume"]), SAMPLE_COUNT + 1)
        self.assertEqual(answer["dead"], [])
        self.assertEqual(self.ask("dead"), {"dead": []})

    def test_every_question_answers(self):
        for path in re.findall(r'"/api/([a-z]+)"', QUESTIONS.read_text()):
            more = {"search": {"q": "ferry"}, "article": {"article": "0" * 8 + "-0000-0000-0000-" + "0" * 12},
                    "story": {"story": "0" * 8 + "-0000-0000-0000-" + "0" * 12}}.get(path, {})
            self.assertIsInstance(self.ask(path, **more), dict, path)

    def test_from_the_matrix_to_the_sentence(self):
        pairs = self.ask("matrix")["pairs"]
        source, target, events = next((s, t, n) for s, t, n, *_ in pairs if s != t)
        found = self.ask("events", actor=source, target=target, actual="true")["events"]
        self.assertEqual(len(found), events)
        event = found[0]
        article = self.ask("article", article=event["article"])
        text = article["article"]["text"]
        trigger = text[event["start"]:event["end"]]
        self.assertIn(trigger, event["sentence"])
        self.assertEqual(text[event["sentence_start"]:][:len(event["sentence"])], event["sentence"])
        self.assertIn([event["start"], event["end"]], [[e["start"], e["end"]] for e in article["events"]])

    def test_search_finds_and_filters(self):
        def found(**how):
            return self.ask("search", **how)["articles"]
        wait_for(lambda: len(found(q="ferry")) == 2, 30, "the articles to be filed")
        self.assertIn("⟦ferry⟧", found(q="ferry")[0]["snippet"].lower())
        self.assertEqual(len(found(q="ferry", source="Bay Courier")), 1)
        self.assertEqual(found(q="ferry", to="2000-01-01"), [])
        self.assertEqual(found(q="' OR 1=1; --"), [])

    def test_stories_and_how_they_spread(self):
        wait_for(lambda: self.ask("stories")["stories"], 30, "the copies to be found")
        story = self.ask("stories")["stories"][0]
        self.assertEqual((story["articles"], story["sources"], story["copies"]), (2, 2, 1))
        one = self.ask("story", story=story["story"])
        self.assertEqual(one["story"]["story"], story["story"])
        self.assertEqual({a["source"] for a in one["articles"]}, {"Northern Wire", "Bay Courier"})
        self.assertEqual([a["copy"] for a in one["articles"]], [False, True])
        self.assertGreater(one["articles"][1]["similarity"], 0.5)

    def test_whole_days_say_the_same_as_the_facts(self):
        """Long stretches are read from rollups; they must agree with the events themselves."""
        long, short = self.ask("matrix", **{"from": "2020-01-01", "to": "2100-01-01"}), self.ask("matrix")
        self.assertEqual(sorted(long["pairs"]), sorted(short["pairs"]))
        hours, minutes = (self.ask("tone", by="language", bucket=width) for width in (3600, 60))
        self.assertEqual(sum(n for _, n, _ in hours["all"]), sum(n for _, n, _ in minutes["all"]))
        self.assertAlmostEqual(hours["series"][0]["tone"], minutes["series"][0]["tone"], 3)
        days, exact = self.ask("map", **{"from": "2020-01-01", "to": "2100-01-01"}), self.ask("map")
        self.assertEqual({c["country"]: c["mentions"] for c in exact["countries"] if c["country"] == "JP"}["JP"] > 0,
                         {c["country"]: c["mentions"] for c in days["countries"]}.get("JP", 0) >= 0)
        self.assertEqual({(p["name"], p["mentions"]) for p in exact["places"]}, {(p["name"], p["mentions"]) for p in days["places"]})

    def test_mentions_and_places_and_tone(self):
        mentions = self.ask("mentions", name="Japan")["mentions"]
        self.assertTrue(mentions)
        for mention in mentions:
            at = mention["start"] - mention["sentence_start"]
            self.assertEqual(mention["sentence"][at:at + mention["end"] - mention["start"]], mention["text"])
        there = self.ask("map")
        self.assertIn("JP", {row["country"] for row in there["countries"]})
        self.assertTrue(all(-90 <= row["lat"] <= 90 for row in there["places"]))
        for by in ("source", "language", "country"):
            tones = self.ask("tone", by=by)
            self.assertEqual(sum(n for _, n, _ in tones["all"]), SAMPLE_COUNT + 1)
            self.assertTrue(tones["series"])

    def test_every_question_has_an_index(self):
        """With sequential scans as a last resort: one that is left has no index that it could use."""
        def scanned(plan):
            here = [plan["Relation Name"]] if plan["Node Type"] == "Seq Scan" else []
            return here + [name for each in plan.get("Plans", []) for name in scanned(each)]
        self.assertEqual(set(VALUES), {path.stem for path in STATEMENTS.glob("*.sql")})
        connection = psycopg2.connect(self.database)
        self.addCleanup(connection.close)
        for name, values in VALUES.items():
            with self.subTest(question=name), connection, connection.cursor() as cursor:
                cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL plan_cache_mode = force_custom_plan")
                cursor.execute(f"PREPARE {name} AS {(STATEMENTS / f'{name}.sql').read_text()}")
                cursor.execute(f"EXPLAIN (FORMAT JSON) EXECUTE {name}" + (f"({values})" if values else ""))
                plan = cursor.fetchone()[0][0]["Plan"]
                self.assertEqual([table for table in scanned(plan) if FACTS.fullmatch(table)], [])

    def test_what_is_not_asked_right_is_refused(self):
        for path, code in [("/api/article", "parameter-missing"), ("/api/article?article=1", "bad-parameter"),
                           ("/api/search?q=a&limit=9", "unknown-parameter"), ("/api/tone?bucket=1", "bad-parameter"),
                           ("/api/tone?by=words", "bad-parameter"), ("/api/map?from=yesterday", "bad-parameter"),
                           ("/api/search?q=" + "a" * 401, "bad-parameter"), ("/api/search?q=%00", "parameter-missing"),
                           ("/api/events?actor=US%25", "bad-parameter")]:
            status, text, _ = self.get(path)
            self.assertEqual((status, json.loads(text)["error"]), (400, code), path)
        self.assertEqual(self.get("/api/map?from=2026-02-30")[0], 400)
        self.assertEqual(self.get("/api/none")[0], 404)
        for method in ("POST", "PUT", "DELETE", "OPTIONS"):
            self.assertEqual(self.get("/api/pipeline", method=method)[0], 405)
        self.assertEqual(self.get("/api/pipeline", Host="attacker.example")[0], 421)
        self.assertEqual(self.get("/", Host="attacker.example:80")[0], 421)

    def test_headers_keep_strangers_out(self):
        for path in ("/", "/app.js", "/style.css", "/api/pipeline", "/metrics", "/none"):
            headers = self.get(path)[2]
            policy = headers["Content-Security-Policy"]
            self.assertIn("default-src 'none'", policy, path)
            self.assertIn("script-src 'self'", policy)
            self.assertNotIn("unsafe", policy)
            self.assertEqual(headers["X-Content-Type-Options"], "nosniff", path)
            self.assertEqual(headers["Referrer-Policy"], "no-referrer", path)
            self.assertNotIn("Access-Control-Allow-Origin", headers)

    def test_the_page_has_no_inline_script_or_style(self):
        for path in PAGE.iterdir():
            text = path.read_text()
            for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "https://", "//cdn"):
                self.assertNotIn(forbidden, text, path.name)
            if path.suffix == ".html":
                self.assertNotRegex(text, r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)")

    def test_files_are_kept_and_asked_for_again(self):
        _, _, headers = self.get("/d3.js")
        self.assertTrue(headers["ETag"])
        self.assertEqual(self.get("/d3.js", **{"If-None-Match": headers["ETag"]})[0], 304)
        self.assertEqual(self.get("/api/pipeline")[2]["Cache-Control"], "no-store")

    def test_hostile_text_travels_as_it_is(self):
        article = next(a for a in self.ask("articles")["articles"] if a["source"] == HOSTILE["source"])
        self.assertIn("<script>document.title='owned'</script>", article["title"])
        _, text, headers = self.get(f"/api/article?article={article['article']}")
        self.assertTrue(headers["Content-Type"].startswith("application/json"))
        self.assertIn("<script>window.owned", json.loads(text)["article"]["text"])


class SlowDatabase(unittest.TestCase):
    """A dashboard by itself, on a database that a test gets in the way of."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="nm-board-", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.uri = postgres.shared_cluster().new_database()
        self.assertEqual(run("migrate", "--db", self.uri).returncode, 0)

    def serve(self, uri=None):
        process = Process(self.folder, "board", "dashboard", "--db", uri or self.uri, "--http", "127.0.0.1:0")
        self.addCleanup(lambda: process.running() and process.kill())
        self.url = process.wait_out(READY, 30)["http"]
        return process

    def get(self, path, timeout=30):
        host, port = self.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=timeout) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            data = b"".join(iter(lambda: connection.recv(65536), b""))
        head, _, body = data.partition(b"\r\n\r\n")
        return int(head.split()[1]), body.decode()

    def test_a_slow_question_holds_up_nobody_and_ends(self):
        self.serve()
        self.assertEqual(self.get("/api/matrix")[0], 200)
        lock = psycopg2.connect(self.uri)
        self.addCleanup(lock.close)
        lock.cursor().execute("LOCK newsmill_data.dead IN ACCESS EXCLUSIVE MODE")
        slow = []
        asked = threading.Thread(target=lambda: slow.append(self.get("/api/dead")))
        asked.start()
        wait_for(lambda: postgres.value(self.uri, "SELECT count(*) FROM pg_locks WHERE NOT granted"), 20, "the question to wait")
        began = time.monotonic()
        self.assertEqual(self.get("/api/matrix")[0], 200)
        self.assertEqual(self.get("/app.js")[0], 200)
        self.assertLess(time.monotonic() - began, 4)
        asked.join(30)
        self.assertEqual(slow[0][0], 503, "its statement time-out ended it")
        lock.rollback()
        self.assertEqual(self.get("/api/dead")[0], 200)

    def test_without_a_database_it_says_so_and_recovers(self):
        cluster = postgres.Cluster()
        uri = cluster.new_database()
        self.assertEqual(run("migrate", "--db", uri).returncode, 0)
        process = self.serve(uri)
        self.assertEqual(self.get("/api/matrix")[0], 200)
        cluster.stop(signal.SIGQUIT)
        wait_for(lambda: self.get("/api/matrix")[0] == 503, 20, "an answer that there is none")
        self.assertEqual(self.get("/")[0], 200)
        cluster.start()
        wait_for(lambda: self.get("/api/matrix")[0] == 200, 20, "the database to be back")
        self.assertEqual(process.terminate(20), 0)

    def test_it_reads_as_the_reader(self):
        self.serve()
        self.assertEqual(self.get("/api/dead")[0], 200)
        postgres.rows_outside(self.uri, "REVOKE SELECT ON newsmill.dead FROM newsmill_reader")
        status, body = self.get("/api/dead")
        self.assertEqual(status, 500, body)
        self.assertIn("permission denied", json.loads(body)["message"])

    def test_alone_it_knows_no_workers(self):
        self.serve()
        self.assertEqual(self.get("/status"), (200, "null\n"))
        self.assertEqual(self.get("/healthz")[0], 200)

    def test_many_at_once_are_all_answered(self):
        self.serve()
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(self.get("/api/matrix")[0])) for _ in range(24)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        self.assertEqual(len(answers), 24)
        self.assertLessEqual(set(answers), {200, 503})
        self.assertLessEqual(postgres.value(self.uri, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'newsmill-dashboard'"), 4)


if __name__ == "__main__":
    unittest.main()
