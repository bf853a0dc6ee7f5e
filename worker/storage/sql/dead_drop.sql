-- Forgets dead letters for good; how many there were.
WITH dropped AS (DELETE FROM newsmill_data.dead WHERE key = ANY ($1::uuid[]) RETURNING key)
SELECT count(*) FROM dropped
