-- Tone over time in buckets of $3 seconds, or longer ones where that would be more than a thousand, from $1 to before $2: all articles, and the six with most articles of
-- what $4 names: source, language or country (that an article is about).
WITH bucketed AS MATERIALIZED (
    SELECT date_bin(make_interval(secs => greatest($3::double precision,
               ceil(extract(epoch FROM $2::timestamptz - $1::timestamptz) / 1000))), a.received, $1::timestamptz) AS bucket,
           CASE $4::text WHEN 'source' THEN a.source WHEN 'language' THEN a.language WHEN 'country' THEN a.focus END AS series,
           a.tone
    FROM newsmill.articles a
    WHERE a.received >= $1::timestamptz AND a.received < $2::timestamptz
), most AS (
    SELECT b.series, count(*) AS articles, avg(b.tone) AS tone
    FROM bucketed b WHERE b.series IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 6
)
SELECT json_build_object(
    'all', (
        SELECT coalesce(json_agg(json_build_array(t.bucket, t.articles, t.tone) ORDER BY t.bucket), '[]')
        FROM (SELECT b.bucket, count(*) AS articles, avg(b.tone) AS tone FROM bucketed b GROUP BY 1) t),
    'series', (
        SELECT coalesce(json_agg(json_build_object(
            'name', l.series, 'articles', l.articles, 'tone', l.tone,
            'points', (
                SELECT json_agg(json_build_array(t.bucket, t.articles, t.tone) ORDER BY t.bucket)
                FROM (SELECT b.bucket, count(*) AS articles, avg(b.tone) AS tone
                      FROM bucketed b WHERE b.series = l.series GROUP BY 1) t)) ORDER BY l.articles DESC, l.series), '[]')
        FROM most l))
