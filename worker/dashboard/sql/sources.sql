-- Publishers of articles received from $1 to before $2, and the languages, by whole hours: for the filters.
WITH there AS MATERIALIZED (
    SELECT t.source, t.language, sum(t.articles) AS articles
    FROM newsmill.tone_by_hour t
    WHERE t.hour >= date_trunc('hour', $1::timestamptz) AND t.hour < $2::timestamptz
    GROUP BY 1, 2
)
SELECT json_build_object(
    'sources', (
        SELECT coalesce(json_agg(s), '[]')
        FROM (SELECT t.source, sum(t.articles) AS articles FROM there t WHERE t.source IS NOT NULL
              GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 200) s),
    'languages', (
        SELECT coalesce(json_agg(l), '[]')
        FROM (SELECT t.language, sum(t.articles) AS articles FROM there t
              GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 100) l))
