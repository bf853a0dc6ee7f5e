#!/usr/bin/python3
"""Ingest dies with SIGKILL while articles are pushed, and comes back with its folder and endpoints."""
import json
import unittest

from support import articles, mill
from support.mill import MillCase, article_count
from support.pushing import Pusher
from support.waiting import wait_for

RESEND_S = 2.0


class IngestKilled(MillCase):
    level = "fast"

    def check_all(self, replies):
        """Every acknowledged article is one row; the books balance."""
        self.assertTrue(all(reply["ok"] for reply in replies.values()))
        books = self.mill.wait_idle(len(replies), deadline_s=300)
        self.assertTrue(mill.balances(books), books)
        self.assertEqual((books["dead"], books["in_flight"]), (0, 0), books)
        rows = self.mill.rows("SELECT id, article::text FROM newsmill.articles")
        self.assertEqual(len(rows), len(replies), "no row twice, none missing")
        self.assertEqual(dict(rows), {key: reply["article"] for key, reply in replies.items()})
        self.assertEqual(books["stored"], len(replies), books)

    def kill_at(self, marks):
        """An on_answer that kills and restarts ingest when so many are answered."""
        left = list(marks)

        def look(answered):
            if left and answered >= left[0]:
                left.pop(0)
                self.mill.processes["ingest"].kill()
                self.mill.start_ingest(again=True)
        return look

    def test_killed_half_way(self):
        count = article_count(4000)
        self.start_all(3, 2)
        with Pusher(self.mill.endpoints["push"], window=512, resend_s=RESEND_S) as pusher:
            replies = pusher.push(articles.articles(count), self.kill_at([count // 2]), deadline_s=600)
        self.assertEqual(len(replies), count)
        self.check_all(replies)

    def test_killed_five_times(self):
        count = article_count(4000) // 2
        self.start_all(2, 1)
        marks = [count * n // 6 for n in range(1, 6)]
        with Pusher(self.mill.endpoints["push"], window=128, resend_s=RESEND_S, bundle=7) as pusher:
            replies = pusher.push(articles.articles(count, seed="five"), self.kill_at(marks),
                                  deadline_s=600)
        self.check_all(replies)

    def test_everything_killed_at_once_with_work_waiting(self):
        count = article_count(4000) // 4
        self.start_all(1, 1)
        with Pusher(self.mill.endpoints["push"], window=512, resend_s=RESEND_S) as pusher:
            replies = pusher.push(articles.articles(count, seed="all"))
        for process in self.mill.processes.values():
            process.child.kill()
        for process in self.mill.processes.values():
            process.wait()
        self.mill.start_ingest(again=True)
        self.mill.start_analyze()
        self.mill.start_store()
        self.check_all(replies)

    def test_our_own_push_goes_on(self):
        """`newsmill push` sends again what was not answered, and says that all was taken."""
        count = article_count(4000) // 2
        self.start_all(1, 1)
        lines = self.mill.folder / "articles.jsonl"
        with open(lines, "w", encoding="utf-8") as out:
            for article in articles.articles(count, seed="push"):
                out.write(json.dumps(article) + "\n")
        push = self.mill.start("push", "push", "--to", self.mill.endpoints["push"], "--window", 64, lines)
        for share in (4, 2):
            wait_for(lambda: self.mill.status()[1].get("accepted", 0) >= count // share
                     or not push.running(), 60, lambda: f"pushing\n{self.mill.tails()}")
            self.mill.processes["ingest"].kill()
            self.mill.start_ingest(again=True)
        self.assertEqual(push.wait(120), 0, push.tail())
        books = self.mill.wait_idle(count, deadline_s=300)
        self.assertTrue(mill.balances(books), books)
        self.assertEqual((books["stored"], books["dead"]), (count, 0), books)
        rows = self.mill.rows("SELECT count(*), count(DISTINCT id) FROM newsmill.articles")
        self.assertEqual(rows, [(count, count)])

    def test_the_books_survive_a_clean_restart(self):
        self.start_all()
        with Pusher(self.mill.endpoints["push"]) as pusher:
            pusher.push(articles.articles(50, seed="books"))
        before = self.mill.wait_idle(50)
        self.assertEqual(self.mill.processes["ingest"].terminate(), 0)
        self.mill.start_ingest(again=True)
        _, after = self.mill.status()
        for key in ("accepted", "stored", "duplicate", "dead", "in_flight"):
            self.assertEqual(after[key], before[key], key)


if __name__ == "__main__":
    unittest.main()
