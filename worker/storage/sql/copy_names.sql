COPY newsmill_data.names
    (received, article_key, article, ordinal, latest, analyzer, start_offset, end_offset,
     confidence, text, type, name, key, role)
FROM STDIN (FORMAT binary)
