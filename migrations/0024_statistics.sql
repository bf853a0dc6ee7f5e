-- Less to do for ANALYZE, which autovacuum calls often while articles pour in: it read every text of its sample (1.6 s
-- of processor time for a month of 42,000 articles, of which 1.0 s was for columns that no plan depends on), and 30,000 rows of tables whose
-- rows are found by key alone.
CREATE FUNCTION newsmill_data.statistics_narrow(tab regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    col text;
BEGIN
    FOR col IN SELECT attname FROM pg_attribute WHERE attrelid = tab AND NOT attisdropped AND attnum > 0
        AND attname IN ('text', 'original', 'removed', 'sentence_starts', 'sentence_ends', 'sentence_tones', 'themes', 'keyphrases',
                        'summary', 'meta', 'links', 'languages', 'authors') LOOP
        EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS 0', tab, col);
    END LOOP;
END
$$;
REVOKE ALL ON FUNCTION newsmill_data.statistics_narrow(regclass) FROM PUBLIC;
SELECT newsmill_data.statistics_narrow(c.oid::regclass) FROM pg_class c
WHERE c.relnamespace = 'newsmill_data'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname ~ '^articles(_|$)';

-- As before, and with that.
CREATE OR REPLACE FUNCTION newsmill_data.partition_add(parent regclass, month timestamp) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    part text := format('newsmill_data.%I', (SELECT relname FROM pg_class WHERE oid = parent)
                                            || to_char(month, '"_y"YYYY"m"MM'));
    rest text := format('newsmill_data.%I', (SELECT relname FROM pg_class WHERE oid = parent) || '_default');
    since timestamptz := month AT TIME ZONE 'UTC';
    until timestamptz := (month + interval '1 month') AT TIME ZONE 'UTC';
BEGIN
    IF to_regclass(part) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', rest);
    EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING ALL)', part, parent);
    IF parent = 'newsmill_data.articles'::regclass THEN
        PERFORM newsmill_data.statistics_narrow(part::regclass);
    END IF;
    EXECUTE format('WITH moved AS (DELETE FROM %s WHERE received >= %L AND received < %L RETURNING *)
                    INSERT INTO %s SELECT * FROM moved', rest, since, until, part);
    EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)', parent, part, since, until);
END
$$;

DO $$
DECLARE
    found record;
BEGIN
    FOR found IN SELECT c.oid::regclass AS tab, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'newsmill_data'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
          AND c.relname IN ('sketches', 'story_bands', 'story_articles', 'ledger',
                            'pending_hours', 'pending_pairs', 'pending_terms', 'pending_places') LOOP
        EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS %s', found.tab, found.attname,
                       CASE WHEN found.attname IN ('sketch', 'bands') THEN 0 ELSE 10 END);
    END LOOP;
END
$$;
