-- The same, of those written since $3.
SELECT s.key, s.bands FROM newsmill_data.sketches s
WHERE s.key > $1::uuid AND s.written < $2::bigint AND s.written >= $3::bigint
ORDER BY s.written LIMIT $4::integer
