SELECT to_regclass('newsmill.schema_version') IS NOT NULL
