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

-- As before, but of signs without spaces, too, a worker may make the vector: of pairs of signs, in the configuration "simple".
CREATE OR REPLACE FUNCTION newsmill_data.search_take(most integer, bytes integer)
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
