COPY newsmill_data.quotes
    (received, article_key, article, ordinal, latest, analyzer, start_offset, end_offset,
     confidence, direct, speaker_start, speaker_end, speaker, cue_start, cue_end, cue,
     name, key)
FROM STDIN (FORMAT binary)
