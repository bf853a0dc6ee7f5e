-- Of replays that are stored for the first time: those whose article has a later acceptance already.
SELECT DISTINCT asked.key
FROM unnest($1::uuid[], $2::uuid[]) AS asked (article, key)
JOIN newsmill_data.ledger l ON l.article = asked.article AND l.key > asked.key
