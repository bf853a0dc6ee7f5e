#!/usr/bin/python3
"""Alerts: what is stored is told to listeners, rules find what they ask for, once, whatever comes again."""
import json
import select
import unittest

import msgpack
import psycopg2

from support.fake_ingest import Item
from support.process import run
from support.waiting import wait_for
from test_storage import FACTS, TEXT, StorageCase
from test_stories import Replayed

RULES = {
    "actor": ("--actor", "JPN"), "name": ("--actor", "city/seoul"), "pair": ("--pair", "JPN,"),
    "typed": ("--pair", "KOR,", "--event-type", "SUPPORT"), "theme": ("--theme", "T"), "place": ("--place", "KR"),
    "source": ("--source", "example.org"), "query": ("--query", "minister -zebra"), "tone": ("--tone-above", "1"),
    "all": ("--actor", "JPN", "--place", "Seoul", "--query", "praises", "--language", "en", "--tone-below", "2"),
    "not-pair": ("--pair", "JPN,KOR"), "not-type": ("--actor", "JPN", "--event-type", "ASSAULT"),
    "not-tone": ("--tone-below", "-1"), "not-query": ("--query", "zebra"), "not-place": ("--place", "Busan"),
}


class Alerts(StorageCase):
    def setUp(self):
        super().setUp()
        self.migrate()

    def alerts(self, *arguments, code=0):
        done = run("alerts", *arguments, "--db", self.db)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout or done.stderr

    def settle(self):
        def settled():
            self.ingest.turn(0)
            return self.value("SELECT sum(waiting) FROM newsmill.steps") == 0
        wait_for(settled, 60, lambda: f"steps\n{self.store.tail()}")

    def store_all(self, *items):
        self.assertEqual(set(self.push(*items)), {"stored"})
        self.settle()

    def matches(self):
        return self.rows("SELECT rule, article::text FROM newsmill.alert_matches ORDER BY 1, 2")

    def test_each_kind_of_rule(self):
        for name, asks in RULES.items():
            self.alerts("add", name, *asks)
        self.start()
        item = Item("https://example.org/1", TEXT, **FACTS)
        self.store_all(item, Item("https://elsewhere.net/2", "Nothing at all.", source="elsewhere.net", tone={"tone": 0.0}))
        found = [name for name, article in self.matches() if article == str(item.article)]
        self.assertEqual(found, sorted(name for name in RULES if not name.startswith("not-")))
        self.assertEqual(len(self.matches()), len(found))
        evidence = dict(self.rows("""SELECT m.rule, substring(a.text FROM m.start_offset + 1 FOR m.end_offset - m.start_offset)
                                     FROM newsmill.alert_matches m JOIN newsmill.articles a USING (key)"""))
        self.assertEqual((evidence["actor"], evidence["name"], evidence["place"], evidence["tone"]),
                         ("praised", "Seoül", "Seoül", None))

    def test_what_comes_again_matches_once(self):
        self.alerts("add", "seoul", "--place", "Seoul")
        self.alerts("add", "minister", "--query", "minister")
        self.start()
        item = Item("https://example.org/1", TEXT, **FACTS)
        self.store_all(item)
        first = self.rows("SELECT * FROM newsmill.alert_matches ORDER BY number")
        self.assertEqual(len(first), 2)
        self.store_all(Replayed("https://example.org/1", TEXT, key=item.key, **FACTS))
        self.store_all(Item("https://example.org/1", TEXT + " More.", **FACTS))
        self.assertEqual(len(self.matches()), 2)

    def test_listeners_are_told(self):
        self.alerts("add", "seoul", "--place", "Seoul")
        listener = psycopg2.connect(self.db)
        listener.autocommit = True
        self.addCleanup(listener.close)
        listener.cursor().execute("LISTEN newsmill")
        self.start()
        items = [Item(f"https://example.org/{n}", f"{TEXT} {n}", **(FACTS if n == 7 else {})) for n in range(400)]
        self.store_all(*items)
        told = []
        def heard():
            if select.select([listener], [], [], 0.1)[0]:
                listener.poll()
            told.extend(json.loads(n.payload) for n in listener.notifies)
            listener.notifies.clear()
            return sum(t.get("count", 0) for t in told) >= len(items) and any(t["kind"] == "alert" for t in told)
        wait_for(heard, 30, lambda: f"notifications: {told}")
        articles = [t for t in told if t["kind"] == "articles"]
        self.assertEqual({a for t in articles for a in t["articles"]}, {str(item.article) for item in items})
        self.assertTrue(all(t["count"] == len(t["articles"]) <= 150 for t in articles))
        self.assertEqual([t for t in told if t["kind"] == "alert"],
                         [{"kind": "alert", "rule": "seoul", "article": str(items[7].article),
                           "number": self.value("SELECT number FROM newsmill.alert_matches")}])

    def test_the_command(self):
        self.alerts("add", "x\x1b[31m", "--pair", ",UKR", "--tone-below", "-3.5")
        self.assertEqual(self.alerts("list"), "x [31m: pair_target UKR, tone_below -3.5; 0 matches\n")
        self.assertEqual(json.loads(self.alerts("list", "--json")),
                         {"rule": "x\x1b[31m", **dict.fromkeys(("actor", "pair_source", "event_type", "theme", "place", "source",
                          "language", "query", "tone_above")), "pair_target": "UKR", "tone_below": -3.5, "matches": 0})
        self.assertIn("rule of that name", self.alerts("add", "x\x1b[31m", "--theme", "T", code=1))
        self.alerts("drop", "x\x1b[31m")
        self.assertIn("no rule", self.alerts("drop", "x\x1b[31m", code=1))
        self.assertEqual(self.alerts("list"), "")
        for wrong in (("add",), ("add", "x"), ("list", "x"), ("drop",), ("sing",), ("add", "x", "--pair", "RUS"),
                      ("add", "x", "--pair", ","), ("add", "x", "--tone-below", "cold"), ("add", "x", "--tone-above", "nan")):
            self.alerts(*wrong, code=2)


if __name__ == "__main__":
    unittest.main()
