COPY newsmill_data.story_bands (value, key, received)
FROM STDIN (FORMAT binary)
