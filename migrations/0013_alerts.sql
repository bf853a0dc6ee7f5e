-- Alerts: rules that watch for articles, what they found, and word of it to whoever listens.

CREATE TABLE newsmill_data.watch_rules (
    rule        text        NOT NULL PRIMARY KEY CHECK (rule <> ''),
    created     timestamptz NOT NULL DEFAULT now(),
    actor       text, -- all that are not NULL must hold
    pair_source text,
    pair_target text,
    event_type  text,
    theme       text,
    place       text,
    source      text,
    language    text,
    query       text,
    tone_below  real,
    tone_above  real,
    CHECK (num_nonnulls(actor, pair_source, pair_target, event_type, theme, place, source, language, query,
                        tone_below, tone_above) > 0)
);
-- Once an article and rule, whatever revisions and replays come.
CREATE TABLE newsmill_data.alert_matches (
    rule         text        NOT NULL,
    article      uuid        NOT NULL,
    key          uuid        NOT NULL,
    received     timestamptz NOT NULL,
    number       bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    matched      timestamptz NOT NULL DEFAULT clock_timestamp(),
    start_offset integer,
    end_offset   integer,
    PRIMARY KEY (article, rule)
);
CREATE UNIQUE INDEX alert_matches_number ON newsmill_data.alert_matches (number);
CREATE INDEX alert_matches_rule ON newsmill_data.alert_matches (rule, number);
INSERT INTO newsmill_data.positions VALUES ('alerts', 0);

CREATE VIEW newsmill.watch_rules AS
SELECT r.rule, r.created, r.actor, r.pair_source, r.pair_target, r.event_type, r.theme, r.place, r.source, r.language,
    r.query, r.tone_below, r.tone_above
FROM newsmill_data.watch_rules r;
COMMENT ON VIEW newsmill.watch_rules IS 'What is watched for; all of a rule that is not null must hold for an article.';
COMMENT ON COLUMN newsmill.watch_rules.rule IS 'the rule''s name';
COMMENT ON COLUMN newsmill.watch_rules.created IS 'when it was made; articles stored later are looked at';
COMMENT ON COLUMN newsmill.watch_rules.actor IS 'code of one side of an event, or key or canonical name of a name';
COMMENT ON COLUMN newsmill.watch_rules.pair_source IS 'code of who did it to pair_target, in one event';
COMMENT ON COLUMN newsmill.watch_rules.pair_target IS 'code of whom it was done to';
COMMENT ON COLUMN newsmill.watch_rules.event_type IS 'PLOVER type of an event; with actor or a pair: of that event';
COMMENT ON COLUMN newsmill.watch_rules.theme IS 'code of a theme';
COMMENT ON COLUMN newsmill.watch_rules.place IS 'canonical name of a place, or ISO 3166-1 alpha-2 code of its country';
COMMENT ON COLUMN newsmill.watch_rules.source IS 'publisher';
COMMENT ON COLUMN newsmill.watch_rules.language IS 'BCP 47 code';
COMMENT ON COLUMN newsmill.watch_rules.query IS 'what newsmill.search() would find it with';
COMMENT ON COLUMN newsmill.watch_rules.tone_below IS 'the article''s tone is lower';
COMMENT ON COLUMN newsmill.watch_rules.tone_above IS 'the article''s tone is higher';

CREATE VIEW newsmill.alert_matches AS
SELECT m.number, m.rule, m.article, m.key, m.received, m.matched, m.start_offset, m.end_offset, a.source, a.title, a.url,
    a.language, a.tone
FROM newsmill_data.alert_matches m JOIN newsmill_data.articles a ON a.key = m.key AND a.received = m.received;
COMMENT ON VIEW newsmill.alert_matches IS 'What rules found: one row an article and rule.';
COMMENT ON COLUMN newsmill.alert_matches.number IS 'rises in the order in which matches become visible: a reader goes on behind the last it has seen';
COMMENT ON COLUMN newsmill.alert_matches.rule IS 'the rule';
COMMENT ON COLUMN newsmill.alert_matches.article IS 'the article';
COMMENT ON COLUMN newsmill.alert_matches.key IS 'article_revisions.key of the revision that matched';
COMMENT ON COLUMN newsmill.alert_matches.received IS 'when ingest accepted it';
COMMENT ON COLUMN newsmill.alert_matches.matched IS 'when the match was found';
COMMENT ON COLUMN newsmill.alert_matches.start_offset IS 'first code point of the event, name or place in its text; null when the rule asks for none';
COMMENT ON COLUMN newsmill.alert_matches.end_offset IS 'the code point behind it';
COMMENT ON COLUMN newsmill.alert_matches.source IS 'publisher';
COMMENT ON COLUMN newsmill.alert_matches.title IS 'headline';
COMMENT ON COLUMN newsmill.alert_matches.url IS 'where it was published';
COMMENT ON COLUMN newsmill.alert_matches.language IS 'BCP 47 code';
COMMENT ON COLUMN newsmill.alert_matches.tone IS 'the article''s tone';

