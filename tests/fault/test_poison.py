#!/usr/bin/python3
"""The catalogue of poison: every message is refused, or ends as one dead letter, or is repaired and
stored with its original beside it. No process dies of one, and 1,000 good neighbours are all stored."""
import pathlib
import struct
import sys
import time
import unittest

import msgpack
import zmq

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import small
from support import mill
from support.mill import MillCase
from support.process import run
from support.pushing import Forgetter, Pusher, Requester, pack, unpack

NEIGHBOURS = 1000
MIB = 1 << 20
REFUSED, DEAD, KEPT = "refused", "dead", "stored"
ANY = {REFUSED, DEAD, KEPT}


def raw(**fields):
    """A map whose values are bytes of MessagePack already."""
    return bytes([0x80 | len(fields)]) + b"".join(pack(key) + value for key, value in fields.items())


def text(data):
    """A MessagePack string of any bytes."""
    return b"\xdb" + struct.pack(">I", len(data)) + data


def html(body, **more):
    return pack({"type": "text/html", "body": body, **more})


def said(name, **fields):
    return pack({"id": name, "url": f"https://poison.example.org/{name}", "body": f"Poison: {name}.", **fields})


# name: (message, what may become of it). A message may be refused only with a code.
POISON = {
    "nul-in-body": (said("nul-in-body", body="a\0b\0" * 1000), {KEPT}),
    "nul-everywhere": (said("nul-everywhere\0", title="t\0", source="s\0", authors=["\0"], meta={"\0": "\0"}), {KEPT}),
    "nul-only": (said("nul-only", body="\0" * MIB), ANY),
    "lone-surrogates": (raw(id=pack("lone"), body=text(b"high \xed\xa0\x80 low \xed\xbf\xbf " * 1000)), {KEPT}),
    "surrogates-in-meta": (raw(body=pack("surrogates in meta"), meta=raw(k=text(b"\xed\xa0\x80"))), ANY),
    "overlong": (raw(body=text(b"\xc0\x80\xe0\x80\x80\xf8\x88\x80\x80\x80" * 1000)), {KEPT}),
    "string-of-2-gigabytes": (raw(body=b"\xdb\x7f\xff\xff\xff..."), {REFUSED}),
    "binary-of-2-gigabytes": (raw(body=b"\xc6\x80\x00\x00\x00..."), {REFUSED}),
    "array-of-2-billion": (raw(body=pack("x"), authors=b"\xdd\x80\x00\x00\x00"), {REFUSED}),
    "map-of-2-billion": (raw(body=pack("x"), meta=b"\xdf\x80\x00\x00\x00"), {REFUSED}),
    "extension-of-2-gigabytes": (raw(body=pack("x"), published=b"\xc9\x80\x00\x00\x00\xff"), {REFUSED}),
    "nested-a-million": (raw(body=pack("x"), meta=b"\x91" * 1_000_000 + b"\xc0"), {REFUSED}),
    "nested-maps": (raw(body=pack("x"), meta=b"\x81\xa1k" * 300_000 + b"\xc0"), {REFUSED}),
    "year-294277": (said("year-294277", published="294277-01-01T00:00:00Z"), {REFUSED}),
    "year-294277-in-ms": (said("year-294277-in-ms", published=9_224_318_016_000_000), {REFUSED}),
    "last-of-int64": (said("last-of-int64", published=2**63 - 1), {REFUSED}),
    "first-of-int64": (said("first-of-int64", published=-2**63), {REFUSED}),
    "timestamp-96": (raw(body=pack("x"), published=b"\xc7\x0c\xff" + struct.pack(">Iq", 0, 2**62)), {REFUSED}),
    "timestamp-of-4-billion-ns": (raw(body=pack("x"), published=b"\xc7\x0c\xff" + struct.pack(">Iq", 2**32 - 1, 0)), {REFUSED}),
    "duplicate-keys": (b"\x83" + pack("body") + pack("one") + pack("body") + pack("two") + pack("body") + pack("three"), {REFUSED}),
    "duplicate-keys-of-other-types": (b"\x82" + pack("body") + pack("one") + pack("body") + pack(7), {REFUSED}),
    "duplicate-keys-in-meta": (raw(body=pack("twice in meta"), meta=b"\x82\xa1k\x01\xa1k\x02"), {REFUSED}),
    "nan-in-meta": (said("nan-in-meta", meta={"nan": float("nan"), "inf": float("inf"), "-inf": float("-inf")}), {REFUSED}),
    "infinity-in-meta": (said("infinity-in-meta", meta={"deep": [{"inf": float("-inf")}]}), {REFUSED}),
    "nan-published": (said("nan-published", published=float("nan")), {REFUSED}),
    "keys-that-are-no-strings": (raw(body=pack("odd keys"), meta=b"\x83\x01\x02\xc0\x03\x91\x01\x04"), ANY),
    "integers-beyond-double": (said("integers-beyond-double", meta={"a": 2**64 - 1, "b": -2**63}), {KEPT}),
    "a-million-authors": (said("a-million-authors", authors=["A"] * 1_000_000), {REFUSED}),
    "authors-of-nothing": (said("authors-of-nothing", authors=[""] * 256), {KEPT}),
    "5000-unknown-keys": (pack({"body": "many", **{f"k{n}": n for n in range(5000)}}), {REFUSED}),
    "meta-too-long": (said("meta-too-long", meta={"m": "x" * MIB}), {REFUSED}),
    "charset-of-junk": (pack({"body": b"caf\xe9", "charset": "\0\xff,;latin-1\n"}), ANY),
    "charset-that-is-none": (pack({"body": b"caf\xe9 none", "charset": "x-no-such-charset"}), {KEPT}),
    "charset-utf-7": (pack({"body": b"+ADw-script+AD4- utf-7", "charset": "utf-7"}), {KEPT}),
    "charset-utf-32-cut": (pack({"body": b"\0\0\0a\0\0\0b\xff\xff\xff\xff\0", "charset": "utf-32"}), {KEPT}),
    "charset-utf-16-lone": (pack({"body": "ab".encode("utf-16-le") + b"\x00\xd8" + b"\x00", "charset": "utf-16le"}), {KEPT}),
    "url-that-is-none": (said("url", url="http://[::1" + "%" * 4000), ANY),
    "url-of-nul": (said("url-of-nul", url="https://a\0b/"), ANY),
    "source-of-controls": (said("source-of-controls", source="\x1b[2J\u202e\u2066"), {KEPT}),
    "language-that-is-none": (said("language-that-is-none", language="x-" + "\u0660" * 20), ANY),
    "body-empty": (pack({"body": ""}), ANY),
    "body-of-spaces": (pack({"body": " \u3000\u00a0\n" * 100_000}), ANY),
    "unending-sentence": (pack({"body": "and then the minister of trade said that they went on and on, " * (4 * MIB // 63)}), ANY),
    "unending-word": (pack({"body": "a" * (4 * MIB)}), ANY),
    "combining-marks": (pack({"body": "a" + "\u0301" * (2 * MIB)}), ANY),
    "only-full-stops": (pack({"body": "." * (4 * MIB)}), ANY),
    "only-newlines": (pack({"body": "x\n\n" * MIB}), ANY),
    "only-quotes": (pack({"body": "\u201c\u201d\"'" * (MIB // 2)}), ANY),
    "only-numbers": (pack({"body": "1,000 2.5 million 7% " * (MIB // 10)}), ANY),
    "only-countries": (pack({"body": "United States, Japan and North Korea " * (MIB // 20)}), ANY),
    "only-dates": (pack({"body": "On 1 March 2024, last Monday, three days ago. " * (MIB // 20)}), ANY),
    "only-speech": (pack({"body": "“Yes,” said Ann Lee. “No,” he said. " * (MIB // 20)}), ANY),
    "only-capitals": (pack({"body": "Mr. A. B. C. D. " * (MIB // 8)}), ANY),
    "right-to-left-marks": (pack({"body": "\u202e\u2066\u200f\u200d" * (MIB // 4)}), ANY),
    "joined-emoji": (pack({"body": "\U0001f468\u200d" * (MIB // 4)}), ANY),
    "noncharacters": (pack({"body": "\ufeff\uffff\U0010ffff\ufdd0 text"}), {KEPT}),
    "hangul-and-thai-without-spaces": (pack({"body": "\uac00\u0e01\u4e00" * (MIB // 4)}), ANY),
    "divs": (html("<div>" * (10 * MIB // 5)), ANY),
    "divs-closed": (html("<div>" * 200_000 + "text" + "</div>" * 200_000), ANY),
    "tables-in-tables": (html("<table><tr><td>" * 100_000 + "text"), ANY),
    "formatting-never-closed": (html("<b><i><a href=x>" * 100_000 + "text"), ANY),
    "entity-bomb": (html("<p>" + "&amp;" * MIB), ANY),
    "entities-that-are-none": (html("<p>" + "&#x110000;&#0;&#xd800;&nosuch;&" * 100_000), ANY),
    "attributes": (html("<p " + "a='1' " * 500_000 + ">text"), ANY),
    "comment-never-closed": (html("<p>before<!--" + "-" * (4 * MIB)), ANY),
    "script-never-closed": (html("<p>before<script>" + "x" * (4 * MIB)), ANY),
    "json-ld-nested": (html('<script type="application/ld+json">' + "[" * 500_000 + "</script><p>text"), ANY),
    "json-ld-of-nothing": (html('<script type="application/ld+json">{"@type":"NewsArticle","datePublished":"' + "9" * 100_000
                                + '","articleBody":"\\u0000\\ud800"}</script><p>text'), ANY),
    "title-in-title": (html("<title>" + "<title>" * 100_000 + "<p>text"), ANY),
    "base-and-meta": (html('<meta charset="\0"><meta http-equiv=refresh content="0;url=x">' * 50_000 + "<p>text"), ANY),
    "svg-and-math": (html("<svg><math><mi>" * 50_000 + "<p>text"), ANY),
}


class Poison(MillCase):
    def judge(self, name, reply):
        """What became of one: its answer decides what is to be found."""
        may = POISON[name][1]
        if not reply["ok"]:
            self.assertIn(REFUSED, may, f"{name}: {reply}")
            self.assertFalse(reply["retry"], f"{name}: {reply}")
            return REFUSED
        rows = self.mill.rows("SELECT original FROM newsmill_data.articles WHERE article = %s", (reply["article"],))
        dead = self.mill.rows("SELECT code, original FROM newsmill_data.dead WHERE article = %s", (reply["article"],))
        self.assertEqual(len(rows) + len(dead), 1, f"{name}: {len(rows)} rows, {dead[:3]}")
        self.assertEqual(bytes((rows or dead)[0][-1]), POISON[name][0], f"{name}: other bytes than were sent")
        found = KEPT if rows else DEAD
        self.assertIn(found, may, f"{name}: {dead[:1]}")
        return found + (f" {dead[0][0]}" if dead else "")

    def start_again(self):
        """As `up` does; returns how many had ended."""
        ended = [name for name, process in self.mill.processes.items() if not process.running()]
        for name in ended:
            code = self.mill.processes.pop(name).child.returncode
            self.assertIn(code, (-9, 3), f"{name} ended with {code}")
            (self.mill.start_store if name.startswith("store") else self.mill.start_analyze)()
        return len(ended)

    def push_all(self):
        """Poison among neighbours: {name: the answer}."""
        answers, ended = {}, 0
        with Pusher(self.mill.endpoints["push"], resend_s=60) as neighbours:
            sender = zmq.Context.instance().socket(zmq.DEALER)
            sender.linger = 0
            sender.connect(self.mill.endpoints["push"])
            share = NEIGHBOURS // len(POISON) + 1
            numbers = iter(range(1, NEIGHBOURS + 1))
            for name, (message, _) in POISON.items():
                sender.send_multipart([name.encode(), message])
                neighbours.push([small.article("p", n) for _, n in zip(range(share), numbers)])
                if sender.poll(30_000):
                    tag, reply = sender.recv_multipart()
                    answers[tag.decode()] = unpack(reply)
                ended += self.start_again()
            neighbours.push([small.article("p", n) for n in numbers])
            sender.close()
        return answers, ended

    def test_each_costs_only_itself(self):
        self.start_all(2, 1)
        began = time.monotonic()
        answers, ended = self.push_all()
        self.assertEqual(set(POISON) - set(answers), set(), "every one is answered")
        accepted = NEIGHBOURS + sum(reply["ok"] for reply in answers.values())

        def idle():
            nonlocal ended
            ended += self.start_again()
            code, books = self.mill.status()
            return books if code == 0 and books.get("in_flight") == 0 and books["accepted"] >= accepted else None
        books = mill.wait_for(idle, 300, lambda: f"idle: {self.mill.status()}\n{self.mill.tails()}")
        self.assertTrue(mill.balances(books), books)
        fates = {name: self.judge(name, reply) for name, reply in answers.items()}
        for name, fate in fates.items():
            print(f"  {name}: {fate} {answers[name].get('error', '')}")
        good = self.mill.value("SELECT count(DISTINCT id) FROM newsmill_data.articles WHERE id LIKE 'fp-%'")
        self.assertEqual(good, NEIGHBOURS, "every neighbour is stored")
        self.assertEqual(books["refused"], sum(fate == REFUSED for fate in fates.values()))
        print(f"  {len(fates)} of them, {good} neighbours stored, {ended} workers started again, "
              f"{time.monotonic() - began:.0f} s", flush=True)

    def test_where_nobody_is_answered_each_is_a_dead_letter(self):
        self.start_all(1, 1)
        refused = {name: message for name, (message, may) in POISON.items() if may == {REFUSED}}
        with Forgetter(self.mill.endpoints["ingest"]) as forgetter:
            for message in refused.values():
                forgetter.push_bytes(message)
        with Pusher(self.mill.endpoints["push"], resend_s=60) as neighbours:
            neighbours.push(small.article("p", n) for n in range(1, NEIGHBOURS + 1))
        books = self.mill.wait_idle(NEIGHBOURS + len(refused))
        self.assertEqual((books["stored"], books["dead"]), (NEIGHBOURS, len(refused)), books)
        found = sorted(bytes(original) for original, in self.mill.rows("SELECT original FROM newsmill_data.dead"))
        self.assertEqual(found, sorted(refused.values()), "its original bytes, once")

    def test_50_megabytes(self):
        """Longer than any message may be: `push` says so, and so does the answer to a program that tries."""
        self.start_all(1, 1)
        big = {"id": "big", "body": "fifty million bytes " * (50 * MIB // 20)}
        done = run("push", "--to", self.mill.endpoints["push"], "-", stdin=msgpack.packb(big), timeout=120)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(done.stderr, rb"too-long|too long")
        with Requester(self.mill.endpoints["push"], timeout_s=60) as requester:
            reply = requester.push(big)
        self.assertEqual((reply["ok"], reply["error"], reply["retry"]), (False, "message-too-long", False))
        with Pusher(self.mill.endpoints["push"], resend_s=60) as neighbours:
            neighbours.push(small.article("p", n) for n in range(1, NEIGHBOURS + 1))
        books = self.mill.wait_idle(NEIGHBOURS)
        self.assertEqual((books["stored"], books["dead"], books["refused"]), (NEIGHBOURS, 0, 1))
        self.assertTrue(self.mill.processes["ingest"].running())


if __name__ == "__main__":
    unittest.main()
