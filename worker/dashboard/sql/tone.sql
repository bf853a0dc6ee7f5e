-- Tone over time in buckets of $3 seconds from $1 to before $2, or longer ones where that would be more than a thousand:
-- all articles, and the six with most articles of what $4 names: source, language or country (that an article is about).
-- Buckets of an hour or more begin at whole hours and are put together from hours.
WITH bucketed AS MATERIALIZED (
    SELECT x.bucket,
           CASE $4::text WHEN 'source' THEN x.source WHEN 'language' THEN x.language WHEN 'country' THEN x.country END AS series,
           sum(x.articles) AS articles, sum(x.toned) AS toned, sum(x.tone * x.toned) AS tone_sum
    FROM (
        SELECT date_bin(make_interval(secs => greatest($3::double precision,
                            3600 * ceil(extract(epoch FROM $2::timestamptz - $1::timestamptz) / 3600000))),
                        t.hour, date_trunc('hour', $1::timestamptz)) AS bucket,
               t.source, t.language, t.country, t.articles, t.toned, t.tone
        FROM newsmill.tone_by_hour t
        WHERE $3::integer >= 3600 AND t.hour >= date_trunc('hour', $1::timestamptz) AND t.hour < $2::timestamptz
        UNION ALL
        SELECT date_bin(make_interval(secs => greatest($3::double precision,
                            ceil(extract(epoch FROM $2::timestamptz - $1::timestamptz) / 1000))), a.received, $1::timestamptz),
               a.source, a.language, a.focus, 1, (a.tone IS NOT NULL)::integer, a.tone
        FROM newsmill.articles a
        WHERE $3::integer < 3600 AND a.received >= $1::timestamptz AND a.received < $2::timestamptz
    ) x
    GROUP BY 1, 2
), most AS (
    SELECT b.series, sum(b.articles) AS articles, sum(b.tone_sum) / nullif(sum(b.toned), 0) AS tone
    FROM bucketed b WHERE b.series IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 6
)
SELECT json_build_object(
    'all', (
        SELECT coalesce(json_agg(json_build_array(t.bucket, t.articles, t.tone) ORDER BY t.bucket), '[]')
        FROM (SELECT b.bucket, sum(b.articles) AS articles, sum(b.tone_sum) / nullif(sum(b.toned), 0) AS tone
              FROM bucketed b GROUP BY 1) t),
    'series', (
        SELECT coalesce(json_agg(json_build_object(
            'name', l.series, 'articles', l.articles, 'tone', l.tone,
            'points', (
                SELECT json_agg(json_build_array(b.bucket, b.articles, b.tone_sum / nullif(b.toned, 0)) ORDER BY b.bucket)
                FROM bucketed b WHERE b.series = l.series)) ORDER BY l.articles DESC, l.series), '[]')
        FROM most l))
