#!/usr/bin/python3
"""Stories: copies and light rewrites are one story, whatever order they come in and whatever worker stores them."""
import random
import unittest

import msgpack

from support import articles
from support.fake_ingest import FakeIngest, Item
from support.mill import MillCase, article_count
from support.pushing import Pusher
from support.waiting import wait_for
from test_storage import StorageCase

FORCE = 2
SETTLED = """SELECT coalesce((SELECT min(p.written) FROM newsmill_data.positions p WHERE p.step = 'stories'), 0)
                  > coalesce((SELECT max(s.written) FROM newsmill_data.sketches s), 0)"""


def text_of(number, words=200):
    """Words of its own for each number, so that two of them have nothing in common."""
    rng = random.Random(f"story/{number}")
    return " ".join("".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(6)) for _ in range(words))


def rewrite(text, every, word="elsewhere"):
    """Another word in the place of each `every`th."""
    return " ".join(word if i % every == every - 1 else w for i, w in enumerate(text.split()))


class Replayed(Item):
    def envelope(self):
        return msgpack.packb({**msgpack.unpackb(super().envelope()), "replay": FORCE})


def partition(rows):
    """{story: articles} as a set of sets."""
    found = {}
    for story, article in rows:
        found.setdefault(story, set()).add(article)
    return {frozenset(group) for group in found.values()}


