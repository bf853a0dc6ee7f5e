#!/usr/bin/python3
"""newsmill inspect --json: every key of the contract, offsets in code points, input order."""
import json
import re
import tempfile
import unittest
import uuid
from pathlib import Path

from support import articles
from support.process import ROOT, run

KEYS = ("id article url source title authors published published_from language genre text removed "
        "sentences tone names places events targets quotes dates amounts themes keyphrases summary "
        "fingerprint").split()
TONE = "tone positive negative polarity activity self_group words".split()
NAME = "start end text type name key".split()
TYPES = {"person", "organization", "place", "other"}
WIDE = "🗼 東京 — Ministers from Tokyo met in Zürich. 🎌 The Japanese side praised the “great” deal."


def inspect(*inputs, stdin=None, code=0):
    done = run("inspect", "--json", *inputs, stdin=stdin)
    assert done.returncode == code, f"{done.returncode}: {done.stderr}"
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def inspect_lines(*found):
    return inspect("-", stdin="".join(json.dumps(article) + "\n" for article in found))[0]


DICTIONARIES = ROOT / "tests" / "unit" / "dictionaries"


class Inspect(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="nm-inspect-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_dictionaries_of_ones_own(self):
        article = json.dumps({"body": "Ottokar hoodwinked Borduria.", "published": "2005-06-01T12:00:00Z", "language": "en"})
        plain = inspect("-", stdin=article)[0][0]
        self.assertEqual(plain["events"], [])
        more = self.folder / "more.txt"
        more.write_text("OTTOKAR_\n\t[SYL-]\n\t[SYLMIL <19991231]\n")
        options = ["--actors", str(DICTIONARIES / "actors.txt"), "--actors", str(more),
                   "--verbs", str(DICTIONARIES / "verbs.txt")]
        found, stderr = inspect(*options, "-", stdin=article)
        event = found[0]["events"][0]
        self.assertEqual((event["type"], event["cameo"]), ("ACCUSE", "112"))
        self.assertEqual([(a["code"], a["sector"]) for a in event["source"]], [("SYL", "GOV")])
        self.assertEqual([a["code"] for a in event["target"]], ["BRD"])
        self.assertRegex(found[0]["analyzer"], "^" + re.escape(plain["analyzer"]) + r"\+[0-9a-f]{8}$")
        self.assertIn(f"file={more} line=2", stderr)
        done = run("inspect", "--agents", "/nonexistent", "-", stdin=article)
        self.assertEqual(done.returncode, 2)
        self.assertIn("/nonexistent", done.stderr)

    def check(self, result):
        """The shape of one result, and every offset against its text."""
        self.assertLessEqual(set(KEYS), set(result), set(KEYS) - set(result))
        text = result["text"]
        uuid.UUID(result["article"])
        self.assertRegex(result["fingerprint"], r"^[0-9a-f]{16}$")
        self.assertEqual(set(TONE), set(result["tone"]))
        self.assertLessEqual({"code", "confidence"}, set(result["language"]))
        self.assertTrue(0 <= result["language"]["confidence"] <= 1)
        for key in KEYS[11:]:
            if key not in ("tone", "fingerprint"):
                self.assertIsInstance(result[key], list, key)
        for name in result["names"]:
            self.assertLessEqual(set(NAME), set(name))
            self.assertIn(name["type"], TYPES)
        for kind in ("names", "places", "events", "targets", "quotes", "dates", "amounts"):
            for fact in result[kind]:
                self.assertTrue(0 <= fact["start"] < fact["end"] <= len(text), fact)
                if "text" in fact:
                    self.assertEqual(text[fact["start"]:fact["end"]], fact["text"])
        end = 0
        for sentence in result["sentences"]:
            self.assertTrue(end <= sentence["start"] < sentence["end"] <= len(text), sentence)
            end = sentence["end"]
        for removed in result["removed"]:
            self.assertEqual({"text", "why"}, set(removed) & {"text", "why"})

    def test_every_key_is_there(self):
        full = {"id": "i-1", "url": "https://www.news.example.co.uk/a?utm_source=x", "title": "A title",
                "authors": ["Ana"], "published": "2026-11-24T12:00:00+01:00", "language": "en",
                "body": WIDE, "meta": {"k": 1}}
        (result,) = inspect_lines(full)
        self.check(result)
        self.assertEqual((result["id"], result["url"], result["title"], result["authors"]),
                         ("i-1", full["url"], "A title", ["Ana"]))
        self.assertEqual(result["source"], "example.co.uk")
        self.assertRegex(result["published"], r"^2026-11-24T11:00:00(\.000)?Z$")
        self.assertEqual(result["published_from"], "given")
        self.assertEqual(result["language"]["code"], "en")
        self.assertNotIn("meta", result)

    def test_absent_is_null_or_empty(self):
        (result,) = inspect_lines({"body": "Nothing is known about this."})
        self.check(result)
        for key in ("id", "url", "source", "title", "published", "published_from"):
            self.assertIsNone(result[key], key)
        self.assertEqual(result["authors"], [])

    def test_offsets_are_code_points(self):
        (result,) = inspect_lines({"body": WIDE})
        self.check(result)
        found = {name["text"] for name in result["names"]}
        self.assertLessEqual({"Tokyo", "Japanese"}, found)
        self.assertEqual({name["name"] for name in result["names"] if name["text"] in ("Tokyo", "Japanese")},
                         {"Japan"})

    def test_input_order_is_kept(self):
        found = list(articles.articles(60, seed="order"))
        results = inspect_lines(*found)
        self.assertEqual([result["id"] for result in results], [article["id"] for article in found])
        for result in results:
            self.check(result)

    def test_the_same_article_gives_the_same_facts(self):
        article = articles.article(3, seed="same")
        first, second = inspect_lines(article), inspect_lines(article)
        self.assertEqual(first, second)

    def test_names_resolve_to_countries(self):
        cases = {
            "Washington": "United States", "Pyongyang": "North Korea", "Kremlin": "Russia",
            "the ROK": "South Korea", "Sino-Japanese": "Japan", "Beijing": "China", "Seoul": "South Korea",
            "French": "France", "Canberra": "Australia", "Brazilian": "Brazil",
        }
        results = inspect_lines(*({"id": word, "body": f"Officials said that {word} ties were discussed "
                                   "at length during the talks on Monday."} for word in cases))
        for result, (word, country) in zip(results, cases.items()):
            with self.subTest(word):
                self.assertIn(country, {name["name"] for name in result["names"]})

    def test_tone_has_the_right_sign(self):
        good, bad, negated = inspect_lines(
            {"body": "The wonderful agreement was a great success and everybody praised it happily."},
            {"body": "The terrible attack was a horrible failure and everybody condemned the murder."},
            {"body": "The agreement was not good, it was not a success, and nobody praised it."})
        self.assertGreater(good["tone"]["tone"], 0)
        self.assertLess(bad["tone"]["tone"], 0)
        self.assertLess(negated["tone"]["tone"], good["tone"]["tone"])
        self.assertGreater(good["tone"]["words"], 8)

    def test_cookie_lines_are_removed_and_listed(self):
        body = ("We use cookies to give you the best experience. Accept all cookies\n\n"
                "The minister of finance resigned on Tuesday after a long debate in parliament.\n\n"
                "Read more\n\nShare on Facebook\n\n"
                "A successor will be named within days, the government said in a statement.")
        (result,) = inspect_lines({"body": body})
        self.check(result)
        self.assertNotIn("cookies", result["text"])
        self.assertIn("cookie-notice", {removed["why"] for removed in result["removed"]})
        self.assertIn("The minister of finance resigned", result["text"])
        self.assertIn("A successor will be named", result["text"])
        self.assertNotIn("Share on Facebook", result["text"])

    def test_languages(self):
        texts = {"de": "Der Außenminister reiste am Montag nach Warschau, um über die Lage zu sprechen.",
                 "fr": "Le ministre des affaires étrangères s'est rendu lundi à Varsovie pour en parler.",
                 "es": "El ministro de Asuntos Exteriores viajó el lunes a Varsovia para hablar de ello.",
                 "ja": "外務大臣は月曜日にワルシャワを訪問し、情勢について協議した。"}
        results = inspect_lines(*({"id": code, "body": body} for code, body in texts.items()))
        self.assertEqual([result["language"]["code"] for result in results], list(texts))

    def test_fingerprints_of_near_copies_are_near(self):
        body = articles.text(1, seed="near")
        one, near, other = inspect_lines({"body": body}, {"body": body.replace("Monday", "Tuesday") + " Ends."},
                                         {"body": articles.text(2, seed="far")})
        distance = lambda a, b: bin(int(a["fingerprint"], 16) ^ int(b["fingerprint"], 16)).count("1")
        self.assertLess(distance(one, near), distance(one, other))
        self.assertLessEqual(distance(one, near), 8)

    def test_tokens_and_timings_only_when_asked(self):
        line = json.dumps({"body": WIDE}) + "\n"
        plain, _ = inspect("-", stdin=line)
        self.assertNotIn("tokens", plain[0])
        with_tokens, _ = inspect("--tokens", "-", stdin=line)
        self.assertIsInstance(with_tokens[0]["tokens"], list)
        timed, said = inspect("--timings", "-", stdin=line)
        self.assertEqual(timed, plain)
        self.assertTrue(said.strip())

    def test_a_bad_line_is_named_and_the_others_go_on(self):
        lines = ['{"id": "a", "body": "One."}', "{not json", '{"id": "b"}', '{"id": "c", "body": "Three."}']
        results, said = inspect("-", stdin="\n".join(lines) + "\n", code=1)
        self.assertEqual([result["id"] for result in results], ["a", None, "b", "c"])
        self.assertEqual([result.get("error", {}).get("code") for result in results],
                         [None, "not-json", "body-missing", None])
        self.assertEqual(len(said.strip().splitlines()), 2, said)
        self.assertIn("body-missing", said)
        self.assertRegex(said, r":2:")

    def test_files_of_every_kind(self):
        import msgpack
        (self.folder / "a.txt").write_text(WIDE)
        (self.folder / "b.html").write_text(
            "<html><head><title>From HTML</title><style>p{color:red}</style></head><body>"
            "<p>Tokyo &amp; Berlin agreed.</p><script>alert('x')</script></body></html>")
        (self.folder / "c.json").write_text(json.dumps({"id": "c", "body": WIDE}))
        (self.folder / "d.jsonl").write_text(json.dumps({"id": "d", "body": WIDE}) + "\n")
        (self.folder / "e.msgpack").write_bytes(msgpack.packb({"id": "e", "body": WIDE}))
        results, _ = inspect(*sorted(self.folder.iterdir()))
        self.assertEqual(len(results), 5)
        for result in results:
            self.check(result)
        self.assertIn("Tokyo & Berlin agreed.", results[1]["text"])
        self.assertNotIn("alert", results[1]["text"])
        self.assertNotIn("color", results[1]["text"])
        self.assertEqual([result["id"] for result in results[2:]], ["c", "d", "e"])
        by_folder, _ = inspect(self.folder)
        self.assertEqual([result["text"] for result in by_folder], [result["text"] for result in results])

    def test_what_a_page_says(self):
        page = """<html lang="en"><head><title>Bridge to be rebuilt | The Lindholm Gazette</title>
            <meta property="og:site_name" content="The Lindholm Gazette"><link rel="canonical" href="/2019/bridge">
            <meta property="og:image" content="/b.jpg"><meta property="article:section" content="Town">
            <script type="application/ld+json">{"@type": "NewsArticle", "headline": "Bridge to be rebuilt",
              "datePublished": "2019-05-31T00:30:00+02:00", "author": [{"name": "Ann Lee"}, {"name": "Bo Berg"}],}</script>
            </head><body><nav><a href="/">Start</a></nav><article><h1>Bridge to be rebuilt</h1><p>The council of
            Lindholm voted on Tuesday to rebuild the <a href="../old">old bridge</a>, which has been closed since the
            flood of last autumn.</p><figure><figcaption>The bridge in spring</figcaption></figure></article>"""
        (result,) = inspect_lines({"url": "https://gazette.example/news/1", "type": "text/html", "body": page})
        self.check(result)
        self.assertEqual({key: result[key] for key in ("title", "authors", "site", "section", "image", "canonical",
                                                       "links", "published", "published_from")},
                         {"title": "Bridge to be rebuilt", "authors": ["Ann Lee", "Bo Berg"],
                          "site": "The Lindholm Gazette", "section": "Town",
                          "image": "https://gazette.example/b.jpg", "canonical": "https://gazette.example/2019/bridge",
                          "links": ["https://gazette.example/old"],
                          "published": "2019-05-31T00:30:00.000+02:00", "published_from": "jsonld"})
        self.assertTrue(result["text"].startswith("The council of Lindholm"), result["text"])
        self.assertIn({"text": "The bridge in spring", "why": "caption"}, result["removed"])

    def test_odd_bodies(self):
        import msgpack
        bodies = [b"", b" \n\n ", b"\xff\xfe\x00", "\u202e\u0301".encode(), b"a" * 200_000,
                  ("word " * 50_000).encode(), ("." * 10_000).encode(), "😀".encode() * 5000,
                  b"\n\n".join(b"short line" for _ in range(5000))]
        stream = b"".join(msgpack.packb({"id": str(n), "body": body}) for n, body in enumerate(bodies))
        path = self.folder / "odd.msgpack"
        path.write_bytes(stream)
        results, _ = inspect(path)
        self.assertEqual([result["id"] for result in results], [str(n) for n in range(len(bodies))])
        for result in results:
            self.check(result)
            self.assertFalse(re.search("\0", result["text"]))

    def test_samples(self):
        results, _ = inspect(ROOT / "deploy" / "samples")
        self.assertGreaterEqual(len(results), 10)
        for result in results:
            self.check(result)
        self.assertTrue(any(result["removed"] for result in results))
        self.assertGreater(len({result["language"]["code"] for result in results}), 1)

    def test_people_get_something_to_read(self):
        done = run("inspect", "-", stdin=json.dumps({"title": "T", "body": WIDE}) + "\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Japan", done.stdout)


if __name__ == "__main__":
    unittest.main()
