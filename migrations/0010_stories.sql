-- Stories: copies and light rewrites found among the articles of the last days, whatever storage worker
-- they came through.
--
-- A storage worker writes an article's sketch (worker/storage/sketch.h) in the article's own transaction.
-- After the commit any of them runs stories_step(), one at a time, which compares what is new with what is
-- there: articles that share a band and differ in few bits are linked, and what is linked, at however many
-- removes, is one story, named by its first acceptance. What is linked depends on the texts and on the time
-- between them only, so the stories are the same in whatever order the articles arrive.

-- What is new since a worker looked last is found by the number of the transaction that wrote it: all below
-- the oldest one that still runs are seen. No queue, so nothing to delete, and readers hold up nothing.
CREATE TABLE newsmill_data.sketches (
    key      uuid        NOT NULL PRIMARY KEY,
    written  bigint      NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    received timestamptz NOT NULL,
    article  uuid        NOT NULL,
    revision integer     NOT NULL,
    source   text,
    sketch   bit(256),            -- NULL for a text without words
    bands    bigint[]    NOT NULL
);
CREATE INDEX sketches_written ON newsmill_data.sketches (written);

-- Who has which band. Rows of an earlier sketch may stay: they only make one look twice.
CREATE TABLE newsmill_data.story_bands (
    value    bigint      NOT NULL,
    key      uuid        NOT NULL,
    received timestamptz NOT NULL,
    PRIMARY KEY (value, key)
);

-- One row an acceptance. Of a story's first one (key = story) the last columns are the story's numbers.
CREATE TABLE newsmill_data.story_articles (
    key           uuid        NOT NULL PRIMARY KEY,
    received      timestamptz NOT NULL,
    article       uuid        NOT NULL,
    source        text,
    story         uuid        NOT NULL, -- key of its first acceptance
    original      uuid,                 -- key of the earliest acceptance that it is a copy of
    similarity    real,
    articles      integer     NOT NULL DEFAULT 1,
    copies        integer     NOT NULL DEFAULT 0,
    sources       integer     NOT NULL DEFAULT 1,
    last_received timestamptz
);
CREATE INDEX story_articles_story ON newsmill_data.story_articles (story);
CREATE INDEX story_articles_spread ON newsmill_data.story_articles (last_received) WHERE articles > 1;
CREATE INDEX story_articles_copies ON newsmill_data.story_articles (received) WHERE original IS NOT NULL;

-- How far each of the steps that follow a commit has come: everything written before is done.
CREATE TABLE newsmill_data.positions (
    step    text   NOT NULL PRIMARY KEY,
    written bigint NOT NULL
);
INSERT INTO newsmill_data.positions VALUES ('stories', 0);

-- The key of an acceptance so much later than that of `key`: keys begin with 48 bits of milliseconds.
CREATE FUNCTION newsmill_data.key_later(key uuid, ms bigint) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (lpad(to_hex(greatest(0, ('x' || translate(left(key::text, 13), '-', ''))::bit(48)::bigint + ms)), 12, '0')
        || CASE WHEN ms < 0 THEN '00000000000000000000' ELSE 'ffffffffffffffffffff' END)::uuid;

-- What a step has to look at: the keys written since its position, at least `most` of them when there are so
-- many, and the position behind them. No row when another worker is at it.
CREATE FUNCTION newsmill_data.step_begin(wanted text, most integer, OUT keys uuid[], OUT behind bigint)
LANGUAGE plpgsql AS $$
DECLARE
    reached bigint;
    horizon bigint;
BEGIN
    SELECT p.written INTO reached FROM newsmill_data.positions p WHERE p.step = wanted FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    horizon := pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
    IF reached > horizon THEN
        reached := 0; -- a restored dump: transactions are counted anew, and what is done is done twice
    END IF;
    SELECT max(s.written) + 1 INTO behind FROM (
        SELECT written FROM newsmill_data.sketches
        WHERE written >= reached AND written < horizon ORDER BY written LIMIT most) s;
    SELECT coalesce(array_agg(s.key), '{}') INTO keys FROM newsmill_data.sketches s
    WHERE s.written >= reached AND s.written < behind;
END
$$;

