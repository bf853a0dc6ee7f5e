#!/usr/bin/python3
"""The example clients, in Python, Node.js and C: ingest is killed and started again under them, the backlog fills,
and each article is stored once. The C library is installed as anybody would, and found by pkg-config."""
import json
import os
import pathlib
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

from support import articles, mill, sanitizers
from support.keyed import KeyedCase
from support.mill import MillCase, article_count
from support.process import ROOT, binary, die_with_parent, environment
from support.waiting import wait_for

CLIENTS = ROOT / "proto" / "clients"
MODULES = ROOT / "build-npm" / "clients" / "node_modules"
BUILD = pathlib.Path(binary()).resolve().parent
LINES_MAX = 99


def python_client(_):
    return [sys.executable, CLIENTS / "push.py"]


def node_client(folder):
    """Modules are looked for beside the file that imports them."""
    if not shutil.which("node") or not MODULES.is_dir():
        raise unittest.SkipTest("no node, or no build-npm/clients (deploy/install-packages --tests fetches it)")
    (folder / "node_modules").symlink_to(MODULES)
    shutil.copy(CLIENTS / "push.mjs", folder)
    return ["node", folder / "push.mjs"]


def c_client(folder):
    """Against the library as it is installed, and found by pkg-config."""
    if not (BUILD / "proto" / "newsmill.pc").exists() or not shutil.which("pkg-config"):
        raise unittest.SkipTest("no library is made of this build (a sanitizer's), or no pkg-config")
    prefix = folder / "prefix"
    subprocess.run(["cmake", "--install", BUILD, "--prefix", prefix, "--component", "library"], check=True, capture_output=True)
    pc, = prefix.rglob("newsmill.pc")
    env = environment(PKG_CONFIG_PATH=str(pc.parent))
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "newsmill"], check=True, capture_output=True, text=True,
                           env=env).stdout.split()
    subprocess.run(["cc", "-std=c11", "-D_POSIX_C_SOURCE=200809L", "-Wall", "-Wextra", "-Wpedantic", "-Werror", CLIENTS / "push.c", "-o",
                    folder / "push", *flags], check=True, env=env)
    return ["env", f"LD_LIBRARY_PATH={pc.parent.parent}", folder / "push"]


class Running:
    """A client that runs: it is fed on stdin, and what it says is in a file."""

    def __init__(self, folder, command, *arguments):
        self.said, self.more = folder / "said", queue.Queue()
        with self.said.open("w") as said:
            self.child = subprocess.Popen([*map(str, command), *map(str, arguments)], stdin=subprocess.PIPE, stdout=said, stderr=said,
                                          text=True, env=environment(), preexec_fn=die_with_parent())
        threading.Thread(target=self._write, daemon=True).start()

    def _write(self):
        """It reads no faster than its window allows."""
        try:
            for line in iter(self.more.get, None):
                self.child.stdin.write(line)
                self.child.stdin.flush()
            self.child.stdin.close()
        except OSError:
            pass  # it ended

    def feed(self, *things, last=True):
        """Articles, or lines as they are; until the last ones came it does not end."""
        for thing in things:
            self.more.put(thing if isinstance(thing, str) else json.dumps(thing) + "\n")
        if last:
            self.more.put(None)

    def wait(self, deadline_s=120):
        try:
            return self.child.wait(deadline_s * sanitizers.PATIENCE)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it still runs: {self.said.read_text()}") from None

    def kill(self):
        self.child.kill()
        self.child.wait()


