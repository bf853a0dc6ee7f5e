#!/usr/bin/python3
"""A worker follows a name that means many ingest nodes: new addresses are connected to, vanished ones
are left once what they delivered is finished, and a resolver that fails or hangs changes nothing.

The names come from a hosts file of ours through Debian's libnss-wrapper, which stands in for
getaddrinfo()."""
import glob
import os
import unittest

from support import articles, link, mill
from support.mill import FREE_PORT, MillCase
from support.process import Process
from support.pushing import Pusher
from support.waiting import wait_for

NAME = "ingest.newsmill.example"
WRAPPER = sorted(glob.glob("/usr/lib/*/libnss_wrapper.so"))
RESOLVE_MS = 100


@unittest.skipIf("asan" in os.environ.get("NEWSMILL_BINARY", "") or "tsan" in
                 os.environ.get("NEWSMILL_BINARY", ""), "a sanitizer must be loaded first")
@unittest.skipUnless(WRAPPER, "libnss-wrapper is not installed")
class Names(MillCase):
    level = "fast"

    def setUp(self):
        super().setUp()
        self.mill.migrate()
        self.hosts = self.mill.folder / "hosts"
        self.nodes, self.port, self.written = {}, None, 0
        self.env = {"LD_PRELOAD": WRAPPER[0], "NSS_WRAPPER_HOSTS": self.hosts}

    def start_node(self, number):
        """Ingest at 127.0.0.NUMBER, at the port that all of them share."""
        data = self.mill.folder / f"node-{number}"
        work = f"tcp://127.0.0.{number}:{self.port or 0}"
        process = Process(self.mill.folder, f"ingest-{number}", "ingest", "--data", data, "--node",
                          f"node-{number}", "--push", FREE_PORT, "--ingest", FREE_PORT, "--work", work,
                          "--heartbeat-ms", 250, "--silence-ms", 3000)
        self.mill.processes[f"ingest-{number}"] = process
        said = wait_for(lambda: mill.read_endpoints(data), 30, process.tail)
        self.port = self.port or int(said["work"].rsplit(":", 1)[1])
        self.nodes[number] = said
        return process

    def point(self, *numbers):
        """The name stands for these nodes from now on."""
        text = "".join(f"127.0.0.{number} {NAME}\n" for number in numbers)
        new = self.hosts.with_suffix(".new")
        new.write_text(text or "127.0.0.99 nobody.example\n")
        self.written += 1  # the wrapper reads it again when its time has changed, in seconds
        os.utime(new, (1_000_000_000 + self.written * 10, 1_000_000_000 + self.written * 10))
        new.replace(self.hosts)

    def start_workers(self):
        self.mill.endpoints = {"work": f"tcp://{NAME}:{self.port}"}
        more = ("--resolve-ms", RESOLVE_MS)
        return (self.mill.start_analyze(*more, **self.env), self.mill.start_store(*more, **self.env))

    def roles(self, number):
        status = link.ask_status(self.nodes[number]["work"])
        return sorted(w["role"] for w in status["workers"] if w["state"] == "running")

    def wait_roles(self, number, roles=("analyze", "store")):
        wait_for(lambda: self.roles(number) == list(roles), 30,
                 lambda: f"{roles} at {number}: {self.roles(number)}\n{self.mill.tails()}")

    def push(self, number, count):
        with Pusher(self.nodes[number]["push"]) as pusher:
            pusher.push(articles.articles(count, seed=f"node {number}"))

    def wait_done(self, number, count):
        def done():
            books = link.ask_status(self.nodes[number]["work"])["books"]
            return books["stored"] == count and books["in_flight"] == 0
        wait_for(done, 60, lambda: f"{link.ask_status(self.nodes[number]['work'])}\n{self.mill.tails()}")

    def test_nodes_come_and_go(self):
        for number in (1, 2, 3):
            self.start_node(number)
        self.point(1, 2)
        analyze, store = self.start_workers()
        for number in (1, 2):
            self.wait_roles(number)
            self.push(number, 50)
        for number in (1, 2):
            self.wait_done(number, 50)
        self.assertEqual(self.roles(3), [])
        self.point(2, 3)
        self.wait_roles(3)
        self.wait_roles(1, ())
        self.assertEqual(link.ask_status(self.nodes[1]["work"])["deaths"], 0, "they said goodbye")
        self.push(3, 50)
        self.wait_done(3, 50)
        self.point(1, 2, 3)
        for number in (1, 2, 3):
            self.wait_roles(number)
        self.assertTrue(analyze.running() and store.running())

    def test_the_credit_is_shared(self):
        for number in (1, 2):
            self.start_node(number)
        self.point(1, 2)
        self.start_workers()
        for number in (1, 2):
            self.wait_roles(number)

        def shared():
            return all(w["credit_messages"] == {"analyze": 8, "store": 500}[w["role"]]
                       for n in (1, 2) for w in link.ask_status(self.nodes[n]["work"])["workers"])
        wait_for(shared, 10, lambda: f"{link.ask_status(self.nodes[1]['work'])['workers']}")

    def test_a_name_nobody_knows_yet(self):
        self.start_node(1)
        self.point()
        analyze, _ = self.start_workers()
        wait_for(lambda: "cannot be resolved" in analyze.err(), 20, analyze.tail)
        self.assertEqual(analyze.err().count("cannot be resolved"), 1, "said once")
        self.point(1)
        self.wait_roles(1)

    def test_a_resolver_that_fails_changes_nothing(self):
        self.start_node(1)
        self.point(1)
        analyze, store = self.start_workers()
        self.wait_roles(1)
        self.point()
        for process in (analyze, store):
            wait_for(lambda p=process: "cannot be resolved" in p.err(), 20, process.tail)
        self.push(1, 50)
        self.wait_done(1, 50)


if __name__ == "__main__":
    unittest.main()
