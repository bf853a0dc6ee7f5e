#!/usr/bin/python3
"""Under systemd: the units are sound and tightly closed, each worker says how it stands, the watchdog is fed
from the loop, and the dashboard takes a socket that systemd listens on."""
import configparser
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest
import urllib.request

from support import articles, sandbox, sanitizers
from support.manager import Manager, activated
from support.mill import FREE_PORT, READY, MillCase
from support.process import ROOT, binary, run
from support.pushing import Pusher
from support.waiting import wait_for

UNITS = ROOT / "deploy" / "systemd"
SERVICES = sorted(UNITS.glob("*.service"))
EXPOSURE = re.compile(r"Overall exposure level for \S+: ([0-9.]+)")
WATCHDOG_S = 1
needs_systemd = unittest.skipUnless(shutil.which("systemd-analyze"), "no systemd-analyze here (package systemd)")


def analyze(*arguments):
    return subprocess.run(["systemd-analyze", *map(str, arguments)], capture_output=True, text=True,
                          timeout=60, check=False, stdin=subprocess.DEVNULL)


def hardening(path):
    """What a unit takes from its process: the lines below the remark that says so."""
    return tuple(path.read_text().split("# What no newsmill process needs")[1].split("\n\n")[0].splitlines()[1:])


class Units(unittest.TestCase):
    @needs_systemd
    def test_every_service_is_hardly_exposed(self):
        for unit in SERVICES:
            done = analyze("security", "--offline=true", "--threshold=24", unit)
            found = EXPOSURE.search(done.stdout + done.stderr)
            self.assertTrue(found, done.stdout + done.stderr)
            self.assertLess(float(found.group(1)), 2.5, unit.name)
            self.assertEqual(done.returncode, 0, done.stderr)

    def verify(self, change=lambda text: text):
        """`systemd-analyze verify` on all units in a root of their own; what it says, "" when all is well."""
        with tempfile.TemporaryDirectory(prefix="nm-units-", dir="/tmp") as root:
            units, programs = pathlib.Path(root, "usr/lib/systemd/system"), pathlib.Path(root, "usr/bin")
            units.mkdir(parents=True)
            programs.mkdir()
            shutil.copy("/bin/true", programs / "newsmill")
            for target in ("sysinit", "basic", "multi-user", "sockets", "shutdown", "network"):
                (units / f"{target}.target").write_text("[Unit]\nDescription=stands for systemd's own\n")
            names = []
            for unit in (*SERVICES, *UNITS.glob("*.socket"), *UNITS.glob("*.target")):
                (units / unit.name).write_text(change(unit.read_text()))
                names.append(unit.name.replace("@.", "@1."))
            done = analyze("verify", "--man=no", f"--root={root}", *names)
            self.assertTrue(done.returncode == 0 or done.stderr, done)
            return done.stderr

    @needs_systemd
    def test_the_units_can_be_loaded(self):
        self.assertEqual(self.verify(), "")

    @needs_systemd
    def test_a_misspelt_key_would_be_seen(self):
        said = self.verify(lambda text: text.replace("WatchdogSec=", "WatchdgSec="))
        self.assertIn("WatchdgSec", said)

    def test_all_services_are_closed_alike(self):
        kinds = {hardening(unit) for unit in SERVICES}
        self.assertEqual(len(kinds), 1, kinds)
        self.assertGreater(len(kinds.pop()), 25)

    def test_what_the_units_say_the_program_knows(self):
        known = run("config").stdout
        for unit in SERVICES:
            parser = configparser.RawConfigParser(strict=False)
            parser.optionxform = str
            parser.read_string(unit.read_text())
            command = parser["Service"]["ExecStart"].split()
            self.assertEqual(command[0], "/usr/bin/newsmill")
            self.assertEqual(run(command[1], "--help").returncode, 0)
            for name in re.findall(r"NEWSMILL_([A-Z_]+)=", unit.read_text()):
                option = name.lower().replace("_", "-")
                self.assertTrue(option == "config" or re.search(rf"^#?{option} =", known, re.M), option)