class Told(StorageCase):
    def setUp(self):
        super().setUp()
        self.migrate()

    def settle(self):
        def settled():
            self.ingest.turn(0)
            return self.value(SETTLED)
        wait_for(settled, 60, lambda: f"stories\n{self.store.tail()}")

    def store_all(self, items, **result):
        for item in items:
            item.result.update(result)
        self.assertEqual(set(self.push(*items)), {"stored"})
        self.settle()

    def story_of(self, item):
        return self.value("SELECT story::text FROM newsmill.articles WHERE article = %s", (str(item.article),))

    def test_copies_and_rewrites_are_one_story(self):
        self.start()
        base = text_of(1)
        items = [Item("https://one.example.org/1", base), Item("https://two.example.com/a", base),
                 Item("https://three.example.net/b", "WIRE – " + base + "\n\nReporting by our desk."),
                 Item("https://four.example.net/c", rewrite(base, 20)), Item("https://one.example.org/2", text_of(2))]
        for item in items:
            item.result["source"] = item.result["url"].split("/")[2]
        items[0].result["title"] = "The first"
        self.store_all(items)
        self.assertEqual([self.story_of(item) == str(items[0].key) for item in items], [True] * 4 + [False])
        self.assertEqual(self.rows(
            "SELECT story::text, first_article::text, first_source, first_title, articles, copies, sources, language"
            " FROM newsmill.stories WHERE articles > 1"),
            [(str(items[0].key), str(items[0].article), "one.example.org", "The first", 4, 3, 4, "en")])
        self.assertEqual(self.value("SELECT count(*) FROM newsmill.stories"), 2)
        copies = self.rows("SELECT article::text, original::text, kind, similarity, source FROM newsmill.copies ORDER BY key")
        self.assertEqual([row[:2] for row in copies], [(str(i.article), str(items[0].article)) for i in items[1:4]])
        self.assertEqual(copies[0][2:], ("copy", 1.0, "two.example.com"))
        self.assertEqual(copies[2][2], "rewrite")
        self.assertEqual(self.rows("SELECT count(*), count(*) FILTER (WHERE first), count(*) FILTER (WHERE copy)"
                                   " FROM newsmill.story_articles WHERE story = %s", (str(items[0].key),)), [(4, 1, 3)])

    def test_texts_without_words_are_no_copies(self):
        self.start()
        items = [Item(f"https://example.org/{i}", text, title=None) for i, text in enumerate(["…", "— — —", "!"])]
        self.store_all(items)
        self.assertEqual(self.value("SELECT count(DISTINCT story) FROM newsmill.articles"), 3)

    def test_scripts_without_spaces(self):
        self.start()
        rng = random.Random("signs")
        base = "".join(chr(rng.randrange(0x4e00, 0x5e00)) for _ in range(400))
        other = "".join(chr(rng.randrange(0x4e00, 0x5e00)) for _ in range(400))
        items = [Item("https://example.org/1", base), Item("https://example.org/2", base[:200] + "。" + base[201:]),
                 Item("https://example.org/3", other)]
        self.store_all(items)
        self.assertEqual([self.story_of(item) == str(items[0].key) for item in items], [True, True, False])

    def test_an_article_that_joins_two_stories(self):
        """First the ends of a chain, then its middle: the older story keeps its name."""
        self.start()
        words = text_of(3, 300).split()
        left, middle, right = (Item(f"https://example.org/{n}", " ".join(words[a:b]))
                               for n, (a, b) in enumerate([(0, 220), (40, 260), (80, 300)]))
        self.store_all([right])
        self.store_all([left])
        self.assertNotEqual(self.story_of(left), self.story_of(right))
        self.store_all([middle])
        self.assertEqual([self.story_of(item) for item in (left, middle, right)], [str(left.key)] * 3)
        self.assertEqual(self.rows("SELECT story::text, articles, copies FROM newsmill.stories"), [(str(left.key), 3, 2)])
        self.assertEqual(self.rows("SELECT article::text, original::text FROM newsmill.copies ORDER BY key"),
                         [(str(middle.article), str(left.article)), (str(right.article), str(middle.article))])

    def test_the_order_does_not_matter(self):
        """The same acceptances in three orders and batches of several sizes."""
        self.start("--batch-rows", "7")
        rng = random.Random("orders")
        items = []
        for number in range(12):
            base = text_of(number, 120)
            items += [Item(f"https://s{k}.example.org/{number}", rewrite(base, 12 + 9 * k, f"other{k}")) for k in range(6)]
        found = []
        for _ in range(3):
            rng.shuffle(items)
            self.store_all(items)
            found.append(self.rows("SELECT a.key::text, a.story::text, c.original_key::text, round(c.similarity::numeric, 3)"
                                   " FROM newsmill.articles a LEFT JOIN newsmill.copies c USING (key) ORDER BY 1"))
            for table in ("articles", "ledger", "sketches", "story_articles", "story_bands"):
                self.rows(f"DELETE FROM newsmill_data.{table}")
        self.assertEqual(found[0], found[1])
        self.assertEqual(found[0], found[2])
        self.assertLess(len({story for _, story, _, _ in found[0]}), 40)

    def test_revisions_stay_in_their_story(self):
        self.start()
        live = [Item("https://example.org/live", text_of(4)), Item("https://example.org/live", text_of(5))]
        self.store_all(live)
        copy = Item("https://example.com/copy", text_of(5))
        self.store_all([copy])
        self.assertEqual([self.story_of(live[1]), self.story_of(copy)], [str(live[0].key)] * 2)
        self.assertEqual(self.rows("SELECT articles, copies FROM newsmill.stories"), [(2, 1)])

    def test_a_replay_moves_an_article_to_its_story(self):
        """Another extraction gives another text: the article leaves its story, which falls apart without it."""
        self.start()
        words = text_of(6, 300).split()
        left, middle, right = items = [Item(f"https://example.org/{n}", " ".join(words[a:b]))
                                       for n, (a, b) in enumerate([(0, 220), (40, 260), (80, 300)])]
        self.store_all(items)
        self.assertEqual(self.value("SELECT count(*) FROM newsmill.stories"), 1)
        again = Replayed("https://example.org/1", " ".join(words[40:260]), key=middle.key)
        again.result["text"] = text_of(7)
        self.store_all([again])
        self.assertEqual([self.story_of(item) for item in items], [str(item.key) for item in items])
        self.assertEqual(self.value("SELECT count(*) FROM newsmill.copies"), 0)
        again.result["text"] = " ".join(words[40:260])
        self.store_all([again])
        self.assertEqual([self.story_of(item) for item in items], [str(left.key)] * 3)
        self.assertEqual(self.value("SELECT articles FROM newsmill.stories"), 3)

    def test_copies_weeks_apart_are_two_stories(self):
        self.start("--story-days", "3")
        old, new = Item("https://example.org/1", text_of(8)), Item("https://example.org/2", text_of(8))
        old.key = type(old.key)(int=old.key.int - (4 * 86_400_000 << 80))
        self.store_all([old, new])
        self.assertNotEqual(self.story_of(old), self.story_of(new))

    def earlier(self, item, days):
        item.key = type(item.key)(int=item.key.int - (days * 86_400_000 << 80))
        return item

    def test_copies_that_come_late_find_theirs(self):
        """Months after the articles around them, when no worker remembers these."""
        self.start()
        first = self.earlier(Item("https://example.org/1", text_of(9)), 90)
        self.store_all([first] + [Item(f"https://example.org/{n}", text_of(n)) for n in range(20, 30)])
        late = [self.earlier(Item(f"https://example.net/{n}", rewrite(text_of(9), 20, f"w{n}")), 88 - 2 * n) for n in range(2)]
        alone = self.earlier(Item("https://example.net/9", text_of(9)), 60)
        self.store_all([*late, alone])
        self.assertEqual([self.story_of(item) for item in (first, *late, alone)], [str(first.key)] * 3 + [str(alone.key)])

    def test_what_takes_too_long_at_once_is_done_in_parts(self):
        blocked = """
            ALTER FUNCTION newsmill_data.stories_take(integer) RENAME TO stories_take_few;
            CREATE FUNCTION newsmill_data.stories_take(most integer)
            RETURNS TABLE (key uuid, bands bigint[], fresh boolean, reached bigint, behind bigint, tabled boolean, newest uuid)
            LANGUAGE plpgsql AS $$
            BEGIN
                IF most > 1000 THEN
                    RAISE EXCEPTION 'too long' USING ERRCODE = 'query_canceled';
                END IF;
                RETURN QUERY SELECT * FROM newsmill_data.stories_take_few(most);
            END $$"""
        self.rows(blocked)
        self.start()
        text = text_of("parts")
        items = [Item("https://example.org/1", text), Item("https://example.org/2", rewrite(text, 50))]
        self.store_all(items)
        self.assertEqual({self.story_of(item) for item in items}, {str(items[0].key)})

    def test_more_articles_than_a_worker_remembers(self):
        tabled = "SELECT since IS NOT NULL FROM newsmill_data.story_index"
        self.start("--story-bytes", "8192", "--batch-rows", "20")
        first = [Item(f"https://example.org/{n}", text_of(n)) for n in range(60)]
        self.store_all(first)
        self.assertEqual((self.value(tabled), self.value("SELECT count(*) FROM newsmill_data.story_bands")), (False, 0))
        second = [Item(f"https://example.com/{n}", rewrite(text_of(n), 20)) for n in range(90)]
        self.store_all(second)
        self.assertEqual((self.value(tabled), self.value("SELECT count(*) FROM newsmill_data.story_bands")), (True, 8 * 150))
        old = self.earlier(Item("https://example.net/old", text_of(95)), 30)
        self.store_all([old, self.earlier(Item("https://example.net/copy", text_of(95)), 29), Item("https://example.net/x", text_of(0))])
        self.store.terminate()
        self.ingest = FakeIngest()
        self.addCleanup(self.ingest.close)
        self.start()
        third = [Item(f"https://example.net/{n}", text_of(n)) for n in range(61)]
        self.store_all(third)
        self.assertEqual((self.value(tabled), self.value("SELECT count(*) FROM newsmill_data.story_bands")), (False, 0))
        self.assertEqual([self.story_of(item) for item in second[:61]], [self.story_of(item) for item in third])
        self.assertEqual([self.story_of(item) for item in second[:60]], [str(item.key) for item in first])
        self.assertEqual(self.rows("SELECT articles, count(*) FROM newsmill.stories GROUP BY 1 ORDER BY 1"),
                         [(1, 29), (2, 2), (3, 59), (4, 1)])


