-- Articles and facts by months. Each table is partitioned by the month (UTC) of `received`; a default
-- partition takes what has no month of its own yet, so that nothing is ever refused.
--
-- A fact carries what dashboards ask of its article, and whether that revision is the latest: nobody has to
-- join, and a range of `received` is a range of partitions. Facts have no primary key: it would take more
-- room than all their other indexes. Their natural key is (article_key, ordinal), which one transaction
-- and the key of articles keep true. That an article has one latest revision is kept true by the ledger,
-- which is not partitioned: whoever changes `latest`, or writes a revision anew, has locked the ledger's
-- rows of that article first.

ALTER TABLE newsmill_data.articles RENAME TO old_articles;
ALTER TABLE newsmill_data.names RENAME TO old_names;
ALTER TABLE newsmill_data.places RENAME TO old_places;
ALTER TABLE newsmill_data.events RENAME TO old_events;
ALTER TABLE newsmill_data.targets RENAME TO old_targets;
ALTER TABLE newsmill_data.quotes RENAME TO old_quotes;
ALTER TABLE newsmill_data.dates RENAME TO old_dates;
ALTER TABLE newsmill_data.amounts RENAME TO old_amounts;

CREATE TABLE newsmill_data.articles (
    key                 uuid        NOT NULL,
    article             uuid        NOT NULL,
    revision            integer     NOT NULL,
    latest              boolean     NOT NULL,
    received            timestamptz NOT NULL,
    published           timestamptz,
    published_from      text,
    id                  text,
    url                 text,
    source              text,
    title               text,
    authors             text[]      NOT NULL,
    language            text,
    language_confidence real,
    genre               text,
    text                text,
    removed             jsonb       NOT NULL,
    sentence_starts     integer[]   NOT NULL,
    sentence_ends       integer[]   NOT NULL,
    sentence_tones      real[]      NOT NULL,
    tone                real,
    positive            real,
    negative            real,
    polarity            real,
    activity            real,
    self_group          real,
    words               integer     NOT NULL,
    themes              jsonb       NOT NULL,
    keyphrases          jsonb       NOT NULL,
    summary             jsonb       NOT NULL,
    fingerprint         bigint      NOT NULL,
    analyzer            text,
    meta                jsonb,
    repaired            integer     NOT NULL,
    unknown_keys        integer     NOT NULL,
    original            bytea       NOT NULL,
    site                text,
    section             text,
    image               text,
    canonical           text,
    links               text[]      NOT NULL,
    languages           jsonb       NOT NULL,
    focus               text,
    stored              timestamptz
) PARTITION BY RANGE (received);
COMMENT ON COLUMN newsmill_data.articles.original IS 'the message as the producer sent it, for replay';
COMMENT ON COLUMN newsmill_data.articles.stored IS 'when a storage worker first wrote it; null when that was not noted yet';

