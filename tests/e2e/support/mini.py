"""Ingest with workers written from the protocol's page, in the test's own process: no database, what
storage would keep is kept here."""
from . import articles, link
from .mill import Mill, MillCase, balances
from .pushing import Pusher, pack, unpack
from .waiting import wait_for

DEADLINE_S = 60


class Mini:
    """An analyzer and a storage worker in this process; .stored counts by key."""

    def __init__(self, work):
        self.work = work
        self.stored, self.dead = {}, {}
        self.analyzer = link.Worker(work, "analyze", pid=11)
        self.store = link.Worker(work, "store", credit=500, pid=12)

    def analyze(self):
        for lease in self.analyzer.turn(5):
            self.analyzer.done("analyzed", lease, result=pack({"of": lease.article["id"]}))

    def keep(self):
        batch = self.store.turn(5)
        for lease in batch:
            key = lease.envelope["key"]
            if "dead_code" in lease.header and lease.header["dead_code"]:
                self.dead[key] = lease
                self.store.done("dead", lease)
                continue
            assert unpack(lease.result)["of"] == lease.article["id"]
            self.stored.setdefault(key, []).append(lease.article["id"])
        rest = [x for x in batch if x.envelope["key"] in self.stored]
        if rest:
            self.store.done("stored", *rest)

    def turn(self):
        self.analyze()
        self.keep()

    def close(self):
        self.analyzer.vanish()
        self.store.vanish()

    def run_until(self, condition, what):
        def look():
            self.turn()
            return condition()
        return wait_for(look, DEADLINE_S, what)


class IngestCase(MillCase):
    def setUp(self):
        self.mill = Mill()
        self.addCleanup(self._end)

    def start(self, *more, again=False):
        process = self.mill.start_ingest(*more, again=again)
        self.work, self.push = self.mill.endpoints["work"], self.mill.endpoints["push"]
        return process

    def mini(self):
        mini = Mini(self.work)
        self.addCleanup(mini.close)
        return mini

    def worker(self, *arguments, **more):
        worker = link.Worker(self.work, *arguments, **more)
        self.addCleanup(worker.vanish)
        return worker

    def books(self):
        books = link.ask_status(self.work)["books"]
        self.assertTrue(balances(books), books)
        return books

    def push_all(self, count, **kind):
        with Pusher(self.push, resend_s=5) as pusher:
            replies = pusher.push(articles.article(i, **kind) for i in range(count))
        self.assertTrue(all(reply["ok"] for reply in replies.values()))
        return replies