class Flood(MillCase):
    level = "fast"

    def stories_with(self, workers, copies):
        """What a flood of near copies ends as: {story's articles}, by the producer's ids."""
        mill = self.mill
        self.start_all(analyzers=1, stores=workers)
        with Pusher(mill.endpoints["push"]) as pusher:
            pusher.push(copies)
        mill.wait_idle(len(copies))
        wait_for(lambda: mill.value(SETTLED), 60, "stories")
        rows = mill.rows("SELECT story::text, id FROM newsmill.articles")
        self.assertEqual(len(rows), len(copies))
        self.assertEqual(mill.value("SELECT sum(articles) FROM newsmill.stories"), len(copies))
        self.assertEqual(mill.value("SELECT count(*) FROM newsmill.articles a LEFT JOIN newsmill.stories s USING (story)"
                                    " WHERE s.story IS NULL"), 0)
        return partition(rows)

    def test_two_workers_end_with_the_same_stories_as_one(self):
        count = article_count(450)
        copies = []
        for number in range(count):
            article = articles.article(number, "flood", 2000)
            article["body"] = rewrite(articles.text(number % (count // 30), "flood", 2000), 31 + number % 7, f"x{number % 13}")
            copies.append(article)
        random.Random("flood").shuffle(copies)
        alone = self.stories_with(1, copies)
        self.mill.close()
        self.mill = type(self.mill)(self.cluster.new_database())
        self.mill.level = self.level
        self.addCleanup(self.mill.close)
        self.assertEqual(self.stories_with(2, copies), alone)
        self.assertEqual(len(alone), count // 30)


if __name__ == "__main__":
    unittest.main()
