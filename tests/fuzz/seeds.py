#!/usr/bin/python3
"""Writes a target's seeds into a folder: the golden messages, the samples, and what its format needs.

    seeds.py TARGET FOLDER

Each seed begins with the three bytes of fuzz.h: plenty of memory, no failure, the target's choice.
"""
import gzip
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "deploy" / "samples"
GOLDEN = ROOT / "proto" / "golden"


def head(choice=0):
    return bytes([0, 0, choice])


def proto():
    for path in GOLDEN.glob("*.msgpack"):
        for choice in (0, 1):
            yield path.stem, head(choice) + path.read_bytes()


def piece(kind, payload, sequence=0):
    return bytes([kind, len(payload) & 255, len(payload) >> 8 & 255, sequence & 255]) + payload


def journal():
    """A segment as ingest writes it: books, articles, a duplicate, ends, one moved."""
    books, article, duplicate, done, moved = range(1, 6)
    envelope = (GOLDEN / "envelope.msgpack").read_bytes()
    body = len(envelope).to_bytes(4, "little") + envelope + (GOLDEN / "article-minimal.msgpack").read_bytes()
    some = piece(books, bytes(32) + b"\1" + bytes(7))
    some += b"".join(piece(article, body, number) for number in range(1, 5))
    some += piece(duplicate, bytes(16))
    some += piece(done, b"".join(number.to_bytes(8, "little") + b"\1" for number in (1, 2)))
    some += piece(moved, (3).to_bytes(8, "little") + body, 5)
    for choice in (0, 1):
        yield "whole", head(choice) + some
        yield "torn", head(choice) + some + piece(0x80, b"NMJ1" + bytes(range(60)))
        yield "damaged", head(choice) + some[:300] + piece(0x80, b"\xff" * 64) + some
        yield "far", head(choice) + some + piece(0x40 | article, body, 1)


def options():
    sample = (ROOT / "deploy" / "newsmill.conf.sample").read_bytes()
    uncommented = b"\n".join(line.lstrip(b"# ") if b" = " in line else line for line in sample.splitlines())
    for choice in range(8):
        yield "sample", head(choice) + sample
        yield "uncommented", head(choice) + uncommented
    for line in (b"batch-rows = 200", b"work = tcp://127.0.0.1:5553,ipc:///tmp/x", b"[section]\nx=", b"data = \"a b\""):
        yield "line", head() + line


SUFFIXES = ["jsonl", "json", "msgpack", "html", "txt", "xml", "warc", "tar", ""]  # as in fuzz_readers.c
def readers():
    for path in SAMPLES.iterdir():
        for choice, suffix in enumerate(SUFFIXES):
            if path.suffix == "." + suffix:
                yield path.name, head(choice) + path.read_bytes()[:20000]
    for path in GOLDEN.glob("article-*.msgpack"):
        yield path.stem, head(2) + path.read_bytes()
        yield path.stem + "-json", head(1) + path.with_suffix(".json").read_bytes()
    for path in (ROOT / "tests" / "fuzz" / "seeds" / "fuzz_readers").iterdir():
        yield path.name, head(SUFFIXES.index("")) + path.read_bytes()
        if path.name.startswith("feed"):
            yield path.name + "-pieces", head(0x80 | 20) + path.read_bytes()


TYPES = ["json", "jsonl", "msgpack", "html", "html", "txt"]  # as in fuzz_front.c


def front():
    for path in SAMPLES.iterdir():
        for choice, suffix in enumerate(TYPES):
            if path.suffix == "." + suffix:
                yield path.name, head(choice) + path.read_bytes()[:20000]
                yield path.name + "-packed", head(len(TYPES) + choice) + gzip.compress(path.read_bytes()[:20000])
    for path in GOLDEN.glob("article-*.json"):
        yield path.stem, head(0) + b"[" + path.read_bytes() + b"]"


DICTIONARIES = ROOT / "tests" / "unit" / "dictionaries"


def petrarch():
    for choice, name in enumerate(("actors", "agents", "verbs")):
        whole = (DICTIONARIES / (name + ".txt")).read_bytes()
        yield name, head(choice) + whole
        for number, line in enumerate(whole.splitlines()):
            yield f"{name}-{number}", head(choice) + line


def analysis():
    for path in SAMPLES.iterdir():
        for choice in (0, 1, 1 | 2 << 1, 4 << 1):
            yield path.name, head(choice) + path.read_bytes()[:4000]
    pages = ROOT / "tests" / "fuzz" / "seeds" / "fuzz_page"
    for path in pages.iterdir() if pages.is_dir() else ():
        yield path.name, head(1 | 0x80) + path.read_bytes()
    yield "facts", head() + ("On 3 March 2024 President Xi Jinping met 1,200 troops in Tokyo; “We agree,” said Ann Lee. "
                             "Three people were killed near Cairo on Monday, police said.").encode()
    yield "chinese", head(2 << 1) + "习近平在东京会见了三百名士兵。“我们同意”，他说。".encode()


def frame(kind, payload):
    return bytes([kind, 0, 1]) + len(payload).to_bytes(4, "big") + payload + b"\xce"


def amqp():
    """A URI; books; a delivery, a confirm and a close as a broker writes them."""
    yield "uri", head(0) + b"amqps://me:p%2Fq@mq1,mq2:99,[::1]:5673/news?queue=a%20b&prefetch=7&ca=/x"
    yield "books", head(1) + b"NMB1" + bytes(32) + b"\2" + bytes(7) + bytes(range(32))
    deliver = frame(1, b"\0\x3c\0\x3c\x01t" + bytes(7) + b"\x2a\0\0\x01q")
    header = frame(2, b"\0\x3c\0\0" + bytes(7) + b"\x05\x80\0\x20" + b"0" * 32)
    confirm = frame(1, b"\0\x3c\0\x50" + bytes(7) + b"\x2a\1")
    close = frame(1, b"\0\x0a\0\x32\x01\x40\x05sorry\0\0\0\0")
    for piece_bytes in (2, 7, 255):
        yield "frames", head(piece_bytes) + deliver + header + frame(3, b"hello") + confirm + close


def main():
    target, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    for number, (name, data) in enumerate(globals()[target.removeprefix("fuzz_")]()):
        (folder / f"seed-{number}-{name}").write_bytes(data)


if __name__ == "__main__":
    main()
