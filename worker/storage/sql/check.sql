-- What a worker asks before it takes work: the schema's version, a table it may not write to, and
-- whether this server takes writes at all.
SELECT (SELECT coalesce(max(version), 0) FROM newsmill.schema_version)::integer,
       (SELECT format('%I.%I', n.nspname, c.relname)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'newsmill_data' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
          AND NOT (has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
                   AND (has_table_privilege(c.oid, 'INSERT')
                        OR c.relname IN ('countries', 'fips', 'text_search', 'retained'))
                   AND (has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE')
                        -- As grants.sql has it.
                        OR c.relname IN ('countries', 'fips', 'text_search', 'retained', 'search_configs')
                        OR c.relname IN ('ledger', 'node_books') AND has_table_privilege(c.oid, 'UPDATE')))
        LIMIT 1)::text,
       current_setting('transaction_read_only')::boolean
