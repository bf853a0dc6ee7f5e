-- Dead letters that pass a filter whose absent parts are NULL, newest acceptance first, behind the
-- cursor $8, without their originals unless $10. A name in $7 is a key, an article, or the producer's id.
SELECT d.key, d.article, d.id, d.source, d.stage, d.code, d.sqlstate, d.message, d.attempts, d.retries,
       d.received, d.died, d.last_retry, octet_length(d.original)::bigint,
       CASE WHEN $10::boolean THEN d.original END
FROM newsmill.dead d
WHERE ($1::text IS NULL OR d.stage = $1::text)
  AND ($2::text IS NULL OR d.code = $2::text)
  AND ($3::text IS NULL OR d.source = $3::text)
  AND ($4::text IS NULL OR d.id = $4::text)
  AND ($5::timestamptz IS NULL OR d.died >= $5::timestamptz)
  AND ($6::timestamptz IS NULL OR d.died < $6::timestamptz)
  AND ($7::text[] IS NULL OR d.key::text = ANY ($7::text[]) OR d.article::text = ANY ($7::text[])
       OR d.id = ANY ($7::text[]))
  AND ($8::uuid IS NULL OR d.key < $8::uuid)
ORDER BY d.key DESC
LIMIT $9::bigint
