"""A service manager as sd_notify(3) and sd_listen_fds(3) see one: it hears what a worker says, and hands
it a socket."""
import os
import pathlib
import socket
import subprocess
import tempfile

from .process import die_with_parent, environment
from .waiting import wait_for


class Manager:
    """Listens at NOTIFY_SOCKET. `said` is every assignment that came, in order: [("READY", "1"), …]."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="nm-sd-", dir="/tmp")
        self.path = str(pathlib.Path(self.folder.name) / "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.setblocking(False)
        self.said = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        self.folder.cleanup()

    def variables(self, watchdog_s=0):
        """The environment of a service with Type=notify, and WatchdogSec= where it is given."""
        watchdog = {"WATCHDOG_USEC": str(int(watchdog_s * 1e6))} if watchdog_s else {}
        return {"NOTIFY_SOCKET": self.path, **watchdog}

    def listen(self):
        """What was said so far."""
        while True:
            try:
                text = self.socket.recv(65536).decode()
            except BlockingIOError:
                return self.said
            self.said += [tuple(line.split("=", 1)) for line in text.splitlines() if line]

    def values(self, name):
        """Of one assignment, in order."""
        return [value for said, value in self.listen() if said == name]

    def wait(self, name, wanted, process, deadline_s=30):
        """Until `name` was said with a value that `wanted` is in."""
        wait_for(lambda: any(wanted in value for value in self.values(name)), deadline_s,
                 lambda: f"{name}={wanted}: {self.said}\n{process.tail()}")


def activated(arguments, listener, **env):
    """Starts `arguments` as a .socket unit's service: `listener` is its descriptor 3. A Popen, with pipes."""
    def before_exec():
        die_with_parent()()
        os.dup2(listener.fileno(), 3, inheritable=True)
    words = ["/bin/sh", "-c", 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"', "sh", *map(str, arguments)]
    return subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, env=environment(**env),
                            close_fds=False, preexec_fn=before_exec)
