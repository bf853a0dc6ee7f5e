#!/usr/bin/python3
"""ingest --backlog: articles in a quorum queue of a real three-node RabbitMQ cluster, whose nodes and whose
ingest are killed. Skipped where rabbitmq-server is not installed."""
import json
import os
import shutil
import signal
import socket
import threading
import time
import unittest

from support import articles, mill, postgres, rabbit
from support.mill import Mill, MillCase
from support.process import Process, run
from support.pushing import Forgetter, Pusher, Requester
from support.waiting import wait_for

RESEND_S = 3.0
NO_MAJORITY = "majority|no node"


def cpu_s(process):
    """Seconds that it has worked."""
    with open(f"/proc/{process.pid}/stat", encoding="utf-8") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class RefusedSettings(unittest.TestCase):
    """What needs no cluster."""

    def ingest(self, *more, **env):
        return run("ingest", "--data", "/nowhere/at/all", *more, **env)

    def refused(self, said, *more, code=2, **env):
        done = self.ingest(*more, **env)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertIn(said, done.stderr)
        self.assertNotIn("geheim", done.stderr)

    def test_a_uri_that_is_none(self):
        self.refused("--backlog is no backlog that is known", "--backlog", "kafka://user:geheim@host")
        self.refused("--backlog has a port that is none behind the host mq1", "--backlog", "amqp://u:geheim@mq1:x/")
        self.refused("did you mean queue?", "--backlog", "amqp://u:geheim@mq1/?queu=a")
        self.refused("backlog (NEWSMILL_BACKLOG in the environment) wants a number from 1 to 65535 for prefetch",
                     NEWSMILL_BACKLOG="amqp://u:geheim@mq1/?prefetch=0")

    def test_a_file_names_the_line(self):
        path = f"/tmp/nm-backlog-{os.getpid()}.conf"
        self.addCleanup(os.unlink, path)
        with open(path, "w", encoding="utf-8") as conf:
            conf.write("# of a test\nbacklog = amqp://u:geheim@/vhost\n")
        self.refused(f"{path} line 2: backlog has an empty host", "--config", path)

    def test_what_a_cluster_cannot_do_is_said(self):
        data = f"/tmp/nm-backlog-{os.getpid()}"
        self.addCleanup(shutil.rmtree, data, True)
        done = run("ingest", "--data", data, "--backlog", "amqp://u:geheim@127.0.0.1:1/", "--archive", data + "/a")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("--archive keeps the files of a journal", done.stderr)
        secret = f"{data}/password"
        with open(secret, "w", encoding="utf-8") as out:
            out.write("geheim\n")
        os.chmod(secret, 0o644)
        done = run("ingest", "--data", data, "--backlog", f"amqp://u@127.0.0.1:1/?password-file={secret}")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("others may read the password-file", done.stderr)

    def test_a_node_that_accepts_and_says_nothing(self):
        """With TLS, too, it is waited for without work."""
        data = f"/tmp/nm-backlog-silent-{os.getpid()}"
        os.mkdir(data)
        self.addCleanup(shutil.rmtree, data, True)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            silent.settimeout(20)
            uri = f"amqps://u:p@127.0.0.1:{silent.getsockname()[1]}/"
            process = Process(data, "ingest", "ingest", "--data", data, "--backlog", uri, "--push", mill.FREE_PORT,
                            "--ingest", mill.FREE_PORT, "--work", mill.FREE_PORT)
            self.addCleanup(process.kill)
            taken = [silent.accept()[0], silent.accept()[0]]  # who publishes, and who consumes
            worked = cpu_s(process)
            taken.append(silent.accept()[0])  # 4 s later they try again
            self.assertLess(cpu_s(process) - worked, 0.4)
            for connection in taken:
                connection.close()


