COPY newsmill_data.places
    (article_key, ordinal, start_offset, end_offset, confidence, text, name, kind, country,
     admin1, lat, lon, geonames)
FROM STDIN (FORMAT binary)
