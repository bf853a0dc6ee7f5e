-- Retries of dead letters that are stored now.
DELETE FROM newsmill_data.dead WHERE key = ANY ($1::uuid[])
