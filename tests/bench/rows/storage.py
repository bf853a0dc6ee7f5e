"""Articles with 20 facts through the storage worker, beside PostgreSQL alone writing the same rows. By processor time, server
and client together: it is what the rate comes down to, and other work on the machine hardly changes it."""
import argparse

from .base import Row, server_cpu
from .made import load

BATCH = 200


def stored(bench, uri, articles, *flags):
    """Processor seconds an article of the server and of the storage workers, and articles a second by the clock."""
    options = argparse.Namespace(seed=bench.seed, stores=1, months=1)
    before = server_cpu(bench.cluster), load.worker_cpu()
    rate, _ = load.load(uri, articles, options, *flags, say=False)
    server, workers = server_cpu(bench.cluster) - before[0], load.worker_cpu() - before[1]
    return (server + workers) / articles, server / articles, rate


def bare(bench, uri, how):
    found = bench.figures("bench_rows", uri, BATCH, how)
    return (found["server"] + found["client"]) / found["articles"], found["articles"] / found["seconds"]


def rows(bench):
    articles = bench.size(20_000, 4_000)
    plain, full = bench.cluster.new_database(), bench.cluster.new_database()
    cost, server, rate = stored(bench, plain, articles, *load.OFF)
    limits = {how: bare(bench, plain, how) for how in ("unnest", "copy")}
    for how, name, wanted in (("unnest", "bare unnest of the same rows", ">= 0.85"), ("copy", "COPY BINARY of the same rows", ">= 0.7")):
        limit, by_clock = limits[how]
        yield Row("storage", "20 facts each, without rollups and stories", 1 / cost, "articles/s of CPU", 1 / limit, name, wanted,
                  f"server {server * 1e6:.0f} µs an article; by the clock {rate:,.0f} against {by_clock:,.0f} a second")
    cost_all, server, rate = stored(bench, full, articles)
    yield Row("storage", "20 facts each, with rollups, stories and search", 1 / cost_all, "articles/s of CPU", 1 / cost,
              "the same without them", ">= 0.7", f"server {server * 1e6:.0f} µs an article; by the clock {rate:,.0f} a second")