class ClusterCase(MillCase):
    level = "fast"
    nodes, settings = 3, None

    @classmethod
    def setUpClass(cls):
        cls.rabbits = rabbit.Cluster(cls.nodes, cls.settings)
        cls.queues = 0

    @classmethod
    def tearDownClass(cls):
        cls.rabbits.remove()

    def setUp(self):
        super().setUp()
        type(self).queues += 1
        self.queue = f"test{self.queues}"

    def start_ingest(self, *more, again=False, heartbeat=2):
        uri = self.rabbits.uri(self.queue, heartbeat=heartbeat)
        process = self.mill.start_ingest("--backlog", uri, "--http", "127.0.0.1:0", *more, again=again)
        return process

    def start_everything(self):
        self.mill.migrate()
        self.start_ingest()
        self.mill.start_analyze()
        self.mill.start_store()
        self.wait_open()

    def node(self):
        return self.mill.status()[1].get("nodes", [{}])[0]

    def wait_open(self):
        wait_for(lambda: self.node().get("refuses", "unknown") is None, 60,
                 lambda: f"open: {self.mill.status()}\n{self.mill.tails()}")


@unittest.skipIf(rabbit.missing(), rabbit.missing())
class Replicated(ClusterCase):
    def burn(self):
        """Ingest dies, and everything on its host with it; another one takes its place."""
        self.mill.processes["ingest"].kill()
        shutil.rmtree(self.mill.data)
        self.mill.data.mkdir()
        self.start_ingest(again=True)

    def check_all(self, replies, exact=True):
        """Every acknowledged article is one row; the books balance; the queue is empty."""
        self.assertTrue(all(reply["ok"] for reply in replies.values()))
        books = self.mill.wait_idle(len(replies), deadline_s=120)
        self.assertTrue(mill.balances(books), books)
        self.assertEqual((books["dead"], books["in_flight"]), (0, 0), books)
        rows = dict(self.mill.rows("SELECT id, article::text FROM newsmill.articles"))
        self.assertEqual(rows, {key: reply["article"] for key, reply in replies.items()})
        if exact:
            self.assertEqual(books["stored"], len(replies), books)
        wait_for(lambda: self.rabbits.messages(self.queue) == 0, 30, "an empty queue")

    def test_1_a_host_burns_down(self):
        """What was acknowledged is with the others; the books go on; the password is nowhere."""
        self.start_everything()
        marks = [150, 400]

        def burn_at(answered):
            if marks and answered >= marks[0]:
                marks.pop(0)
                self.burn()
        with Pusher(self.mill.endpoints["push"], window=128, resend_s=RESEND_S) as pusher:
            replies = pusher.push(articles.articles(600, seed="burn"), burn_at, deadline_s=120)
        self.check_all(replies)
        with Forgetter(self.mill.endpoints["ingest"]) as forgetter:
            forgetter.push_bytes(b"\xc1 no article")
        books = wait_for(lambda: next((b for b in [self.mill.status()[1]] if b.get("dead")), None), 60, "a dead letter")
        self.assertTrue(mill.balances(books), books)
        self.assertEqual(self.mill.value("SELECT count(*) FROM newsmill.dead"), 1)
        said = json.dumps(self.mill.status()[1]) + self.mill.processes["ingest"].err()
        self.assertEqual(self.node()["engine"], "amqp")
        self.assertNotIn(rabbit.PASSWORD, said)
        self.assertNotIn("pass%2F", said)

    def test_2_a_second_ingest_waits_and_takes_over(self):
        self.start_everything()
        other = Mill(self.mill.database)
        self.addCleanup(other.close)
        other.start_ingest("--backlog", self.rabbits.uri(self.queue))
        wait_for(lambda: "another ingest" in str(other.status()[1].get("nodes")), 30,
                 lambda: f"the second waits: {other.status()}\n{other.tails()}")
        with Requester(other.endpoints["push"]) as requester:
            reply = requester.push(articles.article(1, seed="wait"))
        self.assertEqual((reply["ok"], reply["error"], reply["retry"]), (False, "overloaded", True))
        with Pusher(self.mill.endpoints["push"]) as pusher:
            pusher.push(articles.articles(20, seed="first"))
        self.mill.wait_idle(20)
        wait_for(lambda: '"stored": 20' in json.dumps(self.mill.status()[1]), 10, "books")
        self.assertEqual(self.mill.processes["ingest"].terminate(), 0)
        wait_for(lambda: other.status()[1].get("nodes", [{}])[0].get("refuses", "") is None, 30,
                 lambda: f"the second takes over: {other.status()}\n{other.tails()}")
        self.assertEqual(other.status()[1]["stored"], 20, "it goes on with the books of the first")
        with Requester(other.endpoints["push"]) as requester:
            self.assertTrue(requester.push(articles.article(1, seed="wait"))["ok"])

    def test_3_nodes_die(self):
        """One of three: work goes on. Two: nothing is acknowledged, producers hear why. All: nothing is lost."""
        self.start_everything()
        first, second, third = self.rabbits.nodes
        used = self.node()["cluster"]["node"]
        first = next((node for node in self.rabbits.nodes if used.endswith(f":{node.port}")), first)
        second, third = (node for node in self.rabbits.nodes if node is not first)
        marks = [200]

        def kill_at(answered):
            if marks and answered >= marks[0]:
                marks.pop(0)
                first.kill()  # the publisher's own
        with Pusher(self.mill.endpoints["push"], window=128, resend_s=RESEND_S) as pusher:
            replies = dict(pusher.push(articles.articles(500, seed="one"), kill_at, deadline_s=120))
        self.assertEqual(len(replies), 500)
        self.mill.processes["store-2"].kill()  # so that something is left in the queue
        with Pusher(self.mill.endpoints["push"], window=64, resend_s=RESEND_S) as pusher:
            replies.update(pusher.push(articles.articles(100, seed="left"), deadline_s=60))
        second.kill()
        with Requester(self.mill.endpoints["push"], timeout_s=30) as requester:
            reply = requester.push(articles.article(1, seed="none"))
            self.assertEqual((reply["ok"], reply["error"], reply["retry"]), (False, "overloaded", True))
        wait_for(lambda: self.node().get("refuses"), 20, "ingest to say why")
        self.assertRegex(self.node()["refuses"], NO_MAJORITY)
        code, said = self.mill.status()
        self.assertIn("Nothing is accepted", said["bottleneck"]["why"])
        third.kill()
        self.mill.processes["ingest"].kill()
        for node in self.rabbits.nodes:
            node.start()
        for node in self.rabbits.nodes:
            node.wait()
        self.start_ingest(again=True)
        self.wait_open()
        self.mill.start_store()
        with Pusher(self.mill.endpoints["push"], window=64, resend_s=RESEND_S) as pusher:
            replies.update(pusher.push([articles.article(1, seed="none")], deadline_s=60))
        self.check_all(replies)

    def test_5_tls(self):
        """amqps: believes only a certificate of that host from an authority it was told of."""
        self.mill.migrate()
        authority = self.rabbits.authority.certificate
        self.mill.start_ingest("--backlog", self.rabbits.uri(self.queue, tls=True, ca=authority))
        self.wait_open()
        with Requester(self.mill.endpoints["push"]) as requester:
            self.assertTrue(requester.push(articles.article(1, seed="tls"))["ok"])
        for uri in (self.rabbits.uri(self.queue, tls=True),
                    self.rabbits.uri(self.queue, tls=True, host="127.0.0.1", ca=authority)):
            self.mill.processes["ingest"].terminate()
            self.mill.start_ingest("--backlog", uri, again=True)
            wait_for(lambda: "we refuse its certificate" in self.mill.processes["ingest"].err(), 20,
                     self.mill.processes["ingest"].tail)
            with Requester(self.mill.endpoints["push"]) as requester:
                self.assertEqual(requester.push(articles.article(2, seed="tls"))["error"], "overloaded")

    def test_3_a_majority_that_cannot_be_reached(self):
        """Two nodes are frozen: connections stand, nothing is confirmed. No article is acknowledged until they go on."""
        self.start_everything()
        used = self.node()["cluster"]["node"]
        frozen = [node for node in self.rabbits.nodes if not used.endswith(f":{node.port}")]
        for node in frozen:
            node.stop()
        try:
            with Requester(self.mill.endpoints["push"], timeout_s=30) as requester:
                reply = requester.push(articles.article(1, seed="frozen"))
                self.assertEqual((reply["ok"], reply["error"], reply["retry"]), (False, "overloaded", True))
            self.assertRegex(self.node()["refuses"], NO_MAJORITY)
        finally:
            for node in frozen:
                node.go_on()
        with Pusher(self.mill.endpoints["push"], window=64, resend_s=RESEND_S) as pusher:
            replies = pusher.push(articles.articles(50, seed="frozen", first=1), deadline_s=60)
        self.check_all(replies)

    def test_4_wrong_passwords_end_it(self):
        self.mill.migrate()
        uri = self.rabbits.uri(self.queue).replace("mill:", "mill:x")
        self.mill.data.mkdir(parents=True)
        process = self.mill.start("ingest", "ingest", "--data", self.mill.data, "--backlog", uri, "--push",
                                  mill.FREE_PORT, "--ingest", mill.FREE_PORT, "--work", mill.FREE_PORT)
        self.assertEqual(process.wait(30), 3, process.tail())
        self.assertIn("refuses --backlog (user mill", process.err())