-- Where an article shows what a rule asks of its facts; no row when it does not.
CREATE FUNCTION newsmill_data.rule_evidence(asked newsmill_data.watch_rules, in_article uuid, in_received timestamptz, in_key uuid)
RETURNS TABLE (start_offset integer, end_offset integer)
LANGUAGE sql STABLE AS $$
    SELECT coalesce(e.start_offset, n.start_offset, p.start_offset), coalesce(e.end_offset, n.end_offset, p.end_offset)
    FROM (SELECT) AS one
    LEFT JOIN LATERAL (
        SELECT f.start_offset, f.end_offset FROM newsmill_data.events f
        WHERE f.article = in_article AND f.received = in_received AND f.article_key = in_key AND num_nonnulls(asked.actor, asked.pair_source, asked.pair_target, asked.event_type) > 0
          AND (asked.event_type IS NULL OR f.type = asked.event_type)
          AND (asked.actor IS NULL OR asked.actor = ANY (f.source_codes || f.target_codes || f.source_code || f.target_code))
          AND (asked.pair_source IS NULL OR asked.pair_source = ANY (f.source_codes || f.source_code))
          AND (asked.pair_target IS NULL OR asked.pair_target = ANY (f.target_codes || f.target_code))
        ORDER BY f.ordinal LIMIT 1) e ON true
    LEFT JOIN LATERAL (
        SELECT f.start_offset, f.end_offset FROM newsmill_data.names f
        WHERE f.article = in_article AND f.received = in_received AND f.article_key = in_key AND asked.actor IN (f.key, f.name)
        ORDER BY f.ordinal LIMIT 1) n ON asked.actor IS NOT NULL AND asked.event_type IS NULL
    LEFT JOIN LATERAL (
        SELECT f.start_offset, f.end_offset FROM newsmill_data.places f
        WHERE f.article = in_article AND f.received = in_received AND f.article_key = in_key AND asked.place IN (f.country, f.name)
        ORDER BY f.ordinal LIMIT 1) p ON asked.place IS NOT NULL
    WHERE (asked.actor IS NULL OR e.start_offset IS NOT NULL OR n.start_offset IS NOT NULL)
      AND (num_nonnulls(asked.pair_source, asked.pair_target, asked.event_type) = 0 OR e.start_offset IS NOT NULL)
      AND (asked.place IS NULL OR p.start_offset IS NOT NULL)
$$;

-- Writes what the rules find among these articles, and tells it. Rules with a query are asked when the
-- articles are filed for search (`filed`), the others by the step of their own. Numbers become visible in
-- their order: who writes any holds the lock until the commit.
CREATE FUNCTION newsmill_data.alerts_match(keys uuid[], filed boolean) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    told record;
BEGIN
    IF NOT EXISTS (SELECT FROM newsmill_data.watch_rules r WHERE (r.query IS NOT NULL) = filed) THEN
        RETURN;
    END IF;
    LOCK TABLE newsmill_data.alert_matches IN SHARE ROW EXCLUSIVE MODE;
    FOR told IN
        INSERT INTO newsmill_data.alert_matches (rule, article, key, received, start_offset, end_offset)
        SELECT r.rule, a.article, a.key, a.received, v.start_offset, v.end_offset
        FROM newsmill_data.watch_rules r CROSS JOIN newsmill_data.sketches k
        JOIN newsmill_data.articles a ON a.key = k.key AND a.received = k.received AND a.latest
            AND (r.source IS NULL OR a.source = r.source)
            AND (r.language IS NULL OR a.language = r.language)
            AND (r.tone_below IS NULL OR a.tone < r.tone_below)
            AND (r.tone_above IS NULL OR a.tone > r.tone_above)
            AND (r.theme IS NULL OR a.themes @> jsonb_build_array(jsonb_build_object('code', r.theme)))
        CROSS JOIN LATERAL newsmill_data.rule_evidence(r, a.article, a.received, a.key) v
        WHERE k.key = ANY (keys) AND (r.query IS NOT NULL) = filed
          AND (r.query IS NULL OR EXISTS (
              SELECT FROM newsmill_data.search s WHERE s.key = a.key AND s.vector @@ newsmill.search_query(s.config, r.query)))
        ORDER BY a.key, r.rule
        ON CONFLICT DO NOTHING
        RETURNING rule, article, number
    LOOP
        PERFORM pg_notify('newsmill', json_build_object('kind', 'alert', 'rule', left(told.rule, 200),
            'article', told.article, 'number', told.number)::text);
    END LOOP;
END
$$;

