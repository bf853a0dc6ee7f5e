"""Several machines: ingest on one, two workers (each an analyzer and a store) on two, PostgreSQL on the fourth, producers
on a fifth, with keys, and links between them that are cut, blocked, slowed down and healed under load."""
import json
import os
import pathlib
import random
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

import oracle
from network import PREFIX, Network
from support import postgres
from support.mill import Mill, balances
from support.process import Process, binary, die_with_parent, environment, run
from support.waiting import wait_for

PRODUCERS = 2
HEARTBEAT_MS, SILENCE_MS = 250, 2000
CUT_S = (0.3, 4.0)  # shorter and longer than silence is borne
BACKLOG_BYTES = 8 << 20
PORTS = {"push": 5552, "ingest": 5551, "work": 5553}


class RemoteCluster(postgres.Cluster):
    """A PostgreSQL on a host of its own; the judge asks it by its unix socket."""

    def __init__(self, host):
        self.host = host
        super().__init__(start=False, settings={"listen_addresses": host.address})
        with (self.data / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all all {PREFIX}0/24 trust\n")
        self.start()

    def start(self):
        settings = [part for name, value in self.settings.items() for part in ("-c", f"{name}={value.strip(chr(39))}")]
        with open(self.log, "ab") as log:
            self.server = subprocess.Popen(
                ["nsenter", f"--net={self.host.path}", "setpriv", "--reuid", self.user, "--regid", self.user, "--clear-groups",
                 "--pdeathsig", "SIGQUIT", self.programs / "postgres", "-D", str(self.data), "-k", str(self.folder), *settings],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder)
        wait_for(self._answers, 60, lambda: f"PostgreSQL to answer\n{self.log.read_text()[-2000:]}")

    def remote_uri(self):
        return f"postgresql://postgres@{self.host.address}/{self.database}?connect_timeout=2"


class Machines:
    def __init__(self, seed, level="fast"):
        self.seed, self.level = seed, level
        self.network = Network("ingest", "one", "two", "tables", "room")
        self.mill = Mill()
        self.cluster = RemoteCluster(self.network["tables"])
        self.mill.database = self.cluster.new_database()
        self.cluster.database = f"t{self.cluster.databases}"
        self.keys = self.mill.folder / "keys"
        self.producers, self.acknowledged = [], []
        self.cuts = {}

    def spawn(self, host, name, *arguments):
        self.mill.processes[name] = Process(self.mill.folder, name, *arguments, before_exec=self.network[host].enter)
        return self.mill.processes[name]

    def endpoint(self, door):
        return f"tcp://{self.network['ingest'].address}:{PORTS[door]}"

    def key(self, name):
        return "--key", self.keys / f"{name}.key"

    def server_key(self):
        return "--server-key", self.keys / "ingest.pub"

    def make_keys(self):
        done = run("keys", "make", "ingest", "worker", "crawler", "--keys", self.keys)
        assert done.returncode == 0, done.stderr
        for folder, name in (("workers", "worker"), ("producers", "crawler")):
            (self.mill.folder / folder).mkdir()
            (self.mill.folder / folder / f"{name}.pub").write_bytes((self.keys / f"{name}.pub").read_bytes())

    def start(self):
        self.make_keys()
        self.mill.migrate()
        self.spawn("ingest", "ingest", "ingest", "--data", self.mill.data, *self.key("ingest"),
                   "--allow-producers", self.mill.folder / "producers", "--allow-workers", self.mill.folder / "workers",
                   *(word for door in PORTS for word in (f"--{door}", self.endpoint(door))), "--backlog-bytes", BACKLOG_BYTES,
                   "--segment-bytes", 1 << 20, "--heartbeat-ms", HEARTBEAT_MS, "--silence-ms", SILENCE_MS)
        for host in ("one", "two"):
            link = ("--work", self.endpoint("work"), *self.key("worker"), *self.server_key())
            self.spawn(host, f"analyze-{host}", "analyze", "--level", self.level, *link)
            self.spawn(host, f"store-{host}", "store", "--db", self.cluster.remote_uri(), *link)
        self.wait_workers(4)

    def wait_workers(self, count):
        """Until so many analyzers and stores are here for ingest, and neither dead nor silent."""
        def here():
            return [worker for worker in self.status().get("workers", ())
                    if worker["role"] != "ingest" and worker["state"] == "running"]
        wait_for(lambda: len(here()) == count, 60, lambda: f"{count} workers: {here()}\n{self.mill.tails()}")

    def status(self):
        """The books and workers, asked on the host of ingest; {} when it does not answer."""
        done = subprocess.run([binary(), "status", "--json", "--work", self.endpoint("work"), *self.key("worker"), *self.server_key()],
                              capture_output=True, text=True, check=False, timeout=120, env=environment(),
                              preexec_fn=die_with_parent(then=self.network["ingest"].enter))
        try:
            return json.loads(done.stdout)
        except json.JSONDecodeError:
            return {}

    def start_producers(self, count=9_000_000):
        for number in range(PRODUCERS):
            path = self.mill.folder / f"{number}.acknowledged"
            self.acknowledged.append(path)
            command = [sys.executable, HERE / "producer.py", self.endpoint("push"), str(self.seed), str(1 + number * 10_000_000),
                       str(count), path, self.keys / "crawler.key", self.keys / "ingest.pub"]
            self.producers.append(subprocess.Popen(
                list(map(str, command)), stdin=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(HERE.parent / "e2e")},
                preexec_fn=die_with_parent(then=self.network["room"].enter)))

    def stop_producers(self):
        """At one moment: what they have written down is acknowledged. What their host's kernel still holds to send may
        arrive, and is accepted, behind that."""
        for child in self.producers:
            child.kill()
            child.wait()
        self.producers = []

    def wait_arrived(self):
        room = self.network["room"]
        wait_for(lambda: not room.do("ss", "-Htn", "state", "connected", "exclude", "time-wait").stdout.strip(), 60,
                 lambda: room.do("ss", "-tan").stdout)

    def answered(self):
        return sum(path.stat().st_size for path in self.acknowledged if path.exists()) // 49

    def stored(self):
        return self.mill.value("SELECT count(*) FROM newsmill_data.articles")

    # ---- faults ----

    def faults(self):
        """{name: what cuts and returns what heals}"""
        network = self.network
        hosts = {f"{what} {name}": getattr(network[name], what)
                 for name in ("one", "two", "tables", "ingest", "room") for what in ("pull", "silence", "slow")}
        pairs = {f"part {a} {b}": lambda a=a, b=b: network[a].part(network[b])
                 for a, b in (("one", "ingest"), ("two", "tables"), ("one", "tables"), ("room", "ingest"))}
        ways = {f"one-way {a} {b}": lambda a=a, b=b: network[a].one_way(network[b])
                for a, b in (("one", "ingest"), ("ingest", "one"), ("two", "tables"), ("tables", "two"), ("ingest", "room"))}
        return {**hosts, **pairs, **ways}

    def order(self, chance):
        """All faults in some order, one of each kind in front."""
        names = chance.sample(sorted(self.faults()), len(self.faults()))
        first = list({name.split()[0]: name for name in names}.values())
        return [name for name in names if name not in first] + first  # taken from the end

    def one_fault(self, order, healing, chance):
        """The next one that touches no host that something is wrong with; its entry of `healing`, or None."""
        hurt = {host for entry in healing for host in entry[2].split(",")[0].split()[1:]}
        name = next((name for name in reversed(order) if hurt.isdisjoint(name.split()[1:])), None)
        if not name:
            return None
        order.remove(name)
        last = chance.uniform(*CUT_S)
        self.cuts[name.split()[0]] = self.cuts.get(name.split()[0], 0) + 1
        return time.monotonic() + last, self.faults()[name](), f"{name}, for {last:.1f} s"

    def storm(self, seconds, say=lambda line: None):
        """Faults one behind the other and two at a time, until the time is over; then all is healed."""
        chance = random.Random(self.seed)
        healing, order = [], []
        began = time.monotonic()
        due = began
        while time.monotonic() - began < seconds or healing:
            now = time.monotonic()
            for entry in [entry for entry in healing if entry[0] <= now]:
                healing.remove(entry)
                entry[1]()
            if now >= due and now - began < seconds and len(healing) < 2:
                order = order or self.order(chance)
                fault = self.one_fault(order, healing, chance)
                if fault:
                    healing.append(fault)
                    say(f"{now - began:6.1f} s  {fault[2]}")
                due = now + chance.uniform(0.1, 1.2)
            for name, process in self.mill.processes.items():
                assert process.running(), f"{name} ended by itself\n{process.tail()}"
            wait_for(lambda until=now + 0.05: time.monotonic() >= until, 5, "a moment")

    # ---- the judgement ----

    def judge(self, deadline_s=180):
        """Works off what there is; (the judge, its verdict, the books)."""
        books = {}
        self.wait_arrived()

        def idle():
            books.update(self.status())
            return books.get("in_flight") == 0 and books.get("balanced")
        wait_for(idle, deadline_s, lambda: f"idle: {self.status()}\n{self.mill.tails()}")
        judge = oracle.Judge(self.mill.database, self.seed, self.acknowledged)
        verdict = judge.judge()
        judge.balance(books)
        assert balances(books), books
        return judge, verdict, books

    def close(self):
        self.stop_producers()
        self.mill.close()
        self.cluster.remove()
        self.network.close()
