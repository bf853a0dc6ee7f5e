#!/usr/bin/python3
"""PostgreSQL with a streaming standby: the primary crashes in the middle, the standby is promoted, and storage
goes on there by itself, because its URI names both."""
import signal
import unittest

from support import articles, mill, postgres
from support.mill import Mill
from support.process import run
from support.pushing import Pusher
from support.waiting import wait_for

REPLICATION = {"wal_level": "replica", "max_wal_senders": "6", "hot_standby": "on"}


class Failover(unittest.TestCase):
    def setUp(self):
        self.primary = postgres.Cluster(settings=REPLICATION)
        self.addCleanup(self.primary.remove)
        postgres.rows_outside(self.primary.uri("postgres"), "CREATE DATABASE news")
        self.standby = postgres.Cluster(settings=REPLICATION, standby_of=self.primary)
        self.addCleanup(self.standby.remove)
        # A commit waits for the standby: what storage was told is kept survives the primary.
        postgres.rows_outside(self.primary.uri("postgres"), "ALTER SYSTEM SET synchronous_standby_names = '*'")
        postgres.rows(self.primary.uri("postgres"), "SELECT pg_reload_conf()")
        wait_for(lambda: postgres.value(self.primary.uri("postgres"), "SELECT sync_state FROM pg_stat_replication")
                 == "sync", 60, "a synchronous standby")
        self.mill = Mill(self.both("standby first"))
        self.mill.level = "fast"
        self.addCleanup(self.mill.close)

    def both(self, order="primary first"):
        hosts = [str(self.primary.folder), str(self.standby.folder)]
        if order != "primary first":
            hosts.reverse()
        return (f"postgresql://postgres@/news?host={','.join(hosts)}&port=5432,5432"
                "&target_session_attrs=read-write&connect_timeout=2")

    def fail_over(self):
        self.primary.stop(signal.SIGQUIT)
        self.standby.promote()
        # It came with the copy, and nobody follows now.
        postgres.rows_outside(self.standby.uri("postgres"), "ALTER SYSTEM SET synchronous_standby_names = ''")
        postgres.rows(self.standby.uri("postgres"), "SELECT pg_reload_conf()")

    def standby_alone(self):
        """It is no database to write to, which costs no article."""
        done = run("migrate", "--db", self.standby.uri("news"))
        self.assertEqual(done.returncode, 3)
        self.assertIn("this server is a standby: name the primary", done.stderr)
        store = self.mill.start_worker("store", "--db", self.standby.uri("news"))
        with Pusher(self.mill.endpoints["push"]) as pusher:
            replies = dict(pusher.push(articles.articles(5, seed="standby")))
        wait_for(lambda: "read-only" in store.err(), 30, store.tail)
        books = self.mill.status()[1]
        self.assertEqual((books["dead"], books["in_flight"]), (0, 5), books)
        store.kill()
        return replies

    def test_promotion_in_the_middle(self):
        self.mill.migrate()
        self.mill.start_ingest()
        self.mill.start_analyze()
        replies = self.standby_alone()
        self.mill.start_store()
        marks = [600]

        def half_way(answered):
            if marks and answered >= marks[0]:
                marks.pop(0)
                self.fail_over()
        with Pusher(self.mill.endpoints["push"], window=128, resend_s=3) as pusher:
            replies.update(pusher.push(articles.articles(1500, seed="promote"), half_way, deadline_s=120))
        books = self.mill.wait_idle(len(replies))
        self.assertTrue(mill.balances(books), books)
        self.assertEqual((books["stored"], books["dead"]), (len(replies), 0), books)
        rows = dict(postgres.rows(self.standby.uri("news"), "SELECT id, article::text FROM newsmill.articles"))
        self.assertEqual(rows, {key: reply["article"] for key, reply in replies.items()})
        self.assertEqual(run("migrate", "status", "--db", self.both()).returncode, 0)


if __name__ == "__main__":
    unittest.main()
