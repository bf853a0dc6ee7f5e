-- Who did what to whom, from $1 to before $2: the actors with most events, and the events between them by quad
-- class. An actor is the country of a code, its first three letters. Only what is told as having happened.
WITH pairs AS MATERIALIZED (
    SELECT left(e.source_code, 3) AS source, left(e.target_code, 3) AS target, count(*) AS events,
           avg(e.goldstein) AS goldstein, count(*) FILTER (WHERE e.quad = 1) AS q1,
           count(*) FILTER (WHERE e.quad = 2) AS q2, count(*) FILTER (WHERE e.quad = 3) AS q3,
           count(*) FILTER (WHERE e.quad = 4) AS q4
    FROM newsmill.events e
    WHERE e.received >= $1::timestamptz AND e.received < $2::timestamptz
      AND e.source_code <> '' AND e.target_code <> '' AND e.modality = 'actual' AND NOT e.negated
    GROUP BY 1, 2
), actors AS (
    SELECT x.actor, sum(x.events) AS events
    FROM (SELECT p.source AS actor, p.events FROM pairs p
          UNION ALL SELECT p.target, p.events FROM pairs p) x
    GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 16
)
SELECT json_build_object(
    'actors', (SELECT coalesce(json_agg(json_build_array(a.actor, a.events) ORDER BY a.events DESC, a.actor), '[]') FROM actors a),
    'pairs', (
        SELECT coalesce(json_agg(json_build_array(p.source, p.target, p.events, p.goldstein, p.q1, p.q2, p.q3, p.q4)), '[]')
        FROM pairs p
        WHERE p.source IN (SELECT a.actor FROM actors a) AND p.target IN (SELECT a.actor FROM actors a)))
