"""What the rows share: a Row, and the Bench they run in (programs, corpus, folders, processes)."""
import dataclasses
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import msgpack

HERE = pathlib.Path(__file__).resolve().parents[1]
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

from support import mill, postgres  # noqa: E402
from support.process import die_with_parent, run  # noqa: E402

CORPUS = 400  # articles of 5 KB that are looked at by themselves
# Those that are pushed, again and again under other URLs, as many publishers print the same. With a few hundred of them every
# article would be a copy of fifty others, which no day's news is.
PUSHED = 4000
PUSHED_QUICK = 1000
# What `newsmill up` gives its own cluster (worker/storage/cluster.c), the times of commits, and room for LOG_FILES.
SETTINGS = {"shared_buffers": "256MB", "max_wal_size": "4GB", "checkpoint_timeout": "15min", "checkpoint_completion_target": "0.9",
            "random_page_cost": "1.1", "jit": "off", "default_toast_compression": "lz4", "wal_compression": "lz4",
            "track_commit_timestamp": "on", "min_wal_size": "2GB"}
# A server that has seen a few checkpoints uses the files of its log again. A new one makes each when it needs it: 16 MB, synced while
# everybody waits, 20 to 100 ms four times in a thousand articles. So they are made before anything is measured.
LOG_FILES = "SELECT pg_logical_emit_message(false, 'bench', 'one more'), pg_switch_wal() FROM generate_series(1, 128)"
# A machine that others use changes its speed by half within minutes: ours and its limit take turns, and the middle one of so many
# ratios is shown.
ROUNDS = 3


@dataclasses.dataclass
class Row:
    """`ours` against `limit`, measured in the same run; the ratio is what travels to other machines."""
    subject: str
    name: str
    ours: float
    unit: str
    limit: float = None
    limit_name: str = ""
    wanted: str = ""  # ">= 0.6": of the ratio; "<= 50 ms": of ours
    note: str = ""

    @property
    def ratio(self):
        return self.ours / self.limit if self.limit else None

    @property
    def good(self):
        """True, False, or None where nothing is wanted."""
        if not self.wanted:
            return None
        sign, bound = self.wanted.split()[:2]
        value = self.ratio if self.limit else self.ours
        return value >= float(bound) if sign == ">=" else value <= float(bound)

    def as_json(self):
        return {**dataclasses.asdict(self), "ratio": self.ratio, "good": self.good}


class Bench:
    """One run: `quick` or whole; everything it starts and writes ends with close()."""

    def __init__(self, quick=False, seed=1, memory_articles=60_000):
        self.quick, self.seed, self.memory_articles = quick, seed, memory_articles
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="nm-bench-", dir="/tmp"))
        self.folder.chmod(0o755)
        self.build = pathlib.Path(os.environ.get("NEWSMILL_BUILD", ROOT / "build"))
        os.environ["NEWSMILL_BINARY"] = str(self.build / "newsmill")
        self.cores = len(os.sched_getaffinity(0))
        self._cluster = None
        self.corpus = self.make_corpus("articles", CORPUS)
        self.packed = self.pack(self.make_corpus("pushed", self.size(PUSHED, PUSHED_QUICK)))
        self.article_bytes = self.packed.stat().st_size / self.size(PUSHED, PUSHED_QUICK)

    def make_corpus(self, name, articles, *options):
        corpus = self.folder / f"{name}.jsonl"
        with open(corpus, "w", encoding="utf-8") as out:
            subprocess.run([HERE / "corpus", "--articles", str(articles), "--seed", str(self.seed), *options], stdout=out, check=True)
        return corpus

    @staticmethod
    def pack(corpus):
        """JSON Lines as MessagePack, one article behind the other."""
        packed = corpus.with_suffix(".msgpack")
        packed.write_bytes(b"".join(msgpack.packb(json.loads(line)) for line in corpus.read_text().splitlines()))
        return packed

    def size(self, whole, quick):
        return quick if self.quick else whole

    @property
    def rounds(self):
        return range(self.size(ROUNDS, 1))

    def program(self, name, *arguments):
        """What a benchmark program prints."""
        done = subprocess.run([self.build / "bench" / name, *map(str, arguments)], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{name}: {done.stderr.strip()}")
        return done.stdout

    def figures(self, name, *arguments):
        """Of a program that prints one line `key value key value …`."""
        words = self.program(name, *arguments).split()
        return {key: float(value) for key, value in zip(words[::2], words[1::2])}

    def background(self, name, *arguments):
        return subprocess.Popen([self.build / "bench" / name, *map(str, arguments)], stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL, preexec_fn=die_with_parent())

    def push(self, endpoint, articles, window=512, rate=0, seed="a", packed=None, alone=False):
        return self.figures("bench_push", endpoint, articles, window, rate, seed, packed or self.packed, *["alone"] * alone)

    clock = staticmethod(time.monotonic)

    @property
    def cluster(self):
        if self._cluster is None:
            self._cluster = postgres.Cluster(settings=SETTINGS)
            for statement in LOG_FILES, "CHECKPOINT":
                postgres.rows_outside(self._cluster.uri("postgres"), statement)
        return self._cluster

    def mill(self, database=None):
        """An ingest's folder and processes (tests/e2e/support/mill.py); the caller closes it."""
        return mill.Mill(database)

    def migrated(self):
        uri = self.cluster.new_database()
        done = run("migrate", "--db", uri)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return uri

    def drop(self, uri):
        """What was measured is over: nobody vacuums it, or writes its pages, while the next is measured."""
        self.cluster.drop_database(uri)

    def close(self):
        if self._cluster:
            self._cluster.remove()
        shutil.rmtree(self.folder, ignore_errors=True)


def middle(found, key):
    """The round whose key is the median."""
    return sorted(found, key=key)[len(found) // 2]


def cpu_seconds(pid):
    """Processor time that a process has used, its threads together."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def server_cpu(cluster):
    """Processor time of a cluster's server: all its processes, those that have ended among them."""
    total = 0
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(stat.parent.name) == cluster.server.pid:
            total += sum(map(int, fields[11:15]))
        elif int(fields[1]) == cluster.server.pid:
            total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def peak_memory(pid):
    """Bytes that a process has had in memory at most."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return 1024 * int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))
