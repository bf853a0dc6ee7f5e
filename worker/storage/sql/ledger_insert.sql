-- Enters contents that are new; returns them with their revisions. Rows come and are inserted in the
-- order of (article, content), so that workers with the same articles queue instead of deadlocking.
-- Two workers that give one article the same revision at once: the second gets a unique violation on
-- ledger_revision and tries again.
INSERT INTO newsmill_data.ledger (article, content, key, revision, received)
SELECT new.article, new.content, new.key,
       coalesce(known.revision, 0) + row_number() OVER (PARTITION BY new.article ORDER BY new.key),
       new.received
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[]) AS new (article, content, key, received)
LEFT JOIN LATERAL (
    SELECT max(l.revision) AS revision FROM newsmill_data.ledger l WHERE l.article = new.article
) known ON true
WHERE NOT EXISTS (
    SELECT FROM newsmill_data.ledger l WHERE l.article = new.article AND l.content = new.content
)
ORDER BY new.article, new.content
ON CONFLICT (article, content) DO NOTHING
RETURNING article, content, revision
