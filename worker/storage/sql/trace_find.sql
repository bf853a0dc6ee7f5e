-- What is stored of an article: its revisions in the order of their acceptance. $1 is an article or a key,
-- $2 the identifier of its producer; one of them is NULL.
SELECT a.article, a.key, a.id, a.received, a.stored, a.revision, a.latest, a.analyzer
FROM newsmill_data.articles a
WHERE ($1::uuid IS NOT NULL AND (a.article = $1::uuid OR a.key = $1::uuid))
   OR ($2::text IS NOT NULL AND a.id = $2::text)
ORDER BY a.received, a.key
LIMIT 1000
