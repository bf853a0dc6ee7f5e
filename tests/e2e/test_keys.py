#!/usr/bin/python3
"""Keys: newsmill keys, CURVE on every socket, who is let in, and who says no to whom."""
import json
import re
import stat
import sys
import unittest

import msgpack
import zmq

from support.mill import FREE_PORT, Mill, MillCase
from support.process import run
from support.waiting import wait_for

ARTICLE = {"url": "https://example.org/keys", "title": "Talks resume", "body": "Beijing and Tokyo met on Monday."}


def read_key(path):
    """{"name", "public", "secret"} of a key file."""
    lines = (line for line in path.read_text().splitlines() if not line.startswith("#"))
    return dict(line.split(" = ", 1) for line in lines)


class KeyFiles(unittest.TestCase):
    """What is made, and what is refused."""

    def setUp(self):
        self.mill = Mill()
        self.addCleanup(self.mill.close)
        self.keys = self.mill.folder / "keys"

    def make(self, *names):
        return run("keys", "make", *names, "--keys", self.keys)

    def test_a_pair_is_made_and_listed(self):
        done = self.make("ingest-1", "crawler@host")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(stat.S_IMODE((self.keys / "ingest-1.key").stat().st_mode), 0o600)
        secret, public = read_key(self.keys / "ingest-1.key"), read_key(self.keys / "ingest-1.pub")
        self.assertEqual(zmq.curve_public(secret["secret"].encode()).decode(), public["public"])
        self.assertNotIn("secret", public)
        listed = json.loads(run("keys", "list", "--keys", self.keys, "--json").stdout)
        self.assertEqual([(row["name"], row["kind"]) for row in listed],
                         [("crawler@host", "secret"), ("crawler@host", "public"), ("ingest-1", "secret"),
                          ("ingest-1", "public")])
        self.assertNotIn(secret["secret"], run("keys", "list", "--keys", self.keys).stdout)

    def test_a_key_is_never_overwritten(self):
        self.make("one")
        before = (self.keys / "one.key").read_text()
        again = self.make("one")
        self.assertEqual(again.returncode, 2)
        self.assertIn("one.key is there already", again.stderr)
        self.assertEqual((self.keys / "one.key").read_text(), before)
        self.assertEqual(self.make("../up").returncode, 2)

    def test_what_others_can_read_is_refused(self):
        self.make("one")
        key = self.keys / "one.key"
        key.chmod(0o640 if key.stat().st_uid else 0o604)
        for command in (("push", "--key", key, key), ("ingest", "--data", self.mill.data, "--key", key)):
            done = run(*command)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertRegex(done.stderr, r"others may read or write the key file \S+/one.key")
        self.assertEqual(run("keys", "list", "--keys", self.keys).returncode, 1)

    def test_a_damaged_file_says_which_line(self):
        self.make("one")
        key = self.keys / "one.key"
        lines = key.read_text().splitlines()
        for number, text in ((2, "nam = one"), (3, "public = short"), (4, "secret = " + "~" * 40)):
            key.write_text("\n".join(text if n == number else line for n, line in enumerate(lines, 1)))
            done = run("push", "--key", key, key)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(f"one.key:{number}:", done.stderr)
        done = run("push", "--key", self.keys / "one.pub", key)
        self.assertIn("name the .key file", done.stderr)

    def test_without_keys_nothing_leaves_this_host(self):
        for option in ("--push", "--ingest", "--work"):
            ports = {"--push": FREE_PORT, "--ingest": FREE_PORT, "--work": FREE_PORT, option: "tcp://0.0.0.0:0"}
            done = run("ingest", "--data", self.mill.data, *(word for pair in ports.items() for word in pair))
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn("wants keys", done.stderr)
            self.assertIn("--insecure", done.stderr)
        for command in (("analyze", "--work"), ("store", "--work"), ("status", "--work"), ("push", "-", "--to")):
            done = run(*command, "tcp://192.0.2.1:5553", stdin="")
            self.assertEqual(done.returncode, 2, (command, done.stderr))
            self.assertIn("wants keys", done.stderr)
        for command in ("analyze", "store", "ingest", "dashboard"):
            done = run(command, "--http", "0.0.0.0:0", *(("--data", self.mill.data) if command == "ingest" else ()))
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn("--http-open", done.stderr)

    def test_insecure_says_so(self):
        at = dict.fromkeys(("push", "ingest", "work"), "tcp://0.0.0.0:0")
        self.mill.endpoints = at
        self.mill.start_ingest("--insecure", "--http", "0.0.0.0:0", "--http-open", again=True)
        self.assertTrue(self.mill.endpoints["push"].startswith("tcp://0.0.0.0:"))


class Guarded(MillCase):
    """A mill with keys."""

    def setUp(self):
        super().setUp()
        self.keys = self.mill.folder / "keys"
        for folder in ("producers", "workers"):
            (self.mill.folder / folder).mkdir()
        made = run("keys", "make", "ingest", "worker", "crawler", "stranger", "--keys", self.keys)
        self.assertEqual(made.returncode, 0, made.stderr)
        self.allow("worker", "workers")
        self.allow("crawler", "producers")

    def allow(self, name, folder):
        (self.mill.folder / folder / f"{name}.pub").write_bytes((self.keys / f"{name}.pub").read_bytes())

    def start_ingest(self, *more, **how):
        return self.mill.start_ingest("--key", self.keys / "ingest.key",
                                      "--allow-producers", self.mill.folder / "producers",
                                      "--allow-workers", self.mill.folder / "workers", *more, **how)

    def as_(self, name, server="ingest"):
        return ("--key", self.keys / f"{name}.key", "--server-key", self.keys / f"{server}.pub")

    def push(self, *arguments, give_up_ms=1500):
        return run("push", "-", "--to", self.mill.endpoints["push"], "--give-up-ms", give_up_ms, *arguments,
                   stdin=json.dumps(ARTICLE))

    def test_an_article_goes_the_whole_way(self):
        self.mill.migrate()
        self.start_ingest()
        self.mill.start_analyze(*self.as_("worker"))
        self.mill.start_store(*self.as_("worker"))
        done = self.push(*self.as_("crawler"), give_up_ms=20000)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.mill.wait_rows(1)
        # Another implementation of CURVE, with the keys as the files have them.
        socket = zmq.Context.instance().socket(zmq.REQ)
        secret, server = read_key(self.keys / "crawler.key"), read_key(self.keys / "ingest.pub")
        socket.curve_publickey, socket.curve_secretkey = secret["public"].encode(), secret["secret"].encode()
        socket.curve_serverkey = server["public"].encode()
        socket.linger, socket.rcvtimeo = 0, 20000
        socket.connect(self.mill.endpoints["push"])
        socket.send(msgpack.packb(ARTICLE))
        self.assertTrue(msgpack.unpackb(socket.recv())["duplicate"])
        socket.close()
        # Who has ingest's own key may everything.
        code, books = 1, {}
        done = run("status", "--data", self.mill.data, "--json", "--key", self.keys / "ingest.key")
        code, books = done.returncode, json.loads(done.stdout)
        self.assertEqual((code, books["stored"], books["duplicate"]), (0, 1, 1))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
