#!/usr/bin/python3
"""Ingest alone: the acknowledged socket in front, and behind it workers written from the protocol's page.
No database: what storage would keep is kept here."""
import pathlib
import random
import signal
import unittest

import zmq

from support import articles, link, sanitizers
from support.mini import DEADLINE_S, IngestCase
from support.process import run
from support.pushing import Forgetter, Pusher, Requester, pack, unpack
from support.waiting import wait_for


def state_of(pid):
    """As /proc says it: R, S, T…"""
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def peak_mb(pid):
    """The most memory that was resident."""
    return int(pathlib.Path(f"/proc/{pid}/status").read_text().split("VmHWM:")[1].split()[0]) / 1024


class Delivery(IngestCase):
    def test_everything_goes_through_and_the_books_balance(self):
        self.start()
        mini = self.mini()
        self.push_all(300)
        mini.run_until(lambda: self.books()["stored"] == 300, "300 stored")
        self.assertEqual(sorted(len(x) for x in mini.stored.values()), [1] * 300)
        replies = self.push_all(300)
        self.assertTrue(all(reply["duplicate"] for reply in replies.values()))
        books = self.books()
        self.assertEqual((books["accepted"], books["duplicate"], books["in_flight"]), (600, 300, 0))
        mini.run_until(lambda: mini.store.books and mini.store.books["accepted"] == 600, "BOOKS")
        told = link.ask_status(self.work)
        self.assertEqual({w["role"] for w in told["workers"]}, {"analyze", "store"})
        self.assertEqual((told["waiting"], told["oldest_ms"]), (0, 0))

    def test_leases_of_a_worker_that_vanished_come_again(self):
        self.start()
        lost = self.worker("analyze", credit=10, pid=5)
        self.push_all(10)
        wait_for(lambda: lost.turn() is not None and len(lost.leases) == 10, DEADLINE_S, "10 leases")
        lost.vanish()
        mini = self.mini()
        mini.run_until(lambda: self.books()["stored"] == 10, "10 stored")
        self.assertEqual(len(mini.stored), 10)

    def test_goodbye_returns_leases_at_once(self):
        self.start()
        leaving = self.worker("analyze", credit=10, pid=5)
        self.push_all(5)
        wait_for(lambda: leaving.turn() is not None and len(leaving.leases) == 5, DEADLINE_S, "leases")
        leaving.leave()
        mini = self.mini()
        mini.run_until(lambda: len(mini.stored) == 5, "5 stored")

    def test_goodbyes_are_heard_before_their_senders_are_missed(self):
        """Ingest was away for a moment: what they said, and that they are gone, comes to it at once."""
        ingest = self.start("--heartbeat-ms", 10)
        for turn in range(15):
            leaving = [self.worker("analyze", credit=1, pid=100 + n) for n in range(30)]
            self.push_all(30, seed=f"goodbye {turn}")
            wait_for(lambda: all([w.turn(0) is not None and w.leases for w in leaving]), DEADLINE_S, "leases")
            ingest.child.send_signal(signal.SIGSTOP)
            wait_for(lambda: state_of(ingest.pid) == "T", DEADLINE_S, "ingest to stand still")
            for worker in leaving:
                worker.done("analyzed", *worker.leases.values(), result=pack({}))
                worker.leave()
            ingest.child.send_signal(signal.SIGCONT)
            wait_for(lambda: not link.ask_status(self.work)["workers"], DEADLINE_S, "nobody to be there")
            told = link.ask_status(self.work)
            self.assertEqual((told["deaths"], told["stale"]), (0, 0), "who says goodbye does not die")
            self.assertEqual(told["ready_storage"], 30 * (turn + 1), "and what he did counts")

    def test_a_killer_costs_only_itself(self):
        self.start()
        killer = articles.article(7)["id"]
        self.push_all(20)
        mini = self.mini()
        mini.analyzer.leave()
        deaths = [0]

        def analyze():
            came = mini.analyzer.turn(5)
            for lease in came:
                if lease.article["id"] == killer:
                    mini.analyzer.vanish()
                    deaths[0] += 1
                    mini.analyzer = link.Worker(self.work, "analyze", pid=100 + deaths[0])
                    return
                mini.analyzer.done("analyzed", lease, result=pack({"of": lease.article["id"]}))
        mini.analyzer = link.Worker(self.work, "analyze", pid=99)
        mini.analyze = analyze
        mini.run_until(lambda: self.books()["in_flight"] == 0, "the end of all")
        self.assertEqual((len(mini.stored), len(mini.dead)), (19, 1))
        letter, = mini.dead.values()
        self.assertEqual((letter.header["dead_stage"], letter.header["dead_code"]),
                         ("analysis", "worker-crash"))
        self.assertIsNone(letter.result)
        self.assertEqual(deaths[0], 5)
        self.assertEqual(self.books()["dead"], 1)

    def test_a_killer_that_was_named_is_charged_alone(self):
        self.start()
        killer = articles.article(7)["id"]
        self.push_all(20)
        mini = self.mini()
        mini.analyzer.leave()
        deaths, attempts = [0], {}

        def analyze():
            for lease in mini.analyzer.turn(5):
                name = lease.article["id"]
                attempts[name] = max(lease.attempt, attempts.get(name, 0))
                mini.analyzer.say(link.BEAT, {"epoch": mini.analyzer.epoch, "lease": lease.lease})
                if name == killer:
                    mini.analyzer.socket.linger = 5000  # what was said is heard
                    mini.analyzer.vanish()
                    deaths[0] += 1
                    mini.analyzer = link.Worker(self.work, "analyze", pid=100 + deaths[0])
                    return
                mini.analyzer.done("analyzed", lease, result=pack({"of": name}))
        mini.analyzer = link.Worker(self.work, "analyze", pid=99)
        mini.analyze = analyze
        mini.run_until(lambda: self.books()["in_flight"] == 0, "the end of all")
        self.assertEqual((len(mini.stored), len(mini.dead)), (19, 1))
        self.assertEqual(deaths[0], 3, "its own three attempts")
        letter, = mini.dead.values()
        self.assertEqual(letter.header["dead_code"], "worker-crash")
        self.assertEqual(letter.header["dead_attempts"], 3)
        self.assertEqual(link.ask_status(self.work)["deaths"], 3)

    def test_an_answer_that_cannot_be_read_ends_the_worker(self):
        self.start()
        garbled = self.worker("analyze", credit=1, pid=5)
        self.push_all(1)
        wait_for(lambda: garbled.turn() or garbled.leases, DEADLINE_S, "a lease")
        garbled.socket.send_multipart([link.frame0(link.DONE), b"\xc1"])
        wait_for(lambda: garbled.turn() is not None and link.WHO in garbled.heard, DEADLINE_S, "WHO")
        garbled.leave()
        mini = self.mini()
        mini.run_until(lambda: len(mini.stored) == 1, "1 stored")

    def test_strangers_are_counted_and_change_nothing(self):
        self.start()
        socket = zmq.Context.instance().socket(zmq.DEALER)
        socket.linger = 1000
        socket.connect(self.work)
        for junk in ([b""], [b"GET / HTTP/1.1"], [b"NM\x02\x01", b""], [b"NM\x01\x63", b""],
                     [link.frame0(link.HELLO), b"\xc1"], [link.frame0(link.DONE)], [b"x"] * 20):
            socket.send_multipart(junk)
        wait_for(lambda: link.ask_status(self.work)["strangers"] >= 6, DEADLINE_S, "strangers")
        socket.close()
        mini = self.mini()
        self.push_all(1)
        mini.run_until(lambda: len(mini.stored) == 1, "1 stored")


