-- Articles received from $1 to before $2, of a source $3, a language $4 and a country in focus $5 where
-- those are given; $6 is newest, darkest or brightest. Each order is a part of its own, so that the newest come by index.
SELECT json_build_object('articles', coalesce(json_agg(r ORDER BY r.number), '[]'))
FROM (
    SELECT x.*, row_number() OVER () AS number
    FROM (
        (SELECT a.article, a.title, a.source, a.language, a.published, a.received, a.tone, a.words, a.story,
                left(a.text, 280) AS snippet
         FROM newsmill.articles a
         WHERE $6::text = 'newest' AND a.received >= $1::timestamptz AND a.received < $2::timestamptz
           AND ($3::text IS NULL OR a.source = $3::text) AND ($4::text IS NULL OR a.language = $4::text)
           AND ($5::text IS NULL OR a.focus = $5::text)
         ORDER BY a.received DESC LIMIT 50)
        UNION ALL
        (SELECT a.article, a.title, a.source, a.language, a.published, a.received, a.tone, a.words, a.story,
                left(a.text, 280)
         FROM newsmill.articles a
         WHERE $6::text = 'darkest' AND a.received >= $1::timestamptz AND a.received < $2::timestamptz
           AND ($3::text IS NULL OR a.source = $3::text) AND ($4::text IS NULL OR a.language = $4::text)
           AND ($5::text IS NULL OR a.focus = $5::text)
         ORDER BY a.tone, a.received DESC LIMIT 50)
        UNION ALL
        (SELECT a.article, a.title, a.source, a.language, a.published, a.received, a.tone, a.words, a.story,
                left(a.text, 280)
         FROM newsmill.articles a
         WHERE $6::text = 'brightest' AND a.received >= $1::timestamptz AND a.received < $2::timestamptz
           AND ($3::text IS NULL OR a.source = $3::text) AND ($4::text IS NULL OR a.language = $4::text)
           AND ($5::text IS NULL OR a.focus = $5::text)
         ORDER BY a.tone DESC NULLS LAST, a.received DESC LIMIT 50)
    ) x
) r
