-- Vectors are made by the storage worker, out of what the dictionaries say of each different word: it asks for a
-- word once, not at each place where it stands (worker/storage/filing.h). What it cannot cut into words is made as before.

-- As before, but nothing of signs without spaces is a vector too: such an article without a title stopped search.
CREATE OR REPLACE FUNCTION newsmill_data.search_vector_long(config text, title text, body text) RETURNS tsvector
LANGUAGE plpgsql STABLE AS $$
DECLARE
    named regconfig := CASE WHEN config = 'signs' THEN 'simple' ELSE config END;
    head  tsvector  := to_tsvector(named, coalesce(newsmill.search_text(config, left(title, 2000)), ''));
BEGIN
    RETURN setweight(head, 'A') || to_tsvector(named, coalesce(newsmill.search_text(config, body), ''));
EXCEPTION WHEN program_limit_exceeded THEN -- too many different words
    RETURN head;
END
$$;

-- What a vector depends on: a number that is another one as soon as a configuration is altered, and a word that alone
-- makes one lexeme of the same name. No row for a configuration whose dictionaries look at more than one word at a
-- time (a thesaurus), or may (a template not known here), or that has another parser.
CREATE FUNCTION newsmill_data.search_config(wanted regconfig, OUT state bigint, OUT probe text) RETURNS SETOF record
LANGUAGE sql STABLE AS $$
    SELECT hashtextextended(string_agg(concat_ws(' ', m.maptokentype, m.mapseqno, m.mapdict, m.xmin, d.xmin), ','
                                       ORDER BY m.maptokentype, m.mapseqno), wanted::oid::bigint),
        CASE WHEN to_tsvector(wanted, '7 7') = '''7'':1,2' THEN '7'
             WHEN to_tsvector(wanted, 'zqxj zqxj') = '''zqxj'':1,2' THEN 'zqxj' END
    FROM pg_ts_config c
    JOIN pg_ts_parser p ON p.oid = c.cfgparser
    JOIN pg_ts_config_map m ON m.mapcfg = c.oid
    JOIN pg_ts_dict d ON d.oid = m.mapdict
    JOIN pg_ts_template t ON t.oid = d.dicttemplate
    WHERE c.oid = wanted AND p.prsname = 'default' AND p.prsnamespace = 'pg_catalog'::regnamespace
    HAVING bool_and(t.tmplname IN ('simple', 'synonym', 'ispell', 'snowball', 'unaccent'))
       AND (to_tsvector(wanted, '7 7') = '''7'':1,2' OR to_tsvector(wanted, 'zqxj zqxj') = '''zqxj'':1,2')
$$;

-- The next articles for search, in the order of their keys, and the position behind them; one row without an article and
-- with the position -1 when another worker is at it. A title and a body come only with what a worker may make
-- the vector of, `bytes` at most. Another worker may not begin before the end of this transaction, which the server ends
-- when the worker says nothing for half a minute.
CREATE FUNCTION newsmill_data.search_take(most integer, bytes integer)
RETURNS TABLE (behind bigint, key uuid, received timestamptz, source text, language text, config text,
    parsed oid, state bigint, probe text, title text, body text)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    reached bigint;
    horizon bigint;
    upto    bigint;
BEGIN
    PERFORM set_config('idle_in_transaction_session_timeout', '30000', true);
    IF NOT pg_try_advisory_xact_lock(7954895654460419183) THEN
        RETURN QUERY SELECT -1::bigint, NULL::uuid, NULL::timestamptz, NULL, NULL, NULL, NULL::oid, NULL::bigint, NULL, NULL, NULL;
        RETURN;
    END IF;
    SELECT p.written INTO reached FROM newsmill_data.positions p WHERE p.step = 'search';
    horizon := pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
    IF reached > horizon THEN
        reached := 0; -- a restored dump, as in step_begin()
    END IF;
    SELECT max(s.written) + 1 INTO upto FROM (
        SELECT k.written FROM newsmill_data.sketches k
        WHERE k.written >= reached AND k.written < horizon ORDER BY k.written LIMIT most) s;
    RETURN QUERY
    WITH fresh AS MATERIALIZED (
        SELECT k.key, a.received, a.source, a.language, a.title, a.text,
            CASE WHEN a.key IS NOT NULL THEN coalesce(t.config, 'simple') END AS config,
            sum(octet_length(a.text)) OVER (ORDER BY k.key) AS so_far
        FROM newsmill_data.sketches k
        LEFT JOIN newsmill_data.articles a ON a.key = k.key AND a.received = k.received AND a.latest
        LEFT JOIN newsmill_data.text_search t ON t.language = split_part(a.language, '-', 1)
        WHERE k.written >= reached AND k.written < upto
    ), configs AS MATERIALIZED (
        SELECT n.config, n.named::oid AS parsed, s.state, s.probe
        FROM (SELECT f.config, CASE WHEN f.config = 'signs' THEN 'simple' ELSE f.config END::regconfig AS named
              FROM (SELECT DISTINCT fresh.config FROM fresh WHERE fresh.config IS NOT NULL) f) n
        CROSS JOIN LATERAL newsmill_data.search_config(n.named) s
    )
    SELECT upto, f.key, f.received, f.source, f.language, f.config, c.parsed, c.state, c.probe,
        CASE WHEN m.may THEN left(coalesce(f.title, ''), 2000) END, CASE WHEN m.may THEN coalesce(f.text, '') END
    FROM fresh f
    LEFT JOIN configs c ON c.config = f.config
    CROSS JOIN LATERAL (SELECT c.config IS NOT NULL AND coalesce(f.so_far, 0) <= bytes
                               AND coalesce(octet_length(f.text), 0) <= 150000 AS may) m
    ORDER BY f.key;
END
$$;

-- Files what search_take() took, in the same transaction; how many they were. Vectors that are NULL are made here. An article's
-- earlier revisions go.
CREATE FUNCTION newsmill_data.search_file(behind bigint, keys uuid[], received timestamptz[], sources text[], languages text[],
    configs text[], vectors tsvector[]) RETURNS integer
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO newsmill_data.search (key, received, source, language, config, vector)
    SELECT f.key, f.received, f.source, f.language, f.config, v.vector
    FROM unnest(keys, received, sources, languages, configs, vectors) AS f (key, received, source, language, config, vector)
    CROSS JOIN LATERAL (
        SELECT f.vector WHERE f.vector IS NOT NULL
        UNION ALL
        SELECT newsmill_data.search_vector(f.config, a.title, a.text) FROM newsmill_data.articles a
        WHERE f.vector IS NULL AND a.key = f.key AND a.received = f.received) v
    WHERE f.config IS NOT NULL
    ORDER BY f.key
    ON CONFLICT (key) DO UPDATE
    SET source = excluded.source, language = excluded.language, config = excluded.config, vector = excluded.vector;
    DELETE FROM newsmill_data.search s USING newsmill_data.sketches w, newsmill_data.ledger l
    WHERE w.key = ANY (keys) AND w.revision > 1 AND l.article = w.article AND l.revision < w.revision AND s.key = l.key;
    INSERT INTO newsmill_data.search_configs
    SELECT DISTINCT f.config FROM unnest(configs) AS f (config) WHERE f.config IS NOT NULL
      AND NOT EXISTS (SELECT FROM newsmill_data.search_configs c WHERE c.config = f.config)
    ON CONFLICT DO NOTHING;
    PERFORM newsmill_data.alerts_match(keys, true);
    PERFORM newsmill_data.step_end('search', behind);
    RETURN cardinality(keys);
END
$$;

DROP FUNCTION newsmill_data.search_step(integer, integer);
