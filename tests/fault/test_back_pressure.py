#!/usr/bin/python3
"""Storage is stopped under full push: producers hear "overloaded" and when to come again, the memory
of every process stays flat, and on restart everything that was acknowledged arrives.

FAULT_STOPPED_S=120 makes the outage as long as the full proof.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import oracle
import small
from support import mill, postgres, sanitizers
from support.mill import Mill
from support.process import die_with_parent
from support.pushing import Requester
from support.waiting import wait_for

STOPPED_S = float(os.environ.get("FAULT_STOPPED_S", 12))
SEED = 41
BACKLOG_BYTES, SEGMENT_BYTES = 16 << 20, 2 << 20
GROWTH_BYTES = 6 << 20  # what a flat line may rise: malloc's own slack
HERE = pathlib.Path(__file__).resolve().parent
MEMORY = re.compile(r"^Vm(HWM|RSS):\s+(\d+) kB$", re.M)


def memory(pid):
    """{"RSS": bytes, "HWM": bytes}"""
    said = pathlib.Path(f"/proc/{pid}/status").read_text()
    return {name: int(kib) * 1024 for name, kib in MEMORY.findall(said)}


class BackPressure(unittest.TestCase):
    def setUp(self):
        self.cluster = postgres.Cluster()
        self.addCleanup(self.cluster.remove)
        self.mill = Mill(self.cluster.new_database())
        self.addCleanup(self.mill.close)
        self.mill.migrate()
        self.mill.start_ingest("--backlog-bytes", BACKLOG_BYTES, "--segment-bytes", SEGMENT_BYTES)
        self.mill.start_analyze()
        self.mill.start_analyze()
        self.mill.start_store()
        self.mill.wait_workers("store", 1)
        self.acknowledged = []

    def start_producer(self, number):
        path = self.mill.folder / f"{number}.acknowledged"
        self.acknowledged.append(path)
        environment = {**os.environ, "PYTHONPATH": str(HERE.parent / "e2e")}
        child = subprocess.Popen(
            [sys.executable, HERE / "producer.py", self.mill.endpoints["push"], str(SEED), str(number * 10_000_000),
             "9000000", path], env=environment, stdin=subprocess.DEVNULL, preexec_fn=die_with_parent())
        self.addCleanup(child.kill)
        return child

    def probe(self):
        """The answer to one more article."""
        with Requester(self.mill.endpoints["push"]) as requester:
            return requester.push({"id": "probe", "body": f"Is there room at {time.monotonic()}?"})

    def watch(self):
        """The samples of each process while nothing can be stored."""
        samples = {name: [] for name in self.mill.processes}
        end = time.monotonic() + STOPPED_S

        def look():
            for name, process in self.mill.processes.items():
                samples[name].append(memory(process.pid))
            return time.monotonic() > end
        wait_for(look, STOPPED_S + 60, "the end of the outage")
        return samples

    def check_flat(self, samples):
        for name, series in samples.items():
            half = len(series) // 2
            first, second = (max(s["RSS"] for s in part) for part in (series[:half], series[half:]))
            print(f"  {name}: {first / 2**20:.1f} MiB in the first half, {second / 2**20:.1f} in the second, "
                  f"peak {series[-1]['HWM'] / 2**20:.1f}", flush=True)
            if not sanitizers.ACTIVE:  # its own bookkeeping grows
                self.assertLess(second, first + GROWTH_BYTES, f"{name} grows")

    def test_storage_stopped_under_full_push(self):
        producers = [self.start_producer(number) for number in range(2)]
        wait_for(lambda: self.mill.status()[1].get("stored", 0) > 1000, 60, "articles to be stored")
        self.cluster.stop()
        said = wait_for(lambda: next((r for r in [self.probe()] if not r["ok"]), None), 120, "an overloaded ingest")
        self.assertEqual((said["error"], said["retry"]), ("overloaded", True), said)
        self.assertGreater(said["retry_after_ms"], 0)
        push = self.our_push()
        before = self.mill.status()[1]
        self.check_flat(self.watch())
        after = self.mill.status()[1]
        self.assertEqual(after["stored"], before["stored"])
        self.assertEqual(after["dead"], 0)
        self.assertIsNone(push.child.poll(), "push waits")
        for producer in producers:
            producer.kill()
            producer.wait()
        self.cluster.start()
        self.assertEqual(push.wait(120), 0, push.tail())
        self.check_all(after)

    def our_push(self):
        """`newsmill push` and the C client in it, told to come again."""
        lines = self.mill.folder / "articles.jsonl"
        with open(lines, "w", encoding="utf-8") as out:
            for number in range(1, 301):
                out.write(json.dumps(small.article("ours", number)) + "\n")
        return self.mill.start("push", "push", "--to", self.mill.endpoints["push"], lines)

    def check_all(self, after):
        """Everything acknowledged is there."""
        books = self.mill.wait_idle(after["accepted"], deadline_s=300)
        self.assertTrue(mill.balances(books), books)
        self.assertEqual(books["dead"], 0)
        ours = self.mill.value("SELECT count(*) FROM newsmill_data.articles WHERE id LIKE 'fours-%'")
        self.assertEqual(ours, 300)
        judge = oracle.Judge(self.mill.database, SEED, self.acknowledged, alone=False)
        verdict = judge.judge()
        print(f"  {len(judge.taken)} acknowledged, {sum(judge.rows.values())} stored; {verdict}", flush=True)
        self.assertTrue(verdict.good, verdict)
        self.assertEqual(judge.refused, {})


if __name__ == "__main__":
    unittest.main()
