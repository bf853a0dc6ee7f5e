-- Who may do what; run after every migration, so that roles made later get their rights with the next run.
-- newsmill_writer is for workers, newsmill_reader for dashboards: group roles that cannot log in.
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['newsmill_writer', 'newsmill_reader'] LOOP
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            CONTINUE;
        END IF;
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
        EXCEPTION
            WHEN insufficient_privilege THEN
                RAISE WARNING 'the role % is missing and % may not create it: have an administrator run CREATE ROLE % NOLOGIN, then migrate again',
                    wanted, current_user, wanted;
                CONTINUE;
            WHEN duplicate_object OR unique_violation THEN
                NULL; -- made meanwhile for another database of this server
        END;
    END LOOP;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'newsmill_writer') THEN
        GRANT USAGE ON SCHEMA newsmill, newsmill_data TO newsmill_writer;
        GRANT SELECT ON ALL TABLES IN SCHEMA newsmill TO newsmill_writer;
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA newsmill_data TO newsmill_writer;
        -- What workers only read, and what they never take away.
        REVOKE INSERT, UPDATE, DELETE ON newsmill_data.countries, newsmill_data.fips, newsmill_data.text_search,
            newsmill_data.retained FROM newsmill_writer;
        REVOKE UPDATE, DELETE ON newsmill_data.search_configs FROM newsmill_writer;
        REVOKE DELETE ON newsmill_data.ledger, newsmill_data.node_books FROM newsmill_writer;
        GRANT EXECUTE ON FUNCTION newsmill_data.partitions_make(timestamptz, timestamptz) TO newsmill_writer;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'newsmill_reader') THEN
        GRANT USAGE ON SCHEMA newsmill TO newsmill_reader;
        GRANT SELECT ON ALL TABLES IN SCHEMA newsmill TO newsmill_reader;
    END IF;
END
$$;

-- The partitions of this month and the next two.
SELECT newsmill_data.partitions_make(now(), now() + interval '2 months');
