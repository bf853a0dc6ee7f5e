"""Runs here what containers would run: their commands, with their files in folders of the test and their ports on
loopback, as one program beside another."""
import re
import socket

from .process import Process, run
from .sandbox import read_only_root
from .waiting import wait_for

OPTION = re.compile(r"^  --([a-z-]+)", re.M)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def unknown_options(arguments):
    """The options of `newsmill ARGUMENTS` that --help of that command does not list."""
    known = set(OPTION.findall(run(arguments[0], "--help").stdout))
    return [word for word in arguments[1:] if not word.startswith("--") or word[2:].split("=")[0] not in known]


class Containers:
    """`files` are paths of containers and what stands for them here; `hosts` names that are 127.0.0.1 here. Where root runs the test, the
    root is read-only, but for `folder`."""

    def __init__(self, folder, files, hosts):
        self.folder, self.files, self.hosts = folder, files, hosts
        self.before_exec = read_only_root(folder)
        self.ports, self.processes = {}, {}

    def here(self, word, name):
        """One argument or variable of the container `name`."""
        for path, stand_in in self.files.items():
            word = word.replace(path, str(stand_in))

        def port(found):
            host, number = found.groups()
            # A port of all interfaces is one for all containers; one of a container's loopback is its own.
            key = (name if host == "127.0.0.1" or name != "ingest" and host == "0.0.0.0" else "", number)
            return f"127.0.0.1:{self.ports.setdefault(key, free_port())}"
        return re.sub(rf"\b(0\.0\.0\.0|127\.0\.0\.1|{'|'.join(self.hosts)}):(\d+)", port, word)

    def start(self, name, arguments, variables):
        words = [self.here(word, name) for word in arguments]
        env = {key: self.here(value, name) for key, value in variables.items()}
        self.processes[name] = Process(self.folder, name, *words, before_exec=self.before_exec, **env)
        return self.processes[name]

    def port(self, number, name=""):
        """Where something listens that `number` is the port of."""
        return self.ports[(name, str(number))]

    def wait_listening(self, number, name):
        process = self.processes[name]

        def connects():
            assert process.running(), process.tail()
            try:
                with socket.create_connection(("127.0.0.1", self.port(number, "" if name == "ingest" else name)), timeout=1):
                    return True
            except OSError:
                return False
        wait_for(connects, 30, lambda: f"{name} at port {number}\n{process.tail()}")

    def close(self):
        for process in self.processes.values():
            if process.running():
                process.kill()
