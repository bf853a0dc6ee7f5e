#!/usr/bin/python3
"""proto/README.md played by pyzmq and msgpack against running processes: its bytes are understood, and what comes back has the keys of its
tables, no more and no fewer; so has what a real analyzer and a real storage worker say."""
import importlib.machinery
import importlib.util
import time
import unittest

import msgpack
import zmq

from support.mill import MillCase
from support.process import ROOT
from support.waiting import wait_for


def load(path):
    """A module of a file without .py."""
    loader = importlib.machinery.SourceFileLoader("page", str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("page", loader))
    loader.exec_module(module)
    return module


wire = load(ROOT / "tests" / "check_wire")
TEXT = wire.PAGE.read_text()
TABLES = wire.tables_of_page(TEXT)
EXAMPLES = {name: [frame for frame, _ in frames] for name, frames in wire.examples(TEXT)}
COMMANDS = dict(enumerate(("hello", "welcome", "deliver", "done", "refuse", "beat", "bye", "who", "order", "order", "status", "books",
                           "replay", "tapped"), 1))
HELLO, WELCOME, DELIVER, DONE, REFUSE, BEAT, BYE, WHO, QUIET, TERMINATE, STATUS, BOOKS, REPLAY, TAP = range(1, 15)


def keys(table):
    return {key for key, _ in TABLES[table]}


def frame0(command):
    return EXAMPLES["HELLO"][0][:3] + bytes([command])


class Peer:
    """A DEALER, or the ROUTER that others take for ingest; what it hears is kept by command."""

    def __init__(self, kind, endpoint=None):
        self.socket = zmq.Context.instance().socket(kind)
        self.socket.linger = 0
        self.route, self.heard = [], []
        if endpoint:
            self.socket.connect(endpoint)
        else:
            self.port = self.socket.bind_to_random_port("tcp://127.0.0.1")

    def say(self, *frames):
        self.socket.send_multipart([*self.route, *frames])

    def header(self, command, header, *payload):
        self.say(frame0(command), msgpack.packb(header), *payload)

    def hears(self, command, deadline_s=30):
        """The next message of that command: header, payloads."""
        def look():
            while self.socket.poll(20):
                frames = self.socket.recv_multipart()
                if self.socket.type == zmq.ROUTER:
                    self.route, frames = frames[:1], frames[1:]
                self.heard.append(frames)
            return next((frames for frames in self.heard if frames[0][3] == command), None)
        frames = wait_for(look, deadline_s, lambda: f"{COMMANDS[command]}, heard {[frames[0] for frames in self.heard]}")
        self.heard.remove(frames)
        header = msgpack.unpackb(frames[1]) if len(frames) > 1 and frames[1] else {}
        if command not in (BYE, WHO) and header:
            wanted = keys(COMMANDS[command])
            assert set(header) == wanted, f"{COMMANDS[command]} has {sorted(set(header) ^ wanted)} more or less than the page says"
        return header, frames[2:]


