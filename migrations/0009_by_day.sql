-- What dashboards plot: tone, volume and lag by hour; pairs, names, themes and places by day, and what of
-- that is more than usual. Hours and days are UTC and count by `received`.

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
COMMENT ON VIEW newsmill.tone_by_hour IS 'Tone of the articles received in each hour, by country, source and language.';
COMMENT ON COLUMN newsmill.tone_by_hour.country IS 'ISO 3166-1 alpha-2 code of the country that the articles are about (articles.focus)';
COMMENT ON COLUMN newsmill.tone_by_hour.toned IS 'how many of the articles have a tone: the weight of the means when rows are put together';

CREATE VIEW newsmill.volume_by_hour AS
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
COMMENT ON VIEW newsmill.volume_by_hour IS 'How many articles were received in each hour, and how late they were.';
COMMENT ON COLUMN newsmill.volume_by_hour.hour IS 'beginning of the hour (UTC) in which ingest accepted the articles';
COMMENT ON COLUMN newsmill.volume_by_hour.country IS 'ISO 3166-1 alpha-2 code of the country that the articles are about (articles.focus)';
COMMENT ON COLUMN newsmill.volume_by_hour.source IS 'publisher';
COMMENT ON COLUMN newsmill.volume_by_hour.language IS 'BCP 47 code';
COMMENT ON COLUMN newsmill.volume_by_hour.articles IS 'number of articles';
COMMENT ON COLUMN newsmill.volume_by_hour.copies IS 'how many of them repeat what another source had before';
COMMENT ON COLUMN newsmill.volume_by_hour.words IS 'their words';
COMMENT ON COLUMN newsmill.volume_by_hour.delayed IS 'how many were received within seven days of being published';
COMMENT ON COLUMN newsmill.volume_by_hour.delay_seconds IS 'sum over those of the seconds from published to received; null when there are none';
COMMENT ON COLUMN newsmill.volume_by_hour.lagged IS 'how many were stored within a day of being received; later ones come from archives or are retried';
COMMENT ON COLUMN newsmill.volume_by_hour.lag_seconds IS 'sum over those of the seconds from received to stored; null when there are none';

CREATE VIEW newsmill.pairs_by_day AS
SELECT
    (a.received AT TIME ZONE 'UTC')::date AS day,
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
FROM newsmill_data.events f JOIN newsmill_data.articles a ON a.key = f.article_key AND a.latest
GROUP BY 1, 2, 3, 4, 5;
COMMENT ON VIEW newsmill.pairs_by_day IS 'Who did what to whom, by the day the articles were received: the events of newsmill.events, counted.';
COMMENT ON COLUMN newsmill.pairs_by_day.day IS 'day (UTC) on which ingest accepted the articles';
COMMENT ON COLUMN newsmill.pairs_by_day.source_code IS 'who did it, as in events';
COMMENT ON COLUMN newsmill.pairs_by_day.target_code IS 'whom it was done to, as in events';
COMMENT ON COLUMN newsmill.pairs_by_day.type IS 'PLOVER type';
COMMENT ON COLUMN newsmill.pairs_by_day.happened IS 'true for events that are told as facts: modality actual, not negated; the others are announced, demanded, feared, denied or long ago';
COMMENT ON COLUMN newsmill.pairs_by_day.events IS 'number of events';
COMMENT ON COLUMN newsmill.pairs_by_day.mentions IS 'how often the articles tell them';
COMMENT ON COLUMN newsmill.pairs_by_day.scaled IS 'how many of the events are on the Goldstein scale';
COMMENT ON COLUMN newsmill.pairs_by_day.goldstein_sum IS 'sum of those on the Goldstein scale';
COMMENT ON COLUMN newsmill.pairs_by_day.goldstein IS 'their mean';
COMMENT ON COLUMN newsmill.pairs_by_day.verbal_cooperation IS 'events of quad class 1';
COMMENT ON COLUMN newsmill.pairs_by_day.material_cooperation IS 'events of quad class 2';
COMMENT ON COLUMN newsmill.pairs_by_day.verbal_conflict IS 'events of quad class 3';
COMMENT ON COLUMN newsmill.pairs_by_day.material_conflict IS 'events of quad class 4';

CREATE VIEW newsmill.names_by_day AS
SELECT
    (a.received AT TIME ZONE 'UTC')::date AS day,
    f.name,
    f.type,
    count(DISTINCT f.article_key) AS articles,
    count(*) AS mentions
FROM newsmill_data.names f JOIN newsmill_data.articles a ON a.key = f.article_key AND a.latest
WHERE f.name IS NOT NULL
GROUP BY 1, 2, 3;
COMMENT ON VIEW newsmill.names_by_day IS 'How often names were in the articles received on each day.';
COMMENT ON COLUMN newsmill.names_by_day.day IS 'day (UTC) on which ingest accepted the articles';
COMMENT ON COLUMN newsmill.names_by_day.name IS 'canonical name';
COMMENT ON COLUMN newsmill.names_by_day.type IS 'person, organization, place, other';
COMMENT ON COLUMN newsmill.names_by_day.articles IS 'number of articles with the name';
COMMENT ON COLUMN newsmill.names_by_day.mentions IS 'how often it is in them';

