COPY newsmill_data.targets
    (received, article_key, article, ordinal, latest, analyzer, start_offset, end_offset,
     confidence, text, tone)
FROM STDIN (FORMAT binary)
