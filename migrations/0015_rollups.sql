-- Rollups: sums over the latest revisions' facts, by hour and by day (UTC, of `received`), that dashboards read
-- instead of the facts.
--
-- A storage worker appends what a batch adds to pending_NAME, in the batch's transaction: no row is shared, so
-- nothing is hot and nothing deadlocks. rollups_fold() moves pending rows into rollup_NAME, one worker at a
-- time. The views sum both, so they are exact at every moment. A revision that is superseded or made anew
-- is taken out with the same sums, negative, before it changes. All sums are integers (tone and Goldstein in
-- millionths), so what is taken out leaves nothing behind. facts_NAME says, from the facts, what one article
-- adds: that is what workers must write, what is taken out, what `newsmill rollups verify` compares with,
-- and what `rebuild` begins with.

CREATE FUNCTION newsmill_data.millionths(value real) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN abs(value) <= 1e9 THEN round(value::double precision * 1e6)::bigint ELSE 0 END;

CREATE TABLE newsmill_data.rollup_hours (
    hour     timestamptz NOT NULL,
    country  text,
    source   text,
    language text,
    articles bigint NOT NULL,
    copies   bigint NOT NULL,
    words    bigint NOT NULL,
    toned    bigint NOT NULL,
    tone     bigint NOT NULL,
    positive bigint NOT NULL,
    negative bigint NOT NULL,
    polarity bigint NOT NULL,
    delayed  bigint NOT NULL,
    delay_ms bigint NOT NULL,
    lagged   bigint NOT NULL,
    lag_ms   bigint NOT NULL
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
CREATE UNIQUE INDEX rollup_hours_key ON newsmill_data.rollup_hours (hour, country, source, language) NULLS NOT DISTINCT;
CREATE TABLE newsmill_data.pending_hours (LIKE newsmill_data.rollup_hours)
    WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);
CREATE TABLE newsmill_data.rollup_pairs (
    day         date NOT NULL,
    source_code text,
    target_code text,
    type        text,
    happened    boolean NOT NULL,
    events      bigint NOT NULL,
    mentions    bigint NOT NULL,
    scaled      bigint NOT NULL,
    goldstein   bigint NOT NULL,
    quad1       bigint NOT NULL,
    quad2       bigint NOT NULL,
    quad3       bigint NOT NULL,
    quad4       bigint NOT NULL
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
CREATE UNIQUE INDEX rollup_pairs_key ON newsmill_data.rollup_pairs (day, source_code, target_code, type, happened) NULLS NOT DISTINCT;
CREATE TABLE newsmill_data.pending_pairs (LIKE newsmill_data.rollup_pairs)
    WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);
CREATE TABLE newsmill_data.rollup_terms (
    day      date NOT NULL,
    type     text,
    term     text,
    articles bigint NOT NULL,
    mentions bigint NOT NULL
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
CREATE UNIQUE INDEX rollup_terms_key ON newsmill_data.rollup_terms (day, type, term) NULLS NOT DISTINCT;
CREATE TABLE newsmill_data.pending_terms (LIKE newsmill_data.rollup_terms)
    WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);
CREATE TABLE newsmill_data.rollup_places (
    day      date NOT NULL,
    country  text,
    name     text,
    kind     text,
    lat      double precision,
    lon      double precision,
    articles bigint NOT NULL,
    mentions bigint NOT NULL
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
CREATE UNIQUE INDEX rollup_places_key ON newsmill_data.rollup_places (day, country, name, kind, lat, lon) NULLS NOT DISTINCT;
CREATE TABLE newsmill_data.pending_places (LIKE newsmill_data.rollup_places)
    WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);
ALTER TABLE newsmill_data.pending_hours ALTER COLUMN copies SET DEFAULT 0;
CREATE INDEX rollup_hours_country ON newsmill_data.rollup_hours (country, hour);
CREATE INDEX rollup_hours_source ON newsmill_data.rollup_hours (source, hour);
CREATE INDEX rollup_pairs_pair ON newsmill_data.rollup_pairs (source_code, target_code, day);
CREATE INDEX rollup_pairs_target ON newsmill_data.rollup_pairs (target_code, day);
CREATE INDEX rollup_terms_term ON newsmill_data.rollup_terms (term);
CREATE INDEX rollup_places_country ON newsmill_data.rollup_places (country, day);

