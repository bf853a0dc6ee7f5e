COPY newsmill_data.places
    (received, article_key, article, ordinal, latest, analyzer, start_offset, end_offset,
     confidence, text, name, kind, country, admin1, lat, lon, geonames)
FROM STDIN (FORMAT binary)
