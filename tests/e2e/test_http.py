#!/usr/bin/python3
"""newsmill http: what producers that cannot speak ZeroMQ send is answered when the journal has it."""
import gzip
import http.client
import json
import os
import re
import signal
import socket
import ssl
import threading
import unittest
import urllib.parse

import msgpack

from support import articles, mill, scraping
from support.keyed import KeyedCase
from support.mill import MillCase
from support.process import Process, run
from support.tls import Authority
from support.waiting import wait_for

READY = re.compile(r"^ready http=(\S+)$", re.M)
JSON, LINES, HTML = "application/json", "application/x-ndjson", "text/html; charset=utf-8"


def body_of(seed, count):
    return [articles.article(number, seed=seed) for number in range(count)]


def lines(things):
    return "".join(json.dumps(thing) + "\n" for thing in things)


class Front:
    """A front and one who asks it."""

    def __init__(self, mill_, *more, name="http"):
        self.process = mill_.start(name, "http", "--listen", "127.0.0.1:0", "--to", mill_.endpoints["push"],
                                   "--http", "127.0.0.1:0", *more)
        self.url = self.process.wait_out(READY).group(1)
        self.address = urllib.parse.urlsplit(self.url).netloc
        self.probe = re.search(r"metrics\" url=(\S+)", self.process.err()).group(1)

    def connect(self, timeout=60):
        return http.client.HTTPConnection(self.address, timeout=timeout)

    def ask(self, body, kind=JSON, path="/articles", method="POST", **headers):
        """(status, the JSON of the answer, its headers)."""
        if not isinstance(body, (str, bytes)):
            body = json.dumps(body)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = self.connect()
        try:
            connection.request(method, path, body.encode() if isinstance(body, str) else body,
                               {"Content-Type": kind, **named})
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text[:1] == b"{" else text.decode(), answer.headers
        finally:
            connection.close()

    def ready(self):
        return self.ask("", method="GET", path="/readyz")[0] == 200


