"""Articles with 20 facts through the storage worker, beside PostgreSQL alone writing the same rows. By processor time, server
and client together: it is what the rate comes down to, and other work on the machine hardly changes it."""
import argparse

from .base import Row, server_cpu
from .made import load

BATCH = 200


def stored(bench, articles, flags, steps):
    """The database; processor seconds an article, of all and of the server; articles a second by the clock."""
    options = argparse.Namespace(seed=bench.seed, stores=1, months=1, articles=articles)
    uri = bench.migrated()
    before = server_cpu(bench.cluster), load.worker_cpu()
    rate, _ = load.load(uri, articles, options, *flags, steps=steps)
    server, workers = server_cpu(bench.cluster) - before[0], load.worker_cpu() - before[1]
    return uri, (server + workers) / articles, server / articles, rate


def bare(bench, uri, how):
    found = bench.figures("bench_rows", uri, BATCH, how)
    return (found["server"] + found["client"]) / found["articles"], found["articles"] / found["seconds"]


def rows(bench):
    articles = bench.size(20_000, 4_000)
    measured = {name: stored(bench, articles, flags, steps) for name, flags, steps in load.MODES if name != "rollups"}
    plain, cost, server, rate = measured["neither"]
    for how, name, wanted in (("unnest", "bare unnest of the same rows", ">= 0.85"), ("copy", "COPY BINARY of the same rows", ">= 0.7")):
        limit, by_clock = bare(bench, plain, how)
        yield Row("storage", "20 facts each, without rollups and stories", 1 / cost, "articles/s of CPU", 1 / limit, name, wanted,
                  f"server {server * 1e6:.0f} µs an article; by the clock {rate:,.0f} against {by_clock:,.0f} a second")
    for name, what, wanted in (("both", "with rollups and stories", ">= 0.7"), ("and search", "with rollups, stories and search", "")):
        _, with_all, server, rate = measured[name]
        yield Row("storage", f"20 facts each, {what}", 1 / with_all, "articles/s of CPU", 1 / cost, "the same without them", wanted,
                  f"server {server * 1e6:.0f} µs an article; by the clock {rate:,.0f} a second")
