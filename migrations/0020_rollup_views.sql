-- The views of the rollups again, made to be read fast: hours and days in which nothing is pending, nearly all of
-- them, are read as they are, and only the others are summed with what is pending.

CREATE OR REPLACE VIEW newsmill.tone_by_hour AS
SELECT
    r.hour,
    r.source,
    r.language,
    r.articles,
    r.words,
    (r.tone::double precision / 1e6 / nullif(r.toned, 0)) AS tone,
    (r.positive::double precision / 1e6 / nullif(r.toned, 0)) AS positive,
    (r.negative::double precision / 1e6 / nullif(r.toned, 0)) AS negative,
    (r.polarity::double precision / 1e6 / nullif(r.toned, 0)) AS polarity,
    r.country,
    r.toned
FROM newsmill_data.rollup_hours r
WHERE r.articles > 0 AND NOT EXISTS (SELECT FROM newsmill_data.pending_hours p WHERE p.hour = r.hour)
UNION ALL
SELECT
    r.hour,
    r.source,
    r.language,
    sum(r.articles)::bigint AS articles,
    sum(r.words)::bigint AS words,
    (sum(r.tone)::bigint::double precision / 1e6 / nullif(sum(r.toned)::bigint, 0)) AS tone,
    (sum(r.positive)::bigint::double precision / 1e6 / nullif(sum(r.toned)::bigint, 0)) AS positive,
    (sum(r.negative)::bigint::double precision / 1e6 / nullif(sum(r.toned)::bigint, 0)) AS negative,
    (sum(r.polarity)::bigint::double precision / 1e6 / nullif(sum(r.toned)::bigint, 0)) AS polarity,
    r.country,
    sum(r.toned)::bigint AS toned
FROM (SELECT f.* FROM newsmill_data.rollup_hours f
      WHERE EXISTS (SELECT FROM newsmill_data.pending_hours p WHERE p.hour = f.hour)
      UNION ALL SELECT p.* FROM newsmill_data.pending_hours p) r
GROUP BY r.hour, r.country, r.source, r.language
HAVING sum(r.articles)::bigint > 0;

CREATE OR REPLACE VIEW newsmill.volume_by_hour AS
SELECT
    r.hour,
    r.country,
    r.source,
    r.language,
    r.articles,
    r.copies,
    r.words,
    r.delayed,
    (CASE WHEN r.delayed > 0 THEN r.delay_ms::double precision / 1e3 END) AS delay_seconds,
    r.lagged,
    (CASE WHEN r.lagged > 0 THEN r.lag_ms::double precision / 1e3 END) AS lag_seconds
FROM newsmill_data.rollup_hours r
WHERE (r.articles > 0 OR r.copies > 0) AND NOT EXISTS (SELECT FROM newsmill_data.pending_hours p WHERE p.hour = r.hour)
UNION ALL
SELECT
    r.hour,
    r.country,
    r.source,
    r.language,
    sum(r.articles)::bigint AS articles,
    sum(r.copies)::bigint AS copies,
    sum(r.words)::bigint AS words,
    sum(r.delayed)::bigint AS delayed,
    (CASE WHEN sum(r.delayed)::bigint > 0 THEN sum(r.delay_ms)::bigint::double precision / 1e3 END) AS delay_seconds,
    sum(r.lagged)::bigint AS lagged,
    (CASE WHEN sum(r.lagged)::bigint > 0 THEN sum(r.lag_ms)::bigint::double precision / 1e3 END) AS lag_seconds
FROM (SELECT f.* FROM newsmill_data.rollup_hours f
      WHERE EXISTS (SELECT FROM newsmill_data.pending_hours p WHERE p.hour = f.hour)
      UNION ALL SELECT p.* FROM newsmill_data.pending_hours p) r
GROUP BY r.hour, r.country, r.source, r.language
HAVING (sum(r.articles)::bigint > 0 OR sum(r.copies)::bigint > 0);

CREATE OR REPLACE VIEW newsmill.pairs_by_day AS
SELECT
    r.day,
    r.source_code,
    r.target_code,
    r.type,
    r.happened,
    r.events,
    r.mentions,
    r.scaled,
    (CASE WHEN r.scaled > 0 THEN r.goldstein::double precision / 1e6 END) AS goldstein_sum,
    (r.goldstein::double precision / 1e6 / nullif(r.scaled, 0)) AS goldstein,
    r.quad1 AS verbal_cooperation,
    r.quad2 AS material_cooperation,
    r.quad3 AS verbal_conflict,
    r.quad4 AS material_conflict
