#!/usr/bin/python3
"""Search: every language in its own dictionary, scripts without spaces, filters, ranking, snippets of hostile text."""
import random
import unittest

import psycopg2

from support.fake_ingest import Item
from support.waiting import wait_for
from test_storage import StorageCase

TEXTS = {
    "ferry": ("en", "Ferry runs aground", "Two ferries were stranded near the harbour. Passengers waited on deck for hours."),
    "harbour": ("en", "Dredging begins", "The harbour will be dredged in spring, the port authority said."),
    "faehre": ("de", "Fähre gestrandet", "Die Häuser am Hafen standen unter Wasser, als die Fähren nicht mehr fuhren."),
    "keisatsu": ("ja", "警察の発表", "東京都の警察は火曜日、新しい計画を発表した。港の住民は歓迎している。"),
    "jingcha": ("zh", "港口关闭", "港口因台风关闭，渔船返回码头。"),
    "krung": ("th", "เรือเกยตื้น", "เรือข้ามฟากเกยตื้นใกล้ท่าเรือเมื่อคืนนี้"),
    "unknown": ("xx", "Zzyx", "Blorple frobnicates the quux near harbour."),
}


class Search(StorageCase):
    def setUp(self):
        super().setUp()
        self.migrate()
        self.start()

    def store_all(self, items):
        self.assertEqual(set(self.push(*items)), {"stored"})
        def filed():
            self.ingest.turn(0)
            return self.value("SELECT articles FROM newsmill.search_lag") == 0
        wait_for(filed, 60, lambda: f"search\n{self.store.tail()}")

    def store_texts(self):
        items = []
        for name, (language, title, text) in TEXTS.items():
            items.append(Item(f"https://example.org/{name}", text, title=title, source=f"{language}.example.org",
                              language={"code": language, "confidence": 1.0}))
        self.store_all(items)

    def find(self, query, more="", parameters=()):
        return [url.rpartition("/")[2] for url, in self.rows(
            f"SELECT url FROM newsmill.search(%s{more})", (query, *parameters))]

    def test_words_in_every_language(self):
        self.store_texts()
        for query, expected in (
                ("ferry", {"ferry"}), ("stranding", {"ferry"}), ("Fähre", {"faehre"}), ("haus", {"faehre"}),
                ("harbour", {"ferry", "harbour", "unknown"}), ("harbour -dredging", {"ferry", "unknown"}),
                ('"port authority"', {"harbour"}), ('"authority port"', set()), ("dredged or blorple", {"harbour", "unknown"}),
                ("警察", {"keisatsu"}), ("東京 計画", {"keisatsu"}), ("京東", set()), ("港", {"keisatsu", "jingcha"}),
                ("台风", {"jingcha"}), ('"渔船返回"', {"jingcha"}), ("台风 -渔船", set()), ("ท่าเรือ", {"krung"}),
                ("the", {"unknown"}), ("", set()), ("-", set()), ("\"", set()), ("a:* & ! ( ) | '", set())):
            self.assertEqual(set(self.find(query)), expected, query)

    def test_the_best_comes_first_and_the_newest_when_asked(self):
        self.store_texts()
        self.store_all([Item("https://example.org/late", "A ferry was seen. " + "Nothing else happened that day. " * 30,
                             title="Calm day")])
        self.assertEqual(self.find("ferry"), ["ferry", "late"])
        self.assertEqual(self.find("ferry", ", newest => true"), ["late", "ferry"])
        self.assertEqual(self.find("ferry", ", max_rows => 1, skip_rows => 1"), ["late"])
        self.assertEqual(self.find("ferry", ", max_rows => -1"), [])

    def test_filters(self):
        self.store_texts()
        self.assertEqual(set(self.find("harbour", ", in_language => 'en'")), {"ferry", "harbour"})
        self.assertEqual(self.find("harbour", ", in_source => 'xx.example.org'"), ["unknown"])
        self.assertEqual(self.find("harbour", ", in_language => 'qq'"), [])
        self.assertEqual(len(self.find("harbour", ", since => %s", ("2020-01-01",))), 3)
        self.assertEqual(self.find("harbour", ", until => %s", ("2020-01-01",)), [])

    def test_snippets_of_hostile_text(self):
        """What was found is between marks that the text itself cannot contain; all else is as it was."""
        text = ("<script>alert('x')</script> ⟦evil⟧ zebra & <b>bold</b> \u202eright\u202c \x07 zebra. " + "Padding words. " * 200)
        self.store_all([Item("https://example.org/evil", text, title="⟦A⟧ <i>zebra</i>")])
        (headline, snippet), = self.rows("SELECT headline, snippet FROM newsmill.search('zebra')")
        self.assertEqual(headline, "[A] <i>⟦zebra⟧</i>")
        self.assertIn("evil] ⟦zebra⟧ & <b>bold</b>", snippet)
        self.assertEqual(snippet.count("⟦"), snippet.count("⟧"))
        self.assertLess(len(snippet), 1000)

    def test_snippets_of_signs(self):
        self.store_texts()
        self.assertEqual(self.rows("SELECT headline, snippet FROM newsmill.search('警察')"),
                         [("⟦警察⟧の発表", "東京都の⟦警察⟧は火曜日、新しい計画を発表した。港の住民は歓迎している。")])

    def test_a_revision_takes_the_place_of_the_one_before(self):
        self.store_all([Item("https://example.org/live", "An aardvark escaped.")])
        self.store_all([Item("https://example.org/live", "The badger was found.")])
        self.assertEqual((self.find("aardvark"), self.find("badger")), ([], ["live"]))
        self.assertEqual(self.value("SELECT count(*) FROM newsmill.search_vectors"), 1)

    def test_texts_that_no_vector_holds(self):
        """More different words than one vector may have, and words longer than any may be: the title is found."""
        rng = random.Random("words")
        many = " ".join("".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(28)) for _ in range(30000))
        self.store_all([Item("https://example.org/many", many, title="Aardvark"),
                        Item("https://example.org/long", "x" * 300_000, title="Badger"),
                        Item("https://example.org/nothing", "", title=None)])
        self.assertEqual((self.find("aardvark"), self.find("badger")), (["many"], ["long"]))

    def test_signs_without_a_title_and_without_a_text(self):
        self.store_all([Item("https://example.org/untitled", TEXTS["keisatsu"][2], title=None, language={"code": "ja", "confidence": 1.0}),
                        Item("https://example.org/title", "", title="警察の発表", language={"code": "ja", "confidence": 1.0}),
                        Item("https://example.org/tags", "", title="<b>警察", language={"code": "ja", "confidence": 1.0})])
        self.assertEqual(set(self.find("警察")), {"untitled", "title", "tags"})

    def test_the_reader_may_search_and_nothing_else(self):
        self.store_texts()
        connection = psycopg2.connect(self.db)
        self.addCleanup(connection.close)
        with connection.cursor() as cursor:
            cursor.execute("SET ROLE newsmill_reader")
            cursor.execute("SELECT count(*) FROM newsmill.search('harbour')")
            self.assertEqual(cursor.fetchone(), (3,))

            def grouped():
                """Stories follow the commit, as the search does."""
                self.ingest.turn(0)
                cursor.execute("SELECT (SELECT count(*) FROM newsmill.stories), (SELECT articles FROM newsmill.search_lag)")
                return cursor.fetchone() == (len(TEXTS), 0)
            wait_for(grouped, 30, lambda: f"stories\n{self.store.tail()}")
            for statement in ("DELETE FROM newsmill.search_vectors", "SELECT newsmill_data.search_take(1, 1)",
                              "UPDATE newsmill.stories SET articles = 0", "DELETE FROM newsmill.articles"):
                with self.assertRaises(psycopg2.Error, msg=statement):
                    cursor.execute(statement)
                connection.rollback()
                cursor.execute("SET ROLE newsmill_reader")


if __name__ == "__main__":
    unittest.main()
