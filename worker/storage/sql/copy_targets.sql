COPY newsmill_data.targets
    (article_key, ordinal, start_offset, end_offset, confidence, text, tone)
FROM STDIN (FORMAT binary)
