COPY newsmill_data.pending_places
    (day, country, name, kind, lat, lon, articles, mentions)
FROM STDIN (FORMAT binary)
