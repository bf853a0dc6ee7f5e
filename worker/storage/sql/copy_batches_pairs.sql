COPY newsmill_data.batches_pairs
    (facts, day, source_code, target_code, type, happened, events, mentions, scaled,
     goldstein, quad1, quad2, quad3, quad4)
FROM STDIN (FORMAT binary)
