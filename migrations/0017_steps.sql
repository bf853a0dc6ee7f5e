-- The steps behind a commit cost the same however many articles there are, and less for each.

-- Vectors are large: as with articles, lz4 costs a third of pglz.
DO $$
BEGIN
    ALTER TABLE newsmill_data.search ALTER COLUMN vector SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    RAISE NOTICE 'this server has no lz4: vectors are compressed with pglz';
END
$$;

-- replace() of one sign is several times faster than translate() in UTF-8.
CREATE OR REPLACE FUNCTION newsmill.search_text(config text, body text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN config <> 'signs' THEN replace(replace(replace(left(body, 200000), '-', ' '), '/', ' '), '_', ' ')
ELSE (
    SELECT string_agg(
        CASE WHEN c.sign !~ '[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]' THEN c.sign
             WHEN c.behind ~ '[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]' THEN c.sign || c.behind || ' '
             ELSE c.sign || ' ' END, '' ORDER BY c.place)
    FROM (SELECT u.sign, lead(u.sign) OVER (ORDER BY u.place) AS behind, u.place
          FROM string_to_table(left(body, 50000), NULL) WITH ORDINALITY AS u (sign, place)) c
) END;

CREATE OR REPLACE FUNCTION newsmill.search_query(config text, query text) RETURNS tsquery
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN config <> 'signs'
    THEN websearch_to_tsquery(config::regconfig, regexp_replace(query, '(\w)[-/_]+(?=\w)', '\1 ', 'g'))
ELSE regexp_replace(
    websearch_to_tsquery('simple', newsmill.search_text('signs',
        CASE WHEN query LIKE '%"%' THEN query
             ELSE regexp_replace(query, '([\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]{2,})', '"\1"', 'g')
        END))::text,
    '''([\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])''', '''\1'':*', 'g')::tsquery
END;

-- An OR with a subquery read all sketches.
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
    INSERT INTO newsmill_data.story_bands
    SELECT v.value, s.key, s.received FROM newsmill_data.sketches s, unnest(s.bands) AS v (value)
    WHERE s.key = ANY (fresh) ORDER BY 1, 2
    ON CONFLICT DO NOTHING;

    SELECT array_agg(DISTINCT m.key) INTO again
    FROM newsmill_data.story_articles a
    JOIN newsmill_data.story_articles m ON m.story = a.story
    WHERE a.key = ANY (fresh);
    UPDATE newsmill_data.story_articles a
    SET story = key, original = NULL, similarity = NULL, articles = 1, copies = 0, sources = 1, last_received = NULL
    WHERE a.key = ANY (again);
    -- An earlier revision whose turn has not come yet is taken along: it will come again, and be there.
    SELECT array_agg(l.key) INTO before
    FROM newsmill_data.sketches w JOIN newsmill_data.ledger l ON l.article = w.article AND l.revision = w.revision - 1
    WHERE w.key = ANY (fresh) AND w.revision > 1;
    INSERT INTO newsmill_data.story_articles (key, received, article, source, story)
    SELECT s.key, s.received, s.article, s.source, s.key FROM newsmill_data.sketches s
    WHERE s.key = ANY (fresh || before)
    ORDER BY s.key
    ON CONFLICT (key) DO UPDATE SET source = excluded.source
        WHERE story_articles.source IS DISTINCT FROM excluded.source;

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

-- Of the earlier articles of one story, one link says all; in a flood of copies there were dozens.
CREATE OR REPLACE FUNCTION newsmill_data.story_links(keys uuid[], days integer)
RETURNS TABLE (one uuid, other uuid, bits integer)
LANGUAGE sql STABLE AS $$
    (SELECT DISTINCT ON (w.key, CASE WHEN s.key < w.key THEN a.story ELSE s.key END)
        w.key, s.key, CASE WHEN w.article <> s.article THEN bit_count(w.sketch # s.sketch)::integer END
    FROM newsmill_data.sketches w
    CROSS JOIN LATERAL (
        SELECT DISTINCT near.key FROM unnest(w.bands) AS v (value)
        CROSS JOIN LATERAL (
            SELECT b.key FROM newsmill_data.story_bands b
            WHERE b.value = v.value AND b.key >= newsmill_data.key_later(w.key, days * -86400000::bigint)
              AND b.key <= newsmill_data.key_later(w.key, days * 86400000::bigint)
            ORDER BY b.key LIMIT 32) near
        WHERE near.key <> w.key) c
    JOIN newsmill_data.sketches s ON s.key = c.key
    JOIN newsmill_data.story_articles a ON a.key = c.key
    WHERE w.key = ANY (keys) AND bit_count(w.sketch # s.sketch) <= 64
    ORDER BY w.key, CASE WHEN s.key < w.key THEN a.story ELSE s.key END, w.article = s.article, s.key)
    UNION ALL
    SELECT w.key, l.key, NULL
    FROM newsmill_data.sketches w
    JOIN newsmill_data.ledger l ON l.article = w.article AND l.revision = w.revision - 1
    JOIN newsmill_data.sketches s ON s.key = l.key
    WHERE w.key = ANY (keys) AND w.revision > 1
$$;
