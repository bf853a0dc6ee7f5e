#!/usr/bin/python3
"""newsmill push of archives: a WARC file interrupted by SIGKILL and resumed is stored once, article
by article; truncated ones end with what was readable."""
import gzip
import io
import json
import tarfile
import unittest

from support import articles
from support.mill import MillCase, article_count
from support.process import run
from support.waiting import wait_for

PAGES = article_count(3000)
KILLS = 3


def page(number):
    """An HTML page of an article of ours."""
    paragraphs = "".join(f"<p>{text}</p>" for text in articles.text(number, body_bytes=1200).split("\n\n"))
    return (f"<html><head><title>Page {number}</title></head><body><article><h1>Page {number}</h1>"
            f"{paragraphs}</article></body></html>").encode()


def record(kind, url, block, content_type):
    head = (f"WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\n"
            f"WARC-Date: 2026-05-01T10:00:00Z\r\nWARC-Record-ID: <urn:test:{url}:{kind}>\r\n"
            f"Content-Type: {content_type}\r\nContent-Length: {len(block)}\r\n\r\n")
    return head.encode() + block + b"\r\n\r\n"


def crawl(count):
    """Records as a crawl writes them: a request and a response for each page, some compressed."""
    for number in range(count):
        url, body, more = f"https://crawl.example.org/{number}", page(number), ""
        if number % 3 == 0:
            body, more = gzip.compress(body, 1), "Content-Encoding: gzip\r\n"
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n{more}\r\n".encode()
        yield record("request", url, b"GET / HTTP/1.1\r\n\r\n", "application/http; msgtype=request")
        yield record("response", url, head + body, "application/http; msgtype=response")


def write_warc_gz(path, count):
    with open(path, "wb") as file:
        for one in crawl(count):
            file.write(gzip.compress(one, 1))
    return path


class PushResume(MillCase):
    def acknowledged(self, state):
        """What the file of --resume says; it is always whole."""
        if not state.exists():
            return 0
        said = json.loads(state.read_text())
        return said["acknowledged"] + said["known"]

    def push_killed(self, state, warc, name):
        """Pushes until some more is acknowledged, then SIGKILL."""
        before = self.acknowledged(state)
        push = self.mill.start(name, "push", "--to", self.mill.endpoints["push"], "--window", 16,
                               "--resume", state, warc)
        wait_for(lambda: self.acknowledged(state) > before or not push.running(), 60,
                 lambda: f"progress of push\n{push.tail()}")
        push.kill()
        return self.acknowledged(state)

    def test_a_warc_killed_and_resumed_is_stored_once(self):
        self.start_all()
        warc = write_warc_gz(self.mill.folder / "crawl.warc.gz", PAGES)
        state = self.mill.folder / "crawl.state"
        reached = [self.push_killed(state, warc, f"push-{kill}") for kill in range(KILLS)]
        self.assertLess(reached[0], PAGES, "the first push was over before it was killed")
        done = run("push", "--to", self.mill.endpoints["push"], "--resume", state, warc, timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"going on behind {reached[-1]} acknowledged", done.stderr)
        self.assertGreaterEqual(self.acknowledged(state), PAGES)
        books = self.mill.wait_idle(PAGES)
        self.assertEqual(books["stored"], PAGES)
        self.assertEqual(self.mill.value("SELECT count(DISTINCT url) FROM newsmill.article_revisions"), PAGES)
        self.assertEqual(self.mill.value("SELECT count(*) FROM newsmill.article_revisions"), PAGES)
        # Copies come only from what was acknowledged in the moment before each kill.
        self.assertLess(books["duplicate"], PAGES / 2)
        again = run("push", "--to", self.mill.endpoints["push"], "--resume", state, warc)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn(" 0 acknowledged", again.stderr)

    def test_a_refusal_of_the_first_run_counts_in_the_last(self):
        self.mill.start_ingest()
        lines = self.mill.folder / "lines.jsonl"
        lines.write_text('{"body": "one"}\nnot json\n{"body": "two"}\n')
        state = self.mill.folder / "state"
        arguments = ("push", "--to", self.mill.endpoints["push"], "--resume", state, lines)
        self.assertEqual(run(*arguments).returncode, 1)
        again = run(*arguments)
        self.assertEqual(again.returncode, 1, again.stderr)
        self.assertNotIn("not-json", again.stderr)
        lines.write_text('{"body": "three"}\n')
        other = run(*arguments)
        self.assertEqual(other.returncode, 2, other.stderr)
        self.assertIn("have changed", other.stderr)
        unwritable = run("push", "--to", self.mill.endpoints["push"], "--resume", "/nowhere/state", lines)
        self.assertEqual(unwritable.returncode, 3, unwritable.stderr)

    def test_a_truncated_warc_gives_what_was_readable(self):
        self.mill.start_ingest()
        whole = b"".join(gzip.compress(one) for one in crawl(20))
        cut = self.mill.folder / "cut.warc.gz"
        cut.write_bytes(whole[:-40])
        done = run("push", "--to", self.mill.endpoints["push"], cut)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("19 acknowledged", done.stderr)
        self.assertIn("20 passed over", done.stderr)
        self.assertEqual(done.stderr.count("cannot-read"), 1)

    def test_a_tar_holds_any_of_them_and_standard_input_too(self):
        self.mill.start_ingest()
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as tar:
            for name, data in (("a/page.html", page(1)), ("crawl.warc.gz", gzip.compress(b"".join(crawl(3)))),
                               ("lines.jsonl.gz", gzip.compress(b'{"body": "x"}\n{"body": "y"}\n'))):
                info = tarfile.TarInfo(name)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
        done = run("push", "--to", self.mill.endpoints["push"], "-", stdin=packed.getvalue())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"6 acknowledged", done.stderr)


if __name__ == "__main__":
    unittest.main()
