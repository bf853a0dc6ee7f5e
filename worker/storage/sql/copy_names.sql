COPY newsmill_data.names
    (article_key, ordinal, start_offset, end_offset, confidence, text, type, name, key)
FROM STDIN (FORMAT binary)
