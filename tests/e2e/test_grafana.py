#!/usr/bin/python3
"""Every panel and variable of deploy/grafana: its SQL, with Grafana's macros expanded, returns rows as a member of newsmill_reader,
and has an index for every table of facts that it reads."""
import datetime
import json
import re
import unittest

import psycopg2

from support import postgres
from support.process import ROOT
from support.pushing import Pusher
from support.site import Site
from support.waiting import wait_for

FOLDER = ROOT / "deploy" / "grafana"
DASHBOARDS = {path.stem: json.loads(path.read_text()) for path in sorted((FOLDER / "dashboards").glob("*.json"))}
# What grows with the articles; rollups and small tables may be read whole.
FACTS = "articles|article_revisions|names|places|events|quotes|targets|dates|amounts|ledger|sketches|story_articles|story_bands|search"
# Two publishers of Germany, one of which copies the other; Germany and France do something to each other.
NEWS = [
    {"id": "berlin-1", "url": "https://zeitung.example.de/1", "source": "zeitung.example.de", "title": "Germany criticises France over tariffs",
     "body": "Germany criticised France on Monday over its new tariffs on wine. France threatened Germany with sanctions. " * 3
             + "The chancellor in Berlin said that the talks in Paris had failed, and that further talks were not planned for this month."},
    {"id": "berlin-2", "url": "https://blatt.example.de/1", "source": "blatt.example.de", "title": "Germany criticises France over tariffs",
     "body": "Germany criticised France on Monday over its new tariffs on wine. France threatened Germany with sanctions. " * 3
             + "The chancellor in Berlin said that the talks in Paris had failed, and that further talks were not planned for this week."},
]
VALUES = {"country": "DE", "actor": "DEU", "target": "FRA", "source": "zeitung.example.de"}


def expanded(sql, begins, ends, interval="1h"):
    """As Grafana's PostgreSQL data source does it (its documentation, "Macros"); variables as literals."""
    seconds = {"1h": 3600, "1d": 86400}
    stretch = f"'{begins.isoformat()}' AND '{ends.isoformat()}'"
    sql = sql.replace("$__interval", f"'{interval}'")

    def group(match):
        width = seconds[match[2].strip("' ")]
        return f"floor(extract(epoch from {match[1]})/{width})*{width} AS \"time\""
    sql = re.sub(r"\$__timeGroupAlias\(([^,]+),\s*([^)]+)\)", group, sql)
    sql = re.sub(r"\$__timeFilter\(([^)]+)\)", lambda match: f"{match[1]} BETWEEN {stretch}", sql)
    return re.sub(r"\$\{(\w+):sqlstring\}", lambda match: "'" + VALUES[match[1]].replace("'", "''") + "'", sql)


def queries():
    """(dashboard, what, SQL) of every panel and variable."""
    for name, board in DASHBOARDS.items():
        for panel in board["panels"]:
            for target in panel["targets"]:
                yield name, panel["title"], target["rawSql"]
        for variable in board["templating"]["list"]:
            yield name, f"${variable['name']}", variable["query"]


def nodes(plan):
    yield plan
    for each in plan.get("Plans", []):
        yield from nodes(each)


class Grafana(Site):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with Pusher(cls.push) as pusher:
            pusher.push(NEWS)
            cls.kill_one(pusher)
        cls.wait_stored(17)
        wait_for(lambda: postgres.value(cls.database, "SELECT count(*) FROM newsmill.copies WHERE source LIKE '%.example.de'"),
                 60, "the copies to be found")
        wait_for(lambda: postgres.value(cls.database, "SELECT stored FROM newsmill.pipeline"), 30, "the books")
        postgres.rows_outside(cls.database, "CREATE ROLE viewer LOGIN IN ROLE newsmill_reader")
        cls.now = datetime.datetime.now(datetime.timezone.utc)

    @classmethod
    def kill_one(cls, _):
        postgres.rows(cls.database, """INSERT INTO newsmill_data.dead (key, article, stage, code, message, attempts, original, died, received)
            SELECT gen_random_uuid(), gen_random_uuid(), 'analysis', 'worker-crash', 'It killed three workers.', 3, ''::bytea, now(), now()""")

    def connect(self):
        connection = psycopg2.connect(self.database)
        self.addCleanup(connection.close)
        connection.cursor().execute("SET ROLE viewer")
        return connection

    def sql(self, text):
        return expanded(text, self.now - datetime.timedelta(days=2), self.now + datetime.timedelta(hours=1))

    def test_every_panel_returns_rows(self):
        connection, seen = self.connect(), 0
        for board, what, sql in queries():
            with self.subTest(board=board, what=what), connection, connection.cursor() as cursor:
                cursor.execute(self.sql(sql))
                rows = cursor.fetchall()
                self.assertTrue(rows, "no rows")
                if "AS \"time\"" in self.sql(sql):
                    self.assertEqual(cursor.description[0].name, "time")
                seen += 1
        self.assertGreaterEqual(seen, 33)

    def test_every_panel_has_an_index(self):
        """With sequential scans as a last resort: one that is left has no index that it could use."""
        connection = self.connect()
        for board, what, sql in queries():
            with self.subTest(board=board, what=what), connection, connection.cursor() as cursor:
                cursor.execute("SET LOCAL enable_seqscan = off")
                cursor.execute("EXPLAIN (FORMAT JSON) " + self.sql(sql))
                plan = cursor.fetchone()[0][0]["Plan"]
                scanned = [node["Relation Name"] for node in nodes(plan) if node["Node Type"] == "Seq Scan"]
                self.assertEqual([name for name in scanned if re.fullmatch(rf"({FACTS})(_\w+)?", name)], [])

    def test_events_show_their_words(self):
        board = DASHBOARDS["pair"]
        sql = next(p["targets"][0]["rawSql"] for p in board["panels"] if "words" in p["title"])
        rows = postgres.rows(self.database, self.sql(sql))
        self.assertTrue(any("criticised France" in row[5] for row in rows), rows)

    def test_dashboards_are_whole(self):
        self.assertEqual(set(DASHBOARDS), {"world", "country", "pair", "source", "pipeline"})
        for name, board in DASHBOARDS.items():
            self.assertEqual(board["uid"], f"newsmill-{name}")
            self.assertEqual(len({panel["id"] for panel in board["panels"]}), len(board["panels"]))
            taken = set()
            for panel in board["panels"]:
                self.assertEqual(panel["datasource"]["uid"], "newsmill")
                at = panel["gridPos"]
                cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
                self.assertLessEqual(at["x"] + at["w"], 24)
                self.assertFalse(taken & cells, panel["title"])
                taken |= cells
            known = {variable["name"] for variable in board["templating"]["list"]}
            for target in [t for panel in board["panels"] for t in panel["targets"]]:
                self.assertLessEqual(set(re.findall(r"\$\{(\w+)", target["rawSql"])), known)
                self.assertNotIn("newsmill_data", target["rawSql"])
        data_source = (FOLDER / "provisioning" / "datasources" / "newsmill.yaml").read_text()
        self.assertIn("uid: newsmill\n", data_source)


if __name__ == "__main__":
    unittest.main()
