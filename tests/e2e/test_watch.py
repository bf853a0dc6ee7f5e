#!/usr/bin/python3
"""newsmill watch against a server of the test's own: pages become rows, state survives, and whatever
the server does wrong costs a line and leaves the other feeds alone."""
import gzip
import html
import unittest

from support import articles
from support.mill import MillCase
from support.process import run
from support.waiting import wait_for
from support.website import Reply, Site, self_signed

FEED = "application/rss+xml"
ITEMS = 10_000


def page(title, text="", head=""):
    paragraphs = "".join(f"<p>{html.escape(p)}</p>" for p in (text or articles.text(title)).split("\n\n"))
    return Reply(f"<html><head><title>{title}</title>{head}</head><body><article><h1>{title}</h1>"
                 f"{paragraphs}</article></body></html>")


def item(link, title, guid=None, description="", date="Fri, 01 May 2026 10:00:00 GMT"):
    return (f"<item><title>{title}</title><link>{link}</link><guid isPermaLink='false'>{guid or link}</guid>"
            f"<pubDate>{date}</pubDate><description>{description}</description></item>")


def feed(*items, **headers):
    text = f"<rss version='2.0'><channel><title>Feed</title>{''.join(items)}</channel></rss>"
    return Reply(text, kind=FEED, **headers)


class WatchCase(MillCase):
    def setUp(self):
        super().setUp()
        self.site = Site()
        self.addCleanup(self.site.close)
        self.state = self.mill.folder / "watch.state"
        self.list = self.mill.folder / "feeds.txt"

    def feeds(self, *lines):
        self.list.write_text("# feeds\n" + "".join(f"{line}\n" for line in lines))

    def arguments(self, *more, private=True):
        return ("watch", self.list, "--to", self.mill.endpoints["push"], "--state", self.state,
                "--host-delay-ms", 0, "--fetch-timeout-ms", 1500, *(["--allow-private"] if private else []), *more)

    def once(self, *more, private=True, code=0, timeout=120):
        done = run(*self.arguments("--once", *more, private=private), timeout=timeout)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stderr

    def accepted(self):
        return self.mill.status()[1]["accepted"]


