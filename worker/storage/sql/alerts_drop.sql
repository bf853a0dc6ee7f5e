-- Forgets a watch rule and what it found; a row when there was one.
WITH gone AS (DELETE FROM newsmill_data.alert_matches WHERE rule = $1::text)
DELETE FROM newsmill_data.watch_rules WHERE rule = $1::text
RETURNING rule