-- Up to when articles have been dropped (newsmill retain): rollups of before stay as they are.
CREATE TABLE newsmill_data.retained (
    one    boolean     PRIMARY KEY DEFAULT true CHECK (one),
    since  timestamptz NOT NULL
);
INSERT INTO newsmill_data.retained (since) VALUES ('-infinity');

-- What one article adds.
CREATE VIEW newsmill_data.facts_hours AS
SELECT
    a.key AS article_key,
    a.received,
    date_trunc('hour', a.received, 'UTC') AS hour,
    a.focus AS country,
    a.source,
    a.language,
    1::bigint AS articles,
    0::bigint AS copies,
    a.words::bigint AS words,
    CASE WHEN a.tone IS NULL THEN 0 ELSE 1 END::bigint AS toned,
    newsmill_data.millionths(a.tone) AS tone,
    newsmill_data.millionths(a.positive) AS positive,
    newsmill_data.millionths(a.negative) AS negative,
    newsmill_data.millionths(a.polarity) AS polarity,
    CASE WHEN late.delay BETWEEN 0 AND 604800000 THEN 1 ELSE 0 END::bigint AS delayed,
    CASE WHEN late.delay BETWEEN 0 AND 604800000 THEN late.delay ELSE 0 END AS delay_ms,
    CASE WHEN late.lag BETWEEN 0 AND 86400000 THEN 1 ELSE 0 END::bigint AS lagged,
    CASE WHEN late.lag BETWEEN 0 AND 86400000 THEN late.lag ELSE 0 END AS lag_ms
FROM newsmill_data.articles a
CROSS JOIN LATERAL (SELECT (extract(epoch FROM a.received) * 1000)::bigint
                           - (extract(epoch FROM a.published) * 1000)::bigint AS delay,
                           (extract(epoch FROM a.stored) * 1000)::bigint
                           - (extract(epoch FROM a.received) * 1000)::bigint AS lag) late
WHERE a.latest;

CREATE VIEW newsmill_data.facts_pairs AS
SELECT
    f.article_key,
    f.received,
    (f.received AT TIME ZONE 'UTC')::date AS day,
    f.source_code,
    f.target_code,
    f.type,
    coalesce(f.modality = 'actual', false) AND NOT f.negated AS happened,
    1::bigint AS events,
    f.mentions::bigint AS mentions,
    CASE WHEN f.goldstein IS NULL THEN 0 ELSE 1 END::bigint AS scaled,
    newsmill_data.millionths(f.goldstein) AS goldstein,
    CASE WHEN f.quad = 1 THEN 1 ELSE 0 END::bigint AS quad1,
    CASE WHEN f.quad = 2 THEN 1 ELSE 0 END::bigint AS quad2,
    CASE WHEN f.quad = 3 THEN 1 ELSE 0 END::bigint AS quad3,
    CASE WHEN f.quad = 4 THEN 1 ELSE 0 END::bigint AS quad4
FROM newsmill_data.events f
WHERE f.latest;

CREATE VIEW newsmill_data.facts_terms AS
SELECT
    f.article_key,
    f.received,
    (f.received AT TIME ZONE 'UTC')::date AS day,
    coalesce(f.type, 'other') AS type,
    f.name AS term,
    1::bigint AS articles,
    count(*) AS mentions
FROM newsmill_data.names f
WHERE f.latest AND f.name IS NOT NULL
GROUP BY f.article_key, f.received, coalesce(f.type, 'other'), f.name
UNION ALL
SELECT
    a.key,
    a.received,
    (a.received AT TIME ZONE 'UTC')::date,
    'theme',
    t ->> 'code',
    1,
    sum((t ->> 'count')::bigint)::bigint
FROM newsmill_data.articles a CROSS JOIN LATERAL jsonb_array_elements(a.themes) t
WHERE a.latest AND octet_length(t ->> 'code') <= 256
GROUP BY a.key, a.received, t ->> 'code';

