"""The peak of memory of each process while articles go through, and whether it still grows at the end."""
from support import memory

from .base import Row, peak_memory
from .whole import Whole

WANTED = {"ingest": 64, "analyzer": 150, "storage": 128}
MB = 1_000_000


def rows(bench):
    articles = bench.size(bench.memory_articles, 3000)
    whole = Whole(bench, "fast")
    try:
        whole.push(articles // 10, seed="first")
        first = {name: peak_memory(process.pid) for name, process in whole.processes().items()}
        whole.push(articles - articles // 10, seed="rest")
        for name, process in whole.processes().items():
            peak = peak_memory(process.pid)
            own = memory.rollup(process.pid, "Private_Clean", "Private_Dirty") if name == "analyzer" else peak
            yield Row("memory", f"{name}, {'private' if name == 'analyzer' else 'peak'}", own / MB, "MB", wanted=f"<= {WANTED[name]}",
                      note=f"peak after {articles:,} articles {peak / first[name]:.2f} of that after {articles // 10:,}")
    finally:
        whole.close()