CREATE FUNCTION newsmill_data.step_end(done text, behind bigint) RETURNS void
LANGUAGE sql AS $$
    UPDATE newsmill_data.positions SET written = behind WHERE step = done;
$$;

-- Of these acceptances, the pairs that are one story: near copies received within `days` of one another, and
-- the revisions of one article. `bits` is how many bits of their sketches differ, NULL within one article.
-- Of one band the earliest 32 are looked at.
CREATE FUNCTION newsmill_data.story_links(keys uuid[], days integer)
RETURNS TABLE (one uuid, other uuid, bits integer)
LANGUAGE sql STABLE AS $$
    SELECT w.key, s.key, CASE WHEN w.article <> s.article THEN bit_count(w.sketch # s.sketch)::integer END
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
    WHERE w.key = ANY (keys) AND bit_count(w.sketch # s.sketch) <= 64
    UNION ALL
    SELECT w.key, l.key, NULL
    FROM newsmill_data.sketches w
    JOIN newsmill_data.ledger l ON l.article = w.article AND l.revision = w.revision - 1
    JOIN newsmill_data.sketches s ON s.key = l.key
    WHERE w.key = ANY (keys) AND w.revision > 1
$$;

-- For each of `low` and `high`, numbers of nodes that are one: the smallest number of each node's group.
CREATE FUNCTION newsmill_data.least_of_groups(nodes integer, low integer[], high integer[]) RETURNS integer[]
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    parent integer[] := ARRAY(SELECT generate_series(1, nodes));
    x      integer;
    y      integer;
BEGIN
    FOR i IN 1 .. coalesce(array_length(low, 1), 0) LOOP
        x := low[i];
        y := high[i];
        WHILE parent[x] <> x LOOP
            parent[x] := parent[parent[x]];
            x := parent[x];
        END LOOP;
        WHILE parent[y] <> y LOOP
            parent[y] := parent[parent[y]];
            y := parent[y];
        END LOOP;
        parent[greatest(x, y)] := least(x, y);
    END LOOP;
    FOR i IN 1 .. nodes LOOP -- a parent is smaller than its child: it is settled already
        parent[i] := parent[parent[i]];
    END LOOP;
    RETURN parent;
END
$$;

-- Makes one story of every group that the links hold together; the oldest one's name stays.
CREATE FUNCTION newsmill_data.stories_join(ones uuid[], others uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    nodes uuid[];
    low   integer[];
    high  integer[];
    roots integer[];
BEGIN
    WITH pairs AS MATERIALIZED (
        SELECT DISTINCT x.story AS one, y.story AS other
        FROM unnest(ones, others) AS e (one, other)
        JOIN newsmill_data.story_articles x ON x.key = e.one
        JOIN newsmill_data.story_articles y ON y.key = e.other
        WHERE x.story <> y.story
    ), numbered AS MATERIALIZED (
        SELECT n.story, row_number() OVER (ORDER BY n.story)::integer AS number
        FROM (SELECT one AS story FROM pairs UNION SELECT other FROM pairs) n
    )
    SELECT (SELECT array_agg(n.story ORDER BY n.number) FROM numbered n),
           (SELECT array_agg(a.number ORDER BY p.one, p.other)
            FROM pairs p JOIN numbered a ON a.story = p.one JOIN numbered b ON b.story = p.other),
           (SELECT array_agg(b.number ORDER BY p.one, p.other)
            FROM pairs p JOIN numbered a ON a.story = p.one JOIN numbered b ON b.story = p.other)
    INTO nodes, low, high;
    IF nodes IS NULL THEN
        RETURN;
    END IF;
    roots := newsmill_data.least_of_groups(array_length(nodes, 1), low, high);
    UPDATE newsmill_data.story_articles a SET story = nodes[m.root]
    FROM unnest(nodes, roots) WITH ORDINALITY AS m (story, root, number)
    WHERE a.story = m.story AND m.root <> m.number;
END
$$;

-- Counts the stories of these acceptances anew.
CREATE FUNCTION newsmill_data.stories_count(keys uuid[]) RETURNS void
LANGUAGE sql AS $$
    WITH touched AS MATERIALIZED (
        SELECT DISTINCT a.story FROM newsmill_data.story_articles a WHERE a.key = ANY (keys)
    ), members AS (
        SELECT a.* FROM touched t JOIN newsmill_data.story_articles a ON a.story = t.story
    ), counted AS (
        SELECT m.story, count(DISTINCT m.article)::integer AS articles,
            (count(DISTINCT m.article) FILTER (WHERE m.original IS NOT NULL))::integer AS copies,
            count(DISTINCT m.source)::integer AS sources, max(m.received) AS last_received
        FROM members m GROUP BY m.story
    )
    UPDATE newsmill_data.story_articles a
    SET articles = c.articles, copies = c.copies, sources = c.sources, last_received = c.last_received
    FROM counted c WHERE a.key = c.story;
$$;

-- Puts the next articles into their stories; how many there were, or -1 when another worker is at it.
-- Articles that were there before have come again with another text (a replay): their stories are taken
-- apart and made anew.
CREATE FUNCTION newsmill_data.stories_step(most integer, days integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    fresh  uuid[];
    behind bigint;
    again  uuid[];
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
    INSERT INTO newsmill_data.story_articles (key, received, article, source, story)
    SELECT s.key, s.received, s.article, s.source, s.key FROM newsmill_data.sketches s
    WHERE s.key = ANY (fresh) OR s.key IN (
        SELECT l.key FROM newsmill_data.sketches w
        JOIN newsmill_data.ledger l ON l.article = w.article AND l.revision = w.revision - 1
        WHERE w.key = ANY (fresh) AND w.revision > 1)
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

CREATE OR REPLACE VIEW newsmill.articles AS
SELECT
    a.article,
    a.id,
    a.url,
    a.source,
    a.title,
    a.authors,
    a.text,
    a.language,
    a.language_confidence,
    a.published,
    a.published_from,
    a.received,
    a.revision,
    a.genre,
    a.tone,
    a.positive,
    a.negative,
    a.polarity,
    a.activity,
    a.self_group,
    a.words,
    a.themes,
    a.keyphrases,
    a.summary,
    a.removed,
    lpad(to_hex(a.fingerprint), 16, '0') AS fingerprint,
    s.story,
    a.analyzer,
    a.meta,
    a.repaired,
    a.unknown_keys,
    a.key,
    a.site,
    a.section,
    a.image,
    a.canonical,
    a.links,
    a.languages,
    a.focus
FROM newsmill_data.articles a LEFT JOIN newsmill_data.story_articles s ON s.key = a.key
WHERE a.latest;

CREATE OR REPLACE VIEW newsmill.article_revisions AS
SELECT
    a.article,
    a.id,
    a.url,
    a.source,
    a.title,
    a.authors,
    a.text,
    a.language,
    a.language_confidence,
    a.published,
    a.published_from,
    a.received,
    a.revision,
    a.genre,
    a.tone,
    a.positive,
    a.negative,
    a.polarity,
    a.activity,
    a.self_group,
    a.words,
    a.themes,
    a.keyphrases,
    a.summary,
    a.removed,
    lpad(to_hex(a.fingerprint), 16, '0') AS fingerprint,
    s.story,
    a.analyzer,
    a.meta,
    a.repaired,
    a.unknown_keys,
    a.key,
    a.latest,
    a.site,
    a.section,
    a.image,
    a.canonical,
    a.links,
    a.languages,
    a.focus
FROM newsmill_data.articles a LEFT JOIN newsmill_data.story_articles s ON s.key = a.key;

COMMENT ON COLUMN newsmill.articles.story IS 'the story it belongs to; null for the moment until it is found';
COMMENT ON COLUMN newsmill.article_revisions.story IS 'the story it belongs to; null for the moment until it is found';

CREATE VIEW newsmill.stories AS
SELECT
    s.story,
    s.article AS first_article,
    s.source AS first_source,
    a.title AS first_title,
    a.url AS first_url,
    a.language,
    a.focus AS country,
    s.received AS first_received,
    coalesce(s.last_received, s.received) AS last_received,
    s.articles,
    s.copies,
    s.sources
FROM newsmill_data.story_articles s JOIN newsmill_data.articles a ON a.key = s.key
WHERE s.key = s.story;
COMMENT ON VIEW newsmill.stories IS 'Copies and light rewrites of one text; one row a story, also where it is a single article.';
COMMENT ON COLUMN newsmill.stories.story IS 'names the story: the key of its first article';
COMMENT ON COLUMN newsmill.stories.first_article IS 'its first article';
COMMENT ON COLUMN newsmill.stories.first_source IS 'publisher of that';
COMMENT ON COLUMN newsmill.stories.first_title IS 'headline of that';
COMMENT ON COLUMN newsmill.stories.first_url IS 'where that was published';
COMMENT ON COLUMN newsmill.stories.language IS 'language of that';
COMMENT ON COLUMN newsmill.stories.country IS 'ISO 3166-1 alpha-2 code of the country that it is about';
COMMENT ON COLUMN newsmill.stories.first_received IS 'when ingest accepted its first article';
COMMENT ON COLUMN newsmill.stories.last_received IS 'when ingest accepted its last one';
COMMENT ON COLUMN newsmill.stories.articles IS 'number of articles';
COMMENT ON COLUMN newsmill.stories.copies IS 'how many of them are copies or rewrites of an earlier one';
COMMENT ON COLUMN newsmill.stories.sources IS 'number of publishers';

CREATE VIEW newsmill.copies AS
SELECT
    s.article,
    s.story,
    o.article AS original,
    s.similarity,
    CASE WHEN s.similarity >= 0.9 THEN 'copy' ELSE 'rewrite' END AS kind,
    extract(epoch FROM s.received - o.received)::double precision AS seconds,
    s.source,
    o.source AS original_source,
    s.received,
    o.received AS original_received,
    s.key,
    s.original AS original_key
FROM newsmill_data.story_articles s JOIN newsmill_data.story_articles o ON o.key = s.original
WHERE s.original IS NOT NULL;
COMMENT ON VIEW newsmill.copies IS 'Which article is a copy or rewrite of which earlier one: of several, the earliest.';
COMMENT ON COLUMN newsmill.copies.article IS 'the copy';
COMMENT ON COLUMN newsmill.copies.story IS 'the story of both';
COMMENT ON COLUMN newsmill.copies.original IS 'the earlier article';
COMMENT ON COLUMN newsmill.copies.similarity IS 'estimate of the part of their shingles (three words in a row) that both have; 0.5 to 1';
COMMENT ON COLUMN newsmill.copies.kind IS 'copy: from 0.9; rewrite: below';
COMMENT ON COLUMN newsmill.copies.seconds IS 'how much later it was accepted';
COMMENT ON COLUMN newsmill.copies.source IS 'publisher of the copy';
COMMENT ON COLUMN newsmill.copies.original_source IS 'publisher of the earlier article';
COMMENT ON COLUMN newsmill.copies.received IS 'when ingest accepted the copy';
COMMENT ON COLUMN newsmill.copies.original_received IS 'when it accepted the earlier article';
COMMENT ON COLUMN newsmill.copies.key IS 'article_revisions.key of the copy';
COMMENT ON COLUMN newsmill.copies.original_key IS 'article_revisions.key of the earlier article';

CREATE VIEW newsmill.story_articles AS
SELECT
    s.story,
    s.article,
    s.source,
    s.received,
    extract(epoch FROM s.received - f.received)::double precision AS seconds,
    s.key = s.story AS first,
    s.original IS NOT NULL AS copy,
    s.similarity,
    s.key
FROM newsmill_data.story_articles s JOIN newsmill_data.story_articles f ON f.key = s.story;
COMMENT ON VIEW newsmill.story_articles IS 'How a story spread: one row an article and revision.';
COMMENT ON COLUMN newsmill.story_articles.story IS 'the story';
COMMENT ON COLUMN newsmill.story_articles.article IS 'an article of it';
COMMENT ON COLUMN newsmill.story_articles.source IS 'its publisher';
COMMENT ON COLUMN newsmill.story_articles.received IS 'when ingest accepted it';
COMMENT ON COLUMN newsmill.story_articles.seconds IS 'how much later than the first of the story';
COMMENT ON COLUMN newsmill.story_articles.first IS 'true for the first of the story';
COMMENT ON COLUMN newsmill.story_articles.copy IS 'true when it is a copy or rewrite of an earlier one';
COMMENT ON COLUMN newsmill.story_articles.similarity IS 'to that one, as in newsmill.copies';
COMMENT ON COLUMN newsmill.story_articles.key IS 'article_revisions.key of it';
