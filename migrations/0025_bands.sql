-- The bands of an article are written by the step that looks for its story, some thousand articles at a time and in
-- the order of their index: half of what it costs a storage worker to write those of a batch.

ALTER TABLE newsmill_data.story_bands DROP COLUMN received; -- the key tells it

-- The milliseconds since 1970 that a key begins with; and the first and the last key of a millisecond.
CREATE FUNCTION newsmill_data.key_ms(key uuid) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ('x' || translate(left(key::text, 13), '-', ''))::bit(48)::bigint;

CREATE FUNCTION newsmill_data.key_first(ms bigint) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (substr(to_hex(greatest(ms, 0) | (1::bigint << 52)), 3) || '00000000000000000000')::uuid;

CREATE FUNCTION newsmill_data.key_last(ms bigint) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (substr(to_hex(greatest(ms, 0) | (1::bigint << 52)), 3) || 'ffffffffffffffffffff')::uuid;

-- As before (migration 22), but for the revisions: the pairs that are near copies received within `days` of one another.
-- Of one band the earliest 64 of that time are looked at. A band's value begins with the highest 15 bits of its key's
-- milliseconds; where the days span two of these, both are asked for.
CREATE OR REPLACE FUNCTION newsmill_data.story_links(keys uuid[], days integer)
RETURNS TABLE (one uuid, other uuid, bits integer)
LANGUAGE sql STABLE SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    WITH times AS MATERIALIZED (
        SELECT w.key, w.article, w.sketch, w.bands, newsmill_data.key_ms(w.key) AS ms, days * 86400000::bigint AS span
        FROM newsmill_data.sketches w WHERE w.key = ANY (keys) AND w.sketch IS NOT NULL
    ), fresh AS MATERIALIZED (
        SELECT t.key, t.article, t.sketch, newsmill_data.key_first(t.ms - t.span) AS low, newsmill_data.key_last(t.ms + t.span) AS high,
            CASE WHEN (t.ms - t.span) >> 33 = (t.ms + t.span) >> 33 THEN t.bands
                 ELSE ARRAY(SELECT (e.epoch << 48) | (unnest(t.bands) & 281474976710655)
                            FROM generate_series((t.ms - t.span) >> 33, (t.ms + t.span) >> 33) AS e (epoch))
            END AS bands
        FROM times t
    ), near AS MATERIALIZED (
        SELECT DISTINCT v.key, b.key AS other
        FROM (SELECT f.key, f.low, f.high, unnest(f.bands) AS value FROM fresh f ORDER BY 4) v
        CROSS JOIN LATERAL (
            SELECT b.key FROM newsmill_data.story_bands b
            WHERE b.value = v.value AND b.key >= v.low AND b.key <= v.high
            ORDER BY b.key LIMIT 64) b
        WHERE b.key <> v.key
    )
    SELECT DISTINCT ON (w.key, CASE WHEN s.key < w.key THEN a.story ELSE s.key END)
        w.key, s.key, CASE WHEN w.article <> s.article THEN bit_count(w.sketch # s.sketch)::integer END
    FROM near n
    JOIN newsmill_data.sketches w ON w.key = n.key
    JOIN newsmill_data.sketches s ON s.key = n.other
    JOIN newsmill_data.story_articles a ON a.key = n.other
    WHERE bit_count(w.sketch # s.sketch) <= 56
    ORDER BY w.key, CASE WHEN s.key < w.key THEN a.story ELSE s.key END, w.article = s.article, s.key
$$;

-- The revisions of one article are one story.
CREATE FUNCTION newsmill_data.story_revisions(keys uuid[])
RETURNS TABLE (one uuid, other uuid)
LANGUAGE sql STABLE SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    SELECT w.key, s.key
    FROM newsmill_data.sketches w
    JOIN newsmill_data.ledger l ON l.article = w.article AND l.revision = w.revision - 1
    JOIN newsmill_data.sketches s ON s.key = l.key
    WHERE w.key = ANY (keys) AND w.revision > 1
$$;

-- As before, with the bands.
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
    INSERT INTO newsmill_data.story_bands (value, key)
    SELECT v.value, s.key FROM newsmill_data.sketches s, unnest(s.bands) AS v (value) WHERE s.key = ANY (fresh) ORDER BY 1, 2;

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
    SELECT array_agg(r.other) INTO before FROM newsmill_data.story_revisions(fresh) r;
    INSERT INTO newsmill_data.story_articles (key, received, article, source, story)
    SELECT s.key, s.received, s.article, s.source, s.key FROM newsmill_data.sketches s
    WHERE s.key = ANY (fresh || before) AND NOT EXISTS (SELECT FROM newsmill_data.story_articles a WHERE a.key = s.key)
    ORDER BY s.key;

    SELECT array_agg(l.one), array_agg(l.other), array_agg(l.bits) INTO ones, others, bits
    FROM (SELECT * FROM newsmill_data.story_links(fresh || again, days)
          UNION ALL
          SELECT r.one, r.other, NULL FROM newsmill_data.story_revisions(fresh || again) r
          WHERE before IS NOT NULL OR again IS NOT NULL) l;
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

-- As before, with the bands by their keys.
CREATE OR REPLACE FUNCTION newsmill_data.retain_rows(since timestamptz) RETURNS TABLE (tab text, condition text)
LANGUAGE sql STABLE AS $$
    SELECT 'newsmill_data.' || t.relname, format('received < %L', since)
    FROM pg_class t
    WHERE t.relnamespace = 'newsmill_data'::regnamespace
      AND (t.relname LIKE '%\_default' OR t.relname IN ('ledger', 'sketches', 'search', 'alert_matches'))
    UNION ALL
    SELECT 'newsmill_data.story_bands', format('key < %L', newsmill_data.key_first((date_part('epoch', since) * 1000)::bigint))
    UNION ALL
    SELECT 'newsmill_data.story_articles', format('received < %1$L AND NOT EXISTS (
        SELECT FROM newsmill_data.story_articles m WHERE m.story = t.story AND m.received >= %1$L)', since)
$$;

DROP FUNCTION newsmill_data.key_later(uuid, bigint), newsmill_data.key_epoch(uuid);
