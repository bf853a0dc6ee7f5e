"""Processes that never outlive the test: the real binary, its output in files.

A child gets SIGKILL from the kernel when the test dies. That is bound to the thread that starts
it, so start processes from the main thread.
"""
import atexit
import ctypes
import os
import pathlib
import signal
import subprocess

from . import sanitizers
from .waiting import wait_for

ROOT = pathlib.Path(__file__).resolve().parents[3]
TEST_VARIABLES = ("NEWSMILL_BINARY", "NEWSMILL_E2E_ARTICLES", "NEWSMILL_E2E_SLOW")
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)
_living = set()


def binary():
    """The newsmill to test: $NEWSMILL_BINARY, or the newest one a preset built."""
    named = os.environ.get("NEWSMILL_BINARY")
    if named:
        return named
    built = [p for p in (ROOT / name / "newsmill" for name in ("build-debug", "build")) if p.exists()]
    if not built:
        raise RuntimeError("no newsmill here: build one or set NEWSMILL_BINARY")
    return str(max(built, key=lambda path: path.stat().st_mtime))


def environment(**more):
    """This environment without NEWSMILL_ variables (the binary takes those for options)."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("NEWSMILL_")}
    return {**kept, **more}


def die_with_parent(signal_number=signal.SIGKILL, then=None):
    """A preexec_fn: the kernel sends signal_number when the test is gone; `then` is called too."""
    def before_exec():
        _libc.prctl(_PR_SET_PDEATHSIG, int(signal_number))
        if then:
            then()
    return before_exec


def run(*arguments, stdin=None, timeout=60, **env):
    """Runs `newsmill ARGUMENTS` to its end; a CompletedProcess with text, not checked."""
    return subprocess.run([binary(), *sanitizers.adapted(arguments)], input=stdin, capture_output=True,
                          timeout=timeout * sanitizers.PATIENCE, env=environment(**env), check=False,
                          text=not isinstance(stdin, bytes), preexec_fn=die_with_parent())


class Process:
    """A newsmill that runs beside the test. stdout and stderr go to FOLDER/NAME.out and .err."""

    def __init__(self, folder, name, *arguments, before_exec=None, **env):
        self.name = name
        self.out_path = pathlib.Path(folder) / f"{name}.out"
        self.err_path = pathlib.Path(folder) / f"{name}.err"
        self.arguments = [binary(), *sanitizers.adapted(arguments)]
        with open(self.out_path, "ab") as out, open(self.err_path, "ab") as err:
            self.child = subprocess.Popen(self.arguments, stdin=subprocess.DEVNULL, stdout=out,
                                          stderr=err, env=environment(**env),
                                          preexec_fn=die_with_parent(then=before_exec))
        _living.add(self)

    @property
    def pid(self):
        return self.child.pid

    def out(self):
        return self.out_path.read_text(errors="replace")

    def err(self):
        return self.err_path.read_text(errors="replace")

    def running(self):
        return self.child.poll() is None

    def wait(self, deadline_s=180):
        """Its exit code, once it is gone; AssertionError when it stays."""
        try:
            code = self.child.wait(deadline_s * sanitizers.PATIENCE)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} still runs after {deadline_s} s\n{self.tail()}") from None
        _living.discard(self)
        return code

    def wait_out(self, pattern, deadline_s=180):
        """The first match of the compiled `pattern` on its stdout."""
        def look():
            found = pattern.search(self.out())
            if not found and not self.running():
                raise AssertionError(f"{self.name} ended with {self.child.returncode}\n{self.tail()}")
            return found
        return wait_for(look, deadline_s, lambda: f"{pattern.pattern!r} from {self.name}\n{self.tail()}")

    def terminate(self, deadline_s=180):
        """SIGTERM, then its exit code."""
        if self.running():
            self.child.send_signal(signal.SIGTERM)
        return self.wait(deadline_s)

    def kill(self):
        """SIGKILL, and gone."""
        if self.running():
            self.child.kill()
        return self.wait()

    def tail(self, lines=30):
        """The end of its stderr, for the message of a failed test."""
        return "\n".join(f"  {self.name}: {line}" for line in self.err().splitlines()[-lines:])


@atexit.register
def _end_all():
    for process in list(_living):
        process.kill()
