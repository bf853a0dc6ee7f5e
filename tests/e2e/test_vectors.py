#!/usr/bin/python3
"""Search vectors that the storage worker makes are what PostgreSQL's to_tsvector() gives, whatever is in the text."""
import random
import unittest

from support import postgres
from support.fake_ingest import Item
from support.waiting import wait_for
from test_storage import StorageCase

# The server's function marks what it makes, so that the test knows who made a vector.
MARKED = """
ALTER FUNCTION newsmill_data.search_vector(text, text, text) RENAME TO search_vector_real;
CREATE FUNCTION newsmill_data.search_vector(config text, title text, body text) RETURNS tsvector
LANGUAGE sql AS $$ SELECT '''made by the server'':1'::tsvector $$"""
COMPARED = """
SELECT a.url, s.config, s.vector = '''made by the server'':1', s.vector = v.real, s.vector::text, v.real::text
FROM newsmill_data.search s JOIN newsmill_data.articles a ON a.key = s.key
CROSS JOIN LATERAL (SELECT newsmill_data.search_vector_real(s.config, a.title, a.text) AS real OFFSET 0) v
WHERE a.latest ORDER BY s.key"""

NATURAL = {
    "ar": ("وصول السفينة", "وصلت السفينة إلى الميناء مساء الثلاثاء، وقال المسؤولون إن الركاب بخير. المدارسُ مغلقة؟"),
    "ca": ("El vaixell", "L'estiu passat, els mariners van arribar-hi amb dos dies de retard; l'alcaldessa no n'estava contenta."),
    "da": ("Færgen", "Færgerne sejlede ikke i går, fordi bølgerne var for høje, sagde kaptajnen på Ærø."),
    "de": ("Fähre gestrandet", "Die Häuser am Hafen standen unter Wasser – „so hoch wie nie“, sagte der Bürgermeister. Straßenbahnen fuhren nicht."),
    "el": ("Το πλοίο", "Το πλοίο έφτασε στο λιμάνι αργά τη νύχτα· οι επιβάτες περίμεναν ώρες."),
    "en": ("Ferry's late run", "The ferry's captain said they’d waited three hours; \"nobody's hurt,\" he added. U.S. officials weren't there."),
    "es": ("El barco", "¿Llegó el barco? ¡Sí! Los pasajeros esperaban desde el miércoles, dijo la alcaldesa; «una vergüenza»."),
    "eu": ("Itsasontzia", "Itsasontziak portura iritsi ziren gauez, eta bidaiariak zain zeuden."),
    "fi": ("Lautta", "Lautat seisoivat satamassa koko yön; matkustajille jaettiin peittoja ja ruokaa."),
    "fr": ("L’arrivée", "Aujourd'hui, l’équipage n’a pas quitté le port : « la mer était trop forte », a-t-il déclaré."),
    "ga": ("An bád", "Tháinig na báid isteach go mall aréir, a dúirt an captaen."),
    "he": ("הספינה", "הספינה הגיעה לנמל באיחור של שעתיים, אמר הקברניט."),
    "hi": ("नाव", "नावें बंदरगाह पर देर से पहुँचीं, यात्रियों ने घंटों इंतज़ार किया।"),
    "hu": ("A komp", "A kompok nem indultak el, mert a hullámok túl magasak voltak."),
    "hy": ("Նավը", "Նավերը ուշացումով հասան նավահանգիստ։"),
    "id": ("Kapal", "Kapal-kapal itu terlambat tiba di pelabuhan, kata nakhoda."),
    "it": ("Il traghetto", "Dov'è il traghetto? All'alba non c'era nessuno sull'isola d'Elba."),
    "ja": ("警察の発表", "東京都の警察は火曜日、新しい計画を発表した。"),
    "lt": ("Keltas", "Keltai vėlavo dvi valandas, sakė kapitonas."),
    "ne": ("डुङ्गा", "डुङ्गाहरू ढिलो गरी बन्दरगाह पुगे।"),
    "nl": ("De veerboot", "De veerboten voeren 's avonds niet; foto's van het strand stonden in de krant."),
    "nb": ("Ferja", "Fergene gikk ikke i går, sa kapteinen på øya."),
    "pt": ("A balsa", "As balsas não partiram; os passageiros esperaram no cais até às 23h45."),
    "ro": ("Feribotul", "Feriboturile n-au plecat, pasagerii au așteptat în port."),
    "ru": ("Паром", "Паромы вернулись в гавань, пассажиры ждали всю ночь — «никто не пострадал», — сообщил капитан."),
    "sr": ("Трајект", "Трајекти нису испловили због невремена."),
    "sv": ("Färjan", "Färjorna låg kvar i hamnen hela natten, sade kaptenen."),
    "ta": ("படகு", "படகுகள் தாமதமாக துறைமுகத்தை அடைந்தன."),
    "th": ("เรือ", "เรือข้ามฟากเกยตื้นใกล้ท่าเรือเมื่อคืนนี้"),
    "tr": ("İSTANBUL'DA", "İstanbul'da vapurlar ısınamadı; Iğdır'ın IŞIĞI söndü."),
    "yi": ("די שיף", "די שיפן זענען אָנגעקומען שפּעט."),
    "zh": ("港口关闭", "港口因台风关闭，渔船返回码头。"),
    "xx": ("Zzyx", "Blorple frobnicates the quux. Frobnicating blorples?"),
}
WORDS = ["a.b", "U.S.", "U.S.A.", "p.m.,", "St.Louis", "end.Next", "word..", "word..,", "..word", " .. ", " ...", "a...b", "word...",
         "1.2.3", "v1.2.3.", "+1.2.3", "-1.5e10", "1e5,", "1e+5.", "1E-5", "5e+", "3.14", "1,000", "1,000.50", "+5", "++5", "C++", "C#", "5%",
         "$5", "10:30", "10:30:", "1.", "1..2", "0x1F", "1st", "ab12cd", "12ab.34", "x.5", ".5", "don't", "dogs'", "’tis", "it’s", "rock'n'roll",
         "O’Neil-Smith", "e-mail", "-5", "well-known", "2024-01-05", "https://example.com/a_b/c.html?x=1&y=2#z", "http://", "www.example.com",
         "example.com:80", "example.com:", "example.com:80.", "example.com,", "sub-domain.example.co.uk/path", "joe@example.com",
         "joe@example.com.", "joe.blow@mail.example.org,", "<joe@example.com>", "@handle", "@@", "a@", "a@,b.com", "#tag", "#a#b", "/usr/bin",
         "../up", "~/home", "~user", "a~b", "file.txt", "file.tar.gz.", "C:\\x\\y", "snake_case_word", "_x_", "AT&T", "R&D,", "&amp;", "&#38;",
         "&#x26;", "&x;y", "a&b;c,d.", "(Q&A)", "&", "&&", "<", "<3", "< 5", "a<5", "<>", ">", "a>b", "<b>bold</b>", "<br/>", "<!-- no -->",
         "<script>alert(1)</script>", "<a href=\"x y\">", "</p", "<?xml", "<:x", "“quoted”", "«citat»", "„so“", "word”.", "”..", "”..,", "—",
         "a—b", "a–b", "…", "a…", "x\u00a0y", "\u00a0", "x\u2003y", "x..\u2003y", "x..\u00a0y", "soft\u00adhyphen", "zero\u200bwidth", "\u200e\u200fmark",
         "\u202eright\u202c", "joiner\u200dx", "e\u0301t\u0301", "\u0301", "naïve", "Straße", "İi", "ǅ", "ﬁ", "１２３", "١٢٣", "²", "x²", "½", "ª", "№5",
         "😀", "a😀b", "👨\u200d👩\u200d👧", "日本", "日本a", "한국어", "\x07", "a\x01b", "\x7f", "\x85", "a\x85b", "\v", "\f", "\r\n", "\t", "{x}", "[1]", "|", "^", "`x`",
         "=", "a=b", "\\", "*", "x*y", ";", "!", "?!", "''", '"', "the", "and", "of", "running", "Runs", "RUN", "ÉCOLE", "x" * 60, "y" * 255, "é" * 127]