class Producers(IngestCase):
    def test_answers_wait_for_a_producer_that_reads_late(self):
        self.start()
        socket = zmq.Context.instance().socket(zmq.DEALER)
        socket.linger, socket.sndhwm, socket.rcvtimeo = 0, 0, 20000
        socket.connect(self.push)
        for i in range(20000):
            socket.send(pack({"id": str(i), "body": f"body {i}"}))
        wait_for(lambda: self.books()["accepted"] == 20000, DEADLINE_S, "all accepted")
        self.assertEqual({unpack(socket.recv())["id"] for _ in range(20000)},
                         {str(i) for i in range(20000)})
        socket.close()

    def test_who_reads_no_answers_to_bundles_takes_no_memory_with_them(self):
        """An answer may be three times as long as its bundle, when each byte of an id becomes a replacement character."""
        process = self.start()
        before = peak_mb(process.pid)
        bundle = b"\xdc\x00\x40" + 64 * (b"\x81\xa2id\xda\x04\x00" + b"\xff" * 1024)
        deaf = zmq.Context.instance().socket(zmq.DEALER)
        deaf.linger, deaf.sndhwm, deaf.rcvhwm = 0, 0, 1
        deaf.connect(self.push)
        for _ in range(1500):  # 300 MB of answers
            deaf.send(bundle)
        wait_for(lambda: link.ask_status(self.work)["books"]["refused"] == 1500 * 64, DEADLINE_S, "all to be refused")
        if not sanitizers.ACTIVE:
            self.assertLess(peak_mb(process.pid) - before, 120)
        self.assertIn("a producer does not read its answers", self.mill.tails())
        with Requester(self.push) as producer:  # nobody else misses any
            self.assertEqual(len(producer.push([articles.article(number) for number in range(9)])), 9)
        deaf.close()

    def test_a_full_backlog_says_overloaded_and_memory_stays_flat(self):
        process = self.start("--backlog-bytes", 120 << 20, "--segment-bytes", 8 << 20)
        body = "five thousand characters of news " * 160
        refused = 0
        with Requester(self.push) as requester, Forgetter(self.mill.endpoints["ingest"]) as pusher:
            for i in range(60000):
                if refused:
                    break
                pusher.push({"body": f"{i} {body}"})
                if i % 100 == 0:
                    reply = requester.push({"id": str(i), "body": f"r{i} {body}"})
                    refused += not reply["ok"]
            self.assertTrue(refused)
            self.assertEqual((reply["error"], reply["retry"]), ("overloaded", True))
            self.assertGreater(reply["retry_after_ms"], 0)
        resident = peak_mb(process.pid)
        print(f"\n  peak resident {resident:.0f} MB with {self.books()['in_flight']} in flight")
        if not sanitizers.ACTIVE:  # which have needs of their own
            self.assertLess(resident, 64)

    def test_unreadable_fire_and_forget_is_a_dead_letter(self):
        self.start()
        with Forgetter(self.mill.endpoints["ingest"]) as pusher:
            pusher.push_bytes(b"\xc1 junk")
            pusher.push({"id": "good", "body": "x"})
        mini = self.mini()
        mini.run_until(lambda: self.books()["accepted"] == 2 and self.books()["in_flight"] == 0, "both")
        letter, = mini.dead.values()
        self.assertEqual((letter.header["dead_stage"], letter.header["dead_code"]),
                         ("ingest", "not-messagepack"))
        self.assertEqual(letter.body, b"\xc1 junk")
        self.assertEqual([*mini.stored.values()], [["good"]])

    def test_a_bundle_is_taken_article_by_article(self):
        self.start()
        one, two = articles.article(1), articles.article(2)
        with Requester(self.push) as producer:
            replies = producer.push([one, {"id": "empty"}, one, two, {"id": "new", "v": 2, "body": "x"}])
            self.assertEqual([reply["id"] for reply in replies], [one["id"], "empty", one["id"], two["id"], "new"])
            self.assertEqual([reply.get("error") for reply in replies], [None, "body-missing", None, None, "unknown-version"])
            self.assertEqual([reply.get("duplicate") for reply in replies], [False, None, True, False, None])
            self.assertEqual(replies[0]["article"], replies[2]["article"])
            self.assertEqual(producer.push([{"id": "empty"}])[0]["error"], "body-missing")
            most = producer.push([articles.article(number, seed="most") for number in range(64)])
            self.assertEqual([reply["ok"] for reply in most], [True] * 64)
            self.assertEqual(self.books()["accepted"], 67)
            self.assertTrue(producer.push(articles.article(3))["ok"], "and one alone is answered alone")
        mini = self.mini()
        mini.run_until(lambda: self.books()["in_flight"] == 0, "the end of all")
        self.assertEqual(len(mini.stored), 67)
        self.assertEqual(self.books()["duplicate"], 1)

    def test_what_is_no_bundle_is_refused_as_one(self):
        self.start()
        one = articles.article(1)
        deep = {"body": "x", "meta": None}
        for _ in range(30):
            deep["meta"] = {"in": deep["meta"]}
        with Requester(self.push) as producer:
            for bad, code in (([], "not-a-map"), ([1], "not-a-map"), ([one, "x"], "not-a-map"), ([one, [one]], "not-a-map"),
                              ([one] * 65, "too-many-articles"), ([one, deep], "nesting-too-deep"),
                              ([{"body": "x" * (16 << 20)}, {"body": "x" * (5 << 20)}], "message-too-long")):
                reply = producer.push(bad)
                self.assertEqual((reply["ok"], reply["error"], reply["retry"]), (False, code, False))
            for frame, code in ((pack([one, one])[:-1], "truncated"), (pack([one]) + b"\x01", "trailing-bytes"), (b"\xdd\0", "truncated")):
                self.assertEqual(producer.push_bytes(frame)["error"], code)
        with Forgetter(self.mill.endpoints["ingest"]) as pusher:  # where nobody is told what became of each
            pusher.push([one, one])
        mini = self.mini()
        mini.run_until(lambda: self.books()["dead"] == 1, "the dead letter")
        letter, = mini.dead.values()
        self.assertEqual((letter.header["dead_code"], letter.body), ("not-a-map", pack([one, one])))
        self.assertEqual(self.books()["accepted"], 1, "nothing of them was taken")


