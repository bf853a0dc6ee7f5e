-- What finding a story costs does not grow with the number of stories, and nothing is looked up for articles that are there for
-- the first time.

-- As before; of the first row `fresh` says whether any of what was written in between has a story already.
CREATE OR REPLACE FUNCTION newsmill_data.stories_take(most integer)
RETURNS TABLE (key uuid, bands bigint[], fresh boolean, reached bigint, behind bigint, tabled boolean, newest uuid)
LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
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
    IF until IS NOT NULL THEN
        SELECT array_agg(DISTINCT m.key) INTO keys
        FROM newsmill_data.story_articles a
        JOIN newsmill_data.story_articles m ON m.story = a.story
        WHERE a.key = ANY (ARRAY(SELECT s.key FROM newsmill_data.sketches s WHERE s.written >= stood AND s.written < until));
    END IF;
    RETURN QUERY SELECT NULL::uuid, NULL::bigint[], keys IS NOT NULL, stood, until, i.since IS NOT NULL,
        (SELECT a.key FROM newsmill_data.story_articles a ORDER BY a.key DESC LIMIT 1)
        FROM newsmill_data.story_index i;
    IF until IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT s.key, s.bands, true, NULL::bigint, NULL::bigint, NULL::boolean, NULL::uuid
        FROM newsmill_data.sketches s WHERE s.written >= stood AND s.written < until;
    IF keys IS NOT NULL THEN
        RETURN QUERY SELECT s.key, s.bands, false, NULL::bigint, NULL::bigint, NULL::boolean, NULL::uuid
            FROM newsmill_data.sketches s WHERE s.key = ANY (keys) AND NOT (s.written >= stood AND s.written < until);
    END IF;
END
$$;

-- The stories that these pairs of articles are in, where they are not the same.
CREATE FUNCTION newsmill_data.story_pairs(ones uuid[], others uuid[])
RETURNS TABLE (one uuid, other uuid)
LANGUAGE sql STABLE SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
    SELECT DISTINCT x.story, y.story
    FROM unnest(ones, others) AS e (one, other)
    JOIN newsmill_data.story_articles x ON x.key = e.one
    JOIN newsmill_data.story_articles y ON y.key = e.other
    WHERE x.story <> y.story
$$;

-- What is in one of the `stories` is in the one of `names` from now on.
CREATE FUNCTION newsmill_data.stories_rename(stories uuid[], names uuid[]) RETURNS void
LANGUAGE sql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
    UPDATE newsmill_data.story_articles a SET story = m.name
    FROM unnest(stories, names) AS m (story, name)
    WHERE a.story = m.story AND m.name <> m.story
$$;

-- Makes one story of every group that the links hold together; the oldest one's name stays.
CREATE OR REPLACE FUNCTION newsmill_data.stories_join(ones uuid[], others uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    nodes uuid[];
    low   integer[];
    high  integer[];
    roots integer[];
BEGIN
    WITH pairs AS MATERIALIZED (
        SELECT p.one, p.other FROM newsmill_data.story_pairs(ones, others) p
    ), numbered AS MATERIALIZED (
        SELECT n.story, row_number() OVER (ORDER BY n.story)::integer AS number
        FROM (SELECT one AS story FROM pairs UNION SELECT other FROM pairs) n
    ), edges AS MATERIALIZED (
        SELECT array_agg(a.number ORDER BY a.number, b.number) AS low, array_agg(b.number ORDER BY a.number, b.number) AS high
        FROM pairs p JOIN numbered a ON a.story = p.one JOIN numbered b ON b.story = p.other
    )
    SELECT (SELECT array_agg(n.story ORDER BY n.number) FROM numbered n), e.low, e.high INTO nodes, low, high FROM edges e;
    IF nodes IS NULL THEN
        RETURN;
    END IF;
    roots := newsmill_data.least_of_groups(array_length(nodes, 1), low, high);
    PERFORM newsmill_data.stories_rename(nodes, ARRAY(SELECT nodes[r.root] FROM unnest(roots) WITH ORDINALITY AS r (root, number) ORDER BY r.number));
END
$$;

DROP FUNCTION newsmill_data.stories_link(bigint, bigint, integer, uuid[], uuid[], uuid[], boolean);

-- As before; `known` says that some of them have a story already.
CREATE FUNCTION newsmill_data.stories_link(reached bigint, till bigint, days integer, ones uuid[], others uuid[], strays uuid[],
                                           leave boolean, known boolean)
RETURNS integer
LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
DECLARE
    low     uuid;
    fresh   uuid[];
    revised boolean;
    again   uuid[];
    before  uuid[];
    near    record;
    bits    integer[];
BEGIN
    PERFORM FROM newsmill_data.positions p WHERE p.step = 'stories' AND p.written = reached FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN -1;
    END IF;
    SELECT coalesce(array_agg(s.key), '{}'), coalesce(bool_or(s.revision > 1), false) INTO fresh, revised
    FROM newsmill_data.sketches s WHERE s.written >= reached AND s.written < till;
    IF known THEN
        SELECT array_agg(DISTINCT m.key) INTO again
        FROM newsmill_data.story_articles a
        JOIN newsmill_data.story_articles m ON m.story = a.story
        WHERE a.key = ANY (fresh);
    END IF;

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
    IF revised THEN -- an earlier revision whose turn has not come yet is taken along: it will come again, and be there
        SELECT array_agg(r.other) INTO before FROM newsmill_data.story_revisions(fresh) r;
    END IF;
    IF known OR before IS NOT NULL THEN
        INSERT INTO newsmill_data.story_articles (key, received, article, source, story)
        SELECT s.key, s.received, s.article, s.source, s.key FROM newsmill_data.sketches s
        WHERE s.key = ANY (fresh || before) AND NOT EXISTS (SELECT FROM newsmill_data.story_articles a WHERE a.key = s.key)
        ORDER BY s.key;
    ELSE
        INSERT INTO newsmill_data.story_articles (key, received, article, source, story)
        SELECT s.key, s.received, s.article, s.source, s.key FROM newsmill_data.sketches s
        WHERE s.written >= reached AND s.written < till ORDER BY s.key;
    END IF;

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

ALTER FUNCTION newsmill_data.stories_join(uuid[], uuid[]) SET enable_hashjoin = on;
ALTER FUNCTION newsmill_data.stories_join(uuid[], uuid[]) SET enable_mergejoin = on;
ALTER FUNCTION newsmill_data.story_near_days(uuid[], integer) SET enable_hashjoin = on;
ALTER FUNCTION newsmill_data.story_near_days(uuid[], integer) SET enable_mergejoin = on;
ALTER FUNCTION newsmill_data.stories_count(uuid[]) SET enable_hashjoin = off;
ALTER FUNCTION newsmill_data.story_links(uuid[], uuid[]) SET jit = off;
ALTER FUNCTION newsmill_data.story_near_bands(uuid[], integer) SET jit = off;
