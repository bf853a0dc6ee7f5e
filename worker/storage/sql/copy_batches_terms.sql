COPY newsmill_data.batches_terms
    (facts, day, type, term, articles, mentions)
FROM STDIN (FORMAT binary)
