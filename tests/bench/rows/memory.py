"""The peak of memory of each process while articles go through, and whether it still grows at the end."""
from support import memory

from .base import Row, peak_memory
from .whole import Whole

WANTED = {"ingest": 64, "analyzer": 150, "storage": 128}
MB = 1_000_000
LONG = 60_000  # articles of the usual length; what they need is known then
SHORT_BYTES = "600"  # of the others: a million of the usual ones take 40 GB and an hour
CHUNK = 50_000


def peaks(whole):
    return {name: peak_memory(process.pid) for name, process in whole.processes().items()}


def rows(bench):
    articles = bench.size(bench.memory_articles, 3000)
    usual = min(articles, LONG)
    whole = Whole(bench, "fast")
    try:
        whole.push(usual // 10, seed="first")
        first, name_of_first = peaks(whole), usual // 10
        whole.push(usual - usual // 10, seed="rest")
        if articles > usual:
            first, name_of_first = peaks(whole), usual
            short = bench.pack(bench.make_corpus("short", 4000, "--bytes", SHORT_BYTES))
            for done in range(usual, articles, CHUNK):
                whole.push(min(CHUNK, articles - done), seed=f"short{done}", packed=short)
        for name, process in whole.processes().items():
            peak = peak_memory(process.pid)
            own = memory.rollup(process.pid, "Private_Clean", "Private_Dirty") if name == "analyzer" else peak
            yield Row("memory", f"{name}, {'private' if name == 'analyzer' else 'peak'}", own / MB, "MB", wanted=f"<= {WANTED[name]}",
                      note=f"peak after {articles:,} articles {peak / first[name]:.2f} of that after {name_of_first:,}")
    finally:
        whole.close()
