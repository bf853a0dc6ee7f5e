"""What the link costs: articles through ingest and workers that answer at once, beside libzmq alone; and what one more
connected worker costs."""
from support.waiting import wait_for

from .base import Row, cpu_seconds
from .codec import messages

PROCESS = 10  # workers that one process plays
HEADERS = 250  # bytes of the frames beside an article


def passed(bench, backlog, workers, result):
    """Seconds that a backlog takes through both links; and ingest's processor time for one article, once all workers are
    there: what their coming costs is not a message's."""
    mill = bench.mill()
    try:
        ingest = mill.start_ingest("--window-messages", 16384)
        bench.push(mill.endpoints["push"], backlog, window=2048, seed=f"w{workers}")
        played = []
        for start in range(0, workers, PROCESS):
            count = min(PROCESS, workers - start)
            played.append(bench.background("bench_link", "workers", mill.endpoints["work"], (count + 1) // 2,
                                           count // 2 if workers > 1 else 1, result))
        begun = bench.clock()
        left = wait_for(lambda: left_when_all_are_there(mill, workers), 180, f"{workers} workers")
        before = cpu_seconds(ingest.pid)
        mill.wait_idle(backlog)
        seconds, cpu = bench.clock() - begun, cpu_seconds(ingest.pid) - before
        for child in played:
            child.terminate()
            child.wait()
        if left < backlog // 10:
            raise RuntimeError(f"{workers} workers had done all but {left} of {backlog} articles when the last of them came")
        return seconds, cpu / left
    finally:
        mill.close()


def left_when_all_are_there(mill, workers):
    _, books = mill.status()
    return books["in_flight"] if len(books.get("workers", [])) >= workers else None


def rows(bench):
    message = messages(bench)
    result, backlog = bench.folder / "result.msgpack", bench.size(100_000, 20_000)
    result.write_bytes(message["result"])
    out, back = len(message["article"]) + HEADERS, len(message["result"]) + HEADERS
    raw = sum(bench.figures("bench_link", "raw", backlog, size, answer, 64)["seconds"]
              for size, answer in ((out, back), (out + back, HEADERS)))
    costs = {}
    # Not a thousand: playing them takes these cores longer than the backlog lasts. What more of them cost is simulated.
    for workers in (1, 10, 100):
        seconds, costs[workers] = passed(bench, backlog, workers, result)
        if workers == 1:
            yield Row("link", "an article to analysis, to storage, and both answers", backlog / seconds, "articles/s", backlog / raw,
                      "ROUTER and DEALER alone, the same bytes", "", "with reading the journal and syncing what is done")
    for workers, cost in costs.items():
        yield Row("link", f"ingest's CPU an article, {workers:,} workers connected", cost * 1e6, "µs", costs[10] * 1e6,
                  "10 workers", "", "libzmq and the kernel included, the workers on the same cores")
    decided = {workers: bench.figures("bench_dispatch", workers, 300_000) for workers in (1, 10, 100, 1000)}
    for workers, found in decided.items():
        yield Row("link", f"who gets what, an article, {workers:,} workers, simulated", found["seconds"] / found["articles"] * 1e9, "ns",
                  decided[10]["seconds"] / found["articles"] * 1e9, "10 workers", "<= 1.5" if workers == 1000 else "")