SIGNS = list("東京都の警察เรือ港。、・ー「」aA1 .-/_:") + ["https://example.com/x?y=1", "well-known", "/usr/bin", "e-5", "\u0e31", "\U00020000"]
TOO_LONG = ["z" * 256, "z" * 2046, "z" * 2047, "z" * 5000]


def nasty(rng):
    """A text of pieces that the parser has something to say to, more or less apart."""
    gap = rng.choice(["", " ", " "])
    pieces = rng.choice([WORDS, WORDS, SIGNS, list("ab1.:,;&<>@~+-_/' \"#e\n’”…é²\u00ad\u200b\u2003\u00a0")])
    text = gap.join(rng.choice(pieces) for _ in range(rng.randrange(1, 40)))
    return text if rng.random() < 0.1 else text.lstrip(".~").replace("<", "")


class Vectors(StorageCase):
    def setUp(self):
        super().setUp()
        self.make_database()
        self.migrate()
        self.rows(MARKED)
        self.start()
        self.number = 0

    def make_database(self):
        """For a locale of its own."""

    def item(self, title, text, language="en"):
        self.number += 1
        return Item(f"https://example.org/{self.number}", text, title=title, language={"code": language, "confidence": 1.0})

    def compare(self, items):
        """Each vector is right; the numbers of those that the server made."""
        outcomes = self.push(*items)
        self.assertEqual(set(outcomes), {"stored"})

        def filed():
            self.ingest.turn(0)
            return self.value("SELECT articles FROM newsmill.search_lag") == 0
        wait_for(filed, 60, lambda: f"search\n{self.store.tail()}")
        texts = {item.result["url"]: (item.result["title"], item.result["text"]) for item in items}
        by_server, rows = set(), [row for row in self.rows(COMPARED) if row[0] in texts]
        self.assertEqual(len(rows), len(items))
        for url, config, marked, same, made, real in rows:
            self.assertTrue(marked or same, f"{config} {texts[url]!r}\nmade {made}\nreal {real}")
            if marked:
                by_server.add(texts[url])
        return by_server

    def test_languages(self):
        items = [self.item(title, text, language) for language, (title, text) in NATURAL.items()]
        self.assertEqual(self.compare(items), set())
        more = [self.item(text, title, language) for language, (title, text) in NATURAL.items()]
        self.assertEqual(self.compare(more), set())

    def test_each_word_at_each_place(self):
        items = []
        for word in WORDS:
            for text in (word, f"Two {word} words", f"Two\n{word}", f"{word} words", f"({word})", f"“{word}”", f"{word}{word}"):
                items.append(self.item(word, text))
        by_server = self.compare(items)
        self.assertLess(len(by_server), len(items) / 6)
        for title, text in by_server:
            self.assertTrue(title[0] in ".~" or text[0] in ".~" or "<" in title or len(text.encode()) > 254 or ".." in text, (title, text))

    def test_what_a_vector_has_no_room_for(self):
        rng = random.Random("room")
        common = "word " * 300
        many = " ".join(rng.choice(["alpha", "beta", "gamma", f"w{rng.randrange(3000)}"]) for _ in range(20_000))
        items = [self.item("word word other", common), self.item("word " * 300, common + "other words"),
                 self.item("the of the", "and"), self.item("", ""), self.item(None, ""), self.item("Title", ""), self.item(None, "Text only"),
                 self.item("Many", many), self.item("alpha " * 399, many), self.item("word", "the " * 16_382 + "word word end"),
                 self.item("word a b", "the " * 16_379 + "word word word end word"), self.item("x" * 3000, "y"), self.item("é " * 3000, "é")]
        self.assertEqual(self.compare(items), {(items[-2].result["title"], "y")})
        items = [self.item("港", "ab " * 30_000, "zh"), self.item("港" * 2500, "港口" * 24_990, "zh"), self.item("港", "港a" * 26_000, "zh")]
        self.assertEqual(self.compare(items), set())
        items = [self.item("Long", f"before {word} after") for word in TOO_LONG] + [self.item("Large", "large " * 30_000)]
        self.assertEqual(len(self.compare(items)), len(items))

    def test_random_texts(self):
        rng = random.Random("vectors")
        languages = [*NATURAL, *["ja", "th", "zh"] * 5]
        by_server = self.compare([self.item(nasty(rng), nasty(rng), rng.choice(languages)) for _ in range(1500)])
        self.assertLess(len(by_server), 600)

    def test_a_configuration_is_altered(self):
        """What was known of it is not used any more; with a thesaurus, or without numbers and words, the server does it."""
        def compare():
            return len(self.compare([self.item("The Running Dogs", "Dogs don't run on the 7 hills")]))
        self.assertEqual(compare(), 0)
        self.rows("CREATE TEXT SEARCH CONFIGURATION public.english (COPY = pg_catalog.english)")
        self.rows("UPDATE newsmill_data.text_search SET config = 'public.english' WHERE language = 'en'")
        self.assertEqual(compare(), 0)
        for change, by_server in (
                ("ALTER MAPPING FOR asciiword WITH simple", 0), ("DROP MAPPING FOR uint", 0),
                ("ALTER MAPPING FOR asciiword WITH english_stem", 0), ("DROP MAPPING FOR asciiword", 1),
                ("ADD MAPPING FOR uint, asciiword WITH simple", 0)):
            self.rows(f"ALTER TEXT SEARCH CONFIGURATION public.english {change}")
            self.assertEqual(compare(), by_server, change)
        self.rows("CREATE TEXT SEARCH DICTIONARY public.stops (TEMPLATE = simple, stopwords = english)")
        self.rows("ALTER TEXT SEARCH CONFIGURATION public.english ALTER MAPPING FOR asciiword WITH public.stops")
        self.assertEqual(compare(), 0)
        self.rows("ALTER TEXT SEARCH DICTIONARY public.stops (stopwords = german)")
        self.assertEqual(compare(), 0)
        self.rows("CREATE TEXT SEARCH DICTIONARY public.synonyms (TEMPLATE = thesaurus, dictfile = thesaurus_sample, dictionary = simple)")
        self.rows("ALTER TEXT SEARCH CONFIGURATION public.english ALTER MAPPING FOR asciiword WITH public.synonyms, english_stem")
        self.assertEqual(compare(), 1)

    def test_vectors_that_the_server_refuses(self):
        """The next ones are made by itself: search does not stop."""
        self.rows("ALTER FUNCTION newsmill_data.search_file RENAME TO search_file_real")
        self.rows("""
            CREATE FUNCTION newsmill_data.search_file(behind bigint, keys uuid[], received timestamptz[], sources text[], languages text[],
                configs text[], vectors tsvector[]) RETURNS integer LANGUAGE plpgsql AS $$
            BEGIN
                IF num_nonnulls(VARIADIC vectors) > 0 THEN
                    RAISE program_limit_exceeded;
                END IF;
                RETURN newsmill_data.search_file_real(behind, keys, received, sources, languages, configs, vectors);
            END
            $$""")
        self.assertEqual(len(self.compare([self.item("A title", "A text")])), 1)


class VectorsOfC(Vectors):
    """In the locale C all beyond ASCII are letters."""

    def make_database(self):
        name = self.db.partition("@/")[2].partition("?")[0]
        postgres.rows_outside(self.cluster.uri("postgres"), f"DROP DATABASE {name}")
        postgres.rows_outside(self.cluster.uri("postgres"), f"CREATE DATABASE {name} TEMPLATE template0 LC_CTYPE 'C'")

    def test_what_a_vector_has_no_room_for(self):
        """Nothing else than elsewhere."""

    test_a_configuration_is_altered = test_what_a_vector_has_no_room_for
    test_vectors_that_the_server_refuses = test_what_a_vector_has_no_room_for


if __name__ == "__main__":
    unittest.main()