@unittest.skipIf(rabbit.missing(), rabbit.missing())
class OfOneNode(ClusterCase):
    """What a single node shows as well."""
    nodes, settings = 1, {"max_message_size": 1 << 20, "tcp_listen_options.send_timeout": 2000}

    def open_ingest(self, heartbeat=2):
        self.mill.migrate()
        self.start_ingest(heartbeat=heartbeat)
        self.wait_open()

    def test_an_article_that_the_cluster_finds_too_long(self):
        """It is refused, and in nobody's way: not when it is new, and not when it comes again."""
        self.open_ingest()
        batch = list(articles.articles(30, seed="long"))
        batch[10] = {**batch[10], "body": "x " * 600_000}
        with Pusher(self.mill.endpoints["push"], window=30) as pusher:
            replies = dict(pusher.push(batch, deadline_s=30))
        with Requester(self.mill.endpoints["push"]) as requester:
            replies["again"] = requester.push(batch[10])
            self.assertTrue(requester.push(articles.article(31, seed="long"))["ok"])
        for reply in (replies.pop(batch[10]["id"]), replies.pop("again")):
            self.assertEqual((reply["ok"], reply["error"], reply.get("retry", False)),
                             (False, "message-too-long", False))
        self.assertTrue(all(reply["ok"] for reply in replies.values()), replies)
        wait_for(lambda: self.mill.status()[1]["accepted"] == 30, 20, lambda: f"books {self.mill.status()[1]}")
        self.assertEqual(self.node()["cluster"]["lost"], 1)
        self.assertIn("max_message_size", self.mill.processes["ingest"].err())

    def test_a_limit_of_deliveries_drops_nothing(self):
        """The queue drops what it has delivered more than thrice; ingest is killed more often than that, with
        everything in its hands. Each article is stored once, and the books are exact."""
        self.rabbits.alive().control("set_policy", "limit", f"^{self.queue}$", '{"delivery-limit":3}')
        self.open_ingest()
        with Pusher(self.mill.endpoints["push"], window=40) as pusher:
            replies = pusher.push(articles.articles(40, seed="limit"), deadline_s=30)
        for _ in range(6):
            self.mill.processes["ingest"].kill()
            self.start_ingest(again=True)
            wait_for(lambda: "are put in anew" in self.mill.processes["ingest"].err(), 20,
                     self.mill.processes["ingest"].tail)
            wait_for(lambda: self.mill.status()[1]["in_flight"] == 40, 10, lambda: f"books {self.mill.status()[1]}")
        self.mill.start_analyze()
        self.mill.start_store()
        books = self.mill.wait_idle(40, deadline_s=60)
        self.assertTrue(mill.balances(books), books)
        self.assertEqual((books["accepted"], books["stored"], books["duplicate"]), (40, 40, 0), books)
        rows = dict(self.mill.rows("SELECT id, article::text FROM newsmill.articles"))
        self.assertEqual(rows, {key: reply["article"] for key, reply in replies.items()})
        wait_for(lambda: self.rabbits.messages(self.queue) == 0, 30, "an empty queue")

    def test_large_articles_come_in_few(self):
        """As many are taken out as their bytes allow, small ones or large ones: a consumer that took more would have to
        stop reading, and the cluster ends its connection when it cannot send."""
        self.mill.migrate()
        self.start_ingest("--window-bytes", str(4 << 20), heartbeat=30)
        self.wait_open()
        small = list(articles.articles(500, seed="small"))
        large = [{**article, "body": os.urandom(150_000).hex()} for article in articles.articles(60, seed="large")]
        with Pusher(self.mill.endpoints["push"], window=100) as pusher:
            replies = dict(pusher.push(small, deadline_s=30))
            wait_for(lambda: self.out() > 300, 20, lambda: f"small ones are taken out: {self.out()}")
            replies.update(pusher.push(large, deadline_s=30))
        until, more = time.monotonic() + 5, 0
        with Requester(self.mill.endpoints["push"]) as requester:
            while time.monotonic() < until:  # longer than the cluster waits to send
                more += requester.push(articles.article(more, seed="more"))["ok"]
        self.assertEqual(self.node()["cluster"]["lost"], 0, self.mill.processes["ingest"].tail())
        self.mill.start_analyze()
        self.mill.start_store()
        books = self.mill.wait_idle(len(replies) + more, deadline_s=120)
        self.assertEqual((books["stored"], books["duplicate"], books["dead"]), (len(replies) + more, 0, 0), books)
        self.assertEqual(self.node()["cluster"]["lost"], 0, self.mill.processes["ingest"].tail())

    def out(self):
        """Articles that the cluster has given out."""
        for line in self.rabbits.alive().control("list_queues", "name", "messages_unacknowledged").splitlines():
            name, _, count = line.partition("\t")
            if name == self.queue:
                return int(count)
        return 0

    def test_one_that_was_frozen_finds_another_in_its_place(self):
        """It waits for the lock as long as the other one works, and then goes on with the other one's books."""
        def accepted(mills):
            status = mills.status()[1]
            return status["accepted"], status["duplicate"], status["in_flight"]
        self.open_ingest()
        frozen, other = self.mill.processes["ingest"], Mill(self.mill.database)
        self.addCleanup(other.close)
        with Requester(self.mill.endpoints["push"]) as requester:
            self.assertTrue(requester.push(articles.article(0, seed="frozen"))["ok"])
        frozen.child.send_signal(signal.SIGSTOP)
        try:
            other.start_ingest("--backlog", self.rabbits.uri(self.queue, heartbeat=2))
            wait_for(lambda: other.status()[1].get("nodes", [{}])[0].get("refuses", "") is None, 30,
                     lambda: f"the other takes over: {other.status()}\n{other.tails()}")
        finally:
            frozen.child.send_signal(signal.SIGCONT)
        with Requester(other.endpoints["push"]) as requester:
            for _ in range(21):
                self.assertTrue(requester.push(articles.article(1, seed="frozen"))["ok"])
        wait_for(lambda: "another ingest works off the queue" in frozen.err(), 30, frozen.tail)
        self.assertIn("another ingest", str(self.node()["refuses"]))
        self.assertEqual(accepted(other), (22, 20, 2))
        self.assertEqual(other.processes["ingest"].terminate(), 0)
        self.wait_open()
        self.assertEqual(accepted(self.mill), (22, 20, 2), frozen.tail())
        with Requester(self.mill.endpoints["push"]) as requester:
            self.assertTrue(requester.push(articles.article(2, seed="frozen"))["ok"])
        self.mill.start_analyze()
        self.mill.start_store()
        books = self.mill.wait_idle(23, deadline_s=60)
        self.assertTrue(mill.balances(books), books)
        self.assertEqual((books["stored"], books["duplicate"]), (3, 20))

    def test_a_cluster_that_reads_nothing(self):
        """More waits to be sent than a turn may bring, and producers hear at once that they must wait; then it goes
        on. A cluster short of memory or disk does the same for longer."""
        self.open_ingest(heartbeat=30)
        node = self.rabbits.alive()
        large = [{**article, "body": os.urandom(100_000).hex()} for article in articles.articles(200, seed="large")]
        replies = {}
        with Pusher(self.mill.endpoints["push"], window=200, resend_s=30) as pusher:
            work = threading.Thread(target=lambda: replies.update(pusher.push(large, deadline_s=60)))
            node.stop()
            try:
                work.start()
                wait_for(lambda: self.node().get("refuses"), 20, lambda: f"it refuses: {self.node()}")
                with Requester(self.mill.endpoints["push"], timeout_s=3) as requester:
                    reply = requester.push(articles.article(1, seed="small"))
                self.assertEqual((reply["ok"], reply["error"], reply["retry"]), (False, "overloaded", True))
            finally:
                node.go_on()
                work.join()
        self.assertEqual((len(replies), sum(reply["ok"] for reply in replies.values())), (200, 200))


if __name__ == "__main__":
    unittest.main()
