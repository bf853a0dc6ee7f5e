-- What a batch adds to the rollups is one row of arrays a rollup, not a row a key: a tenth of the work to delete when it is folded, and
-- nothing to speak of to vacuum. What takes something out, and copies, which are found later, stay rows.

ALTER TABLE newsmill_data.pending_hours RENAME TO corrections_hours;
ALTER TABLE newsmill_data.pending_pairs RENAME TO corrections_pairs;
ALTER TABLE newsmill_data.pending_terms RENAME TO corrections_terms;
ALTER TABLE newsmill_data.pending_places RENAME TO corrections_places;

CREATE TABLE newsmill_data.batches_hours (
    facts integer NOT NULL, -- elements of each array
    hour timestamptz[] NOT NULL,
    country text[] NOT NULL,
    source text[] NOT NULL,
    language text[] NOT NULL,
    articles bigint[] NOT NULL,
    words bigint[] NOT NULL,
    toned bigint[] NOT NULL,
    tone bigint[] NOT NULL,
    positive bigint[] NOT NULL,
    negative bigint[] NOT NULL,
    polarity bigint[] NOT NULL,
    delayed bigint[] NOT NULL,
    delay_ms bigint[] NOT NULL,
    lagged bigint[] NOT NULL,
    lag_ms bigint[] NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
CREATE TABLE newsmill_data.batches_pairs (
    facts integer NOT NULL, -- elements of each array
    day date[] NOT NULL,
    source_code text[] NOT NULL,
    target_code text[] NOT NULL,
    type text[] NOT NULL,
    happened boolean[] NOT NULL,
    events bigint[] NOT NULL,
    mentions bigint[] NOT NULL,
    scaled bigint[] NOT NULL,
    goldstein bigint[] NOT NULL,
    quad1 bigint[] NOT NULL,
    quad2 bigint[] NOT NULL,
    quad3 bigint[] NOT NULL,
    quad4 bigint[] NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
CREATE TABLE newsmill_data.batches_terms (
    facts integer NOT NULL, -- elements of each array
    day date[] NOT NULL,
    type text[] NOT NULL,
    term text[] NOT NULL,
    articles bigint[] NOT NULL,
    mentions bigint[] NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
CREATE TABLE newsmill_data.batches_places (
    facts integer NOT NULL, -- elements of each array
    day date[] NOT NULL,
    country text[] NOT NULL,
    name text[] NOT NULL,
    kind text[] NOT NULL,
    lat double precision[] NOT NULL,
    lon double precision[] NOT NULL,
    articles bigint[] NOT NULL,
    mentions bigint[] NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- They live for a second or two: not worth compressing.
DO $$
DECLARE
    found record;
BEGIN
    FOR found IN SELECT c.oid::regclass AS tab, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'newsmill_data'::regnamespace AND c.relname LIKE 'batches\_%' AND a.attnum > 0 AND a.attndims > 0 LOOP
        EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET STORAGE EXTERNAL, ALTER COLUMN %2$I SET STATISTICS 0', found.tab, found.attname);
    END LOOP;
END
$$;

-- All that is not folded, as before.
CREATE VIEW newsmill_data.pending_hours AS
SELECT c.hour, c.country, c.source, c.language, c.articles, c.copies, c.words, c.toned, c.tone, c.positive, c.negative, c.polarity, c.delayed, c.delay_ms, c.lagged, c.lag_ms FROM newsmill_data.corrections_hours c
UNION ALL
SELECT unnest(b.hour) AS hour, unnest(b.country) AS country, unnest(b.source) AS source, unnest(b.language) AS language, unnest(b.articles) AS articles, 0::bigint AS copies, unnest(b.words) AS words, unnest(b.toned) AS toned, unnest(b.tone) AS tone, unnest(b.positive) AS positive, unnest(b.negative) AS negative, unnest(b.polarity) AS polarity, unnest(b.delayed) AS delayed, unnest(b.delay_ms) AS delay_ms, unnest(b.lagged) AS lagged, unnest(b.lag_ms) AS lag_ms FROM newsmill_data.batches_hours b;
CREATE VIEW newsmill_data.pending_pairs AS
SELECT c.day, c.source_code, c.target_code, c.type, c.happened, c.events, c.mentions, c.scaled, c.goldstein, c.quad1, c.quad2, c.quad3, c.quad4 FROM newsmill_data.corrections_pairs c
UNION ALL
SELECT unnest(b.day) AS day, unnest(b.source_code) AS source_code, unnest(b.target_code) AS target_code, unnest(b.type) AS type, unnest(b.happened) AS happened, unnest(b.events) AS events, unnest(b.mentions) AS mentions, unnest(b.scaled) AS scaled, unnest(b.goldstein) AS goldstein, unnest(b.quad1) AS quad1, unnest(b.quad2) AS quad2, unnest(b.quad3) AS quad3, unnest(b.quad4) AS quad4 FROM newsmill_data.batches_pairs b;
CREATE VIEW newsmill_data.pending_terms AS
SELECT c.day, c.type, c.term, c.articles, c.mentions FROM newsmill_data.corrections_terms c
UNION ALL
SELECT unnest(b.day) AS day, unnest(b.type) AS type, unnest(b.term) AS term, unnest(b.articles) AS articles, unnest(b.mentions) AS mentions FROM newsmill_data.batches_terms b;
CREATE VIEW newsmill_data.pending_places AS
SELECT c.day, c.country, c.name, c.kind, c.lat, c.lon, c.articles, c.mentions FROM newsmill_data.corrections_places c
UNION ALL
SELECT unnest(b.day) AS day, unnest(b.country) AS country, unnest(b.name) AS name, unnest(b.kind) AS kind, unnest(b.lat) AS lat, unnest(b.lon) AS lon, unnest(b.articles) AS articles, unnest(b.mentions) AS mentions FROM newsmill_data.batches_places b;

-- What read the tables reads the views.
DO $$
DECLARE
    found record;
BEGIN
    FOR found IN SELECT c.oid::regclass AS name, pg_get_viewdef(c.oid) AS body FROM pg_class c
        WHERE c.relnamespace = 'newsmill'::regnamespace AND c.relkind = 'v' AND pg_get_viewdef(c.oid) LIKE '%newsmill\_data.corrections\_%' LOOP
        EXECUTE format('CREATE OR REPLACE VIEW %s AS %s', found.name, replace(found.body, 'newsmill_data.corrections_', 'newsmill_data.pending_'));
    END LOOP;
    EXECUTE replace(pg_get_functiondef('newsmill.trending(text, date, integer)'::regprocedure), 'newsmill_data.corrections_', 'newsmill_data.pending_');
END
$$;

CREATE OR REPLACE FUNCTION newsmill_data.copies_changed() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO newsmill_data.corrections_hours (hour, source, articles, copies, words, toned, tone, positive, negative,
        polarity, delayed, delay_ms, lagged, lag_ms)
    SELECT date_trunc('hour', c.received, 'UTC'), c.source, 0, sum(c.copy), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
    FROM (SELECT n.received, n.source, 1 AS copy FROM added n WHERE n.original IS NOT NULL
          UNION ALL
          SELECT o.received, o.source, -1 FROM gone o WHERE o.original IS NOT NULL) c
    GROUP BY 1, 2 HAVING sum(c.copy) <> 0;
    RETURN NULL;
END
$$;

-- Moves what is pending, when it is at most `most` rows of a kind else about as many, from pending to folded; how many, or
-- -1 when another worker is at it.
CREATE OR REPLACE FUNCTION newsmill_data.rollups_fold(most integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    moved bigint;
    total bigint := 0;
BEGIN
    IF NOT pg_try_advisory_xact_lock(7954895654460419182) THEN
        RETURN -1;
    END IF;
    WITH batches AS (
        DELETE FROM newsmill_data.batches_hours
        WHERE ctid = ANY (ARRAY(SELECT p.ctid FROM (SELECT b.ctid, sum(b.facts) OVER (ROWS UNBOUNDED PRECEDING) - b.facts AS before
                                                    FROM newsmill_data.batches_hours b) p WHERE p.before < most)) RETURNING *
    ), corrections AS (
        DELETE FROM newsmill_data.corrections_hours
        WHERE ctid = ANY (ARRAY(SELECT c.ctid FROM newsmill_data.corrections_hours c LIMIT most)) RETURNING *
    ), taken AS (
        SELECT unnest(b.hour) AS hour, unnest(b.country) AS country, unnest(b.source) AS source, unnest(b.language) AS language, unnest(b.articles) AS articles, 0::bigint AS copies, unnest(b.words) AS words, unnest(b.toned) AS toned, unnest(b.tone) AS tone, unnest(b.positive) AS positive, unnest(b.negative) AS negative, unnest(b.polarity) AS polarity, unnest(b.delayed) AS delayed, unnest(b.delay_ms) AS delay_ms, unnest(b.lagged) AS lagged, unnest(b.lag_ms) AS lag_ms FROM batches b
        UNION ALL
        SELECT c.hour, c.country, c.source, c.language, c.articles, c.copies, c.words, c.toned, c.tone, c.positive, c.negative, c.polarity, c.delayed, c.delay_ms, c.lagged, c.lag_ms FROM corrections c
    ), folded AS (
        INSERT INTO newsmill_data.rollup_hours AS r (hour, country, source, language, articles, copies, words, toned, tone, positive, negative, polarity, delayed, delay_ms, lagged, lag_ms)
        SELECT hour, country, source, language, newsmill_data.total(articles), newsmill_data.total(copies), newsmill_data.total(words), newsmill_data.total(toned), newsmill_data.total(tone), newsmill_data.total(positive), newsmill_data.total(negative), newsmill_data.total(polarity), newsmill_data.total(delayed), newsmill_data.total(delay_ms), newsmill_data.total(lagged), newsmill_data.total(lag_ms)
        FROM taken GROUP BY hour, country, source, language ORDER BY source, hour, country, language
        ON CONFLICT (hour, country, source, language) DO UPDATE SET
            articles = r.articles + excluded.articles, copies = r.copies + excluded.copies, words = r.words + excluded.words, toned = r.toned + excluded.toned, tone = r.tone + excluded.tone, positive = r.positive + excluded.positive, negative = r.negative + excluded.negative, polarity = r.polarity + excluded.polarity, delayed = r.delayed + excluded.delayed, delay_ms = r.delay_ms + excluded.delay_ms, lagged = r.lagged + excluded.lagged, lag_ms = r.lag_ms + excluded.lag_ms
    )
    SELECT coalesce((SELECT sum(b.facts) FROM batches b), 0) + (SELECT count(*) FROM corrections c) INTO moved;
    total := greatest(total, moved);
    WITH batches AS (
        DELETE FROM newsmill_data.batches_pairs
        WHERE ctid = ANY (ARRAY(SELECT p.ctid FROM (SELECT b.ctid, sum(b.facts) OVER (ROWS UNBOUNDED PRECEDING) - b.facts AS before
                                                    FROM newsmill_data.batches_pairs b) p WHERE p.before < most)) RETURNING *
    ), corrections AS (
        DELETE FROM newsmill_data.corrections_pairs
        WHERE ctid = ANY (ARRAY(SELECT c.ctid FROM newsmill_data.corrections_pairs c LIMIT most)) RETURNING *
    ), taken AS (
        SELECT unnest(b.day) AS day, unnest(b.source_code) AS source_code, unnest(b.target_code) AS target_code, unnest(b.type) AS type, unnest(b.happened) AS happened, unnest(b.events) AS events, unnest(b.mentions) AS mentions, unnest(b.scaled) AS scaled, unnest(b.goldstein) AS goldstein, unnest(b.quad1) AS quad1, unnest(b.quad2) AS quad2, unnest(b.quad3) AS quad3, unnest(b.quad4) AS quad4 FROM batches b
        UNION ALL
        SELECT c.day, c.source_code, c.target_code, c.type, c.happened, c.events, c.mentions, c.scaled, c.goldstein, c.quad1, c.quad2, c.quad3, c.quad4 FROM corrections c
    ), folded AS (
        INSERT INTO newsmill_data.rollup_pairs AS r (day, source_code, target_code, type, happened, events, mentions, scaled, goldstein, quad1, quad2, quad3, quad4)
        SELECT day, source_code, target_code, type, happened, newsmill_data.total(events), newsmill_data.total(mentions), newsmill_data.total(scaled), newsmill_data.total(goldstein), newsmill_data.total(quad1), newsmill_data.total(quad2), newsmill_data.total(quad3), newsmill_data.total(quad4)
        FROM taken GROUP BY day, source_code, target_code, type, happened ORDER BY source_code, target_code, day, type, happened
        ON CONFLICT (day, source_code, target_code, type, happened) DO UPDATE SET
            events = r.events + excluded.events, mentions = r.mentions + excluded.mentions, scaled = r.scaled + excluded.scaled, goldstein = r.goldstein + excluded.goldstein, quad1 = r.quad1 + excluded.quad1, quad2 = r.quad2 + excluded.quad2, quad3 = r.quad3 + excluded.quad3, quad4 = r.quad4 + excluded.quad4
    )
    SELECT coalesce((SELECT sum(b.facts) FROM batches b), 0) + (SELECT count(*) FROM corrections c) INTO moved;
    total := greatest(total, moved);
    WITH batches AS (
        DELETE FROM newsmill_data.batches_terms
        WHERE ctid = ANY (ARRAY(SELECT p.ctid FROM (SELECT b.ctid, sum(b.facts) OVER (ROWS UNBOUNDED PRECEDING) - b.facts AS before
                                                    FROM newsmill_data.batches_terms b) p WHERE p.before < most)) RETURNING *
    ), corrections AS (
        DELETE FROM newsmill_data.corrections_terms
        WHERE ctid = ANY (ARRAY(SELECT c.ctid FROM newsmill_data.corrections_terms c LIMIT most)) RETURNING *
    ), taken AS (
        SELECT unnest(b.day) AS day, unnest(b.type) AS type, unnest(b.term) AS term, unnest(b.articles) AS articles, unnest(b.mentions) AS mentions FROM batches b
        UNION ALL
        SELECT c.day, c.type, c.term, c.articles, c.mentions FROM corrections c
    ), folded AS (
        INSERT INTO newsmill_data.rollup_terms AS r (day, type, term, articles, mentions)
        SELECT day, type, term, newsmill_data.total(articles), newsmill_data.total(mentions)
        FROM taken GROUP BY day, type, term ORDER BY term, day, type
        ON CONFLICT (day, type, term) DO UPDATE SET
            articles = r.articles + excluded.articles, mentions = r.mentions + excluded.mentions
    )
    SELECT coalesce((SELECT sum(b.facts) FROM batches b), 0) + (SELECT count(*) FROM corrections c) INTO moved;
    total := greatest(total, moved);
    WITH batches AS (
        DELETE FROM newsmill_data.batches_places
        WHERE ctid = ANY (ARRAY(SELECT p.ctid FROM (SELECT b.ctid, sum(b.facts) OVER (ROWS UNBOUNDED PRECEDING) - b.facts AS before
                                                    FROM newsmill_data.batches_places b) p WHERE p.before < most)) RETURNING *
    ), corrections AS (
        DELETE FROM newsmill_data.corrections_places
        WHERE ctid = ANY (ARRAY(SELECT c.ctid FROM newsmill_data.corrections_places c LIMIT most)) RETURNING *
    ), taken AS (
        SELECT unnest(b.day) AS day, unnest(b.country) AS country, unnest(b.name) AS name, unnest(b.kind) AS kind, unnest(b.lat) AS lat, unnest(b.lon) AS lon, unnest(b.articles) AS articles, unnest(b.mentions) AS mentions FROM batches b
        UNION ALL
        SELECT c.day, c.country, c.name, c.kind, c.lat, c.lon, c.articles, c.mentions FROM corrections c
    ), folded AS (
        INSERT INTO newsmill_data.rollup_places AS r (day, country, name, kind, lat, lon, articles, mentions)
        SELECT day, country, name, kind, lat, lon, newsmill_data.total(articles), newsmill_data.total(mentions)
        FROM taken GROUP BY day, country, name, kind, lat, lon ORDER BY country, day, name, kind, lat, lon
        ON CONFLICT (day, country, name, kind, lat, lon) DO UPDATE SET
            articles = r.articles + excluded.articles, mentions = r.mentions + excluded.mentions
    )
    SELECT coalesce((SELECT sum(b.facts) FROM batches b), 0) + (SELECT count(*) FROM corrections c) INTO moved;
    total := greatest(total, moved);
    RETURN total;
END
$$;

-- As before; of the batches what is before the oldest article that is kept stays pending, as rows.
CREATE OR REPLACE FUNCTION newsmill_data.rollups_rebuild() RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    kept timestamptz := (SELECT since FROM newsmill_data.retained);
    kept_day date := CASE WHEN isfinite(kept) THEN (kept AT TIME ZONE 'UTC')::date ELSE '-infinity' END;
BEGIN
    IF current_setting('transaction_isolation') = 'read committed' AND EXISTS (SELECT FROM newsmill_data.rollup_hours) THEN
        RAISE EXCEPTION 'rollups_rebuild() needs BEGIN ISOLATION LEVEL REPEATABLE READ';
    END IF;
    DELETE FROM newsmill_data.corrections_hours WHERE hour >= kept;
    INSERT INTO newsmill_data.corrections_hours (hour, country, source, language, articles, copies, words, toned, tone, positive, negative, polarity, delayed, delay_ms, lagged, lag_ms)
    SELECT hour, country, source, language, articles, copies, words, toned, tone, positive, negative, polarity, delayed, delay_ms, lagged, lag_ms FROM (SELECT unnest(b.hour) AS hour, unnest(b.country) AS country, unnest(b.source) AS source, unnest(b.language) AS language, unnest(b.articles) AS articles, 0::bigint AS copies, unnest(b.words) AS words, unnest(b.toned) AS toned, unnest(b.tone) AS tone, unnest(b.positive) AS positive, unnest(b.negative) AS negative, unnest(b.polarity) AS polarity, unnest(b.delayed) AS delayed, unnest(b.delay_ms) AS delay_ms, unnest(b.lagged) AS lagged, unnest(b.lag_ms) AS lag_ms FROM newsmill_data.batches_hours b) p WHERE hour < kept;
    DELETE FROM newsmill_data.batches_hours;
    DELETE FROM newsmill_data.rollup_hours WHERE hour >= kept;
    INSERT INTO newsmill_data.rollup_hours (hour, country, source, language, articles, copies, words, toned, tone, positive, negative, polarity, delayed, delay_ms, lagged, lag_ms)
    SELECT hour, country, source, language, sum(articles), sum(copies), sum(words), sum(toned), sum(tone), sum(positive), sum(negative), sum(polarity), sum(delayed), sum(delay_ms), sum(lagged), sum(lag_ms)
    FROM newsmill_data.expected_hours WHERE hour >= kept GROUP BY hour, country, source, language ORDER BY hour, country, source, language;
    DELETE FROM newsmill_data.corrections_pairs WHERE day >= kept_day;
    INSERT INTO newsmill_data.corrections_pairs (day, source_code, target_code, type, happened, events, mentions, scaled, goldstein, quad1, quad2, quad3, quad4)
    SELECT day, source_code, target_code, type, happened, events, mentions, scaled, goldstein, quad1, quad2, quad3, quad4 FROM (SELECT unnest(b.day) AS day, unnest(b.source_code) AS source_code, unnest(b.target_code) AS target_code, unnest(b.type) AS type, unnest(b.happened) AS happened, unnest(b.events) AS events, unnest(b.mentions) AS mentions, unnest(b.scaled) AS scaled, unnest(b.goldstein) AS goldstein, unnest(b.quad1) AS quad1, unnest(b.quad2) AS quad2, unnest(b.quad3) AS quad3, unnest(b.quad4) AS quad4 FROM newsmill_data.batches_pairs b) p WHERE day < kept_day;
    DELETE FROM newsmill_data.batches_pairs;
    DELETE FROM newsmill_data.rollup_pairs WHERE day >= kept_day;
    INSERT INTO newsmill_data.rollup_pairs (day, source_code, target_code, type, happened, events, mentions, scaled, goldstein, quad1, quad2, quad3, quad4)
    SELECT day, source_code, target_code, type, happened, sum(events), sum(mentions), sum(scaled), sum(goldstein), sum(quad1), sum(quad2), sum(quad3), sum(quad4)
    FROM newsmill_data.expected_pairs WHERE day >= kept_day GROUP BY day, source_code, target_code, type, happened ORDER BY day, source_code, target_code, type, happened;
    DELETE FROM newsmill_data.corrections_terms WHERE day >= kept_day;
    INSERT INTO newsmill_data.corrections_terms (day, type, term, articles, mentions)
    SELECT day, type, term, articles, mentions FROM (SELECT unnest(b.day) AS day, unnest(b.type) AS type, unnest(b.term) AS term, unnest(b.articles) AS articles, unnest(b.mentions) AS mentions FROM newsmill_data.batches_terms b) p WHERE day < kept_day;
    DELETE FROM newsmill_data.batches_terms;
    DELETE FROM newsmill_data.rollup_terms WHERE day >= kept_day;
    INSERT INTO newsmill_data.rollup_terms (day, type, term, articles, mentions)
    SELECT day, type, term, sum(articles), sum(mentions)
    FROM newsmill_data.expected_terms WHERE day >= kept_day GROUP BY day, type, term ORDER BY day, type, term;
    DELETE FROM newsmill_data.corrections_places WHERE day >= kept_day;
    INSERT INTO newsmill_data.corrections_places (day, country, name, kind, lat, lon, articles, mentions)
    SELECT day, country, name, kind, lat, lon, articles, mentions FROM (SELECT unnest(b.day) AS day, unnest(b.country) AS country, unnest(b.name) AS name, unnest(b.kind) AS kind, unnest(b.lat) AS lat, unnest(b.lon) AS lon, unnest(b.articles) AS articles, unnest(b.mentions) AS mentions FROM newsmill_data.batches_places b) p WHERE day < kept_day;
    DELETE FROM newsmill_data.batches_places;
    DELETE FROM newsmill_data.rollup_places WHERE day >= kept_day;
    INSERT INTO newsmill_data.rollup_places (day, country, name, kind, lat, lon, articles, mentions)
    SELECT day, country, name, kind, lat, lon, sum(articles), sum(mentions)
    FROM newsmill_data.expected_places WHERE day >= kept_day GROUP BY day, country, name, kind, lat, lon ORDER BY day, country, name, kind, lat, lon;
END
$$;

-- In one transaction. A reader that holds a partition for a minute costs an error, and nothing is dropped.
CREATE OR REPLACE FUNCTION newsmill_data.retain_drop(before timestamptz, rollups boolean) RETURNS void
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
        PERFORM pg_advisory_xact_lock(7954895654460419182); -- nobody else folds meanwhile
        WHILE newsmill_data.rollups_fold(1000000) >= 1000000 LOOP
        END LOOP;
        DELETE FROM newsmill_data.rollup_hours WHERE hour < before;
        DELETE FROM newsmill_data.rollup_pairs WHERE day < (before AT TIME ZONE 'UTC')::date;
        DELETE FROM newsmill_data.rollup_terms WHERE day < (before AT TIME ZONE 'UTC')::date;
        DELETE FROM newsmill_data.rollup_places WHERE day < (before AT TIME ZONE 'UTC')::date;
    END IF;
END
$$;

-- As before, but no month is made meanwhile: a plan knows the months there were when it began, and what was committed in
-- a new one before its snapshot was in the sums and not among the facts.
ALTER FUNCTION newsmill_data.rollups_verify() RENAME TO rollups_compare;
CREATE FUNCTION newsmill_data.rollups_verify()
RETURNS TABLE (rollup text, rows bigint, missing bigint, surplus bigint)
LANGUAGE plpgsql AS $$
BEGIN
    LOCK TABLE newsmill_data.articles_default, newsmill_data.events_default, newsmill_data.names_default,
        newsmill_data.places_default IN ACCESS SHARE MODE;
    RETURN QUERY SELECT c.rollup, c.rows, c.missing, c.surplus FROM newsmill_data.rollups_compare() c;
END
$$;
