-- Names by articles on the days from $1 to before $2, beside as many days before: the 40 that rose most.
WITH days AS (
    SELECT ($1::timestamptz AT TIME ZONE 'UTC')::date AS begins,
           (($2::timestamptz - interval '1 microsecond') AT TIME ZONE 'UTC')::date + 1 AS ends
), named AS (
    SELECT n.name, n.type, sum(n.articles) AS articles
    FROM newsmill.names_by_day n
    WHERE n.day >= (SELECT d.begins FROM days d) AND n.day < (SELECT d.ends FROM days d)
    GROUP BY 1, 2
    HAVING sum(n.articles) > 0
    ORDER BY 3 DESC
    LIMIT 400
), before_named AS (
    SELECT n.name, n.type, sum(n.articles) AS articles
    FROM newsmill.names_by_day n
    WHERE n.day >= (SELECT d.begins - (d.ends - d.begins) FROM days d) AND n.day < (SELECT d.begins FROM days d)
      AND n.name IN (SELECT x.name FROM named x)
    GROUP BY 1, 2
)
SELECT json_build_object(
    'from', (SELECT d.begins::timestamp AT TIME ZONE 'UTC' FROM days d), 'to', (SELECT d.ends::timestamp AT TIME ZONE 'UTC' FROM days d),
    'names', (
        SELECT coalesce(json_agg(t), '[]')
        FROM (
            SELECT n.name, n.type, n.articles, coalesce(b.articles, 0) AS before
            FROM named n LEFT JOIN before_named b USING (name, type)
            ORDER BY (n.articles - coalesce(b.articles, 0)) / sqrt(coalesce(b.articles, 0) + 1) DESC, n.articles DESC, n.name
            LIMIT 40
        ) t))
