"""A web server on 127.0.0.1 whose every path is a function of the test, for those that fetch."""
import collections
import http.server
import ssl
import subprocess
import threading
import time


class Reply:
    """What a path answers. `body` may be an iterator of pieces, sent as they come."""

    def __init__(self, body=b"", status=200, kind="text/html; charset=utf-8", length=True, **headers):
        self.body = body.encode() if isinstance(body, str) else body
        self.status, self.kind, self.length, self.headers = status, kind, length, headers


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        site = self.server.site
        with site.lock:
            site.hits.append((self.path, time.monotonic(), dict(self.headers)))
        answer = site.paths.get(self.path) or site.paths.get(self.path.split("?")[0])
        reply = answer(self) if callable(answer) else answer
        try:
            self._send(reply or Reply("not here", status=404, kind="text/plain"))
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            self.close_connection = True

    def _send(self, reply):
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.kind)
        for name, value in reply.headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        whole = isinstance(reply.body, bytes)
        if reply.length and whole and "Content_Length" not in reply.headers:
            self.send_header("Content-Length", str(len(reply.body)))
        self.close_connection = not (reply.length and whole)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        for piece in [reply.body] if whole else reply.body:
            self.wfile.write(piece)
            self.wfile.flush()

    def log_message(self, *_):
        pass


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # clients that hang up are what is tested


class Site:
    """`paths` maps a path to a Reply or to a function of the request handler."""

    def __init__(self, certificate=None):
        self.paths, self.hits, self.lock = {}, [], threading.Lock()
        self.stopped = threading.Event()  # set at the end, so that endless answers end too
        self.server = _Server(("127.0.0.1", 0), _Handler)
        self.server.site = self
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                     do_handshake_on_connect=False)
        scheme = "https" if certificate else "http"
        self.url = f"{scheme}://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def count(self, path):
        with self.lock:
            return collections.Counter(hit[0] for hit in self.hits)[path]

    def times(self):
        with self.lock:
            return [hit[1] for hit in self.hits]

    def headers(self, path):
        """Those of the last request for it."""
        with self.lock:
            return [hit[2] for hit in self.hits if hit[0] == path][-1]

    def close(self):
        self.stopped.set()
        self.server.shutdown()
        self.server.server_close()


def self_signed(folder):
    """A file with a key and a certificate that nobody trusts; None without openssl."""
    path = folder / "self-signed.pem"
    try:
        made = subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                               "/CN=127.0.0.1", "-keyout", str(path), "-out", str(folder / "certificate")],
                              capture_output=True, check=False)
    except FileNotFoundError:
        return None
    if made.returncode:
        return None
    path.write_text(path.read_text() + (folder / "certificate").read_text())
    return path
