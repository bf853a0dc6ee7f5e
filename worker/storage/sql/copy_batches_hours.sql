COPY newsmill_data.batches_hours
    (facts, hour, country, source, language, articles, words, toned, tone, positive,
     negative, polarity, delayed, delay_ms, lagged, lag_ms)
FROM STDIN (FORMAT binary)