CREATE VIEW newsmill.themes_by_day AS
SELECT
    (a.received AT TIME ZONE 'UTC')::date AS day,
    t ->> 'code' AS code,
    count(DISTINCT a.key) AS articles,
    sum((t ->> 'count')::bigint)::bigint AS mentions
FROM newsmill_data.articles a CROSS JOIN LATERAL jsonb_array_elements(a.themes) t
WHERE a.latest AND t ->> 'code' IS NOT NULL
GROUP BY 1, 2;
COMMENT ON VIEW newsmill.themes_by_day IS 'How often themes were in the articles received on each day.';
COMMENT ON COLUMN newsmill.themes_by_day.day IS 'day (UTC) on which ingest accepted the articles';
COMMENT ON COLUMN newsmill.themes_by_day.code IS 'code of the theme, as in articles.themes';
COMMENT ON COLUMN newsmill.themes_by_day.articles IS 'number of articles with the theme';
COMMENT ON COLUMN newsmill.themes_by_day.mentions IS 'sum of its counts in them';

CREATE VIEW newsmill.places_by_day AS
SELECT
    (a.received AT TIME ZONE 'UTC')::date AS day,
    f.name,
    f.kind,
    f.country,
    f.lat,
    f.lon,
    count(DISTINCT f.article_key) AS articles,
    count(*) AS mentions
FROM newsmill_data.places f JOIN newsmill_data.articles a ON a.key = f.article_key AND a.latest
WHERE f.lat IS NOT NULL AND f.lon IS NOT NULL
GROUP BY 1, 2, 3, 4, 5, 6;
COMMENT ON VIEW newsmill.places_by_day IS 'How often places that have coordinates were in the articles received on each day.';
COMMENT ON COLUMN newsmill.places_by_day.day IS 'day (UTC) on which ingest accepted the articles';
COMMENT ON COLUMN newsmill.places_by_day.name IS 'canonical name';
COMMENT ON COLUMN newsmill.places_by_day.kind IS 'country, region, city, water, island, other';
COMMENT ON COLUMN newsmill.places_by_day.country IS 'ISO 3166-1 alpha-2 code';
COMMENT ON COLUMN newsmill.places_by_day.lat IS 'latitude, degrees north';
COMMENT ON COLUMN newsmill.places_by_day.lon IS 'longitude, degrees east';
COMMENT ON COLUMN newsmill.places_by_day.articles IS 'number of articles with the place';
COMMENT ON COLUMN newsmill.places_by_day.mentions IS 'how often it is in them';

CREATE VIEW newsmill.terms_by_day AS
SELECT n.day, coalesce(n.type, 'other') AS type, n.name AS term, sum(n.articles)::bigint AS articles
FROM newsmill.names_by_day n GROUP BY 1, 2, 3
UNION ALL
SELECT t.day, 'theme', t.code, t.articles FROM newsmill.themes_by_day t;
COMMENT ON VIEW newsmill.terms_by_day IS 'names_by_day and themes_by_day in one, for what compares days.';
COMMENT ON COLUMN newsmill.terms_by_day.day IS 'day (UTC) on which ingest accepted the articles';
COMMENT ON COLUMN newsmill.terms_by_day.type IS 'person, organization, place, other: a name; theme: a theme';
COMMENT ON COLUMN newsmill.terms_by_day.term IS 'canonical name, or code of the theme';
COMMENT ON COLUMN newsmill.terms_by_day.articles IS 'number of articles with it';

