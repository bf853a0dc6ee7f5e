"""End to end on this machine, PostgreSQL on the same cores: articles a second from push to row, beside a plain Python worker, and
how long an article takes from push to its row at shares of that rate."""
import os
import signal
import subprocess
import time

from support import postgres
from support.process import die_with_parent
from support.waiting import wait_for

from .base import HERE, Row, middle, server_cpu
from .made import load

LOOK_S = 1  # how often we look whether all are stored: a look starts a program, on the same cores
LAST = "SELECT extract(epoch FROM max(pg_xact_commit_timestamp(xmin))) FROM {}"  # when all of them were: the last commit
GDELT = 12  # articles a second: about a million a day (DESIGN.md)
SHARES = ((0.1, "idle: at 10 % of it"), (0.5, "at half of it"), (0.9, "at 90 % of it"))
WANTED = {("fast", 0.1): "<= 50 ms", ("fast", 0.5): "<= 250 ms"}


class Whole:
    """Ingest, analyzers and a storage worker on a database of their own."""

    def __init__(self, bench, level, analyzers=None, stores=1):
        self.bench, self.database = bench, bench.migrated()
        self.mill = bench.mill(self.database)
        self.mill.level = level
        self.ingest = self.mill.start_ingest()
        self.analyzers = [self.mill.start_analyze() for _ in range(analyzers or max(1, bench.cores - 1))]
        self.stores = [self.mill.start_store() for _ in range(stores)]
        self.mill.wait_workers("analyze", len(self.analyzers))
        self.mill.wait_workers("store", stores)
        self.pushed = 0

    def push(self, articles, rate=0, seed="a", packed=None):
        """Seconds until all are stored."""
        begun = time.time()
        self.bench.push(self.mill.endpoints["push"], articles, window=512, rate=rate, seed=seed, packed=packed)
        self.pushed += articles
        self.mill.wait_idle(self.pushed, deadline_s=900, step_s=LOOK_S)
        return float(postgres.value(self.database, LAST.format("newsmill_data.articles"))) - begun

    def catch_up(self):
        """Until stories, search and rollups are where the articles are, and the disk has what was written: what a flood has left
        behind is not the next one's."""
        wait_for(lambda: not postgres.rows(self.database, load.LEFT, (["alerts", "stories", "search"],))[0][0], 900,
                 "what follows the commits", LOOK_S)
        os.sync()

    def delays(self, seed):
        """Milliseconds from push to commit, rising; `published` is when an article was pushed."""
        return [row[0] for row in postgres.rows(self.database, """SELECT extract(epoch FROM pg_xact_commit_timestamp(a.xmin) - a.published) * 1000
            FROM newsmill_data.articles a WHERE url LIKE %s ORDER BY 1""", (f"%/{seed}/%",))]

    def processes(self):
        return {"ingest": self.ingest, "analyzer": self.analyzers[0], "storage": self.stores[0]}

    def close(self):
        self.mill.close()
        self.bench.drop(self.database)


def peer(bench, articles):
    """Articles a second of a plain Python worker."""
    database, endpoint = bench.cluster.new_database(), f"ipc://{bench.folder}/peer"
    start = {"stdout": subprocess.PIPE, "text": True, "preexec_fn": die_with_parent()}
    with subprocess.Popen(["/usr/bin/python3", HERE / "peer.py", "worker", endpoint, database], **start) as worker:
        try:
            if worker.stdout.readline() != "ready\n":
                raise RuntimeError("the Python worker did not start")
            begun = time.time()
            subprocess.run(["/usr/bin/python3", HERE / "peer.py", "push", endpoint, str(articles), bench.packed], check=True)
            wait_for(lambda: postgres.value(database, "SELECT count(*) FROM peer.articles") == articles, 900, "the Python worker", LOOK_S)
            return articles / (float(postgres.value(database, LAST.format("peer.articles"))) - begun)
        finally:
            worker.send_signal(signal.SIGTERM)
            worker.wait()
            bench.drop(database)


def delay(whole, rate, seconds, seed):
    """Milliseconds from push to row that half and all but a hundredth of the articles take at most, at that rate."""
    count = max(100, int(rate * seconds))
    whole.catch_up()
    whole.push(count, rate, seed)
    delays = whole.delays(seed)
    return float(delays[len(delays) // 2]), float(delays[int(len(delays) * 0.99)])


def at_level(bench, level, articles, limit, limit_name, wanted, analyzers=None):
    """`limit()` is measured in turn with ours, `articles` in each round, on a database of its own: the texts come again and again,
    and what is once more of the same story costs more."""
    whole, found = None, []
    try:
        for _ in bench.rounds:
            if whole:
                whole.close()
            beside, whole = limit(), Whole(bench, level, analyzers)
            whole.push(articles // 10, seed="warm")
            cpu = server_cpu(bench.cluster)
            rate = articles / whole.push(articles)
            found.append((rate, beside, (server_cpu(bench.cluster) - cpu) / articles))
        rate, beside, cpu = middle(found, lambda one: one[0] / one[1])
        yield Row("whole", f"push to row, --level {level}", rate, "articles/s", beside, limit_name, wanted,
                  f"PostgreSQL's CPU {cpu * 1e6:.0f} µs an article; ratios {', '.join(f'{ours / its:.3g}' for ours, its, _ in found)}")
        for share, name in SHARES:
            p50, p99 = middle([delay(whole, rate * share, bench.size(5, 1.5), f"{level}{share}-{number}") for number in bench.rounds], lambda one: one[1])
            yield Row("whole", f"push to row, --level {level}, {name}, p99", p99, "ms", wanted=WANTED.get((level, share), ""), note=f"p50 {p50:.0f} ms")
    finally:
        if whole:
            whole.close()


def rows(bench):
    yield from at_level(bench, "fast", bench.size(7000, 1500), lambda: peer(bench, bench.size(2000, 500)),
                        "a plain Python worker: language, tone, country names", ">= 2.5")
    # With syntax an article takes the analyzer three times as long as all the others: one for each core.
    yield from at_level(bench, "full", bench.size(1500, 600), lambda: GDELT, "GDELT's world", f">= {250 / GDELT:.1f}", bench.cores)
