"""A RabbitMQ cluster of three nodes on loopback, or each at a host of a network that can be cut, real processes with
folders, ports, an epmd and a cookie of their own; it never touches one that is already there."""
import atexit
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
from urllib.parse import quote

from .process import die_with_parent
from .tls import Authority
from .waiting import wait_for

SCRIPTS = pathlib.Path("/usr/lib/rabbitmq/bin")
USER, PASSWORD = "mill", "pass/word@1%"  # what must be escaped in a URI
TICK_S = 4  # a node that is cut off is noticed after 0.75 to 1.25 times this
SETTINGS = {
    "cluster_formation.peer_discovery_backend": "classic_config",
    "cluster_partition_handling": "pause_minority",
    "default_user": USER,
    "default_pass": PASSWORD,
    "disk_free_limit.absolute": "20MB",
    "vm_memory_high_watermark.absolute": "400MB",
    "raft.wal_max_size_bytes": "33554432",
    "log.file.level": "warning",
}


def missing():
    """Why there can be no cluster here; None when there can."""
    if not (SCRIPTS / "rabbitmq-server").exists() or not shutil.which("epmd"):
        return "rabbitmq-server is not installed (deploy/install-packages --tests)"
    return None


def _free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Node:
    """One broker. kill() is SIGKILL, stop() and go_on() are SIGSTOP and SIGCONT. `host`: where it runs, with an address
    and an enter() for children; None: here."""

    def __init__(self, cluster, number, host=None):
        self.cluster, self.number, self.host = cluster, number, host
        self.address = host.address if host else "127.0.0.1"
        self.name = f"mill{number}@{host.address if host else 'localhost'}"
        self.folder = cluster.folder / f"node{number}"
        self.folder.mkdir()
        self.port, self.tls_port, self.distribution = _free_port(), _free_port(), _free_port()
        self.child = None

    def at_home(self):
        """For Popen: it dies with us, and runs at its host."""
        return die_with_parent(then=self.host.enter if self.host else None)

    def start_epmd(self):
        return subprocess.Popen(["epmd", "-address", self.address, "-port", str(self.cluster.epmd_port)],
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                preexec_fn=self.at_home())

    def environment(self):
        loopback = f"-kernel inet_dist_use_interface {{{self.address.replace('.', ',')}}} -kernel net_ticktime {TICK_S}"
        quiet = "+sbwt none +sbwtdcpu none +sbwtdio none +S 2:2"  # schedulers sleep instead of spinning
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("RABBITMQ_", "NEWSMILL_"))}
        return {**kept, "HOME": str(self.cluster.folder), "LANG": "C.UTF-8", "RUNNING_UNDER_SYSTEMD": "1",
                "ERL_EPMD_ADDRESS": self.address, "RABBITMQ_USE_LONGNAME": "true" if self.host else "false",
                "ERL_EPMD_PORT": str(self.cluster.epmd_port),
                "RABBITMQ_NODENAME": self.name, "RABBITMQ_NODE_PORT": str(self.port),
                "RABBITMQ_DIST_PORT": str(self.distribution), "RABBITMQ_CONF_ENV_FILE": "/dev/null",
                "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
                "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
                "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"), "RABBITMQ_LOG_BASE": str(self.folder / "log"),
                "RABBITMQ_PID_FILE": str(self.folder / "pid"),
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"{loopback} {quiet}",
                "RABBITMQ_CTL_ERL_ARGS": loopback}

    def configure(self, settings):
        certificate, key = self.cluster.certificate
        lines = {**SETTINGS, "listeners.tcp.1": f"{self.address}:{self.port}",
                 "listeners.ssl.1": f"{self.address}:{self.tls_port}", "ssl_options.certfile": certificate,
                 "ssl_options.keyfile": key, "ssl_options.cacertfile": self.cluster.authority.certificate,
                 "ssl_options.verify": "verify_peer", "ssl_options.fail_if_no_peer_cert": "false", **settings}
        for node in self.cluster.nodes:
            lines[f"cluster_formation.classic_config.nodes.{node.number}"] = node.name
        (self.folder / "rabbitmq.conf").write_text("".join(f"{k} = {v}\n" for k, v in lines.items()))
        (self.folder / "plugins").write_text("[].\n")

    def start(self):
        with open(self.folder / "out", "ab") as out:
            self.child = subprocess.Popen([SCRIPTS / "rabbitmq-server"], env=self.environment(), cwd=self.folder,
                                          stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                          preexec_fn=self.at_home())

    def running(self):
        return self.child is not None and self.child.poll() is None

    def listens(self):
        try:
            socket.create_connection((self.address, self.port), 1).close()
            return True
        except OSError:
            return False

    def wait(self, deadline_s=120):
        def ready():
            if not self.running():
                raise AssertionError(f"{self.name} ended with {self.child.returncode}\n{self.tail()}")
            return self.listens()
        wait_for(ready, deadline_s, lambda: f"{self.name}\n{self.tail()}")

    def kill(self):
        if self.running():
            self.child.kill()
            self.child.wait()

    def stop(self):
        self.child.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.child.send_signal(signal.SIGCONT)

    def control(self, *arguments, program="rabbitmqctl", deadline_s=60):
        """rabbitmqctl at this node; its output."""
        done = subprocess.run([SCRIPTS / program, "-q", "-n", self.name, *map(str, arguments)], env=self.environment(),
                              capture_output=True, text=True, timeout=deadline_s, check=False,
                              stdin=subprocess.DEVNULL, preexec_fn=self.at_home())
        if done.returncode != 0:
            raise AssertionError(f"{program} {arguments}: {done.stderr}{done.stdout}")
        return done.stdout

    def tail(self, lines=20):
        texts = [path.read_text(errors="replace") for path in [self.folder / "out", *self.folder.glob("log/*.log")]
                 if path.exists()]
        return "\n".join(f"  {self.name}: {line}" for text in texts for line in text.splitlines()[-lines:])


