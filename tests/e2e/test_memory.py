#!/usr/bin/python3
"""An analyzer's own memory stays small: word tables, the parser's model and gazetteers are shared by all of them."""
import unittest

from support import memory, sanitizers

LIMIT_BYTES = 150 * 1000 * 1000  # of one analyzer; measured: a third of it
ARTICLES = 120


@unittest.skipIf(sanitizers.ACTIVE, "a sanitizer's shadow is private memory")
class Memory(unittest.TestCase):
    def test_an_analyzer_has_little_memory_of_its_own(self):
        for private, shared in memory.of_analyzers(ARTICLES, 2):
            self.assertLess(private, LIMIT_BYTES)
            self.assertGreater(shared, private / 4)


if __name__ == "__main__":
    unittest.main()
