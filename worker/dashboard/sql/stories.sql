-- Stories that had their last article from $1 to before $2 and have more than one, by publishers and articles; $3 is what
-- they are ordered by: wide (publishers) or new.
SELECT json_build_object('stories', coalesce(json_agg(s), '[]'))
FROM (
    SELECT s.story, s.first_article, s.first_source, s.first_title, s.language, s.country, s.first_received,
           s.last_received, s.articles, s.copies, s.sources
    FROM newsmill.stories s
    WHERE s.last_received >= $1::timestamptz AND s.last_received < $2::timestamptz AND s.articles > 1
    ORDER BY CASE WHEN $3::text = 'wide' THEN s.sources END DESC, CASE WHEN $3::text = 'wide' THEN s.articles END DESC,
             s.last_received DESC
    LIMIT 60
) s
