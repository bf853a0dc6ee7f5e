"""Which sanitizers are in the binary under test: the build says so in NEWSMILL_E2E_SANITIZERS.

With one of them analysis takes five times as long, or a hundred times; so analyzers that a test does
not tell otherwise run with `--level fast`. And memory says nothing about ours: it holds a shadow of
each byte, and what was freed is kept back so that its use is seen.
"""
import os

ACTIVE = frozenset(filter(None, os.environ.get("NEWSMILL_E2E_SANITIZERS", "").split(",")))
THREAD = "thread" in ACTIVE
SIGNALS_LATE = "ThreadSanitizer hands signals over at library calls, and an endless loop makes none"
PATIENCE = 4 if ACTIVE else 1  # how many times as long a deadline is
ANALYZING = ("analyze", "up")


def adapted(arguments):
    """The arguments of a newsmill that is to be started."""
    given = [str(argument) for argument in arguments]
    if ACTIVE and given and given[0] in ANALYZING and "--level" not in given:
        given[1:1] = ["--level", "fast"]
    return given


def crashing():
    """The environment in which a program dies of a crash as it does without a sanitizer."""
    names = ("ASAN_OPTIONS", "TSAN_OPTIONS") if ACTIVE else ()
    return {name: f"{os.environ.get(name, '')} handle_segv=0".strip() for name in names}
