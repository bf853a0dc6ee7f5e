"""Articles taken in and acknowledged, beside the disk alone: the same bytes in groups of the same size."""
import re
import urllib.request

from . import syslog
from .base import Row, cpu_seconds

ANSWER = 110  # bytes of an acknowledgement
RECORD = 160  # bytes that the journal adds to an article: record, envelope, what was stamped


def syncs(url):
    """How often the journal was synced."""
    text = urllib.request.urlopen(f"{url}/metrics", timeout=10).read().decode()
    return float(re.search(r"^newsmill_ingest_sync_articles_count (\S+)", text, re.M).group(1))


def rows(bench):
    mill, articles = bench.mill(), bench.size(150_000, 20_000)
    try:
        ingest = mill.start_ingest("--http", "127.0.0.1:0", "--segment-bytes", 1 << 28)
        url = re.search(r"url=(http://\S+)", ingest.err())[1]
        bench.push(mill.endpoints["push"], 2000, seed="warm")
        before, cpu = syncs(url), cpu_seconds(ingest.pid)
        pushed = bench.push(mill.endpoints["push"], articles, window=2048, seed="fast")
        group = max(1, round(articles / (syncs(url) - before)))
        cpu = cpu_seconds(ingest.pid) - cpu
        gentle = bench.push(mill.endpoints["push"], articles // 10, window=512, rate=articles / pushed["seconds"] / 2, seed="half")
    finally:
        mill.close()
    rate = articles / pushed["seconds"]
    for how in ((), ("preallocated",)):
        disk = bench.figures("bench_disk", bench.folder, articles, round(bench.article_bytes) + RECORD, group, *how)
        yield Row("ingest", "acknowledged, 5 KB", rate, "articles/s", articles / disk["seconds"],
                  f"write + fdatasync of {group} at a time{', preallocated' if how else ''}", "" if how else ">= 0.6",
                  f"ingest's own CPU {cpu / articles * 1e6:.0f} µs an article")
    alone = bench.figures("bench_link", "raw", articles, round(bench.article_bytes), ANSWER, 2048)
    yield Row("ingest", "acknowledged, 5 KB", rate, "articles/s", articles / alone["seconds"], "libzmq alone: ROUTER and DEALER, the same bytes")
    for sync, size in (("off", bench.size(60_000, 10_000)), ("on", bench.size(6000, 1500))):
        peer = syslog.rate(bench, size, sync)
        if peer:
            yield Row("ingest", "acknowledged, 5 KB", rate, "articles/s", peer, f"rsyslog, RELP into its disk queue, sync {sync}")
    for key, name in (("p50", "p50"), ("p99", "p99"), ("p999", "p99.9")):
        yield Row("ingest", f"acknowledgement at half that rate, {name}", gentle[key], "ms")
