#!/usr/bin/python3
"""What the pages show below a query is what it gives on the sample articles."""
import json
import re
import subprocess
import unittest

from support.mill import MillCase
from support.process import ROOT, run
from support.pushing import Requester
from support.waiting import wait_for

PAGES = ("README.md", "deploy/guide/queries.md", "deploy/guide/quickstart.md")
PUSHED = re.compile(r"^    echo '(\{.*\})' \| newsmill push -$", re.M)
SHOWN = re.compile(r"^```sql\n((?:(?!^```).*\n)*)```\n```\n((?:(?!^```).*\n)*)```$", re.M)
# Of the example of what changed; the samples have one revision each.
FERRY = "https://example.org/ferry"
REVISIONS = ({"url": FERRY, "title": "Ferry sinks, many missing",
              "body": "A ferry hit a rock on Monday night.\n\nForty people are missing."},
             {"url": FERRY, "title": "Ferry runs aground",
              "body": "A ferry hit a rock on Monday night.\n\nAll passengers were saved."})


def lines(text):
    return [line.rstrip() for line in text.strip("\n").splitlines()]


class Guide(MillCase):
    level = "full"  # of what the pages show

    def ask(self, sql):
        done = subprocess.run(["psql", "-X", "-q", "--pset=footer=off", self.mill.database, "-c", sql], capture_output=True, text=True,
                              check=False)
        return lines(done.stdout + done.stderr)

    def settled(self, articles):
        self.mill.wait_idle(articles)
        wait_for(lambda: self.mill.value("SELECT sum(waiting) FROM newsmill.steps") == 0, 60, "what follows the commits")
        wait_for(lambda: self.mill.value("SELECT stored + duplicate FROM newsmill.pipeline") == articles, 60, "the books, told once a second")

    def compare(self, shown):
        for page, sql, printed in shown:
            self.assertEqual(self.ask(sql), lines(printed), f"{page}: {sql}")

    def test_the_pages_show_what_comes_out(self):
        self.start_all()
        done = run("push", "--to", self.mill.endpoints["push"], ROOT / "deploy" / "samples")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.settled(14)
        shown = [(page, *found) for page in PAGES for found in SHOWN.findall((ROOT / page).read_text())]
        later = [found for found in shown if "newsmill.changes" in found[1] or "quickstart" in found[0]]
        self.assertGreater(len(shown), 12)
        self.assertEqual(len(later), 2)
        self.compare(found for found in shown if found not in later)
        pushed, = PUSHED.findall((ROOT / PAGES[2]).read_text())
        with Requester(self.mill.endpoints["push"]) as requester:
            for count, article in enumerate((json.loads(pushed), *REVISIONS), 15):
                self.assertTrue(requester.push(article)["ok"])
                self.settled(count)
        self.compare(later)


if __name__ == "__main__":
    unittest.main()
