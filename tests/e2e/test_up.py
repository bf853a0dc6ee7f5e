#!/usr/bin/python3
"""newsmill up: a private PostgreSQL, the workers, the status page; stops cleanly, heals, and several
run beside each other."""
import os
import pathlib
import re
import shutil
import signal
import tempfile
import unittest
import urllib.error
import urllib.request

from support import articles, mill, postgres, scraping
from support.mill import FREE_PORT, READY
from support.process import Process, run
from support.pushing import Pusher, Requester
from support.waiting import wait_for

FREE = ("--push", FREE_PORT, "--ingest", FREE_PORT, "--work", FREE_PORT, "--http", "127.0.0.1:0")


def get(url):
    """(status code, body) of a GET."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


class Up(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="nm-up-", dir="/tmp"))
        self.folder.chmod(0o755)
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.started = []
        self.addCleanup(self._stop_all)

    def _stop_all(self):
        for process in self.started:
            if process.running():
                process.terminate(60)

    def up(self, *more, data="data", ports=FREE):
        """Starts it and waits for its ready line: the process and what the line says."""
        process = Process(self.folder, f"up-{len(self.started)}", "up", "--data", self.folder / data,
                          *ports, *more)
        self.started.append(process)
        return process, process.wait_out(READY, 60).groupdict()

    def idle(self, accepted, data="data"):
        def look():
            code, books = mill.status(self.folder / data)
            done = code == 0 and books.get("in_flight") == 0 and books["accepted"] >= accepted
            return books if done else None
        return wait_for(look, 120, lambda: f"idle: {mill.status(self.folder / data)}\n"
                        + "\n".join(process.tail() for process in self.started))

    def workers(self, role, data="data"):
        _, books = mill.status(self.folder / data)
        return {worker["pid"] for worker in books.get("workers", [])
                if worker["role"] == role and worker["state"] == "running"}

    def test_from_the_ready_line_to_the_rows(self):
        process, ready = self.up()
        self.assertRegex(ready["database"], r"^postgres(ql)?://")
        for key in ("ingest", "push"):
            self.assertRegex(ready[key], r"^tcp://127\.0\.0\.1:[1-9]\d*$")
        self.assertRegex(ready["http"], r"^http://127\.0\.0\.1:[1-9]\d*/?$")
        self.assertEqual(len(process.out().splitlines()), 1, "one line on stdout")
        with Requester(ready["push"]) as requester:
            reply = requester.push({"id": "up", "body": "Tokyo praised Seoul. " * 20})
        self.assertTrue(reply["ok"])
        books = self.idle(1)
        self.assertTrue(mill.balances(books))
        self.assertEqual(postgres.rows(ready["database"], "SELECT id, article::text FROM newsmill.articles"),
                         [("up", reply["article"])])
        self.assertLessEqual({"Japan", "South Korea"}, {name for name, in postgres.rows(
            ready["database"], "SELECT DISTINCT name FROM newsmill.names")})
        code, said = mill.status(self.folder / "data")
        self.assertEqual(code, 0)
        self.assertIn("postgres", said["database"])
        self.assertEqual(process.terminate(60), 0)
        self.assertEqual(list((self.folder / "data").rglob("postmaster.pid")), [], "PostgreSQL stopped")
        self.assertEqual(mill.status(self.folder / "data")[0], 3)

    def test_stopping_loses_nothing(self):
        process, ready = self.up("--analyzers", "2")
        with Pusher(ready["push"], window=256) as pusher:
            replies = pusher.push(articles.articles(600, seed="stop"))
        self.assertEqual(process.terminate(60), 0)
        process, ready = self.up()
        with Pusher(ready["push"]) as pusher:
            replies.update(pusher.push(articles.articles(20, seed="restart")))
        books = self.idle(620)
        self.assertTrue(mill.balances(books))
        self.assertEqual((books["accepted"], books["stored"], books["dead"]), (620, 620, 0))
        rows = dict(postgres.rows(ready["database"], "SELECT id, article::text FROM newsmill.articles"))
        self.assertEqual(rows, {key: reply["article"] for key, reply in replies.items()})

    def test_interrupted_while_pushing(self):
        process, ready = self.up()
        sent = []

        def interrupt(answered):
            if answered >= 200 and not sent:
                process.child.send_signal(signal.SIGINT)
                sent.append(True)
                self.assertEqual(process.wait(60), 0)
                ports = ("--push", ready["push"], "--ingest", ready["ingest"], "--work", FREE_PORT,
                         "--http", "127.0.0.1:0")
                sent.append(self.up(ports=ports))

        with Pusher(ready["push"], window=64, resend_s=2) as pusher:
            replies = pusher.push(articles.articles(500, seed="interrupt"), interrupt, deadline_s=180)
        self.idle(500)
        rows = postgres.rows(ready["database"], "SELECT id, article::text FROM newsmill.articles")
        self.assertEqual(len(rows), 500)
        self.assertEqual(dict(rows), {key: reply["article"] for key, reply in replies.items()})

    def test_a_worker_that_dies_is_started_again(self):
        process, ready = self.up("--analyzers", "1", "--stores", "1")
        wait_for(lambda: self.workers("analyze") and self.workers("store"), 30, "the workers")
        killed = {}
        with Pusher(ready["push"]) as pusher:
            pusher.push(articles.articles(10, seed="before"))
        self.idle(10)
        for role in ("analyze", "store", "ingest"):
            before = self.workers(role)
            killed[role] = len(before)
            for pid in before:
                os.kill(pid, signal.SIGKILL)
            wait_for(lambda: self.workers(role) - before, 60,
                     lambda: f"another {role}\n{process.tail()}")
            self.assertTrue(process.running())
        with Pusher(ready["push"], resend_s=2) as pusher:
            pusher.push(articles.articles(50, seed="healed"))
        self.idle(60)
        found = scraping.scrape(ready["http"].rstrip("/"))
        for role, count in killed.items():
            self.assertGreaterEqual(scraping.value(found, "newsmill_up_worker_restarts_total", role=role), count)
        # What they counted before they were killed counts on.
        self.assertGreaterEqual(scraping.value(found, "newsmill_analyze_done_total"), 60)
        self.assertGreaterEqual(scraping.value(found, "newsmill_ingest_sync_articles_sum"), 60)
        self.assertEqual(postgres.value(ready["database"], "SELECT count(*) FROM newsmill.articles"), 60)

    def test_its_database_dies(self):
        process, ready = self.up()
        (pid_file,) = (self.folder / "data").rglob("postmaster.pid")
        os.kill(int(pid_file.read_text().split()[0]), signal.SIGQUIT)
        with Pusher(ready["push"], resend_s=5) as pusher:
            pusher.push(articles.articles(50, seed="no database"))
        self.idle(50)
        self.assertEqual(postgres.value(ready["database"], "SELECT count(*) FROM newsmill.articles"), 50)
        self.assertTrue(process.running())

    def test_killed_and_started_again(self):
        process, ready = self.up()
        with Pusher(ready["push"]) as pusher:
            replies = pusher.push(articles.articles(300, seed="power cut"))
        process.kill()
        process, ready = self.up()
        self.idle(300)
        rows = dict(postgres.rows(ready["database"], "SELECT id, article::text FROM newsmill.articles"))
        self.assertEqual(rows, {key: reply["article"] for key, reply in replies.items()})

    def test_two_beside_each_other(self):
        _, first = self.up("--analyzers", "1", data="one")
        _, second = self.up("--analyzers", "1", data="two")
        self.assertFalse(set(first.values()) & set(second.values()))
        for ready, seed in ((first, "one"), (second, "two")):
            with Pusher(ready["push"]) as pusher:
                pusher.push(articles.articles(10, seed=seed))
        for ready, seed in ((first, "one"), (second, "two")):
            self.idle(10, data=seed)
            ids = {key for key, in postgres.rows(ready["database"], "SELECT id FROM newsmill.articles")}
            self.assertEqual(ids, {f"{seed}-{n}" for n in range(10)})

    def test_one_folder_belongs_to_one(self):
        self.up()
        done = run("up", "--data", self.folder / "data", *FREE, "--log-level", "error")
        self.assertEqual(done.returncode, 3)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)

    def test_a_database_of_ones_own(self):
        uri = postgres.shared_cluster().new_database()
        process, ready = self.up("--db", uri)
        with Requester(ready["push"]) as requester:
            self.assertTrue(requester.push({"id": "own", "body": "Berlin and Paris agreed. " * 20})["ok"])
        self.idle(1)
        self.assertEqual(postgres.rows(uri, "SELECT id FROM newsmill.articles"), [("own",)])
        self.assertEqual(list((self.folder / "data").rglob("postmaster.pid")), [])
        self.assertEqual(process.terminate(60), 0)

    def test_articles_by_http(self):
        process, ready = self.up("--listen", "127.0.0.1:0", "--connections", 300)
        found = wait_for(lambda: re.search(r'taking articles" url=(\S+)', process.err()), 30, process.tail)
        article = urllib.request.Request(found.group(1) + "/articles", b'{"body": "Berlin and Paris agreed."}',
                                         {"Content-Type": "application/json"})
        with urllib.request.urlopen(article, timeout=30) as answer:
            self.assertEqual(answer.status, 200)
        self.idle(1)
        url = ready["http"].rstrip("/")
        wait_for(lambda: scraping.scrape(url)["newsmill_http_articles_total", (("outcome", "accepted"),)] == 1, 20, "its count")
        taken = run("up", "--data", self.folder / "other", *FREE, "--listen", found.group(1).split("//")[1])
        self.assertEqual(taken.returncode, 3, taken.stderr)
        self.assertIn("another port with --listen", taken.stderr)
        self.assertEqual(process.terminate(60), 0)

    def check_metrics(self, url):
        """30 articles: the books, and what its workers counted."""
        self.assertEqual(scraping.lint(url), "")
        found = wait_for(lambda: self.scraped(url, "newsmill_analyze_done_total", 30), 30, "the analyzers' count")
        self.assertTrue(scraping.balances(found))
        self.assertEqual(scraping.value(found, "newsmill_articles_stored_total"), 30)
        self.assertEqual(scraping.value(found, "newsmill_accept_to_commit_seconds_count", outcome="stored"), 30)
        self.assertEqual(scraping.value(found, "newsmill_ingest_sync_articles_sum"), 30)
        self.assertEqual(scraping.value(found, "newsmill_up_ready"), 1)

    def scraped(self, url, name, number):
        found = scraping.scrape(url)
        return found if scraping.value(found, name) == number else None

    def test_the_status_page(self):
        _, ready = self.up()
        with Pusher(ready["push"]) as pusher:
            pusher.push(articles.articles(30, seed="page"))
        self.idle(30)
        url = ready["http"].rstrip("/")
        self.assertEqual(get(url + "/healthz")[0], 200)
        wait_for(lambda: get(url + "/readyz")[0] == 200, 30, "ready")
        self.check_metrics(url)
        way = run("trace", next(articles.articles(1, seed="page"))["id"], "--data", self.folder / "data").stdout
        for word in ("accepted", "delivered", "analysed", "committed", "stored after"):
            self.assertIn(word, way)
        self.assertIn("<html", get(url + "/")[1].lower())
        self.assertEqual(get(url + "/none")[0], 404)


if __name__ == "__main__":
    unittest.main()
