#!/usr/bin/python3
"""The database is away: storage starts and waits, nothing is lost, nothing goes to dead."""
import signal
import socket
import unittest

from support import articles, mill, postgres
from support.mill import Mill
from support.pushing import Pusher


class DatabaseDown(unittest.TestCase):
    """Each test has a cluster of its own, because it stops it."""

    def setUp(self):
        self.cluster = postgres.Cluster()
        self.addCleanup(self.cluster.remove)
        self.mill = Mill(self.cluster.new_database())
        self.mill.level = "fast"
        self.addCleanup(self.mill.close)
        self.mill.migrate()

    def check(self, count):
        books = self.mill.wait_idle(count, deadline_s=180)
        self.assertTrue(mill.balances(books), books)
        self.assertEqual((books["stored"], books["dead"]), (count, 0), books)
        rows, distinct = self.mill.rows("SELECT count(*), count(DISTINCT id) FROM newsmill.articles")[0]
        self.assertEqual((rows, distinct), (count, count))

    def push(self, count, seed, on_answer=None):
        with Pusher(self.mill.endpoints["push"], resend_s=30) as pusher:
            replies = pusher.push(articles.articles(count, seed=seed), on_answer)
        self.assertTrue(all(reply["ok"] for reply in replies.values()))

    def test_storage_starts_before_the_database(self):
        self.cluster.stop()
        self.mill.start_ingest()
        self.mill.start_analyze()
        store = self.mill.start_store()
        self.push(100, "before")
        self.assertTrue(store.running(), store.tail())
        _, books = self.mill.status()
        self.assertEqual((books["accepted"], books["stored"], books["dead"]), (100, 0, 0))
        self.cluster.start()
        self.check(100)

    def restart_in_the_middle(self, how):
        count = 1500
        self.mill.start_ingest()
        self.mill.start_analyze()
        stores = [self.mill.start_store(), self.mill.start_store()]
        down = []

        def half_way(answered):
            if answered > count // 3 and not down:
                self.cluster.stop(how)
                down.append("stopped")
            if answered > 2 * count // 3 and down == ["stopped"]:
                self.cluster.start()
                down.append("started")

        self.push(count, f"restart{how}", half_way)
        self.assertEqual(down, ["stopped", "started"])
        self.check(count)
        self.assertTrue(all(store.running() for store in stores))

    def test_restarted_in_the_middle(self):
        self.restart_in_the_middle(signal.SIGINT)

    def test_crashed_in_the_middle(self):
        self.restart_in_the_middle(signal.SIGQUIT)

    def test_the_first_host_accepts_and_says_nothing(self):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen(16)
            port = silent.getsockname()[1]
            name = self.mill.database.split("@/")[1].split("?")[0]
            several = (f"postgresql://postgres@/{name}?host=127.0.0.1,{self.cluster.folder}"
                       f"&port={port},5432&target_session_attrs=read-write")
            self.mill.start_ingest()
            self.mill.start_analyze()
            self.mill.start_worker("store", "--db", several)
            self.push(50, "silent")
            self.check(50)

    def test_every_connection_cut(self):
        self.mill.start_ingest()
        self.mill.start_analyze()
        self.mill.start_store()

        def cut(answered):
            if answered % 100 == 0:
                postgres.rows(self.cluster.uri("postgres"),
                              "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                              "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'")
        self.push(600, "cut", cut)
        self.check(600)


if __name__ == "__main__":
    unittest.main()
