#!/usr/bin/python3
"""newsmill export: every view in every format, read back with other people's readers; GDELT's files; hostile text."""
import csv
import io
import json
import pathlib
import re
import unittest

from support.fake_ingest import Item
from support.process import run
from test_storage import FACTS, TEXT, StorageCase

HOSTILE = "a\tb\nc\rd \"quoted\", 'x' \\N \\. ; # | & <b> \u202e\x07 é 😀"


class Export(StorageCase):
    def setUp(self):
        super().setUp()
        self.migrate()
        self.start()
        self.item = Item("https://example.org/1", TEXT, **FACTS)
        names = [{"start": 0, "end": 5, "text": HOSTILE, "type": "person", "name": HOSTILE, "key": None, "confidence": 1.0}]
        event = {**FACTS["events"][0], "place": None, "date": "2026", "lead": False,
                 "source": [{"start": 0, "end": 5, "text": HOSTILE, "code": "IGO", "sector": None}]}
        self.hostile = Item("https://example.org/?q=1\t2", HOSTILE, title=HOSTILE, names=names, events=[event],
                            places=[], authors=[HOSTILE], quotes=[{"start": 0, "end": 5, "direct": True, "confidence": 1.0}])
        self.assertEqual(self.push(self.item, self.hostile), ["stored"] * 2)

    def export(self, *arguments, code=0):
        done = run("export", *arguments, "--db", self.db)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout if code == 0 else done.stderr

    def views(self):
        return [name for name, in self.rows("SELECT c.relname FROM pg_class c WHERE c.relkind = 'v'"
                                            " AND c.relnamespace = 'newsmill'::regnamespace ORDER BY 1")]

    def columns(self, view):
        return [name for name, in self.rows("SELECT column_name::text FROM information_schema.columns WHERE table_schema ="
                                            " 'newsmill' AND table_name = %s ORDER BY ordinal_position", (view,))]

    def test_every_view_in_every_format(self):
        for view in self.views():
            count = self.value(f'SELECT count(*) FROM newsmill."{view}"')
            columns = self.columns(view)
            rows = list(csv.reader(io.StringIO(self.export("--view", view), newline="")))
            self.assertEqual(rows[0], columns)
            self.assertEqual({len(row) for row in rows}, {len(columns)}, view)
            objects = [json.loads(line) for line in self.export("--view", view, "--format", "jsonl").split("\n")[:-1]]
            self.assertTrue(all(list(o) == columns for o in objects), view)
            if view not in ("pipeline", "steps", "search_lag"):
                self.assertEqual((len(rows) - 1, len(objects)), (count, count), view)

    def test_hostile_text_comes_back_as_it_was(self):
        self.export("--view", "articles", "--output", self.folder / "articles.csv")
        text = (self.folder / "articles.csv").read_bytes().decode()
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        self.assertEqual([row["title"] for row in rows if row["url"] != "https://example.org/1"], [HOSTILE])
        found = [json.loads(line) for line in self.export("--view", "names", "--format", "jsonl").split("\n")[:-1]]
        self.assertIn(HOSTILE, [row["name"] for row in found])
        for row in self.export("--view", "articles", "--format", "tsv").split("\n")[:-1]:
            self.assertEqual(row.count("\t") + 1, len(self.columns("articles")))

    def test_gdelt_files(self):
        self.export("--format", "gdelt", "--output", self.folder, "--until", "2030-01-02T03:04:05Z")
        tables = {}
        for ending, width in (("export.CSV", 61), ("mentions.CSV", 16), ("gkg.csv", 27)):
            path = pathlib.Path(self.folder) / f"20300102030405.{ending}"
            with open(path, newline="", encoding="utf-8") as file:
                tables[ending] = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
            self.assertEqual([len(row) for row in tables[ending]], [width] * 2, ending)
        self.assertEqual(list(pathlib.Path(self.folder).glob("*.part")), [])
        events = {row[60]: row for row in tables["export.CSV"]}
        row = events["https://example.org/1"]
        self.assertEqual(row[1:5], ["20261124", "202611", "2026", "2026.9699"])
        self.assertEqual(row[5:8], ["JPNGOV", "TOKIO", "JPN"])
        self.assertEqual(row[25:35], ["1", "051", "051", "05", "1", "3.5", "2", "1", "1", "1.5"])
        self.assertEqual(row[51:59], ["4", "Seoul, KR", "KS", "KS", "", "37.5", "127", "1835848"])
        self.assertEqual(row[59], "20260921141320")
        hostile = events["https://example.org/?q=1 2"]
        self.assertEqual((hostile[1], hostile[5], hostile[7:9], hostile[51]), ("20260528", "IGO", ["", "IGO"], "0"))
        mentions = {row[5]: row for row in tables["mentions.CSV"]}
        self.assertEqual({row[0] for row in mentions.values()}, {row[0] for row in events.values()})
        self.assertTrue(all(re.fullmatch(r"\d{1,19}", row[0]) for row in mentions.values()))
        self.assertEqual(mentions["https://example.org/1"][6:13], ["1", "0", "-1", str(TEXT.index("praised")), "1", "20", str(len(TEXT))])
        gkg = {row[4]: row for row in tables["gkg.csv"]}
        row = gkg["https://example.org/1"]
        self.assertEqual(row[1], "20260528202640")
        self.assertEqual(row[7], "T;")
        self.assertEqual(row[9], "4#Seoul, KR#KS#KS#37.5#127#1835848")
        self.assertEqual(row[10], f"4#Seoul, KR#KS#KS##37.5#127#1835848#{TEXT.index('Seoül')}")
        self.assertEqual(row[15].split(",")[:4], ["1.5", "2", "0.5", "2.5"])
        self.assertEqual(row[16], f"1,0,0,2026,{TEXT.index('Good')}")
        self.assertEqual(row[22], f"{TEXT.index('“')}|7|said|“Good ”")
        self.assertEqual(row[24], f"1.25,,{TEXT.index('Good')}")
        self.assertIn("<PAGE_TITLE>A title</PAGE_TITLE>", row[26])
        self.assertIn("&amp; &lt;b&gt;", gkg["https://example.org/?q=1 2"][26])

    def test_gdelt_places_of_actors_and_counts(self):
        text = "Police in Lyon said that 12 people were killed. Berlin sent 3 doctors, Paris 20 tents; 40 protesters were arrested."
        def place(name, country):
            return {"start": text.index(name), "end": text.index(name) + len(name), "text": name, "name": name, "kind": "city",
                    "country": country, "admin1": None, "lat": 1.0, "lon": 2.0, "geonames": 7, "confidence": 1.0}

        def amount(number, thing):
            start = text.index(number)
            return {"start": start, "end": start + len(number), "text": number, "kind": "count", "value": float(number),
                    "unit": None, "object": thing, "confidence": 1.0}

        def actor(name, code):
            return [{"start": text.index(name), "end": text.index(name) + len(name), "text": name, "code": code, "sector": None}]
        event = {**FACTS["events"][0], "place": None, "source": actor("Police", "COP"), "target": actor("doctors", "FRA")}
        self.push(Item("https://example.org/counts", text, places=[place("Lyon", "FR"), place("Berlin", "DE"), place("Paris", "FR")],
                       amounts=[amount("12", "people"), amount("3", "doctors"), amount("20", "tents"), amount("40", "protesters")],
                       events=[event]))
        self.assertEqual(self.rows('SELECT "Actor1Geo_Type", "Actor1Geo_FullName", "Actor1Geo_CountryCode", "Actor2Geo_FullName"'
                                   ' FROM newsmill.gdelt_events WHERE "SOURCEURL" = %s', ("https://example.org/counts",)),
                         [(4, "Lyon, FR", "FR", "Paris, FR")])
        counts, offsets = self.rows('SELECT "V1COUNTS", "V2_1COUNTS" FROM newsmill.gdelt_gkg WHERE "V2DOCUMENTIDENTIFIER" = %s',
                                    ("https://example.org/counts",))[0]
        self.assertEqual(counts, "KILL#12#people#4#Lyon, FR#FR#FR#1#2#7;PROTEST#40#protesters#4#Paris, FR#FR#FR#1#2#7;")
        self.assertEqual([part.split("#")[-1] for part in offsets.split(";")[:-1]],
                         [str(text.index(number)) for number in ("12", "40")])

    def test_times_and_files(self):
        path = self.folder / "out.csv"
        self.export("--view", "articles", "--output", path)
        self.assertEqual(len(list(csv.reader(io.StringIO(path.read_bytes().decode(), newline="")))), 3)
        self.assertEqual(self.export("--view", "articles", "--format", "jsonl", "--until", "2020-01-01"), "")
        self.assertEqual(self.export("--view", "articles", "--format", "jsonl", "--since", "2020-01-01").count("\n"), 2)

    def test_what_is_wrong_is_said(self):
        for words, arguments in (("which --view", ()), ("there is no view", ("--view", "nothing")),
                                 ("there is no view", ("--view", "schema_version")),
                                 ("--format wants csv|jsonl", ("--view", "names", "--format", "xml")),
                                 ("no time", ("--view", "pipeline", "--since", "1d")), ("--since", ("--view", "names", "--since", "x")),
                                 ("--output", ("--format", "gdelt")), ("leave --view out", ("--format", "gdelt", "--view", "names"))):
            self.assertIn(words, self.export(*arguments, code=2))
        self.assertIn("cannot write", self.export("--view", "names", "--output", "/nowhere/at/all", code=3))
        self.assertEqual(run("export", "--view", "names", "--db", "postgresql:///x?host=/nowhere").returncode, 3)

    def test_the_reader_may_export(self):
        self.rows("CREATE ROLE analyst LOGIN IN ROLE newsmill_reader")
        self.addCleanup(self.rows, "DROP ROLE analyst")
        done = run("export", "--view", "gdelt_gkg", "--format", "tsv", "--db", self.db.replace("postgres@", "analyst@"))
        self.assertEqual((done.returncode, done.stdout.count("\n")), (0, 2), done.stderr)

    def test_more_rows_than_are_fetched_at_once(self):
        self.push(*[Item(f"https://example.org/n/{n}", f"{n}") for n in range(450)])
        self.assertEqual(self.export("--view", "articles", "--format", "tsv").count("\n"), 452)


if __name__ == "__main__":
    unittest.main()
