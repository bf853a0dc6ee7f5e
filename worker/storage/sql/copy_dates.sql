COPY newsmill_data.dates
    (received, article_key, article, ordinal, latest, analyzer, start_offset, end_offset,
     confidence, text, value, grain)
FROM STDIN (FORMAT binary)