class Notify(MillCase):
    level = "fast"

    def setUp(self):
        super().setUp()
        self.manager = Manager()
        self.addCleanup(self.manager.__exit__)

    def beats(self, process, more=2):
        """Waits for `more` beats from now on."""
        count = len(self.manager.values("WATCHDOG")) + more
        wait_for(lambda: len(self.manager.values("WATCHDOG")) >= count, 20,
                 lambda: f"{count} beats: {self.manager.said}\n{process.tail()}")

    def ends_well(self, process):
        self.assertEqual(process.terminate(30), 0, process.tail())
        self.assertEqual(self.manager.values("READY"), ["1"])
        self.assertEqual(self.manager.values("STOPPING"), ["1"])
        # A reason of several lines (libpq's have them) must not become assignments of its own.
        self.assertLessEqual({line[0] for line in self.manager.said}, {"READY", "STATUS", "WATCHDOG", "WATCHDOG_USEC", "STOPPING"})
        self.assertEqual(self.manager.values("STATUS")[-1], "stopping", self.manager.said)

    def test_ingest(self):
        process = self.mill.start_ingest(**self.manager.variables(WATCHDOG_S))
        self.manager.wait("READY", "1", process)
        self.manager.wait("STATUS", "ready", process)
        self.beats(process)
        self.ends_well(process)

    def test_an_analyzer_says_what_it_waits_for(self):
        self.mill.endpoints = {"work": "tcp://127.0.0.1:9"}
        process = self.mill.start_analyze("--article-ms", 100, **self.manager.variables(WATCHDOG_S))
        self.manager.wait("STATUS", "no ingest answers", process)
        self.beats(process)
        self.assertEqual(self.manager.values("WATCHDOG_USEC"), [])
        self.ends_well(process)

    def test_the_http_front(self):
        process = self.mill.start("http", "http", "--listen", "127.0.0.1:0", "--to", "tcp://127.0.0.1:9",
                                  **self.manager.variables(WATCHDOG_S))
        self.manager.wait("STATUS", "no ingest answers", process)
        self.beats(process)
        self.ends_well(process)

    def test_storage_waits_for_a_database_and_its_watchdog_does_not_bark(self):
        self.mill.start_ingest()
        nowhere = f"postgresql:///x?host={self.mill.folder}"
        process = self.mill.start_worker("store", "--db", nowhere, **self.manager.variables(WATCHDOG_S))
        self.manager.wait("STATUS", "connection to server", process)
        self.beats(process, 6)
        self.ends_well(process)

    def test_an_analyzer_that_hangs_is_not_fed(self):
        """The beat comes from the loop; and where an article may take longer than the unit waits, systemd is
        told to wait for so long."""
        self.mill.start_ingest()
        process = self.mill.start_analyze("--rehearse", "--article-ms", 2000,
                                          **self.manager.variables(WATCHDOG_S))
        self.manager.wait("WATCHDOG_USEC", "4000000", process)
        self.manager.wait("STATUS", "ready", process)
        self.beats(process)
        with Pusher(self.mill.endpoints["push"]) as pusher:
            pusher.push([{"id": "rehearse:hang", "body": "Talks resumed."}])
        code = process.wait(60)
        self.assertNotEqual(code, 0)
        self.assertLess(len(self.manager.values("WATCHDOG")), 6, "it was fed while it hung")

    def test_up_speaks_for_its_workers(self):
        process = self.mill.start("up", "up", "--data", self.mill.data, "--db", self.mill.database, "--http",
                                  "127.0.0.1:0", "--push", FREE_PORT, "--ingest", FREE_PORT, "--work", FREE_PORT,
                                  "--analyzers", 1, "--level", "fast", **self.manager.variables(WATCHDOG_S))
        process.wait_out(READY)
        self.manager.wait("STATUS", "ready", process)
        self.beats(process)
        self.ends_well(process)

    def test_without_a_watchdog_there_is_no_beat(self):
        process = self.mill.start_ingest(**self.manager.variables())
        self.manager.wait("STATUS", "ready", process)
        with Pusher(self.mill.endpoints["push"]) as pusher:
            pusher.push(articles.articles(10))
        self.ends_well(process)
        self.assertEqual(self.manager.values("WATCHDOG"), [])


