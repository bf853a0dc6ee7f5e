-- The rows that replays make anew; their ledger's are locked.
SELECT a.key, a.revision, a.latest, a.analyzer, a.stored
FROM newsmill_data.articles a
WHERE a.key = ANY ($1::uuid[]) AND a.received = ANY ($2::timestamptz[])
