#!/usr/bin/python3
"""The brokers of a replicated backlog lose sight of each other: three RabbitMQ nodes, each a host of a network that is cut.
With the ingest on the side without a majority, with the node alone that the ingest uses, and with the ingest cut off from
all. What is acknowledged meanwhile and afterwards is stored, once; without a majority nothing is; each heals in bounded time."""
import ctypes
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import network
from support import articles, mill, postgres, rabbit
from support.mill import Mill
from support.pushing import Pusher, Requester
from support.waiting import wait_for

WHY_NOT = network.why_not() or rabbit.missing()
NOBODY = "majority|no node|no leader"
HEALED_S = 60  # a node that paused itself starts its applications again
NOTICED_S = 30


@unittest.skipIf(WHY_NOT, WHY_NOT)
class Partition(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        database = postgres.shared_cluster()  # by its socket: it may stay outside
        cls.network = network.Network("room", "one", "two", "three")
        cls.home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        cls.network["room"].enter()  # this process, and all that it starts, is a host of that network
        cls.rabbits = rabbit.Cluster(hosts=[cls.network[name] for name in ("one", "two", "three")])
        cls.mill = Mill(database.new_database())
        cls.mill.level = "fast"
        cls.replies = {}
        cls.mill.migrate()
        cls.mill.start_ingest("--backlog", cls.rabbits.uri("cut", heartbeat=2))
        cls.mill.start_analyze()
        cls.mill.start_store()
        cls.wait_open()

    @classmethod
    def tearDownClass(cls):
        cls.mill.close()
        cls.rabbits.remove()
        ctypes.CDLL(None).setns(cls.home, network.CLONE_NEWNET)
        os.close(cls.home)
        cls.network.close()

    @classmethod
    def node(cls):
        return cls.mill.status()[1].get("nodes", [{}])[0]

    @classmethod
    def wait_open(cls):
        wait_for(lambda: cls.node().get("refuses", "unknown") is None, HEALED_S,
                 lambda: f"articles are taken: {cls.node()}\n{cls.mill.tails()}\n{cls.rabbits.tails()}")

    def push(self, seed, count=100, deadline_s=HEALED_S):
        with Pusher(self.mill.endpoints["push"], window=32, resend_s=3) as pusher:
            self.replies.update(pusher.push(articles.articles(count, seed=seed), deadline_s=deadline_s))

    def used(self):
        """The host whose broker takes the articles, and the others."""
        name = self.node()["cluster"]["node"]
        hosts = [node.host for node in self.rabbits.nodes]
        used = next(node.host for node in self.rabbits.nodes if f"{node.address}:{node.port}" == name)
        return used, [host for host in hosts if host is not used]

    def part(self, ones, others):
        heals = [one.part(other) for one in ones for other in others]
        return lambda: [heal() for heal in heals]

    def check(self):
        self.wait_open()
        self.assertTrue(all(reply["ok"] for reply in self.replies.values()))
        books = wait_for(lambda: next((b for b in [self.mill.status()[1]] if b["in_flight"] == 0), None), HEALED_S,
                         lambda: f"nothing in flight: {self.mill.status()[1]}")
        self.assertTrue(mill.balances(books), books)
        self.assertEqual(books["dead"], 0)
        rows = self.mill.rows("SELECT id, article::text FROM newsmill.articles")
        self.assertEqual(len(rows), len(self.replies), "stored twice, or not acknowledged")
        self.assertEqual(dict(rows), {key: reply["article"] for key, reply in self.replies.items()})
        wait_for(lambda: self.rabbits.messages("cut") == 0, 30, "an empty queue")

    def refuses(self):
        """Nothing is acknowledged; the producer hears so. Its article comes again later: once is enough."""
        wait_for(lambda: self.node().get("refuses"), NOTICED_S, "ingest to say why")
        self.assertRegex(self.node()["refuses"], NOBODY)
        with Requester(self.mill.endpoints["push"], timeout_s=20) as requester:
            reply = requester.push(articles.article(0, seed="minority"))
        self.assertEqual((reply["ok"], reply["error"], reply["retry"]), (False, "overloaded", True))

    def test_1_ingest_is_with_the_minority(self):
        self.push("before")
        used, others = self.used()
        heal = self.part([used, self.network["room"]], others)
        try:
            self.refuses()
            paused = next(node for node in self.rabbits.nodes if node.host is used)
            wait_for(lambda: not paused.listens(), NOTICED_S, "the minority pauses itself")
            self.refuses()
        finally:
            heal()
        self.push("minority")
        self.check()

    def test_2_the_node_that_ingest_uses_is_alone(self):
        """Ingest sees all three: it goes on with the majority, while the one is away."""
        self.push("before alone")
        used, others = self.used()
        heal = self.part([used], others)
        try:
            self.push("alone", 200)
            self.assertIsNot(self.used()[0], used)
        finally:
            heal()
        self.push("whole again")
        self.check()

    def test_3_ingest_is_cut_off(self):
        self.push("before off")
        heal = self.part([self.network["room"]], [node.host for node in self.rabbits.nodes])
        try:
            self.refuses()
        finally:
            heal()
        self.push("off")
        self.check()


if __name__ == "__main__":
    unittest.main()
