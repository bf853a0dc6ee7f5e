"""How much memory is a running worker's own: what it shares with others (the program, its word tables, a mapped
gazetteer) is told apart."""
import json
import pathlib
import subprocess
import sys

from . import link
from .mill import Mill
from .process import ROOT
from .pushing import Pusher
from .waiting import wait_for

CORPUS = ROOT / "tests" / "bench" / "corpus"


def rollup(pid, *names):
    """the sum of these rows of /proc/PID/smaps_rollup, in bytes"""
    lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    found = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines if line.endswith(" kB")}
    return sum(found[name] for name in names)


def corpus(articles):
    done = subprocess.run([sys.executable, "-B", CORPUS, "--articles", str(articles)], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def of_analyzers(articles, analyzers, *arguments, deadline_s=600):
    """[(private, shared) bytes] of so many analyzers after they have analysed the articles together; storage is
    played by this process."""
    mill, store, stored = Mill(), None, 0
    try:
        mill.start_ingest()
        workers = [mill.start_analyze(*arguments) for _ in range(analyzers)]
        with Pusher(mill.endpoints["push"]) as pusher:
            pusher.push(corpus(articles))
        store = link.Worker(mill.endpoints["work"], "store", credit=500, pid=12)

        def all_stored():
            nonlocal stored
            batch = store.turn(5)
            if batch:
                store.done("stored", *batch)
            stored += len(batch)
            return stored >= articles
        wait_for(all_stored, deadline_s, lambda: f"{articles} stored, not {stored}\n{mill.tails()}")
        return [(rollup(worker.pid, "Private_Clean", "Private_Dirty"), rollup(worker.pid, "Shared_Clean", "Shared_Dirty"))
                for worker in workers]
    finally:
        if store:
            store.vanish()
        mill.close()
