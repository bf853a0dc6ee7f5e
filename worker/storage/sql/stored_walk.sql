-- Stored articles that pass a filter whose absent parts are NULL, by key, behind the cursor $7: at most
-- $8 rows, and with their messages no more than $9 bytes but at least one. Those of version $10 are said
-- to be current and come without their message; without $11 all do.
WITH page AS MATERIALIZED (
    SELECT a.key, a.received, octet_length(a.original) AS size
    FROM newsmill_data.articles a
    WHERE ($1::timestamptz IS NULL OR a.received >= $1::timestamptz)
      AND ($2::timestamptz IS NULL OR a.received < $2::timestamptz)
      AND ($3::text IS NULL OR a.source = $3::text)
      AND ($4::text IS NULL OR a.analyzer = $4::text)
      AND ($5::text IS NULL OR a.analyzer IS DISTINCT FROM $5::text)
      AND ($6::uuid[] IS NULL OR a.article = ANY ($6::uuid[]))
      AND a.key > $7::uuid
    ORDER BY a.key
    LIMIT $8::bigint
), measured AS (
    SELECT p.key, p.received, sum(p.size) OVER (ORDER BY p.key) - p.size AS before FROM page p
)
SELECT a.key, a.article, l.content, a.received,
       coalesce(a.analyzer = $10::text, false),
       CASE WHEN $11::boolean AND a.analyzer IS DISTINCT FROM $10::text THEN a.original END
FROM measured m
JOIN newsmill_data.articles a ON a.key = m.key AND a.received = m.received
JOIN newsmill_data.ledger l ON l.article = a.article AND l.revision = a.revision
WHERE m.before < $9::bigint
ORDER BY a.key
