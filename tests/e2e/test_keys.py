#!/usr/bin/python3
"""Keys: newsmill keys, CURVE on every socket, who is let in, and who says no to whom."""
import json
import re
import stat
import sys
import unittest

import msgpack
import zmq

from support.keyed import KeyedCase, read_key
from support.mill import FREE_PORT, Mill
from support.process import run
from support.waiting import wait_for

ARTICLE = {"url": "https://example.org/keys", "title": "Talks resume", "body": "Beijing and Tokyo met on Monday."}


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


class Guarded(KeyedCase):
    """A mill with keys."""

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
        socket = self.socket("crawler", self.mill.endpoints["push"])
        socket.send(msgpack.packb(ARTICLE))
        self.assertTrue(msgpack.unpackb(socket.recv())["duplicate"])
        # Who has ingest's own key may everything.
        done = run("status", "--data", self.mill.data, "--json", "--key", self.keys / "ingest.key")
        code, books = done.returncode, json.loads(done.stdout)
        self.assertEqual((code, books["stored"], books["duplicate"]), (0, 1, 1))

    def test_it_is_said_which_side_refuses(self):
        ingest = self.start_ingest()
        port = self.mill.endpoints["push"].rsplit(":", 1)[1]
        for who, what, log in (
                (self.as_("stranger"), r'it refuses our key "stranger": have stranger.pub put into',
                 r"refused a key that is not on the list.*address=127.0.0.1 list=--allow-producers"),
                (self.as_("worker"), r'it refuses our key "worker"', None),  # it works, and does not push
                ((), r"it refuses peers without keys", None),
                (self.as_("crawler", server="worker"), r"--server-key is not its public key",
                 "does not know this ingest's public key")):
            done = self.push(*who)
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertRegex(done.stderr, rf"nothing answers at tcp://127.0.0.1:{port}: .*{what}")
            if log:
                wait_for(lambda log=log: re.search(log, ingest.err()), 10, lambda: f"{log} in\n{ingest.tail()}")
        # Producers' keys open no work socket.
        done = run("status", "--work", self.mill.endpoints["work"], *self.as_("crawler"))
        self.assertEqual(done.returncode, 3)
        self.assertIn('refuses our key "crawler"', done.stderr)
        analyze = self.mill.start_analyze(*self.as_("crawler"))
        wait_for(lambda: 'refuses our key \\"crawler\\"' in analyze.err(), 10, analyze.tail)

    def test_a_key_comes_and_goes_while_ingest_runs(self):
        self.start_ingest()
        self.allow("stranger", "producers")
        wait_for(lambda: self.push(*self.as_("stranger"), give_up_ms=5000).returncode == 0, 10, "a new key")
        watching = self.socket("stranger", self.mill.endpoints["push"])
        watching.send(msgpack.packb(ARTICLE))
        self.assertTrue(msgpack.unpackb(watching.recv())["ok"])
        (self.mill.folder / "producers" / "stranger.pub").unlink()
        gone = wait_for(lambda: re.search("removed=yes", self.mill.processes["ingest"].err()), 10, "the list")
        self.assertTrue(gone)
        watching.send(msgpack.packb(ARTICLE))
        watching.rcvtimeo = 1000
        self.assertRaises(zmq.Again, watching.recv)
        self.assertEqual(self.push(*self.as_("stranger")).returncode, 3)
        self.assertEqual(self.push(*self.as_("crawler"), give_up_ms=20000).returncode, 0)

    def test_keys_here_and_none_there(self):
        self.mill.start_ingest()
        done = self.push(*self.as_("crawler"))
        self.assertEqual(done.returncode, 3)
        self.assertRegex(done.stderr, "it has no keys, so we refuse to talk to it|or it has no keys")

    def test_a_bad_list_is_refused_with_its_file(self):
        (self.mill.folder / "producers" / "bad.pub").write_text("name = bad\npublic = 7\n")
        done = run("ingest", "--data", self.mill.data, "--key", self.keys / "ingest.key", "--push", FREE_PORT,
                   "--ingest", FREE_PORT, "--work", FREE_PORT, "--allow-producers", self.mill.folder / "producers")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("bad.pub:2:", done.stderr)

    def test_each_key_has_a_rate_of_its_own(self):
        """What is too fast hears overloaded, goes on in its time, and takes nothing from others."""
        self.allow("stranger", "producers")
        self.start_ingest("--producer-rate", 20)
        flood, calm = self.socket("crawler", self.mill.endpoints["push"]), self.socket("stranger", self.mill.endpoints["push"])

        def push(socket, number):
            socket.send(msgpack.packb({"id": str(number), "body": f"Talks resumed for the {number}th time."}))
            return msgpack.unpackb(socket.recv())
        replies = [push(flood, number) for number in range(60)]
        slowed = [reply for reply in replies if not reply["ok"]]
        self.assertGreaterEqual(sum(reply["ok"] for reply in replies), 20)
        self.assertTrue(slowed, "60 at once are all taken")
        self.assertEqual({(reply["error"], reply["retry"], reply["retry_after_ms"]) for reply in slowed}, {("overloaded", True, 800)})
        self.assertIn("more than 20 articles a second", slowed[0]["message"])
        self.assertIn(slowed[-1]["id"], [str(number) for number in range(60)])
        self.assertTrue(push(calm, 1000)["ok"])
        wait_for(lambda: push(flood, 2000)["ok"], 10, "its time")

    def test_who_was_turned_away_is_in_the_status(self):
        self.start_ingest()
        strangers = {"unlisted": self.as_("stranger"), "another-server": self.as_("crawler", "worker"), "no-keys": ()}
        for options in strangers.values():
            self.assertEqual(self.push(*options).returncode, 3)

        def failed():
            done = run("status", "--data", self.mill.data, "--json", *self.as_("worker"))
            return json.loads(done.stdout)["nodes"][0]["handshakes_failed"]

        def all_counted():
            """On a busy machine a push may give up before its handshake shows who it is, which counts as broken: it comes again."""
            missing = [options for why, options in strangers.items() if failed()[why] == 0]
            for options in missing:
                self.push(*options)
            return not missing
        wait_for(all_counted, 60, lambda: failed())
        said = run("status", "--data", self.mill.data, *self.as_("worker")).stdout
        self.assertRegex(said, r"turned away: .* [1-9]\d* without keys, [1-9]\d* with another server's key, [1-9]\d* on no list")

    def test_a_port_in_use_says_who_has_it(self):
        ingest = self.start_ingest()
        for option, code in (("--push", 3), ("--work", 3)):
            at = {"--push": FREE_PORT, "--ingest": FREE_PORT, "--work": FREE_PORT,
                  option: self.mill.endpoints[option[2:]]}
            done = run("ingest", "--data", self.mill.folder / "other", *(w for pair in at.items() for w in pair))
            self.assertEqual(done.returncode, code)
            self.assertRegex(done.stderr, rf"process {ingest.pid} \(newsmill\) of user \S+ listens there")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
