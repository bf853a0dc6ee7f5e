-- The books, what came in each minute of the last hour, and what died of what in the last day.
SELECT json_build_object(
    'now', now(),
    'books', (SELECT to_json(p) FROM newsmill.pipeline p),
    'volume', (
        SELECT coalesce(json_agg(json_build_array(v.minute, v.articles) ORDER BY v.minute), '[]')
        FROM (
            SELECT date_trunc('minute', a.received) AS minute, count(*) AS articles
            FROM newsmill.articles a
            WHERE a.received >= date_trunc('minute', now()) - interval '60 minutes'
            GROUP BY 1
        ) v),
    'dead', (
        SELECT coalesce(json_agg(d ORDER BY d.count DESC, d.code), '[]')
        FROM (
            SELECT d.stage, d.code, count(*) AS count, max(d.died) AS last
            FROM newsmill.dead d
            WHERE d.died >= now() - interval '24 hours'
            GROUP BY 1, 2
            ORDER BY 3 DESC
            LIMIT 20
        ) d))
