-- Bands of the articles that were written before $2 and whose keys are greater than $1. What a restored dump brought may
-- have been written by transactions that have yet to come here.
SELECT s.key, s.bands FROM newsmill_data.sketches s
WHERE s.key > $1::uuid AND (s.written < $2::bigint OR s.written > pg_snapshot_xmax(pg_current_snapshot())::text::bigint)
ORDER BY s.key LIMIT $3::integer