@unittest.skipIf(sandbox.missing(), sandbox.missing())
@unittest.skipIf(sanitizers.ACTIVE, "a sanitizer makes system calls of its own")
class Confined(MillCase):
    level = "fast"

    def confined(self, unit):
        return sandbox.confined((UNITS / unit).read_text())

    def test_the_filters_bite(self):
        done = subprocess.run(["chroot", "/", "true"], check=False, capture_output=True,
                              preexec_fn=self.confined("newsmill-store@.service"))
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(b"not permitted", done.stderr)

    def test_the_workers_do_all_their_work_behind_them(self):
        self.mill.migrate()
        self.mill.start_ingest("--http", "127.0.0.1:0", before_exec=self.confined("newsmill-ingest@.service"))
        self.mill.start_analyze("--http", "127.0.0.1:0", "--memory-bytes", 4 << 30,
                                before_exec=self.confined("newsmill-analyze@.service"))
        self.mill.start_store("--http", "127.0.0.1:0", before_exec=self.confined("newsmill-store@.service"))
        with Pusher(self.mill.endpoints["push"]) as pusher:
            pusher.push(articles.articles(50), deadline_s=30)
        self.mill.wait_idle(50, deadline_s=30)
        self.assertEqual(self.mill.value("SELECT count(*) FROM newsmill.articles"), 50)
        for process in self.mill.processes.values():
            self.assertEqual(process.terminate(30), 0, process.tail())

    def test_the_dashboard_answers_behind_them(self):
        process = self.mill.start("dashboard", "dashboard", "--db", self.mill.database, "--http", "127.0.0.1:0",
                                  before_exec=self.confined("newsmill-dashboard.service"))
        self.mill.migrate()
        url = process.wait_out(re.compile(r"http=(\S+)")).group(1)
        with urllib.request.urlopen(url + "/api/dead", timeout=20) as answer:
            self.assertEqual(answer.status, 200)
        self.assertEqual(process.terminate(30), 0, process.tail())


class SocketActivation(unittest.TestCase):
    def start(self, listener, *more, command=("dashboard", "--db", "postgresql:///nowhere?host=/nowhere")):
        child = activated([binary(), *command, *more], listener)
        self.addCleanup(child.communicate)
        self.addCleanup(child.kill)
        return child

    def test_the_dashboard_answers_whom_systemd_let_in(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            early = socket.create_connection(listener.getsockname())  # before there is any dashboard
            child = self.start(listener, "--http", "systemd")
            early.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            early.settimeout(20)
            self.assertIn(b"200 OK", early.recv(4096))
            early.close()
            self.assertEqual(child.stdout.readline(), f"ready http={url}\n")
            with urllib.request.urlopen(url + "/healthz", timeout=20) as answer:
                self.assertEqual(answer.read(), b"ok\n")
            child.send_signal(signal.SIGTERM)
            self.assertEqual(child.wait(20), 0)

    def test_the_http_front_answers_whom_systemd_let_in(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            early = socket.create_connection(listener.getsockname())
            child = self.start(listener, "--listen", "systemd", command=("http", "--to", "tcp://127.0.0.1:9"))
            early.sendall(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            early.settimeout(20)
            self.assertIn(b"503 ", early.recv(4096))
            early.close()
            child.send_signal(signal.SIGTERM)
            self.assertEqual(child.wait(20), 0)

    def test_a_socket_of_another_kind(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
            child = self.start(listener, "--http", "systemd")
            _, err = child.communicate(timeout=20)
            self.assertEqual(child.returncode, 2, err)
            self.assertIn("ListenStream=", err)

    def test_no_socket(self):
        done = run("dashboard", "--http", "systemd", "--db", "postgresql:///nowhere?host=/nowhere")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn(".socket unit", done.stderr)


if __name__ == "__main__":
    unittest.main()
