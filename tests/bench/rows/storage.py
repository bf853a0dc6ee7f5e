"""Articles with 20 facts through the storage worker, beside PostgreSQL alone writing the same rows. By processor time, server
and client together: it is what the rate comes down to, and other work on the machine changes it less."""
import argparse

from .base import Row, middle, server_cpu
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


LIMITS = (("unnest", "bare unnest of the same rows", ">= 0.85"), ("copy", "COPY BINARY of the same rows", ">= 0.7"))
FOLLOWED = (("both", "with rollups and stories", ">= 0.7"), ("and search", "with rollups, stories and search", ""))


def measure(bench, articles):
    """{mode: (CPU an article, the server's, rate)}, {limit: (CPU an article, rate)}, one after the other."""
    modes, limits = {}, {}
    for name, flags, steps in load.MODES:
        if name == "rollups":
            continue
        uri, *modes[name] = stored(bench, articles, flags, steps)
        if name == "neither":
            limits = {how: bare(bench, uri, how) for how, _, _ in LIMITS}
        bench.drop(uri)
    return modes, limits


def rows(bench):
    found = [measure(bench, bench.size(12_000, 4_000)) for _ in bench.rounds]
    for how, name, wanted in LIMITS:
        modes, limits = middle(found, lambda one: one[1][how][0] / one[0]["neither"][0])
        cost, server, rate = modes["neither"]
        limit, by_clock = limits[how]
        yield Row("storage", "20 facts each, without rollups and stories", 1 / cost, "articles/s of CPU", 1 / limit, name, wanted,
                  f"server {server * 1e6:.0f} µs an article; by the clock {rate:,.0f} against {by_clock:,.0f} a second")
    for name, what, wanted in FOLLOWED:
        modes, _ = middle(found, lambda one: one[0]["neither"][0] / one[0][name][0])
        cost, server, rate = modes[name]
        yield Row("storage", f"20 facts each, {what}", 1 / cost, "articles/s of CPU", 1 / modes["neither"][0], "the same without them", wanted,
                  f"server {server * 1e6:.0f} µs an article; by the clock {rate:,.0f} a second")
