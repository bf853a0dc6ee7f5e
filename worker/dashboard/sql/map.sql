-- Places of articles received from $1 to before $2, of a source $3 where it is given: the 400 most named with coordinates, and
-- the countries. Up to three days and 20,000 articles, or of one source: tone is that of the articles that name them. More: by whole
-- days, places have no tone, and countries have that of the articles that are about them.
WITH size AS MATERIALIZED (
    SELECT $2::timestamptz - $1::timestamptz <= interval '3 days' AND coalesce(sum(v.articles), 0) <= 20000 AS few
    FROM newsmill.volume_by_hour v
    WHERE v.hour >= date_trunc('hour', $1::timestamptz) AND v.hour < $2::timestamptz
      AND $2::timestamptz - $1::timestamptz <= interval '3 days'
), there AS MATERIALIZED (
    SELECT p.article, p.name, p.kind, p.country, p.lat, p.lon, a.tone
    FROM newsmill.places p
    JOIN newsmill.articles a ON a.article = p.article
    WHERE ($3::text IS NOT NULL OR (SELECT s.few FROM size s))
      AND p.received >= $1::timestamptz AND p.received < $2::timestamptz
      AND a.received >= $1::timestamptz AND a.received < $2::timestamptz
      AND ($3::text IS NULL OR a.source = $3::text)
), days AS MATERIALIZED (
    SELECT p.name, p.kind, p.country, p.lat, p.lon, sum(p.mentions) AS mentions, sum(p.articles) AS articles
    FROM newsmill.places_by_day p
    WHERE NOT (SELECT s.few FROM size s) AND $3::text IS NULL
      AND p.day >= ($1::timestamptz AT TIME ZONE 'UTC')::date
      AND p.day <= (($2::timestamptz - interval '1 microsecond') AT TIME ZONE 'UTC')::date
    GROUP BY 1, 2, 3, 4, 5
), places AS (
    SELECT t.name, t.kind, t.country, t.lat, t.lon, count(*) AS mentions, count(DISTINCT t.article) AS articles,
           avg(t.tone) AS tone
    FROM there t
    WHERE t.lat IS NOT NULL
    GROUP BY 1, 2, 3, 4, 5
    UNION ALL
    SELECT d.name, d.kind, d.country, d.lat, d.lon, d.mentions, d.articles, NULL FROM days d
), countries AS (
    SELECT t.country, count(*) AS mentions, count(DISTINCT t.article) AS articles, avg(t.tone) AS tone
    FROM there t WHERE t.country IS NOT NULL GROUP BY 1
    UNION ALL
    SELECT n.country, n.mentions, coalesce(a.articles, 0), a.tone
    FROM (SELECT d.country, sum(d.mentions) AS mentions FROM days d WHERE d.country IS NOT NULL GROUP BY 1) n
    LEFT JOIN (
        SELECT t.country, sum(t.articles) AS articles, sum(t.tone * t.toned) / nullif(sum(t.toned), 0) AS tone
        FROM newsmill.tone_by_hour t
        WHERE NOT (SELECT s.few FROM size s)
          AND t.hour >= $1::timestamptz AND t.hour < $2::timestamptz
        GROUP BY 1
    ) a USING (country)
)
SELECT json_build_object(
    'places', (
        SELECT coalesce(json_agg(p), '[]')
        FROM (
            SELECT p.name, p.kind, p.country, round(p.lat::numeric, 3) AS lat, round(p.lon::numeric, 3) AS lon,
                   p.mentions, p.articles, p.tone
            FROM places p
            WHERE p.kind NOT IN ('country', 'water')
            ORDER BY p.mentions DESC, p.name
            LIMIT 400
        ) p),
    'countries', (
        SELECT coalesce(json_agg(c), '[]')
        FROM (SELECT c.* FROM countries c ORDER BY c.mentions DESC, c.country LIMIT 260) c))
