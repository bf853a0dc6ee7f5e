COPY newsmill_data.sketches (key, received, article, revision, source, sketch, bands)
FROM STDIN (FORMAT binary)
