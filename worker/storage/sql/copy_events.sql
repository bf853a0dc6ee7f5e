COPY newsmill_data.events
    (received, article_key, article, ordinal, latest, analyzer, start_offset, end_offset,
     confidence, sentence, type, mode, contexts, cameo, goldstein, quad, source_start,
     source_end, source_text, source_code, source_sector, target_start, target_end,
     target_text, target_code, target_sector, negated, modality, place, date, source_codes,
     target_codes, attributed_start, attributed_end, attributed, mentions, lead, place_name,
     place_country, place_lat, place_lon)
FROM STDIN (FORMAT binary)