FROM newsmill_data.rollup_pairs r
WHERE r.events > 0 AND NOT EXISTS (SELECT FROM newsmill_data.pending_pairs p WHERE p.day = r.day)
UNION ALL
SELECT
    r.day,
    r.source_code,
    r.target_code,
    r.type,
    r.happened,
    sum(r.events)::bigint AS events,
    sum(r.mentions)::bigint AS mentions,
    sum(r.scaled)::bigint AS scaled,
    (CASE WHEN sum(r.scaled)::bigint > 0 THEN sum(r.goldstein)::bigint::double precision / 1e6 END) AS goldstein_sum,
    (sum(r.goldstein)::bigint::double precision / 1e6 / nullif(sum(r.scaled)::bigint, 0)) AS goldstein,
    sum(r.quad1)::bigint AS verbal_cooperation,
    sum(r.quad2)::bigint AS material_cooperation,
    sum(r.quad3)::bigint AS verbal_conflict,
    sum(r.quad4)::bigint AS material_conflict
FROM (SELECT f.* FROM newsmill_data.rollup_pairs f
      WHERE EXISTS (SELECT FROM newsmill_data.pending_pairs p WHERE p.day = f.day)
      UNION ALL SELECT p.* FROM newsmill_data.pending_pairs p) r
GROUP BY r.day, r.source_code, r.target_code, r.type, r.happened
HAVING sum(r.events)::bigint > 0;

CREATE OR REPLACE VIEW newsmill.names_by_day AS
SELECT
    r.day,
    r.term AS name,
    r.type,
    r.articles,
    r.mentions
FROM newsmill_data.rollup_terms r
WHERE r.articles > 0 AND NOT EXISTS (SELECT FROM newsmill_data.pending_terms p WHERE p.day = r.day) AND r.type <> 'theme'
UNION ALL
SELECT
    r.day,
    r.term AS name,
    r.type,
    sum(r.articles)::bigint AS articles,
    sum(r.mentions)::bigint AS mentions
FROM (SELECT f.* FROM newsmill_data.rollup_terms f
      WHERE EXISTS (SELECT FROM newsmill_data.pending_terms p WHERE p.day = f.day)
      UNION ALL SELECT p.* FROM newsmill_data.pending_terms p) r
WHERE r.type <> 'theme'
GROUP BY r.day, r.type, r.term
HAVING sum(r.articles)::bigint > 0;

CREATE OR REPLACE VIEW newsmill.themes_by_day AS
SELECT
    r.day,
    r.term AS code,
    r.articles,
    r.mentions
FROM newsmill_data.rollup_terms r
WHERE r.articles > 0 AND NOT EXISTS (SELECT FROM newsmill_data.pending_terms p WHERE p.day = r.day) AND r.type = 'theme'
UNION ALL
SELECT
    r.day,
    r.term AS code,
    sum(r.articles)::bigint AS articles,
    sum(r.mentions)::bigint AS mentions
FROM (SELECT f.* FROM newsmill_data.rollup_terms f
      WHERE EXISTS (SELECT FROM newsmill_data.pending_terms p WHERE p.day = f.day)
      UNION ALL SELECT p.* FROM newsmill_data.pending_terms p) r
WHERE r.type = 'theme'
GROUP BY r.day, r.type, r.term
HAVING sum(r.articles)::bigint > 0;

CREATE OR REPLACE VIEW newsmill.terms_by_day AS
SELECT
    r.day,
    r.type,
    r.term,
    r.articles
FROM newsmill_data.rollup_terms r
WHERE r.articles > 0 AND NOT EXISTS (SELECT FROM newsmill_data.pending_terms p WHERE p.day = r.day)
UNION ALL
SELECT
    r.day,
    r.type,
    r.term,
    sum(r.articles)::bigint AS articles
FROM (SELECT f.* FROM newsmill_data.rollup_terms f
      WHERE EXISTS (SELECT FROM newsmill_data.pending_terms p WHERE p.day = f.day)
      UNION ALL SELECT p.* FROM newsmill_data.pending_terms p) r
