"""The same articles into rsyslog with its disk queue, acknowledged over RELP: what many put before a pipeline today.

rsyslog acknowledges once a message is in its queue. Synced, it writes each message to the disk by itself; unsynced, what it has
acknowledged is lost with the power. Neither tells copies apart nor says which message it has lost.
"""
import contextlib
import shutil
import socket
import subprocess
import time

from support.process import die_with_parent
from support.waiting import wait_for

WINDOW = 128  # messages without an answer: librelp's own
PROGRAM = shutil.which("rsyslogd") or shutil.which("rsyslogd", path="/usr/sbin")
CONFIGURATION = """
global(workDirectory="{folder}" maxMessageSize="1m")
module(load="imrelp")
main_queue(queue.type="disk" queue.filename="main" queue.maxFileSize="256m" queue.size="10000000" queue.syncQueueFiles="{sync}")
input(type="imrelp" port="{port}" address="127.0.0.1" maxDataSize="1m")
template(name="body" type="string" string="%msg%\\n")
action(type="omfile" file="{folder}/out" template="body")
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def connected(port):
    with contextlib.suppress(OSError):
        return socket.create_connection(("127.0.0.1", port))
    return None


@contextlib.contextmanager
def started(bench, sync):
    """A connection to an rsyslog of its own."""
    folder, port = bench.folder / f"rsyslog-{sync}", free_port()
    folder.mkdir()
    (folder / "conf").write_text(CONFIGURATION.format(folder=folder, port=port, sync=sync))
    arguments = [PROGRAM, "-n", "-f", folder / "conf", "-i", folder / "pid"]
    with subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=die_with_parent()) as process:
        try:
            with wait_for(lambda: connected(port), 20, "rsyslog to listen") as link:
                link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                yield link
        finally:
            process.terminate()


def frame(transaction, command, data):
    return b"%d %s %d %s\n" % (transaction, command, len(data), data)


def push(link, messages, count):
    """Seconds until `count` messages are acknowledged, WINDOW of them under way."""
    link.sendall(frame(1, b"open", b"relp_version=0\nrelp_software=newsmill-bench\ncommands=syslog"))
    link.recv(1 << 16)
    begun, sent, acknowledged = time.monotonic(), 0, 0
    while acknowledged < count:
        until = min(count, acknowledged + WINDOW)
        link.sendall(b"".join(frame(2 + n, b"syslog", messages[n % len(messages)]) for n in range(sent, until)))
        sent = max(sent, until)
        answers = link.recv(1 << 16)
        if not answers:
            raise RuntimeError("rsyslog closed the connection")
        acknowledged += answers.count(b"\n")  # one line an answer
    return time.monotonic() - begun


def rate(bench, articles, sync):
    """Articles a second that rsyslog acknowledges; None where it is not installed."""
    if not PROGRAM:
        return None
    messages = [b"<13>1 2026-01-01T00:00:00Z localhost push - - - " + line for line in bench.corpus.read_bytes().splitlines()]
    with started(bench, sync) as link:
        return articles / push(link, messages, articles)
