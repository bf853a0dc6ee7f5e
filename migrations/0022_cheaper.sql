-- Rollups and stories for half the processor time.
--
-- Rollups: a folded row is entered in as few indexes as questions need. The unique key now begins with what is asked
-- for, and a narrow index of the time stands beside it; nothing is summed as numeric.

CREATE AGGREGATE newsmill_data.total(bigint) (SFUNC = int8pl, STYPE = bigint, COMBINEFUNC = int8pl, PARALLEL = SAFE);
COMMENT ON AGGREGATE newsmill_data.total(bigint) IS 'sum() that stays bigint, and fails where that is too small';

DROP INDEX newsmill_data.rollup_hours_key, newsmill_data.rollup_hours_source,
    newsmill_data.rollup_pairs_key, newsmill_data.rollup_pairs_pair,
    newsmill_data.rollup_terms_key, newsmill_data.rollup_terms_term,
    newsmill_data.rollup_places_key, newsmill_data.rollup_places_country;
CREATE UNIQUE INDEX rollup_hours_key ON newsmill_data.rollup_hours (source, hour, country, language) NULLS NOT DISTINCT;
CREATE UNIQUE INDEX rollup_pairs_key ON newsmill_data.rollup_pairs (source_code, target_code, day, type, happened) NULLS NOT DISTINCT;
CREATE UNIQUE INDEX rollup_terms_key ON newsmill_data.rollup_terms (term, day, type) NULLS NOT DISTINCT;
CREATE UNIQUE INDEX rollup_places_key ON newsmill_data.rollup_places (country, day, name, kind, lat, lon) NULLS NOT DISTINCT;
CREATE INDEX rollup_hours_hour ON newsmill_data.rollup_hours (hour);
CREATE INDEX rollup_pairs_day ON newsmill_data.rollup_pairs (day);
CREATE INDEX rollup_terms_day ON newsmill_data.rollup_terms (day);
CREATE INDEX rollup_places_day ON newsmill_data.rollup_places (day);

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
    WITH taken AS (
        DELETE FROM newsmill_data.pending_hours
        WHERE ctid = ANY (ARRAY(SELECT p.ctid FROM newsmill_data.pending_hours p LIMIT most)) RETURNING *
    ), folded AS (
        INSERT INTO newsmill_data.rollup_hours AS r
        SELECT hour, country, source, language, newsmill_data.total(articles), newsmill_data.total(copies), newsmill_data.total(words), newsmill_data.total(toned), newsmill_data.total(tone), newsmill_data.total(positive), newsmill_data.total(negative), newsmill_data.total(polarity), newsmill_data.total(delayed), newsmill_data.total(delay_ms), newsmill_data.total(lagged), newsmill_data.total(lag_ms)
        FROM taken GROUP BY hour, country, source, language ORDER BY source, hour, country, language
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
        SELECT day, source_code, target_code, type, happened, newsmill_data.total(events), newsmill_data.total(mentions), newsmill_data.total(scaled), newsmill_data.total(goldstein), newsmill_data.total(quad1), newsmill_data.total(quad2), newsmill_data.total(quad3), newsmill_data.total(quad4)
        FROM taken GROUP BY day, source_code, target_code, type, happened ORDER BY source_code, target_code, day, type, happened
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
        SELECT day, type, term, newsmill_data.total(articles), newsmill_data.total(mentions)
        FROM taken GROUP BY day, type, term ORDER BY term, day, type
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
        SELECT day, country, name, kind, lat, lon, newsmill_data.total(articles), newsmill_data.total(mentions)
        FROM taken GROUP BY day, country, name, kind, lat, lon ORDER BY country, day, name, kind, lat, lon
        ON CONFLICT (day, country, name, kind, lat, lon) DO UPDATE SET
            articles = r.articles + excluded.articles, mentions = r.mentions + excluded.mentions
    )
    SELECT count(*) INTO moved FROM taken;
    total := greatest(total, moved);
    RETURN total;
END
$$;

-- Stories: a storage worker now writes an article's bands with its sketch, and their values begin with the time of its
-- key (in steps of 2^33 ms, 99 days), so that all that is written now stands together in the index. Shingles are
-- of two words, not of three, and bands of three bins, not of four: light rewrites that were found in 60 of 100
-- cases are found in 95. Sketches from before are not like new ones: their articles stay in the stories they are in,
-- and newsmill replay makes them anew.

TRUNCATE newsmill_data.story_bands;
ALTER TABLE newsmill_data.story_bands DROP CONSTRAINT story_bands_pkey;
CREATE INDEX story_bands_value ON newsmill_data.story_bands (value, key);

-- The first 15 bits of a key's time, as worker/storage/facts.c puts them before the bits of a band.
CREATE FUNCTION newsmill_data.key_epoch(key uuid) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ('x' || left(key::text, 4))::bit(15)::bigint;

