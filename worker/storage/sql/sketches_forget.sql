-- What is left of articles that somebody deleted and that come back from an archive.
WITH bands AS (DELETE FROM newsmill_data.story_bands b USING newsmill_data.sketches s, unnest(s.bands) AS v (value)
    WHERE s.key = ANY ($1::uuid[]) AND b.value = v.value AND b.key = s.key)
DELETE FROM newsmill_data.sketches s WHERE s.key = ANY ($1::uuid[])
