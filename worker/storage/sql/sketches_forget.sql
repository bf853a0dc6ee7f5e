-- What is left of articles that somebody deleted and that come back from an archive.
DELETE FROM newsmill_data.sketches s WHERE s.key = ANY ($1::uuid[])
