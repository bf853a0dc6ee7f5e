-- Places of articles received from $1 to before $2, of a source $3 where it is given: the 400 most named
-- with coordinates, and each country that articles are about. Tone is that of the articles.
WITH there AS MATERIALIZED (
    SELECT p.article, p.name, p.kind, p.country, p.lat, p.lon, a.tone
    FROM newsmill.places p
    JOIN newsmill.articles a ON a.article = p.article
    WHERE p.received >= $1::timestamptz AND p.received < $2::timestamptz
      AND a.received >= $1::timestamptz AND a.received < $2::timestamptz
      AND ($3::text IS NULL OR a.source = $3::text)
)
SELECT json_build_object(
    'places', (
        SELECT coalesce(json_agg(p), '[]')
        FROM (
            SELECT t.name, t.kind, t.country, round(t.lat::numeric, 3) AS lat, round(t.lon::numeric, 3) AS lon,
                   count(*) AS mentions, count(DISTINCT t.article) AS articles, avg(t.tone) AS tone
            FROM there t
            WHERE t.lat IS NOT NULL AND t.kind NOT IN ('country', 'water')
            GROUP BY 1, 2, 3, 4, 5
            ORDER BY mentions DESC, t.name
            LIMIT 400
        ) p),
    'countries', (
        SELECT coalesce(json_agg(c), '[]')
        FROM (
            SELECT t.country, count(*) AS mentions, count(DISTINCT t.article) AS articles, avg(t.tone) AS tone
            FROM there t
            WHERE t.country IS NOT NULL
            GROUP BY 1
            ORDER BY mentions DESC, t.country
            LIMIT 260
        ) c))
