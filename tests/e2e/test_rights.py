#!/usr/bin/python3
"""The database over TLS, who refuses whom there, what storage may, and what workers may ask of the kernel."""
import os
import pathlib
import re
import sys
import tempfile
import unittest

import psycopg2
from psycopg2 import errors

from support import postgres, sanitizers
from support.mill import Mill
from support.process import run
from support.pushing import Requester
from support.tls import Authority, TlsCluster

PASSWORD = "correct-horse"


class Rights(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="nm-tls-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.authority, cls.other = Authority(cls.folder.name, "ca"), Authority(cls.folder.name, "other")
        cls.cluster = TlsCluster(cls.authority)
        cls.owner = cls.cluster.new_database()
        cls.database = re.search(r"/(t\d+)\?", cls.owner).group(1)
        assert run("migrate", "--db", cls.owner).returncode == 0
        postgres.rows(cls.owner, f"CREATE ROLE scribe LOGIN IN ROLE newsmill_writer PASSWORD '{PASSWORD}'; "
                                 f"CREATE ROLE certified LOGIN IN ROLE newsmill_writer")

    def uri(self, user="scribe", **parameters):
        given = {"sslmode": "verify-full", "sslrootcert": self.authority.certificate, **parameters}
        return self.cluster.remote(self.database, user, **given)

    def test_an_article_goes_the_whole_way(self):
        certificate, key = self.authority.sign("certified")
        mill = Mill(self.uri("certified", sslcert=certificate, sslkey=key))
        mill.level = "fast"
        self.addCleanup(mill.close)
        mill.start_ingest()
        workers = [mill.processes["ingest"], mill.start_analyze(), mill.start_store()]
        with Requester(mill.endpoints["push"]) as producer:
            producer.push({"title": "Talks resume", "body": "Beijing and Tokyo met on Monday."})
        mill.wait_idle(1, deadline_s=60)
        self.assertEqual(mill.value("SELECT count(*) FROM newsmill.articles"), 1)
        secured = postgres.rows(self.owner, "SELECT s.ssl FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) "
                                            "WHERE a.application_name LIKE 'newsmill-store%'")
        self.assertTrue(secured and all(ssl for ssl, in secured), secured)
        for worker in workers:
            status = pathlib.Path(f"/proc/{worker.pid}/status").read_text()
            self.assertRegex(status, r"NoNewPrivs:\s+1")
            if sanitizers.PATIENCE == 1:
                self.assertRegex(status, r"Seccomp:\s+2", worker.name)
        # Who reads hostile text is nobody, whoever started it.
        user = re.search(r"^Uid:\s+(\d+)", pathlib.Path(f"/proc/{workers[1].pid}/status").read_text(), re.M).group(1)
        self.assertEqual(int(user), os.geteuid() or 65534)

    def refused(self, uri, said):
        done = run("migrate", "status", "--db", uri)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertRegex(done.stderr, said)

    def test_it_is_said_which_side_refuses(self):
        stranger, key = self.other.sign("certified")
        for uri, said in (
                (self.uri(sslrootcert=self.other.certificate), "we refuse its certificate: sslrootcert"),
                (self.cluster.remote(self.database, "scribe", host="127.0.0.1", sslmode="verify-full",
                                     sslrootcert=self.authority.certificate), "we refuse its certificate: it is another"),
                (self.uri(sslrootcert=self.folder.name + "/none"), "name the CA of the server"),
                (self.uri(sslmode="disable"), "the server refuses to talk without TLS"),
                (self.uri("certified"), "the server wants a certificate of ours"),
                (self.uri("certified", sslcert=stranger, sslkey=key), "the server refuses our certificate"),
                (self.uri(password="wrong"), "the server refuses this user or password")):
            with self.subTest(said=said):
                self.refused(uri, said)
        done = run("migrate", "status", "--db", self.uri(password=PASSWORD))
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_storage_may_do_what_it_needs(self):
        connection = psycopg2.connect(self.uri(password=PASSWORD))
        self.addCleanup(connection.close)
        connection.autocommit = True
        for sql in ("CREATE TABLE newsmill_data.x (a int)", "CREATE TABLE newsmill.x (a int)", "CREATE SCHEMA x",
                    "DROP TABLE newsmill_data.articles", "TRUNCATE newsmill_data.articles",
                    "ALTER TABLE newsmill_data.articles ADD COLUMN x int", "CREATE ROLE x", "CREATE DATABASE x",
                    "INSERT INTO newsmill.schema_version VALUES (9999, 'x', 'x', now())",
                    "DELETE FROM newsmill.schema_version", "DELETE FROM newsmill_data.ledger",
                    "DELETE FROM newsmill_data.node_books", "UPDATE newsmill_data.retained SET since = now()",
                    "DELETE FROM newsmill_data.countries", "UPDATE newsmill_data.text_search SET config = 'simple'",
                    "COPY (SELECT 1) TO PROGRAM 'true'", "COPY newsmill_data.articles TO '/tmp/x'",
                    "SELECT pg_read_file('/etc/passwd')", "SELECT * FROM pg_authid", "SET ROLE postgres",
                    "CREATE FUNCTION newsmill_data.x() RETURNS int LANGUAGE sql AS 'SELECT 1'",
                    "CREATE TRIGGER x AFTER INSERT ON newsmill_data.dead EXECUTE FUNCTION suppress_redundant_updates_trigger()",
                    "GRANT newsmill_writer TO newsmill_reader", "SELECT newsmill_data.retain_drop(now(), false)"):
            with self.subTest(sql=sql), connection.cursor() as cursor:
                self.assertRaises((errors.InsufficientPrivilege, errors.UndefinedFunction), cursor.execute, sql)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