CREATE TABLE newsmill_data.names (
    received     timestamptz NOT NULL,
    article_key  uuid        NOT NULL,
    article      uuid        NOT NULL,
    ordinal      integer     NOT NULL,
    start_offset integer     NOT NULL,
    end_offset   integer     NOT NULL,
    confidence   real,
    latest       boolean     NOT NULL,
    analyzer     text,
    text         text,
    type         text,
    name         text,
    key          text
) PARTITION BY RANGE (received);
CREATE TABLE newsmill_data.places (
    received     timestamptz NOT NULL,
    article_key  uuid        NOT NULL,
    article      uuid        NOT NULL,
    ordinal      integer     NOT NULL,
    start_offset integer     NOT NULL,
    end_offset   integer     NOT NULL,
    confidence   real,
    latest       boolean     NOT NULL,
    analyzer     text,
    text         text,
    name         text,
    kind         text,
    country      text,
    admin1       text,
    lat          double precision,
    lon          double precision,
    geonames     bigint
) PARTITION BY RANGE (received);
CREATE TABLE newsmill_data.events (
    received         timestamptz NOT NULL,
    article_key      uuid        NOT NULL,
    article          uuid        NOT NULL,
    ordinal          integer     NOT NULL,
    start_offset     integer     NOT NULL,
    end_offset       integer     NOT NULL,
    confidence       real,
    latest           boolean     NOT NULL,
    analyzer         text,
    sentence         integer     NOT NULL,
    type             text,
    mode             text,
    contexts         text[]      NOT NULL,
    cameo            text,
    goldstein        real,
    quad             bigint,
    source_start     integer,
    source_end       integer,
    source_text      text,
    source_code      text,
    source_sector    text,
    target_start     integer,
    target_end       integer,
    target_text      text,
    target_code      text,
    target_sector    text,
    negated          boolean     NOT NULL,
    modality         text,
    place            bigint,
    date             text,
    source_codes     text[]      NOT NULL,
    target_codes     text[]      NOT NULL,
    attributed_start integer,
    attributed_end   integer,
    attributed       text,
    mentions         integer     NOT NULL,
    lead             boolean     NOT NULL,
    place_name       text,
    place_country    text,
    place_lat        double precision,
    place_lon        double precision
) PARTITION BY RANGE (received);
CREATE TABLE newsmill_data.targets (
    received     timestamptz NOT NULL,
    article_key  uuid        NOT NULL,
    article      uuid        NOT NULL,
    ordinal      integer     NOT NULL,
    start_offset integer     NOT NULL,
    end_offset   integer     NOT NULL,
    confidence   real,
    latest       boolean     NOT NULL,
    analyzer     text,
    text         text,
    tone         real
) PARTITION BY RANGE (received);
CREATE TABLE newsmill_data.quotes (
    received      timestamptz NOT NULL,
    article_key   uuid        NOT NULL,
    article       uuid        NOT NULL,
    ordinal       integer     NOT NULL,
    start_offset  integer     NOT NULL,
    end_offset    integer     NOT NULL,
    confidence    real,
    latest        boolean     NOT NULL,
    analyzer      text,
    direct        boolean     NOT NULL,
    speaker_start integer,
    speaker_end   integer,
    speaker       text,
    cue_start     integer,
    cue_end       integer,
    cue           text
) PARTITION BY RANGE (received);
CREATE TABLE newsmill_data.dates (
    received     timestamptz NOT NULL,
    article_key  uuid        NOT NULL,
    article      uuid        NOT NULL,
    ordinal      integer     NOT NULL,
    start_offset integer     NOT NULL,
    end_offset   integer     NOT NULL,
    confidence   real,
    latest       boolean     NOT NULL,
    analyzer     text,
    text         text,
    value        text,
    grain        text
) PARTITION BY RANGE (received);
CREATE TABLE newsmill_data.amounts (
    received     timestamptz NOT NULL,
    article_key  uuid        NOT NULL,
    article      uuid        NOT NULL,
    ordinal      integer     NOT NULL,
    start_offset integer     NOT NULL,
    end_offset   integer     NOT NULL,
    confidence   real,
    latest       boolean     NOT NULL,
    analyzer     text,
    text         text,
    kind         text,
    value        double precision,
    unit         text,
    object       text
) PARTITION BY RANGE (received);

-- lz4 compresses three times faster than pglz, which would be the greatest cost of an insert. Partitions
-- take it over. A server built without it keeps pglz.
DO $$
DECLARE
    col record;
BEGIN
    FOR col IN
        SELECT a.attrelid::regclass AS tab, a.attname
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE c.relnamespace = 'newsmill_data'::regnamespace AND c.relkind = 'p' AND a.attnum > 0
          AND a.attstorage IN ('x', 'm')
    LOOP
        EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET COMPRESSION lz4', col.tab, col.attname);
    END LOOP;
EXCEPTION WHEN feature_not_supported THEN
    RAISE NOTICE 'this server has no lz4: articles are compressed with pglz';
END
$$;

-- The partition TABLE_yYYYYmMM for a month, unless it is there: made apart, filled with what the default
-- partition has of it, and attached, so that readers and writers of other months are not waited for.
CREATE FUNCTION newsmill_data.partition_add(parent regclass, month timestamp) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    part text := format('newsmill_data.%I', (SELECT relname FROM pg_class WHERE oid = parent)
                                            || to_char(month, '"_y"YYYY"m"MM'));
    rest text := format('newsmill_data.%I', (SELECT relname FROM pg_class WHERE oid = parent) || '_default');
    since timestamptz := month AT TIME ZONE 'UTC';
    until timestamptz := (month + interval '1 month') AT TIME ZONE 'UTC';
