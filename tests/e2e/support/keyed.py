"""A mill with keys: ingest, worker, crawler and stranger have one each; worker and crawler are on the lists."""
import zmq

from .mill import MillCase
from .process import run


def read_key(path):
    """{"name", "public", "secret"} of a key file."""
    lines = (line for line in path.read_text().splitlines() if not line.startswith("#"))
    return dict(line.split(" = ", 1) for line in lines)


class KeyedCase(MillCase):
    def setUp(self):
        super().setUp()
        self.keys = self.mill.folder / "keys"
        for folder in ("producers", "workers"):
            (self.mill.folder / folder).mkdir()
        made = run("keys", "make", "ingest", "worker", "crawler", "stranger", "--keys", self.keys)
        self.assertEqual(made.returncode, 0, made.stderr)
        self.allow("worker", "workers")
        self.allow("crawler", "producers")

    def allow(self, name, folder):
        (self.mill.folder / folder / f"{name}.pub").write_bytes((self.keys / f"{name}.pub").read_bytes())

    def start_ingest(self, *more, **how):
        return self.mill.start_ingest("--key", self.keys / "ingest.key",
                                      "--allow-producers", self.mill.folder / "producers",
                                      "--allow-workers", self.mill.folder / "workers", *more, **how)

    def as_(self, name, server="ingest"):
        """Options of who has this key, and takes ingest for who has that one."""
        return ("--key", self.keys / f"{name}.key", "--server-key", self.keys / f"{server}.pub")

    def socket(self, name, endpoint, timeout_s=20):
        """A REQ of pyzmq: another implementation of nothing but the files' format."""
        secret, server = read_key(self.keys / f"{name}.key"), read_key(self.keys / "ingest.pub")
        socket = zmq.Context.instance().socket(zmq.REQ)
        socket.curve_publickey, socket.curve_secretkey = secret["public"].encode(), secret["secret"].encode()
        socket.curve_serverkey = server["public"].encode()
        socket.linger, socket.rcvtimeo = 0, timeout_s * 1000
        socket.connect(endpoint)
        self.addCleanup(socket.close)
        return socket
