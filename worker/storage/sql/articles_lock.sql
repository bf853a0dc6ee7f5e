-- The rows that replays make anew, locked in the order of their keys until the transaction ends.
SELECT a.key, a.revision, a.latest, a.analyzer
FROM newsmill_data.articles a
WHERE a.key = ANY ($1::uuid[])
ORDER BY a.key
FOR UPDATE