class Wire(MillCase):
    level = "fast"

    def peer(self, *arguments):
        peer = Peer(*arguments)
        self.addCleanup(peer.socket.close)
        return peer

    def test_ingest_speaks_it(self):
        self.mill.start_ingest("--silence-ms", 60_000)  # this process beats at its leisure
        push, work = self.mill.endpoints["push"], self.mill.endpoints["work"]
        analyzer, store, watcher = (self.peer(zmq.DEALER, work) for _ in range(3))
        analyzer.header(BEAT, {"epoch": 1})
        self.assertEqual(analyzer.hears(WHO), ({}, []))
        watcher.header(TAP, {"stage": "store", "rate": 100, "fetched": 0})
        watcher.hears(TAP)
        analyzer.say(*EXAMPLES["HELLO"])
        welcome, _ = analyzer.hears(WELCOME)
        self.assertEqual(set(analyzer.hears(BEAT)[0]), keys("beat"))
        producer = self.peer(zmq.DEALER, push)
        producer.say(b"tag", *EXAMPLES["ARTICLE"])
        self.assertTrue(producer.socket.poll(10_000))
        tag, reply = producer.socket.recv_multipart()
        reply = msgpack.unpackb(reply)
        self.assertEqual((tag, set(reply) < keys("reply"), reply["ok"]), (b"tag", True, True))
        bundler = self.peer(zmq.DEALER, push)
        bundler.say(b"tags", msgpack.packb([{"id": "a"}, {"id": "b"}]))
        self.assertTrue(bundler.socket.poll(10_000))
        tag, replies = bundler.socket.recv_multipart()
        said = msgpack.unpackb(EXAMPLES["REPLIES"][0])[1]
        self.assertEqual((tag, msgpack.unpackb(replies)), (b"tags", [{**said, "id": "a"}, {**said, "id": "b"}]))
        # Analysis.
        lease, (envelope, article) = analyzer.hears(DELIVER)
        self.assertEqual((article, set(msgpack.unpackb(envelope))), (EXAMPLES["ARTICLE"][0], keys("envelope")))
        self.assertEqual((lease["epoch"], lease["attempt"], lease["dead_code"]), (welcome["epoch"], 1, None))
        answer = {name: lease[name] for name in ("epoch", "lease", "attempt")}
        analyzer.header(REFUSE, {**answer, "retry": True, "stage": "analysis", "code": "again", "message": "A test."})
        lease, _ = analyzer.hears(DELIVER)
        self.assertEqual(lease["attempt"], 2)
        asked = self.peer(zmq.DEALER, work)
        asked.header(STATUS, {"articles": [{"uuid": msgpack.unpackb(envelope)["key"]}]})
        status, _ = asked.hears(STATUS)
        for name in ("books", "workers", "stages", "traced"):
            one = status[name] if name == "books" else status[name][0]
            self.assertEqual(set(one), keys(name if name in ("books", "traced") else name[:-1]))
        outcome = {"lease": lease["lease"], "attempt": lease["attempt"], "outcome": "analyzed"}
        result = (ROOT / "proto" / "golden" / "result.msgpack").read_bytes()
        analyzer.header(DONE, {"epoch": lease["epoch"], "outcomes": [outcome]}, result)
        # Storage.
        store.header(HELLO, {"role": "store", "host": "b", "pid": 2, "credit_messages": 9, "credit_bytes": 1 << 20})
        store.hears(WELCOME)
        lease, payload = store.hears(DELIVER)
        self.assertEqual((lease["attempt"], payload), (1, [envelope, EXAMPLES["ARTICLE"][0], result]))
        store.header(DONE, {"epoch": lease["epoch"], "outcomes": [{"lease": lease["lease"], "attempt": 1, "outcome": "stored"}]})
        sample, payload = watcher.hears(TAP)
        self.assertEqual((sample["outcome"], payload), ("stored", [envelope, EXAMPLES["ARTICLE"][0], result]))
        wait_for(lambda: store.hears(BOOKS)[0]["stored"] == 1, 10, "books")
        # Replays and orders.
        asked.say(*EXAMPLES["REPLAY"])
        header, (reply,) = asked.hears(REPLAY)
        self.assertEqual((header["tag"], msgpack.unpackb(reply)["ok"]), (7, True))
        asked.say(*EXAMPLES["QUIET"])
        self.assertEqual(asked.hears(QUIET)[0]["workers"], 1)
        self.assertEqual(analyzer.hears(QUIET), ({}, []))

    def test_other_versions(self):
        self.mill.start_ingest("--silence-ms", 60_000)  # this process beats at its leisure
        worker = self.peer(zmq.DEALER, self.mill.endpoints["work"])
        hello = msgpack.unpackb(EXAMPLES["HELLO"][1])
        worker.say(b"NM\x02\x01", EXAMPLES["HELLO"][1])  # of another version: dropped, and counted
        worker.header(HELLO, {**hello, "colour": "red"})  # what nobody knows is ignored
        worker.hears(WELCOME)
        self.assertEqual([frames for frames in worker.heard if frames[0][3] == WELCOME], [])
        worker.say(frame0(STATUS))
        self.assertEqual(worker.hears(STATUS)[0]["strangers"], 1)
        self.assertIn("run the same release on both ends", self.mill.tails())
        producer = self.peer(zmq.DEALER, self.mill.endpoints["push"])
        for article, error in (({"v": 1, "body": "x", "colour": "red"}, None), ({"v": 2, "body": "x"}, "unknown-version")):
            producer.say(msgpack.packb(article))
            self.assertTrue(producer.socket.poll(10_000))
            self.assertEqual(msgpack.unpackb(producer.socket.recv()).get("error"), error)

    def answer(self, ingest, epoch):
        ingest.hears(HELLO)
        ingest.header(WELCOME, {"epoch": epoch, "node": "page", "heartbeat_ms": 100, "silence_ms": 60_000})

    def test_workers_speak_it(self):
        ingest = self.peer(zmq.ROUTER)
        self.mill.endpoints = {"work": f"tcp://127.0.0.1:{ingest.port}"}
        analyzer = self.mill.start_analyze()
        self.answer(ingest, 5)
        lease = {"epoch": 5, "lease": 16777216, "attempt": 1}
        envelope, article = EXAMPLES["ENVELOPE"][0], EXAMPLES["ARTICLE"][0]
        ingest.header(DELIVER, lease, envelope, article)
        done, (result,) = ingest.hears(DONE)
        self.assertEqual(done["outcomes"], [{"lease": 16777216, "attempt": 1, "outcome": "analyzed"}])
        found = msgpack.unpackb(result)
        self.assertEqual(set(found), keys("result"))
        self.assertEqual(set(found["names"][0]), keys("name"))
        self.assertEqual(set(ingest.hears(BEAT)[0]), keys("beat"))
        ingest.say(frame0(TERMINATE))
        ingest.hears(BYE)
        self.assertEqual(analyzer.wait(30), 0)
        # Storage, with what the analyzer made.
        self.mill.migrate()
        store = self.mill.start_store()
        self.answer(ingest, 6)  # without credit: the database is not reached yet
        ingest.hears(BYE)
        self.answer(ingest, 6)
        ingest.header(DELIVER, {**lease, "epoch": 6}, envelope, article, result)
        ingest.header(DELIVER, {**lease, "epoch": 6, "lease": 16777217, "dead_stage": "analysis", "dead_code": "worker-crash",
                                "dead_message": "A test.", "dead_ms": int(time.time() * 1000), "dead_attempts": 3},
                      msgpack.packb({**msgpack.unpackb(envelope), "key": b"k" * 16}), article)
        outcomes = {}

        def all_done():
            outcomes.update({one["lease"]: one["outcome"] for one in ingest.hears(DONE)[0]["outcomes"]})
            return len(outcomes) == 2
        wait_for(all_done, 30, "both outcomes")
        self.assertEqual(outcomes, {16777216: "stored", 16777217: "dead"})
        self.assertEqual(self.mill.rows("SELECT code, attempts FROM newsmill.dead"), [("worker-crash", 3)])
        store.terminate()
        ingest.hears(BYE)


if __name__ == "__main__":
    unittest.main()