-- A day against the days before it. What is compared is the share of the day's articles, so that a day that
-- has only begun, or a Sunday, is not taken for a lull. Expected is the day's articles times the smoothed
-- share of the past; sigma has three parts: the noise of a count (Poisson), how much the share has varied
-- from day to day, and one article, so that what is rare does not lead for being named twice.
CREATE FUNCTION newsmill.trending(subject text, on_day date DEFAULT NULL, past_days integer DEFAULT 28)
RETURNS TABLE (day date, term text, type text, articles bigint, usual double precision, expected double precision,
               sigma double precision, score double precision)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH asked AS MATERIALIZED (
        SELECT coalesce(on_day, (SELECT (max(v.hour) AT TIME ZONE 'UTC')::date FROM newsmill.volume_by_hour v)) AS day
    ), days AS MATERIALIZED (
        SELECT (v.hour AT TIME ZONE 'UTC')::date AS day, sum(v.articles)::double precision AS articles
        FROM newsmill.volume_by_hour v
        WHERE v.hour >= (SELECT (a.day - past_days)::timestamp AT TIME ZONE 'UTC' FROM asked a)
          AND v.hour < (SELECT (a.day + 1)::timestamp AT TIME ZONE 'UTC' FROM asked a)
        GROUP BY 1 HAVING sum(v.articles) > 0
    ), past AS MATERIALIZED (
        SELECT count(*)::double precision AS days, sum(d.articles) AS articles
        FROM days d WHERE d.day < (SELECT a.day FROM asked a)
    ), today AS MATERIALIZED (
        SELECT n.term, n.type, n.articles, d.articles AS of
        FROM newsmill.terms_by_day n JOIN days d ON d.day = n.day
        WHERE n.day = (SELECT a.day FROM asked a) AND n.articles > 0 AND (n.type = 'theme') = (subject = 'themes')
    ), before AS MATERIALIZED (
        SELECT n.term, n.type, sum(n.articles) AS articles, sum(n.articles / d.articles) AS share,
               sum((n.articles / d.articles) ^ 2) AS share2
        FROM newsmill.terms_by_day n JOIN days d ON d.day = n.day
        WHERE n.day >= (SELECT a.day - past_days FROM asked a) AND n.day < (SELECT a.day FROM asked a)
          AND (n.type = 'theme') = (subject = 'themes')
        GROUP BY 1, 2
    ), compared AS (
        SELECT t.term, t.type, t.articles, coalesce(b.articles, 0) / p.days AS usual,
               t.of * (coalesce(b.articles, 0) + 0.5) / (p.articles + 1) AS expected,
               t.of ^ 2 * greatest(coalesce(b.share2, 0) / p.days - (coalesce(b.share, 0) / p.days) ^ 2, 0) AS varied
        FROM today t JOIN past p ON p.days > 0
        LEFT JOIN before b ON b.term = t.term AND b.type = t.type
        UNION ALL
        SELECT t.term, t.type, t.articles, NULL, NULL, NULL FROM today t JOIN past p ON p.days = 0
    )
    SELECT (SELECT a.day FROM asked a), c.term, c.type, c.articles, c.usual, c.expected,
           sqrt(c.expected + c.varied + 1), (c.articles - c.expected) / sqrt(c.expected + c.varied + 1)
    FROM compared c;
END;
COMMENT ON FUNCTION newsmill.trending(text, date, integer) IS
    'names or themes of a day (default: the last that has articles) against the days before it';

CREATE VIEW newsmill.trending_names AS
SELECT t.day, t.term AS name, t.type, t.articles, t.usual, t.expected, t.sigma, t.score
FROM newsmill.trending('names') t;
COMMENT ON VIEW newsmill.trending_names IS 'The names of the last day that has articles, against the 28 days before it; highest score: most unusual.';
COMMENT ON COLUMN newsmill.trending_names.day IS 'the last day (UTC) on which articles were received';
COMMENT ON COLUMN newsmill.trending_names.name IS 'canonical name';
COMMENT ON COLUMN newsmill.trending_names.type IS 'person, organization, place, other';
COMMENT ON COLUMN newsmill.trending_names.articles IS 'articles of that day with the name';
COMMENT ON COLUMN newsmill.trending_names.usual IS 'articles a day with it in the past; null, like what follows, when there is no past';
COMMENT ON COLUMN newsmill.trending_names.expected IS 'how many of the day''s articles would have it, if their share were as in the past';
COMMENT ON COLUMN newsmill.trending_names.sigma IS 'how far from that is usual: the noise of a count, the share''s own changes, and one article';
COMMENT ON COLUMN newsmill.trending_names.score IS '(articles - expected) / sigma';

CREATE VIEW newsmill.trending_themes AS
SELECT t.day, t.term AS code, t.articles, t.usual, t.expected, t.sigma, t.score
FROM newsmill.trending('themes') t;
COMMENT ON VIEW newsmill.trending_themes IS 'The themes of the last day that has articles, against the 28 days before it; highest score: most unusual.';
COMMENT ON COLUMN newsmill.trending_themes.day IS 'the last day (UTC) on which articles were received';
COMMENT ON COLUMN newsmill.trending_themes.code IS 'code of the theme, as in articles.themes';
COMMENT ON COLUMN newsmill.trending_themes.articles IS 'articles of that day with the theme';
COMMENT ON COLUMN newsmill.trending_themes.usual IS 'articles a day with it in the past; null, like what follows, when there is no past';
COMMENT ON COLUMN newsmill.trending_themes.expected IS 'how many of the day''s articles would have it, if their share were as in the past';
COMMENT ON COLUMN newsmill.trending_themes.sigma IS 'how far from that is usual: the noise of a count, the share''s own changes, and one article';
COMMENT ON COLUMN newsmill.trending_themes.score IS '(articles - expected) / sigma';