-- Tells which articles are there, 150 to a notification (it may have 8,000 bytes), and asks the rules about
-- them; how many there were, or -1 when another worker is at it.
CREATE FUNCTION newsmill_data.alerts_step(most integer, days integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    fresh  uuid[];
    behind bigint;
BEGIN
    SELECT b.keys, b.behind INTO fresh, behind FROM newsmill_data.step_begin('alerts', most) b;
    IF fresh IS NULL OR behind IS NULL THEN
        RETURN CASE WHEN fresh IS NULL THEN -1 ELSE 0 END;
    END IF;
    PERFORM pg_notify('newsmill', json_build_object('kind', 'articles', 'count', count(*), 'articles', json_agg(t.article))::text)
    FROM (SELECT s.article, (row_number() OVER (ORDER BY s.key) - 1) / 150 AS part
          FROM newsmill_data.sketches s WHERE s.key = ANY (fresh)) t
    GROUP BY t.part ORDER BY t.part;
    PERFORM newsmill_data.alerts_match(fresh, false);
    PERFORM newsmill_data.step_end('alerts', behind);
    RETURN array_length(fresh, 1);
END
$$;

CREATE OR REPLACE FUNCTION newsmill_data.search_step(most integer, days integer) RETURNS integer
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
    FROM newsmill_data.sketches k JOIN newsmill_data.articles a ON a.key = k.key AND a.received = k.received
    CROSS JOIN LATERAL (SELECT coalesce((SELECT t.config FROM newsmill_data.text_search t
                                         WHERE t.language = split_part(a.language, '-', 1)), 'simple') AS config) c
    WHERE k.key = ANY (fresh) AND a.latest
    ORDER BY a.key
    ON CONFLICT (key) DO UPDATE
    SET source = excluded.source, language = excluded.language, config = excluded.config, vector = excluded.vector;
    DELETE FROM newsmill_data.search s USING newsmill_data.sketches w, newsmill_data.ledger l
    WHERE w.key = ANY (fresh) AND w.revision > 1 AND l.article = w.article AND l.revision < w.revision AND s.key = l.key;
    INSERT INTO newsmill_data.search_configs
    SELECT DISTINCT s.config FROM newsmill_data.search s WHERE s.key = ANY (fresh)
      AND NOT EXISTS (SELECT FROM newsmill_data.search_configs c WHERE c.config = s.config)
    ON CONFLICT DO NOTHING;
    PERFORM newsmill_data.alerts_match(fresh, true);
    PERFORM newsmill_data.step_end('search', behind);
    RETURN array_length(fresh, 1);
END
$$;

-- Searches and the filing of articles find them in their months.
CREATE OR REPLACE FUNCTION newsmill.search(query text, in_source text DEFAULT NULL, in_language text DEFAULT NULL,
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
    times   timestamptz[];
    ranks   real[];
    keys    uuid[] := '{}';
    dates   timestamptz[] := '{}';
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
        EXECUTE 'SELECT array_agg(f.key), array_agg(f.received), array_agg(ts_rank_cd(f.vector, $1, 5)) FROM ('
            'SELECT v.key, v.received, v.vector FROM newsmill.search_vectors v WHERE v.vector @@ $1 AND v.config = $2'
            || CASE WHEN in_source IS NULL THEN '' ELSE ' AND v.source = $3' END
            || CASE WHEN in_language IS NULL THEN '' ELSE ' AND v.language = $4' END
            || CASE WHEN since IS NULL THEN '' ELSE ' AND v.received >= $5' END
            || CASE WHEN until IS NULL THEN '' ELSE ' AND v.received < $6' END
            || ' ORDER BY v.key DESC LIMIT 1000) f'
        INTO found, times, ranks USING wanted, config, in_source, in_language, since, until;
        keys := keys || found;
        dates := dates || times;
        weights := weights || ranks;
        configs := configs || array_fill(config, ARRAY[coalesce(array_length(found, 1), 0)]);
    END LOOP;
    RETURN QUERY
    SELECT b.article, b.key, b.received, b.published, b.source, b.title, b.url, b.language, b.story, b.weight,
        newsmill.search_snippet(b.config, b.title, query, NULL), newsmill.search_snippet(b.config, b.text, query)
    FROM (
        SELECT a.*, f.weight, f.config
        FROM unnest(keys, dates, weights, configs) AS f (key, received, weight, config)
        JOIN newsmill.articles a ON a.key = f.key AND a.received = f.received
        ORDER BY CASE WHEN newest THEN 0 ELSE f.weight END DESC, f.key DESC
        LIMIT least(greatest(max_rows, 0), 1000) OFFSET greatest(skip_rows, 0)) b
    ORDER BY CASE WHEN newest THEN 0 ELSE b.weight END DESC, b.key DESC;
END
$$;