def peak_mb(pid):
    """The most memory it ever had."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
        return int(re.search(r"VmHWM:\s+(\d+)", status.read()).group(1)) // 1024


class Http(MillCase):
    level = "fast"

    def outcomes(self, answer):
        return [item["status"] for item in answer["articles"]]

    def test_each_kind_of_body_goes_the_whole_way(self):
        self.start_all()
        front = Front(self.mill)
        one, two, three, four = body_of("kinds", 4)
        status, answer, _ = front.ask(one)
        self.assertEqual((status, answer["accepted"], answer["articles"][0]["id"]), (200, 1, one["id"]))
        status, answer, _ = front.ask([one, two])
        self.assertEqual((status, self.outcomes(answer)), (200, ["duplicate", "accepted"]))
        status, answer, _ = front.ask(gzip.compress(lines([two, three]).encode()), LINES, Content_Encoding="gzip")
        self.assertEqual((status, self.outcomes(answer)), (200, ["duplicate", "accepted"]))
        status, answer, _ = front.ask(msgpack.packb(four), "application/msgpack")
        self.assertEqual((status, self.outcomes(answer)), (200, ["accepted"]))
        page = "<html><head><title>Ein Kind</title></head><body><p>Zwölf Boxkämpfer jagten ihn.</p></body></html>"
        status, answer, _ = front.ask(page, HTML, "/articles?url=https%3A%2F%2Fexample.org%2Fp&id=page")
        self.assertEqual((status, answer["articles"][0]["id"]), (200, "page"))
        status, answer, _ = front.ask("A note.\n", "text/plain", Content_Location="https://example.org/note")
        self.assertEqual(status, 200)
        self.mill.wait_rows(6)
        books = self.mill.wait_idle(6)
        self.assertEqual((books["stored"], books["dead"]), (6, 0), books)
        rows = dict(self.mill.rows("SELECT url, text FROM newsmill.articles WHERE url LIKE 'https://example.org/%'"))
        self.assertIn("Zwölf Boxkämpfer", rows["https://example.org/p"])
        self.assertEqual(rows["https://example.org/note"], "A note.")
        stored = {row[0] for row in self.mill.rows("SELECT article::text FROM newsmill.articles")}
        self.assertIn(answer["articles"][0]["article"], stored)
        found = scraping.scrape(front.probe)
        self.assertEqual(scraping.value(found, "newsmill_http_articles_total", outcome="accepted"), 6)
        self.assertEqual(scraping.value(found, "newsmill_http_requests_total", status="200"), 6)
        self.assertEqual(scraping.value(found, "newsmill_http_connected"), 1)

    def test_what_is_refused_says_why_and_where(self):
        self.mill.start_ingest()
        front = Front(self.mill, "--request-articles", 3, "--body-bytes", 4096)
        good = {"body": "Talks resumed."}
        status, answer, _ = front.ask([good, {"id": "empty"}, {"id": "late", "published": "9999999-01-01", **good}])
        self.assertEqual((status, self.outcomes(answer)), (422, ["accepted", "rejected", "rejected"]))
        self.assertEqual([item.get("error") for item in answer["articles"]], [None, "body-missing", "bad-published"])
        status, answer, _ = front.ask('[{"body": "a"},\n {"body" "b"}]')
        self.assertEqual((status, answer["error"], answer["line"], answer["byte"]), (400, "not-json", 2, 28))
        status, answer, _ = front.ask('{"body": "l1"}\n{"body":\n{"body": "l3"}\n', LINES)
        self.assertEqual((status, self.outcomes(answer)), (400, ["accepted", "rejected", "accepted"]))
        self.assertEqual(answer["articles"][1]["line"], 2)
        for status, code, asked in (
                (400, "no-article", {"body": ""}),
                (400, "no-article", {"body": "[]"}),
                (400, "damaged-body", {"body": gzip.compress(b"{}")[:-9], "Content_Encoding": "gzip"}),
                (413, "body-too-long", {"body": gzip.compress(b"{}" + b" " * 200_000), "Content_Encoding": "gzip"}),
                (400, "unknown-parameter", {"body": good, "path": "/articles?url=x"}),
                (403, "from-a-page", {"body": "x", "kind": "text/plain", "Origin": "http://evil.example"}),
                (405, "method", {"body": good, "method": "PUT"}),
                (413, "too-many-articles", {"body": [good] * 4}),
                (413, "body-too-long", {"body": {"body": "x" * 5000}}),
                (415, "media-type", {"body": good, "kind": "application/xml"}),
                (415, "content-encoding", {"body": good, "Content_Encoding": "br"})):
            with self.subTest(code=code):
                got, answer, headers = front.ask(**asked)
                self.assertEqual((got, answer["error"]), (status, code), answer)
                self.assertEqual(headers["Allow"] if status == 405 else None, "POST" if status == 405 else None)
        self.assertEqual(front.ask("", path="/nowhere")[0], 404)
        self.assertEqual(self.mill.status()[1]["accepted"], 3)

    def test_an_answer_waits_for_the_journal_and_outlives_ingest(self):
        """Ingest is killed again and again under requests of many articles: whoever hears 503 sends again, and each
        article is stored once."""
        self.start_all()
        front = Front(self.mill, "--give-up-ms", 4000)
        batches = [body_of(f"b{number}", 40) for number in range(12)]
        left, said = list(batches), []

        def send():
            while left:
                batch = left.pop()
                status, answer, headers = front.ask(lines(batch), LINES)
                said.append(status)
                if status == 503:
                    self.assertGreaterEqual(int(headers["Retry-After"]), 1)
                    left.append(batch)
                elif status != 200:
                    said.append(answer)
        senders = [threading.Thread(target=send) for _ in range(3)]
        for sender in senders:
            sender.start()
        for answered in (2, 5, 8):
            wait_for(lambda: said.count(200) >= answered or not any(s.is_alive() for s in senders), 60, "answers")
            self.mill.processes["ingest"].kill()
            self.mill.start_ingest(again=True)
        for sender in senders:
            sender.join(120)
        self.assertEqual(said.count(200), len(batches), said)
        self.assertLessEqual(set(said), {200, 503})
        total = sum(map(len, batches))
        self.mill.wait_rows(total)
        books = self.mill.wait_idle()
        self.assertTrue(mill.balances(books), books)
        self.assertEqual(self.mill.value("SELECT count(*) FROM newsmill.articles"), total)
        self.assertEqual(self.mill.value("SELECT count(DISTINCT id) FROM newsmill.articles"), total)

    def test_without_ingest_503_and_not_ready(self):
        self.mill.start_ingest()
        front = Front(self.mill, "--give-up-ms", 300)
        wait_for(front.ready, 20, "readiness")
        self.mill.processes["ingest"].kill()
        wait_for(lambda: not front.ready(), 20, "no readiness")
        status, answer, headers = front.ask([{"id": "x", "body": "x"}, {"body": "y"}])
        self.assertEqual((status, answer["retry"], headers["Retry-After"]), (503, 2, "1"))
        self.assertEqual(answer["articles"][0]["error"], "no-answer")
        self.mill.start_ingest(again=True)
        wait_for(front.ready, 20, "readiness again")
        self.assertEqual(front.ask({"body": "x"})[0], 200)

    def test_overloaded_is_503_with_the_time_to_retry(self):
        self.mill.migrate()
        self.mill.start_ingest("--backlog-bytes", 1 << 20, "--segment-bytes", 1 << 18, "--window-bytes", 1 << 20)
        front = Front(self.mill)
        taken = []

        def is_overloaded():
            number = len(taken)
            status, answer, headers = front.ask(body_of(f"o{number}", 20))
            taken.append((number, answer))
            return (status, answer, headers) if status != 200 else None
        status, answer, headers = wait_for(is_overloaded, 60, "503")
        self.assertEqual(status, 503)
        self.assertEqual(headers["Retry-After"], "1")
        codes = {item["error"] for item in answer["articles"] if item["status"] == "retry"}
        self.assertIn("overloaded", codes)
        self.assertLessEqual(codes, {"overloaded", "not-tried"})
        self.mill.start_analyze()
        self.mill.start_store()
        wait_for(lambda: front.ask(body_of(f"o{len(taken) - 1}", 20))[0] == 200, 60, "room again")
        self.mill.wait_rows(20 * len(taken))
        books = self.mill.wait_idle()
        self.assertTrue(mill.balances(books), books)
        self.assertEqual(books["stored"], 20 * len(taken))

    def half(self, front, body, kind=LINES, more="", sent=-1):
        """A connection with a request of which the end is not sent."""
        host, port = front.address.split(":")
        one = socket.create_connection((host, int(port)), timeout=20)
        self.addCleanup(one.close)
        one.sendall(f"POST /articles HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\n{more}"
                    f"Content-Length: {len(body)}\r\n\r\n".encode() + body[:sent])
        return one

    def heard(self, one):
        """(status, the error, Retry-After) of the answer."""
        answer = http.client.HTTPResponse(one)
        answer.begin()
        return answer.status, json.loads(answer.read()).get("error"), answer.headers["Retry-After"]

    def test_bodies_that_unpack_are_taken_while_there_is_room(self):
        """Small bodies that all began while nothing waited: what they unpack to is bounded by what waits. Who began
        while there was no room is told to come again, though there is room by then."""
        ingest = self.mill.start_ingest()
        front = Front(self.mill, "--held-bytes", 1 << 20)
        wait_for(front.ready, 20, "readiness")
        os.kill(ingest.pid, signal.SIGSTOP)
        body = gzip.compress(lines([{"id": "big", "body": "a" * (2 << 20)}]).encode())
        many = [self.half(front, body, more="Content-Encoding: gzip\r\n") for _ in range(4)]
        self.assertEqual(front.ask("", method="GET", path="/healthz")[0], 200)  # their headers are read
        many[0].sendall(body[-1:])
        wait_for(lambda: scraping.value(scraping.scrape(front.probe), "newsmill_http_waiting_requests") == 1, 20,
                 "a request that waits")
        for one in many[1:]:
            one.sendall(body[-1:])
        self.assertEqual([self.heard(one) for one in many[1:]], [(503, "overloaded", "1")] * 3)
        text = b"Talks resumed on Monday.\n"
        late = self.half(front, text, "text/plain")
        self.assertEqual(front.ask("", method="GET", path="/healthz")[0], 200)
        os.kill(ingest.pid, signal.SIGCONT)
        self.assertEqual(self.heard(many[0])[0], 200)
        late.sendall(text[-1:])
        self.assertEqual(self.heard(late), (503, "overloaded", "1"))
        self.assertEqual(front.ask(text.decode(), "text/plain")[0], 200)

    def test_many_values_in_a_small_body_cost_their_article(self):
        self.mill.start_ingest()
        front = Front(self.mill)
        raw = b'{"body":"a","x":[' + b"{}," * 6_000_000 + b"0]}"
        before = peak_mb(front.process.pid)
        status, answer, _ = front.ask(gzip.compress(raw, 1), Content_Encoding="gzip")
        self.assertEqual((status, answer["articles"][0]["error"]), (422, "too-many-values"), answer)
        self.assertLess(peak_mb(front.process.pid) - before, 150)

    def test_the_slow_and_the_many_are_cut(self):
        self.mill.start_ingest()
        front = Front(self.mill, "--request-ms", 1500, "--connections-per-address", 8)
        host, port = front.address.split(":")
        held = [socket.create_connection((host, int(port)), timeout=20) for _ in range(12)]
        self.addCleanup(lambda: [one.close() for one in held])
        for one in held:
            one.settimeout(20)
            try:
                one.sendall(b"POST /articles HTTP/1.1\r\nHost: localhost\r\nContent-")
            except OSError:
                pass  # beyond eight
        for one in held:
            try:
                self.assertEqual(one.recv(4096), b"")
            except ConnectionError:
                pass
        # They see that they are cut a moment before their places are free.
        wait_for(lambda: self.is_answered(front), 20, "a place")

    def is_answered(self, front):
        try:
            return front.ask({"body": "x"})[0] == 200
        except ConnectionError:
            return False

    def test_who_hangs_up_has_no_place_any_more(self):
        self.mill.start_ingest()
        front = Front(self.mill, "--request-ms", 60000, "--connections-per-address", 8)
        host, port = front.address.split(":")
        os.kill(front.process.pid, 19)  # SIGSTOP: bytes and end are there together when it looks
        for _ in range(8):
            with socket.create_connection((host, int(port)), timeout=20) as one:
                one.sendall(b"POST /articles HTTP/1.1\r\nHost: localhost\r\nContent-")
        os.kill(front.process.pid, 18)

        wait_for(lambda: self.is_answered(front), 20, "a place, long before their requests' time is over")

    def test_who_ends_his_side_is_answered(self):
        ingest = self.mill.start_ingest()
        front = Front(self.mill)
        wait_for(front.ready, 20, "readiness")
        os.kill(ingest.pid, 19)
        host, port = front.address.split(":")
        body = b'{"body": "half"}'
        with socket.create_connection((host, int(port)), timeout=20) as half:
            half.sendall(b"POST /articles HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                         b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            half.shutdown(socket.SHUT_WR)
            wait_for(lambda: scraping.value(scraping.scrape(front.probe), "newsmill_http_waiting_requests") == 1, 20,
                     "a request that waits")
            os.kill(ingest.pid, 18)
            self.assertIn(b" 200 OK", half.recv(4096))

    def test_stopping_answers_what_has_begun(self):
        ingest = self.mill.start_ingest()
        front = Front(self.mill)
        connection = front.connect()
        wait_for(front.ready, 20, "readiness")
        os.kill(ingest.pid, 19)  # SIGSTOP: the answer is not there yet
        connection.request("POST", "/articles", b'{"body": "late"}', {"Content-Type": JSON})
        wait_for(lambda: scraping.value(scraping.scrape(front.probe), "newsmill_http_waiting_requests") == 1, 20,
                 "a request that waits")
        front.process.child.terminate()
        wait_for(lambda: "stopping" in front.process.err(), 20, "the signal")
        with self.assertRaises(OSError):
            front.connect(5).connect()
        os.kill(ingest.pid, 18)
        self.assertEqual(connection.getresponse().status, 200)
        connection.close()
        self.assertEqual(front.process.wait(20), 0, front.process.tail())

    def test_a_port_in_use_says_by_whom(self):
        self.mill.start_ingest()
        front = Front(self.mill)
        work, taken = self.mill.endpoints["work"], front.address
        for command, option in ((("http", "--listen", taken, "--to", self.mill.endpoints["push"]), "--listen"),
                                (("http", "--listen", "127.0.0.1:0", "--http", taken), "--http"),
                                (("analyze", "--level", "fast", "--work", work, "--http", taken), "--http"),
                                (("store", "--work", work, "--db", self.mill.database, "--http", taken), "--http"),
                                (("dashboard", "--db", self.mill.database, "--http", taken), "--http")):
            with self.subTest(command=command):
                done = run(*command)
                self.assertEqual(done.returncode, 3, done.stderr)
                self.assertRegex(done.stderr, rf"process {front.process.pid} \(newsmill\).*another port with {option}")


class Guarded(MillCase):
    """Tokens and TLS."""

    def setUp(self):
        super().setUp()
        self.mill.start_ingest()
        self.authority = Authority(self.mill.folder, "ca")
        self.certificate, self.key = self.authority.sign("localhost", "DNS:localhost,IP:127.0.0.1")
        self.tokens = self.mill.folder / "tokens"
        self.tokens.write_text("# crawler\nHr5bq2Wv0dKx7sTz\n")
        self.tokens.chmod(0o600)

    def refused(self, *options, code=2):
        done = run("http", "--to", self.mill.endpoints["push"], *options)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stderr

    def test_only_who_names_a_token_may(self):
        front = Front(self.mill, "--tokens", self.tokens)
        status, answer, headers = front.ask({"body": "x"})
        self.assertEqual((status, answer["error"], headers["WWW-Authenticate"]), (401, "unauthorized", "Bearer"))
        self.assertEqual(front.ask({"body": "x"}, Authorization="Bearer Hr5bq2Wv0dKx7sTy")[0], 401)
        self.assertEqual(front.ask({"body": "x"}, Authorization="Bearer Hr5bq2Wv0dKx7sTz")[0], 200)
        self.assertNotIn("Hr5bq2Wv0dKx7sT", front.process.err())

    def test_what_others_can_read_is_refused(self):
        self.tokens.chmod(0o604)
        self.assertIn(f"others may read or write the token file {self.tokens}",
                      self.refused("--listen", "127.0.0.1:0", "--tokens", self.tokens))
        self.tokens.chmod(0o600)
        self.key.chmod(0o604)
        self.assertIn(f"others may read or write the key file {self.key}",
                      self.refused("--listen", "127.0.0.1:0", "--tls-cert", self.certificate, "--tls-key", self.key))

    def test_beyond_this_host_wants_both(self):
        for options in ((), ("--tokens", self.tokens), ("--tls-cert", self.certificate, "--tls-key", self.key)):
            self.assertIn("--tls-cert, --tls-key and --tokens", self.refused("--listen", "0.0.0.0:0", *options))
        guarded = ("--tokens", self.tokens, "--tls-cert", self.certificate, "--tls-key", self.key)
        for name, options in (("guarded", guarded), ("open", ("--http-open",))):
            process = Process(self.mill.folder, name, "http", "--listen", "0.0.0.0:0", "--to",
                              self.mill.endpoints["push"], *options)
            process.wait_out(READY)
            self.assertEqual(process.terminate(20), 0, process.tail())

    def test_tls_and_whose_certificate_it_is(self):
        front = Front(self.mill, "--tls-cert", self.certificate, "--tls-key", self.key)
        self.assertTrue(front.url.startswith("https://"), front.url)

        def ask(authority):
            context = ssl.create_default_context(cafile=authority.certificate)
            connection = http.client.HTTPSConnection(front.address, timeout=20, context=context)
            try:
                connection.request("POST", "/articles", b'{"body": "x"}', {"Content-Type": JSON})
                answer = connection.getresponse()
                answer.read()
                return answer.status
            finally:
                connection.close()
        self.assertEqual(ask(self.authority), 200)
        with self.assertRaises(ssl.SSLCertVerificationError):
            ask(Authority(self.mill.folder, "other"))

    def test_a_certificate_that_will_not_do(self):
        _, other = self.authority.sign("other")
        said = self.refused("--listen", "127.0.0.1:0", "--tls-cert", self.certificate, "--tls-key", other)
        self.assertIn("the key is that of the first certificate", said)
        self.assertIn("go together", self.refused("--listen", "127.0.0.1:0", "--tls-cert", self.certificate))
        self.assertIn("cannot read the certificate /nowhere",
                      self.refused("--listen", "127.0.0.1:0", "--tls-cert", "/nowhere", "--tls-key", self.key))


def why_not_ready(probe):
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(probe).netloc, timeout=20)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().read().decode()
    finally:
        connection.close()


class Keyed(KeyedCase):
    def test_ingest_knows_the_front_by_its_key(self):
        self.start_ingest()
        front = Front(self.mill, *self.as_("crawler"))
        self.assertEqual(front.ask({"body": "x"})[0], 200)
        stranger = Front(self.mill, *self.as_("stranger"), name="stranger")
        self.assertEqual(stranger.ask({"body": "x"})[0], 503)
        wait_for(lambda: 'it refuses our key "stranger"' in why_not_ready(stranger.probe), 20, "which side refuses")


if __name__ == "__main__":
    unittest.main()
