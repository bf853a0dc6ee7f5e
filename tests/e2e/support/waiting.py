"""Waiting for something that can be observed, with a deadline."""
import threading
import time

from . import sanitizers

STEP_S = 0.02  # how often a condition is looked at
_PAUSE = threading.Event()


def wait_for(condition, deadline_s, what, step_s=STEP_S):
    """Returns the first true value of condition(), looked at every step_s; AssertionError after deadline_s
    (longer with a sanitizer: a deadline is for what never comes)."""
    deadline_s *= sanitizers.PATIENCE
    end = time.monotonic() + deadline_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            what = what() if callable(what) else what
            raise AssertionError(f"waited {deadline_s:g} s for {what}")
        _PAUSE.wait(step_s)
