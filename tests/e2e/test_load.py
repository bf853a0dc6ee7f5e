#!/usr/bin/python3
"""The load of tests/bench/load, small: everything arrives, rollups agree with the facts, stories are found, disk is told."""
import os
import pathlib
import re
import subprocess
import sys
import unittest

from support import process

LOAD = pathlib.Path(__file__).resolve().parents[1] / "bench" / "load"


class Load(unittest.TestCase):
    def test_some_thousands(self):
        done = subprocess.run([sys.executable, LOAD, "--articles", "2000", "--months", "0.05", "--without-search"],
                              env={**os.environ, "NEWSMILL_BINARY": str(process.binary())}, capture_output=True, text=True,
                              timeout=300, check=False)
        told = done.stdout + done.stderr
        self.assertIn("2,000 articles of 20 facts", done.stdout, told)
        for rollup in ("hours", "pairs", "terms", "places"):
            self.assertRegex(done.stdout, rf"(?m)^{rollup} +[1-9]\d* rows +0 missing or wrong +0 too many$", told)
        rows = dict(re.findall(r"(?m)^  (\w+) +([\d,]+) +\d+ +\d+ +\d+ +\d+$", done.stdout))
        for table, each in {"articles": 1, "ledger": 1, "story_articles": 1, "names": 6, "places": 4, "events": 3,
                            "quotes": 2, "targets": 2, "dates": 2, "amounts": 1}.items():
            self.assertEqual(int(rows[table].replace(",", "")), each * 2000, f"{table}\n{told}")
        told_bytes = re.search(r"all ([\d,]+) bytes an article", done.stdout)
        self.assertTrue(told_bytes, told)
        self.assertLess(int(told_bytes[1].replace(",", "")), 20_000)
        copies = re.search(r"([\d,]+) articles in stories of several", done.stdout)
        self.assertGreater(int(copies[1].replace(",", "")), 250, told)


if __name__ == "__main__":
    unittest.main()
