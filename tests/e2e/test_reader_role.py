#!/usr/bin/python3
"""A login of newsmill_reader reads the views, and can change nothing: not by statements, not by roles, not by functions."""
import unittest

import psycopg2
from psycopg2 import errors

from support import postgres
from support.site import Site

READ_ONLY = "SELECT count(*) FROM newsmill.{}"
REFUSED = (errors.InsufficientPrivilege, errors.ReadOnlySqlTransaction, errors.ObjectNotInPrerequisiteState,
           errors.FeatureNotSupported, errors.UndefinedFunction)


class Reader(Site):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        postgres.rows_outside(cls.database, "CREATE ROLE eve LOGIN IN ROLE newsmill_reader")

    def setUp(self):
        # The private cluster lets in its owner alone: what eve may is tried as eve after giving up all else.
        self.connection = psycopg2.connect(self.database)
        self.connection.autocommit = True
        self.addCleanup(self.connection.close)
        self.do("SET SESSION AUTHORIZATION eve")

    def do(self, sql):
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def refused(self, sql):
        with self.subTest(sql=sql), self.assertRaises(REFUSED):
            self.do(sql)

    def relations(self, schema, kinds):
        return [name for name, in postgres.rows(self.database, f"""
            SELECT c.relname FROM pg_class c WHERE c.relnamespace = '{schema}'::regnamespace AND c.relkind IN ({kinds})""")]

    def test_every_view_can_be_read(self):
        views = self.relations("newsmill", "'v'")
        self.assertGreater(len(views), 15)
        for view in views:
            self.do(READ_ONLY.format(view))

    def test_no_table_can_be_read_or_written(self):
        tables = self.relations("newsmill_data", "'r', 'p'")
        self.assertGreater(len(tables), 10)
        for table in tables:
            for sql in ("SELECT 1 FROM {} LIMIT 1", "DELETE FROM {}", "TRUNCATE {}", "INSERT INTO {} DEFAULT VALUES",
                        "DROP TABLE {}", "ALTER TABLE {} ADD COLUMN x int", "COPY {} TO STDOUT", "CREATE INDEX ON {} ((1))"):
                self.refused(sql.format(f"newsmill_data.{table}"))

    def test_no_view_can_be_written(self):
        for view in self.relations("newsmill", "'v', 'm', 'r', 'f'"):
            for sql in ("DELETE FROM {}", "INSERT INTO {} DEFAULT VALUES", "DROP VIEW {}", "ALTER VIEW {} RENAME TO x", "GRANT SELECT ON {} TO PUBLIC"):
                with self.subTest(view=view, sql=sql):
                    before = postgres.value(self.database, f"SELECT relacl::text FROM pg_class WHERE oid = 'newsmill.{view}'::regclass")
                    try:
                        self.do(sql.format(f"newsmill.{view}"))
                    except (*REFUSED, errors.WrongObjectType):
                        pass
                    else:
                        self.assertTrue(sql.startswith("GRANT"), "it went through")  # a warning: nothing was granted
                    self.assertEqual(postgres.value(self.database, f"SELECT relacl::text FROM pg_class WHERE oid = 'newsmill.{view}'::regclass"), before)
        for view, column in (("articles", "title"), ("events", "type"), ("names", "name"), ("dead", "code"), ("stories", "articles")):
            self.refused(f"UPDATE newsmill.{view} SET {column} = {column}")

    def test_no_other_role_can_be_taken(self):
        owner = postgres.value(self.database, "SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'newsmill_data'")
        for role in ("newsmill_writer", owner):
            self.refused(f"SET ROLE {role}")
        self.refused("CREATE ROLE mallory")
        self.refused("ALTER ROLE newsmill_reader SUPERUSER")
        for role in ("newsmill_writer", owner):
            self.refused(f"GRANT {role} TO eve")
        self.do("SET ROLE newsmill_reader")
        self.refused("DELETE FROM newsmill_data.articles")

    def test_nothing_can_be_made(self):
        for sql in ("CREATE TABLE newsmill.x (i int)", "CREATE TABLE newsmill_data.x (i int)", "CREATE TABLE public.x (i int)",
                    "CREATE FUNCTION newsmill.x() RETURNS int LANGUAGE sql AS 'SELECT 1'", "CREATE VIEW newsmill.x AS SELECT 1",
                    "CREATE SCHEMA x", "CREATE EXTENSION file_fdw", "DROP SCHEMA newsmill CASCADE", "COMMENT ON VIEW newsmill.articles IS ''",
                    "COPY (SELECT 1) TO PROGRAM 'true'", "COPY (SELECT 1) TO '/tmp/x'", "ALTER SYSTEM SET port = 1", "CREATE DATABASE x"):
            self.refused(sql)
        for sql in ("SELECT pg_read_file('PG_VERSION')", "SELECT pg_reload_conf()", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname IS NOT NULL", "SELECT lo_import('/etc/passwd')"):
            self.refused(sql)

    def test_functions_of_ours_change_nothing(self):
        """Whatever function the reader may call works with the reader's rights, which allow no change; or, with its owner's, is one
        that PostgreSQL lets only read (not volatile) and whose names nobody else can stand in for."""
        within_reach = postgres.rows(self.database, """
            SELECT p.oid::regproc::text FROM pg_proc p
            WHERE p.prosecdef AND (p.provolatile = 'v' OR p.prosqlbody IS NULL AND NOT coalesce(p.proconfig::text LIKE '%search_path=%', false))
              AND has_schema_privilege('eve', p.pronamespace, 'USAGE')
              AND p.pronamespace IN (SELECT n.oid FROM pg_namespace n WHERE n.nspname LIKE 'newsmill%')""")
        self.assertEqual(within_reach, [], "work with their owner's rights")
        self.refused("SELECT newsmill_data.key_first(1)")


if __name__ == "__main__":
    unittest.main()