class Cluster:
    """Three nodes that know each other, started together, each at its host if there are any. remove() ends what it
    started, and nothing else."""

    def __init__(self, count=3, settings=None, hosts=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="nm-mq-", dir="/tmp"))
        cookie = self.folder / ".erlang.cookie"
        cookie.write_text("newsmilltests")
        cookie.chmod(0o400)
        self.epmd_port = _free_port()
        atexit.register(self.remove)
        self.authority = Authority(self.folder, "rabbits")
        self.certificate = self.authority.sign("localhost", "DNS:localhost")
        self.nodes = [Node(self, number, host) for number, host in enumerate(hosts or [None] * count, 1)]
        self.port_mappers = [node.start_epmd() for node in (self.nodes if hosts else self.nodes[:1])]
        for node in self.nodes:
            node.configure(settings or {})
            node.start()
        for node in self.nodes:
            node.wait()

    def uri(self, queue="newsmill", tls=False, host=None, **more):
        """For --backlog."""
        host = host or ("localhost" if tls else None)
        hosts = ",".join(f"{host or node.address}:{node.tls_port if tls else node.port}" for node in self.nodes)
        parameters = "&".join(f"{key.replace('_', '-')}={value}" for key, value in {"queue": queue, **more}.items())
        return f"amqp{'s' if tls else ''}://{quote(USER)}:{quote(PASSWORD, safe='')}@{hosts}/?{parameters}"

    def alive(self):
        """A node that runs, and is not paused for want of a majority if there is one."""
        return next((node for node in self.nodes if node.running() and node.listens()), None) or next(
            node for node in self.nodes if node.running())

    def messages(self, queue="newsmill"):
        """How many are in a queue, given out and not: what the cluster says."""
        for line in self.alive().control("list_queues", "name", "messages").splitlines():
            name, _, count = line.partition("\t")
            if name == queue:
                return int(count)
        return None

    def tails(self):
        return "\n".join(node.tail() for node in self.nodes)

    def remove(self):
        for node in getattr(self, "nodes", []):
            if node.running():
                node.child.kill()
                node.child.wait()
        for mapper in getattr(self, "port_mappers", []):
            if mapper.poll() is None:
                mapper.kill()
                mapper.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
