-- Who did what to whom, from $1 to before $2: the actors with most events, and the events between them by quad
-- class. An actor is the country of a code, its first three letters. Only what is told as having happened. Stretches
-- of more than three days or 20,000 articles are counted by whole days; from and to say which.
WITH size AS MATERIALIZED (
    SELECT $2::timestamptz - $1::timestamptz <= interval '3 days' AND coalesce(sum(v.articles), 0) <= 20000 AS few
    FROM newsmill.volume_by_hour v
    WHERE v.hour >= date_trunc('hour', $1::timestamptz) AND v.hour < $2::timestamptz
      AND $2::timestamptz - $1::timestamptz <= interval '3 days'
), stretch AS (
    SELECT CASE WHEN s.few THEN $1::timestamptz ELSE date_trunc('day', $1::timestamptz, 'UTC') END AS begins,
           CASE WHEN s.few THEN $2::timestamptz
                ELSE date_trunc('day', $2::timestamptz + interval '1 day' - interval '1 microsecond', 'UTC') END AS ends
    FROM size s
), counted AS (
    SELECT p.source_code, p.target_code, p.events, p.scaled, p.goldstein_sum,
           p.verbal_cooperation AS q1, p.material_cooperation AS q2, p.verbal_conflict AS q3, p.material_conflict AS q4
    FROM newsmill.pairs_by_day p
    WHERE NOT (SELECT s.few FROM size s) AND p.happened
      AND p.day >= ($1::timestamptz AT TIME ZONE 'UTC')::date
      AND p.day <= (($2::timestamptz - interval '1 microsecond') AT TIME ZONE 'UTC')::date
      AND p.source_code <> '' AND p.target_code <> ''
    UNION ALL
    SELECT e.source_code, e.target_code, 1, (e.goldstein IS NOT NULL)::integer, e.goldstein,
           (e.quad = 1)::integer, (e.quad = 2)::integer, (e.quad = 3)::integer, (e.quad = 4)::integer
    FROM newsmill.events e
    WHERE (SELECT s.few FROM size s)
      AND e.received >= $1::timestamptz AND e.received < $2::timestamptz
      AND e.source_code <> '' AND e.target_code <> '' AND e.modality = 'actual' AND NOT e.negated
), pairs AS MATERIALIZED (
    SELECT left(c.source_code, 3) AS source, left(c.target_code, 3) AS target, sum(c.events) AS events,
           round((sum(c.goldstein_sum) / nullif(sum(c.scaled), 0))::numeric, 3) AS goldstein,
           coalesce(sum(c.q1), 0) AS q1, coalesce(sum(c.q2), 0) AS q2, coalesce(sum(c.q3), 0) AS q3, coalesce(sum(c.q4), 0) AS q4
    FROM counted c
    GROUP BY 1, 2
), actors AS (
    SELECT x.actor, sum(x.events) AS events
    FROM (SELECT p.source AS actor, p.events FROM pairs p
          UNION ALL SELECT p.target, p.events FROM pairs p) x
    GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 16
)
SELECT json_build_object(
    'from', (SELECT s.begins FROM stretch s), 'to', (SELECT s.ends FROM stretch s),
    'actors', (SELECT coalesce(json_agg(json_build_array(a.actor, a.events) ORDER BY a.events DESC, a.actor), '[]') FROM actors a),
    'pairs', (
        SELECT coalesce(json_agg(json_build_array(p.source, p.target, p.events, p.goldstein, p.q1, p.q2, p.q3, p.q4)), '[]')
        FROM pairs p
        WHERE p.source IN (SELECT a.actor FROM actors a) AND p.target IN (SELECT a.actor FROM actors a)))
