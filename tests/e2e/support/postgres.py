"""A private PostgreSQL cluster on a unix socket; it never touches one that is already there."""
import atexit
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile

import psycopg2

from .process import die_with_parent
from .waiting import wait_for

SETTINGS = {
    "listen_addresses": "''",
    "fsync": "on",
    "synchronous_commit": "on",
    "max_connections": "50",
    "shared_buffers": "64MB",
    "log_min_messages": "warning",
    "logging_collector": "off",
}


def _programs():
    """The folder of initdb and postgres, newest version first."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"),
                   key=lambda path: int(path.parts[4]) if path.parts[4].isdigit() else 0)
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if not on_path:
        raise RuntimeError("no initdb: install postgresql")
    return pathlib.Path(on_path).parent


class Cluster:
    """One cluster; stopped and removed at exit. As root it runs as the user postgres. `settings` add to
    SETTINGS; with `standby_of` it is a copy of that cluster, and follows it until promote()."""

    def __init__(self, start=True, settings=None, standby_of=None):
        self.settings = {**SETTINGS, **(settings or {})}
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="nm-pg-", dir="/tmp"))
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self.user = "postgres" if os.geteuid() == 0 else None
        self.owner = self.user or pwd.getpwuid(os.geteuid()).pw_name
        self.programs = _programs()
        self.server = None
        self.databases = 0
        self.folder.chmod(0o755)
        if self.user:
            shutil.chown(self.folder, self.user, pwd.getpwnam(self.user).pw_gid)
        atexit.register(self.remove)
        if standby_of:
            self.copy(standby_of)
        else:
            self._run("initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                      "--locale=C.UTF-8", "--lc-collate=C", "--no-sync")
        if start:
            self.start()

    def _child(self, **more):
        """As the cluster's owner; credentials change before the death signal is set."""
        if self.user:
            more.update(user=self.user, group=pwd.getpwnam(self.user).pw_gid, extra_groups=[])
        return {"cwd": self.folder, "preexec_fn": die_with_parent(signal.SIGQUIT), **more}

    def _run(self, program, *arguments):
        subprocess.run([self.programs / program, *map(str, arguments)], check=True,
                       stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL, **self._child())

    def copy(self, primary):
        """Becomes a standby of `primary`, from a fresh copy; not started."""
        shutil.rmtree(self.data, ignore_errors=True)
        self._run("pg_basebackup", "-h", primary.folder, "-U", "postgres", "-D", self.data, "-R", "-c", "fast",
                  "--no-sync")

    def promote(self):
        """The standby becomes a primary; waits until it is one."""
        self._run("pg_ctl", "promote", "-D", self.data, "-w")

    def start(self):
        """Starts it and waits until it answers."""
        settings = [part for name, value in self.settings.items() for part in ("-c", f"{name}={value.strip(chr(39))}")]
        with open(self.log, "ab") as log:
            self.server = subprocess.Popen(
                [self.programs / "postgres", "-D", str(self.data), "-k", str(self.folder), *settings],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, **self._child())
        wait_for(self._answers, 60, lambda: f"PostgreSQL to answer\n{self.log.read_text()[-2000:]}")

    def _answers(self):
        if self.server.poll() is not None:
            raise AssertionError(f"PostgreSQL ended\n{self.log.read_text()[-2000:]}")
        try:
            psycopg2.connect(self.uri("postgres")).close()
            return True
        except psycopg2.OperationalError:
            return False

    def stop(self, how=signal.SIGINT):
        """SIGINT is PostgreSQL's fast stop, SIGQUIT its crash."""
        if self.server and self.server.poll() is None:
            self.server.send_signal(how)
            self.server.wait(60)
        self.server = None

    def remove(self):
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def uri(self, database, user="postgres"):
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def new_database(self):
        """An empty database's URI."""
        self.databases += 1
        name = f"t{self.databases}"
        rows_outside(self.uri("postgres"), f"CREATE DATABASE {name}")
        return self.uri(name)

    def drop_database(self, uri):
        """One of new_database(), whoever is still connected."""
        name = psycopg2.extensions.parse_dsn(uri)["dbname"]
        rows_outside(self.uri("postgres"), f"DROP DATABASE {name} WITH (FORCE)")


_shared = None


def shared_cluster():
    """One cluster for all the tests of a program; each test makes its own database in it."""
    global _shared
    if _shared is None:
        _shared = Cluster()
    return _shared


def rows(uri, sql, parameters=None):
    """All rows of one query, in a connection of its own."""
    connection = psycopg2.connect(uri)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def rows_outside(uri, sql):
    """For what cannot run inside a transaction."""
    connection = psycopg2.connect(uri)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
    finally:
        connection.close()


def value(uri, sql, parameters=None):
    """The first column of the first row; None without rows."""
    found = rows(uri, sql, parameters)
    return found[0][0] if found else None
