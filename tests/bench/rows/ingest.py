"""Articles taken in and acknowledged, beside the disk alone: the same bytes in groups of the same size."""
import dataclasses
import re
import urllib.request

from . import syslog
from .base import Row, cpu_seconds, middle

ANSWER = 110  # bytes of an acknowledgement
RECORD = 160  # bytes that the journal adds to an article: record, envelope, what was stamped
WINDOW = 1280


class Taken:
    """An ingest and a producer."""

    def __init__(self, bench):
        self.bench, self.mill = bench, bench.mill()
        self.ingest = self.mill.start_ingest("--http", "127.0.0.1:0", "--segment-bytes", 1 << 28)
        self.url = re.search(r"url=(http://\S+)", self.ingest.err())[1]
        self.push(2000, "warm")

    def syncs(self):
        """How often the journal was synced."""
        text = urllib.request.urlopen(f"{self.url}/metrics", timeout=10).read().decode()
        return float(re.search(r"^newsmill_ingest_sync_articles_count (\S+)", text, re.M).group(1))

    def push(self, articles, seed, window=WINDOW, rate=0, alone=False):
        return self.bench.push(self.mill.endpoints["push"], articles, window=window, rate=rate, seed=seed, alone=alone)


@dataclasses.dataclass
class Round:
    """Seconds for so many articles, and for the same bytes without us."""
    articles: int
    group: int
    cpu: float  # of ingest
    ours: float    # bundles of a dozen
    singly: float  # one article a message
    disk: float
    preallocated: float
    alone: float   # libzmq, one a message

    @property
    def ratio(self):
        return self.disk / self.ours


def measure(bench, taken, articles, seed):
    before, cpu = taken.syncs(), cpu_seconds(taken.ingest.pid)
    ours = taken.push(articles, seed)["seconds"]
    group = max(1, round(articles / (taken.syncs() - before)))
    cpu = cpu_seconds(taken.ingest.pid) - cpu
    singly = taken.push(articles, f"{seed}-singly", alone=True)["seconds"]
    size = round(bench.article_bytes)
    disk, preallocated = (bench.figures("bench_disk", bench.folder, articles, size + RECORD, group, *how)["seconds"] for how in ((), ("preallocated",)))
    alone = bench.figures("bench_link", "raw", articles, size, ANSWER, WINDOW)["seconds"]
    return Round(articles, group, cpu, ours, singly, disk, preallocated, alone)


def rounds(bench):
    """All of them, and delays at half of the middle one's rate."""
    taken = Taken(bench)
    try:
        found = [measure(bench, taken, bench.size(100_000, 15_000), f"fast{number}") for number in bench.rounds]
        one = middle(found, lambda one: one.ratio)
        rate = one.articles / one.ours
        return found, taken.push(int(rate * bench.size(0.5, 0.1)), "half", window=512, rate=rate / 2)
    finally:
        taken.mill.close()


def rows(bench):
    measured, gentle = rounds(bench)
    found = middle(measured, lambda one: one.ratio)
    rate = found.articles / found.ours
    yield Row("ingest", "acknowledged, 5 KB", rate, "articles/s", found.articles / found.disk, f"write + fdatasync of {found.group} at a time", ">= 0.6",
              f"ingest's own CPU {found.cpu / found.articles * 1e6:.0f} µs an article; ratios {', '.join(f'{one.ratio:.2f}' for one in measured)}")
    yield Row("ingest", "one article a message", found.articles / found.singly, "articles/s", found.articles / found.disk, "write + fdatasync, as above")
    yield Row("ingest", "acknowledged, 5 KB", rate, "articles/s", found.articles / found.preallocated, f"write + fdatasync of {found.group} at a time, preallocated")
    yield Row("ingest", "acknowledged, 5 KB", rate, "articles/s", found.articles / found.alone, "libzmq alone: ROUTER and DEALER, the same bytes")
    for sync, size in (("off", bench.size(60_000, 10_000)), ("on", bench.size(6000, 1500))):
        peer = syslog.rate(bench, size, sync)
        if peer:
            yield Row("ingest", "acknowledged, 5 KB", rate, "articles/s", peer, f"rsyslog, RELP into its disk queue, sync {sync}")
    for key, name in (("p50", "p50"), ("p99", "p99"), ("p999", "p99.9")):
        yield Row("ingest", f"acknowledgement at half that rate, {name}", gentle[key], "ms")
