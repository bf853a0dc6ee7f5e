"""A newsmill up with the sample articles and a hostile one in it, for tests of what it serves."""
import json
import pathlib
import shutil
import tempfile
import unittest
import urllib.error
import urllib.parse
import urllib.request

from . import mill
from .process import ROOT, Process, run
from .pushing import Pusher
from .waiting import wait_for

SAMPLES = ROOT / "deploy" / "samples"
SAMPLE_COUNT = 14
FREE = ("--push", mill.FREE_PORT, "--ingest", mill.FREE_PORT, "--work", mill.FREE_PORT, "--http", "127.0.0.1:0")
HOSTILE = {
    "id": "hostile", "source": "<img src=x onerror=alert(1)>", "url": "https://hostile.example/<script>",
    "title": "<script>document.title='owned'</script> \u202eTokyo\u202c \"quoted\" '</title>",
    "authors": ["\"><svg onload=alert(2)>"],
    "body": "Beijing criticised Tokyo <script>window.owned = 1</script> on Monday. <img src=x onerror=\"window.owned = 2\"> "
            "Seoul praised \u202eevil\u202c Washington &lt;b&gt; & javascript:alert(3). \x01\x1b[31m Control \u2066isolated\u2069 marks.\n\n"
            "{{constructor.constructor('window.owned = 3')()}} ${window.owned = 4} Paris threatened <b onmouseover=alert(5)>London</b>.",
}


class Site(unittest.TestCase):
    """One up for all the tests of a class: `url`, `database`, and answers as JSON."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="nm-site-", dir="/tmp"))
        cls.folder.chmod(0o755)
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.process = Process(cls.folder, "up", "up", "--level", "full", "--data", cls.folder / "data", *FREE)
        cls.addClassCleanup(lambda: cls.process.running() and cls.process.terminate(60))
        ready = cls.process.wait_out(mill.READY, 60).groupdict()
        cls.url, cls.database, cls.push = ready["http"].rstrip("/"), ready["database"], ready["push"]
        done = run("push", "--to", cls.push, SAMPLES)
        assert done.returncode == 0, done.stderr
        with Pusher(cls.push) as pusher:
            pusher.push([HOSTILE])
        cls.wait_stored(SAMPLE_COUNT + 1)

    @classmethod
    def wait_stored(cls, count):
        def idle():
            books = json.loads(cls.get("/status")[1])
            return books.get("in_flight") == 0 and books["accepted"] >= count
        wait_for(idle, 120, lambda: f"{count} articles to be rows\n{cls.process.tail()}")

    @classmethod
    def get(cls, path, method="GET", **headers):
        """(status, text, headers) of an answer."""
        request = urllib.request.Request(cls.url + path, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode(), answer.headers
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(), error.headers

    @classmethod
    def ask(cls, question, **parameters):
        """The JSON of /api/QUESTION."""
        query = urllib.parse.urlencode(parameters)
        code, text, _ = cls.get(f"/api/{question}?{query}")
        assert code == 200, f"{question}: {code} {text}"
        return json.loads(text)
