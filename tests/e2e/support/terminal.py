"""A shell on a terminal, as somebody types into it."""
import os
import pty
import select
import signal
import time

from . import sanitizers


class Terminal:
    """Runs `words` on a pseudo terminal in `folder`, which is its home too."""

    def __init__(self, folder, *words):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.environ.update(TERM="dumb", HOME=str(folder), ZDOTDIR=str(folder))
            os.execvp(words[0], words)

    def type(self, text, until, deadline_s=20):
        """Types `text`; what is shown from then on, once `until` is in it."""
        os.write(self.terminal, text.encode())
        shown, end = "", time.monotonic() + deadline_s * sanitizers.PATIENCE
        while until not in shown:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.terminal], [], [], left)[0]:
                raise AssertionError(f"{until!r} is not shown: {shown!r}")
            shown += os.read(self.terminal, 65536).decode(errors="replace")
        return shown

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)
