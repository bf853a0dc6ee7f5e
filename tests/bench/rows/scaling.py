"""What more workers bring on this machine. Past its cores nothing is gained here; what a connected worker costs is in link.py."""
from .base import Row
from .whole import Whole

COUNTS = (1, 2, 4, 8)


def rate(bench, analyzers, stores, articles):
    whole = Whole(bench, "fast", analyzers, stores)
    try:
        whole.push(articles // 10, seed="warm")
        return articles / whole.push(articles)
    finally:
        whole.close()


def rows(bench):
    articles, first = bench.size(6000, 800), {}
    for count in (count for count in COUNTS if count <= max(2, bench.cores)):
        for name, workers in (("analyzers", (count, 1)), ("storage workers", (1, count))):
            if count == 1 and name == "storage workers":
                continue
            reached = rate(bench, *workers, articles)
            first.setdefault("one", reached)
            yield Row("scaling", f"{count} {name if count > 1 else 'of each'}", reached, "articles/s", first["one"], "one of each",
                      note=f"{bench.cores} cores, PostgreSQL on them too")