CREATE VIEW newsmill_data.facts_places AS
SELECT
    f.article_key,
    f.received,
    (f.received AT TIME ZONE 'UTC')::date AS day,
    f.country,
    f.name,
    f.kind,
    f.lat,
    f.lon,
    1::bigint AS articles,
    count(*) AS mentions
FROM newsmill_data.places f
WHERE f.latest AND f.lat IS NOT NULL AND f.lon IS NOT NULL
GROUP BY f.article_key, f.received, f.country, f.name, f.kind, f.lat, f.lon;

-- Copies are found after their articles are stored, by the step that finds stories: what it changes is added
-- by hour and source, whatever country and language they are of.
CREATE FUNCTION newsmill_data.copies_changed() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO newsmill_data.pending_hours (hour, source, articles, copies, words, toned, tone, positive, negative,
        polarity, delayed, delay_ms, lagged, lag_ms)
    SELECT date_trunc('hour', c.received, 'UTC'), c.source, 0, sum(c.copy), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
    FROM (SELECT n.received, n.source, 1 AS copy FROM added n WHERE n.original IS NOT NULL
          UNION ALL
          SELECT o.received, o.source, -1 FROM gone o WHERE o.original IS NOT NULL) c
    GROUP BY 1, 2 HAVING sum(c.copy) <> 0;
    RETURN NULL;
END
$$;
CREATE TRIGGER copies_changed AFTER UPDATE ON newsmill_data.story_articles
REFERENCING OLD TABLE AS gone NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION newsmill_data.copies_changed();

-- What all articles add.
CREATE VIEW newsmill_data.expected_hours AS
SELECT hour, country, source, language, articles, copies, words, toned, tone, positive, negative, polarity, delayed, delay_ms, lagged, lag_ms FROM newsmill_data.facts_hours
UNION ALL
SELECT date_trunc('hour', s.received, 'UTC'), NULL, s.source, NULL, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
FROM newsmill_data.story_articles s WHERE s.original IS NOT NULL;
CREATE VIEW newsmill_data.expected_pairs AS SELECT day, source_code, target_code, type, happened, events, mentions, scaled, goldstein, quad1, quad2, quad3, quad4 FROM newsmill_data.facts_pairs;
CREATE VIEW newsmill_data.expected_terms AS SELECT day, type, term, articles, mentions FROM newsmill_data.facts_terms;
CREATE VIEW newsmill_data.expected_places AS SELECT day, country, name, kind, lat, lon, articles, mentions FROM newsmill_data.facts_places;

