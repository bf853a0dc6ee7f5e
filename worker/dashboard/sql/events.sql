-- Events from $1 to before $2 with their sentences, newest first: of actors whose codes begin with $3 (who did it)
-- and $4 (to whom), of a quad class $5 and a type $6, where those are given. $7 is true for those only that are told as
-- having happened.
SELECT json_build_object('events', coalesce(json_agg(x), '[]'))
FROM (
    SELECT e.article, a.title, a.source AS publisher, e.received, e.ordinal, e.type, e.cameo, e.goldstein, e.quad,
           e.source_text AS source, e.source_code, e.target_text AS target, e.target_code, e.modality, e.negated,
           e.date, e.place_name AS place, e.confidence,
           e.start_offset AS start, e.end_offset AS "end",
           e.source_start_offset AS source_start, e.source_end_offset AS source_end,
           e.target_start_offset AS target_start, e.target_end_offset AS target_end,
           s.start_offset AS sentence_start,
           left(substring(a.text FROM s.start_offset + 1 FOR s.end_offset - s.start_offset), 1000) AS sentence
    FROM (
        SELECT e.*
        FROM newsmill.events e
        WHERE e.received >= $1::timestamptz AND e.received < $2::timestamptz
          AND ($3::text IS NULL
               OR e.source_code BETWEEN $3::text AND $3::text || 'ZZZZZZ' AND left(e.source_code, length($3::text)) = $3::text)
          AND ($4::text IS NULL
               OR e.target_code BETWEEN $4::text AND $4::text || 'ZZZZZZ' AND left(e.target_code, length($4::text)) = $4::text)
          AND ($5::integer IS NULL OR e.quad = $5::integer)
          AND ($6::text IS NULL OR e.type = $6::text)
          AND (NOT $7::boolean OR e.modality = 'actual' AND NOT e.negated)
        ORDER BY e.received DESC
        LIMIT 100
    ) e
    JOIN newsmill.articles a ON a.article = e.article
    LEFT JOIN LATERAL (
        SELECT s.start_offset, s.end_offset FROM newsmill.sentences s
        WHERE s.article = e.article AND s.ordinal = e.sentence
    ) s ON true
    ORDER BY e.received DESC, e.article, e.ordinal
) x
