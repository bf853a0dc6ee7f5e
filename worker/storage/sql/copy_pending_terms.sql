COPY newsmill_data.pending_terms
    (day, type, term, articles, mentions)
FROM STDIN (FORMAT binary)
