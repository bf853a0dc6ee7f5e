-- Names by articles from $1 to before $2, beside the stretch of the same length before: the 40 that rose most.
WITH now_named AS (
    SELECT n.name, n.type, count(DISTINCT n.article) AS articles
    FROM newsmill.names n
    WHERE n.received >= $1::timestamptz AND n.received < $2::timestamptz
    GROUP BY 1, 2
    ORDER BY 3 DESC
    LIMIT 400
), before_named AS (
    SELECT n.name, n.type, count(DISTINCT n.article) AS articles
    FROM newsmill.names n
    WHERE n.received >= $1::timestamptz - ($2::timestamptz - $1::timestamptz) AND n.received < $1::timestamptz
    GROUP BY 1, 2
)
SELECT json_build_object('names', coalesce(json_agg(t), '[]'))
FROM (
    SELECT n.name, n.type, n.articles, coalesce(b.articles, 0) AS before
    FROM now_named n LEFT JOIN before_named b USING (name, type)
    ORDER BY (n.articles - coalesce(b.articles, 0)) / sqrt(coalesce(b.articles, 0) + 1) DESC, n.articles DESC, n.name
    LIMIT 40
) t