BEGIN
    IF to_regclass(part) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', rest);
    EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING ALL)', part, parent);
    EXECUTE format('WITH moved AS (DELETE FROM %s WHERE received >= %L AND received < %L RETURNING *)
                    INSERT INTO %s SELECT * FROM moved', rest, since, until, part);
    EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)', parent, part, since, until);
END
$$;

-- The months from `since` to `until` of all tables; how many partitions were missing. Storage workers call it
-- before they need them (as the owner: they have no right to make tables), and `newsmill migrate`.
-- What is out of all proportion stays in the default partition. A reader that will not let go of
-- that one costs two seconds and an error: the next call is as good.
CREATE FUNCTION newsmill_data.partitions_make(since timestamptz, until timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s'
AS $$
DECLARE
    missing record;
    made integer := 0;
BEGIN
    since := greatest(since, now() - interval '30 years');
    until := least(until, now() + interval '4 months');
    FOR round IN 1..2 LOOP -- first without the lock: nearly always there is nothing to do
        FOR missing IN
            SELECT c.oid::regclass AS parent, m AS month
            FROM pg_class c
            CROSS JOIN (
                SELECT generate_series(date_trunc('month', since AT TIME ZONE 'UTC'),
                                       date_trunc('month', until AT TIME ZONE 'UTC'), interval '1 month') AS m
                UNION
                SELECT date_trunc('month', a.received AT TIME ZONE 'UTC') FROM newsmill_data.articles_default a
                WHERE a.received >= now() - interval '30 years' AND a.received < now() + interval '4 months'
            ) months
            WHERE c.relnamespace = 'newsmill_data'::regnamespace AND c.relkind = 'p'
              AND to_regclass(format('newsmill_data.%I', c.relname || to_char(m, '"_y"YYYY"m"MM'))) IS NULL
            ORDER BY m, c.oid
        LOOP
            IF round = 1 THEN
                PERFORM pg_advisory_xact_lock(7954895654460419181); -- one behind that of migrations
                EXIT;
            END IF;
            PERFORM newsmill_data.partition_add(missing.parent, missing.month);
            made := made + 1;
        END LOOP;
        EXIT WHEN round = 1 AND NOT FOUND;
    END LOOP;
    RETURN made;
END
$$;
REVOKE ALL ON FUNCTION newsmill_data.partition_add(regclass, timestamp) FROM PUBLIC;
REVOKE ALL ON FUNCTION newsmill_data.partitions_make(timestamptz, timestamptz) FROM PUBLIC;

-- Indexes, chosen by measurement (README.md): what has few values is a small B-tree, since equal keys
-- are kept once. Indexed terms are cut to 256 characters, so that no text is too long for its index.
ALTER TABLE newsmill_data.articles ADD CONSTRAINT articles_key_received PRIMARY KEY (key, received);
CREATE INDEX articles_by_received ON newsmill_data.articles (received);
CREATE INDEX articles_by_article ON newsmill_data.articles (article);
CREATE INDEX articles_by_source ON newsmill_data.articles (source);
DO $$
DECLARE
    tab text;
BEGIN
    FOREACH tab IN ARRAY ARRAY['names', 'places', 'events', 'targets', 'quotes', 'dates', 'amounts'] LOOP
        EXECUTE format('CREATE INDEX %I ON newsmill_data.%I (received)', tab || '_by_received', tab);
        EXECUTE format('CREATE INDEX %I ON newsmill_data.%I (article)', tab || '_by_article', tab);
    END LOOP;
    FOREACH tab IN ARRAY ARRAY['articles', 'names', 'places', 'events', 'targets', 'quotes', 'dates', 'amounts'] LOOP
        EXECUTE format('CREATE TABLE newsmill_data.%I PARTITION OF newsmill_data.%I DEFAULT', tab || '_default', tab);
    END LOOP;
END
$$;
CREATE INDEX names_by_name ON newsmill_data.names (name);
CREATE INDEX places_by_country ON newsmill_data.places (country, name);
CREATE INDEX events_by_pair ON newsmill_data.events (source_code, target_code);
CREATE INDEX events_by_target ON newsmill_data.events (target_code);

-- What is there moves to its months.
SELECT newsmill_data.partitions_make(coalesce(min(received), now()), now() + interval '2 months')
FROM newsmill_data.old_articles;
INSERT INTO newsmill_data.articles
SELECT
    key, article, revision, latest, received, published, published_from, id, url, source, title, authors,
    language, language_confidence, genre, text, removed, sentence_starts, sentence_ends, sentence_tones,
    tone, positive, negative, polarity, activity, self_group, words, themes, keyphrases, summary,
    fingerprint, analyzer, meta, repaired, unknown_keys, original, site, section, image, canonical, links,
    languages, focus, NULL
FROM newsmill_data.old_articles;
INSERT INTO newsmill_data.names
SELECT
    a.received, a.key, a.article, f.ordinal, f.start_offset, f.end_offset, f.confidence, a.latest, a.analyzer,
    f.text, f.type, left(f.name, 256), f.key
FROM newsmill_data.old_names f JOIN newsmill_data.old_articles a ON a.key = f.article_key;
INSERT INTO newsmill_data.places
SELECT
    a.received, a.key, a.article, f.ordinal, f.start_offset, f.end_offset, f.confidence, a.latest, a.analyzer,
    f.text, left(f.name, 256), f.kind, f.country, f.admin1, f.lat, f.lon, f.geonames
FROM newsmill_data.old_places f JOIN newsmill_data.old_articles a ON a.key = f.article_key;
INSERT INTO newsmill_data.events
SELECT
    a.received, a.key, a.article, f.ordinal, f.start_offset, f.end_offset, f.confidence, a.latest, a.analyzer,
    f.sentence, f.type, f.mode, f.contexts, f.cameo, f.goldstein, f.quad, f.source_start,
    f.source_end, f.source_text, f.source_code, f.source_sector, f.target_start, f.target_end,
    f.target_text, f.target_code, f.target_sector, f.negated, f.modality, f.place, f.date,
    f.source_codes, f.target_codes, f.attributed_start, f.attributed_end, f.attributed, f.mentions,
    f.lead, left(p.name, 256), p.country, p.lat, p.lon
FROM newsmill_data.old_events f JOIN newsmill_data.old_articles a ON a.key = f.article_key
LEFT JOIN newsmill_data.old_places p ON p.article_key = f.article_key AND p.ordinal = f.place;
INSERT INTO newsmill_data.targets
SELECT
    a.received, a.key, a.article, f.ordinal, f.start_offset, f.end_offset, f.confidence, a.latest, a.analyzer,
    f.text, f.tone
FROM newsmill_data.old_targets f JOIN newsmill_data.old_articles a ON a.key = f.article_key;
INSERT INTO newsmill_data.quotes
SELECT
    a.received, a.key, a.article, f.ordinal, f.start_offset, f.end_offset, f.confidence, a.latest, a.analyzer,
    f.direct, f.speaker_start, f.speaker_end, f.speaker, f.cue_start, f.cue_end, f.cue
FROM newsmill_data.old_quotes f JOIN newsmill_data.old_articles a ON a.key = f.article_key;
INSERT INTO newsmill_data.dates
SELECT
    a.received, a.key, a.article, f.ordinal, f.start_offset, f.end_offset, f.confidence, a.latest, a.analyzer,
    f.text, f.value, f.grain
FROM newsmill_data.old_dates f JOIN newsmill_data.old_articles a ON a.key = f.article_key;
INSERT INTO newsmill_data.amounts
SELECT
    a.received, a.key, a.article, f.ordinal, f.start_offset, f.end_offset, f.confidence, a.latest, a.analyzer,
    f.text, f.kind, f.value, f.unit, f.object
FROM newsmill_data.old_amounts f JOIN newsmill_data.old_articles a ON a.key = f.article_key;

-- The views as they were, over one table each.
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

CREATE OR REPLACE VIEW newsmill.changes AS
SELECT
    n.article,
    n.url,
    n.source,
    n.revision,
    p.received AS previous_received,
    n.received,
    n.title IS DISTINCT FROM p.title AS title_changed,
    p.title AS previous_title,
    n.title,
    c.added,
    c.removed,
    n.words - p.words AS words,
    n.key,
    p.key AS previous_key
FROM newsmill_data.ledger l
JOIN newsmill_data.articles n ON n.key = l.key AND n.received = l.received
JOIN newsmill_data.ledger b ON b.article = l.article AND b.revision = l.revision - 1
JOIN newsmill_data.articles p ON p.key = b.key AND p.received = b.received
CROSS JOIN LATERAL newsmill.text_changes(p.text, n.text) AS c
WHERE l.revision > 1
  AND (n.title IS DISTINCT FROM p.title OR cardinality(c.added) + cardinality(c.removed) > 0);

CREATE OR REPLACE VIEW newsmill.names AS
SELECT
    f.article,
    f.received,
    f.ordinal,
    f.start_offset,
    f.end_offset,
    f.confidence,
    f.analyzer,
    f.text,
    f.type,
    f.name,
    f.key
FROM newsmill_data.names f
WHERE f.latest;

CREATE OR REPLACE VIEW newsmill.places AS
SELECT
    f.article,
    f.received,
    f.ordinal,
    f.start_offset,
    f.end_offset,
    f.confidence,
    f.analyzer,
    f.text,
    f.name,
    f.kind,
    f.country,
    f.admin1,
    f.lat,
    f.lon,
    f.geonames
FROM newsmill_data.places f
WHERE f.latest;

CREATE OR REPLACE VIEW newsmill.events AS
SELECT
    f.article,
    f.received,
    f.ordinal,
    f.start_offset,
    f.end_offset,
    f.confidence,
    f.analyzer,
    f.sentence,
    f.type,
    f.mode,
    f.contexts,
    f.cameo,
    f.goldstein,
    f.quad,
    f.source_start AS source_start_offset,
    f.source_end AS source_end_offset,
    f.source_text,
    f.source_code,
    f.source_sector,
    f.target_start AS target_start_offset,
    f.target_end AS target_end_offset,
    f.target_text,
    f.target_code,
    f.target_sector,
    f.negated,
    f.modality,
    f.place,
    f.place_name,
    f.place_country,
    f.place_lat AS lat,
    f.place_lon AS lon,
    f.date,
    f.source_codes,
    f.target_codes,
    f.attributed,
    f.attributed_start AS attributed_start_offset,
    f.attributed_end AS attributed_end_offset,
    f.mentions,
    f.lead
FROM newsmill_data.events f
WHERE f.latest;

CREATE OR REPLACE VIEW newsmill.targets AS
SELECT
    f.article,
    f.received,
    f.ordinal,
    f.start_offset,
    f.end_offset,
    f.confidence,
    f.analyzer,
    f.text,
    f.tone
FROM newsmill_data.targets f
WHERE f.latest;

CREATE OR REPLACE VIEW newsmill.quotes AS
SELECT
    f.article,
    f.received,
    f.ordinal,
    f.start_offset,
    f.end_offset,
    f.confidence,
    f.analyzer,
    f.direct,
    f.speaker,
    f.speaker_start AS speaker_start_offset,
    f.speaker_end AS speaker_end_offset,
    f.cue,
    f.cue_start AS cue_start_offset,
    f.cue_end AS cue_end_offset
FROM newsmill_data.quotes f
WHERE f.latest;

CREATE OR REPLACE VIEW newsmill.dates AS
SELECT
    f.article,
    f.received,
    f.ordinal,
    f.start_offset,
    f.end_offset,
    f.confidence,
    f.analyzer,
    f.text,
    f.value,
    f.grain
FROM newsmill_data.dates f
WHERE f.latest;

CREATE OR REPLACE VIEW newsmill.amounts AS
SELECT
    f.article,
    f.received,
    f.ordinal,
    f.start_offset,
    f.end_offset,
    f.confidence,
    f.analyzer,
    f.text,
    f.kind,
    f.value,
    f.unit,
    f.object
FROM newsmill_data.amounts f
WHERE f.latest;

CREATE OR REPLACE VIEW newsmill.sentences AS
SELECT
    a.article,
    a.received,
    (s.ordinality - 1)::integer AS ordinal,
    s.start_offset,
    s.end_offset,
    NULL::real AS confidence,
    a.analyzer,
    s.tone
FROM newsmill_data.articles a
CROSS JOIN LATERAL unnest(a.sentence_starts, a.sentence_ends, a.sentence_tones) WITH ORDINALITY
    AS s (start_offset, end_offset, tone, ordinality)
WHERE a.latest;

CREATE OR REPLACE VIEW newsmill.tone_by_hour AS
SELECT
    date_trunc('hour', a.received, 'UTC') AS hour,
    a.source,
    a.language,
    count(*) AS articles,
    sum(a.words) AS words,
    avg(a.tone) AS tone,
    avg(a.positive) AS positive,
    avg(a.negative) AS negative,
    avg(a.polarity) AS polarity,
    a.focus AS country,
    count(a.tone) AS toned
FROM newsmill_data.articles a
WHERE a.latest
GROUP BY 1, 2, 3, a.focus;

CREATE OR REPLACE VIEW newsmill.volume_by_hour AS
SELECT
    date_trunc('hour', a.received, 'UTC') AS hour,
    a.focus AS country,
    a.source,
    a.language,
    count(*) AS articles,
    0::bigint AS copies,
    sum(a.words) AS words,
    count(*) FILTER (WHERE a.received - a.published BETWEEN interval '0' AND interval '7 days') AS delayed,
    sum(extract(epoch FROM a.received - a.published))
        FILTER (WHERE a.received - a.published BETWEEN interval '0' AND interval '7 days')::double precision AS delay_seconds,
    0::bigint AS lagged,
    NULL::double precision AS lag_seconds
FROM newsmill_data.articles a
WHERE a.latest
GROUP BY 1, 2, 3, 4;

CREATE OR REPLACE VIEW newsmill.pairs_by_day AS
SELECT
    (f.received AT TIME ZONE 'UTC')::date AS day,
    f.source_code,
    f.target_code,
    f.type,
    coalesce(f.modality = 'actual', false) AND NOT f.negated AS happened,
    count(*) AS events,
    sum(f.mentions)::bigint AS mentions,
    count(f.goldstein) AS scaled,
    sum(f.goldstein)::double precision AS goldstein_sum,
    avg(f.goldstein)::double precision AS goldstein,
    count(*) FILTER (WHERE f.quad = 1) AS verbal_cooperation,
    count(*) FILTER (WHERE f.quad = 2) AS material_cooperation,
    count(*) FILTER (WHERE f.quad = 3) AS verbal_conflict,
    count(*) FILTER (WHERE f.quad = 4) AS material_conflict
FROM newsmill_data.events f
WHERE f.latest
GROUP BY 1, 2, 3, 4, 5;

CREATE OR REPLACE VIEW newsmill.names_by_day AS
SELECT
    (f.received AT TIME ZONE 'UTC')::date AS day,
    f.name,
    f.type,
    count(DISTINCT f.article_key) AS articles,
    count(*) AS mentions
FROM newsmill_data.names f
WHERE f.latest AND f.name IS NOT NULL
GROUP BY 1, 2, 3;

CREATE OR REPLACE VIEW newsmill.themes_by_day AS
SELECT
    (a.received AT TIME ZONE 'UTC')::date AS day,
    t ->> 'code' AS code,
    count(DISTINCT a.key) AS articles,
    sum((t ->> 'count')::bigint)::bigint AS mentions
FROM newsmill_data.articles a CROSS JOIN LATERAL jsonb_array_elements(a.themes) t
WHERE a.latest AND t ->> 'code' IS NOT NULL
GROUP BY 1, 2;

CREATE OR REPLACE VIEW newsmill.places_by_day AS
SELECT
    (f.received AT TIME ZONE 'UTC')::date AS day,
    f.name,
    f.kind,
    f.country,
    f.lat,
    f.lon,
    count(DISTINCT f.article_key) AS articles,
    count(*) AS mentions
FROM newsmill_data.places f
WHERE f.latest AND f.lat IS NOT NULL AND f.lon IS NOT NULL
GROUP BY 1, 2, 3, 4, 5, 6;

CREATE OR REPLACE VIEW newsmill.stories AS
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
FROM newsmill_data.story_articles s JOIN newsmill_data.articles a ON a.key = s.key AND a.received = s.received
WHERE s.key = s.story;

DROP TABLE newsmill_data.old_names, newsmill_data.old_places, newsmill_data.old_events, newsmill_data.old_targets,
    newsmill_data.old_quotes, newsmill_data.old_dates, newsmill_data.old_amounts, newsmill_data.old_articles;
