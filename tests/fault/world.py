"""Everything a fault can hit: two ingest nodes, workers, producers, a primary and its standby, and the
proxy that stands between them. Whatever dies is started again."""
import json
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import sys
import tempfile

from support import mill, postgres
from support.process import Process, die_with_parent, run
from support.waiting import wait_for

HERE = pathlib.Path(__file__).resolve().parent
HEARTBEAT_MS, SILENCE_MS = 200, 2000
SEGMENT_BYTES = 2 << 20  # small, so that segments come and go
DATABASE = "fault"
REPLICATION = {"wal_level": "replica", "max_wal_senders": "6", "hot_standby": "on", "max_connections": "60"}


class Node:
    """One ingest with its folder; it keeps its endpoints over restarts."""

    def __init__(self, world, name):
        self.world, self.name = world, name
        self.data = world.folder / name
        self.endpoints = dict.fromkeys(("push", "ingest", "work"), mill.FREE_PORT)
        self.process = None

    def start(self):
        (self.data / "ingest.json").unlink(missing_ok=True)
        more = ("--archive", self.data / "archive") if self.name == "node-b" else ()
        self.process = self.world.spawn(
            self.name, "ingest", "--data", self.data, "--node", self.name, "--push", self.endpoints["push"],
            "--ingest", self.endpoints["ingest"], "--work", self.endpoints["work"], "--segment-bytes",
            SEGMENT_BYTES, "--heartbeat-ms", HEARTBEAT_MS, "--silence-ms", SILENCE_MS, *more)

    def wait(self):
        def listening():
            if not self.process.running():
                raise AssertionError(f"{self.name} ended with {self.process.child.returncode}\n{self.process.tail()}")
            return mill.read_endpoints(self.data)
        self.endpoints = wait_for(listening, 60, lambda: f"{self.name}\n{self.process.tail()}")

    def status(self):
        return mill.status(self.data)


