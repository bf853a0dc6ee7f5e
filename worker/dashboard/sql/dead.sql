-- The newest dead letters, of a stage $1 and a code $2 where those are given; without their message.
SELECT json_build_object('dead', coalesce(json_agg(d ORDER BY d.died DESC), '[]'))
FROM (
    SELECT d.key, d.article, d.id, d.stage, d.code, d.message, d.attempts, d.died,
           octet_length(d.original) AS bytes
    FROM newsmill.dead d
    WHERE ($1::text IS NULL OR d.stage = $1::text)
      AND ($2::text IS NULL OR d.code = $2::text)
    ORDER BY d.died DESC
    LIMIT 100
) d
