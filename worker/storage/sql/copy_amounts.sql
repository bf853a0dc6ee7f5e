COPY newsmill_data.amounts
    (article_key, ordinal, start_offset, end_offset, confidence, text, kind, value, unit, object)
FROM STDIN (FORMAT binary)