-- Moves at most `most` rows of each kind from pending to folded; how many, or -1 when another worker is at it.
CREATE FUNCTION newsmill_data.rollups_fold(most integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    moved bigint;
    total bigint := 0;
BEGIN
    IF NOT pg_try_advisory_xact_lock(7954895654460419182) THEN
        RETURN -1;
    END IF;
    WITH taken AS (
        DELETE FROM newsmill_data.pending_hours
        WHERE ctid = ANY (ARRAY(SELECT p.ctid FROM newsmill_data.pending_hours p LIMIT most)) RETURNING *
    ), folded AS (
        INSERT INTO newsmill_data.rollup_hours AS r
        SELECT hour, country, source, language, sum(articles), sum(copies), sum(words), sum(toned), sum(tone), sum(positive), sum(negative), sum(polarity), sum(delayed), sum(delay_ms), sum(lagged), sum(lag_ms)
        FROM taken GROUP BY hour, country, source, language ORDER BY hour, country, source, language
        ON CONFLICT (hour, country, source, language) DO UPDATE SET
            articles = r.articles + excluded.articles, copies = r.copies + excluded.copies, words = r.words + excluded.words, toned = r.toned + excluded.toned, tone = r.tone + excluded.tone, positive = r.positive + excluded.positive, negative = r.negative + excluded.negative, polarity = r.polarity + excluded.polarity, delayed = r.delayed + excluded.delayed, delay_ms = r.delay_ms + excluded.delay_ms, lagged = r.lagged + excluded.lagged, lag_ms = r.lag_ms + excluded.lag_ms
    )
    SELECT count(*) INTO moved FROM taken;
    total := greatest(total, moved);
    WITH taken AS (
        DELETE FROM newsmill_data.pending_pairs
        WHERE ctid = ANY (ARRAY(SELECT p.ctid FROM newsmill_data.pending_pairs p LIMIT most)) RETURNING *
    ), folded AS (
        INSERT INTO newsmill_data.rollup_pairs AS r
        SELECT day, source_code, target_code, type, happened, sum(events), sum(mentions), sum(scaled), sum(goldstein), sum(quad1), sum(quad2), sum(quad3), sum(quad4)
        FROM taken GROUP BY day, source_code, target_code, type, happened ORDER BY day, source_code, target_code, type, happened
        ON CONFLICT (day, source_code, target_code, type, happened) DO UPDATE SET
            events = r.events + excluded.events, mentions = r.mentions + excluded.mentions, scaled = r.scaled + excluded.scaled, goldstein = r.goldstein + excluded.goldstein, quad1 = r.quad1 + excluded.quad1, quad2 = r.quad2 + excluded.quad2, quad3 = r.quad3 + excluded.quad3, quad4 = r.quad4 + excluded.quad4
    )
    SELECT count(*) INTO moved FROM taken;
    total := greatest(total, moved);
    WITH taken AS (
        DELETE FROM newsmill_data.pending_terms
        WHERE ctid = ANY (ARRAY(SELECT p.ctid FROM newsmill_data.pending_terms p LIMIT most)) RETURNING *
    ), folded AS (
        INSERT INTO newsmill_data.rollup_terms AS r
        SELECT day, type, term, sum(articles), sum(mentions)
        FROM taken GROUP BY day, type, term ORDER BY day, type, term
        ON CONFLICT (day, type, term) DO UPDATE SET
            articles = r.articles + excluded.articles, mentions = r.mentions + excluded.mentions
    )
    SELECT count(*) INTO moved FROM taken;
    total := greatest(total, moved);
    WITH taken AS (
        DELETE FROM newsmill_data.pending_places
        WHERE ctid = ANY (ARRAY(SELECT p.ctid FROM newsmill_data.pending_places p LIMIT most)) RETURNING *
    ), folded AS (
        INSERT INTO newsmill_data.rollup_places AS r
        SELECT day, country, name, kind, lat, lon, sum(articles), sum(mentions)
        FROM taken GROUP BY day, country, name, kind, lat, lon ORDER BY day, country, name, kind, lat, lon
        ON CONFLICT (day, country, name, kind, lat, lon) DO UPDATE SET
            articles = r.articles + excluded.articles, mentions = r.mentions + excluded.mentions
    )
    SELECT count(*) INTO moved FROM taken;
    total := greatest(total, moved);
    RETURN total;
END
$$;

-- Makes all rollups anew from the facts, but for those of before the oldest article that is kept. For the owner
-- of a REPEATABLE READ transaction that holds the lock of rollups_fold(): what is committed meanwhile
-- is pending, and stays so.
CREATE FUNCTION newsmill_data.rollups_rebuild() RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    kept timestamptz := (SELECT since FROM newsmill_data.retained);
    kept_day date := CASE WHEN isfinite(kept) THEN (kept AT TIME ZONE 'UTC')::date ELSE '-infinity' END;
BEGIN
    IF current_setting('transaction_isolation') = 'read committed' AND EXISTS (SELECT FROM newsmill_data.rollup_hours) THEN
        RAISE EXCEPTION 'rollups_rebuild() needs BEGIN ISOLATION LEVEL REPEATABLE READ';
    END IF;
    DELETE FROM newsmill_data.pending_hours WHERE hour >= kept;
    DELETE FROM newsmill_data.rollup_hours WHERE hour >= kept;
    INSERT INTO newsmill_data.rollup_hours
    SELECT hour, country, source, language, sum(articles), sum(copies), sum(words), sum(toned), sum(tone), sum(positive), sum(negative), sum(polarity), sum(delayed), sum(delay_ms), sum(lagged), sum(lag_ms)
    FROM newsmill_data.expected_hours WHERE hour >= kept GROUP BY hour, country, source, language ORDER BY hour, country, source, language;
    DELETE FROM newsmill_data.pending_pairs WHERE day >= kept_day;
    DELETE FROM newsmill_data.rollup_pairs WHERE day >= kept_day;
    INSERT INTO newsmill_data.rollup_pairs
    SELECT day, source_code, target_code, type, happened, sum(events), sum(mentions), sum(scaled), sum(goldstein), sum(quad1), sum(quad2), sum(quad3), sum(quad4)
    FROM newsmill_data.expected_pairs WHERE day >= kept_day GROUP BY day, source_code, target_code, type, happened ORDER BY day, source_code, target_code, type, happened;
    DELETE FROM newsmill_data.pending_terms WHERE day >= kept_day;
    DELETE FROM newsmill_data.rollup_terms WHERE day >= kept_day;
    INSERT INTO newsmill_data.rollup_terms
    SELECT day, type, term, sum(articles), sum(mentions)
    FROM newsmill_data.expected_terms WHERE day >= kept_day GROUP BY day, type, term ORDER BY day, type, term;
    DELETE FROM newsmill_data.pending_places WHERE day >= kept_day;
    DELETE FROM newsmill_data.rollup_places WHERE day >= kept_day;
    INSERT INTO newsmill_data.rollup_places
    SELECT day, country, name, kind, lat, lon, sum(articles), sum(mentions)
    FROM newsmill_data.expected_places WHERE day >= kept_day GROUP BY day, country, name, kind, lat, lon ORDER BY day, country, name, kind, lat, lon;
END
$$;

-- What the rollups say and the facts do not, and the other way round, in rows; nothing but zeros when all is well.
CREATE FUNCTION newsmill_data.rollups_verify()
RETURNS TABLE (rollup text, rows bigint, missing bigint, surplus bigint)
LANGUAGE plpgsql AS $$
DECLARE
    kept timestamptz := (SELECT since FROM newsmill_data.retained);
    kept_day date := CASE WHEN isfinite(kept) THEN (kept AT TIME ZONE 'UTC')::date ELSE '-infinity' END;
BEGIN
    RETURN QUERY
    WITH facts AS MATERIALIZED (
        SELECT hour, country, source, language, sum(articles), sum(copies), sum(words), sum(toned), sum(tone), sum(positive), sum(negative), sum(polarity), sum(delayed), sum(delay_ms), sum(lagged), sum(lag_ms) FROM newsmill_data.expected_hours WHERE hour >= kept GROUP BY hour, country, source, language
    ), told AS MATERIALIZED (
        SELECT hour, country, source, language, sum(articles), sum(copies), sum(words), sum(toned), sum(tone), sum(positive), sum(negative), sum(polarity), sum(delayed), sum(delay_ms), sum(lagged), sum(lag_ms)
        FROM (SELECT * FROM newsmill_data.rollup_hours UNION ALL SELECT * FROM newsmill_data.pending_hours) r
        WHERE hour >= kept GROUP BY hour, country, source, language
        HAVING sum(articles) <> 0 OR sum(copies) <> 0 OR sum(words) <> 0 OR sum(toned) <> 0 OR sum(tone) <> 0 OR sum(positive) <> 0 OR sum(negative) <> 0 OR sum(polarity) <> 0 OR sum(delayed) <> 0 OR sum(delay_ms) <> 0 OR sum(lagged) <> 0 OR sum(lag_ms) <> 0
    )
    SELECT 'hours', (SELECT count(*) FROM facts),
           (SELECT count(*) FROM (SELECT * FROM facts EXCEPT SELECT * FROM told) m),
           (SELECT count(*) FROM (SELECT * FROM told EXCEPT SELECT * FROM facts) s);
    RETURN QUERY
    WITH facts AS MATERIALIZED (
        SELECT day, source_code, target_code, type, happened, sum(events), sum(mentions), sum(scaled), sum(goldstein), sum(quad1), sum(quad2), sum(quad3), sum(quad4) FROM newsmill_data.expected_pairs WHERE day >= kept_day GROUP BY day, source_code, target_code, type, happened
    ), told AS MATERIALIZED (
        SELECT day, source_code, target_code, type, happened, sum(events), sum(mentions), sum(scaled), sum(goldstein), sum(quad1), sum(quad2), sum(quad3), sum(quad4)
        FROM (SELECT * FROM newsmill_data.rollup_pairs UNION ALL SELECT * FROM newsmill_data.pending_pairs) r
        WHERE day >= kept_day GROUP BY day, source_code, target_code, type, happened
        HAVING sum(events) <> 0 OR sum(mentions) <> 0 OR sum(scaled) <> 0 OR sum(goldstein) <> 0 OR sum(quad1) <> 0 OR sum(quad2) <> 0 OR sum(quad3) <> 0 OR sum(quad4) <> 0
    )
    SELECT 'pairs', (SELECT count(*) FROM facts),
           (SELECT count(*) FROM (SELECT * FROM facts EXCEPT SELECT * FROM told) m),
           (SELECT count(*) FROM (SELECT * FROM told EXCEPT SELECT * FROM facts) s);
    RETURN QUERY
    WITH facts AS MATERIALIZED (
        SELECT day, type, term, sum(articles), sum(mentions) FROM newsmill_data.expected_terms WHERE day >= kept_day GROUP BY day, type, term
    ), told AS MATERIALIZED (
        SELECT day, type, term, sum(articles), sum(mentions)
        FROM (SELECT * FROM newsmill_data.rollup_terms UNION ALL SELECT * FROM newsmill_data.pending_terms) r
        WHERE day >= kept_day GROUP BY day, type, term
        HAVING sum(articles) <> 0 OR sum(mentions) <> 0
    )
    SELECT 'terms', (SELECT count(*) FROM facts),
           (SELECT count(*) FROM (SELECT * FROM facts EXCEPT SELECT * FROM told) m),
           (SELECT count(*) FROM (SELECT * FROM told EXCEPT SELECT * FROM facts) s);
    RETURN QUERY
    WITH facts AS MATERIALIZED (
        SELECT day, country, name, kind, lat, lon, sum(articles), sum(mentions) FROM newsmill_data.expected_places WHERE day >= kept_day GROUP BY day, country, name, kind, lat, lon
    ), told AS MATERIALIZED (
        SELECT day, country, name, kind, lat, lon, sum(articles), sum(mentions)
        FROM (SELECT * FROM newsmill_data.rollup_places UNION ALL SELECT * FROM newsmill_data.pending_places) r
        WHERE day >= kept_day GROUP BY day, country, name, kind, lat, lon
        HAVING sum(articles) <> 0 OR sum(mentions) <> 0
    )
    SELECT 'places', (SELECT count(*) FROM facts),
           (SELECT count(*) FROM (SELECT * FROM facts EXCEPT SELECT * FROM told) m),
           (SELECT count(*) FROM (SELECT * FROM told EXCEPT SELECT * FROM facts) s);
END
$$;

-- Retention: whole months go at once, as partitions; of what is not partitioned, and of the default partitions,
-- their rows. The ledger's go too: a content that comes again after that is new.
CREATE FUNCTION newsmill_data.retain_since(months integer) RETURNS timestamptz
LANGUAGE sql STABLE
RETURN date_trunc('month', (now() AT TIME ZONE 'UTC') - make_interval(months => months)) AT TIME ZONE 'UTC';

-- Partitions that end at `since` or earlier.
CREATE FUNCTION newsmill_data.retain_parts(since timestamptz) RETURNS TABLE (part regclass)
LANGUAGE sql STABLE AS $$
    SELECT c.oid::regclass
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
    WHERE p.relnamespace = 'newsmill_data'::regnamespace AND p.relkind = 'p'
      AND CASE WHEN c.relname ~ '_y\d{4}m\d{2}$' -- the only names that are read as dates
               THEN (to_date(right(c.relname, 7), 'YYYY"m"MM') + interval '1 month') AT TIME ZONE 'UTC' <= since END
    ORDER BY right(c.relname, 7), p.oid
$$;

-- Rows to delete from tables that stay. A story goes when its last article does.
CREATE FUNCTION newsmill_data.retain_rows(since timestamptz) RETURNS TABLE (tab text, condition text)
LANGUAGE sql STABLE AS $$
    SELECT 'newsmill_data.' || t.relname, format('received < %L', since)
    FROM pg_class t
    WHERE t.relnamespace = 'newsmill_data'::regnamespace
      AND (t.relname LIKE '%\_default' OR t.relname IN ('ledger', 'sketches', 'story_bands', 'search', 'alert_matches'))
    UNION ALL
    SELECT 'newsmill_data.story_articles', format('received < %1$L AND NOT EXISTS (
        SELECT FROM newsmill_data.story_articles m WHERE m.story = t.story AND m.received >= %1$L)', since)
$$;

CREATE FUNCTION newsmill_data.retain_list(since timestamptz) RETURNS TABLE (part text, rows bigint, bytes bigint)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    found record;
BEGIN
    FOR found IN SELECT p.part AS tab FROM newsmill_data.retain_parts(since) p LOOP
        part := replace(found.tab::text, 'newsmill_data.', '');
        EXECUTE format('SELECT count(*) FROM %s', found.tab) INTO rows;
        bytes := pg_total_relation_size(found.tab);
        RETURN NEXT;
    END LOOP;
    FOR found IN SELECT r.tab, r.condition FROM newsmill_data.retain_rows(since) r LOOP
        part := replace(found.tab, 'newsmill_data.', '');
        EXECUTE format('SELECT count(*) FROM %s t WHERE %s', found.tab, found.condition) INTO rows;
        bytes := 0;
        IF rows > 0 THEN
            RETURN NEXT;
        END IF;
    END LOOP;
END
$$;

-- In one transaction. A reader that holds a partition for a minute costs an error, and nothing is dropped.
CREATE FUNCTION newsmill_data.retain_drop(before timestamptz, rollups boolean) RETURNS void
LANGUAGE plpgsql SET lock_timeout = '1min' AS $$
DECLARE
    found record;
BEGIN
    PERFORM pg_advisory_xact_lock(7954895654460419181); -- nobody makes months meanwhile
    FOR found IN SELECT p.part AS tab FROM newsmill_data.retain_parts(before) p LOOP
        EXECUTE format('DROP TABLE %s', found.tab);
    END LOOP;
    FOR found IN SELECT r.tab, r.condition FROM newsmill_data.retain_rows(before) r LOOP
        EXECUTE format('DELETE FROM %s t WHERE %s', found.tab, found.condition);
    END LOOP;
    UPDATE newsmill_data.retained SET since = greatest(since, before);
    IF rollups THEN
        PERFORM pg_advisory_xact_lock(7954895654460419182); -- nobody folds meanwhile
        DELETE FROM newsmill_data.rollup_hours WHERE hour < before;
        DELETE FROM newsmill_data.pending_hours WHERE hour < before;
        DELETE FROM newsmill_data.rollup_pairs WHERE day < (before AT TIME ZONE 'UTC')::date;
        DELETE FROM newsmill_data.pending_pairs WHERE day < (before AT TIME ZONE 'UTC')::date;
        DELETE FROM newsmill_data.rollup_terms WHERE day < (before AT TIME ZONE 'UTC')::date;
        DELETE FROM newsmill_data.pending_terms WHERE day < (before AT TIME ZONE 'UTC')::date;
        DELETE FROM newsmill_data.rollup_places WHERE day < (before AT TIME ZONE 'UTC')::date;
        DELETE FROM newsmill_data.pending_places WHERE day < (before AT TIME ZONE 'UTC')::date;
    END IF;
END
$$;

-- The views, over the rollups.
CREATE OR REPLACE VIEW newsmill.tone_by_hour AS
SELECT
    r.hour,
    r.source,
    r.language,
    sum(r.articles)::bigint AS articles,
    sum(r.words)::bigint AS words,
    (sum(r.tone) / 1e6 / nullif(sum(r.toned), 0))::double precision AS tone,
    (sum(r.positive) / 1e6 / nullif(sum(r.toned), 0))::double precision AS positive,
    (sum(r.negative) / 1e6 / nullif(sum(r.toned), 0))::double precision AS negative,
    (sum(r.polarity) / 1e6 / nullif(sum(r.toned), 0))::double precision AS polarity,
    r.country,
    sum(r.toned)::bigint AS toned
FROM (SELECT * FROM newsmill_data.rollup_hours UNION ALL SELECT * FROM newsmill_data.pending_hours) r
GROUP BY r.hour, r.source, r.language, r.country
HAVING sum(r.articles) > 0;

CREATE OR REPLACE VIEW newsmill.volume_by_hour AS
SELECT
    r.hour,
    r.country,
    r.source,
    r.language,
    sum(r.articles)::bigint AS articles,
    sum(r.copies)::bigint AS copies,
    sum(r.words)::bigint AS words,
    sum(r.delayed)::bigint AS delayed,
    CASE WHEN sum(r.delayed) > 0 THEN sum(r.delay_ms) / 1e3 END::double precision AS delay_seconds,
    sum(r.lagged)::bigint AS lagged,
    CASE WHEN sum(r.lagged) > 0 THEN sum(r.lag_ms) / 1e3 END::double precision AS lag_seconds
FROM (SELECT * FROM newsmill_data.rollup_hours UNION ALL SELECT * FROM newsmill_data.pending_hours) r
GROUP BY r.hour, r.country, r.source, r.language
HAVING sum(r.articles) > 0 OR sum(r.copies) > 0;
COMMENT ON COLUMN newsmill.volume_by_hour.copies IS 'articles that are copies or rewrites of an earlier one (newsmill.copies); their rows have a source, no country and no language';

CREATE OR REPLACE VIEW newsmill.pairs_by_day AS
SELECT
    r.day,
    r.source_code,
    r.target_code,
    r.type,
    r.happened,
    sum(r.events)::bigint AS events,
    sum(r.mentions)::bigint AS mentions,
    sum(r.scaled)::bigint AS scaled,
    CASE WHEN sum(r.scaled) > 0 THEN sum(r.goldstein) / 1e6 END::double precision AS goldstein_sum,
    (sum(r.goldstein) / 1e6 / nullif(sum(r.scaled), 0))::double precision AS goldstein,
    sum(r.quad1)::bigint AS verbal_cooperation,
    sum(r.quad2)::bigint AS material_cooperation,
    sum(r.quad3)::bigint AS verbal_conflict,
    sum(r.quad4)::bigint AS material_conflict
FROM (SELECT * FROM newsmill_data.rollup_pairs UNION ALL SELECT * FROM newsmill_data.pending_pairs) r
GROUP BY r.day, r.source_code, r.target_code, r.type, r.happened
HAVING sum(r.events) > 0;

CREATE OR REPLACE VIEW newsmill.names_by_day AS
SELECT r.day, r.term AS name, r.type, sum(r.articles)::bigint AS articles, sum(r.mentions)::bigint AS mentions
FROM (SELECT * FROM newsmill_data.rollup_terms UNION ALL SELECT * FROM newsmill_data.pending_terms) r
WHERE r.type <> 'theme'
GROUP BY r.day, r.term, r.type
HAVING sum(r.articles) > 0;

CREATE OR REPLACE VIEW newsmill.themes_by_day AS
SELECT r.day, r.term AS code, sum(r.articles)::bigint AS articles, sum(r.mentions)::bigint AS mentions
FROM (SELECT * FROM newsmill_data.rollup_terms UNION ALL SELECT * FROM newsmill_data.pending_terms) r
WHERE r.type = 'theme'
GROUP BY r.day, r.term
HAVING sum(r.articles) > 0;

CREATE OR REPLACE VIEW newsmill.terms_by_day AS
SELECT r.day, r.type, r.term, sum(r.articles)::bigint AS articles
FROM (SELECT * FROM newsmill_data.rollup_terms UNION ALL SELECT * FROM newsmill_data.pending_terms) r
GROUP BY r.day, r.type, r.term
HAVING sum(r.articles) > 0;

CREATE OR REPLACE VIEW newsmill.places_by_day AS
SELECT r.day, r.name, r.kind, r.country, r.lat, r.lon, sum(r.articles)::bigint AS articles, sum(r.mentions)::bigint AS mentions
FROM (SELECT * FROM newsmill_data.rollup_places UNION ALL SELECT * FROM newsmill_data.pending_places) r
GROUP BY r.day, r.name, r.kind, r.country, r.lat, r.lon
HAVING sum(r.articles) > 0;

-- What is there already.
SELECT newsmill_data.rollups_rebuild();
