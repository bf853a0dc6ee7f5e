#!/usr/bin/python3
"""Bad input: every refusal is a code and a sentence, counted, and the socket lives on. Bad usage and
a world that does not play along: one line saying what to do, and the contract's exit code."""
import json
import re
import socket
import unittest

import zmq

from support import articles
from support.mill import FREE_PORT, MillCase
from support.process import ROOT, run
from support.pushing import Forgetter, Pusher, Requester, pack, unpack
from support.waiting import wait_for

GOLDEN = ROOT / "proto" / "golden"
BODY_LIMIT = 16 * 1024 * 1024
CODE = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")
SECRET = "the weather in Ruritania was lovely"


def refused_goldens():
    """(name, code, bytes) of the article messages that must be refused."""
    for path in sorted(GOLDEN.glob("refused-*.json")):
        twin = json.loads(path.read_text())
        if twin["kind"] == "article":
            yield path.stem, twin["expect"], path.with_suffix(".msgpack").read_bytes()


class BadMessages(MillCase):
    def setUp(self):
        super().setUp()
        self.mill.start_ingest()
        self.push = self.mill.endpoints["push"]

    def assert_lives(self, seed="alive"):
        with Requester(self.push) as requester:
            reply = requester.push(articles.article(0, seed=seed))
        self.assertTrue(reply["ok"], reply)

    def assert_refused(self, reply, code, identifier=None):
        self.assertLessEqual({"ok", "error", "message", "retry"}, set(reply))
        self.assertEqual((reply["ok"], reply["error"], reply["retry"], reply.get("id")),
                         (False, code, False, identifier))
        self.assertRegex(reply["error"], CODE)
        self.assertRegex(reply["message"], r"^[^\n]{10,250}\.$")

    def test_every_golden_refusal(self):
        count = 0
        with Requester(self.push) as requester:
            for name, code, message in refused_goldens():
                with self.subTest(name):
                    reply = requester.push_bytes(message)
                    self.assertEqual((reply["ok"], reply["error"]), (False, code))
                    self.assertFalse(reply["retry"])
                    self.assertTrue(reply["message"])
                count += 1
            self.assertGreater(count, 30)
            self.assertTrue(requester.push(articles.article(1))["ok"], "the same socket lives on")
        _, books = self.mill.status()
        self.assertEqual(books["accepted"], 1)
        self.assertEqual(books["refused"], count, "each is counted")

    def test_the_kinds_of_the_issue(self):
        cases = [
            (b"\xc1\xc1", {"not-messagepack"}),
            (b'{"body": "JSON is no MessagePack"}', {"not-messagepack", "trailing-bytes"}),
            (pack([1, 2]), {"not-a-map"}),
            (pack({"title": "no body"}), {"body-missing"}),
            (pack({"body": 7}), {"wrong-type"}),
            (pack({"body": "x", "title": ["t"]}), {"wrong-type"}),
            (b"\x81\xa4meta" + b"\x91" * 100 + b"\xc0", {"nesting-too-deep"}),
            (b"\xdf\xff\xff\xff\xff", {"count-exceeds-bytes"}),
            (pack({"body": "x" * (BODY_LIMIT + 1)}), {"body-too-long"}),
        ]
        with Requester(self.push, timeout_s=30) as requester:
            for message, codes in cases:
                with self.subTest(next(iter(codes))):
                    reply = requester.push_bytes(message)
                    self.assertIn(reply.get("error"), codes)
                    self.assert_refused(reply, reply["error"])
        self.assert_lives()

    def test_a_refusal_carries_the_id(self):
        with Requester(self.push) as requester:
            self.assert_refused(requester.push({"id": "mine", "title": "t"}), "body-missing", "mine")
            self.assert_refused(requester.push({"id": "mine", "body": "x", "authors": "Ana"}),
                                "wrong-type", "mine")

    def test_a_body_at_the_limit_is_taken(self):
        with Requester(self.push, timeout_s=30) as requester:
            self.assertTrue(requester.push({"body": "y" * BODY_LIMIT})["ok"])

    def test_a_monster_costs_only_its_own_connection(self):
        monster = zmq.Context.instance().socket(zmq.DEALER)
        monster.linger = 0
        monster.connect(self.push)
        monster.send(pack({"id": "monster", "body": "z" * (64 << 20)}))
        monster.poll(2000)
        self.assert_lives()
        monster.close()

    def test_bad_ones_between_good_ones(self):
        """Answers of a DEALER: the good are taken, the bad refused, each by its id."""
        with Pusher(self.push, window=50) as pusher:
            mixed = [{**articles.article(n, seed="mixed"), **({"authors": 7} if n % 5 == 0 else {})}
                     for n in range(100)]
            replies = pusher.push(mixed)
        for number in range(100):
            reply = replies[f"mixed-{number}"]
            self.assertEqual(reply["ok"], number % 5 != 0, reply)
        _, books = self.mill.status()
        self.assertEqual((books["accepted"], books["refused"]), (80, 20))

    def test_frames_in_front_come_back_up_to_their_limit(self):
        dealer = zmq.Context.instance().socket(zmq.DEALER)
        self.addCleanup(dealer.close, 0)
        dealer.rcvtimeo = 30000
        dealer.connect(self.push)
        kept = [b"", bytes(range(256)) * 8, b"tag", b"x" * 2000, b""]
        for number in range(300):
            dealer.send_multipart([*kept, b"%d" % number, pack(articles.article(number, seed="routes"))])
        for number in range(300):
            *route, reply = dealer.recv_multipart()
            self.assertEqual(route, [*kept, b"%d" % number])
            self.assertTrue(unpack(reply)["ok"], reply)
        # An id of bytes that are no UTF-8 comes back three times as long.
        spoilt = b"\x82\xa2id\xda\x04\x00" + b"\xff" * 1024 + b"\xa4body\xa1x"
        dealer.send_multipart([b"r" * 4000, spoilt])
        *route, reply = dealer.recv_multipart()
        self.assertEqual((route, unpack(reply)["ok"], unpack(reply)["id"]), ([b"r" * 4000], True, "\ufffd" * 1024))
        long = [b"y" * 3000, b"z" * 2000]
        dealer.send_multipart([*long, pack(articles.article(0, seed="long"))])
        *route, reply = dealer.recv_multipart()
        self.assertEqual(route, long)
        self.assert_refused(unpack(reply), "route-too-long")
        self.assertEqual(self.mill.status()[1]["accepted"], 301)
        self.assert_lives()

    def test_strange_frames_do_no_harm(self):
        context = zmq.Context.instance()
        for endpoint in self.mill.endpoints["push"], self.mill.endpoints["work"]:
            strange = context.socket(zmq.DEALER)
            strange.linger = 1000
            strange.connect(endpoint)
            for frames in ([b""], [b"", b""], [b"NM"], [b"NM\x01\xff", b"x"], [b"NM\x02\x01", b"\x80"],
                           [b"NM\x01\x01", b"\xdf\xff\xff\xff\xff"], [b"NM\x01\x04", pack({})],
                           [b"x"] * 7, [b"x"] * 40, [b"\x00" * 4, b"", b"\xc1"]):
                strange.send_multipart(frames)
            strange.poll(300)
            strange.close()
        for endpoint in (self.mill.endpoints[key] for key in ("push", "ingest", "work")):
            host, port = endpoint.removeprefix("tcp://").rsplit(":", 1)
            with socket.create_connection((host, int(port))) as raw:
                raw.sendall(b"GET / HTTP/1.1\r\n\r\n" + bytes(range(256)) * 8)
        self.assert_lives()
        self.assertTrue(self.mill.processes["ingest"].running())

    def test_logs_hold_no_article_text(self):
        with Requester(self.push) as requester:
            requester.push({"id": "s", "body": SECRET * 30, "title": SECRET})
            requester.push({"id": "s", "title": SECRET, "authors": SECRET})
            requester.push_bytes(pack(SECRET))
        self.assertNotIn("Ruritania", self.mill.processes["ingest"].err())

    def test_refused_on_the_silent_socket_is_a_dead_letter(self):
        self.mill.migrate()
        self.mill.start_analyze()
        self.mill.start_store()
        bad = pack({"id": "silent", "title": "no body"})
        with Forgetter(self.mill.endpoints["ingest"]) as forgetter:
            forgetter.push_bytes(bad)
            forgetter.push(articles.article(1, seed="after"))
            self.mill.wait_rows(1)
            wait_for(lambda: self.mill.value("SELECT count(*) FROM newsmill.dead") == 1, 30,
                     lambda: f"a dead letter\n{self.mill.tails()}")
        code, message, original = self.mill.rows("SELECT code, message, original FROM newsmill.dead")[0]
        self.assertEqual((code, bytes(original)), ("body-missing", bad))
        self.assertTrue(message)
        books = self.mill.wait_idle(2)
        self.assertEqual((books["stored"], books["dead"]), (1, 1))

    def test_a_hostile_worker_gets_no_article_lost(self):
        """A worker that takes leases and answers nonsense, then goes silent."""
        self.mill.migrate()
        work = zmq.Context.instance().socket(zmq.DEALER)
        work.linger = 0
        work.connect(self.mill.endpoints["work"])
        work.send_multipart([b"NM\x01\x01", pack({"role": "analyze", "host": "h", "version": "v",
                                                  "pid": 1, "credit_messages": 10,
                                                  "credit_bytes": 1 << 20})])
        with Pusher(self.push) as pusher:
            pusher.push(articles.articles(20, seed="hostile"))
        wait_for(lambda: work.poll(10), 10, "a delivery")
        for frames in ([b"NM\x01\x04", pack({"epoch": 1, "outcomes": [{"lease": 1, "attempt": 9,
                                                                        "outcome": "stored"}]})],
                       [b"NM\x01\x04", b"\xc1"], [b"NM\x01\x05", pack({"epoch": 0, "lease": 2**63})]):
            work.send_multipart(frames)
        self.mill.start_analyze()
        self.mill.start_store()
        books = self.mill.wait_idle(20)
        self.assertEqual((books["stored"], books["dead"]), (20, 0), books)
        self.assertEqual(self.mill.value("SELECT count(DISTINCT id) FROM newsmill.articles"), 20)
        work.close()


