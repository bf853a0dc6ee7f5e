"""An ingest, analyzers and storage workers started by hand around one data folder and database."""
import json
import os
import pathlib
import re
import shutil
import sys
import tempfile
import unittest

from . import postgres, sanitizers
from .process import Process, run
from .waiting import wait_for

FREE_PORT = "tcp://127.0.0.1:0"
# Shorter than the default, so that tests of silence do not take long.
SILENCE_MS = 3000 * sanitizers.PATIENCE


def read_endpoints(data):
    """What DIR/ingest.json says: {"push", "ingest", "work", …}; None while it is not there."""
    try:
        said = json.loads((pathlib.Path(data) / "ingest.json").read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return said if "push" in said and "work" in said else None


def status(data, *more):
    """(exit code, the JSON) of `newsmill status --data DIR --json`; the JSON is {} when there is none."""
    done = run("status", "--data", data, "--json", *more)
    try:
        return done.returncode, json.loads(done.stdout)
    except json.JSONDecodeError:
        return done.returncode, {}


def balances(books):
    return books["accepted"] == (books["stored"] + books["duplicate"] + books["dead"]
                                 + books["in_flight"])


class Mill:
    """One ingest node and its workers. Processes are named; close() stops all of them."""

    def __init__(self, database=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="nm-e2e-", dir="/tmp"))
        self.folder.chmod(0o755)
        self.data = self.folder / "data"
        self.database = database
        self.processes = {}
        self.started = 0
        self.level = None  # of analysis; what is tested without it is faster with "fast"
        self.endpoints = None

    def start(self, name, *arguments, **env):
        self.processes[name] = Process(self.folder, name, *arguments, **env)
        return self.processes[name]

    def start_ingest(self, *more, again=False, **env):
        """Starts ingest and waits until it listens. again=True: at the endpoints it had."""
        at = self.endpoints if again else dict.fromkeys(("push", "ingest", "work"), FREE_PORT)
        (self.data / "ingest.json").unlink(missing_ok=True)
        process = self.start("ingest", "ingest", "--data", self.data, "--push", at["push"],
                             "--ingest", at["ingest"], "--work", at["work"],
                             "--heartbeat-ms", 250, "--silence-ms", SILENCE_MS, *more, **env)
        def listening():
            if not process.running():
                raise AssertionError(f"ingest ended with {process.child.returncode}\n{process.tail()}")
            return read_endpoints(self.data)
        self.endpoints = wait_for(listening, 30, lambda: f"ingest.json\n{process.tail()}")
        return process

    def start_worker(self, command, *arguments, name=None, **env):
        self.started += 1
        return self.start(name or f"{command}-{self.started}", command, "--work", self.endpoints["work"],
                          *arguments, **env)

    def start_analyze(self, *more, **env):
        level = ("--level", self.level) if self.level else ()
        return self.start_worker("analyze", *level, *more, **env)

    def start_store(self, *more, **env):
        return self.start_worker("store", "--db", self.database, *more, **env)

    def migrate(self):
        done = run("migrate", "--db", self.database)
        assert done.returncode == 0, done.stderr

    def status(self):
        return status(self.data)

    def wait_workers(self, role, count, deadline_s=180):
        """Until `count` workers of a role are known to ingest."""
        def known():
            _, books = self.status()
            return sum(1 for w in books.get("workers", []) if w.get("role") == role) >= count
        wait_for(known, deadline_s, lambda: f"{count} × {role}: {self.status()}\n{self.tails()}")

    def wait_idle(self, accepted=None, deadline_s=180, **step):
        """Until nothing is in flight (and `accepted` articles were accepted); the books. `step_s` as of wait_for."""
        def idle():
            code, books = self.status()
            if code == 0 and books.get("in_flight") == 0 and books["accepted"] >= (accepted or 0):
                return books
            return None
        return wait_for(idle, deadline_s, lambda: f"idle: {self.status()}\n{self.tails()}", **step)

    def rows(self, sql, parameters=None):
        return postgres.rows(self.database, sql, parameters)

    def value(self, sql, parameters=None):
        return postgres.value(self.database, sql, parameters)

    def wait_rows(self, count, deadline_s=180):
        """Until newsmill.articles has `count` rows."""
        wait_for(lambda: self.value("SELECT count(*) FROM newsmill.articles") >= count, deadline_s,
                 lambda: f"{count} rows: {self.value('SELECT count(*) FROM newsmill.articles')} "
                         f"{self.status()}\n{self.tails()}")

    def tails(self):
        return "\n".join(process.tail() for process in self.processes.values())

    def close(self):
        for process in self.processes.values():
            if process.running():
                process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class MillCase(unittest.TestCase):
    """A test with self.cluster (one a program) and self.mill (one a test, its own database)."""

    level = None  # newsmill's own

    def setUp(self):
        self.cluster = postgres.shared_cluster()
        self.mill = Mill(self.cluster.new_database())
        self.mill.level = self.level
        self.addCleanup(self._end)

    def run(self, result=None):
        self.result = result
        self.failed_before = len(result.failures) + len(result.errors) if result else 0
        return super().run(result)

    def _end(self):
        if self.result and len(self.result.failures) + len(self.result.errors) > self.failed_before:
            print(self.mill.tails(), file=sys.stderr)
        self.mill.close()

    def start_all(self, analyzers=1, stores=1):
        """Ingest, a migrated database, and workers that ingest knows."""
        self.mill.migrate()
        self.mill.start_ingest()
        for _ in range(analyzers):
            self.mill.start_analyze()
        for _ in range(stores):
            self.mill.start_store()
        self.mill.wait_workers("analyze", analyzers)
        self.mill.wait_workers("store", stores)


def article_count(default):
    """How many articles the big tests push: NEWSMILL_E2E_ARTICLES, or `default`."""
    return int(os.environ.get("NEWSMILL_E2E_ARTICLES", default))


READY = re.compile(r"^ready database=(?P<database>\S+) ingest=(?P<ingest>\S+) push=(?P<push>\S+) "
                   r"http=(?P<http>\S+)$", re.M)
