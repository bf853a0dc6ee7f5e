-- Takes what revisions add out of the rollups, before they are superseded or made anew; those that are not
-- the latest add nothing.
WITH
pairs AS (
    INSERT INTO newsmill_data.corrections_pairs (day, source_code, target_code, type, happened, events, mentions, scaled, goldstein, quad1, quad2, quad3, quad4)
    SELECT day, source_code, target_code, type, happened, -events, -mentions, -scaled, -goldstein, -quad1, -quad2, -quad3, -quad4
    FROM newsmill_data.facts_pairs
    WHERE article_key = ANY ($1::uuid[]) AND received = ANY ($2::timestamptz[])
),
terms AS (
    INSERT INTO newsmill_data.corrections_terms (day, type, term, articles, mentions)
    SELECT day, type, term, -articles, -mentions
    FROM newsmill_data.facts_terms
    WHERE article_key = ANY ($1::uuid[]) AND received = ANY ($2::timestamptz[])
),
places AS (
    INSERT INTO newsmill_data.corrections_places (day, country, name, kind, lat, lon, articles, mentions)
    SELECT day, country, name, kind, lat, lon, -articles, -mentions
    FROM newsmill_data.facts_places
    WHERE article_key = ANY ($1::uuid[]) AND received = ANY ($2::timestamptz[])
)
INSERT INTO newsmill_data.corrections_hours
    (hour, country, source, language, articles, copies, words, toned, tone, positive, negative, polarity, delayed, delay_ms, lagged, lag_ms)
SELECT hour, country, source, language, -articles, -copies, -words, -toned, -tone, -positive, -negative, -polarity, -delayed, -delay_ms, -lagged, -lag_ms
FROM newsmill_data.facts_hours
WHERE article_key = ANY ($1::uuid[]) AND received = ANY ($2::timestamptz[])
