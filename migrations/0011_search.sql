-- Full-text search. The vectors are made behind the commit, a few articles at a time (search_step), so that
-- neither making them nor their index is in the way of storing; newsmill.search_lag says how far behind.

-- The text-search configuration of each language that PostgreSQL has one for. Scripts without spaces are cut
-- into pairs of signs ("signs"); all else is "simple".
CREATE TABLE newsmill_data.text_search (
    language text NOT NULL PRIMARY KEY,
    config   text NOT NULL
);
INSERT INTO newsmill_data.text_search
SELECT v.language, v.config
FROM (VALUES ('ar', 'arabic'), ('ca', 'catalan'), ('da', 'danish'), ('de', 'german'), ('el', 'greek'), ('en', 'english'),
             ('es', 'spanish'), ('eu', 'basque'), ('fi', 'finnish'), ('fr', 'french'), ('ga', 'irish'), ('hi', 'hindi'),
             ('hu', 'hungarian'), ('hy', 'armenian'), ('id', 'indonesian'), ('it', 'italian'), ('lt', 'lithuanian'),
             ('nb', 'norwegian'), ('ne', 'nepali'), ('nl', 'dutch'), ('nn', 'norwegian'), ('no', 'norwegian'),
             ('pt', 'portuguese'), ('ro', 'romanian'), ('ru', 'russian'), ('sr', 'serbian'), ('sv', 'swedish'),
             ('ta', 'tamil'), ('tr', 'turkish'), ('yi', 'yiddish')) AS v (language, config)
WHERE EXISTS (SELECT FROM pg_ts_config c WHERE c.cfgname = v.config AND c.cfgnamespace = 'pg_catalog'::regnamespace)
UNION ALL
VALUES ('ja', 'signs'), ('zh', 'signs'), ('yue', 'signs'), ('th', 'signs'), ('lo', 'signs'), ('km', 'signs'),
       ('my', 'signs'), ('bo', 'signs');

CREATE TABLE newsmill_data.search (
    key      uuid        NOT NULL PRIMARY KEY,
    received timestamptz NOT NULL,
    source   text,
    language text,
    config   text        NOT NULL,
    vector   tsvector    NOT NULL
);
CREATE INDEX search_vector ON newsmill_data.search USING gin (vector);
-- The configurations that any vector was made with: a search asks in each of them.
CREATE TABLE newsmill_data.search_configs (
    config text NOT NULL PRIMARY KEY
);
INSERT INTO newsmill_data.positions VALUES ('search', 0);

CREATE VIEW newsmill.search_vectors AS
SELECT s.key, s.received, s.source, s.language, s.config, s.vector FROM newsmill_data.search s;
COMMENT ON VIEW newsmill.search_vectors IS 'What newsmill.search() looks in: the latest revision of each article.';
COMMENT ON COLUMN newsmill.search_vectors.key IS 'articles.key of the article';
COMMENT ON COLUMN newsmill.search_vectors.received IS 'when ingest accepted it';
COMMENT ON COLUMN newsmill.search_vectors.source IS 'publisher';
COMMENT ON COLUMN newsmill.search_vectors.language IS 'BCP 47 code';
COMMENT ON COLUMN newsmill.search_vectors.config IS 'text-search configuration that made the vector; signs: pairs of signs';
COMMENT ON COLUMN newsmill.search_vectors.vector IS 'words of title (weight A) and text, stemmed';

CREATE VIEW newsmill.search_languages AS
SELECT t.language, t.config FROM newsmill_data.text_search t;
COMMENT ON VIEW newsmill.search_languages IS 'The text-search configuration of each language; those that are not here have simple.';
COMMENT ON COLUMN newsmill.search_languages.language IS 'BCP 47 code';
COMMENT ON COLUMN newsmill.search_languages.config IS 'text-search configuration of PostgreSQL; signs: pairs of signs';

CREATE VIEW newsmill.search_configs AS
SELECT c.config FROM newsmill_data.search_configs c;
COMMENT ON VIEW newsmill.search_configs IS 'The configurations that articles were filed with so far.';
COMMENT ON COLUMN newsmill.search_configs.config IS 'text-search configuration of PostgreSQL; signs: pairs of signs';

