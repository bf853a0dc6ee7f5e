-- Bands of the articles that were written before $2 and whose keys are greater than $1.
SELECT s.key, s.bands FROM newsmill_data.sketches s
WHERE s.key > $1::uuid AND s.written < $2::bigint
ORDER BY s.key LIMIT $3::integer
