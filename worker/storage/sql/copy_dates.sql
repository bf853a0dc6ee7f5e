COPY newsmill_data.dates
    (article_key, ordinal, start_offset, end_offset, confidence, text, value, grain)
FROM STDIN (FORMAT binary)
