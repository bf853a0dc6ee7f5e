#!/usr/bin/python3
"""One article followed across all workers: by its producer's identifier, its UUID and its key; stored, copied,
replayed, killing its analyzer; from trails, from logs in both formats, and from the database alone."""
import json
import shutil
import unittest

from support import articles
from support.mill import MillCase
from support.process import run
from support.pushing import Pusher
from support.waiting import wait_for


class Trace(MillCase):
    level = "fast"

    def start(self, *more, trails=True):
        """All three workers, with trails where up would have them or, without, logs that say all."""
        self.mill.migrate()
        folder = self.mill.data / "trail"
        folder.mkdir(parents=True, exist_ok=True)

        def arguments(name):
            return ("--trail", folder / f"{name}.log") if trails else ("--log-level", "debug")
        self.mill.start_ingest(*arguments("ingest-1"), "--attempts", 2)
        self.analyzer = self.mill.start_analyze(*arguments("analyze-1"), *more)
        self.mill.start_store(*arguments("store-1"))
        for role in ("analyze", "store"):
            self.mill.wait_workers(role, 1)

    def push(self, count, seed="trace"):
        with Pusher(self.mill.endpoints["push"]) as pusher:
            return pusher.push(articles.articles(count, seed=seed))

    def trace(self, name, *more, db=True):
        done = run("trace", name, "--json", "--data", self.mill.data, *(("--db", self.mill.database) if db else ()),
                   *more)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    @staticmethod
    def messages(way):
        return [event["message"] for event in way["events"]]

    def test_the_whole_way(self):
        self.start()
        replies = self.push(30)
        name, reply = next(iter(replies.items()))
        self.mill.wait_idle(30)
        self.push(30)
        self.mill.wait_idle(60)
        way = self.trace(name)
        self.assertEqual(way["articles"], [reply["article"]])
        # Clocks count milliseconds, and the row is stamped when its transaction begins.
        self.assertEqual([message for message in self.messages(way) if message != "row written"],
                         ["accepted", "delivered", "analysed", "delivered", "committed", "finished", "duplicate"])
        self.assertIn("row written", self.messages(way))
        self.assertEqual(way["outcome"], "stored")
        self.assertGreater(way["analysis_us"], 0)
        self.assertGreater(way["commit_us"], 0)
        self.assertGreaterEqual(way["took_ms"], (way["analysis_us"] + way["commit_us"]) // 1000 - 2)
        times = [event["time"] for event in way["events"]]
        self.assertEqual(times, sorted(times))
        self.assertEqual(self.trace(reply["article"])["events"], way["events"])
        by_key = self.trace(way["events"][0]["key"])
        self.assertEqual(by_key["events"], [event for event in way["events"] if event["message"] != "duplicate"])
        text = run("trace", name, "--data", self.mill.data, "--db", self.mill.database).stdout
        self.assertIn(f"article {reply['article']}\n", text)
        self.assertRegex(text, r"(?m)^\d{4}-\d\d-\d\d [\d:.]{12} .* store +committed, .*took [\d.]+ ms$")
        self.assertRegex(text, r"(?m)^stored after .*, analysis .*, transaction .*, waiting and travelling ")
        self.from_the_database_alone(name, reply["article"])
        self.assertEqual(run("trace", "nobody", "--data", self.mill.data).returncode, 1)

    def from_the_database_alone(self, name, article):
        """As long as rows are kept, when trails have been begun again twice."""
        shutil.rmtree(self.mill.data / "trail")
        way = self.trace(name)
        self.assertEqual(self.messages(way), ["received", "row written"])
        self.assertEqual((way["outcome"], way["articles"]), ("stored", [article]))

    def test_one_that_kills_its_analyzer(self):
        """Whose worker died is seen, and which worker took it next; a dead letter has its reason."""
        self.start("--rehearse")
        bad = dict(articles.article(1, seed="killer"), id="rehearse:crash")
        with Pusher(self.mill.endpoints["push"]) as pusher:
            pusher.push([bad])
        for _ in range(3):
            wait_for(lambda: not self.analyzer.running(), 60, "a crash")
            self.analyzer = self.mill.start_analyze("--rehearse")
        self.mill.wait_idle(1)
        self.analyzer.terminate(20)
        way = self.trace("rehearse:crash")
        self.assertEqual(way["outcome"], "dead")
        self.assertEqual(self.messages(way).count("its worker died"), 3)
        self.assertEqual(len({event["pid"] for event in way["events"] if event["message"] == "its worker died"}), 3)
        (letter,) = [event for event in way["events"] if event["message"] == "dead letter"]
        self.assertEqual((letter["code"], letter["stage"]), ("worker-crash", "analysis"))

    def test_one_that_is_in_flight(self):
        """Ingest says where it is: without trails, without a database, by its UUID and by its key."""
        self.mill.start_ingest()
        with Pusher(self.mill.endpoints["push"]) as pusher:
            (reply,) = pusher.push([dict(articles.article(1), id="rehearse:slow")]).values()
        work = ("--work", self.mill.endpoints["work"])
        (event,) = self.trace(reply["article"], *work, db=False)["events"]
        self.assertEqual((event["message"], event["stage"], event["state"]), ("in flight", "analyze", "ready"))
        analyzer = self.mill.start_analyze("--rehearse")

        def held():
            (found,) = self.trace(event["key"], db=False)["events"]
            return found if found["state"] == "leased" else None
        found = wait_for(held, 30, "a lease")
        self.assertEqual((found["pid"], found["attempt"]), (analyzer.pid, 1))
        self.assertIn(" in flight, stage ", run("trace", event["key"], "--data", self.mill.data).stdout)

    def test_from_logs(self):
        """Of machines that keep none of our trails: lines behind a collector's, and objects."""
        self.start("--log-format", "json", trails=False)
        replies = self.push(20)
        self.mill.wait_idle(20)
        name, reply = next(iter(replies.items()))
        logs = []
        for process in self.mill.processes.values():
            logs.append(self.mill.folder / f"{len(logs)}.log")
            lines = process.err().splitlines()
            if lines[0].startswith("{"):
                self.assertTrue(all(json.loads(line)["level"] for line in lines))
            else:
                lines = [f"Nov 27 10:00:00 node newsmill[7]: {line}" for line in lines]
            logs[-1].write_text("\n".join(lines) + "\n")
        way = self.trace(name, "--log", ",".join(map(str, logs)), db=False)
        self.assertEqual(self.messages(way), ["accepted", "delivered", "analysed", "delivered", "committed", "finished"])
        self.assertEqual((way["outcome"], way["articles"]), ("stored", [reply["article"]]))
        everything = "".join(path.read_text() for path in logs)
        done = run("trace", name, "--json", "--data", self.mill.data, "--log", "-", stdin=everything)
        self.assertEqual(json.loads(done.stdout)["events"], way["events"])
        done = run("trace", name, "--log", self.mill.folder / "none.log")
        self.assertEqual(done.returncode, 3)
        self.assertIn("none.log", done.stderr)

    def test_a_trail_that_cannot_be(self):
        done = run("analyze", "--trail", "/nowhere/at/all", "--work", "tcp://127.0.0.1:9")
        self.assertEqual(done.returncode, 3)
        self.assertIn("/nowhere/at/all", done.stderr)
        self.assertEqual(run("analyze", "--log-format", "xml", "--work", "tcp://127.0.0.1:9").returncode, 2)


if __name__ == "__main__":
    unittest.main()