class Clients(MillCase):
    level = "fast"

    def start(self, make):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="client-", dir=self.mill.folder))
        running = Running(folder, make(folder), self.mill.endpoints["push"])
        self.addCleanup(running.kill)
        return running

    def connections(self):
        return self.mill.status()[1].get("nodes", [{}])[0].get("connections", 0)

    def taken(self):
        """Articles that are stored or on their way; an ingest that was killed counts those of its journal only."""
        return self.mill.status()[1].get("in_flight", 0) + self.mill.rows("SELECT count(*) FROM newsmill.articles")[0][0]

    def outlives_ingest(self, make):
        """Ingest is killed twice in the middle; what was not acknowledged comes again."""
        count = article_count(300)
        self.start_all()
        things = list(articles.articles(count))
        client, third = self.start(make), count // 3
        for part in range(2):
            client.feed(*things[part * third:(part + 1) * third], last=False)
            wait_for(lambda at=part * third + third // 2: self.taken() >= at, 60,
                     lambda: f"articles: {self.mill.status()} {client.said.read_text()}")
            connected = self.connections()
            self.mill.processes["ingest"].kill()
            self.assertIsNone(client.child.poll(), client.said.read_text())
            self.mill.start_ingest(again=True)
            # What goes into the old connection is lost, and comes again with the next input only, which the next kill waits for.
            wait_for(lambda least=connected: self.connections() >= least, 60, lambda: f"connections: {self.mill.status()}")
        client.feed(*things[2 * third:], '{"body": \n', {"id": "empty", "title": "no body"})
        self.assertEqual(client.wait(), 1, client.said.read_text())
        said = client.said.read_text()
        self.assertIn(f"{count} acknowledged, 2 refused", said)
        self.assertIn(f"line {count + 1}: ", said)
        self.assertRegex(said, f"line {count + 2}: .*body")
        self.mill.wait_rows(count)
        books = self.mill.wait_idle()
        self.assertTrue(mill.balances(books), books)
        self.assertEqual(self.mill.rows("SELECT count(*), count(DISTINCT id) FROM newsmill.articles"), [(count, count)])

    def test_python_outlives_ingest(self):
        self.outlives_ingest(python_client)

    def test_node_outlives_ingest(self):
        self.outlives_ingest(node_client)

    def test_c_outlives_ingest(self):
        self.outlives_ingest(c_client)

    def waits_when_overloaded(self, make):
        """Nothing is analysed until the backlog is full and refuses; then everything goes on."""
        count = 600  # twice what there is room for, in one breath or in many
        self.mill.migrate()
        self.mill.start_ingest("--backlog-bytes", 1 << 20, "--segment-bytes", 1 << 18, "--window-bytes", 1 << 20)
        client = self.start(make)
        client.feed(*articles.articles(count, seed="much"))
        wait_for(lambda: self.mill.status()[1].get("refused", 0) > 0, 60, lambda: f"overloaded: {client.said.read_text()}")
        self.assertIsNone(client.child.poll(), client.said.read_text())
        self.mill.start_analyze()
        self.mill.start_store()
        self.assertEqual(client.wait(), 0, client.said.read_text())
        self.mill.wait_rows(count)
        self.assertEqual(self.mill.rows("SELECT count(*), count(DISTINCT id) FROM newsmill.articles"), [(count, count)])

    def test_python_waits_when_overloaded(self):
        self.waits_when_overloaded(python_client)

    def test_node_waits_when_overloaded(self):
        self.waits_when_overloaded(node_client)

    def test_c_waits_when_overloaded(self):
        self.waits_when_overloaded(c_client)

    def test_c_refuses_too_many_values(self):
        """Before it makes a tree of them in the producer's memory; the next line goes its way."""
        self.mill.start_ingest()
        client = self.start(c_client)
        client.feed({"body": "x", "seen": [{}] * 100_000}, {"body": "y", "seen": [{}] * 100})
        self.assertEqual(client.wait(), 1, client.said.read_text())
        self.assertRegex(client.said.read_text(), r"line 1: .*LIMIT_JSON_VALUES \(100000\)")
        self.assertIn("1 acknowledged, 1 refused", client.said.read_text())

    def test_silence_is_said(self):
        """With less patience than they have, which is 30 s."""
        self.mill.endpoints = {"push": "tcp://127.0.0.1:9"}
        for make, name, patience, less in ((python_client, "push.py", "GIVE_UP_S, BACKOFF_S = 256, 5.0, 30.0", "GIVE_UP_S, BACKOFF_S = 256, 5.0, 1.0"),
                                           (node_client, "push.mjs", "GIVE_UP_MS = 30000", "GIVE_UP_MS = 1000")):
            with self.subTest(client=name):
                folder = pathlib.Path(tempfile.mkdtemp(prefix="client-", dir=self.mill.folder))
                command = make(folder)
                text = (CLIENTS / name).read_text()
                self.assertIn(patience, text)
                (folder / name).write_text(text.replace(patience, less))
                client = Running(folder, [command[0], folder / name], self.mill.endpoints["push"])
                self.addCleanup(client.kill)
                client.feed({"body": "x"})
                self.assertEqual(client.wait(60), 3, client.said.read_text())
                self.assertIn("nothing has answered for 1 s: does ingest run there, and does it know our key?", client.said.read_text())

    def test_each_is_short(self):
        for name in ("push.py", "push.mjs", "push.c"):
            self.assertLessEqual((CLIENTS / name).read_text().count("\n"), LINES_MAX, name)

    def test_the_header_is_c_and_cpp(self):
        for compiler, standard in (("cc", "c99"), ("c++", "c++17")):
            subprocess.run([compiler, f"-std={standard}", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", "-x",
                            "c" if compiler == "cc" else "c++", "-include", ROOT / "proto" / "newsmill.h", os.devnull], check=True)


class Keyed(KeyedCase):
    def pushes_as(self, name, make):
        """(exit code, what it says)."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix="client-", dir=self.mill.folder))
        client = Running(folder, make(folder), self.mill.endpoints["push"], self.keys / f"{name}.key", self.keys / "ingest.pub")
        self.addCleanup(client.kill)
        client.feed({"body": f"{name} {make.__name__}"})
        return client.wait(), client.said.read_text()

    def test_each_pushes_with_its_key(self):
        self.start_ingest()
        for make in (python_client, node_client, c_client):
            with self.subTest(client=make.__name__):
                self.assertEqual(self.pushes_as("crawler", make), (0, "1 acknowledged, 0 refused\n"))

    def test_c_says_which_side_refuses(self):
        self.start_ingest()
        code, said = self.pushes_as("stranger", c_client)
        self.assertEqual(code, 3, said)
        self.assertIn('it refuses our key "stranger"', said)


if __name__ == "__main__":
    unittest.main()
