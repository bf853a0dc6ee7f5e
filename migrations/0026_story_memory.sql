-- Who shares a band with whom is remembered by the worker that finds stories (worker/storage/stories.h), as long as the articles of
-- the last days fit there, and not entered in a table for every article.

TRUNCATE newsmill_data.story_bands;

-- What story_bands has: the bands of all articles whose keys are greater than `since` and that have a story; nothing when it is NULL.
CREATE TABLE newsmill_data.story_index (
    one   boolean PRIMARY KEY DEFAULT true CHECK (one),
    since uuid
);
INSERT INTO newsmill_data.story_index (since) VALUES (NULL);

-- What the step has to look at. No row when another worker is at it. The first row has no key: the position `reached`, the one
-- `behind` what follows (NULL: nothing does), whether story_bands is in use, the newest key that has a story. Then the bands of what was
-- written in between (`fresh`), and those of the other articles in the stories where these are already, which have come again: they are
-- taken apart and made anew.
CREATE FUNCTION newsmill_data.stories_take(most integer)
RETURNS TABLE (key uuid, bands bigint[], fresh boolean, reached bigint, behind bigint, tabled boolean, newest uuid)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    stood   bigint;
    until   bigint;
    horizon bigint;
    keys    uuid[];
BEGIN
    SELECT p.written INTO stood FROM newsmill_data.positions p WHERE p.step = 'stories' FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    horizon := pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
    IF stood > horizon THEN -- a restored dump: transactions are counted anew, and what is done is done twice
        UPDATE newsmill_data.positions p SET written = 0 WHERE p.step = 'stories';
        stood := 0;
    END IF;
    SELECT max(s.written) + 1 INTO until FROM (
        SELECT written FROM newsmill_data.sketches
        WHERE written >= stood AND written < horizon ORDER BY written LIMIT most) s;
    RETURN QUERY SELECT NULL::uuid, NULL::bigint[], false, stood, until, i.since IS NOT NULL,
        (SELECT a.key FROM newsmill_data.story_articles a ORDER BY a.key DESC LIMIT 1)
        FROM newsmill_data.story_index i;
    IF until IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT s.key, s.bands, true, NULL::bigint, NULL::bigint, NULL::boolean, NULL::uuid
        FROM newsmill_data.sketches s WHERE s.written >= stood AND s.written < until;
    SELECT array_agg(DISTINCT m.key) INTO keys
    FROM newsmill_data.story_articles a
    JOIN newsmill_data.story_articles m ON m.story = a.story
    WHERE a.key = ANY (ARRAY(SELECT s.key FROM newsmill_data.sketches s WHERE s.written >= stood AND s.written < until));
    IF keys IS NOT NULL THEN
        RETURN QUERY SELECT s.key, s.bands, false, NULL::bigint, NULL::bigint, NULL::boolean, NULL::uuid
            FROM newsmill_data.sketches s WHERE s.key = ANY (keys) AND NOT (s.written >= stood AND s.written < until);
    END IF;
END
$$;

DROP FUNCTION newsmill_data.story_links(uuid[], integer), newsmill_data.stories_step(integer, integer);

-- Pairs of articles that share a band and were received within `days` of one another, as story_bands has them. Of one band the earliest
-- 64 of that time are looked at. A band's value begins with the highest 15 bits of its key's milliseconds; where the days span two of these,
-- both are asked for.
CREATE FUNCTION newsmill_data.story_near_bands(keys uuid[], days integer)
RETURNS TABLE (one uuid, other uuid)
LANGUAGE sql STABLE SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    WITH times AS MATERIALIZED (
        SELECT w.key, w.bands, newsmill_data.key_ms(w.key) AS ms, days * 86400000::bigint AS span
        FROM newsmill_data.sketches w WHERE w.key = ANY (keys) AND w.sketch IS NOT NULL
    ), fresh AS MATERIALIZED (
        SELECT t.key, newsmill_data.key_first(t.ms - t.span) AS low, newsmill_data.key_last(t.ms + t.span) AS high,
            CASE WHEN (t.ms - t.span) >> 33 = (t.ms + t.span) >> 33 THEN t.bands
                 ELSE ARRAY(SELECT (e.epoch << 48) | (unnest(t.bands) & 281474976710655)
                            FROM generate_series((t.ms - t.span) >> 33, (t.ms + t.span) >> 33) AS e (epoch))
            END AS bands
        FROM times t
    )
    SELECT DISTINCT v.key, b.key
    FROM (SELECT f.key, f.low, f.high, unnest(f.bands) AS value FROM fresh f ORDER BY 4) v
    CROSS JOIN LATERAL (
        SELECT b.key FROM newsmill_data.story_bands b
        WHERE b.value = v.value AND b.key >= v.low AND b.key <= v.high
        ORDER BY b.key LIMIT 64) b
    WHERE b.key <> v.key
$$;