class Databases:
    """A primary with a synchronous standby. fail_over() makes the one the other."""

    def __init__(self, standby):
        self.primary = postgres.Cluster(settings=REPLICATION)
        postgres.rows_outside(self.primary.uri("postgres"), f"CREATE DATABASE {DATABASE}")
        self.standby = None
        if standby:
            self.standby = postgres.Cluster(start=False, settings=REPLICATION, standby_of=self.primary)
            self.follow()
        self.clusters = [c for c in (self.primary, self.standby) if c]

    @property
    def uri(self):
        return self.primary.uri(DATABASE)

    def _names(self, names):
        postgres.rows_outside(self.primary.uri("postgres"), f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
        postgres.rows(self.primary.uri("postgres"), "SELECT pg_reload_conf()")

    def follow(self):
        """Starts the fresh copy as standby; returns when commits wait for it."""
        self.standby.start()
        self._names("*")
        wait_for(lambda: postgres.value(self.primary.uri("postgres"), "SELECT sync_state FROM pg_stat_replication")
                 == "sync", 60, "a synchronous standby")

    def fail_over(self):
        """The primary crashes, the standby is promoted, the old one follows as a new copy."""
        self.primary.stop(signal.SIGQUIT)
        self.primary, self.standby = self.standby, self.primary
        self.primary.promote()
        self._names("")  # it came with the copy
        self.standby.copy(self.primary)
        self.follow()

    def restart(self, how):
        self.primary.stop(how)
        self.primary.start()

    def backends(self):
        """The pids of the connections that the stores have."""
        return [pid for pid, in postgres.rows(
            self.primary.uri("postgres"), "SELECT pid FROM pg_stat_activity WHERE datname = %s ORDER BY pid",
            (DATABASE,))]

    def close(self):
        for cluster in self.clusters:
            cluster.remove()


class World:
    def __init__(self, seed, analyzers=2, stores=2, standby=True, shims=None):
        self.seed = seed
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="nm-fault-", dir="/tmp"))
        self.folder.chmod(0o755)
        self.clock = self.folder / "clock"
        self.clock.write_bytes(struct.pack("<q", 0))
        self.environment = {"LD_PRELOAD": str(shims), "FAULT_CLOCK": str(self.clock)} if shims else {}
        self.databases = Databases(standby)
        self.nodes = [Node(self, name) for name in ("node-a", "node-b")]
        self.workers = {}    # name -> Process
        self.producers = {}  # name -> (Process, its arguments)
        self.acknowledged = []  # files
        self.next_number = 1
        self.proxy = self.proxied = None
        self.analyzers, self.stores = analyzers, stores

    # ---- starting ----

    def spawn(self, name, *arguments):
        return Process(self.folder, name, *arguments, **self.environment)

    def start(self):
        done = run("migrate", "--db", self.databases.uri)
        assert done.returncode == 0, done.stderr
        for node in self.nodes:
            node.start()
        for node in self.nodes:
            node.wait()
        self.start_proxy()
        for number in range(self.analyzers):
            self.start_worker(f"analyze-{number}")
        for number in range(self.stores):
            self.start_worker(f"store-{number}")

    def start_proxy(self):
        """In front of every push and work socket, and of each cluster's."""
        doors = [node.endpoints[door].rsplit(":", 1)[1] for node in self.nodes for door in ("push", "work")]
        pairs = [f"0={port}" for port in doors]
        for number, cluster in enumerate(self.databases.clusters):
            front = self.folder / f"pg-{number}"
            front.mkdir()
            pairs.append(f"{front}/.s.PGSQL.5432={cluster.folder}/.s.PGSQL.5432")
        self.proxy = subprocess.Popen([sys.executable, HERE / "proxy.py", *pairs], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, text=True, preexec_fn=die_with_parent())
        said = json.loads(self.proxy.stdout.readline())
        ports = [f"tcp://127.0.0.1:{port}" for port in said[:len(doors)]]
        fronts = ",".join(os.path.dirname(path) for path in said[len(doors):])
        self.proxied = {"push": ports[0::2], "work": ",".join(ports[1::2]),
                        "db": f"postgresql:///{DATABASE}?host={fronts}&user=postgres"
                              "&target_session_attrs=read-write&connect_timeout=2"}

    def start_worker(self, name):
        kind = name.split("-")[0]
        more = ("--db", self.proxied["db"]) if kind == "store" else ()
        self.workers[name] = self.spawn(name, kind, "--work", self.proxied["work"], *more)

    def start_producer(self, name, count):
        """A producer of `count` new articles, to one of the nodes."""
        first, self.next_number = self.next_number, self.next_number + count
        path = self.folder / f"{name}-{first}.acknowledged"
        self.acknowledged.append(path)
        endpoint = self.proxied["push"][first // max(count, 1) % len(self.nodes)]
        environment = {**os.environ, "PYTHONPATH": str(HERE.parent / "e2e")}
        with open(self.folder / f"{name}.err", "ab") as err:
            self.producers[name] = subprocess.Popen(
                [sys.executable, HERE / "producer.py", endpoint, str(self.seed), str(first), str(count), path],
                stdin=subprocess.DEVNULL, stderr=err, env=environment, preexec_fn=die_with_parent())

    # ---- what there is ----

    def processes(self):
        """{name: its Popen} of everything that may be killed, in a fixed order."""
        ours = {node.name: node.process.child for node in self.nodes}
        ours.update({name: process.child for name, process in self.workers.items()})
        return {**ours, **self.producers}

    def command_proxy(self, line):
        self.proxy.stdin.write(line + "\n")
        self.proxy.stdin.flush()

    def start_again(self, name):
        """Whatever it is, it is gone and comes back."""
        node = next((node for node in self.nodes if node.name == name), None)
        if node:
            node.start()
        elif name in self.workers:
            self.start_worker(name)

    def answered(self):
        """How many articles are acknowledged so far, at least: a line has up to 47 bytes, and one in 25
        is there twice."""
        return sum(path.stat().st_size for path in self.acknowledged if path.exists()) // 49

    def kill_everything(self):
        """At one moment, as a power cut takes them."""
        children = [child for child in self.processes().values() if child.poll() is None]
        for child in children:
            child.send_signal(signal.SIGKILL)
        for child in children:
            child.wait()

    def books(self):
        """(the two nodes' books added up, or None where one does not answer)"""
        total = {}
        for node in self.nodes:
            code, said = node.status()
            if code != 0 or not said.get("balanced"):
                return None
            for key in ("accepted", "stored", "duplicate", "dead", "in_flight", "refused"):
                total[key] = total.get(key, 0) + said[key]
        return total

    def tails(self):
        texts = [node.process.tail(12) for node in self.nodes]
        texts += [process.tail(12) for process in self.workers.values()]
        return "\n".join(texts)

    def close(self, keep=False):
        self.kill_everything()
        if self.proxy:
            self.proxy.kill()
            self.proxy.wait()
        self.databases.close()
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)

