"""Hosts of a network that can be cut: network namespaces at one bridge, each with an address of its own.

    host ingest ─┐
    host one    ─┤
    host two    ─┼─ bridge, in a namespace of its own
    host tables ─┤
    host room   ─┘

The namespaces have no names: each is held by a process, and is gone with it. Nothing is left behind, whatever ends the
test, and nothing of the machine's own network is touched. Wants root and iproute2.
"""
import ctypes
import os
import shutil
import subprocess

from support.process import die_with_parent
from support.waiting import wait_for

PREFIX = "10.77.0."
CLONE_NEWNET = 0x40000000
NOWHERE = "02:00:00:00:00:01"  # a card that nobody has: the bridge hands it to all, and nobody takes it
_libc = ctypes.CDLL(None, use_errno=True)


def why_not():
    """Why there can be no network here; None when there can."""
    if os.geteuid() != 0:
        return "network namespaces want root"
    missing = [tool for tool in ("ip", "bridge", "tc", "ss", "unshare", "nsenter", "setpriv") if not shutil.which(tool)]
    if missing:
        return f"there is no {', '.join(missing)} here (packages iproute2, util-linux)"
    done = subprocess.run(["unshare", "--net", "sh", "-c", "ip link add br0 type bridge && ip link add veth0 type veth peer name veth1"],
                          capture_output=True, text=True, check=False)
    return f"this kernel makes no network namespaces, bridges or veth: {done.stderr.strip()}" if done.returncode else None


class Namespace:
    """Lives as long as the process that holds it."""

    def __init__(self):
        self.holder = subprocess.Popen(["unshare", "--net", "sh", "-c", "echo; exec cat"], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, preexec_fn=die_with_parent())
        self.holder.stdout.readline()  # it is there
        self.path = f"/proc/{self.holder.pid}/ns/net"
        self.do("ip", "link", "set", "lo", "up")

    def do(self, *command, check=True):
        """Runs a command in it."""
        return subprocess.run(["nsenter", f"--net={self.path}", *map(str, command)], check=check, capture_output=True, text=True)

    def enter(self):
        """For a child, before it becomes the program."""
        handle = os.open(self.path, os.O_RDONLY)
        if _libc.setns(handle, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        os.close(handle)

    def close(self):
        self.holder.kill()
        self.holder.wait()
        self.holder.stdin.close()
        self.holder.stdout.close()


class Host(Namespace):
    def __init__(self, switch, name, number):
        super().__init__()
        self.switch, self.name, self.address, self.port = switch, name, f"{PREFIX}{number}", f"port{number}"
        switch.do("ip", "link", "add", self.port, "type", "veth", "peer", "name", "eth0", "netns", self.holder.pid)
        switch.do("ip", "link", "set", self.port, "master", "br0", "up")
        self.do("ip", "addr", "add", f"{self.address}/24", "dev", "eth0")
        self.do("ip", "link", "set", "eth0", "up")

    # ---- what can happen to its links; each returns what heals it ----

    def pull(self):
        """The cable: both ends see that there is none."""
        self.switch.do("ip", "link", "set", self.port, "down")
        return lambda: self.switch.do("ip", "link", "set", self.port, "up")

    def silence(self):
        """The bridge forwards nothing from it and to it, and says nothing."""
        self.switch.do("bridge", "link", "set", "dev", self.port, "state", "0")
        return lambda: self.switch.do("bridge", "link", "set", "dev", self.port, "state", "3")

    def one_way(self, other):
        """What it sends to `other` is lost; what comes from there arrives."""
        self.do("ip", "neigh", "replace", other.address, "lladdr", NOWHERE, "dev", "eth0", "nud", "permanent")
        return lambda: self.do("ip", "neigh", "del", other.address, "dev", "eth0")

    def part(self, other):
        """Nothing passes between the two; both reach all others."""
        heal = self.one_way(other), other.one_way(self)
        return lambda: [each() for each in heal]

    def slow(self):
        """What comes and goes is late, and some is lost; where the kernel has no netem: it queues before a narrow link."""
        for place, card in ((self, "eth0"), (self.switch, self.port)):
            delayed = place.do("tc", "qdisc", "replace", "dev", card, "root", "netem", "delay", "60ms", "20ms", "loss", "1%", check=False)
            if delayed.returncode != 0:
                place.do("tc", "qdisc", "replace", "dev", card, "root", "tbf", "rate", "4mbit", "burst", "16kb", "latency", "400ms")

        def heal():
            self.do("tc", "qdisc", "del", "dev", "eth0", "root")
            self.switch.do("tc", "qdisc", "del", "dev", self.port, "root")
        return heal


class Network:
    """Host by name, all at one bridge."""

    def __init__(self, *names):
        self.switch = Namespace()
        self.switch.do("ip", "link", "add", "br0", "type", "bridge")
        self.switch.do("ip", "link", "set", "br0", "up")
        self.hosts = {name: Host(self.switch, name, number) for number, name in enumerate(names, 1)}
        first = next(iter(self.hosts.values()))
        for host in self.hosts.values():
            wait_for(lambda to=host: first.do("ping", "-c", "1", "-W", "1", to.address, check=False).returncode == 0
                     if shutil.which("ping") else True, 20, f"{host.name} at the bridge")

    def __getitem__(self, name):
        return self.hosts[name]

    def has_netem(self):
        done = self.switch.do("tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms", check=False)
        if done.returncode == 0:
            self.switch.do("tc", "qdisc", "del", "dev", "lo", "root")
        return done.returncode == 0

    def close(self):
        for namespace in (*self.hosts.values(), self.switch):
            namespace.close()
