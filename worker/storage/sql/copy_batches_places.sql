COPY newsmill_data.batches_places
    (facts, day, country, name, kind, lat, lon, articles, mentions)
FROM STDIN (FORMAT binary)
