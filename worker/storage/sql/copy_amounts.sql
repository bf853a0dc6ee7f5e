COPY newsmill_data.amounts
    (received, article_key, article, ordinal, latest, analyzer, start_offset, end_offset,
     confidence, text, kind, value, unit, object)
FROM STDIN (FORMAT binary)
