"""The faults: a table of what can happen, each a function of the world and of chance, which says what
it did. What is chosen follows from the seed alone."""
import os
import signal
import struct
import subprocess
import sys
import time

import psycopg2

from support import postgres
from support.process import die_with_parent

from world import HERE


class Later:
    """What ends by itself: (when, what to do), done by due()."""

    def __init__(self):
        self.waiting = []

    def add(self, after_s, action):
        self.waiting.append((time.monotonic() + after_s, action))

    def due(self, everything=False):
        now = time.monotonic()
        ready = [item for item in self.waiting if everything or item[0] <= now]
        self.waiting = [item for item in self.waiting if item not in ready]
        for _, action in ready:
            action()


def _pick(world, chance):
    """A process of any kind that runs: (name, Popen)."""
    living = {name: child for name, child in world.processes().items() if child.poll() is None}
    kinds = sorted({name.split("-")[0] for name in living})
    kind = chance.choice(kinds)
    name = chance.choice(sorted(name for name in living if name.split("-")[0] == kind))
    return name, living[name]


def kill(world, chance, later):
    name, child = _pick(world, chance)
    child.send_signal(signal.SIGKILL)
    child.wait()
    pause_s = chance.choice((0, 0, 0.05, 0.3))
    later.add(pause_s, lambda: world.start_again(name))
    return name


def stop(world, chance, later):
    """SIGSTOP, and SIGCONT after a time that may be longer than silence is borne."""
    name, child = _pick(world, chance)
    child.send_signal(signal.SIGSTOP)
    stopped_s = chance.choice((0.1, 0.5, 1.5, 3.5))

    def go_on():
        if child.poll() is None:
            child.send_signal(signal.SIGCONT)
    later.add(stopped_s, go_on)
    return f"{name} for {stopped_s} s"


def _backend(world, chance):
    try:
        pids = world.databases.backends()
    except psycopg2.OperationalError:
        return None
    return chance.choice(pids) if pids else None


def terminate_backends(world, _chance, _later):
    try:
        cut = postgres.rows(world.databases.primary.uri("postgres"),
                            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'fault'")
    except psycopg2.OperationalError:
        return "none"
    return f"{len(cut)} backends"


def kill_backend(world, chance, _later):
    """PostgreSQL then restarts all of itself."""
    pid = _backend(world, chance)
    if pid is None:
        return "none"
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    return "one backend"


def stop_backend(world, chance, later):
    """A transaction that hangs."""
    pid = _backend(world, chance)
    stopped_s = chance.choice((0.5, 2, 4))
    if pid is None:
        return "none"

    def send(number):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass
    send(signal.SIGSTOP)
    later.add(stopped_s, lambda: send(signal.SIGCONT))
    return f"one backend for {stopped_s} s"


def restart_database(world, chance, later):
    how = chance.choice((signal.SIGQUIT, signal.SIGINT))
    down_s = chance.choice((0, 1, 3))
    later.due(everything=True)  # a stopped backend would keep it from stopping
    world.databases.primary.stop(how)
    later.add(down_s, world.databases.primary.start)
    return f"{how.name}, {down_s} s down"


def fail_over(world, _chance, later):
    later.due(everything=True)
    world.databases.fail_over()
    return "to the standby"


def reset(world, chance, _later):
    share, seed = chance.choice((0.1, 0.5, 1)), chance.randrange(1 << 30)
    world.command_proxy(f"reset {share} {seed}")
    return f"{share:.0%} of the connections"


def stall(world, chance, _later):
    ms = chance.choice((200, 1000, 3000))
    world.command_proxy(f"stall {ms}")
    return f"{ms} ms"


def refuse(world, chance, _later):
    ms = chance.choice((200, 1000, 2500))
    world.command_proxy(f"refuse {ms}")
    return f"{ms} ms"


def lie(world, chance, later):
    """Stale and repeated acknowledgements, straight to a work socket."""
    node = chance.choice(world.nodes)
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent / "e2e")}
    liar = subprocess.Popen([sys.executable, HERE / "liar.py", node.endpoints["work"], str(chance.randrange(1 << 30))],
                            env=environment, stdin=subprocess.DEVNULL, preexec_fn=die_with_parent())

    def end():
        liar.kill()
        liar.wait()
    later.add(6, end)
    return f"to {node.name}"


def jump(world, chance, later):
    """The wall clock of every process of ours is somewhere else."""
    ms = chance.choice((-86_400_000, -3_600_000, -5_000, -300, 300, 5_000, 3_600_000, 86_400_000, 0))
    with open(world.clock, "r+b") as clock:
        clock.write(struct.pack("<q", ms))
    return f"{ms} ms"


# name: (weight, what). A fault that takes seconds itself is rare.
FAULTS = {
    "kill": (100, kill),
    "stop": (12, stop),
    "terminate-backends": (4, terminate_backends),
    "kill-backend": (1, kill_backend),
    "stop-backend": (3, stop_backend),
    "restart-database": (2, restart_database),
    "fail-over": (3, fail_over),
    "reset": (8, reset),
    "stall": (4, stall),
    "refuse": (4, refuse),
    "lie": (2, lie),
    "clock": (5, jump),
}
