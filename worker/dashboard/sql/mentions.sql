-- Sentences that name $3, as a place or as a name, in articles received from $1 to before $2; $4 is the country
-- of the place where it is given. Newest first.
SELECT json_build_object('mentions', coalesce(json_agg(m), '[]'))
FROM (
    SELECT f.article, a.title, a.source, a.received, f.start_offset AS start, f.end_offset AS "end", f.text,
           s.start_offset AS sentence_start, s.tone,
           left(substring(a.text FROM s.start_offset + 1 FOR s.end_offset - s.start_offset), 1000) AS sentence
    FROM (
        (SELECT n.article, n.received, n.start_offset, n.end_offset, n.text
         FROM newsmill.names n
         WHERE $4::text IS NULL AND n.name = $3::text
           AND n.received >= $1::timestamptz AND n.received < $2::timestamptz
         ORDER BY n.received DESC LIMIT 60)
        UNION
        (SELECT p.article, p.received, p.start_offset, p.end_offset, p.text
         FROM newsmill.places p
         WHERE ($3::text IS NULL OR p.name = $3::text) AND ($4::text IS NULL OR p.country = $4::text)
           AND p.received >= $1::timestamptz AND p.received < $2::timestamptz
         ORDER BY p.received DESC LIMIT 60)
    ) f
    JOIN newsmill.articles a ON a.article = f.article
    LEFT JOIN LATERAL (
        SELECT s.start_offset, s.end_offset, s.tone
        FROM newsmill.sentences s
        WHERE s.article = f.article AND s.start_offset <= f.start_offset AND s.end_offset >= f.end_offset
        LIMIT 1
    ) s ON true
    ORDER BY f.received DESC, f.article, f.start_offset
    LIMIT 60
) m