-- Of these acceptances, the pairs that are one story: near copies received within `days` of one another, and
-- the revisions of one article. `bits` is how many bits of their sketches differ, NULL within one article; at 56 of 256
-- nine in sixteen of their shingles are the same. Of an article that shares bands with more than 64 others, the earliest
-- 32 of each band are looked at; of the earlier articles of one story, one link says all. Planned for a few articles among millions, whatever the statistics say.
CREATE OR REPLACE FUNCTION newsmill_data.story_links(keys uuid[], days integer)
RETURNS TABLE (one uuid, other uuid, bits integer)
LANGUAGE sql STABLE SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    WITH ranges AS MATERIALIZED (
        SELECT w.key, w.article, w.sketch, w.bands, newsmill_data.key_later(w.key, days * -86400000::bigint) AS low,
            newsmill_data.key_later(w.key, days * 86400000::bigint) AS high
        FROM newsmill_data.sketches w WHERE w.key = ANY (keys) AND w.sketch IS NOT NULL
    ), fresh AS MATERIALIZED (
        SELECT r.key, r.article, r.sketch, r.low, r.high,
            CASE WHEN newsmill_data.key_epoch(r.low) = newsmill_data.key_epoch(r.high) THEN r.bands
                 ELSE ARRAY(SELECT (e.epoch << 48) | (unnest(r.bands) & 281474976710655)
                            FROM generate_series(newsmill_data.key_epoch(r.low), newsmill_data.key_epoch(r.high)) AS e (epoch))
            END AS bands
        FROM ranges r
    ), found AS MATERIALIZED (
        SELECT f.*, ARRAY(SELECT b.key FROM newsmill_data.story_bands b
                          WHERE b.value = ANY (f.bands) AND b.key >= f.low AND b.key <= f.high AND b.key <> f.key
                          LIMIT 65) AS near
        FROM fresh f
    )
    (SELECT DISTINCT ON (w.key, CASE WHEN s.key < w.key THEN a.story ELSE s.key END)
        w.key, s.key, CASE WHEN w.article <> s.article THEN bit_count(w.sketch # s.sketch)::integer END
    FROM found w
    CROSS JOIN LATERAL (
        SELECT DISTINCT n.key FROM unnest(CASE WHEN cardinality(w.near) < 65 THEN w.near ELSE ARRAY(
            SELECT near.key FROM unnest(w.bands) AS v (value)
            CROSS JOIN LATERAL (
                SELECT b.key FROM newsmill_data.story_bands b
                WHERE b.value = v.value AND b.key >= w.low AND b.key <= w.high
                ORDER BY b.key LIMIT 32) near
            WHERE near.key <> w.key) END) AS n (key)) c
    JOIN newsmill_data.sketches s ON s.key = c.key
    JOIN newsmill_data.story_articles a ON a.key = c.key
    WHERE w.near <> '{}' AND bit_count(w.sketch # s.sketch) <= 56
    ORDER BY w.key, CASE WHEN s.key < w.key THEN a.story ELSE s.key END, w.article = s.article, s.key)
    UNION ALL
    SELECT w.key, l.key, NULL
    FROM newsmill_data.sketches w
    JOIN newsmill_data.ledger l ON l.article = w.article AND l.revision = w.revision - 1
    JOIN newsmill_data.sketches s ON s.key = l.key
    WHERE w.key = ANY (keys) AND w.revision > 1
$$;

-- As before, without the bands.
CREATE OR REPLACE FUNCTION newsmill_data.stories_step(most integer, days integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    fresh  uuid[];
    behind bigint;
    again  uuid[];
    before uuid[];
    ones   uuid[];
    others uuid[];
    bits   integer[];
BEGIN
    SELECT b.keys, b.behind INTO fresh, behind FROM newsmill_data.step_begin('stories', most) b;
    IF fresh IS NULL OR behind IS NULL THEN
        RETURN CASE WHEN fresh IS NULL THEN -1 ELSE 0 END;
    END IF;
    SELECT array_agg(DISTINCT m.key) INTO again
    FROM newsmill_data.story_articles a
    JOIN newsmill_data.story_articles m ON m.story = a.story
    WHERE a.key = ANY (fresh);
    IF again IS NOT NULL THEN
        UPDATE newsmill_data.story_articles a
        SET story = key, original = NULL, similarity = NULL, articles = 1, copies = 0, sources = 1, last_received = NULL
        WHERE a.key = ANY (again);
        UPDATE newsmill_data.story_articles a SET source = s.source
        FROM newsmill_data.sketches s WHERE s.key = ANY (fresh) AND a.key = s.key AND a.source IS DISTINCT FROM s.source;
    END IF;
    -- An earlier revision whose turn has not come yet is taken along: it will come again, and be there.
    SELECT array_agg(l.key) INTO before
    FROM newsmill_data.sketches w JOIN newsmill_data.ledger l ON l.article = w.article AND l.revision = w.revision - 1
    WHERE w.key = ANY (fresh) AND w.revision > 1;
    INSERT INTO newsmill_data.story_articles (key, received, article, source, story)
    SELECT s.key, s.received, s.article, s.source, s.key FROM newsmill_data.sketches s
    WHERE s.key = ANY (fresh || before) AND NOT EXISTS (SELECT FROM newsmill_data.story_articles a WHERE a.key = s.key)
    ORDER BY s.key;

    SELECT array_agg(l.one), array_agg(l.other), array_agg(l.bits) INTO ones, others, bits
    FROM newsmill_data.story_links(fresh || again, days) l;
    IF ones IS NOT NULL THEN
        PERFORM newsmill_data.stories_join(ones, others);
        UPDATE newsmill_data.story_articles a SET original = e.earlier, similarity = 1 - e.bits / 128.0
        FROM (SELECT DISTINCT ON (later) greatest(l.one, l.other) AS later, least(l.one, l.other) AS earlier, l.bits
              FROM unnest(ones, others, bits) AS l (one, other, bits)
              WHERE l.bits IS NOT NULL ORDER BY later, earlier) e
        WHERE a.key = e.later AND (a.original IS NULL OR e.earlier < a.original);
        PERFORM newsmill_data.stories_count(ones || others);
    END IF;
    PERFORM newsmill_data.step_end('stories', behind);
    RETURN array_length(fresh, 1);
END
$$;