GROUP BY r.day, r.type, r.term
HAVING sum(r.articles)::bigint > 0;

CREATE OR REPLACE VIEW newsmill.places_by_day AS
SELECT
    r.day,
    r.name,
    r.kind,
    r.country,
    r.lat,
    r.lon,
    r.articles,
    r.mentions
FROM newsmill_data.rollup_places r
WHERE r.articles > 0 AND NOT EXISTS (SELECT FROM newsmill_data.pending_places p WHERE p.day = r.day)
UNION ALL
SELECT
    r.day,
    r.name,
    r.kind,
    r.country,
    r.lat,
    r.lon,
    sum(r.articles)::bigint AS articles,
    sum(r.mentions)::bigint AS mentions
FROM (SELECT f.* FROM newsmill_data.rollup_places f
      WHERE EXISTS (SELECT FROM newsmill_data.pending_places p WHERE p.day = f.day)
      UNION ALL SELECT p.* FROM newsmill_data.pending_places p) r
GROUP BY r.day, r.country, r.name, r.kind, r.lat, r.lon
HAVING sum(r.articles)::bigint > 0;

-- Trending as before, but for this: it reads the sums themselves (as the owner, with names of its own only), of the
-- past only what today has too, and of today what is in 1 to 5 articles at least, the more articles the day has.
CREATE OR REPLACE FUNCTION newsmill.trending(subject text, on_day date DEFAULT NULL, past_days integer DEFAULT 28)
RETURNS TABLE (day date, term text, type text, articles bigint, usual double precision, expected double precision,
               sigma double precision, score double precision)
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH asked AS MATERIALIZED (
        SELECT coalesce(on_day, (greatest(
            (SELECT r.hour FROM newsmill_data.rollup_hours r WHERE r.articles > 0 ORDER BY r.hour DESC LIMIT 1),
            (SELECT max(p.hour) FROM newsmill_data.pending_hours p WHERE p.articles > 0)) AT TIME ZONE 'UTC')::date) AS day
    ), days AS MATERIALIZED (
        SELECT (v.hour AT TIME ZONE 'UTC')::date AS day, sum(v.articles)::double precision AS articles
        FROM (SELECT r.hour, r.articles FROM newsmill_data.rollup_hours r
              UNION ALL SELECT p.hour, p.articles FROM newsmill_data.pending_hours p) v
        WHERE v.hour >= (SELECT (a.day - past_days)::timestamp AT TIME ZONE 'UTC' FROM asked a)
          AND v.hour < (SELECT (a.day + 1)::timestamp AT TIME ZONE 'UTC' FROM asked a)
        GROUP BY 1 HAVING sum(v.articles) > 0
    ), past AS MATERIALIZED (
        SELECT count(*)::double precision AS days, sum(d.articles) AS articles
        FROM days d WHERE d.day < (SELECT a.day FROM asked a)
    ), today AS MATERIALIZED (
        SELECT n.term, n.type, sum(n.articles)::bigint AS articles, d.articles AS of
        FROM (SELECT r.day, r.type, r.term, r.articles FROM newsmill_data.rollup_terms r
              UNION ALL SELECT p.day, p.type, p.term, p.articles FROM newsmill_data.pending_terms p) n
        JOIN days d ON d.day = n.day
        WHERE n.day = (SELECT a.day FROM asked a) AND (n.type = 'theme') = (subject = 'themes')
        GROUP BY n.term, n.type, d.articles
        HAVING sum(n.articles) >= 1 + least(d.articles / 500, 4)::integer
    ), before AS MATERIALIZED (
        SELECT n.term, n.type, sum(n.articles) AS articles, sum(n.share) AS share, sum(n.share ^ 2) AS share2
        FROM (
            SELECT m.term, m.type, sum(m.articles) AS articles, (sum(m.articles) / d.articles)::double precision AS share
            FROM (SELECT r.day, r.type, r.term, r.articles FROM newsmill_data.rollup_terms r
                  UNION ALL SELECT p.day, p.type, p.term, p.articles FROM newsmill_data.pending_terms p) m
            JOIN today t ON t.term = m.term AND t.type = m.type
            JOIN days d ON d.day = m.day
            WHERE m.day >= (SELECT a.day - past_days FROM asked a) AND m.day < (SELECT a.day FROM asked a)
            GROUP BY m.term, m.type, m.day, d.articles) n
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
