-- Publishers of articles received from $1 to before $2, and the languages: for the filters.
WITH there AS (
    SELECT a.source, a.language
    FROM newsmill.articles a
    WHERE a.received >= $1::timestamptz AND a.received < $2::timestamptz
)
SELECT json_build_object(
    'sources', (
        SELECT coalesce(json_agg(s), '[]')
        FROM (SELECT t.source, count(*) AS articles FROM there t WHERE t.source IS NOT NULL
              GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 200) s),
    'languages', (
        SELECT coalesce(json_agg(l), '[]')
        FROM (SELECT t.language, count(*) AS articles FROM there t
              GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 100) l))