-- Text as it is searched: hyphens, slashes and the like part words. Pairs of signs: 東京都 is 東京 京都 都.
CREATE FUNCTION newsmill.search_text(config text, body text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN config <> 'signs' THEN translate(left(body, 200000), '-/_@<>&', '       ')
ELSE (
    SELECT string_agg(
        CASE WHEN c.sign !~ '[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]' THEN c.sign
             WHEN c.behind ~ '[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]' THEN c.sign || c.behind || ' '
             ELSE c.sign || ' ' END, '' ORDER BY c.place)
    FROM (SELECT u.sign, lead(u.sign) OVER (ORDER BY u.place) AS behind, u.place
          FROM string_to_table(left(body, 50000), NULL) WITH ORDINALITY AS u (sign, place)) c
) END;
COMMENT ON FUNCTION newsmill.search_text(text, text) IS 'Text as it is searched in a text-search configuration.';

-- What to look for: quoted phrases, or, - for not, as websearch_to_tsquery() has it. Signs without spaces
-- between them are a phrase.
CREATE FUNCTION newsmill.search_query(config text, query text) RETURNS tsquery
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN config <> 'signs'
    THEN websearch_to_tsquery(config::regconfig, regexp_replace(query, '(\w)[-/_@<>&]+(?=\w)', '\1 ', 'g'))
ELSE regexp_replace(
    websearch_to_tsquery('simple', newsmill.search_text('signs',
        CASE WHEN query LIKE '%"%' THEN query
             ELSE regexp_replace(query, '([\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]{2,})', '"\1"', 'g')
        END))::text,
    '''([\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])''', '''\1'':*', 'g')::tsquery
END;
COMMENT ON FUNCTION newsmill.search_query(text, text) IS 'A search in the syntax of web searches, for a text-search configuration.';

-- The part of a text that a search found, what was found between ⟦ and ⟧ (those of the text become [ and ]). All
-- of it when words is NULL. ts_headline() would take what looks like a tag away: < stands aside meanwhile.
CREATE FUNCTION newsmill.search_snippet(config text, body text, query text, words integer DEFAULT 30) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN config <> 'signs'
    THEN translate(ts_headline(config::regconfig, translate(left(body, 200000), '⟦⟧<', E'[]\ue000'), newsmill.search_query(config, query),
        CASE WHEN words IS NULL THEN 'StartSel=⟦, StopSel=⟧, HighlightAll=true'
             ELSE format('StartSel=⟦, StopSel=⟧, MaxFragments=2, FragmentDelimiter=" … ", MaxWords=%s, MinWords=%s',
                         greatest(words, 4), greatest(words / 3, 2)) END), E'\ue000', '<')
ELSE (
    SELECT CASE WHEN t.start > 1 THEN '… ' ELSE '' END
        || CASE WHEN t.term = '' THEN left(t.body, 4 * coalesce(words, 1000))
                ELSE replace(substr(t.body, t.start, 4 * coalesce(words, 1000)), t.term, '⟦' || t.term || '⟧') END
    FROM (
        SELECT f.body, f.term, greatest(1, position(f.term IN f.body) - coalesce(words, 1000)) AS start
        FROM (
            SELECT translate(left(body, 50000), '⟦⟧', '[]') AS body,
                coalesce((SELECT m[1] FROM regexp_matches(translate(query, '⟦⟧', '[]'), '([^\s"-]+)', 'g') AS m
                          WHERE position(m[1] IN body) > 0 ORDER BY length(m[1]) DESC LIMIT 1), '') AS term) f) t
) END;
COMMENT ON FUNCTION newsmill.search_snippet(text, text, text, integer) IS
    'The part of a text that a search found, what was found between ⟦ and ⟧; the caller escapes the rest.';

-- Of each configuration the newest 1,000 that match are ranked: a word that is everywhere says little of any
-- of them. max_rows is 1,000 at most.
CREATE FUNCTION newsmill.search(query text, in_source text DEFAULT NULL, in_language text DEFAULT NULL,
    since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, max_rows integer DEFAULT 20,
    skip_rows integer DEFAULT 0, newest boolean DEFAULT false)
RETURNS TABLE (article uuid, key uuid, received timestamptz, published timestamptz, source text, title text, url text,
    language text, story uuid, rank real, headline text, snippet text)
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
#variable_conflict use_column
DECLARE
    config  text;
    wanted  tsquery;
    found   uuid[];
    ranks   real[];
    keys    uuid[] := '{}';
    weights real[] := '{}';
    configs text[] := '{}';
BEGIN
    FOR config IN SELECT c.config FROM newsmill.search_configs c
        WHERE in_language IS NULL
           OR c.config = coalesce((SELECT l.config FROM newsmill.search_languages l WHERE l.language = in_language), 'simple')
    LOOP
        wanted := newsmill.search_query(config, query);
        CONTINUE WHEN numnode(wanted) = 0;
        -- Planned with the values: how many articles have a word decides the way to them.
        EXECUTE 'SELECT array_agg(f.key), array_agg(ts_rank_cd(f.vector, $1, 5)) FROM ('
            'SELECT v.key, v.vector FROM newsmill.search_vectors v WHERE v.vector @@ $1 AND v.config = $2'
            || CASE WHEN in_source IS NULL THEN '' ELSE ' AND v.source = $3' END
            || CASE WHEN in_language IS NULL THEN '' ELSE ' AND v.language = $4' END
            || CASE WHEN since IS NULL THEN '' ELSE ' AND v.received >= $5' END
            || CASE WHEN until IS NULL THEN '' ELSE ' AND v.received < $6' END
            || ' ORDER BY v.key DESC LIMIT 1000) f'
        INTO found, ranks USING wanted, config, in_source, in_language, since, until;
        keys := keys || found;
        weights := weights || ranks;
        configs := configs || array_fill(config, ARRAY[coalesce(array_length(found, 1), 0)]);
    END LOOP;
    RETURN QUERY
    SELECT b.article, b.key, b.received, b.published, b.source, b.title, b.url, b.language, b.story, b.weight,
        newsmill.search_snippet(b.config, b.title, query, NULL), newsmill.search_snippet(b.config, b.text, query)
    FROM (
        SELECT a.*, f.weight, f.config
        FROM unnest(keys, weights, configs) AS f (key, weight, config)
        JOIN newsmill.articles a ON a.key = f.key
        ORDER BY CASE WHEN newest THEN 0 ELSE f.weight END DESC, f.key DESC
        LIMIT least(greatest(max_rows, 0), 1000) OFFSET greatest(skip_rows, 0)) b
    ORDER BY CASE WHEN newest THEN 0 ELSE b.weight END DESC, b.key DESC;
END
$$;
COMMENT ON FUNCTION newsmill.search(text, text, text, timestamptz, timestamptz, integer, integer, boolean) IS
    'Articles that match, best first (or newest first), in the syntax of web searches: "a phrase", or, -not.';

CREATE FUNCTION newsmill_data.search_vector(config text, title text, body text) RETURNS tsvector
LANGUAGE plpgsql STABLE AS $$
DECLARE
    named regconfig := CASE WHEN config = 'signs' THEN 'simple' ELSE config END;
BEGIN
    RETURN setweight(to_tsvector(named, newsmill.search_text(config, left(coalesce(title, ''), 2000))), 'A')
        || to_tsvector(named, newsmill.search_text(config, coalesce(body, '')));
EXCEPTION WHEN program_limit_exceeded THEN -- a text with too many different words for one vector
    RETURN to_tsvector(named, newsmill.search_text(config, left(coalesce(title, ''), 2000)));
END
$$;

-- Files the next articles; how many there were, or -1 when another worker is at it. An article's earlier
-- revisions go.
CREATE FUNCTION newsmill_data.search_step(most integer, days integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    fresh  uuid[];
    behind bigint;
BEGIN
    SELECT b.keys, b.behind INTO fresh, behind FROM newsmill_data.step_begin('search', most) b;
    IF fresh IS NULL OR behind IS NULL THEN
        RETURN CASE WHEN fresh IS NULL THEN -1 ELSE 0 END;
    END IF;
    INSERT INTO newsmill_data.search (key, received, source, language, config, vector)
    SELECT a.key, a.received, a.source, a.language, c.config, newsmill_data.search_vector(c.config, a.title, a.text)
    FROM newsmill_data.articles a
    CROSS JOIN LATERAL (SELECT coalesce((SELECT t.config FROM newsmill_data.text_search t
                                         WHERE t.language = split_part(a.language, '-', 1)), 'simple') AS config) c
    WHERE a.key = ANY (fresh) AND a.latest
    ORDER BY a.key
    ON CONFLICT (key) DO UPDATE
    SET source = excluded.source, language = excluded.language, config = excluded.config, vector = excluded.vector;
    DELETE FROM newsmill_data.search s USING newsmill_data.sketches w, newsmill_data.ledger l
    WHERE w.key = ANY (fresh) AND w.revision > 1 AND l.article = w.article AND l.revision < w.revision AND s.key = l.key;
    INSERT INTO newsmill_data.search_configs
    SELECT DISTINCT s.config FROM newsmill_data.search s WHERE s.key = ANY (fresh)
      AND NOT EXISTS (SELECT FROM newsmill_data.search_configs c WHERE c.config = s.config)
    ON CONFLICT DO NOTHING;
    PERFORM newsmill_data.step_end('search', behind);
    RETURN array_length(fresh, 1);
END
$$;

CREATE VIEW newsmill.steps AS
SELECT
    p.step,
    count(s.key) AS waiting,
    min(s.received) AS oldest,
    coalesce(extract(epoch FROM clock_timestamp() - min(s.received)), 0)::double precision AS seconds
FROM newsmill_data.positions p LEFT JOIN newsmill_data.sketches s ON s.written >= p.written
GROUP BY p.step;
COMMENT ON VIEW newsmill.steps IS 'What follows the storing of articles, and how far behind it is.';
COMMENT ON COLUMN newsmill.steps.step IS 'stories, search, alerts';
COMMENT ON COLUMN newsmill.steps.waiting IS 'articles that are stored and wait for it';
COMMENT ON COLUMN newsmill.steps.oldest IS 'when ingest accepted the oldest of them';
COMMENT ON COLUMN newsmill.steps.seconds IS 'how long ago that is; 0 when none waits';

CREATE VIEW newsmill.search_lag AS
SELECT s.waiting AS articles, s.oldest, s.seconds FROM newsmill.steps s WHERE s.step = 'search';
COMMENT ON VIEW newsmill.search_lag IS 'One row: how far searches are behind.';
COMMENT ON COLUMN newsmill.search_lag.articles IS 'articles that are stored and cannot be found yet';
COMMENT ON COLUMN newsmill.search_lag.oldest IS 'when ingest accepted the oldest of them';
COMMENT ON COLUMN newsmill.search_lag.seconds IS 'how long ago that is; 0 when none waits';