class Killed(IngestCase):
    def test_nothing_acknowledged_is_lost_however_often_ingest_dies(self):
        """SIGKILL at random moments, small segments; every acknowledged article is stored, once by
        its key, and the books agree at the end."""
        seed = random.randrange(1 << 30)
        chance = random.Random(seed)
        self.start("--segment-bytes", 65536)
        mini = self.mini()
        accepted, kills, count = set(), 0, 4000
        with Pusher(self.push, resend_s=1, bundle=chance.choice((1, 5, 20))) as pusher:
            source = [articles.article(i, seed=str(seed)) for i in range(count)]
            at, next_kill = 0, 150
            while at < count or pusher.in_flight:
                while at < count and len(pusher.in_flight) < 100:
                    pusher._send(source[at]["id"], pack(source[at]))
                    at += 1
                pusher._flush()
                pusher._receive(0.002)
                pusher._resend()
                mini.turn()
                accepted = set(pusher.replies)
                if len(accepted) >= next_kill and kills < 12:
                    self.mill.processes["ingest"].kill()
                    self.start("--segment-bytes", 65536, again=True)
                    kills += 1
                    next_kill += chance.randrange(50, 400)
        mini.run_until(lambda: self.books()["in_flight"] == 0, f"an empty backlog (seed {seed})")
        stored = {identifier for ids in mini.stored.values() for identifier in ids}
        self.assertEqual(stored, {x["id"] for x in source}, f"seed {seed}")
        self.assertGreater(kills, 5)
        books = self.books()
        self.assertEqual(books["stored"], len(mini.stored), f"seed {seed}")
        self.assertEqual(books["dead"], 0)

    def test_a_stop_is_clean_and_the_backlog_stays(self):
        process = self.start()
        self.push_all(50)
        self.assertEqual(process.terminate(), 0)
        self.assertFalse((self.mill.data / "ingest.json").exists())
        self.start(again=True)
        mini = self.mini()
        mini.run_until(lambda: len(mini.stored) == 50, "50 stored")

    def test_a_second_one_is_kept_out(self):
        self.start()
        done = run("ingest", "--data", self.mill.data, "--push", "tcp://127.0.0.1:0", "--ingest",
                   "tcp://127.0.0.1:0", "--work", "tcp://127.0.0.1:0")
        self.assertEqual(done.returncode, 3)
        self.assertIn("another ingest", done.stderr)


if __name__ == "__main__":
    unittest.main()
