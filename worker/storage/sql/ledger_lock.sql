-- The revisions of articles that get a new one ($2) or have one made anew, locked in one order until the
-- transaction ends: what the next statements see of them stays so. Whoever changes which revision is the
-- latest, or writes one anew, comes through here.
SELECT l.key, l.received, l.article = ANY ($2::uuid[])
FROM newsmill_data.ledger l
WHERE l.article = ANY ($1::uuid[])
ORDER BY l.article, l.revision
FOR UPDATE