class BadUsage(MillCase):
    def assert_one_line(self, done, code, *words):
        lines = done.stderr.strip().splitlines()
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertEqual(len(lines), 1, done.stderr)
        for word in words:
            self.assertIn(word, lines[0])

    def test_unknown_option_suggests(self):
        self.assert_one_line(run("ingest", "--dta", "x"), 2, "--dta", "data?")
        self.assert_one_line(run("store", "--batch-row", "7"), 2, "batch-rows?")

    def test_unknown_command_suggests(self):
        self.assert_one_line(run("ingset"), 2, "ingest")

    def test_bad_values(self):
        self.assert_one_line(run("store", "--batch-rows", "many"), 2, "batch-rows")
        self.assert_one_line(run("store", "--batch-rows", "0"), 2, "batch-rows")
        self.assert_one_line(run("status", "--log-level", "loud"), 2, "log-level")

    def test_an_endpoint_that_is_none(self):
        for wrong in ("5552", "127.0.0.1:5552", "tcp://127.0.0.1", "tcp://127.0.0.1:many"):
            with self.subTest(wrong):
                self.assert_one_line(run("ingest", "--data", self.mill.data, "--push", wrong), 2, wrong)

    def test_environment_and_file(self):
        self.assert_one_line(run("status", NEWSMILL_DTA="x"), 2, "environment", "data?")
        self.assert_one_line(run("store", NEWSMILL_BATCH_ROWS="many"), 2, "batch-rows")
        config = self.mill.folder / "bad.conf"
        config.write_text("batch-rows = 10\nbatch-agems = 5\n")
        self.assert_one_line(run("store", "--config", config), 2, "batch-age-ms", "bad.conf")
        self.assert_one_line(run("store", "--config", self.mill.folder / "none.conf"), 2, "none.conf")

    def test_port_in_use(self):
        self.mill.start_ingest()
        for socket_name in ("push", "ingest", "work"):
            taken = self.mill.endpoints[socket_name]
            ports = {**dict.fromkeys(("push", "ingest", "work"), FREE_PORT), socket_name: taken}
            done = run("ingest", "--data", self.mill.folder / "other", "--log-level", "error",
                       *(f"--{name}={endpoint}" for name, endpoint in ports.items()))
            self.assert_one_line(done, 3, taken.rsplit(":", 1)[1])

    def test_unwritable_folder(self):
        blocked = self.mill.folder / "file"
        blocked.write_text("no folder")
        for command in ("ingest", "up"):
            done = run(command, "--data", blocked / "data", "--log-level", "error", "--push", FREE_PORT,
                       "--ingest", FREE_PORT, "--work", FREE_PORT)
            self.assert_one_line(done, 3, str(blocked))

    def test_a_folder_belongs_to_one_ingest(self):
        self.mill.start_ingest()
        done = run("ingest", "--data", self.mill.data, "--push", FREE_PORT, "--ingest", FREE_PORT,
                   "--work", FREE_PORT, "--log-level", "error")
        self.assert_one_line(done, 3, str(self.mill.data))

    def test_unreachable_database(self):
        nowhere = f"postgresql:///nowhere?host={self.mill.folder}/none&user=nobody"
        self.assert_one_line(run("migrate", "--db", nowhere), 3, "database")
        self.assert_one_line(run("migrate", "status", "--db", nowhere), 3, "database")
        done = run("up", "--data", self.mill.data, "--db", nowhere, "--push", FREE_PORT, "--ingest",
                   FREE_PORT, "--work", FREE_PORT, "--http", "127.0.0.1:0", "--log-level", "error")
        self.assert_one_line(done, 3, "database")

    def test_a_password_is_not_repeated(self):
        secret = "postgresql://u:hunter2@127.0.0.1:1/none"
        for arguments in (("migrate", "--db", secret), ("up", "--db", secret, "--data", self.mill.data)):
            done = run(*arguments)
            self.assertEqual(done.returncode, 3)
            self.assertNotIn("hunter2", done.stderr + done.stdout)

    def test_store_without_the_schema_waits_and_says_so(self):
        self.mill.start_ingest()
        store = self.mill.start_store()
        wait_for(lambda: "migrate" in store.err() or not store.running(), 20,
                 lambda: f"a word about migrate\n{store.tail()}")
        with Pusher(self.mill.endpoints["push"]) as pusher:
            pusher.push(articles.articles(5, seed="unmigrated"))
        self.mill.start_analyze()
        if not store.running():
            self.assertEqual(store.wait(), 3)
        _, books = self.mill.status()
        self.assertEqual((books["in_flight"], books["dead"]), (5, 0), "nothing drains into dead")

    def test_push_to_nobody(self):
        done = run("push", "--to", "tcp://127.0.0.1:9", "--give-up-ms", "500", "-",
                   stdin='{"body": "x"}\n')
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertTrue(done.stderr.strip())

    def test_status_of_nothing(self):
        self.assert_one_line(run("status", "--data", self.mill.folder / "none"), 3, "--data")

    def test_missing_input_file(self):
        self.mill.start_ingest()
        for command in (("push", "--to", self.mill.endpoints["push"]), ("inspect", "--json")):
            done = run(*command, self.mill.folder / "none.txt")
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("none.txt", done.stderr)

    def test_help_and_version(self):
        for command in ("up", "ingest", "analyze", "store", "push", "inspect", "migrate", "status"):
            done = run(command, "--help")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn(f"newsmill {command}", done.stdout)
        self.assertEqual(run("--help").returncode, 0)
        self.assertRegex(run("--version").stdout, r"\d+\.\d+\.\d+")
        self.assertEqual(run().returncode, 2)


if __name__ == "__main__":
    unittest.main()