class Watch(WatchCase):
    def test_pages_become_rows_and_state_survives(self):
        self.start_all()
        text = articles.text(1)
        self.site.paths = {
            "/news/feed.xml": lambda request: (
                Reply(status=304) if request.headers.get("If-None-Match") == '"v1"' and
                request.headers.get("If-Modified-Since") == "Fri, 01 May 2026 11:00:00 GMT"
                else feed(item("../a?utm_source=rss", "One &amp;amp; only"), item("/b", "Two"), item("/c", "Three"),
                          ETag='"v1"', Last_Modified="Fri, 01 May 2026 11:00:00 GMT")),
            "/a": page("Page one", text), "/b": Reply(status=302, Location="/b2"),
            "/b2": page("Page two", articles.text(2)),
            "/c": page("Page three", articles.text(3), head="<link rel=canonical href='/c/canonical'>"),
        }
        self.feeds(f"{self.site.url}/news/feed.xml source=Paper")
        said = self.once()
        self.assertIn("1 feeds read (0 not changed), 0 failed; 3 articles acknowledged", said)
        self.mill.wait_rows(3)
        rows = self.mill.rows("SELECT url, title, source, published_from, extract(epoch FROM published)::bigint,"
                              " meta ->> 'feed', meta ->> 'fetched' IS NOT NULL, meta ->> 'fetched_url',"
                              " text FROM newsmill.articles ORDER BY url")
        base = self.site.url
        self.assertEqual([row[0] for row in rows],
                         [f"{base}/a?utm_source=rss", f"{base}/b2", f"{base}/c/canonical"])
        self.assertEqual([row[1] for row in rows], ["One & only", "Two", "Three"])
        self.assertEqual({row[2:7] for row in rows}, {("Paper", "given", 1777629600, "Feed", True)})
        self.assertEqual([row[7] for row in rows], [None, None, f"{base}/c"])
        self.assertIn(text.split("\n\n")[0], rows[0][8])
        self.assertIn("newsmill", self.site.headers("/a?utm_source=rss")["User-Agent"])
        # Again: the validators are sent, nothing has changed, no page is fetched.
        self.assertIn("(1 not changed)", self.once())
        self.assertEqual([self.site.count(path) for path in ("/news/feed.xml", "/a?utm_source=rss", "/b")], [2, 1, 1])
        # Another title in the feed: the page is fetched again, and is a new revision where it changed.
        self.site.paths["/news/feed.xml"] = feed(item("/b", "Two, corrected"), item("/c", "Three"))
        self.site.paths["/b2"] = page("Page two", articles.text(4))
        self.assertIn("1 articles acknowledged", self.once())
        wait_for(lambda: self.mill.value("SELECT count(*) FROM newsmill.changes") == 1, 30, "the change")
        self.assertEqual(self.mill.rows("SELECT url, previous_title, title FROM newsmill.changes"),
                         [(f"{base}/b2", "Two", "Two, corrected")])

    def test_private_addresses_are_refused(self):
        self.mill.start_ingest()
        self.site.paths = {"/feed": feed(item("/a", "A")), "/a": page("A")}
        port = self.site.url.rsplit(":", 1)[1]
        self.feeds(f"{self.site.url}/feed robots=no", f"http://localhost:{port}/feed robots=no",
                   f"http://[::ffff:127.0.0.1]:{port}/feed robots=no", f"http://0.0.0.0:{port}/feed")
        said = self.once(private=False, code=1)
        self.assertEqual(said.count("not public"), 4, said)
        self.assertEqual(self.site.hits, [])

    def test_robots(self):
        self.mill.start_ingest()
        self.site.paths = {
            "/robots.txt": Reply("User-agent: other\nDisallow: /\n\nUser-agent: *\nDisallow: /\n\n"
                                 "User-agent: Newsmill/1\nDisallow: /private\nAllow: /private/open*.html$\n"
                                 "Disallow: /feeds/closed\n", kind="text/plain"),
            "/feeds/open": feed(item("/a", "A"), item("/private/b", "B"), item("/private/open/c.html", "C"),
                                item("/private/open/d.html?x", "D", description="What the feed says of D.")),
            "/feeds/closed": feed(item("/e", "E")), "/feeds/closed-but": feed(item("/f", "F")),
            "/a": page("A"), "/private/b": page("B"), "/private/open/c.html": page("C"),
            "/private/open/d.html": page("D"), "/e": page("E"), "/f": page("F"),
        }
        self.feeds(*(f"{self.site.url}/feeds/{name}" for name in ("open", "closed", "closed-but robots=no")))
        said = self.once(code=1)
        self.assertIn("robots-denied", said)
        self.assertIn("4 articles acknowledged", said)  # A, C, F, and D as the feed has it
        for path in ("/private/b", "/private/open/d.html?x", "/feeds/closed", "/e"):
            self.assertEqual(self.site.count(path), 0, path)
        self.assertEqual(self.site.count("/robots.txt"), 1)
        self.site.paths["/robots.txt"] = Reply("down", status=503)
        self.site.paths["/feeds/open"] = feed(item("/new", "New"))
        self.feeds(f"{self.site.url}/feeds/open")
        before = self.site.count("/feeds/open")
        self.assertIn("robots-unreachable", self.once(code=1))
        self.assertEqual(self.site.count("/feeds/open"), before)

    def drip(self):
        while not self.site.stopped.wait(0.2):
            yield b" "

    def endless(self):
        while not self.site.stopped.is_set():
            yield b"<item>" * 10_000

    def test_what_servers_do_wrong_costs_a_line_each(self):
        self.mill.start_ingest()
        bomb = gzip.compress(b"<rss>" + b" " * 100_000_000)
        busy = Site()
        self.addCleanup(busy.close)
        busy.paths = {"/busy": Reply("slow down", status=429, Retry_After=3600)}
        self.site.paths = {
            "/drip": lambda _: Reply(self.drip(), kind=FEED), "/endless": lambda _: Reply(self.endless(), kind=FEED),
            "/loop": Reply(status=302, Location="/loop"), "/away": Reply(status=301, Location="ftp://127.0.0.1/x"),
            "/short": Reply("<rss>", kind=FEED, length=False, Content_Length=1000), "/bomb": Reply(bomb, kind=FEED, Content_Encoding="gzip"),
            "/invalid": Reply("<rss><channel><item><title>x", kind=FEED), "/page": page("No feed"),
            "/binary": Reply(bytes(range(256)) * 50, kind=FEED), "/empty": Reply("", kind=FEED),
            "/headers": Reply(feed().body, kind=FEED, **{f"X_{i}": "y" * 60_000 for i in range(8)}),
            "/gone": Reply("gone", status=410), "/broken": Reply("oops", status=500),
            "/good": feed(item("/a", "A")), "/a": page("A"),
        }
        wrong = {"drip": "timeout", "endless": "too-long", "loop": "redirects", "away": "redirects",
                 "short": "fetch-failed", "bomb": "too-long", "invalid": "truncated", "page": "not-a-feed",
                 "binary": "not-a-feed", "empty": "not-a-feed", "headers": "too-long", "gone": "status-410",
                 "broken": "status-500", "busy": "status-429"}
        self.feeds(*(f"{(busy if name == 'busy' else self.site).url}/{name}" for name in wrong),
                   f"{self.site.url}/good")
        said = self.once("--fetch-bytes", 2_000_000, code=1)
        self.assertIn(f"1 feeds read (0 not changed), {len(wrong)} failed; 1 articles acknowledged", said)
        for name, code in wrong.items():
            lines = [line for line in said.splitlines() if f"/{name} " in line]
            self.assertEqual(len(lines), 1, f"{name}\n{said}")
            self.assertIn(f"code={code}", lines[0])
        # The one that asked for an hour is left alone for an hour.
        self.feeds(f"{busy.url}/busy")
        self.assertIn("0 feeds read (0 not changed), 0 failed", self.once())
        self.assertEqual(busy.count("/busy"), 1)

    def test_a_certificate_nobody_trusts_is_refused(self):
        certificate = self_signed(self.mill.folder)
        if not certificate:
            self.skipTest("openssl is not installed")
        self.mill.start_ingest()
        secret = Site(certificate)
        self.addCleanup(secret.close)
        secret.paths = {"/feed": feed(item("/a", "A"))}
        self.feeds(f"{secret.url}/feed robots=no")
        self.assertIn("code=tls", self.once(code=1))
        self.assertEqual(secret.hits, [])

    def test_what_pages_do_wrong(self):
        self.mill.start_ingest()
        self.site.paths = {
            "/feed": feed(item("/missing", "Missing", description="The feed's own text."), item("/gone", "Gone"),
                          item("/busy", "Busy"), item("/picture", "Picture", description="A picture."),
                          item("/huge", "Huge"), item("/front", "Front"), item("mailto:x@example.org", "Mail",
                                                                             description="By mail."),
                          ETag='"x"'),
            "/gone": Reply("gone", status=410), "/busy": Reply("later", status=503),
            "/picture": Reply(b"\x89PNG", kind="image/png"), "/huge": page("Huge", "long " * 100_000),
            "/front": Reply(status=302, Location="/"), "/": page("Home"),
        }
        self.feeds(f"{self.site.url}/feed")
        said = self.once("--fetch-bytes", 100_000)
        self.assertIn("3 articles acknowledged (0 known already), 0 refused, 3 without", said)
        # Only the busy one comes again; the feed is asked without validators until it is through.
        self.site.paths["/busy"] = page("Busy")
        self.assertIn("1 articles acknowledged", self.once("--fetch-bytes", 100_000))
        self.assertNotIn("If-None-Match", self.site.headers("/feed"))
        self.assertIn("0 articles acknowledged", self.once())
        self.assertEqual(self.site.headers("/feed")["If-None-Match"], '"x"')
        self.assertEqual([self.site.count(path) for path in ("/missing", "/busy", "/huge")], [1, 2, 1])

    def test_a_feed_of_ten_thousand_items_comes_in_rounds(self):
        self.mill.start_ingest()
        self.site.paths = {"/feed": feed(*(item(f"/p/{i}", f"T {i}", description=f"Text of number {i}.")
                                           for i in range(ITEMS)), ETag='"big"')}
        self.feeds(f"{self.site.url}/feed pages=no")
        for _ in range(3):
            self.assertIn("100 articles acknowledged (0 known already)", self.once("--items", 100))
        self.assertIn("4000 articles acknowledged (0 known already)", self.once("--items", 4000))
        self.assertEqual(self.accepted(), 4300)

    def test_hosts_are_given_time(self):
        self.mill.start_ingest()
        self.site.paths = {"/robots.txt": Reply("User-agent: *\nCrawl-delay: 0.4\n", kind="text/plain"),
                           "/feed": feed(*(item(f"/{i}", f"T{i}") for i in range(4))),
                           **{f"/{i}": page(f"T{i}") for i in range(4)}}
        self.feeds(f"{self.site.url}/feed")
        self.once("--host-delay-ms", 100)
        times = self.site.times()
        self.assertEqual(len(times), 6)
        pauses = [later - earlier for earlier, later in zip(times, times[1:])]
        self.assertGreaterEqual(pauses[0], 0.09)
        self.assertGreaterEqual(min(pauses[1:]), 0.35, "robots.txt asks for 0.4 s")

    def test_killed_and_started_again_each_item_is_pushed(self):
        self.mill.start_ingest()
        count = 300
        self.site.paths = {"/feed": feed(*(item(f"/p/{i}", f"T{i}") for i in range(count)), ETag='"k"'),
                           **{f"/p/{i}": page(f"T{i}") for i in range(count)}}
        self.feeds(f"{self.site.url}/feed")
        for kill, enough in enumerate((20, 120)):
            watch = self.mill.start(f"watch-{kill}", *self.arguments("--items", count))
            wait_for(lambda: self.accepted() >= enough, 60, lambda: f"{enough} articles\n{watch.tail()}")
            watch.kill()
        watch = self.mill.start("watch-last", *self.arguments("--items", count, "--every-ms", 1000))
        def asked_again():  # with validators: all of the answer before is through
            return "If-None-Match" in self.site.headers("/feed")
        wait_for(asked_again, 60, lambda: f"the feed to be through\n{watch.tail()}")
        self.assertEqual(watch.terminate(), 0, watch.tail())
        books = self.mill.status()[1]
        self.assertEqual(books["accepted"] - books["duplicate"], count)
        self.assertLess(self.site.count("/p/0"), 4)

    def test_two_at_once_and_bad_lists(self):
        self.mill.start_ingest()
        self.site.paths = {"/feed": feed()}
        for line in ("not-a-url", "ftp://example.org/feed", f"{self.site.url}/feed every=0m",
                     f"{self.site.url}/feed colour=red", f"{self.site.url}/feed\n{self.site.url}/feed", ""):
            self.feeds(line)
            self.once(code=2)
        self.feeds(f"{self.site.url}/feed")
        watch = self.mill.start("watch", *self.arguments())
        wait_for(lambda: self.site.count("/feed"), 30, watch.tail)
        self.assertIn("another watch uses", self.once(code=3))
        self.assertEqual(watch.terminate(), 0, watch.tail())

    def test_nobody_answers(self):
        self.mill.endpoints = {"push": "tcp://127.0.0.1:9"}
        self.site.paths = {"/feed": feed(item("/a", "A")), "/a": page("A")}
        self.feeds(f"{self.site.url}/feed")
        self.assertIn("nothing answered", self.once("--give-up-ms", 500, code=3))
        self.mill.start_ingest()
        self.assertIn("1 articles acknowledged", self.once())


if __name__ == "__main__":
    unittest.main()
