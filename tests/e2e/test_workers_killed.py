#!/usr/bin/python3
"""Workers die with SIGKILL in the middle: every article is a row, none is twice, the books balance."""
import unittest

from support import articles, mill
from support.mill import MillCase, article_count
from support.pushing import Pusher
from support.waiting import wait_for

ANALYZERS, STORES = 3, 2


class WorkersKilled(MillCase):
    level = "fast"

    def check_rows(self, count):
        rows, distinct, ids = self.mill.rows(
            "SELECT count(*), count(DISTINCT article), count(DISTINCT id) FROM newsmill.articles")[0]
        self.assertEqual((rows, distinct, ids), (count, count, count))
        twice = self.mill.rows("""
            SELECT article, start_offset, end_offset, text, name, count(*) FROM newsmill.names
            GROUP BY 1, 2, 3, 4, 5 HAVING count(*) > 1 LIMIT 5""")
        self.assertEqual(twice, [], "facts that are there twice")
        lone = self.mill.value("SELECT count(*) FROM newsmill.names n WHERE NOT EXISTS "
                               "(SELECT FROM newsmill.articles a WHERE a.article = n.article)")
        self.assertEqual(lone, 0, "facts without their article")

    def check_books(self, count):
        books = self.mill.wait_idle(count, deadline_s=300)
        self.assertTrue(mill.balances(books), books)
        self.assertEqual((books["accepted"], books["stored"], books["dead"], books["in_flight"]),
                         (count, count, 0, 0), books)

    def test_one_of_each_killed_half_way(self):
        count = article_count(4000)
        self.start_all(ANALYZERS, STORES)
        names = list(self.mill.processes)
        victims = [next(n for n in names if n.startswith(kind)) for kind in ("analyze", "store")]

        def half_way(answered):
            if answered < count // 2 or not victims:
                return
            for name in victims:
                self.mill.processes[name].kill()
            victims.clear()
            self.mill.start_analyze()
            self.mill.start_store()

        with Pusher(self.mill.endpoints["push"], window=512, resend_s=30) as pusher:
            replies = pusher.push(articles.articles(count), half_way, deadline_s=600)
        self.assertEqual(victims, [])
        self.assertEqual(len(replies), count)
        self.assertTrue(all(reply["ok"] for reply in replies.values()))
        self.check_books(count)
        self.check_rows(count)

    def test_killed_again_and_again(self):
        count = article_count(4000) // 4
        self.start_all(2, 2)
        marks = list(range(count // 10, count, count // 10))
        kinds = {"analyze": self.mill.start_analyze, "store": self.mill.start_store}

        def now_and_then(answered=None):
            """Kills at every tenth that is stored: paced by answers alone, it would be the same articles
            that are in work each time on a slow machine, and an article is dead after three deaths."""
            if not marks or (answered or 0) % (count // 50 or 1):
                return not marks
            if self.mill.value("SELECT count(*) FROM newsmill_data.articles") >= marks[0]:
                marks.pop(0)
                for kind, start in kinds.items():
                    name = next(n for n, p in self.mill.processes.items()
                                if n.startswith(kind) and p.running())
                    self.mill.processes[name].kill()
                    start()
            return not marks

        # Ten deaths a kind in a row must not cost an article its attempts: only the one in work.
        with Pusher(self.mill.endpoints["push"], window=64, resend_s=30) as pusher:
            pusher.push(articles.articles(count, seed="again"), now_and_then, deadline_s=600)
        wait_for(now_and_then, 300, lambda: f"all deaths: {marks}\n{self.mill.tails()}")
        self.check_books(count)
        self.check_rows(count)

    def test_a_goodbye_returns_its_leases(self):
        count = 300
        self.start_all(2, 2)

        def leave(answered):
            for kind in ("analyze", "store"):
                name = next(n for n in self.mill.processes if n.startswith(kind))
                if answered > count // 3 and self.mill.processes[name].running():
                    self.assertEqual(self.mill.processes[name].terminate(), 0)

        with Pusher(self.mill.endpoints["push"], resend_s=30) as pusher:
            pusher.push(articles.articles(count, seed="bye"), leave)
        self.check_books(count)
        self.check_rows(count)

    def test_articles_wait_for_workers(self):
        self.mill.migrate()
        self.mill.start_ingest()
        with Pusher(self.mill.endpoints["push"]) as pusher:
            replies = pusher.push(articles.articles(200, seed="early"))
        self.assertTrue(all(reply["ok"] for reply in replies.values()))
        _, books = self.mill.status()
        self.assertEqual((books["accepted"], books["in_flight"]), (200, 200))
        self.mill.start_analyze()
        self.mill.start_store()
        self.check_books(200)
        self.check_rows(200)


if __name__ == "__main__":
    unittest.main()