-- The same for a few, from the sketches of the days around them.
CREATE FUNCTION newsmill_data.story_near_days(keys uuid[], days integer)
RETURNS TABLE (one uuid, other uuid)
LANGUAGE sql STABLE AS $$
    WITH asked AS MATERIALIZED (
        SELECT w.key, w.bands, newsmill_data.key_ms(w.key) - days * 86400000::bigint AS low,
            newsmill_data.key_ms(w.key) + days * 86400000::bigint AS high
        FROM newsmill_data.sketches w WHERE w.key = ANY (keys) AND w.sketch IS NOT NULL
    ), wanted AS MATERIALIZED (
        SELECT a.key, newsmill_data.key_first(a.low) AS low, newsmill_data.key_last(a.high) AS high, v.value & 281474976710655 AS value
        FROM asked a, unnest(a.bands) AS v (value)
    ), around AS MATERIALIZED (
        SELECT DISTINCT d.day FROM asked a, generate_series(a.low / 86400000, a.high / 86400000) AS d (day)
    ), there AS MATERIALIZED (
        SELECT n.key, n.value, row_number() OVER (PARTITION BY n.day, n.value ORDER BY n.key) AS number
        FROM (SELECT r.day, s.key, v.value & 281474976710655 AS value
              FROM around r
              JOIN newsmill_data.sketches s ON s.key >= newsmill_data.key_first(r.day * 86400000)
                                           AND s.key <= newsmill_data.key_last(r.day * 86400000 + 86399999)
              CROSS JOIN unnest(s.bands) AS v (value)) n
        WHERE n.value IN (SELECT w.value FROM wanted w)
    )
    SELECT DISTINCT p.one, p.other
    FROM (SELECT w.key AS one, t.key AS other, row_number() OVER (PARTITION BY w.key, w.value ORDER BY t.key) AS number
          FROM wanted w JOIN there t ON t.value = w.value AND t.number <= 64 AND t.key >= w.low AND t.key <= w.high
          WHERE t.key <> w.key) p
    WHERE p.number <= 64
$$;

-- Of pairs that share a band those that are near copies; `bits` is how many bits of their sketches differ, NULL within one article; at
-- 56 of 256 nine in sixteen of their shingles are the same. Of the earlier articles of one story, one link says all.
CREATE FUNCTION newsmill_data.story_links(ones uuid[], others uuid[])
RETURNS TABLE (one uuid, other uuid, bits integer)
LANGUAGE sql STABLE SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    SELECT DISTINCT ON (w.key, CASE WHEN s.key < w.key THEN a.story ELSE s.key END)
        w.key, s.key, CASE WHEN w.article <> s.article THEN bit_count(w.sketch # s.sketch)::integer END
    FROM unnest(ones, others) AS n (one, other)
    JOIN newsmill_data.sketches w ON w.key = n.one
    JOIN newsmill_data.sketches s ON s.key = n.other
    JOIN newsmill_data.story_articles a ON a.key = n.other
    WHERE bit_count(w.sketch # s.sketch) <= 56
    ORDER BY w.key, CASE WHEN s.key < w.key THEN a.story ELSE s.key END, w.article = s.article, s.key
$$;

-- Puts the articles written from `reached` to before `till` into their stories; how many they were, -1 when another worker has moved the
-- position. `ones` and `others` are the pairs that share a band, but for those of `strays`, which are looked for here; where story_bands is in
-- use they all are, unless `leave` says that it need not be any more.
CREATE FUNCTION newsmill_data.stories_link(reached bigint, till bigint, days integer, ones uuid[], others uuid[], strays uuid[], leave boolean)
RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    low    uuid;
    fresh  uuid[];
    again  uuid[];
    before uuid[];
    near   record;
    bits   integer[];
BEGIN
    PERFORM FROM newsmill_data.positions p WHERE p.step = 'stories' AND p.written = reached FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN -1;
    END IF;
    SELECT coalesce(array_agg(s.key), '{}') INTO fresh FROM newsmill_data.sketches s WHERE s.written >= reached AND s.written < till;
    SELECT array_agg(DISTINCT m.key) INTO again
    FROM newsmill_data.story_articles a
    JOIN newsmill_data.story_articles m ON m.story = a.story
    WHERE a.key = ANY (fresh);

    SELECT i.since INTO low FROM newsmill_data.story_index i;
    IF low IS NOT NULL AND leave THEN
        DELETE FROM newsmill_data.story_bands;
        UPDATE newsmill_data.story_index SET since = NULL;
    ELSIF low IS NOT NULL THEN
        INSERT INTO newsmill_data.story_bands (value, key)
        SELECT v.value, s.key FROM newsmill_data.sketches s, unnest(s.bands) AS v (value) WHERE s.key = ANY (fresh) ORDER BY 1, 2;
        SELECT array_agg(k.key) FILTER (WHERE k.early) AS strays, array_agg(k.key) FILTER (WHERE NOT k.early) AS others INTO near
        FROM (SELECT key, newsmill_data.key_first(newsmill_data.key_ms(key) - days * 86400000::bigint) <= low AS early
              FROM unnest(fresh || again) AS u (key)) k;
        strays := coalesce(near.strays, '{}');
        SELECT array_agg(n.one) AS ones, array_agg(n.other) AS others INTO near FROM newsmill_data.story_near_bands(near.others, days) n;
        ones := near.ones;
        others := near.others;
    END IF;
    IF strays <> '{}' THEN
        SELECT array_agg(n.one) AS ones, array_agg(n.other) AS others INTO near FROM newsmill_data.story_near_days(strays, days) n;
        ones := ones || near.ones;
        others := others || near.others;
    END IF;

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
    FROM (SELECT * FROM newsmill_data.story_links(ones, others)
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
    PERFORM newsmill_data.step_end('stories', till);
    RETURN coalesce(array_length(fresh, 1), 0);
END
$$;

-- More articles in the last days than a worker can remember: from now on story_bands has them, from `low` on. -1 when another worker has moved
-- the position.
CREATE FUNCTION newsmill_data.stories_spill(reached bigint, low uuid) RETURNS integer
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM newsmill_data.positions p WHERE p.step = 'stories' AND p.written = reached FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN -1;
    END IF;
    DELETE FROM newsmill_data.story_bands;
    INSERT INTO newsmill_data.story_bands (value, key)
    SELECT v.value, s.key FROM newsmill_data.sketches s, unnest(s.bands) AS v (value)
    WHERE s.key > low AND s.written < reached ORDER BY 1, 2;
    UPDATE newsmill_data.story_index SET since = low;
    RETURN 0;
END
$$;
